"""What a Rasa user has today for a FAQ, on the same data.

`diet`: an intent per entry; DIET and FallbackClassifier. `selector`: one retrieval intent `faq` as
Rasa's documentation advises, beside intents of small talk; DIET tells a question from small talk,
ResponseSelector ranks the entries. Thresholds are those that `rasa init` ships (.3, ambiguity .1).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml

from benchmarks.answering.measures import Outcomes
from benchmarks.answering.run import outcomes_of
from benchmarks.answering.task import Task
from benchmarks.rasa.trained import (
    DIET,
    FALLBACK,
    FALLBACK_CLASSIFIER,
    FEATURES,
    SELECTOR,
    Heard,
    Lesson,
    Report,
    teach,
)

SMALL_TALK = Path(__file__).resolve().parents[1] / "rasa" / "smalltalk.yml"
QUESTION = "faq"


def diet(task: Task) -> tuple[Outcomes, Report]:
    """An intent per entry; "I don't know" is the fallback intent."""
    examples = {f"faq_{i}": entry.questions for i, entry in enumerate(task.entries)}
    report = teach(
        Lesson(
            f"{task.name}-diet",
            examples,
            [query.text for query in task.queries],
            [*FEATURES, DIET, FALLBACK_CLASSIFIER],
        )
    )
    place = {name: i for i, name in enumerate(examples)}
    rows = [
        (place[one.ranking[0][0]], one.ranking[0][1], one.intent != FALLBACK)
        if one.ranking
        else (-2, 0.0, False)
        for one in report.heard
    ]
    return _outcomes(task, rows), report


def selector(task: Task) -> tuple[Outcomes, Report]:
    """Retrieval intent and ResponseSelector; whatever is not `faq` for sure is not answered.

    The score is the probability of `faq` times that of the entry.
    """
    examples = {f"{QUESTION}/e{i}": entry.questions for i, entry in enumerate(task.entries)}
    report = teach(
        Lesson(
            f"{task.name}-selector",
            {**examples, **small_talk(task.lang)},
            [query.text for query in task.queries],
            [*FEATURES, DIET, SELECTOR, FALLBACK_CLASSIFIER],
        )
    )
    place = {name: i for i, name in enumerate(examples)}

    def row(one: Heard) -> tuple[int, float, bool]:
        score = dict(one.ranking).get(QUESTION, 0.0) * one.entry_score
        return place.get(one.entry, -2), score, one.intent == QUESTION

    return _outcomes(task, [row(one) for one in report.heard]), report


def small_talk(lang: str, path: Path = SMALL_TALK) -> dict[str, list[str]]:
    """A bot's other intents, in the task's language: DIET cannot learn a single intent."""
    blocks = yaml.safe_load(path.read_text("utf-8"))["nlu"]
    found: dict[str, list[str]] = {}
    for block in blocks:
        if block.get("metadata", {}).get("lang") == lang:
            lines = (line.strip().removeprefix("- ") for line in block["examples"].splitlines())
            found.setdefault(block["intent"], []).extend(line for line in lines if line)
    return found


def in_hindsight(outcomes: Outcomes) -> Outcomes:
    """The same scores under the threshold that settles most queries rightly *on the test itself*:
    no bot could know it."""
    limits = np.quantile(outcomes.score, np.linspace(0, 1, 101))
    unknown = ~outcomes.known
    settled = [
        float(np.where(outcomes.score >= limit, outcomes.right, unknown).mean()) for limit in limits
    ]
    answered = outcomes.score >= limits[int(np.argmax(settled))]
    return Outcomes(outcomes.gold, outcomes.first, outcomes.score, answered, outcomes.chat)


def _outcomes(task: Task, rows: list[tuple[int, float, bool]]) -> Outcomes:
    firsts, scores, answered = zip(*rows, strict=True)
    return outcomes_of(task, firsts, scores, answered)
