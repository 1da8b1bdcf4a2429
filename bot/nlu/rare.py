"""Which documents share a query's rarest terms: where to look, before looking closely."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from bot.nlu.lexical import BM25_K1, Bags, Weighting, saturation

Numbers = npt.NDArray[np.int64]

# Postings looked at per query. A term in more documents than that tells none of them apart.
BUDGET = 20_000


class Rare:
    """Documents by term, without counts: a term counts once however often it occurs.

    For terms that do occur once the order is that of BM25.
    """

    def __init__(self, documents: Bags, *, budget: int = BUDGET) -> None:
        self._budget, self._count = budget, len(documents)
        seen = np.bincount(documents.terms, minlength=documents.width)
        self._idf = Weighting(documents).bm25_idf
        self._by_length = ((BM25_K1 + 1) / (1 + saturation(documents))).astype(np.float32)
        self._starts, self._documents = _postings(documents, seen <= budget)

    def best(self, query: Bags, most: int) -> Numbers:
        """At most `most` documents for one query, in no order."""
        terms, counts = query.terms, query.values
        lengths = self._starts[terms + 1] - self._starts[terms]
        rarest = np.argsort(lengths)
        rarest = rarest[np.cumsum(lengths[rarest]) <= self._budget]
        rarest = rarest[lengths[rarest] > 0]
        if not len(rarest):
            return np.zeros(0, dtype=np.int64)
        starts, ends = self._starts[terms[rarest]], self._starts[terms[rarest] + 1]
        found = np.concatenate(
            [self._documents[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]
        )
        weights = np.repeat(self._idf[terms[rarest]] * counts[rarest], lengths[rarest])
        total = np.bincount(found, weights, minlength=self._count)
        touched = np.flatnonzero(total)
        if len(touched) <= most:
            return touched
        scores = total[touched] * self._by_length[touched]
        return np.asarray(touched[np.argpartition(-scores, most - 1)[:most]])


def _postings(bags: Bags, wanted: npt.NDArray[np.bool_]) -> tuple[Numbers, npt.NDArray[np.int32]]:
    """Where each term's documents start and end, and the documents, ascending for each term."""
    kept = wanted[bags.terms]
    terms = bags.terms[kept]
    documents = np.repeat(np.arange(len(bags), dtype=np.int32), np.diff(bags.starts))[kept]
    order = np.argsort(terms, kind="stable")
    starts = np.zeros(bags.width + 1, dtype=np.int64)
    np.cumsum(np.bincount(terms, minlength=bags.width), out=starts[1:])
    return starts, documents[order]
