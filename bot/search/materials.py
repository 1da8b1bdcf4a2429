"""What entries are searched by: their texts, prepared, and which kinds of evidence those give."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bot.search.arrays import Numbers
from bot.search.lexical import Bags
from bot.search.words import Prepared

KINDS = (
    "head",
    "encoder",
    "characters",
    "entry_characters",  # BM25 of character n-grams over all phrasings of an entry
    "entry_words",  # BM25 of stems over all phrasings and the answer
    "answer_encoder",
    "answer_words",
    "answer_characters",
    "answer_character_bm25",
)


@dataclass(frozen=True)
class Materials:
    """The texts of entries: phrasings belong to entries `owners` (indexes, ascending), and there is
    one answer per entry, which may be empty."""

    count: int
    phrasings: Prepared
    owners: Numbers
    answers: Prepared

    @cached_property
    def present(self) -> Numbers:
        """The entries that have a phrasing, ascending."""
        return np.unique(self.owners)

    @cached_property
    def starts(self) -> Numbers:
        """Where the phrasings of each entry start, and where the last ones end, (count + 1,)."""
        return np.searchsorted(self.owners, np.arange(self.count + 1)).astype(np.int64)

    @cached_property
    def has_answers(self) -> bool:
        return bool(len(self.answers.stems.terms))

    @cached_property
    def entry_words(self) -> Bags:
        return self.phrasings.stems.grouped(self.owners, self.count) + self.answers.stems

    @cached_property
    def entry_characters(self) -> Bags:
        return self.phrasings.characters.grouped(self.owners, self.count)

    def given(self, kinds: Collection[str]) -> list[str]:
        """Those of some kinds of evidence that there is material for, except the head."""
        return [
            kind
            for kind in kinds
            if kind != "head"
            and (kind not in OF_PHRASINGS or len(self.phrasings))
            and (not kind.startswith("answer_") or self.has_answers)
        ]


@dataclass(frozen=True)
class Lexical:
    """A kind of lexical evidence: of n-grams or of stems, the documents, BM25 or else cosine.

    A document is an entry, or one of its phrasings, of which the best counts.
    """

    of_characters: bool
    documents: Callable[[Materials], Bags]
    bm25: bool = True
    by_phrasing: bool = False

    def terms(self, of: Prepared) -> Bags:
        return of.characters if self.of_characters else of.stems


OF_PHRASINGS = frozenset({"encoder", "characters", "entry_characters"})
LEXICAL: Mapping[str, Lexical] = {
    "characters": Lexical(True, lambda m: m.phrasings.characters, bm25=False, by_phrasing=True),
    "entry_characters": Lexical(True, lambda m: m.entry_characters),
    "entry_words": Lexical(False, lambda m: m.entry_words),
    "answer_words": Lexical(False, lambda m: m.answers.stems),
    "answer_characters": Lexical(True, lambda m: m.answers.characters, bm25=False),
    "answer_character_bm25": Lexical(True, lambda m: m.answers.characters),
}
