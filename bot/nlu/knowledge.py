"""The entries of one language, and all the evidence there is for each of them.

Best phrasing per entry first, then the kinds of evidence are combined: a rank of phrasings from one
kind alone would let one well-covered entry crowd out the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from bot.faq.entries import FaqEntry
from bot.nlu import head
from bot.nlu.lexical import Bags, Field, Vocabulary
from bot.nlu.text import character_ngrams, stems

Array = npt.NDArray[np.float32]
Owners = npt.NDArray[np.int64]

# A classifier pays from two or three phrasings per entry on, and costs phrasings times entries.
HEAD_PHRASINGS = 2.0
HEAD_BUDGET = 40e6
# Above this many phrasings an exact search costs more than it finds: docs/evaluation/answering.md.
EXACT = 20_000
LINKS = 32
REACH = 128
NEAREST = 200

KINDS = (
    "head",
    "encoder",
    "characters",
    "entry_characters",  # BM25 of character n-grams over all phrasings of an entry
    "entry_words",  # BM25 of stems over all phrasings and the answer
    "answer_encoder",
    "answer_words",
    "answer_characters",
    "answer_character_bm25",
)


class Words:
    """The terms that entries of one language are made of."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self.stems, self.characters = Vocabulary(), Vocabulary()

    def stem_bags(self, texts: Sequence[str]) -> Bags:
        """The words of texts alone, which is all that a guess at the language needs."""
        return self.stems.bags([stems(text, self.lang) for text in texts])

    def prepare(self, texts: Sequence[str], vectors: Array, *, learn: bool = False) -> Prepared:
        """Texts as every kind of evidence wants them; `learn` takes their terms in first."""
        found = [stems(text, self.lang) for text in texts]
        grams = [character_ngrams(text, self.lang) for text in texts]
        if learn:
            self.stems.learn(found)
            self.characters.learn(grams)
        vectors = np.ascontiguousarray(vectors, dtype=np.float32)
        return Prepared(vectors, self.stems.bags(found), self.characters.bags(grams))


@dataclass(frozen=True)
class Prepared:
    """Texts with their vectors (n, dimension) and their bags of terms; made once."""

    vectors: Array
    stems: Bags
    characters: Bags

    def __len__(self) -> int:
        return len(self.stems)

    def part(self, rows: Sequence[int]) -> Prepared:
        return Prepared(self.vectors[list(rows)], self.stems.part(rows), self.characters.part(rows))


class Knowledge:
    """Searchable entries of one language."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        phrasings: Prepared,
        owners: Owners,
        answers: Prepared,
        *,
        like: Knowledge | None = None,
    ) -> None:
        """Phrasings belong to entries `owners` (indexes, ascending); one answer per entry.

        `like` is a larger one of the same words: this one searches in the same way, so that the
        scores of both compare, and uses again what costs most to make.
        """
        self.entries = tuple(entries)
        self.phrasings, self.owners, self.answers = phrasings, owners, answers
        count = len(self.entries)
        self._present, self._starts = np.unique(owners, return_index=True)
        self._vectors = _vector_index(phrasings.vectors)
        self._characters = Field(phrasings.characters)
        self._entry_characters = Field(phrasings.characters.grouped(owners, count))
        self._entry_words = Field(phrasings.stems.grouped(owners, count) + answers.stems)
        self._has_answers = bool(answers.stems.counts.nnz)
        if self._has_answers:
            self._answer_words = Field(answers.stems)
            self._answer_characters = Field(answers.characters)
        self._head: head.Head | None = None
        if like.has_head if like else self._wants_head():
            self._head = head.fit(
                phrasings.vectors,
                self._characters.weights,
                owners,
                count,
                basis=like.basis if like else None,
            )

    def _wants_head(self) -> bool:
        count = len(self.entries)
        return (
            self.per_entry >= HEAD_PHRASINGS
            and 2 <= count == len(self._present)
            and count * len(self.phrasings) <= HEAD_BUDGET
        )

    @property
    def has_head(self) -> bool:
        return self._head is not None

    @property
    def basis(self) -> Array | None:
        return self._head.basis if self._head else None

    @property
    def per_entry(self) -> float:
        return len(self.phrasings) / max(len(self.entries), 1)

    def evidence(self, queries: Prepared) -> dict[str, Array]:
        """Every kind of evidence, each (queries, entries); a kind that is absent is zero."""
        kinds: dict[str, Array] = {}
        if len(self.phrasings):
            weights = self._characters.query_weights(queries.characters)
            kinds["encoder"] = self._best(self._similar(queries.vectors))
            kinds["characters"] = self._best(self._characters.product(weights))
            kinds["entry_characters"] = self._entry_characters.bm25(queries.characters)
            if self._head is not None:
                kinds["head"] = log_softmax(self._head.logits(queries.vectors, weights)) / 10
        kinds["entry_words"] = self._entry_words.bm25(queries.stems)
        if self._has_answers:
            kinds["answer_encoder"] = np.asarray(queries.vectors @ self.answers.vectors.T)
            kinds["answer_words"] = self._answer_words.bm25(queries.stems)
            kinds["answer_characters"] = self._answer_characters.cosine(queries.characters)
            kinds["answer_character_bm25"] = self._answer_characters.bm25(queries.characters)
        empty = np.zeros((len(queries), len(self.entries)), dtype=np.float32)
        return {name: kinds.get(name, empty) for name in KINDS}

    def copies(self) -> Array:
        """Per phrasing its mean n-gram cosine with the others of its entry, 1 if it is alone."""
        found = np.ones(len(self.phrasings), dtype=np.float32)
        ends = np.append(self._starts, len(self.phrasings))[1:].tolist()
        for start, end in zip(self._starts.tolist(), ends, strict=True):
            if end - start > 1:
                mine = self._characters.weights[start:end]
                alike = (mine @ mine.T).toarray()
                np.fill_diagonal(alike, 0)
                found[start:end] = alike.sum(axis=1) / (end - start - 1)
        return found

    def known_share(self, query: Bags) -> float:
        """Share of the words of one query, by weight, that the entries have, 0..1."""
        return float(self._entry_words.coverage(query)[0])

    def _similar(self, vectors: Array) -> Array:
        """Cosine with every phrasing, (queries, phrasings); beyond EXACT with the nearest ones."""
        if len(self.phrasings) <= EXACT:
            return np.asarray(vectors @ self.phrasings.vectors.T)
        scores, rows = self._vectors.search(vectors, min(NEAREST, len(self.phrasings)))
        found = np.zeros((len(vectors), len(self.phrasings)), dtype=np.float32)
        np.put_along_axis(found, rows, scores, axis=1)
        return found

    def _best(self, scores: Array) -> Array:
        """(queries, phrasings) to (queries, entries): the best phrasing counts."""
        result = np.zeros((len(scores), len(self.entries)), dtype=np.float32)
        result[:, self._present] = np.maximum.reduceat(scores, self._starts, axis=1)
        return result


def _vector_index(vectors: Array) -> faiss.Index:
    width = vectors.shape[1]
    if len(vectors) <= EXACT:
        index: faiss.Index = faiss.IndexFlatIP(width)
    else:
        index = faiss.IndexHNSWFlat(width, LINKS, faiss.METRIC_INNER_PRODUCT)
        index.hnsw.efSearch = REACH
    if len(vectors):
        index.add(np.ascontiguousarray(vectors))
    return index


def log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))
