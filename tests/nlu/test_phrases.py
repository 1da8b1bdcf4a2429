"""Phrases of word lists at a place in a message."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.nlu.phrases import Phrases
from bot.nlu.text import tokens

WORDS = """
joins:
  en: [and, "and also"]
  nl: [en, "o ja"]
points:
  en: ["that's"]
"""


@pytest.fixture
def lists(tmp_path: Path) -> Phrases:
    path = tmp_path / "words.yml"
    path.write_text(WORDS, "utf-8")
    return Phrases(path)


@pytest.mark.parametrize(
    ("text", "at", "lang", "count"),
    [
        ("And also this", 0, None, 2),
        ("and this", 0, None, 1),
        ("this and also", 1, "en", 2),
        ("o ja, dit", 0, None, 2),
        ("o ja, dit", 0, "en", 0),
        ("o nee", 0, None, 0),
        ("and", 1, None, 0),
        ("", 0, None, 0),
        ("\u0438 это", 0, "ru", 0),
    ],
)
def test_the_longest_phrase_counts(
    lists: Phrases, text: str, at: int, lang: str | None, count: int
) -> None:
    assert lists.begins(tokens(text), "joins", at, lang) == count


def test_both_kinds_of_apostrophe_are_one(lists: Phrases) -> None:
    assert lists.begins(tokens("That\u2019s it"), "points") == 1
    assert list(lists.languages("points")) == ["en"]
