"""Language of a message: from itself, from the conversation and from the knowledge base."""

from __future__ import annotations

import pytest

from bot.nlu.language import Languages


@pytest.fixture(scope="module")
def languages() -> Languages:
    return Languages.load()


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("Where is my parcel?", "en"),
        ("Waar blijft mijn pakket?", "nl"),
        ("Onde está a minha encomenda?", "pt"),
        ("onde esta a minha encomenda", "pt"),
        ("Kuidas ma raha tagasi saan?", "et"),
        ("Где мой заказ?", "ru"),
        ("gde moy zakaz", "ru"),
        ("ya hochu vernut dengi", "ru"),
        ("my operator", "en"),
        ("Waar is my bestelling? Ek het dit nog nie ontvang nie.", "af"),
    ],
)
def test_tells_the_language(languages: Languages, text: str, lang: str) -> None:
    assert languages.detect(text).lang == lang


def test_the_conversation_decides_what_a_word_does_not(languages: Languages) -> None:
    for lang in ("nl", "en", "et"):
        assert languages.detect("ok", hint=lang).lang == lang


def test_the_hint_does_not_hold_against_a_clear_sentence(languages: Languages) -> None:
    assert languages.detect("Onde está a minha encomenda?", hint="en").lang == "pt"


def test_the_knowledge_base_knows_its_words(languages: Languages) -> None:
    alone = languages.detect("betaling")
    helped = languages.detect("betaling", known={"nl": 1.0, "af": 0.0, "en": 0.0})
    assert alone.lang in {"nl", "af"}
    assert helped.lang == "nl"


@pytest.mark.parametrize("text", ["", "   ", "🙂", "12345", "!?"])
def test_no_letters_are_no_certainty(languages: Languages, text: str) -> None:
    guess = languages.detect(text, hint="nl")
    assert guess.lang == "nl"
    assert 0 <= guess.confidence <= 1
