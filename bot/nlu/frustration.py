"""Is the customer losing patience? A model of the dialogue, not of a sentence.

A logistic model over signals of the current message (tone, words, looks), of how it stands to the
customer's earlier ones (said again, manners gone) and of what the bot has made of them (failures).
Made by `python -m benchmarks.dialogue.train frustration`; numbers: docs/evaluation/dialogue.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.nlu.dialogue import FAILURES, Dialogue, Turn
from bot.nlu.evidence import Evidence
from bot.nlu.grams import characters
from bot.nlu.human import sigmoid
from bot.nlu.tone import Reading, Tone

WEIGHTS = Path(__file__).parent / "pretrained" / "frustration.json"
# Classes of `tone_words.yml` that count by themselves, as min(occurrences, 3).
COUNTED = (
    "PROFANITY", "INSULT", "ANGER", "THREAT", "TROUBLE", "AGAIN", "REJECT", "WAIT", "SARCASM",
    "THANKS", "POLITE", "JOY", "SAD", "URGENT", "BOT", "THIRD",
)  # fmt: skip
LOOK_BACK = 6
FADING = 0.7
# Words of a message that is too short to be said again ("yes", "ok thanks").
SHORTEST_REPEAT = 3
# "yes" and a bare address complain of nothing; from here on more words say no more.
TELLING = 12
# What each signal is called in evidence; a signal without a name is never shown by itself.
NAMES = {
    "anger": "angry_words", "upset": "upset_tone", "PROFANITY": "profanity", "INSULT": "insult",
    "ANGER": "says_angry", "THREAT": "threatens", "TROUBLE": "trouble", "AGAIN": "says_again",
    "REJECT": "rejects_answer", "WAIT": "kept_waiting", "SARCASM": "sarcasm", "URGENT": "urgency",
    "capitals": "capitals", "exclamations": "exclamations", "angry_signs": "angry_emoji",
    "repeats": "repeats_self", "failures": "failed_turns", "rejections": "rejected_answers",
    "carried": "was_upset", "manners": "manners_gone", "sneer": "sarcasm",
}  # fmt: skip
SHOWN_FROM = 0.25  # logits that a signal must add to be shown as evidence
SILENT = -3.0  # the logit that "nothing is wrong" has, where there is no earlier turn


@dataclass(frozen=True)
class Mood:
    """`score` is a probability; `frustrated` means a person should be offered, `hand_over` that the
    conversation should go to one now."""

    score: float
    frustrated: bool
    hand_over: bool
    evidence: tuple[Evidence, ...]


def of_message(reading: Reading) -> dict[str, float]:
    """Signals of one message by itself."""
    looks, count = reading.looks, reading.classes
    found = {
        "anger": reading.anger,
        "upset": reading.upset,
        "capitals": looks.capitals,
        "exclamations": math.log1p(min(looks.exclamations, 6)),
        "questions": math.log1p(min(looks.questions, 5)),
        "dots": float(looks.dots),
        "angry_signs": float(min(looks.angry_signs, 2)),
        "happy_signs": float(min(looks.happy_signs, 2)),
        "words": math.log1p(min(len(reading.words), TELLING)),
    }
    for name in COUNTED:
        found[name] = float(min(count.get(name, 0), 3))
    wrong = bool(
        count.get("TROUBLE") or count.get("AGAIN") or count.get("WAIT") or count.get("REJECT")
    )
    praise = bool(count.get("SARCASM") or count.get("THANKS") or count.get("JOY"))
    # Praise beside trouble is hardly praise; capitals beside joy are hardly anger.
    found["sneer"] = float(wrong and bool(count.get("SARCASM")))
    found["glad"] = float(praise and not wrong)
    found["glad_loud"] = found["glad"] * (looks.capitals + found["exclamations"])
    return found


def said_again(turn: Turn, reading: Reading, other: Turn, earlier: Reading) -> float:
    """How far one message says what another said, 0..1: vectors, and shared characters."""
    if min(len(reading.words), len(earlier.words)) < SHORTEST_REPEAT:
        return 0.0
    a, b = characters(reading.words, 3, 4), characters(earlier.words, 3, 4)
    shared = len(a & b) / max(min(len(a), len(b)), 1)
    alike = 0.0
    if turn.vector is not None and other.vector is not None:
        alike = max(float(np.dot(turn.vector, other.vector)), 0.0)
    # Either may be blind: characters to a paraphrase, the English encoder to the other languages.
    return max(0.0, min(1.0, (0.5 * shared + 0.5 * alike - 0.4) / 0.5))


def of_dialogue(
    turns: list[Turn], readings: list[Reading], messages: list[float]
) -> tuple[dict[str, float], dict[str, int]]:
    """Signals that need the earlier turns, and which message each points to.

    `messages` holds the logit of each message by itself, the current one last.
    """
    here = len(turns) - 1
    first = max(0, here - LOOK_BACK)
    again, of = 0.0, here
    for i in range(first, here):
        alike = said_again(turns[here], readings[here], turns[i], readings[i])
        if alike > again:
            again, of = alike, i
    failures = rejections = 0.0
    for i in range(first, here):
        fade = FADING ** (here - 1 - i)
        failures += fade * (turns[i].outcome in FAILURES)
        rejections += fade * (turns[i].outcome.value == "rejected")
    carried, worst = SILENT, here
    for i in range(first, here):
        faded = SILENT + (messages[i] - SILENT) * FADING ** (here - i)
        if faded > carried:
            carried, worst = faded, i
    polite = [bool(r.classes.get("POLITE") or r.classes.get("THANKS")) for r in readings]
    lasting = sum(polite[first:here])  # one greeting is no measure of somebody's manners
    return (
        {
            "repeats": again,
            "failures": min(failures, 3.0),
            "rejections": min(rejections, 3.0),
            "carried": carried - SILENT,
            "manners": float(lasting >= 2 and not polite[here] and len(readings[here].words) > 2),
            "turn": math.log1p(here),
        },
        {"repeats": of, "carried": worst},
    )


@dataclass(frozen=True)
class Weights:
    """Two logistic models: of a message by itself, and of its logit with the dialogue's signals."""

    message: Mapping[str, float]
    message_bias: float
    dialogue: Mapping[str, float]  # "message" is the weight of the message's own logit
    dialogue_bias: float
    offer: float
    hand_over: float

    @classmethod
    def read(cls, path: Path) -> Weights:
        return cls(**json.loads(path.read_text("utf-8")))


class Frustration:
    """Judges the current turn of a dialogue."""

    def __init__(
        self,
        tone: Tone,
        weights: Weights,
        offer: float | None = None,
        hand_over: float | None = None,
    ) -> None:
        """`offer` and `hand_over` replace the trained thresholds; both are probabilities."""
        self._weights = weights
        self._offer = weights.offer if offer is None else offer
        self._hand_over = weights.hand_over if hand_over is None else hand_over
        if not 0 < self._offer <= self._hand_over <= 1:
            raise ValueError(
                f"A person is offered at {self._offer} and the conversation handed over at "
                f"{self._hand_over}: these must lie in 0..1, the offer not above the handing over."
            )
        # Earlier turns come back with every new one; they need not be read again.
        self._read = lru_cache(maxsize=2048)(self._read_turn)
        self._tone = tone

    @classmethod
    def load(
        cls, path: Path = WEIGHTS, offer: float | None = None, hand_over: float | None = None
    ) -> Frustration:
        return cls(Tone.load(), Weights.read(path), offer, hand_over)

    def _read_turn(self, turn: Turn) -> tuple[Reading, dict[str, float], float]:
        reading = self._tone.read(turn.text, turn.vector, turn.lang)
        signals = of_message(reading)
        weights = self._weights
        logit = weights.message_bias + sum(
            weights.message.get(name, 0.0) * value for name, value in signals.items()
        )
        return reading, signals, logit

    def judge(self, dialogue: Dialogue) -> Mood:
        weights = self._weights
        turns = list(dialogue.turns)[-(LOOK_BACK + 1) :]
        skipped = len(dialogue.turns) - len(turns)
        read = [self._read(turn) for turn in turns]
        logits = [logit for _, _, logit in read]
        between, at = of_dialogue(turns, [reading for reading, _, _ in read], logits)
        logit = weights.dialogue_bias + weights.dialogue["message"] * logits[-1]
        logit += sum(weights.dialogue.get(name, 0.0) * value for name, value in between.items())
        score = sigmoid(logit)
        added = {
            **{
                name: weights.dialogue["message"] * weights.message.get(name, 0.0) * value
                for name, value in read[-1][1].items()
            },
            **{name: weights.dialogue.get(name, 0.0) * value for name, value in between.items()},
        }
        evidence = tuple(
            Evidence(
                NAMES[name],
                skipped + at.get(name, len(turns) - 1),
                2 * sigmoid(value) - 1,
                turns[at.get(name, len(turns) - 1)].text[:120],
            )
            for name, value in sorted(added.items(), key=lambda item: -item[1])
            if name in NAMES and value >= SHOWN_FROM and score >= self._offer / 3
        )
        return Mood(score, score >= self._offer, score >= self._hand_over, evidence)
