"""Every kind of evidence for every entry: exact, and quick as long as they are few."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from bot.search.arrays import Array, Numbers
from bot.search.lexical import Field
from bot.search.materials import LEXICAL, Materials
from bot.search.words import Prepared


class Exhaustive:
    """Looks at all entries."""

    def __init__(self, made_of: Materials, kinds: Collection[str]) -> None:
        self._kinds = made_of.given(kinds)
        self._count, self._present = made_of.count, made_of.present
        self._starts = made_of.starts[self._present]
        self._phrasings, self._answers = made_of.phrasings.vectors, made_of.answers.vectors
        self._fields = {
            kind: Field(
                LEXICAL[kind].documents(made_of),
                cosine=not LEXICAL[kind].bm25,
                bm25=LEXICAL[kind].bm25,
            )
            for kind in self._kinds
            if kind in LEXICAL
        }

    def likely(self, queries: Prepared) -> Iterator[tuple[Prepared, Numbers]]:
        """Queries with the entries to look at, (entries,): here all queries and all entries."""
        yield queries, np.arange(self._count)

    def evidence(self, queries: Prepared, entries: Numbers) -> dict[str, Array]:
        """Each kind for all entries, in order: (queries, entries)."""
        found = {kind: self._lexical(kind, queries) for kind in self._fields}
        if "encoder" in self._kinds:
            found["encoder"] = self._best(np.asarray(queries.vectors @ self._phrasings.T))
        if "answer_encoder" in self._kinds:
            found["answer_encoder"] = np.asarray(queries.vectors @ self._answers.T)
        return found

    def _lexical(self, kind: str, queries: Prepared) -> Array:
        terms, field = LEXICAL[kind].terms(queries), self._fields[kind]
        scores = field.bm25(terms) if LEXICAL[kind].bm25 else field.cosine(terms)
        return self._best(scores) if LEXICAL[kind].by_phrasing else scores

    def _best(self, scores: Array) -> Array:
        """(queries, phrasings) to (queries, entries): the best phrasing counts."""
        result = np.zeros((len(scores), self._count), dtype=np.float32)
        result[:, self._present] = np.maximum.reduceat(scores, self._starts, axis=1)
        return result

    def vectors(self) -> tuple[Array, Array]:
        """Of the phrasings, and of the answers."""
        return self._phrasings, self._answers
