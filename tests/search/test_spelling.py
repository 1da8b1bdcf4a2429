"""Slips of the keyboard, and words that are none of our business."""

from __future__ import annotations

import pytest

from bot.search.spelling import Spelling

SHOP = Spelling(
    [
        "Where is my parcel?",
        "How much is delivery to Norway?",
        "Can I cancel my order?",
        "I want to return my shoes",
        "What payment methods are there? You can pay with PayPal",
    ]
)
ENGLISH = {"where", "when", "submarine", "harbour", "pool", "retain"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("how do i cancle my ordr", "how do i cancel my order"),
        ("wher is my parcl??", "where is my parcel??"),
        ("how mcuh is deliverey", "how much is delivery"),
        ("can i retrun it", "can i return it"),
        ("paypall?", "paypal?"),
        ("do you sell a submarine", "do you sell a submarine"),
        ("the pool", "the pool"),
        ("order 47", "order 47"),
        ("xyzzyplugh", "xyzzyplugh"),
        ("", ""),
    ],
)
def test_what_was_meant(written: str, meant: str) -> None:
    assert SHOP.corrected(written, ENGLISH.__contains__) == meant


@pytest.mark.parametrize(
    ("lang", "known", "written", "meant"),
    [
        ("nl", "Waar is mijn bestelling?", "waar is mijn bestellnig", "waar is mijn bestelling"),
        ("pt", "Como cancelar a encomenda?", "cancelar a encomeda", "cancelar a encomenda"),
        ("et", "Kuidas raha tagastada?", "kuidas raha tagasttada", "kuidas raha tagastada"),
        ("ru", "Где моя посылка?", "где моя посылак", "где моя посылка"),
        ("af", "Waar is my pakkie?", "waar is my pakie", "waar is my pakkie"),
        ("nl", "Wat is de maat?", "dat is laat", "dat is laat"),
    ],
)
def test_outside_english_only_the_entries_say_which_words_there_are(
    lang: str, known: str, written: str, meant: str
) -> None:
    assert Spelling([known], lang).corrected(written, lambda _: False) == meant


@pytest.mark.parametrize(
    ("text", "searched"),
    [
        ("where is my order 4431?", "where is my order ?"),
        ("where is my order (no. 100238)", "where is my order (no. )"),
        ("order #4431: cancel my order", "order : cancel my order"),
        ("cancel my order (4431)", "cancel my order"),
        ("cancel my order 1999", "cancel my order 1999"),  # an entry has this number
        ("cancel 2 of my order", "cancel 2 of my order"),  # a count is no number of an order
        ("4431", "4431"),  # nothing else to go by
    ],
)
def test_numbers_that_no_entry_has_do_not_count(text: str, searched: str) -> None:
    known = Spelling(["where is my order no", "cancel my order of 1999", "of"])
    assert known.corrected(text, lambda word: True) == searched


@pytest.mark.parametrize(
    ("typed", "searched"),
    [
        ("gde moya posylka", "где моя посылка"),
        ("gde moya posilka", "где моя посылка"),  # another way of writing it, put right
        ("oplata cherez PayPal", "оплата через PayPal"),
        ("где моя posylka", "где моя посылка"),
        ("where is my parcel", "where is my parcel"),  # words elsewhere
    ],
)
def test_russian_in_latin_letters_is_searched_in_its_own(typed: str, searched: str) -> None:
    known = Spelling(["Где моя посылка?", "Есть ли оплата через PayPal?"], "ru")
    assert known.corrected(typed, {"where", "is", "my", "parcel"}.__contains__) == searched
