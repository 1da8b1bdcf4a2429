"""Evidence for those of many entries that anything speaks for.

An entry is looked at closely if one of its phrasings is among the nearest to the query, or if it
shares the query's rarest words or n-grams; every other entry counts as not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from bot.search.arrays import Array, Numbers
from bot.search.lexical import Rows, Stack
from bot.search.materials import LEXICAL, Materials
from bot.search.nearest import Nearest, Rounded
from bot.search.rare import Rare
from bot.search.words import Prepared

# Taken from each source. Recall of the exhaustive search's first match: docs/evaluation/speed.md.
NEAREST = 64
SHARING = 64


class Candidates:
    """Looks at likely entries, one query at a time."""

    def __init__(self, made_of: Materials, kinds: Collection[str]) -> None:
        self._kinds = made_of.given(kinds)
        self._count, self._starts = made_of.count, made_of.starts
        self._phrasings = Rounded.of(made_of.phrasings.vectors)
        self._answers = Rounded.of(made_of.answers.vectors)
        # Where an entry has no phrasing its answer is what may be near.
        silent = np.setdiff1d(np.arange(made_of.count), made_of.present)
        self._near_owners = np.concatenate([made_of.owners, silent])
        self._near: Nearest | None = None
        if {"encoder", "answer_encoder"} & {*self._kinds}:
            asked_by = [made_of.phrasings.vectors, made_of.answers.vectors[silent]]
            self._near = Nearest(np.concatenate(asked_by))
        asked = "entry_characters" if len(made_of.phrasings) else "answer_character_bm25"
        self._sharing = ("entry_words", asked)
        self._rare = Rare([LEXICAL[kind].documents(made_of) for kind in self._sharing])
        lexical = [kind for kind in self._kinds if kind in LEXICAL]
        self._cosines = {
            kind: Rows(LEXICAL[kind].documents(made_of))
            for kind in lexical
            if not LEXICAL[kind].bm25
        }
        self._stacked = [kind for kind in lexical if LEXICAL[kind].bm25]
        self._stack = Stack(
            [
                (int(LEXICAL[kind].of_characters), LEXICAL[kind].documents(made_of))
                for kind in self._stacked
            ],
            (made_of.answers.stems.width, made_of.answers.characters.width),
        )

    def likely(self, queries: Prepared) -> Iterator[tuple[Prepared, Numbers]]:
        """Each query with the entries to look at, ascending; never none."""
        for row in range(len(queries)):
            query = queries if len(queries) == 1 else queries.part([row])
            found = [self._rare.best([LEXICAL[k].terms(query) for k in self._sharing], SHARING)]
            if self._near:
                found.append(self._near_owners[self._near.search(query.vectors[0], NEAREST)])
            likely = np.unique(np.concatenate(found))
            yield query, likely if len(likely) else np.arange(min(NEAREST, self._count))

    def evidence(self, queries: Prepared, entries: Numbers) -> dict[str, Array]:
        """Each kind for some entries, for one query: (1, entries)."""
        phrasings, starts, there = self._phrasings_of(entries)
        found: dict[str, Array] = {}

        def best(scores: Array) -> Array:
            result = np.zeros(len(entries), dtype=np.float32)
            if len(scores):
                result[there] = np.maximum.reduceat(scores, starts)
            return result

        if self._stacked:
            scores = self._stack.bm25((queries.stems, queries.characters), entries)
            found.update(zip(self._stacked, scores, strict=True))
        for kind, rows in self._cosines.items():
            terms, by_phrasing = LEXICAL[kind].terms(queries), LEXICAL[kind].by_phrasing
            scores = rows.cosine(terms, phrasings if by_phrasing else entries)
            found[kind] = best(scores) if by_phrasing else scores
        if "encoder" in self._kinds:
            found["encoder"] = best(self._phrasings.product(queries.vectors[0], phrasings))
        if "answer_encoder" in self._kinds:
            found["answer_encoder"] = self._answers.product(queries.vectors[0], entries)
        return {kind: scores.reshape(1, -1) for kind, scores in found.items()}

    def _phrasings_of(self, entries: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The phrasings of some entries; where those of each start, for the entries (third) that
        have any."""
        lengths = self._starts[entries + 1] - self._starts[entries]
        there = np.flatnonzero(lengths)
        ends = np.cumsum(lengths)
        rows = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            self._starts[entries] - (ends - lengths), lengths
        )
        return rows, (ends - lengths)[there], there

    def vectors(self) -> tuple[Array, Array]:
        """Of the phrasings, and of the answers."""
        return self._phrasings.vectors(), self._answers.vectors()
