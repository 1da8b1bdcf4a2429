"""Answering on all development data: a Markdown table, with baselines and intervals.

python -m benchmarks.answering [--only NAME] [--no-baselines]
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable

import numpy as np

from benchmarks.answering.baselines import bare_encoder, bm25, grams_and_encoder
from benchmarks.answering.measures import MEASURES, Outcomes, interval
from benchmarks.answering.run import CachingEncoder, run
from benchmarks.answering.tasks import Task, tasks
from bot.nlu.encoder import encoder_folder

INTERVALS = ("first hit", "MCC", "AUROC")
Answerer = Callable[[Task, CachingEncoder], Outcomes]
BASELINES: dict[str, Answerer] = {
    "BM25": bm25,
    "bare encoder": bare_encoder,
    "encoder + n-grams": grams_and_encoder,
}


def cells(outcomes: Outcomes, *, with_intervals: bool) -> list[str]:
    found = []
    for name, measure in MEASURES.items():
        value = measure(outcomes)
        if np.isnan(value):
            found.append("")
        elif with_intervals and name in INTERVALS:
            low, high = interval(outcomes, measure)
            found.append(f"{value:.3f} ({low:.3f} to {high:.3f})")
        else:
            found.append(f"{value:.3f}")
    return found


def row(first: Iterable[str], rest: Iterable[str]) -> str:
    return "| " + " | ".join([*first, *rest]) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answering", description=__doc__)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--no-baselines", action="store_true")
    given = parser.parse_args()
    encoder = CachingEncoder(encoder_folder())
    print(row(["task", "answered by"], MEASURES))
    print(row(["---", "---"], ["---"] * len(MEASURES)))
    for task in tasks(given.only):
        print(row([task.name, "**Baton**"], cells(run(task, encoder), with_intervals=True)))
        for name, baseline in () if given.no_baselines else BASELINES.items():
            print(row(["", name], cells(baseline(task, encoder), with_intervals=False)), flush=True)
        encoder.keep()


if __name__ == "__main__":
    main()
