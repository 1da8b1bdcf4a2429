"""The FAQ index at scale: time of a search, memory, recall, building and loading.

    python -m benchmarks.speed.index [--entries 10000 50000 200000]

Each size is built here and searched in a process of its own, which loads what was saved: the memory
is that process's growth. Times are of single searches by one thread; processor time beside wall
time, as other work on the machine moves the second.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.speed.bases import Base, Bases
from benchmarks.speed.figures import ms, percentile
from bot.nlu.encoder import Encoder
from bot.search.candidates import NEAREST
from bot.search.index import FaqIndex
from bot.search.knowledge import Knowledge
from bot.search.nearest import Nearest
from bot.search.part import KnownVectors, knowledge_of, read_of
from bot.search.weighing import combine
from bot.search.words import Words

COMPARED = 200
ROUNDS = 3
VISITED = (4, 8, 16, 32, 64)
PAGE = 4096


@dataclass(frozen=True)
class Searched:
    """What a process that loaded a saved index measured; seconds and bytes."""

    loading: float
    memory: int
    processor: list[float]
    wall: list[float]


def measure_index(say: Callable[[str], None], sizes: Sequence[int] = (10_000,)) -> None:
    encoder = Encoder.load()
    bases = Bases(encoder)
    say("## The FAQ index at scale (two phrasings and an answer per entry, one thread)\n")
    say(
        f"The machine's load when this began: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores.\n"
    )
    say(
        "| entries | search, processor | 95th percentile | search, wall | memory per entry | "
        "building, processor | loading, processor | first match of all entries is found |"
    )
    say("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        base = bases.of(size)
        began = time.process_time()
        index = FaqIndex.build(base.entries, encoder, known_vectors=base.vectors)
        building = time.process_time() - began
        searched = _in_another_process(index, base)
        del index
        share = first_matches(base, encoder)
        say(
            f"| {size:,} | {ms(median(searched.processor))} | "
            f"{ms(percentile(searched.processor, 0.95))} | {ms(median(searched.wall))} | "
            f"{searched.memory / size / 1000:.1f} kB | {building:.0f} s | "
            f"{searched.loading:.0f} s | {share:.3f} |"
        )
    say("\nRecall among the nearest phrasings against exact search, by lists visited:\n")
    say("| phrasings | lists | visited | first of all is found | first ten are found | processor |")
    say("|---|---|---|---|---|---|")
    for size in sizes:
        _measure_nearest(bases.of(size), say)
    say("")


def first_matches(base: Base, encoder: Encoder) -> float:
    """Share of queries whose best entry of all is the best of the likely ones as well."""
    words, knowledge = _knowledge(base, encoder)
    found = []
    for text, vector in list(zip(base.queries, base.query_vectors, strict=True))[:COMPARED]:
        query = words.prepare([text], vector.reshape(1, -1))
        whole = combine(knowledge.evidence(query), knowledge, "en")[0]
        (some,) = knowledge.found(query)
        found.append(whole[some.entries].max() >= whole.max() - 1e-4)
    return float(np.mean(found))


def _knowledge(base: Base, encoder: Encoder) -> tuple[Words, Knowledge]:
    words, vectors = Words("en"), KnownVectors(encoder, base.vectors)
    asked = vectors.of([text for entry in base.entries for text in entry.questions])
    answers = vectors.of([read_of(entry) for entry in base.entries])
    return words, knowledge_of(words, base.entries, asked, answers, whole=False)


def _measure_nearest(base: Base, say: Callable[[str], None]) -> None:
    known = np.array([base.vectors[q] for entry in base.entries for q in entry.questions])
    exact = np.argsort(-(base.query_vectors @ known.T), axis=1)[:, :10]
    nearest = Nearest(known)
    used = nearest.visited
    for visited in sorted({*VISITED, used}):
        nearest.visited = visited
        first, ten, taken = [], [], []
        for query, rows in zip(base.query_vectors, exact, strict=True):
            began = time.process_time()
            found = nearest.search(query, NEAREST)
            taken.append(time.process_time() - began)
            first.append(rows[0] in found)
            ten.append(np.isin(rows, found).mean())
        say(
            f"| {len(known):,} | {nearest.lists:,} | {visited}{' (used)' * (visited == used)} | "
            f"{np.mean(first):.3f} | {np.mean(ten):.3f} | {1000 * median(taken):.2f} ms |"
        )


def _in_another_process(index: FaqIndex, base: Base) -> Searched:
    with tempfile.TemporaryDirectory(prefix="baton-index-") as made:
        folder = Path(made)
        index.save(folder / "faq")
        np.save(folder / "vectors.npy", base.query_vectors)
        (folder / "queries.json").write_text(json.dumps(base.queries), "utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.speed.index", "--saved", made],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
    return Searched(**json.loads(ran.stdout))


def search_saved(folder: Path) -> Searched:
    queries = json.loads((folder / "queries.json").read_text("utf-8"))
    vectors = np.load(folder / "vectors.npy")
    encoder = Encoder.load()
    before, began = _resident(), time.process_time()
    index = FaqIndex.load(folder / "faq", encoder)
    loading = time.process_time() - began
    gc.collect()
    ctypes.CDLL("libc.so.6").malloc_trim(0)  # what loading alone took is no part of the index
    memory = _resident() - before
    processor, wall = [], []
    for _ in range(ROUNDS):
        for text, vector in zip(queries, vectors, strict=True):
            spent, began = time.process_time(), time.perf_counter()
            index.search(text, vector, "en")
            processor.append(time.process_time() - spent)
            wall.append(time.perf_counter() - began)
    return Searched(loading, memory, processor, wall)


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.index", description=__doc__)
    parser.add_argument("--entries", type=int, nargs="+", default=[10_000])
    parser.add_argument("--saved", type=Path, help="search this folder and print JSON (internal)")
    given = parser.parse_args()
    if given.saved:
        print(json.dumps(asdict(search_saved(given.saved))))
    else:
        measure_index(lambda line: print(line, flush=True), given.entries)


if __name__ == "__main__":
    main()
