"""From a match's score to the probability that it answers, per knowledge base, without labels.

The knowledge base asks itself. Some phrasings are held out: they are questions whose answer is
known. Some entries are held out whole: their phrasings are questions of the same domain without an
answer. Background text is what people say when they ask nothing at all. A logistic curve through
the three gives the probability, and the stated costs give the threshold.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.knowledge import Knowledge, Prepared

Array = npt.NDArray[np.float64]
Score = Callable[[Knowledge, Prepared], tuple[Array, npt.NDArray[np.int64]]]


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, and how many questions have no answer.

    The bot answers when p * missed > (1 - p) * wrong, that is from p = wrong / (wrong + missed) on.
    """

    wrong_answer: float = 1.0
    missed_answer: float = 1.0
    unknown_in_domain: float = 0.2
    unknown_chat: float = 0.15

    @property
    def threshold(self) -> float:
        return self.wrong_answer / (self.wrong_answer + self.missed_answer)


@dataclass(frozen=True)
class Calibration:
    """p = 1 / (1 + exp(-(slope * score + offset))); answers from `threshold` on."""

    slope: float
    offset: float
    threshold: float

    def probability(self, score: float) -> float:
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.slope * score + self.offset))))

    def probabilities(self, scores: Array) -> Array:
        logits = np.clip(self.slope * scores + self.offset, -30, 30)
        return np.asarray(1 / (1 + np.exp(-logits)))

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, raw: dict[str, Any]) -> Calibration:
        return cls(float(raw["slope"]), float(raw["offset"]), float(raw["threshold"]))


@dataclass(frozen=True)
class Samples:
    """Scores of the knowledge base's questions to itself."""

    known: Array
    right: npt.NDArray[np.bool_]  # whether the first match of a known one is its entry
    unknown: Array
    chat: Array


ENTRIES_OUT = 0.25
PHRASINGS_OUT = 0.2
ENOUGH = 1500
ROUNDS = 3
LARGE = 4000
FEW_KNOWN = 15


def sample(knowledge: Knowledge, score: Score, chat: Prepared, *, seed: int = 0) -> Samples:
    """Let the knowledge base ask itself; costs a few builds of a smaller one."""
    pick = random.Random(seed)
    known: list[Array] = []
    right: list[npt.NDArray[np.bool_]] = []
    unknown: list[Array] = []
    count = len(knowledge.entries)
    # One knowledge base of answers alone asks nothing; the chat is all there is then.
    rounds = 0 if not len(knowledge.phrasings) else 1 if len(knowledge.phrasings) > LARGE else ROUNDS
    for _ in range(rounds if count > 3 else 0):
        gone = set(pick.sample(range(count), max(1, round(ENTRIES_OUT * count))))
        kept, held, outside = _split(knowledge, gone, pick)
        stay = [entry for entry in range(count) if entry not in gone]
        place = {entry: i for i, entry in enumerate(stay)}
        owners = knowledge.owners
        smaller = Knowledge(
            [knowledge.entries[entry] for entry in stay],
            knowledge.phrasings.part(kept),
            np.array([place[int(owners[row])] for row in kept], dtype=np.int64),
            knowledge.answers.part(stay),
        )
        if held:
            scores, top = score(smaller, knowledge.phrasings.part(held))
            known.append(scores)
            right.append(top == np.array([place[int(owners[row])] for row in held]))
        if outside:
            unknown.append(score(smaller, knowledge.phrasings.part(outside))[0])
    nothing = np.zeros(0)
    return Samples(
        np.concatenate(known) if known else nothing,
        np.concatenate(right) if right else nothing.astype(bool),
        np.concatenate(unknown) if unknown else nothing,
        score(knowledge, chat)[0] if len(chat) else nothing,
    )


def _split(
    knowledge: Knowledge, gone: set[int], pick: random.Random
) -> tuple[list[int], list[int], list[int]]:
    """Rows kept, rows held out of entries that stay, rows of entries that are gone."""
    rows: dict[int, list[int]] = {}
    for row, owner in enumerate(knowledge.owners.tolist()):
        rows.setdefault(owner, []).append(row)
    kept: list[int] = []
    held: list[int] = []
    outside: list[int] = []
    for owner, mine in rows.items():
        if owner in gone:
            outside.extend(mine)
            continue
        out = min(len(mine) - 1, math.floor(PHRASINGS_OUT * len(mine) + pick.random()))
        chosen = set(pick.sample(mine, out)) if out > 0 else set()
        kept.extend(row for row in mine if row not in chosen)
        held.extend(chosen)
    shorten: Callable[[list[int]], list[int]] = (
        lambda some: pick.sample(some, ENOUGH) if len(some) > ENOUGH else some
    )
    return kept, shorten(held), shorten(outside)


def calibrate(samples: Samples, costs: Costs, prior: Calibration) -> Calibration:
    """Fit the curve to the samples at the stated mixture; `prior` where they say too little."""
    if len(samples.known) < FEW_KNOWN:
        return _without_known(samples, costs, prior)
    known_share = 1 - costs.unknown_in_domain - costs.unknown_chat
    parts: Sequence[tuple[Array, Array, float]] = (
        (samples.known, samples.right.astype(float), known_share),
        (samples.unknown, np.zeros(len(samples.unknown)), costs.unknown_in_domain),
        (samples.chat, np.zeros(len(samples.chat)), costs.unknown_chat),
    )
    parts = [part for part in parts if len(part[0])]
    scores = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    weights = np.concatenate([np.full(len(part[0]), part[2] / len(part[0])) for part in parts])
    slope, offset = _logistic(scores, right, weights * len(samples.known))
    return Calibration(slope, offset, costs.threshold)


def _without_known(samples: Samples, costs: Costs, prior: Calibration) -> Calibration:
    """One phrasing per entry: nothing to hold out, so the neighbours set the scale.

    Half of the questions whose entry was taken away reach a neighbour no better than the median;
    the curve passes one half there (measured: docs/evaluation/answering.md).
    """
    if len(samples.unknown) >= FEW_KNOWN:
        middle = float(np.median(samples.unknown))
    elif len(samples.chat):
        spread = float(np.std(samples.chat)) or 1.0
        middle = float(np.mean(samples.chat)) + 2.5 * spread
    else:
        return prior
    return Calibration(prior.slope, -prior.slope * middle, costs.threshold)


def _logistic(scores: Array, right: Array, weights: Array) -> tuple[float, float]:
    """Weighted logistic regression on one feature by Newton's method, lightly regularised."""
    mean, spread = float(np.average(scores, weights=weights)), float(np.std(scores)) or 1.0
    given = np.column_stack([(scores - mean) / spread, np.ones(len(scores))])
    beta = np.array([1.0, 0.0])
    ridge = np.diag([0.5, 0.01])
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(given @ beta, -30, 30)))
        gradient = given.T @ (weights * (p - right)) + ridge @ beta
        hessian = (given * (weights * p * (1 - p))[:, None]).T @ given + ridge
        step = np.linalg.solve(hessian, gradient)
        beta = beta - step
        if float(np.abs(step).max()) < 1e-8:
            break
    slope = max(float(beta[0]), 1e-3) / spread
    return slope, float(beta[1]) - slope * mean
