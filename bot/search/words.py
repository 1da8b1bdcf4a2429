"""Texts as every kind of evidence wants them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.nlu.text import character_ngrams, stems
from bot.search.arrays import Array
from bot.search.lexical import Bags, Vocabulary


class Words:
    """The terms that entries of one language are made of."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.stems, self.characters = Vocabulary(), Vocabulary()

    def stem_bags(self, texts: Sequence[str]) -> Bags:
        """The words of texts alone, which is all that a guess at the language needs."""
        return self.stems.bags([stems(text, self.lang) for text in texts])

    def prepare(self, texts: Sequence[str], vectors: Array, *, learn: bool = False) -> Prepared:
        """Texts as every kind of evidence wants them; `learn` takes their terms in first."""
        return Prepared(
            np.ascontiguousarray(vectors, dtype=np.float32),
            self.stems.bags((stems(text, self.lang) for text in texts), learn=learn),
            self.characters.bags((character_ngrams(t, self.lang) for t in texts), learn=learn),
        )


@dataclass(frozen=True)
class Prepared:
    """Texts with their vectors (n, dimension) and their bags of terms; made once."""

    vectors: Array
    stems: Bags
    characters: Bags

    def __len__(self) -> int:
        return len(self.stems)

    def part(self, rows: Sequence[int]) -> Prepared:
        return Prepared(self.vectors[list(rows)], self.stems.part(rows), self.characters.part(rows))

    @classmethod
    def nothing(cls, count: int) -> Prepared:
        """So many texts of which nothing is known."""
        return cls(np.zeros((count, 0), np.float32), Bags.empty(count), Bags.empty(count))
