"""Where one question of a message ends and the next begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.questions import MOST, bare, is_question, phatic, shortened, split
from bot.nlu.text import tokens


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("where is it and can I pay later?", ("where is it", "and can I pay later?")),
        ("Where is it? How do I pay?", ("Where is it?", "How do I pay?")),
        ("waar is het en kan ik ruilen?", ("waar is het", "en kan ik ruilen?")),
        ("onde está e posso pagar?", ("onde está", "e posso pagar?")),
        ("kus see on ja kas saan maksta?", ("kus see on", "ja kas saan maksta?")),
        ("где он и можно ли оплатить?", ("где он", "и можно ли оплатить?")),
        ("waar is dit en kan ek betaal?", ("waar is dit", "en kan ek betaal?")),
        (
            "My code does not work. Also the parcel is late.",
            ("My code does not work.", "Also the parcel is late."),
        ),
    ],
)
def test_several(text: str, pieces: tuple[str, ...]) -> None:
    assert split(text) == pieces


@pytest.mark.parametrize(
    "text",
    [
        "How do I return and get a refund?",
        "can I return it if it broke and when I opened it it was wet",
        "I bought a lamp. It broke. What can I do?",
        "What will the weather be in nov. in Tallinn?",
        "qual é o valor do formulário e do selo?",
        "do you ship to Norway and Sweden?",
        "",
        "?",
    ],
)
def test_one(text: str) -> None:
    assert split(text) == (text.strip(),)


@given(st.text(max_size=300))
def test_every_piece_is_made_of_the_customers_words_in_their_order(text: str) -> None:
    pieces = split(text)
    assert 1 <= len(pieces) <= MOST
    said = iter(tokens(text))
    assert all(word in said for piece in pieces for word in tokens(piece))


def test_what_leads_up_to_a_question_is_left_out() -> None:
    assert bare("Also, I would like to know how I can pay") == "how I can pay"
    assert shortened("en hoe betaal ik?") == "hoe betaal ik?"
    assert len(shortened("why " * 100)) <= 60


def test_a_plea_asks_nothing() -> None:
    assert phatic("Hello, can you help me please?")
    assert phatic("wat moet ik doen?")
    assert not phatic("can you help me assemble the chair I bought?")


def test_a_trouble_told_is_no_question() -> None:
    assert not is_question("My parcel is late.")
    assert is_question("is my parcel late")
