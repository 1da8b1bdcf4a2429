"""float32 beside int8: what a faster encoder costs in judgement, and what it gains in time.

The one that is not in use is exported under models/benchmarks: nothing in use is touched.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import fmean, median

import numpy as np

from benchmarks.answering.measures import MEASURES
from benchmarks.answering.run import CachingEncoder, run
from benchmarks.answering.tasks import tasks
from benchmarks.dialogue.measures import Decisions, auroc
from benchmarks.dialogue.report import human_sets, mood_sets, scores
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import head, row
from bot.nlu.encoder import (
    MANIFEST_FILE,
    Encoder,
    Manifest,
    Precision,
    encoder_folder,
    models_folder,
)
from bot.nlu.export import export
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest

# Every family and language once; more tasks of a family say the same and take their time.
TASKS = (
    *("hint3-sofmattress", "askubuntu", "stackexchange-passages", "xsid-nl-held30"),
    *("bitext-4-held30", "banking77-8-held30", "clinc150-3-held30", "aia-bde-3-held30"),
    *(f"shop-{lang}-3-held30" for lang in ("nl", "pt", "et", "ru", "af")),
)
SHOWN = ("first hit", "MCC", "AUROC")
MOST_TURNS = 1000  # larger dialogue sets say nothing more about this
TIMED = 300
Pair = tuple[float, float]


def table() -> list[str]:
    """Differences are int8 minus float32: below zero is what int8 costs."""
    folders = [_folder(one) for one in (Precision.FLOAT32, Precision.INT8)]
    lines = head(("figure", "float32", "int8", "difference"))
    found = {**_answering(folders), **_dialogue(folders)}
    lines += [_line(name, pair) for name, pair in found.items()]
    lines.append("")
    lines += head(("mean over tasks and sets", "float32", "int8", "difference"))
    for measure in (*SHOWN, "request F1", "patience AUROC"):
        pairs = [pair for name, pair in found.items() if name.endswith(f": {measure}")]
        if pairs:
            whole = (fmean(a for a, _ in pairs), fmean(b for _, b in pairs))
            lines.append(_line(f"{measure} ({len(pairs)})", whole))
    manifests = [Manifest.read(folder) for folder in folders]
    agree = " | ".join(f"{m.mean_cosine:.3f} / {m.worst_cosine:.3f}" for m in manifests)
    lines.append(f"| cosine to the original, mean / worst | {agree} | |")
    fast, faster = (_seconds(folder) for folder in folders)
    times = f"{1000 * fast:.2f} ms | {1000 * faster:.2f} ms | {faster / fast:.2f} times"
    lines.append(f"| one message, median of {TIMED}, one thread | {times} |")
    return lines


def _folder(precision: Precision) -> Path:
    if Manifest.read(encoder_folder()).precision is precision:
        return encoder_folder()
    folder = models_folder() / "benchmarks" / f"encoder-{precision}"
    if not (folder / MANIFEST_FILE).exists():
        export(precision=precision, into=folder)
    return folder


def _line(name: str, pair: Pair) -> str:
    first, second = pair
    return row((name, f"{first:.3f}", f"{second:.3f}", f"{second - first:+.3f}"))


def _answering(folders: Sequence[Path]) -> dict[str, Pair]:
    encoders = [CachingEncoder(folder) for folder in folders]
    found: dict[str, Pair] = {}
    for task in tasks():
        if task.name not in TASKS:
            continue
        first, second = (run(task, encoder) for encoder in encoders)
        for measure in SHOWN:
            pair = (MEASURES[measure](first), MEASURES[measure](second))
            if not np.isnan(pair).any():
                found[f"{task.name}: {measure}"] = pair
        for encoder in encoders:
            encoder.keep()
    return found


def _dialogue(folders: Sequence[Path]) -> dict[str, Pair]:
    """The shipped weights, which were fitted to float32's vectors."""
    stores = [VectorStore(Encoder(folder)) for folder in folders]
    found: dict[str, Pair] = {}
    requests = HumanRequest.load()
    for name, examples in human_sets().items():
        labels = np.array([bool(e.label) for e in examples])
        if labels.any():
            first, second = (
                Decisions.of(
                    labels,
                    np.array(
                        [
                            requests.judge(e.text, v, e.lang).decided
                            for e, v in zip(
                                examples, store([e.text for e in examples]), strict=True
                            )
                        ]
                    ),
                ).f1
                for store in stores
            )
            found[f"{name}: request F1"] = (first, second)
    for given in mood_sets():
        labels = np.array([label for mine in given.labels for label in mine])
        if len(labels) <= MOST_TURNS:
            # One judge per encoder: it remembers turns by their text.
            first, second = (
                auroc(
                    labels,
                    np.array(
                        [s for mine in scores(Frustration.load(), given, store) for s in mine]
                    ),
                )
                for store in stores
            )
            found[f"{given.name}: patience AUROC"] = (first, second)
    return found


def _seconds(folder: Path) -> float:
    """Median time of one message alone, over queries of the development tasks."""
    encoder = Encoder(folder)
    texts = [query.text for task in tasks("hint3") for query in task.queries][:TIMED]
    texts = texts or ["where is my parcel?"] * TIMED
    encoder.encode(texts[:5])
    taken = []
    for text in texts:
        began = time.perf_counter()
        encoder.encode([text])
        taken.append(time.perf_counter() - began)
    return median(taken)
