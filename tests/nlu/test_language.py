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


@pytest.mark.parametrize(
    "text",
    ["/start", "4711", "BX-8812-NL", "https://example.com/where-is-it", "a@b.com"],
)
@pytest.mark.parametrize("hint", ["nl", "et", "ru"])
def test_what_is_no_language_does_not_change_it(languages: Languages, text: str, hint: str) -> None:
    assert languages.detect(text, hint=hint).lang == hint


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("BX-8812 waar blijft mijn pakket", "nl"),
        ("https://example.com/orders/17 kus mu pakk on", "et"),
        ("🙂🙂 onde está a encomenda", "pt"),
        ("/start где мой заказ", "ru"),
    ],
)
def test_noise_does_not_hide_the_language(languages: Languages, text: str, lang: str) -> None:
    assert languages.detect(text).lang == lang


@pytest.mark.parametrize("text", ["ok", "hallo", "human", "help", "stop"])
@pytest.mark.parametrize("hint", ["nl", "af", "en"])
def test_shared_words_stay_in_the_conversations_language(
    languages: Languages, text: str, hint: str
) -> None:
    assert languages.detect(text, hint=hint).lang == hint


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("ik wil een mens", "nl"),
        ("ek wil 'n mens hê", "af"),
        ("waar is mijn bestelling", "nl"),
        ("waar is hierdie bestelling", "af"),
        ("hoe gaat het", "nl"),
        ("dankie", "af"),
    ],
)
def test_dutch_and_afrikaans(languages: Languages, text: str, lang: str) -> None:
    assert languages.detect(text).lang == lang


@pytest.mark.parametrize("text", ["pozovite operatora", "gde moy zakaz", "spasibo bolshoe"])
def test_short_russian_in_latin_letters(languages: Languages, text: str) -> None:
    assert languages.detect(text).lang == "ru"


def test_spanish_is_read_as_portuguese(languages: Languages) -> None:
    """The assistant has no Spanish; the nearest it has is Portuguese."""
    assert languages.detect("¿dónde está mi pedido?").lang == "pt"


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("hi, sorry, kus minu tellimus praegu on please? thanks", "et"),
        ("hello! сколько идёт посылка? thank you in advance", "ru"),
        ("мой новый iPhone Pro", "ru"),
        ("hi, onde posso ver a minha encomenda? thanks a lot", "pt"),
    ],
)
def test_courtesies_in_english_make_no_english(languages: Languages, text: str, lang: str) -> None:
    assert languages.detect(text).lang == lang


def test_the_knowledge_base_knows_russian_words_in_latin_letters(languages: Languages) -> None:
    text = "smenit parol"
    assert languages.detect(text).lang != "ru"
    assert languages.detect(text, known={"ru": 0.6, "en": 0.1}).lang == "ru"
    assert languages.detect(text, known={"ru": 0.6, "en": 0.5}).lang != "ru"
