"""Which documents share a query's rarest terms: where to look, before looking closely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy import sparse

from bot.search.arrays import Numbers
from bot.search.lexical import Bags, Weighting

# Postings looked at per field and query: at least so many, and this share of the documents. A term
# in more of them than that tells none apart.
LEAST = 2_500
SHARE = 0.05


class Rare:
    """Documents by term: several fields of each, added up by BM25 over its ideal."""

    def __init__(self, fields: Sequence[Bags], *, least: int = LEAST) -> None:
        self._count = len(fields[0])
        self._budget = max(least, int(SHARE * self._count))
        self._weightings = [Weighting(field) for field in fields]
        self._offsets = np.cumsum([0, *(field.width for field in fields)])
        parts = zip(fields, self._weightings, strict=True)
        self._by_term = sparse.vstack([self._postings(*part) for part in parts], format="csr")

    def best(self, query: Sequence[Bags], most: int) -> Numbers:
        """At most `most` documents for the fields of one query, in no order."""
        matrix, terms, values = self._by_term, [], []
        for bags, weighting, offset in zip(query, self._weightings, self._offsets, strict=False):
            mine = bags.terms + offset
            lengths = matrix.indptr[mine + 1] - matrix.indptr[mine]
            rarest = np.argsort(lengths)
            rarest = rarest[np.cumsum(lengths[rarest]) <= self._budget]
            terms.append(mine[rarest])
            values.append(bags.values[rarest] / weighting.ideal(bags))
        chosen, weights = np.concatenate(terms), np.concatenate(values)
        starts = matrix.indptr[chosen]
        lengths = matrix.indptr[chosen + 1] - starts
        ends = np.cumsum(lengths)
        places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(
            starts - ends + lengths, lengths
        )
        scores = matrix.data[places] * np.repeat(weights, lengths)
        total = np.bincount(matrix.indices[places], scores, minlength=self._count)
        found = np.flatnonzero(total)
        if len(found) > most:
            found = found[np.argpartition(-total[found], most - 1)[:most]]
        return np.asarray(found, dtype=np.int64)

    def _postings(self, documents: Bags, weighting: Weighting) -> Any:
        """BM25 weights by term, csr (terms, documents), without the terms that too many have."""
        seen = np.bincount(documents.terms, minlength=documents.width)
        weights = weighting.bm25_weights(documents)
        weights[(seen > self._budget)[documents.terms]] = 0
        by_term = documents.weighted(weights).T.tocsr()
        by_term.eliminate_zeros()
        return by_term
