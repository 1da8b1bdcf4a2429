"""Folding: what a customer can type must meet what the entry says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.text import STORY, character_ngrams, fold, stems, told, words
from bot.search.lexical import Field, Vocabulary


@pytest.mark.parametrize(
    ("typed", "written", "lang"),
    [
        ("nao", "não", "pt"),
        ("tuhistada", "tühistada", "et"),
        ("posylka", "посылка", "ru"),
        ("dostavka", "доставка", "ru"),
        ("moya", "моя", "ru"),
        ("moja", "моя", "ru"),
        ("hochu", "хочу", "ru"),
        ("khochu", "хочу", "ru"),
        ("zhaloba", "жалоба", "ru"),
    ],
)
def test_folds_together(typed: str, written: str, lang: str) -> None:
    assert fold(typed, lang) == fold(written, lang)


@pytest.mark.parametrize(
    ("a", "b", "lang"),
    [
        ("orders", "order", "en"),
        ("возвраты", "возврата", "ru"),
        ("encomendas", "encomenda", "pt"),
        ("bestellingen", "bestelling", "nl"),
    ],
)
def test_forms_of_a_word_share_a_stem(a: str, b: str, lang: str) -> None:
    assert stems(a, lang) == stems(b, lang)


@given(st.text(max_size=300), st.sampled_from(["en", "ru", "et", "xx"]))
def test_any_text_is_folded_without_harm(text: str, lang: str) -> None:
    assert all(gram for gram in character_ngrams(text, lang))
    assert len(stems(text, lang)) == len(words(text))


def field(*texts: str) -> tuple[Vocabulary, Field]:
    vocabulary = Vocabulary()
    split = [text.split() for text in texts]
    vocabulary.learn(split)
    return vocabulary, Field(vocabulary.bags(split))


def test_a_text_is_most_like_itself() -> None:
    vocabulary, known = field("refund my order", "track my order", "gift card")
    query = vocabulary.bags([["refund", "my", "order"]])
    assert known.cosine(query).argmax() == 0
    assert known.cosine(query)[0, 0] == pytest.approx(1)
    assert known.bm25(query)[0].argmax() == 0


def test_unknown_words_lower_every_match() -> None:
    vocabulary, known = field("refund my order", "track my order", "gift card")
    plain = vocabulary.bags([["gift"]])
    strange = vocabulary.bags([["gift", "zeppelin", "insurance"]])
    assert known.cosine(strange)[0, 2] < known.cosine(plain)[0, 2]
    assert known.bm25(strange)[0, 2] < known.bm25(plain)[0, 2]
    assert known.coverage(strange)[0] < 0.5 < known.coverage(plain)[0]


def test_a_rare_word_counts_more_than_a_common_one() -> None:
    vocabulary, known = field("my refund", "my parcel", "my card", "my size")
    scores = known.bm25(vocabulary.bags([["my", "refund"]]))[0]
    assert scores[0] > 3 * scores[1]


def test_only_a_story_is_read_sentence_by_sentence() -> None:
    assert told("I ordered a lamp. It never came. Where is it?") == []
    story = "I ordered a lamp for my sister. " * (STORY // 7 + 1) + "Where is it? Yes."
    assert told(story)[-1] == "Where is it?"
    assert len(told(story)) == STORY // 7 + 2
