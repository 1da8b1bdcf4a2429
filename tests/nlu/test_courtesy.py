"""Greetings, thanks and pleas are no part of what is asked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.courtesy import LISTS, without
from bot.nlu.text import tokens


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Hello! How do I pay? Thank you in advance!", "How do I pay?"),
        ("hi, sorry, where is my parcel please? thanks", "where is my parcel"),
        ("Good morning, I have a question. Can I please return it?", "Can I return it?"),
        ("I would like to know when it arrives", "when it arrives"),
        ("Hallo, wanneer komt mijn pakket? Alvast bedankt", "wanneer komt mijn pakket?"),
        ("Boa tarde, posso pagar com cartão, por favor? Obrigada", "posso pagar com cartão"),
        ("Tere päevast! Kus mu pakk on? Aitäh ette!", "Kus mu pakk on?"),
        ("Здравствуйте! Где мой заказ? Заранее спасибо!", "Где мой заказ?"),
        ("Goeiedag, waar is my pakkie asseblief", "waar is my pakkie"),
        ("hi, как оплатить? thanks", "как оплатить?"),
        ("sorry, refund?", "refund?"),
    ],
)
def test_what_is_asked_is_left(text: str, asked: str) -> None:
    assert without(text) == asked


@pytest.mark.parametrize(
    "text", ["hello", "Hi there!", "thanks a lot", "Bom dia, obrigado", "", "  ", "?!", "спасибо"]
)
def test_nothing_but_a_courtesy_stays_as_it_is(text: str) -> None:
    assert without(text) == text


@pytest.mark.parametrize("text", ["Where is my parcel?", "Say hello to my order", "is it okay"])
def test_a_plain_question_stays_as_it_is(text: str) -> None:
    assert without(text) == text


@given(
    st.text(max_size=60)
    | st.lists(st.sampled_from("hi please thanks a где é".split())).map(" ".join)
)
def test_nothing_is_made_up_and_nothing_turned_round(text: str) -> None:
    left = iter(tokens(text))
    assert all(word in left for word in tokens(without(text)))
    assert bool(without(text).strip()) == bool(text.strip())


def test_every_language_has_every_list() -> None:
    for name in ("both", "before", "after", "anywhere"):
        assert set(LISTS.languages(name)) == {"en", "nl", "pt", "et", "ru", "af"}
