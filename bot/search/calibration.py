"""From a match's score to the probability that it answers, per knowledge base, without labels.

The knowledge base asks itself. Some phrasings are held out: they are questions whose answer is
known; an entry with one phrasing is asked for in a damaged copy of it. Some entries are held out
whole: their phrasings are questions of the same domain without an answer. Background text is what
people say when they ask nothing at all. A logistic curve through the three gives the probability,
and the stated costs give the threshold.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from bot.nlu.text import STORY
from bot.search.arrays import Array, Floats, Numbers
from bot.search.knowledge import Knowledge
from bot.search.words import Prepared

Score = Callable[[Knowledge, Prepared], tuple[Floats, Numbers]]
Prepare = Callable[[list[str]], Prepared]


@dataclass(frozen=True)
class Costs:
    """What mistakes cost, and how many questions have no answer.

    A knowledge base with many phrasings per entry was collected from what people ask, so fewer
    questions are unknown to it. The chance that the next one is new falls with one over the number
    of those collected (Good, "The population frequencies of species", 1953): so do both shares.

    The bot answers when p * missed > (1 - p) * wrong, that is from p = wrong / (wrong + missed) on.
    Where that would keep it silent on most of what it knows, because its entries differ by a word,
    it answers from a lower p on.
    """

    wrong_answer: float = 1.0
    missed_answer: float = 1.0
    unknown_in_domain: float = 0.35
    unknown_chat: float = 0.12
    collected: float = 5.0  # phrasings per entry from which on customers' wording was collected
    least_answered: float = 0.6  # of its own questions that a knowledge base finds the entry of

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Self:
        """From settings; raises ValueError, naming what is no cost, or no number above 0."""
        known = {one.name for one in fields(cls)}
        if unknown := sorted(set(given) - known):
            raise ValueError(f"costs: {unknown[0]!r} is none of {', '.join(sorted(known))}")
        for name, value in given.items():
            if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
                raise ValueError(f"costs: {name} must be a number above 0, not {value!r}")
        return cls(**given)

    @property
    def threshold(self) -> float:
        return self.wrong_answer / (self.wrong_answer + self.missed_answer)

    def unknown(self, per_entry: float) -> tuple[float, float]:
        """Expected shares of unknown questions: of the domain, and of small talk."""
        less = min(1.0, self.collected / max(per_entry, 1.0))
        return self.unknown_in_domain * less, self.unknown_chat * less


@dataclass(frozen=True)
class Calibration:
    """p = 1 / (1 + exp(-(slope * score + offset))); answers from `threshold` on."""

    slope: float
    offset: float
    threshold: float

    def probability(self, score: float) -> float:
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, self.slope * score + self.offset))))

    def probabilities(self, scores: Floats) -> Floats:
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

    known: Floats
    right: npt.NDArray[np.bool_]  # whether the first match of a known one is its entry
    unknown: Floats
    chat: Floats
    per_entry: float = 1.0


ENTRIES_OUT = 0.25
PHRASINGS_OUT = 0.2
ENOUGH = 1500
ENOUGH_DAMAGED = 200
ROUNDS = 3
LARGE = 2500
FEW_KNOWN = 15
# Share of words lost (a third as many are misspelt) when the only wording of an entry, or a copy of
# another, has to stand in for a customer's: at this rate its scores are distributed as those of
# real rewordings are (docs/evaluation/answering.md, "one phrasing per entry").
WORDS_LOST = 0.45
LEAST_LOSS = 0.05
# N-gram cosine of two phrasings that people worded apart, and of copies.
UNLIKE, ALIKE = 0.35, 0.95
EXCERPT = 15


def sample(
    knowledge: Knowledge, score: Score, prepare: Prepare, chat: Prepared, *, seed: int = 0
) -> Samples:
    """Let the knowledge base ask itself; costs a few builds of a smaller one."""
    pick = random.Random(seed)
    known: list[Floats] = []
    right: list[npt.NDArray[np.bool_]] = []
    unknown: list[Floats] = []
    count = len(knowledge.entries)
    copies = knowledge.copies()
    rounds = max(1, min(ROUNDS, LARGE // max(len(knowledge.phrasings), 1)))
    for _ in range(rounds if count > 3 else 0):
        gone = set(pick.sample(range(count), max(1, round(ENTRIES_OUT * count))))
        smaller, place, held = _without(knowledge, gone, pick)
        asked = _asked(knowledge, copies, place, held, gone, pick, prepare)
        for queries, gold in asked:
            if not len(queries):
                continue
            scores, top = score(smaller, queries)
            inside = gold >= 0
            known.append(scores[inside])
            right.append((top == gold)[inside])
            unknown.append(scores[~inside])
    nothing = np.zeros(0)
    return Samples(
        np.concatenate(known) if known else nothing,
        np.concatenate(right) if right else nothing.astype(bool),
        np.concatenate(unknown) if unknown else nothing,
        score(knowledge, chat)[0] if len(chat) else nothing,
        knowledge.per_entry,
    )


def _without(
    knowledge: Knowledge, gone: set[int], pick: random.Random
) -> tuple[Knowledge, dict[int, int], list[int]]:
    """A smaller knowledge base without some entries and some phrasings of the others; where each
    entry that stays is in it; the rows of the phrasings held out."""
    kept: list[int] = []
    held: list[int] = []
    for owner, mine in _rows(knowledge).items():
        if owner in gone:
            continue
        out = min(len(mine) - 1, math.floor(PHRASINGS_OUT * len(mine) + pick.random()))
        chosen = set(pick.sample(mine, out)) if out > 0 else set()
        kept.extend(row for row in mine if row not in chosen)
        held.extend(chosen)
    stay = [entry for entry in range(len(knowledge.entries)) if entry not in gone]
    place = {entry: i for i, entry in enumerate(stay)}
    smaller = Knowledge(
        [knowledge.entries[entry] for entry in stay],
        knowledge.phrasings.part(kept),
        np.array([place[int(knowledge.owners[row])] for row in kept], dtype=np.int64),
        knowledge.answers.part(stay),
        like=knowledge,
    )
    return smaller, place, held


def _asked(
    knowledge: Knowledge,
    copies: Array,
    place: dict[int, int],
    held: list[int],
    gone: set[int],
    pick: random.Random,
    prepare: Prepare,
) -> list[tuple[Prepared, Numbers]]:
    """Questions with their entry in the smaller knowledge base, -1 for those without one.

    A phrasing that was held out is a question as it stands if it is worded unlike its siblings.
    The more it copies one, the more it is damaged; an only wording is asked for in this way too.
    """
    rows = _rows(knowledge)
    outside = [row for entry in gone for row in rows.get(entry, ())]
    only = [mine[0] for entry, mine in rows.items() if entry in place and len(mine) == 1]
    losses = WORDS_LOST * np.clip((copies - UNLIKE) / (ALIKE - UNLIKE), 0, 1)

    def gold(some: list[int]) -> Numbers:
        return np.array([place.get(int(knowledge.owners[row]), -1) for row in some], np.int64)

    asked = []
    inside = held + only
    plain = [
        row
        for some in (inside, outside)
        for row in _some([row for row in some if losses[row] < LEAST_LOSS], ENOUGH, pick)
    ]
    if plain:
        asked.append((knowledge.phrasings.part(plain), gold(plain)))
    copied = [
        row
        for some in (inside, outside)
        for row in _some([row for row in some if losses[row] >= LEAST_LOSS], ENOUGH_DAMAGED, pick)
    ]
    if copied:
        wordings = [text for entry in knowledge.entries for text in entry.questions]
        texts = [
            _damaged(_excerpt(wordings[row], pick), float(losses[row]), pick) for row in copied
        ]
        asked.append((prepare(texts), gold(copied)))
    silent = [entry for entry in range(len(knowledge.entries)) if entry not in rows]
    quoted = _some([entry for entry in silent if entry in place], ENOUGH_DAMAGED, pick)
    quoted += _some([entry for entry in silent if entry in gone], ENOUGH_DAMAGED, pick)
    if quoted:
        answers = [knowledge.entries[entry].answer for entry in quoted]
        texts = [_damaged(_excerpt(answer, pick, 0), WORDS_LOST, pick) for answer in answers]
        asked.append((prepare(texts), np.array([place.get(e, -1) for e in quoted], np.int64)))
    return asked


def _rows(knowledge: Knowledge) -> dict[int, list[int]]:
    rows: dict[int, list[int]] = {}
    for row, owner in enumerate(knowledge.owners.tolist()):
        rows.setdefault(owner, []).append(row)
    return rows


def _some(items: list[int], most: int, pick: random.Random) -> list[int]:
    return pick.sample(items, most) if len(items) > most else items


def _excerpt(text: str, pick: random.Random, longest: int = STORY) -> str:
    """A few words in a row from a text of `longest` words or more: nobody asks with a passage."""
    words = text.split()
    if len(words) < longest:
        return text
    start = pick.randrange(max(1, len(words) - EXCERPT))
    return " ".join(words[start : start + EXCERPT])


def _damaged(text: str, loss: float, pick: random.Random) -> str:
    """A text that lost a share of its words, and a letter of some of the others."""
    words = text.split()
    kept = [word for word in words if pick.random() >= loss]
    if len(kept) < 2:
        kept = pick.sample(words, min(2, len(words)))
    return " ".join(_misspelt(word, pick) if pick.random() < loss / 3 else word for word in kept)


def _misspelt(word: str, pick: random.Random) -> str:
    if len(word) < 5:
        return word
    i = pick.randrange(1, len(word) - 1)
    return pick.choice(
        (
            word[:i] + word[i + 1 :],
            word[:i] + word[i + 1] + word[i] + word[i + 2 :],
            word[:i] + word[i] + word[i:],
        )
    )


def calibrate(samples: Samples, costs: Costs, prior: Calibration) -> Calibration:
    """Fit the curve to the samples at the stated mixture; `prior` where they say too little."""
    if len(samples.known) < FEW_KNOWN:
        return _without_known(samples, costs, prior)
    domain, small_talk = costs.unknown(samples.per_entry)
    known_share = 1 - domain - small_talk
    parts: Sequence[tuple[Floats, Floats, float]] = (
        (samples.known, samples.right.astype(float), known_share),
        (samples.unknown, np.zeros(len(samples.unknown)), domain),
        (samples.chat, np.zeros(len(samples.chat)), small_talk),
    )
    parts = [part for part in parts if len(part[0])]
    scores = np.concatenate([part[0] for part in parts])
    right = np.concatenate([part[1] for part in parts])
    weights = np.concatenate([np.full(len(part[0]), part[2] / len(part[0])) for part in parts])
    slope, offset = _logistic(scores, right, weights * len(samples.known))
    found = Calibration(slope, offset, costs.threshold)
    if not samples.right.any():
        return found
    known = found.probabilities(samples.known[samples.right])
    return replace(
        found, threshold=min(costs.threshold, float(np.quantile(known, 1 - costs.least_answered)))
    )


def _without_known(samples: Samples, costs: Costs, prior: Calibration) -> Calibration:
    """Too few entries to ask about: beyond what small talk reaches it counts as meant."""
    if len(samples.chat):
        spread = float(np.std(samples.chat)) or 1.0
        middle = float(np.mean(samples.chat)) + 2.5 * spread
    else:
        return prior
    return Calibration(prior.slope, -prior.slope * middle, costs.threshold)


def _logistic(scores: Floats, right: Floats, weights: Floats) -> tuple[float, float]:
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
