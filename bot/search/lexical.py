"""Lexical evidence: documents as bags of weighted terms, compared by cosine or by BM25.

A `Field` is kept by term: what a query has in common with every document costs the postings of its
terms. `Rows` are kept by document: what it has in common with a few documents costs those alone.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse

from bot.search.arrays import Array, Numbers

# Robertson & Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009), section 3.
BM25_K1 = 1.2
BM25_B = 0.75


@dataclass(frozen=True)
class Bags:
    """Term counts of texts over one vocabulary, and how many terms of each it does not have."""

    terms: npt.NDArray[np.int32]  # numbers in the vocabulary, text after text
    values: Array  # how often each occurs in its text
    starts: npt.NDArray[Any]  # where each text starts, and where the last one ends, (texts + 1,)
    width: int  # terms in the vocabulary
    unknown: Array  # (texts,)

    def __len__(self) -> int:
        return len(self.unknown)

    @classmethod
    def empty(cls, count: int) -> Bags:
        """So many texts without any term."""
        return cls.of(sparse.csr_matrix((count, 1), dtype=np.float32), np.zeros(count, np.float32))

    @classmethod
    def of(cls, counts: Any, unknown: Array) -> Bags:
        """Bags of a csr matrix (texts, terms)."""
        return cls(counts.indices, counts.data, counts.indptr, counts.shape[1], unknown)

    @cached_property
    def counts(self) -> Any:
        """As a csr matrix, (texts, terms)."""
        return self.weighted(self.values)

    @cached_property
    def dense(self) -> Array:
        """The counts of the one text there is, (terms,)."""
        return self.spread(self.values)

    def spread(self, values: Array) -> Array:
        """A value for each term of the one text there is, (terms,)."""
        found = np.zeros(self.width, dtype=np.float32)
        found[self.terms] = values
        return found

    def weighted(self, values: Array) -> Any:
        """Other values for the same terms, csr (texts, terms)."""
        made = (values, self.terms, self.starts)
        return sparse.csr_matrix(made, shape=(len(self), self.width), copy=False)

    def sums(self, weights: Array) -> Array:
        """Counts times weights (terms,), added up for each text."""
        if len(self) == 1:
            return np.array([self.values @ weights[self.terms]], dtype=np.float32)
        return np.asarray(self.counts @ weights)

    def widened(self, width: int) -> Bags:
        """The same over a vocabulary that has grown."""
        return replace(self, width=max(self.width, width))

    def part(self, rows: Sequence[int]) -> Bags:
        return Bags.of(self.counts[list(rows)], self.unknown[list(rows)])

    def grouped(self, groups: Numbers, count: int) -> Bags:
        """The bags of each group added up, (count,) of them; row i belongs to `groups[i]`."""
        ones = np.ones(len(groups), dtype=np.float32)
        member = sparse.csr_matrix(
            (ones, (groups, np.arange(len(groups)))), shape=(count, len(groups))
        )
        return Bags.of((member @ self.counts).tocsr(), np.asarray(member @ self.unknown))

    def __add__(self, other: Bags) -> Bags:
        return Bags.of((self.counts + other.counts).tocsr(), self.unknown + other.unknown)


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

    def bags(self, texts: Iterable[Iterable[str]], *, learn: bool = False) -> Bags:
        """Counts of the terms of texts, rows in order; `learn` takes new terms in."""
        starts, columns, values, unknown = array("q", [0]), array("i"), array("f"), array("f")
        number = self._number
        for terms in texts:
            missing = 0
            for term, n in Counter(terms).items():
                column = number.get(term)
                if column is None and learn:
                    column = number[term] = len(number)
                if column is None:
                    missing += n
                else:
                    columns.append(column)
                    values.append(n)
            starts.append(len(columns))
            unknown.append(missing)
        return Bags(
            np.array(columns, dtype=np.int32),
            np.array(values, dtype=np.float32),
            np.array(starts, dtype=np.int32 if len(columns) < 2**31 else np.int64),
            max(len(number), 1),
            np.array(unknown, dtype=np.float32),
        )


class Weighting:
    """How much each term counts, by the documents that have it."""

    def __init__(self, documents: Bags) -> None:
        total = max(len(documents), 1)
        # A term that no document has keeps the weight of the rarest: it is unknown here.
        seen = np.bincount(documents.terms, minlength=documents.width).astype(np.float32)
        self.idf = (np.log((total + 1) / (seen + 1)) + 1).astype(np.float32)
        self._unknown_idf = float(np.log(total + 1) + 1)
        self.bm25_idf = np.log1p((total - seen + 0.5) / (seen + 0.5)).astype(np.float32)
        self._unknown_bm25_idf = float(np.log1p((total + 0.5) / 0.5))
        self._known_idf = self.idf * (seen > 0)

    def coverage(self, queries: Bags) -> Array:
        """Share of each query's weight in terms that some document has, (queries,), 0..1."""
        known = queries.sums(self._known_idf)
        everything = queries.sums(self.idf) + queries.unknown * self._unknown_idf
        return np.asarray(known / np.maximum(everything, 1e-6), dtype=np.float32)

    def cosine_weights(self, bags: Bags) -> Array:
        """TF-IDF with sublinear counts at unit length, for each of the terms of texts.

        The length includes the terms that no document has, at the weight of the rarest one: a
        question full of unknown words must not look like a match.
        """
        values = (1 + np.log(bags.values)) * self.idf[bags.terms]
        lengths = np.diff(bags.starts)
        squares = np.zeros(len(lengths))
        filled = lengths > 0
        if filled.any():
            squares[filled] = np.add.reduceat(values**2, bags.starts[:-1][filled])
        norms = np.sqrt(squares + bags.unknown * self._unknown_idf**2)
        norms[norms == 0] = 1
        return np.asarray(values / np.repeat(norms, lengths), dtype=np.float32)

    def bm25_weights(self, documents: Bags) -> Array:
        """What a query's count of a term is multiplied by, for each of the documents' terms."""
        half = np.repeat(saturation(documents), np.diff(documents.starts))
        tf = documents.values * (BM25_K1 + 1) / (documents.values + half)
        return np.asarray(tf * self.bm25_idf[documents.terms], dtype=np.float32)

    def ideal(self, queries: Bags) -> Array:
        """What each query would score against itself by BM25, (queries,), so that all is 0..1."""
        found = queries.sums(self.bm25_idf) + queries.unknown * self._unknown_bm25_idf
        return np.asarray(np.maximum(found, 1e-6), dtype=np.float32)


class Field(Weighting):
    """Documents of one kind of term, all compared at once; in the ways that are wanted."""

    def __init__(self, documents: Bags, *, cosine: bool = True, bm25: bool = True) -> None:
        super().__init__(documents)
        self._cosine = _by_term(documents, self.cosine_weights(documents)) if cosine else None
        self._bm25 = _by_term(documents, self.bm25_weights(documents)) if bm25 else None

    def cosine(self, queries: Bags) -> Array:
        """Cosine of each query with each document, (queries, documents)."""
        weights = queries.weighted(self.cosine_weights(queries))
        return np.asarray((weights @ self._cosine).toarray(), dtype=np.float32)

    def bm25(self, queries: Bags) -> Array:
        """BM25 of each query with each document over its ideal, (queries, documents), 0..1."""
        scores = np.asarray((queries.counts @ self._bm25).toarray(), dtype=np.float32)
        return np.asarray(scores / self.ideal(queries)[:, None], dtype=np.float32)


class Rows(Weighting):
    """Documents of one kind of term, of which a few are compared by cosine."""

    def __init__(self, documents: Bags) -> None:
        super().__init__(documents)
        self._weights = documents.weighted(self.cosine_weights(documents))

    def cosine(self, query: Bags, documents: Numbers) -> Array:
        """Of one query with some documents, (documents,)."""
        weights = query.spread(self.cosine_weights(query))
        return np.asarray(self._weights[documents] @ weights)


class Stack:
    """Several fields of the same documents, of which a few are compared by BM25 in one pass.

    Fields lie below each other in one matrix; vocabularies lie side by side.
    """

    def __init__(self, fields: Sequence[tuple[int, Bags]], widths: Sequence[int]) -> None:
        """Fields with the number of their vocabulary, and the sizes of the vocabularies."""
        self._count = len(fields[0][1])
        self._weightings = [(number, Weighting(bags)) for number, bags in fields]
        before = np.cumsum([0, *widths])
        lengths = [np.diff(bags.starts) for _, bags in fields]
        self._weights = sparse.csr_matrix(
            (
                np.concatenate([Weighting(bags).bm25_weights(bags) for _, bags in fields]),
                np.concatenate([bags.terms + np.int32(before[number]) for number, bags in fields]),
                np.cumsum(np.concatenate([[0], *lengths])),
            ),
            shape=(len(fields) * self._count, int(before[-1])),
        )

    def bm25(self, query: Sequence[Bags], documents: Numbers) -> Array:
        """Of one query, given once per vocabulary, with some documents: (fields, documents)."""
        counts = np.concatenate([bags.dense for bags in query])
        rows = [documents + i * self._count for i in range(len(self._weightings))]
        found = (self._weights[np.concatenate(rows)] @ counts).reshape(len(rows), -1)
        ideal = [weighting.ideal(query[number]) for number, weighting in self._weightings]
        return np.asarray(found / np.array(ideal), dtype=np.float32)


def saturation(documents: Bags) -> Array:
    """By document, the count at which a term has half of its effect; grows with its length."""
    length = np.asarray(documents.counts.sum(axis=1)).ravel()
    mean = float(length.mean()) if length.size and length.any() else 1.0
    return np.asarray(BM25_K1 * (1 - BM25_B + BM25_B * length / mean), dtype=np.float32)


def _by_term(documents: Bags, weights: Array) -> Any:
    return documents.weighted(weights).T.tocsr()
