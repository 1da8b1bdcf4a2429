"""The small frozen part: the same few figures at every change, so that a loss is noticed when it is
made.

    python -m benchmarks.frozen            print the figures
    python -m benchmarks.frozen --record   keep them in docs/evaluation/frozen.json

Requests and dialogues are our own frozen parts (never trained on); the shop's FAQ is asked with one
phrasing of each entry held out.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.dialogue import corpora
from benchmarks.dialogue.measures import auroc
from bot.faq.entries import read_folder
from bot.judgement import Judge
from bot.nlu.dialogue import Outcome, Turn

KEPT = Path("docs/evaluation/frozen.json")
SAMPLES = 300
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Figure:
    """A value and how far it moves by chance: half of its 95 % bootstrap interval."""

    value: float
    noise: float


def figure(measure: Callable[[npt.NDArray[np.int64]], float], count: int) -> Figure:
    """`measure` of rows 0..count, with its noise by drawing rows again."""
    draws = np.random.default_rng(0).integers(0, count, (SAMPLES, count))
    low, high = np.nanpercentile([measure(rows) for rows in draws], [2.5, 97.5])
    return Figure(round(measure(np.arange(count)), 4), round(float(high - low) / 2, 4))


def f1(labels: npt.NDArray[np.bool_], decided: npt.NDArray[np.bool_]) -> float:
    right = (labels & decided).sum()
    return float(2 * right / max(1, labels.sum() + decided.sum()))


def requests(judge: Judge) -> Figure:
    examples = corpora.own_human("frozen")
    labels = np.array([bool(one.label) for one in examples])
    decided = np.array([judge.turn((), one.text, one.lang).request.decided for one in examples])
    return figure(lambda rows: f1(labels[rows], decided[rows]), len(labels))


def moods(judge: Judge) -> Figure:
    labels: list[bool] = []
    scores: list[float] = []
    for dialogue in corpora.own_dialogues("frozen"):
        history: list[Turn] = []
        for said in dialogue.turns:
            vector = judge.encode(said.text)
            judged = judge.turn(history, said.text, dialogue.lang, vector)
            labels.append(said.mood == 1)
            scores.append(judged.mood.score)
            history.append(Turn(said.text, vector, dialogue.lang, Outcome(said.outcome)))
    truth, given = np.array(labels), np.array(scores)
    return figure(lambda rows: float(auroc(truth[rows], given[rows])), len(truth))


def answers(judge: Judge) -> dict[str, Figure]:
    """Per language: share of entries found first by a phrasing that the index has not seen."""
    entries = read_folder(Path("data/faq"))
    known = [replace(e, questions=e.questions[:-1]) for e in entries if len(e.questions) > 2]
    judge.learn(known)
    held = {(e.lang, e.id): e.questions[-1] for e in entries if len(e.questions) > 2}
    found = {}
    for lang in sorted({lang for lang, _ in held}):
        asked = [(id, text) for (one, id), text in held.items() if one == lang]
        hits = np.array([_first(judge, text, lang) == id for id, text in asked], dtype=float)
        found[f"first hit, {lang}"] = figure(_mean(hits), len(hits))
    return found


def _first(judge: Judge, text: str, lang: str) -> str:
    ranked = judge.ask(text, lang).ranked
    return ranked[0].id if ranked else ""


def _mean(values: Floats) -> Callable[[npt.NDArray[np.int64]], float]:
    return lambda rows: float(values[rows].mean())


def measure() -> dict[str, Figure]:
    judge = Judge.load()
    return {
        "requests for a person, F1": requests(judge),
        "lost patience, AUROC": moods(judge),
        **answers(judge),
    }


def worse(now: dict[str, Figure], before: dict[str, Figure]) -> list[str]:
    """What has become worse by more than chance moves it."""
    gone = [f"{name} is no longer measured" for name in before.keys() - now.keys()]
    return gone + [
        f"{name}: {now[name].value} after {then.value}, noise {then.noise}"
        for name, then in before.items()
        if name in now and now[name].value < then.value - then.noise
    ]


def recorded() -> dict[str, Figure]:
    return {name: Figure(**one) for name, one in json.loads(KEPT.read_text()).items()}


def main(options: Sequence[str]) -> None:
    now = measure()
    for name, one in now.items():
        print(f"{name}: {one.value} ± {one.noise}")
    if "--record" in options:
        KEPT.write_text(json.dumps({n: vars(f) for n, f in now.items()}, indent=1) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
