"""Vectors of a large knowledge base: which are nearest to a query's, and how near some of them are.

`Nearest` are lists round centres (Jégou, Douze and Schmid, "Product quantization for nearest
neighbor search", 2011, section IV), kept by FAISS. Recall, times and what else was tried:
docs/evaluation/speed.md, "The FAQ index at scale".
"""

from __future__ import annotations

import os
from dataclasses import dataclass

import faiss
import numpy as np
import numpy.typing as npt

from bot.search.arrays import Array, Numbers

CENTRES_PER_ROOT = 3.2  # centres per square root of vectors
MOST_CENTRES = 2048
LEARNT_FROM = 32  # vectors per centre that the centres are placed by
ROUNDS = 8
VISITED = 64  # lists looked at per query
FINEST = 127


@dataclass(frozen=True)
class Rounded:
    """Unit vectors at one byte per number; cosines come out within about 0.001."""

    codes: npt.NDArray[np.int8]  # (n, dimension)
    steps: Array  # (n,)

    @classmethod
    def of(cls, vectors: Array) -> Rounded:
        steps = np.abs(vectors).max(axis=1, initial=0) / FINEST
        steps[steps == 0] = 1
        return cls(np.rint(vectors / steps[:, None]).astype(np.int8), steps.astype(np.float32))

    def __len__(self) -> int:
        return len(self.codes)

    def product(self, query: Array, rows: Numbers) -> Array:
        """Cosine of one query (dimension,) with some of the vectors, (rows,)."""
        return np.asarray((self.codes[rows].astype(np.float32) @ query) * self.steps[rows])

    def vectors(self) -> Array:
        """Every vector, (n, dimension)."""
        return np.asarray(self.codes.astype(np.float32) * self.steps[:, None])


class Nearest:
    """Finds the vectors nearest to a query without looking at all of them."""

    def __init__(self, vectors: Array) -> None:
        """Lists for vectors (n, dimension); made on all cores, the same every time."""
        count, width = vectors.shape
        centres = min(MOST_CENTRES, max(1, int(CENTRES_PER_ROOT * count**0.5)))
        index = faiss.IndexIVFScalarQuantizer(
            faiss.IndexFlatIP(width),
            width,
            centres,
            faiss.ScalarQuantizer.QT_8bit,
            faiss.METRIC_INNER_PRODUCT,
        )
        index.cp.niter = ROUNDS
        index.cp.min_points_per_centroid = 1
        sample = np.random.default_rng(0).permutation(count)[: LEARNT_FROM * centres]
        before = faiss.omp_get_max_threads()
        faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))
        try:
            index.train(np.ascontiguousarray(vectors[sample], dtype=np.float32))
            index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        finally:
            faiss.omp_set_num_threads(before)
        self._index = index
        self.visited = VISITED

    @property
    def lists(self) -> int:
        return int(self._index.nlist)

    @property
    def visited(self) -> int:
        """How many lists a search looks at."""
        return int(self._index.nprobe)

    @visited.setter
    def visited(self, count: int) -> None:
        self._index.nprobe = count

    def search(self, query: Array, most: int) -> Numbers:
        """Rows of the nearest vectors to one query (dimension,), nearest first."""
        _, rows = self._index.search(query.reshape(1, -1), min(most, self._index.ntotal))
        return np.asarray(rows[0][rows[0] >= 0], dtype=np.int64)
