"""Word lists whose phrases are looked for at a place in a message: "what about", "o ja"."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from pathlib import Path

from bot.nlu.lexicon import read_words
from bot.nlu.text import tokens

Phrase = tuple[str, ...]


class Phrases:
    """The lists of one file, each by language; read when first asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @cached_property
    def _lists(self) -> dict[str, dict[str, dict[str, set[Phrase]]]]:
        """By name, language, and first word."""
        found: dict[str, dict[str, dict[str, set[Phrase]]]] = {}
        for name, by_language in read_words(self._path).items():
            for lang, listed in by_language.items():
                mine = found.setdefault(name, {}).setdefault(lang, {})
                for phrase in (tuple(tokens(one)) for one in listed):
                    mine.setdefault(phrase[0], set()).add(phrase)
        return found

    def languages(self, name: str) -> Collection[str]:
        """Those that a list has phrases of."""
        return self._lists[name].keys()

    def begins(self, words: Sequence[str], name: str, at: int = 0, lang: str | None = None) -> int:
        """How many words of `words` from `at` on are the longest phrase of a list; 0 if none is.

        In one language only, or in all of them.
        """
        if at >= len(words):
            return 0
        lists = self._lists[name]
        return max(
            (
                len(phrase)
                for by_first in (lists.values() if lang is None else (lists.get(lang, {}),))
                for phrase in by_first.get(words[at], ())
                if tuple(words[at : at + len(phrase)]) == phrase
            ),
            default=0,
        )
