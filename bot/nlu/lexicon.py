"""Word lists by class: reading them, and finding them in folded text with one slip forgiven."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

import yaml

from bot.nlu.grams import tokens

FUZZY_FROM = 5
STEM_FUZZY_FROM = 6
Classes = tuple[frozenset[str], ...]


def read_words(path: Path) -> dict[str, dict[str, list[str]]]:
    """Class to language to entries. Every scalar is text: "no" and "on" are words here."""
    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # the C one takes a tenth of the time
    return yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # type: ignore[no-any-return]


def _deletions(word: str) -> set[str]:
    return {word[:i] + word[i + 1 :] for i in range(len(word))}


def one_slip(a: str, b: str) -> bool:
    """Whether one inserted, lost, changed or swapped letter makes `a` of `b`; the first stays."""
    if a[:1] != b[:1] or abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    x, y = a[start:], b[start:]
    return x[1:] == y[1:] or x[1:] == y or x == y[1:] or (x[:2] == y[1::-1] and x[2:] == y[2:])


class Lexicon:
    """Finds the classes of each word of a text."""

    def __init__(
        self, words: Mapping[str, Mapping[str, Iterable[str]]], lang: str | None = None
    ) -> None:
        """With `lang`, only that language's entries count; where a class has none, nothing does."""
        if lang:
            words = {name: {lang: by.get(lang, ())} for name, by in words.items()}
        self._exact: dict[str, set[str]] = {}
        self._stems: dict[str, set[str]] = {}
        self._phrases: dict[tuple[str, ...], set[str]] = {}
        self._slips: dict[str, set[str]] = {}
        for name, by_language in words.items():
            for entry in (e for entries in by_language.values() for e in entries):
                self._add(name, entry)
        self._longest = max((len(phrase) for phrase in self._phrases), default=1)
        self.of_word = lru_cache(maxsize=50_000)(self._of_word)

    def _add(self, name: str, entry: str) -> None:
        parts = tuple(tokens(entry.rstrip("*")))
        if not parts:
            raise ValueError(f"The entry {entry!r} of {name} has no letters.")
        if len(parts) > 1:
            self._phrases.setdefault(parts, set()).add(name)
        elif entry.endswith("*"):
            self._stems.setdefault(parts[0], set()).add(name)
        else:
            self._exact.setdefault(parts[0], set()).add(name)
        if len(parts) == 1 and len(parts[0]) >= FUZZY_FROM:
            for shorter in {parts[0], *_deletions(parts[0])}:
                self._slips.setdefault(shorter, set()).add(parts[0])

    def _of_word(self, word: str) -> frozenset[str]:
        found = set(self._exact.get(word, ()))
        for end in range(2, len(word) + 1):
            found |= self._stems.get(word[:end], set())
        if not found and len(word) >= FUZZY_FROM:
            for known in self._near(word):
                found |= self._exact.get(known, set()) | self._stems.get(known, set())
            # A slip in the stem of a word that goes on: "teenindjat".
            for end in range(STEM_FUZZY_FROM, len(word)):
                for known in self._near(word[:end]):
                    if len(known) >= STEM_FUZZY_FROM:
                        found |= self._stems.get(known, set())
        return frozenset(found)

    def _near(self, word: str) -> set[str]:
        """Entries that one slip makes `word` of."""
        return {
            known
            for shorter in (word, *_deletions(word))
            for known in self._slips.get(shorter, ())
            if one_slip(word, known)
        }

    def classes(self, words: list[str]) -> list[frozenset[str]]:
        """The classes of each word; every word of a phrase carries the phrase's classes as well."""
        found = [self.of_word(word) for word in words]
        for start in range(len(words)):
            for size in range(2, min(self._longest, len(words) - start) + 1):
                names = self._phrases.get(tuple(words[start : start + size]))
                if names:
                    for i in range(start, start + size):
                        found[i] = found[i] | names
        return found
