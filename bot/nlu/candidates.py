"""Evidence for those of many entries that anything speaks for.

An entry is looked at closely if one of its phrasings is among the nearest to the query, or if it
shares the query's rarest words or n-grams; every other entry counts as not there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import numpy as np

from bot.nlu.lexical import Rows
from bot.nlu.materials import LEXICAL, Array, Materials, Numbers
from bot.nlu.nearest import Nearest, Rounded
from bot.nlu.rare import Rare
from bot.nlu.words import Prepared

# Taken from each source. Recall of the exhaustive search's first match: docs/evaluation/speed.md.
NEAREST = 64
SHARING_WORDS = 64
SHARING_CHARACTERS = 64


class Candidates:
    """Looks at likely entries, one query at a time."""

    def __init__(self, made_of: Materials, kinds: Collection[str]) -> None:
        self._kinds = made_of.given(kinds)
        self._count, self._starts, self._owners = made_of.count, made_of.starts, made_of.owners
        self._phrasings = Rounded.of(made_of.phrasings.vectors)
        self._answers = Rounded.of(made_of.answers.vectors)
        # Where an entry has no phrasing its answer is what may be near.
        silent = np.setdiff1d(np.arange(made_of.count), made_of.present)
        self._near_owners = np.concatenate([made_of.owners, silent])
        self._near = Nearest(
            np.concatenate([made_of.phrasings.vectors, made_of.answers.vectors[silent]])
        )
        asked = "entry_characters" if len(made_of.phrasings) else "answer_character_bm25"
        self._sharing = {
            "entry_words": (Rare(LEXICAL["entry_words"].documents(made_of)), SHARING_WORDS),
            asked: (Rare(LEXICAL[asked].documents(made_of)), SHARING_CHARACTERS),
        }
        self._rows = {
            kind: Rows(LEXICAL[kind].documents(made_of), bm25=LEXICAL[kind].bm25)
            for kind in self._kinds
            if kind in LEXICAL
        }

    def likely(self, queries: Prepared) -> Iterator[tuple[Prepared, Numbers]]:
        """Each query with the entries to look at, ascending; never none unless there are none."""
        for row in range(len(queries)):
            query = queries if len(queries) == 1 else queries.part([row])
            found = [self._near_owners[self._near.search(query.vectors[0], NEAREST)]]
            for kind, (rare, most) in self._sharing.items():
                found.append(rare.best(LEXICAL[kind].terms(query), most))
            yield query, np.unique(np.concatenate(found))

    def evidence(self, queries: Prepared, entries: Numbers) -> dict[str, Array]:
        """Each kind for some entries, for one query: (1, entries)."""
        phrasings, starts, there = self._phrasings_of(entries)
        found: dict[str, Array] = {}

        def best(scores: Array) -> Array:
            result = np.zeros(len(entries), dtype=np.float32)
            if len(scores):
                result[there] = np.maximum.reduceat(scores, starts)
            return result

        for kind in self._kinds:
            if kind == "encoder":
                scores = best(self._phrasings.product(queries.vectors[0], phrasings))
            elif kind == "answer_encoder":
                scores = self._answers.product(queries.vectors[0], entries)
            else:
                terms, rows = LEXICAL[kind].terms(queries), self._rows[kind]
                if LEXICAL[kind].bm25:
                    scores = rows.product(terms.dense, entries) / rows.ideal(terms)
                elif kind == "characters":
                    scores = best(rows.product(terms.spread(rows.cosine_weights(terms)), phrasings))
                else:
                    scores = rows.product(terms.spread(rows.cosine_weights(terms)), entries)
            found[kind] = scores.reshape(1, -1)
        return found

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
