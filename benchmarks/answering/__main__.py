"""Answering on all development data: a Markdown table, with baselines and intervals.

python -m benchmarks.answering [--only NAME] [--no-baselines] [--rasa]
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from statistics import fmean

import numpy as np

from benchmarks.answering.baselines import bare_encoder, bm25, grams_and_encoder
from benchmarks.answering.diet import diet, in_hindsight, selector
from benchmarks.answering.measures import MEASURES, Outcomes, interval
from benchmarks.answering.run import CachingEncoder, run
from benchmarks.answering.task import Task
from benchmarks.answering.tasks import tasks
from benchmarks.provenance import ANSWERING, Figures, head, row, told
from benchmarks.rasa.trained import Report
from bot.nlu.encoder import encoder_folder

INTERVALS = ("first hit", "MCC", "AUROC")
OURS = "**Baton**"
BASELINES: dict[str, Callable[[Task, CachingEncoder], Outcomes]] = {
    "BM25": bm25,
    "bare encoder": bare_encoder,
    "encoder + n-grams": grams_and_encoder,
}
STOCK: dict[str, Callable[[Task], tuple[Outcomes, Report]]] = {
    "Rasa DIET + FallbackClassifier": diet,
    "Rasa DIET + ResponseSelector + FallbackClassifier": selector,
}
# Training Rasa takes minutes per task: where few phrasings and real queries meet, two sets in
# other people's words, one in Dutch, one large.
STOCK_ON = ("hint3-sofmattress", "askubuntu", "webapplications", "xsid-nl", "clinc150-10")
COLUMNS = ("task", "language", "saw", "answered by")


@dataclass
class Measured:
    """One task: what each answerer made of it."""

    task: Task
    outcomes: dict[str, Outcomes]
    trained: dict[str, Report] = field(default_factory=dict)

    def lines(self) -> Iterator[str]:
        first = (self.task.name, self.task.lang, told(self.task.name, ANSWERING))
        for name, outcomes in self.outcomes.items():
            # Drawing again takes longer than answering: for ours, and for what a Rasa user has.
            drawn = name not in BASELINES
            yield row((*first, name, *cells(outcomes, with_intervals=drawn)))
            first = ("", "", "")


def measured(task: Task, encoder: CachingEncoder, *, baselines: bool, stock: bool) -> Measured:
    """Baton and its baselines on one task; Rasa only where it is worth its minutes."""
    found = Measured(task, {OURS: run(task, encoder)})
    if baselines:
        found.outcomes |= {name: answer(task, encoder) for name, answer in BASELINES.items()}
    if stock and task.name in STOCK_ON:
        for name, answer in STOCK.items():
            outcomes, report = answer(task)
            found.outcomes |= {
                name: outcomes,
                f"… best in hindsight ({name})": in_hindsight(outcomes),
            }
            found.trained[name] = report
    return found


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


def figures_of(found: Sequence[Measured]) -> Figures:
    """Baton's values, by task and measure."""
    return {
        f"answering/{one.task.name}/{name}": value
        for one in found
        for name, measure in MEASURES.items()
        if not np.isnan(value := measure(one.outcomes[OURS]))
    }


def by_language(found: Sequence[Measured]) -> list[str]:
    """Means over tasks per language, Baton beside whoever else ran on all of them."""
    shown = ("first hit", "MCC", "AUROC", "decisions")
    lines = head(("language", "tasks", "answered by", *shown))
    spoken: dict[str, list[Measured]] = defaultdict(list)
    for one in found:
        spoken[one.task.lang].append(one)
    for lang, mine in sorted(spoken.items()):
        for name in mine[0].outcomes:
            if all(name in one.outcomes for one in mine):
                means = (_mean([MEASURES[m](one.outcomes[name]) for one in mine]) for m in shown)
                lines.append(row((lang, len(mine), name, *means)))
    return lines


def _mean(values: Sequence[float]) -> str:
    there = [value for value in values if not np.isnan(value)]
    return f"{fmean(there):.3f}" if there else ""


def trainings(found: Sequence[Measured]) -> list[str]:
    """Where each figure of Rasa's comes from: trained in this run, or remembered."""
    lines = head(("Rasa trained on", "as", "made"))
    lines += [
        row((one.task.name, name, report.source))
        for one in found
        for name, report in one.trained.items()
    ]
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answering", description=__doc__)
    parser.add_argument("--only", default="", help="tasks whose name contains this")
    parser.add_argument("--no-baselines", action="store_true")
    parser.add_argument("--rasa", action="store_true", help="train Rasa as well: minutes per task")
    given = parser.parse_args()
    encoder = CachingEncoder(encoder_folder())
    print("\n".join(head((*COLUMNS, *MEASURES))))
    for task in tasks(given.only):
        one = measured(task, encoder, baselines=not given.no_baselines, stock=given.rasa)
        print("\n".join(one.lines()), flush=True)
        encoder.keep()


if __name__ == "__main__":
    main()
