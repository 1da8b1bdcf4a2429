"""Measures with their uncertainty: precision, recall, F1, AUROC, average precision."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.bool_]
Z = 1.96
RESAMPLES = 400


@dataclass(frozen=True)
class Share:
    """k of n, with Wilson's 95 % interval."""

    k: int
    n: int

    @property
    def value(self) -> float:
        return self.k / self.n if self.n else float("nan")

    @property
    def interval(self) -> tuple[float, float]:
        if not self.n:
            return (float("nan"), float("nan"))
        p, z2 = self.value, Z * Z
        centre = (p + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = Z * math.sqrt(p * (1 - p) / self.n + z2 / (4 * self.n**2)) / (1 + z2 / self.n)
        return (max(centre - half, 0.0), min(centre + half, 1.0))

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.2f}-{high:.2f})"


@dataclass(frozen=True)
class Decisions:
    """Yes/no decisions against labels."""

    hits: int
    false_alarms: int
    misses: int
    rejections: int

    @classmethod
    def of(cls, labels: Labels, decided: Labels) -> Decisions:
        return cls(
            int((labels & decided).sum()),
            int((~labels & decided).sum()),
            int((labels & ~decided).sum()),
            int((~labels & ~decided).sum()),
        )

    @property
    def positives(self) -> int:
        return self.hits + self.misses

    @property
    def precision(self) -> Share:
        return Share(self.hits, self.hits + self.false_alarms)

    @property
    def recall(self) -> Share:
        return Share(self.hits, self.hits + self.misses)

    @property
    def false_alarm_rate(self) -> Share:
        return Share(self.false_alarms, self.false_alarms + self.rejections)

    @property
    def f1(self) -> float:
        found = 2 * self.hits + self.false_alarms + self.misses
        return 2 * self.hits / found if found else float("nan")


def bootstrap(
    measure: Callable[[Labels, Floats], float],
    labels: Labels,
    scores: Floats,
    groups: Sequence[int] | None = None,
    seed: int = 1,
) -> tuple[float, float]:
    """95 % interval of a measure over resampled items; those with one class only are skipped.

    Items of one group (the turns of a dialogue) are drawn together: they are alike.
    """
    random = np.random.default_rng(seed)
    owners = np.arange(len(labels)) if groups is None else np.asarray(groups)
    order = np.argsort(owners, kind="stable")
    starts = np.flatnonzero(np.diff(owners[order], prepend=owners[order[:1]] - 1))
    members = np.split(order, starts[1:])
    found = []
    for _ in range(RESAMPLES):
        rows = np.concatenate([members[g] for g in random.integers(0, len(members), len(members))])
        if labels[rows].any() and not labels[rows].all():
            found.append(measure(labels[rows], scores[rows]))
    if not found:
        return (float("nan"), float("nan"))
    return (float(np.quantile(found, 0.025)), float(np.quantile(found, 0.975)))


def f1(labels: Labels, decided: Floats) -> float:
    """F1 of yes/no decisions, given as 1 and 0."""
    return Decisions.of(labels, decided > 0).f1


def auroc(labels: Labels, scores: Floats) -> float:
    return float(roc_auc_score(labels, scores))


def average_precision(labels: Labels, scores: Floats) -> float:
    return float(average_precision_score(labels, scores))


def precision_at(recall: float, labels: Labels, scores: Floats) -> float:
    """The best precision among thresholds that reach this recall."""
    precisions, recalls, _ = precision_recall_curve(labels, scores)
    return float(precisions[recalls >= recall].max())
