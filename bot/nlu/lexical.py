"""Lexical evidence: documents as bags of weighted terms, compared by cosine or by BM25."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from scipy import sparse

Scores = npt.NDArray[np.float32]

# Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
BM25_K1 = 1.2
BM25_B = 0.75


class Field:
    """One kind of term (stems, n-grams) over a list of documents, searchable two ways.

    `cosine`: TF-IDF with sublinear counts. A query's norm includes the terms that no document has,
    at the weight of the rarest one: a question full of unknown words must not look like a match.
    `bm25`: divided by what the query would score against itself, so that it lies in 0..1 as well.
    """

    def __init__(self, documents: Sequence[Iterable[str]]) -> None:
        counts = [Counter(document) for document in documents]
        self.vocabulary: dict[str, int] = {}
        for count in counts:
            for term in count:
                self.vocabulary.setdefault(term, len(self.vocabulary))
        rows = np.repeat(np.arange(len(counts)), [len(count) for count in counts])
        columns = np.fromiter(
            (self.vocabulary[term] for count in counts for term in count), dtype=np.int32
        )
        values = np.fromiter(
            (n for count in counts for n in count.values()), dtype=np.float32
        )
        shape = (len(counts), max(len(self.vocabulary), 1))
        raw = sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)
        seen = np.bincount(columns, minlength=shape[1]).astype(np.float32)
        total = max(len(counts), 1)
        self.idf = np.log((total + 1) / (seen + 1)).astype(np.float32) + 1
        self.unknown_idf = float(np.log(total + 1) + 1)
        self.bm25_idf = np.log1p((total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        self.unknown_bm25_idf = float(np.log1p((total + 0.5) / 0.5))

        tfidf = raw.copy()
        tfidf.data = (1 + np.log(tfidf.data)) * self.idf[tfidf.indices]
        norms = np.sqrt(np.asarray(tfidf.multiply(tfidf).sum(axis=1)).ravel())
        norms[norms == 0] = 1
        self.cosine_matrix = sparse.diags(1 / norms).dot(tfidf).tocsc().astype(np.float32)

        length = np.asarray(raw.sum(axis=1)).ravel()
        mean = float(length.mean()) if length.size and length.any() else 1.0
        saturation = BM25_K1 * (1 - BM25_B + BM25_B * length / mean)
        weighted = raw.tocoo()
        data = weighted.data * (BM25_K1 + 1) / (weighted.data + saturation[weighted.row])
        data = data * self.bm25_idf[weighted.col]
        self.bm25_matrix = sparse.csc_matrix(
            (data.astype(np.float32), (weighted.row, weighted.col)), shape=shape
        )

    def __len__(self) -> int:
        return int(self.cosine_matrix.shape[0])

    def cosine(self, queries: Sequence[Iterable[str]]) -> Scores:
        """Cosine of each query with each document, (queries, documents)."""
        return self.product(self.query_weights(queries))

    def query_weights(self, queries: Sequence[Iterable[str]]) -> sparse.csr_matrix:
        """TF-IDF weights of queries at unit length, unknown terms counted, (queries, terms)."""
        return self._queries(queries, self.idf, self.unknown_idf, sublinear=True, norm=2)

    def product(self, weights: sparse.csr_matrix) -> Scores:
        """Cosines for weights that `query_weights` made, (queries, documents)."""
        return np.asarray((weights @ self.cosine_matrix.T).todense(), dtype=np.float32)

    def bm25(self, queries: Sequence[Iterable[str]]) -> Scores:
        """BM25 of each query with each document over its ideal, (queries, documents), 0..1."""
        ones = np.ones_like(self.bm25_idf)
        weights = self._queries(queries, ones, 1.0, sublinear=False, norm=0)
        scores = np.asarray((weights @ self.bm25_matrix.T).todense(), dtype=np.float32)
        ideal = np.array(
            [
                sum(
                    n * (self.bm25_idf[self.vocabulary[term]] if term in self.vocabulary
                         else self.unknown_bm25_idf)
                    for term, n in Counter(query).items()
                )
                for query in queries
            ],
            dtype=np.float32,
        )
        return scores / np.maximum(ideal, 1e-6)[:, None]

    def coverage(self, queries: Sequence[Iterable[str]]) -> Scores:
        """Share of each query's weight in terms that some document has, (queries,), 0..1."""
        shares = []
        for query in queries:
            terms = set(query)
            known = sum(float(self.idf[self.vocabulary[t]]) for t in terms if t in self.vocabulary)
            unknown = sum(self.unknown_idf for t in terms if t not in self.vocabulary)
            shares.append(known / (known + unknown) if terms else 0.0)
        return np.asarray(shares, dtype=np.float32)

    def _queries(
        self,
        queries: Sequence[Iterable[str]],
        idf: Scores,
        unknown: float,
        *,
        sublinear: bool,
        norm: int,
    ) -> sparse.csr_matrix:
        rows: list[int] = []
        columns: list[int] = []
        values: list[float] = []
        for row, query in enumerate(queries):
            known: list[tuple[int, float]] = []
            squares = 0.0
            for term, n in Counter(query).items():
                tf = 1 + np.log(n) if sublinear and n > 1 else float(n)
                column = self.vocabulary.get(term)
                weight = tf * (unknown if column is None else float(idf[column]))
                squares += weight * weight
                if column is not None:
                    known.append((column, weight))
            scale = 1 / np.sqrt(squares) if norm and squares else 1.0
            for column, weight in known:
                rows.append(row)
                columns.append(column)
                values.append(weight * scale)
        shape = (len(queries), self.cosine_matrix.shape[1])
        return sparse.csr_matrix((values, (rows, columns)), shape=shape, dtype=np.float32)
