"""Lexical evidence: documents as bags of weighted terms, compared by cosine or by BM25."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

Scores = npt.NDArray[np.float32]
Rows = npt.NDArray[np.int64]

# Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
BM25_K1 = 1.2
BM25_B = 0.75


@dataclass(frozen=True)
class Bags:
    """Term counts of texts over one vocabulary, and how many terms of each it does not have."""

    counts: Any  # scipy csr_matrix, (texts, terms)
    unknown: Scores  # (texts,)

    def __len__(self) -> int:
        return int(self.counts.shape[0])

    def part(self, rows: Sequence[int]) -> Bags:
        return Bags(self.counts[list(rows)], self.unknown[list(rows)])

    def grouped(self, groups: Rows, count: int) -> Bags:
        """The bags of each group added up, (count,) of them; row i belongs to `groups[i]`."""
        ones = np.ones(len(groups), dtype=np.float32)
        member = sparse.csr_matrix(
            (ones, (groups, np.arange(len(groups)))), shape=(count, len(groups))
        )
        return Bags((member @ self.counts).tocsr(), np.asarray(member @ self.unknown))

    def __add__(self, other: Bags) -> Bags:
        return Bags((self.counts + other.counts).tocsr(), self.unknown + other.unknown)


class Vocabulary:
    """Numbers for terms. Knowledge grows it while it is built; queries only look it up."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._number)

    def learn(self, texts: Iterable[Iterable[str]]) -> None:
        for terms in texts:
            for term in terms:
                self._number.setdefault(term, len(self._number))

    def bags(self, texts: Sequence[Iterable[str]]) -> Bags:
        """Counts of the terms of texts, rows in order."""
        starts, columns, values = [0], list[int](), list[int]()
        unknown = np.zeros(len(texts), dtype=np.float32)
        for row, terms in enumerate(texts):
            for term, n in Counter(terms).items():
                column = self._number.get(term)
                if column is None:
                    unknown[row] += n
                else:
                    columns.append(column)
                    values.append(n)
            starts.append(len(columns))
        counts = sparse.csr_matrix(
            (np.array(values, dtype=np.float32), columns, starts),
            shape=(len(texts), max(len(self._number), 1)),
        )
        return Bags(counts, unknown)


class Field:
    """Documents of one kind of term, searchable two ways.

    `cosine`: TF-IDF with sublinear counts. A query's norm includes the terms that no document has,
    at the weight of the rarest one: a question full of unknown words must not look like a match.
    `bm25`: divided by what the query would score against itself, so that it lies in 0..1 as well.
    """

    def __init__(self, documents: Bags) -> None:
        raw = documents.counts
        total = max(raw.shape[0], 1)
        # A term that no document has keeps the weight of the rarest: it is unknown here.
        seen = np.bincount(raw.indices, minlength=raw.shape[1]).astype(np.float32)
        self.idf = (np.log((total + 1) / (seen + 1)) + 1).astype(np.float32)
        self._unknown_idf = float(np.log(total + 1) + 1)
        self._bm25_idf = np.log1p((total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        self._unknown_bm25_idf = float(np.log1p((total + 0.5) / 0.5))
        self._seen = seen > 0
        self.weights = self._cosine_weights(documents)
        self._cosine_by_term = self.weights.T.tocsr()
        self._bm25_by_term = self._bm25_weights(raw).T.tocsr()

    def __len__(self) -> int:
        return int(self.weights.shape[0])

    def query_weights(self, queries: Bags) -> Any:
        """TF-IDF weights of queries at unit length, unknown terms counted, csr (queries, terms)."""
        return self._cosine_weights(queries)

    def product(self, weights: Any) -> Scores:
        """Cosines for weights that `query_weights` made, (queries, documents)."""
        return np.asarray((weights @ self._cosine_by_term).toarray(), dtype=np.float32)

    def cosine(self, queries: Bags) -> Scores:
        """Cosine of each query with each document, (queries, documents)."""
        return self.product(self.query_weights(queries))

    def bm25(self, queries: Bags) -> Scores:
        """BM25 of each query with each document over its ideal, (queries, documents), 0..1."""
        scores = np.asarray((queries.counts @ self._bm25_by_term).toarray(), dtype=np.float32)
        ideal = queries.counts @ self._bm25_idf + queries.unknown * self._unknown_bm25_idf
        return np.asarray(scores / np.maximum(ideal, 1e-6)[:, None], dtype=np.float32)

    def coverage(self, queries: Bags) -> Scores:
        """Share of each query's weight in terms that some document has, (queries,), 0..1."""
        known = queries.counts @ (self.idf * self._seen)
        everything = queries.counts @ self.idf + queries.unknown * self._unknown_idf
        return np.asarray(known / np.maximum(everything, 1e-6), dtype=np.float32)

    def _cosine_weights(self, bags: Bags) -> Any:
        weights = bags.counts.copy()
        weights.data = (1 + np.log(weights.data)) * self.idf[weights.indices]
        lengths = np.diff(weights.indptr)
        squares = np.zeros(len(lengths))
        filled = lengths > 0
        if filled.any():
            squares[filled] = np.add.reduceat(weights.data**2, weights.indptr[:-1][filled])
        norms = np.sqrt(squares + bags.unknown * self._unknown_idf**2)
        norms[norms == 0] = 1
        weights.data = (weights.data / np.repeat(norms, lengths)).astype(np.float32)
        return weights

    def _bm25_weights(self, raw: Any) -> Any:
        weights = raw.copy()
        length = np.asarray(raw.sum(axis=1)).ravel()
        mean = float(length.mean()) if length.size and length.any() else 1.0
        saturation = BM25_K1 * (1 - BM25_B + BM25_B * length / mean)
        spread = np.repeat(saturation, np.diff(raw.indptr))
        tf = weights.data * (BM25_K1 + 1) / (weights.data + spread)
        weights.data = (tf * self._bm25_idf[weights.indices]).astype(np.float32)
        return weights
