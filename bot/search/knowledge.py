"""The entries of one language, and all the evidence there is for each of them.

Best phrasing per entry first, then the kinds of evidence are combined: a rank of phrasings from one
kind alone would let one well-covered entry crowd out the others.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.faq.entries import FaqEntry
from bot.search import head
from bot.search.arrays import Array, Numbers
from bot.search.candidates import Candidates
from bot.search.exhaustive import Exhaustive
from bot.search.lexical import Bags, Weighting
from bot.search.materials import KINDS, Materials
from bot.search.words import Prepared

# A classifier pays from two or three phrasings per entry on, and costs phrasings times entries.
HEAD_PHRASINGS = 2.0
HEAD_BUDGET = 40e6
# Up to here all entries are looked at, beyond it only likely ones: docs/evaluation/speed.md.
EXACT_ENTRIES = 3_000
EXACT_PHRASINGS = 20_000

Wanted = Callable[[str], Collection[str]]


@dataclass(frozen=True)
class Found:
    """Evidence for some entries (indexes, (width,)): kinds of (queries, width) each."""

    entries: Numbers
    kinds: dict[str, Array]


class Knowledge:
    """Searchable entries of one language."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        phrasings: Prepared,
        owners: Numbers,
        answers: Prepared,
        *,
        like: Knowledge | None = None,
        wanted: Wanted | None = None,
    ) -> None:
        """Phrasings belong to entries `owners` (indexes, ascending); one answer per entry.

        `like` is a larger one of the same words: this one searches in the same way, so that the
        scores of both compare, and uses again what costs most to make. `wanted` says which kinds
        of evidence count in a form; all of them by default.
        """
        self.entries = tuple(entries)
        self.phrasings, self.owners, self.answers = phrasings, owners, answers
        made_of = Materials(len(self.entries), phrasings, owners, answers)
        self.is_large: bool = like.is_large if like else self._is_large()
        self._head: head.Head | None = None
        self._characters: Weighting | None = None
        if like.has_head if like else self._wants_head(made_of):
            self._characters = Weighting(phrasings.characters)
            self._head = head.fit(
                phrasings.vectors,
                self._grams(phrasings.characters),
                owners,
                len(self.entries),
                basis=like.basis if like else None,
            )
        self._wanted: Wanted = like._wanted if like else wanted or (lambda _: KINDS)
        self.kinds = tuple(self._wanted(self.form))
        search = Candidates if self.is_large else Exhaustive
        self._search: Candidates | Exhaustive = search(made_of, self.kinds)
        self._words = Weighting(made_of.entry_words)

    def _is_large(self) -> bool:
        return len(self.entries) > EXACT_ENTRIES or len(self.phrasings) > EXACT_PHRASINGS

    def _wants_head(self, made_of: Materials) -> bool:
        count = len(self.entries)
        return (
            self.per_entry >= HEAD_PHRASINGS
            and 2 <= count == len(made_of.present)
            and count * len(self.phrasings) <= HEAD_BUDGET
        )

    @property
    def has_head(self) -> bool:
        return self._head is not None

    @property
    def basis(self) -> Array | None:
        return self._head.basis if self._head else None

    @property
    def form(self) -> str:
        """What carries most: the head, the nearest phrasings, or answers where there are none."""
        return "head" if self.has_head else "phrasings" if len(self.phrasings) else "answers"

    @property
    def per_entry(self) -> float:
        return len(self.phrasings) / max(len(self.entries), 1)

    def found(self, queries: Prepared) -> Iterator[Found]:
        """Evidence for the entries that are looked at, for all queries in order: in one piece, or
        in one piece per query."""
        for some, entries in self._search.likely(queries):
            yield Found(entries, self._of(some, entries))

    def evidence(self, queries: Prepared) -> dict[str, Array]:
        """Every kind of evidence for every entry, each (queries, entries); zero where absent."""
        everything = np.arange(len(self.entries))
        if not self.is_large:
            return self._of(queries, everything)
        rows = [self._of(queries.part([row]), everything) for row in range(len(queries))]
        return {kind: np.concatenate([one[kind] for one in rows]) for kind in rows[0]}

    def _of(self, queries: Prepared, entries: Numbers) -> dict[str, Array]:
        kinds = self._search.evidence(queries, entries)
        if self._head is not None:
            logits = self._head.logits(queries.vectors, self._grams(queries.characters))
            kinds["head"] = log_softmax(logits)[:, entries] / 10
        absent = np.zeros((len(queries), len(entries)), dtype=np.float32)
        return {kind: kinds.get(kind, absent) for kind in self.kinds}

    def _grams(self, bags: Bags) -> Any:
        assert self._characters is not None
        return bags.weighted(self._characters.cosine_weights(bags))

    def copies(self) -> Array:
        """Per phrasing its mean n-gram cosine with the others of its entry, 1 if it is alone."""
        bags = self.phrasings.characters
        weights = bags.weighted(Weighting(bags).cosine_weights(bags))
        whole = Bags.of(weights, bags.unknown).grouped(self.owners, len(self.entries)).counts
        together = np.asarray(weights.multiply(whole[self.owners]).sum(axis=1)).ravel()
        itself = np.asarray(weights.multiply(weights).sum(axis=1)).ravel()
        others = np.bincount(self.owners, minlength=len(self.entries))[self.owners] - 1
        alike = (together - itself) / np.maximum(others, 1)
        return np.where(others > 0, alike, 1).astype(np.float32)

    def known_share(self, query: Bags) -> float:
        """Share of the words of one query, by weight, that the entries have, 0..1."""
        return float(self._words.coverage(query)[0])

    def sampled(self, most: int) -> Knowledge:
        """This one, or one of `most` of its entries that is searched in the same way."""
        if len(self.entries) <= most:
            return self
        stay = sorted(random.Random(0).sample(range(len(self.entries)), most))
        place = np.full(len(self.entries), -1)
        place[stay] = np.arange(most)
        rows = np.flatnonzero(place[self.owners] >= 0)
        return Knowledge(
            [self.entries[i] for i in stay],
            self.phrasings.part(rows.tolist()),
            place[self.owners[rows]],
            self.answers.part(stay),
            like=self,
        )

    def vectors(self) -> tuple[Array, Array]:
        """Of the phrasings, and of the answers: rounded to a byte per number in a large one."""
        return self._search.vectors()

    def settle(self) -> None:
        """Let go of what only calibration and smaller copies read."""
        self.phrasings = Prepared.nothing(len(self.phrasings))
        self.answers = Prepared.nothing(len(self.answers))


def log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
