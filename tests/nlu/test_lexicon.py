"""Word lists: stems, phrases, and one slip of the keyboard forgiven in either."""

from __future__ import annotations

import random

import pytest

from benchmarks.rough import slip
from bot.nlu.grams import tokens
from bot.nlu.lexicon import Lexicon, one_slip

WORDS = {
    "PERSON": {"en": ["operator", "agent"], "et": ["teenindaja*"], "ru": ["сотрудник*"]},
    "CALL": {"en": ["call me"]},
    "NO": {"en": ["no"]},
}


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon(WORDS)


def named(lexicon: Lexicon, text: str) -> list[set[str]]:
    return [set(names) for names in lexicon.classes(tokens(text))]


def test_a_stem_stands_for_all_that_begins_so(lexicon: Lexicon) -> None:
    assert named(lexicon, "teenindajatega сотрудникам operators") == [
        {"PERSON"},
        {"PERSON"},
        {"PERSON"},
    ]
    assert named(lexicon, "teenindus") == [set()]


def test_every_word_of_a_phrase_carries_its_class(lexicon: Lexicon) -> None:
    assert named(lexicon, "please call me") == [set(), {"CALL"}, {"CALL"}]
    assert named(lexicon, "me call") == [set(), set()]


@pytest.mark.parametrize("word", ["operator", "teenindajatega", "teenindajale", "сотрудником"])
def test_one_slip_is_forgiven_in_a_word_and_in_a_stem_that_goes_on(
    lexicon: Lexicon, word: str
) -> None:
    for seed in range(50):
        typed = slip(word, random.Random(seed))
        assert named(lexicon, typed) == [{"PERSON"}], typed


@pytest.mark.parametrize("word", ["on", "nope", "oprtor", "perator", "tenidaja", "urgent"])
def test_a_short_word_a_second_slip_and_another_first_letter_are_not(
    lexicon: Lexicon, word: str
) -> None:
    assert named(lexicon, word) == [set()]


@pytest.mark.parametrize(
    ("typed", "meant", "same"),
    [
        ("agnet", "agent", True),
        ("agen", "agent", True),
        ("aggent", "agent", True),
        ("agant", "agent", True),
        ("gaent", "agent", False),
        ("agn", "agent", False),
    ],
)
def test_what_one_slip_is(typed: str, meant: str, *, same: bool) -> None:
    assert one_slip(typed, meant) is same


def test_only_the_language_that_is_asked_for_counts() -> None:
    assert Lexicon(WORDS, "et").of_word("operator") == frozenset()
    assert Lexicon(WORDS, "et").of_word("teenindajaga") == {"PERSON"}
