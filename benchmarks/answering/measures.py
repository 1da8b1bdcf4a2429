"""Measures of answering and abstaining, each with a bootstrap interval over queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
SAMPLES = 400


@dataclass(frozen=True)
class Outcomes:
    """What was asked and what came back, one row per query."""

    gold: npt.NDArray[np.int64]  # entry, -1 where the knowledge base has no answer
    first: npt.NDArray[np.int64]
    score: Floats
    answered: Bools
    chat: Bools

    @property
    def known(self) -> Bools:
        return np.asarray(self.gold >= 0)

    @property
    def right(self) -> Bools:
        return np.asarray(self.first == self.gold)

    def take(self, rows: npt.NDArray[np.int64]) -> Outcomes:
        return Outcomes(
            self.gold[rows],
            self.first[rows],
            self.score[rows],
            self.answered[rows],
            self.chat[rows],
        )


def first_hit(o: Outcomes) -> float:
    """Share of known questions whose first match is their entry."""
    return _mean(o.right[o.known])


def accuracy(o: Outcomes) -> float:
    """In-scope accuracy: known questions that are answered, and rightly."""
    return _mean((o.right & o.answered)[o.known])


def unknown_recall(o: Outcomes) -> float:
    """Share of unknown questions of the domain that get "I don't know"."""
    return _mean(~o.answered[~o.known & ~o.chat])


def chat_recall(o: Outcomes) -> float:
    return _mean(~o.answered[~o.known & o.chat])


def precision(o: Outcomes) -> float:
    """Share of answers that are right."""
    return _mean(o.right[o.answered])


def decisions(o: Outcomes) -> float:
    """Share of all questions settled rightly: answered well, or declined for good reason."""
    return _mean(np.where(o.answered, o.right, ~o.known))


def auroc(o: Outcomes) -> float:
    """Probability that a known question scores above an unknown one (Mann-Whitney)."""
    known, unknown = o.score[o.known], o.score[~o.known]
    if not len(known) or not len(unknown):
        return float("nan")
    ordered = np.sort(unknown)
    below = np.searchsorted(ordered, known, "left")
    same = np.searchsorted(ordered, known, "right") - below
    return float((below + same / 2).mean() / len(unknown))


def matthews(o: Outcomes) -> float:
    """Multi-class Matthews correlation, "I don't know" being a class (Gorodkin 2004)."""
    said = np.where(o.answered, o.first, -1)
    labels = np.unique(np.concatenate([o.gold, said]))
    true = np.array([(o.gold == label).sum() for label in labels], dtype=float)
    told = np.array([(said == label).sum() for label in labels], dtype=float)
    n, agreed = len(said), float((said == o.gold).sum())
    bottom = np.sqrt((n**2 - (told**2).sum()) * (n**2 - (true**2).sum()))
    return float((agreed * n - (told * true).sum()) / bottom) if bottom else float("nan")


def calibration_error(o: Outcomes, bins: int = 10) -> float:
    """Expected calibration error of the first match's probability, equally filled bins."""
    order = np.argsort(o.score)
    parts = np.array_split(order, bins)
    gaps = [abs(o.right[p].mean() - o.score[p].mean()) * len(p) for p in parts if len(p)]
    return float(sum(gaps) / max(len(order), 1))


MEASURES: dict[str, Callable[[Outcomes], float]] = {
    "first hit": first_hit,
    "in-scope accuracy": accuracy,
    "unknown recognised": unknown_recall,
    "chat recognised": chat_recall,
    "precision of answers": precision,
    "MCC": matthews,
    "AUROC": auroc,
    "decisions": decisions,
    "ECE": calibration_error,
}


def interval(o: Outcomes, measure: Callable[[Outcomes], float]) -> tuple[float, float]:
    """95 % percentile bootstrap over queries."""
    pick = np.random.default_rng(0)
    values = [measure(o.take(pick.integers(0, len(o.gold), len(o.gold)))) for _ in range(SAMPLES)]
    values = [value for value in values if not np.isnan(value)]
    if not values:
        return float("nan"), float("nan")
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def _mean(values: npt.NDArray[np.bool_]) -> float:
    return float(np.mean(values)) if len(values) else float("nan")
