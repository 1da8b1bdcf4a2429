"""Is the customer losing patience? A model of the dialogue, not of a sentence.

A logistic model over signals of the current message (tone, words, looks), of how it stands to the
customer's earlier ones (said again, manners gone) and of what the bot has made of them (failures).
A first message that is no service talk at all is judged by its anger instead: what ranks customers
(trouble, length, a "no") says nothing about the rest of the world.
Made by `python -m benchmarks.dialogue.train frustration`; numbers: docs/evaluation/dialogue.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.nlu.dialogue import Dialogue, Turn
from bot.nlu.evidence import Evidence
from bot.nlu.human import sigmoid
from bot.nlu.signals import LOOK_BACK, eased, of_dialogue, of_message, says_so
from bot.nlu.tone import Reading, Tone

WEIGHTS = Path(__file__).parent / "pretrained" / "frustration.json"
# What each signal is called in evidence; a signal without a name is never shown by itself.
NAMES = {
    "anger": "angry_words", "upset": "upset_tone", "patience": "upset_tone",
    "negative": "unhappy_tone",
    "PROFANITY": "profanity", "INSULT": "insult",
    "ANGER": "says_angry", "THREAT": "threatens", "TROUBLE": "trouble", "AGAIN": "says_again",
    "TIMES": "says_again",
    "REJECT": "rejects_answer", "WAIT": "kept_waiting", "SARCASM": "sarcasm", "URGENT": "urgency",
    "capitals": "capitals", "exclamations": "exclamations", "angry_signs": "angry_emoji",
    "repeats": "repeats_self", "insists": "repeats_self",
    "failures": "failed_turns", "rejections": "rejected_answers",
    "carried": "was_upset", "manners": "manners_gone", "sneer": "sarcasm",
    "CORRECTION": "corrects_us", "DOUBT": "doubts_us", "GIVEUP": "gives_up", "denies": "denies",
    "knocks": "sends_again", "silence": "kept_waiting",
}  # fmt: skip
# What the bot did and what is past: no reason by itself to call this message impatient.
NOT_THEIRS = frozenset({"failures", "carried"})
# Calm words said again may only need another answer, not a person at once.
NOT_LOUD = NOT_THEIRS | {"repeats", "insists", "rejections"}
# How much of a threshold the customer's own words must reach.
OWN_SHARE = 0.5
# Below this `patience` a message is a question or a trouble told plainly, whatever its words are
# in other texts: nobody is called frustrated for it who does not say so, nor had to say it again.
PLAIN = 0.0
SHOWN_FROM = 0.25  # logits that a signal must add to be shown as evidence …
SHOWN_AT = 0.1  # … of a score that is at least this


@dataclass(frozen=True)
class Mood:
    """`score` is a probability; `frustrated` means a person should be offered, `hand_over` that the
    conversation should go to one now.

    Both need more than the score: with calm words a customer is not called frustrated because the
    bot has failed, nor handed over because they had to say it again. `reaches` is the highest
    threshold from which on the conversation would have gone to a person, 0 where none would do.
    """

    score: float
    frustrated: bool
    hand_over: bool
    evidence: tuple[Evidence, ...]
    reaches: float = 0.0


@dataclass(frozen=True)
class Weights:
    """Logistic models: of a message to a company and of one to the world, by themselves, and of
    that logit with the dialogue's signals. `usual` is what calm messages have of each signal."""

    message: Mapping[str, float]
    message_bias: float
    social: Mapping[str, float]
    social_bias: float
    usual: Mapping[str, float]
    dialogue: Mapping[str, float]  # "message" is the weight of the message's own logit
    dialogue_bias: float
    offer: float
    hand_over: float

    @classmethod
    def read(cls, path: Path) -> Weights:
        return cls(**json.loads(path.read_text("utf-8")))

    def of_message(self, signals: Mapping[str, float]) -> float:
        """The logit of a message by itself, said to a company."""
        return self.message_bias + sum(
            self.message.get(name, 0.0) * value for name, value in signals.items()
        )

    def first(self, reading: Reading, signals: Mapping[str, float], logit: float) -> float:
        """The logit of a message with nothing before it: the less it is service talk, the more by
        its anger alone."""
        social = self.social_bias + sum(w * signals[name] for name, w in self.social.items())
        ours = sigmoid(reading.service)
        return ours * logit + (1 - ours) * social

    def telling(self, signals: Mapping[str, float]) -> dict[str, float]:
        """How much more than in calm messages each signal adds."""
        weight = self.dialogue["message"]
        return {
            name: weight * self.message.get(name, 0.0) * (value - self.usual.get(name, 0.0))
            for name, value in signals.items()
        }


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
        self.offer_at = weights.offer if offer is None else offer
        self.hand_over_at = weights.hand_over if hand_over is None else hand_over
        if not 0 < self.offer_at <= self.hand_over_at <= 1:
            raise ValueError(
                f"A person is offered at {self.offer_at} and the conversation handed over "
                f"at {self.hand_over_at}: these must lie in 0..1, the offer not above the "
                "handing over."
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
        return reading, signals, self._weights.of_message(signals)

    def judge(self, dialogue: Dialogue) -> Mood:
        weights = self._weights
        turns = list(dialogue.turns)[-(LOOK_BACK + 1) :]
        skipped = len(dialogue.turns) - len(turns)
        read = [self._read(turn) for turn in turns]
        logits = [logit for _, _, logit in read]
        if not skipped:
            logits[0] = weights.first(read[0][0], read[0][1], logits[0])
        logits = [eased(logit) for logit in logits]
        between, at = of_dialogue(turns, [reading for reading, _, _ in read], logits)
        added = {name: weights.dialogue.get(name, 0.0) * value for name, value in between.items()}
        own = weights.dialogue_bias + weights.dialogue["message"] * logits[-1]
        score = sigmoid(own + sum(added.values()))
        # Had the bot not failed, and the customer come to this message calm.
        theirs = sigmoid(own + sum(v for name, v in added.items() if name not in NOT_THEIRS))
        loud = sigmoid(own + sum(v for name, v in added.items() if name not in NOT_LOUD))
        again = bool(between["repeats"] or between["knocks"])
        heard = again or read[-1][0].patience >= PLAIN or says_so(turns[-1].text)
        reaches = min(score, loud / OWN_SHARE) if heard else 0.0
        shown = {**weights.telling(read[-1][1]), **added}
        evidence = tuple(
            Evidence(
                NAMES[name],
                skipped + at.get(name, len(turns) - 1),
                2 * sigmoid(value) - 1,
                turns[at.get(name, len(turns) - 1)].text[:120],
            )
            for name, value in sorted(shown.items(), key=lambda item: -item[1])
            if name in NAMES and value >= SHOWN_FROM and score >= SHOWN_AT
        )
        return Mood(
            score,
            frustrated=heard and score >= self.offer_at and theirs >= OWN_SHARE * self.offer_at,
            hand_over=reaches >= self.hand_over_at,
            evidence=evidence,
            reaches=reaches,
        )
