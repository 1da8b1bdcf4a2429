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
from bot.nlu.lexical import Field
from bot.nlu.text import character_ngrams, stems

Array = npt.NDArray[np.float32]
Owners = npt.NDArray[np.int64]

# A classifier pays from two or three phrasings per entry on, and costs phrasings times entries.
HEAD_PHRASINGS = 2.0
HEAD_BUDGET = 40e6


@dataclass(frozen=True)
class Prepared:
    """Queries as every kind of evidence wants them; made once."""

    vectors: Array
    stems: list[list[str]]
    characters: list[list[str]]

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Array, lang: str) -> Prepared:
        return cls(
            np.asarray(vectors, dtype=np.float32),
            [stems(text, lang) for text in texts],
            [character_ngrams(text, lang) for text in texts],
        )

    def __len__(self) -> int:
        return len(self.stems)

    def part(self, rows: Sequence[int]) -> Prepared:
        return Prepared(
            self.vectors[list(rows)],
            [self.stems[i] for i in rows],
            [self.characters[i] for i in rows],
        )


@dataclass(frozen=True)
class Evidence:
    """Every kind of evidence of queries for entries, each (queries, entries); zero where absent."""

    kinds: dict[str, Array]


class Knowledge:
    """Searchable entries of one language."""

    def __init__(
        self,
        entries: Sequence[FaqEntry],
        phrasings: Prepared,
        owners: Owners,
        answers: Prepared,
        *,
        with_head: bool = True,
    ) -> None:
        """Phrasings are of entries `owners` (indexes), answers one per entry in order."""
        self.entries = tuple(entries)
        self.phrasings, self.owners, self.answers = phrasings, owners, answers
        count = len(self.entries)
        self._present, self._starts = np.unique(owners, return_index=True)
        self._vectors = faiss.IndexFlatIP(max(phrasings.vectors.shape[1], 1))
        if len(phrasings):
            self._vectors.add(np.ascontiguousarray(phrasings.vectors))
        self._characters = Field(phrasings.characters)
        mine = _rows_of(owners, count)
        self._entry_words = Field(
            [
                [*(stem for row in rows for stem in phrasings.stems[row]), *answers.stems[entry]]
                for entry, rows in enumerate(mine)
            ]
        )
        self._entry_characters = Field(
            [[gram for row in rows for gram in phrasings.characters[row]] for rows in mine]
        )
        self._has_answers = any(answers.stems)
        if self._has_answers:
            self._answer_words = Field(answers.stems)
            self._answer_characters = Field(answers.characters)
        self._head: head.Head | None = None
        per_entry = len(phrasings) / max(len(self._present), 1)
        if (
            with_head
            and per_entry >= HEAD_PHRASINGS
            and 2 <= count == len(self._present)
            and count * len(phrasings) <= HEAD_BUDGET
        ):
            matrix = self._characters.cosine_matrix.tocsr()
            self._head = head.fit(phrasings.vectors, matrix, owners, count)

    @property
    def has_head(self) -> bool:
        return self._head is not None

    @property
    def per_entry(self) -> float:
        return len(self.phrasings) / max(len(self.entries), 1)

    def evidence(self, queries: Prepared) -> Evidence:
        """All evidence of queries for all entries."""
        empty = np.zeros((len(queries), len(self.entries)), dtype=np.float32)
        kinds: dict[str, Array] = {}
        if len(self.phrasings):
            weights = self._characters.query_weights(queries.characters)
            kinds["encoder"] = self._best(queries.vectors @ self.phrasings.vectors.T)
            kinds["characters"] = self._best(self._characters.product(weights))
            kinds["entry_characters"] = self._entry_characters.bm25(queries.characters)
            kinds["entry_words"] = self._entry_words.bm25(queries.stems)
            if self._head is not None:
                kinds["head"] = log_softmax(self._head.logits(queries.vectors, weights)) / 10
        if self._has_answers:
            kinds["answer_encoder"] = np.asarray(queries.vectors @ self.answers.vectors.T)
            kinds["answer_words"] = self._answer_words.bm25(queries.stems)
            kinds["answer_characters"] = self._answer_characters.cosine(queries.characters)
            kinds["answer_character_bm25"] = self._answer_characters.bm25(queries.characters)
        for name in KINDS:
            kinds.setdefault(name, empty)
        return Evidence(kinds)

    def known_share(self, text: str, lang: str) -> float:
        """Share of the words of a text, by weight, that the entries of this language have."""
        return float(self._entry_words.coverage([stems(text, lang)])[0])

    def _best(self, scores: Array) -> Array:
        """(queries, phrasings) to (queries, entries): the best phrasing counts."""
        result = np.zeros((len(scores), len(self.entries)), dtype=np.float32)
        result[:, self._present] = np.maximum.reduceat(scores, self._starts, axis=1)
        return result


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


def log_softmax(logits: Array) -> Array:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _rows_of(owners: Owners, count: int) -> list[list[int]]:
    rows: list[list[int]] = [[] for _ in range(count)]
    for row, owner in enumerate(owners.tolist()):
        rows[owner].append(row)
    return rows
