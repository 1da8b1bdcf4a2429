"""Late-handoff regret: how long customers who lost patience go on with the bot, and what acting
earlier costs the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.dialogue import corpora
from benchmarks.dialogue.measures import Share
from benchmarks.dialogue.report import Scored, scores
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import head, row
from bot.nlu.dialogue import Outcome
from bot.nlu.frustration import Frustration

SHOWN = (0.2, 0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 0.8, 0.9)
DRAWN = tuple(n / 40 for n in range(2, 39))


@dataclass(frozen=True)
class Regret:
    """What acting from one threshold on would have meant."""

    threshold: float
    noticed: Share  # of dialogues that turn bad, ever
    in_time: Share  # ... in the turn itself or before
    late: float  # turns too late, mean over dialogues that turn bad
    calm_alarms: Share  # of dialogues that stay calm throughout


@dataclass(frozen=True)
class Course:
    """One dialogue: the score after each turn, where patience is lost, whether it stays calm."""

    scores: Sequence[float]
    lost: int | None
    calm: bool


def courses(judge: Frustration, store: VectorStore, part: str = "frozen") -> list[Course]:
    """Our own dialogues, with the outcomes of the bot's turns told."""
    dialogues = corpora.own_dialogues(part)
    given = Scored(
        part,
        "",
        [[t.text for t in d.turns] for d in dialogues],
        [[t.mood == 1 for t in d.turns] for d in dialogues],
        [[Outcome(t.outcome) for t in d.turns] for d in dialogues],
    )
    return [
        Course(
            mine,
            labels.index(True) if any(labels) else None,
            not any(t.mood for t in d.turns),
        )
        for mine, labels, d in zip(
            scores(judge, given, store), given.labels, dialogues, strict=True
        )
    ]


def regret(found: Sequence[Course], threshold: float) -> Regret:
    """A dialogue that nobody acts on is late by all the turns from the lost patience to its end."""
    bad = [(c, c.lost) for c in found if c.lost is not None]
    calm = [c for c in found if c.calm]
    acted = [_acted(c, threshold) for c, _ in bad]
    late = [
        max((len(c.scores) if at is None else at) - since, 0)
        for (c, since), at in zip(bad, acted, strict=True)
    ]
    in_time = sum(at is not None and at <= since for (_, since), at in zip(bad, acted, strict=True))
    return Regret(
        threshold,
        Share(sum(at is not None for at in acted), len(bad)),
        Share(in_time, len(bad)),
        sum(late) / max(len(bad), 1),
        Share(sum(_acted(c, threshold) is not None for c in calm), len(calm)),
    )


def _acted(course: Course, threshold: float) -> int | None:
    return next((i for i, score in enumerate(course.scores) if score >= threshold), None)


def table(found: Sequence[Course], thresholds: Sequence[float] = SHOWN) -> list[str]:
    lines = head(
        (
            *("threshold", "noticed, of dialogues that turn bad", "in the turn itself or before"),
            *("turns too late, mean", "alarm in calm dialogues"),
        )
    )
    for threshold in thresholds:
        r = regret(found, threshold)
        cells = (f"{threshold:.2f}", r.noticed, r.in_time, f"{r.late:.2f}", r.calm_alarms)
        lines.append(row(cells))
    return lines
