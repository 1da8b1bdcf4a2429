"""Reading the tone of a message, and the folding and word lists below it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.nlu.grams import characters, fold_word, tokens
from bot.nlu.lexicon import Lexicon, one_slip
from bot.nlu.tone import Looks, Tone, looks_english, signs


@pytest.fixture(scope="module")
def tone() -> Tone:
    return Tone.load()


@pytest.mark.parametrize(
    ("angry", "calm"),
    [
        ("this is outrageous, you idiots", "what time do you open?"),
        ("jullie zijn echt waardeloos, schandalig", "hoe laat gaan jullie open?"),
        ("que vergonha, bando de ladrões", "que horas vocês abrem?"),
        ("вы издеваетесь, мошенники", "во сколько вы открываетесь?"),
        ("julle is skelms, ek is woedend", "hoe laat maak julle oop?"),
        ("te olete petised, ma olen vihane", "mis kell te avate?"),
    ],
)
def test_angry_words_are_angrier_than_a_question(tone: Tone, angry: str, calm: str) -> None:
    # Both heads together: the public Afrikaans texts hold 44 angry ones, too few for one alone.
    loud, quiet = tone.read(angry, None), tone.read(calm, None)
    assert loud.anger + loud.upset > quiet.anger + quiet.upset


def test_shouting_needs_more_than_one_abbreviation() -> None:
    assert Looks.of("WHERE IS MY ORDER").capitals == 1
    assert Looks.of("my VAT number").capitals == 0
    assert Looks.of("ПИШУ ВТОРОЙ ДЕНЬ").capitals > 0
    assert Looks.of("!!! ???").exclamations == 3


def test_signs_are_told_apart() -> None:
    assert Looks.of("thanks 😍 :)").happy_signs == 2
    assert Looks.of("😡😡").angry_signs == 2


@settings(deadline=None)
@given(st.text(max_size=200))
def test_every_text_can_be_read(text: str) -> None:
    tone = _tone()
    reading = tone.read(text, None)
    assert -8 <= reading.anger <= 8
    assert -8 <= reading.upset <= 8


_loaded: list[Tone] = []


def _tone() -> Tone:
    if not _loaded:
        _loaded.append(Tone.load())
    return _loaded[0]


@settings(deadline=None)
@given(st.text(max_size=100))
def test_folding_leaves_plain_words(text: str) -> None:
    for word in tokens(text):
        assert word.isascii()
        assert word.isalnum()


def test_one_word_is_one_word_however_it_is_typed() -> None:
    assert fold_word("Человека") == fold_word("cheloveka")
    assert fold_word("NÃO") == fold_word("nao")
    assert tokens("don't") == tokens("dont")
    assert fold_word("pleeeease") == fold_word("pleease")


def test_a_slip_of_the_keyboard_is_forgiven_and_no_more() -> None:
    assert one_slip("operater", "operator")
    assert one_slip("persno", "person")
    assert not one_slip("agenda", "agents")
    assert not one_slip("xoperator", "operator")


def test_a_phrase_marks_all_its_words() -> None:
    lexicon = Lexicon({"TEAM": {"en": ["customer service"]}, "TALK": {"en": ["speak*"]}})
    assert lexicon.classes(tokens("speaking to customer service")) == [
        {"TALK"},
        frozenset(),
        {"TEAM"},
        {"TEAM"},
    ]


def test_a_known_language_counts_alone() -> None:
    words = {"NO": {"en": ["no"], "pt": ["nao"]}}
    assert Lexicon(words).classes(tokens("no centro, não")) == [{"NO"}, frozenset(), {"NO"}]
    assert Lexicon(words, "pt").classes(tokens("no centro, não")) == [
        frozenset(),
        frozenset(),
        {"NO"},
    ]


def test_signs_are_features() -> None:
    found = signs("WHAT IS THIS 😡!!", tokens("WHAT IS THIS"))
    assert {"s😡", "s!", "S!", "sCAPITALS", "sSHORT"} <= found
    assert signs("a calm sentence of some seven words", ["w"] * 7) == set()


def test_service_talk_is_told_from_the_world(tone: Tone) -> None:
    ours = tone.read("where is my order, I want to cancel it and get a refund", None, "en")
    world = tone.read("lol this guy is the funniest comedian of all time", None, "en")
    assert ours.service > 0 > world.service


def test_an_entry_without_letters_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="TEAM"):
        Lexicon({"TEAM": {"en": ["?!"]}})


def test_english_is_known_by_its_small_words() -> None:
    assert looks_english(tokens("where is my order and when will it come"))
    assert not looks_english(tokens("waar blijft mijn bestelling toch zo lang"))


def test_characters_mark_the_ends_of_words() -> None:
    assert characters(["ab"], 2, 3) == {"^a", "ab", "b$", "^ab", "ab$"}
