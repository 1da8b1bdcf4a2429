"""The small frozen part: the same few figures at every change, so that a loss is noticed when it is
made.

    python -m benchmarks.frozen            print the figures
    python -m benchmarks.frozen --record   keep them in docs/evaluation/frozen.json

Requests and dialogues are our own frozen parts (never trained on). The shop's FAQ is asked with one
phrasing of each entry held out; every fourth entry is held out whole: its question has no answer.
"""

from __future__ import annotations

import json
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.dialogue import corpora
from benchmarks.dialogue.measures import auroc
from bot.faq.entries import FaqEntry, read_folder
from bot.judgement import Judge
from bot.nlu.dialogue import Outcome, Turn
from bot.nlu.encoder import Encoder

KEPT = Path("docs/evaluation/frozen.json")
SAMPLES = 300
GONE = 4  # one of so many entries is held out whole
Bools = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Figure:
    """A value and how far it moves by chance: half of its 95 % bootstrap interval."""

    value: float
    noise: float


def figure(measure: Callable[[Rows], float], count: int) -> Figure:
    """`measure` of rows 0..count, with its noise by drawing rows again."""
    draws = np.random.default_rng(0).integers(0, count, (SAMPLES, count))
    low, high = np.nanpercentile([measure(rows) for rows in draws], [2.5, 97.5])
    return Figure(round(measure(np.arange(count)), 4), round(float(high - low) / 2, 4))


def by_language(
    name: str, langs: Sequence[str], measure: Callable[[Rows], float]
) -> dict[str, Figure]:
    """`measure` of all rows together, which chance moves least, and of each language's."""
    spoken = np.array(langs)
    found = {name: figure(measure, len(spoken))}
    for lang in sorted(set(langs)):
        rows = np.flatnonzero(spoken == lang)
        found[f"{name}, {lang}"] = figure(among(rows, measure), len(rows))
    return found


def among(rows: Rows, measure: Callable[[Rows], float]) -> Callable[[Rows], float]:
    return lambda drawn: measure(rows[drawn])


def f1(labels: Bools, decided: Bools) -> float:
    right = (labels & decided).sum()
    return float(2 * right / max(1, labels.sum() + decided.sum()))


def requests(judge: Judge) -> dict[str, Figure]:
    examples = corpora.own_human("frozen")
    labels = np.array([bool(one.label) for one in examples])
    decided = np.array([judge.turn((), one.text, one.lang).request.decided for one in examples])
    return by_language(
        "requests for a person, F1",
        [one.lang for one in examples],
        lambda rows: f1(labels[rows], decided[rows]),
    )


def moods(judge: Judge) -> dict[str, Figure]:
    """How well turns are ranked, and how many are decided rightly: upset ones and others alike."""
    labels: list[bool] = []
    scores: list[float] = []
    decided: list[bool] = []
    for dialogue in corpora.own_dialogues("frozen"):
        history: list[Turn] = []
        for said in dialogue.turns:
            vector = judge.encode(said.text)
            mood = judge.turn(history, said.text, dialogue.lang, vector).mood
            labels.append(said.mood == 1)
            scores.append(mood.score)
            decided.append(mood.frustrated)
            history.append(Turn(said.text, vector, dialogue.lang, Outcome(said.outcome)))
    truth, given, offered = np.array(labels), np.array(scores), np.array(decided)
    return {
        "lost patience, AUROC": figure(
            lambda rows: float(auroc(truth[rows], given[rows])), len(truth)
        ),
        "lost patience, F1 of offers": figure(
            lambda rows: f1(truth[rows], offered[rows]), len(truth)
        ),
    }


def answers(judge: Judge) -> dict[str, Figure]:
    """Share of entries found first by a phrasing that the index has not seen; share of questions
    settled rightly, unknown ones among them."""
    entries = [entry for entry in read_folder(Path("data/faq")) if len(entry.questions) > 2]
    judge.learn([replace(e, questions=e.questions[:-1]) for e in entries if not gone(e)])
    asked = [judge.ask(entry.questions[-1], entry.lang) for entry in entries]
    known = np.array([not gone(entry) for entry in entries])
    right = np.array(
        [bool(a.ranked) and a.ranked[0].id == e.id for a, e in zip(asked, entries, strict=True)]
    )
    settled = np.where([a.answered for a in asked], right & known, ~known)
    langs = np.array([entry.lang for entry in entries])
    hits = right[known].astype(float)
    return {
        **by_language("first hit", langs[known].tolist(), lambda rows: float(hits[rows].mean())),
        **by_language("settled", langs.tolist(), lambda rows: float(settled[rows].mean())),
    }


def gone(entry: FaqEntry) -> bool:
    """Whether an entry is held out whole: the same in every language, whatever is added."""
    return zlib.crc32(entry.id.encode()) % GONE == 0


def measure(judge: Judge | None = None) -> dict[str, Figure]:
    judge = judge or Judge(Encoder.load())
    return {**requests(judge), **moods(judge), **answers(judge)}


def worse(now: dict[str, Figure], before: dict[str, Figure]) -> list[str]:
    """What has become worse by more than chance moves it."""
    lost = [f"{name} is no longer measured" for name in before.keys() - now.keys()]
    return lost + [
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
