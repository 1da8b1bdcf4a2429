"""Which documents share a query's rarest terms: where to look, before looking closely."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.nlu.lexical import Bags, Weighting

Numbers = npt.NDArray[np.int64]

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
        terms, values = [], []
        starts = self._by_term.indptr
        for bags, weighting, offset in zip(query, self._weightings, self._offsets, strict=False):
            mine = bags.terms + offset
            lengths = starts[mine + 1] - starts[mine]
            rarest = np.argsort(lengths)
            rarest = rarest[np.cumsum(lengths[rarest]) <= self._budget]
            terms.append(mine[rarest])
            values.append(bags.values[rarest] / weighting.ideal(bags))
        chosen, weights = np.concatenate(terms), np.concatenate(values)
        shape = (1, int(self._offsets[-1]))
        found = sparse.csr_matrix((weights, chosen, [0, len(chosen)]), shape=shape) @ self._by_term
        if found.nnz <= most:
            return np.asarray(found.indices, dtype=np.int64)
        first = np.argpartition(-found.data, most - 1)[:most]
        return np.asarray(found.indices[first], dtype=np.int64)

    def _postings(self, documents: Bags, weighting: Weighting) -> Any:
        """BM25 weights by term, csr (terms, documents), without the terms that too many have."""
        seen = np.bincount(documents.terms, minlength=documents.width)
        weights = weighting.bm25_weights(documents)
        weights[(seen > self._budget)[documents.terms]] = 0
        by_term = documents.weighted(weights).T.tocsr()
        by_term.eliminate_zeros()
        return by_term
