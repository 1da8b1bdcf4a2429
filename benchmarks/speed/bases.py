"""Knowledge bases of any size, of sentences that people wrote.

Phrasings are banking, assistant and shop questions (BANKING77, CLINC150, Bitext), answers are
comments (GoEmotions); two questions of one intent make an entry. Beyond what there is of them
entries are *mixed*: the first half of one question with the second half of one of its nearest
neighbours, at the normalised mean of both vectors. So mixed entries crowd round real ones more
closely than real entries do, which makes them hard to tell apart.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from benchmarks.dialogue import corpora
from bot.faq.entries import FaqEntry
from bot.nlu.encoder import Encoder, Vectors, models_folder

NEIGHBOURS = 32
COMMENTS = 12_000
QUERIES = 400


@dataclass(frozen=True)
class Base:
    """Entries with the vectors of all their texts, and queries that are not among them."""

    entries: tuple[FaqEntry, ...]
    vectors: dict[str, Vectors]
    queries: tuple[str, ...]
    query_vectors: Vectors  # (queries, dimension)


@dataclass(frozen=True)
class Real:
    """Sentences with their vectors, and which others are the nearest of each."""

    texts: list[str]
    vectors: Vectors
    near: npt.NDArray[np.int64]  # (texts, NEIGHBOURS), the sentence itself first


class Bases:
    """Makes knowledge bases; what is learnt of real sentences is kept under models/benchmarks."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        labelled = [*corpora.banking(), *corpora.clinc("train"), *corpora.bitext()]
        questions = [text for text, _ in sorted(dict(labelled).items(), key=lambda row: row[1])]
        known = set(questions)
        asked = [text for text, _ in corpora.clinc("val") if text not in known]
        comments = list(dict.fromkeys(text for text, _ in corpora.goemotions("train")))
        self.questions = self._real("questions", questions)
        self.comments = self._real("comments", comments[:COMMENTS])
        self.asked = self._real("asked", asked[:: len(asked) // QUERIES][:QUERIES])

    def of(self, count: int, *, seed: int = 0) -> Base:
        """A knowledge base of `count` entries in English with two phrasings and an answer each."""
        asked, asked_vectors = several(self.questions, 2 * count, seed)
        answers, answer_vectors = several(self.comments, count, seed + 1)
        entries = tuple(
            FaqEntry(f"e{i}", "en", "", (asked[2 * i], asked[2 * i + 1]), answers[i])
            for i in range(count)
        )
        vectors = dict(zip(asked, asked_vectors, strict=True))
        vectors.update(zip(answers, answer_vectors, strict=True))
        return Base(entries, vectors, tuple(self.asked.texts), self.asked.vectors)

    def _real(self, name: str, texts: list[str]) -> Real:
        made_by = self._encoder.manifest.content_hash + "\n".join(texts)
        key = hashlib.sha256(made_by.encode()).hexdigest()[:16]
        path = models_folder() / "benchmarks" / f"scale-{name}-{key}.npz"
        if path.exists():
            with np.load(path) as stored:
                return Real(texts, stored["vectors"], stored["near"])
        vectors = self._encoder.encode(texts)
        exact = faiss.IndexFlatIP(vectors.shape[1])
        exact.add(vectors)
        _, near = exact.search(vectors, NEIGHBOURS)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, vectors=vectors, near=near)
        return Real(texts, vectors, near)


def several(real: Real, count: int, seed: int) -> tuple[list[str], Vectors]:
    """`count` different sentences: the real ones, then mixed ones."""
    found = dict(zip(real.texts[:count], real.vectors[:count], strict=True))
    pick = np.random.default_rng(seed)
    while len(found) < count:
        one = int(pick.integers(len(real.texts)))
        other = int(real.near[one, pick.integers(1, NEIGHBOURS)])
        vector = real.vectors[one] + real.vectors[other]
        text = _mixed(real.texts[one].split(), real.texts[other].split())
        found.setdefault(text, vector / np.linalg.norm(vector))
    return list(found), np.array(list(found.values()), dtype=np.float32)


def _mixed(one: Sequence[str], other: Sequence[str]) -> str:
    return " ".join([*one[: (len(one) + 1) // 2], *other[len(other) // 2 :]])
