"""Is the customer losing patience? A model of the dialogue, not of a sentence.

A logistic model over signals of the current message (tone, words, looks), of how it stands to the
customer's earlier ones (said again, manners gone) and of what the bot has made of them (failures).
A first message that is no service talk at all is judged by its anger instead: what ranks customers
(trouble, length, a "no") says nothing about the rest of the world.
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
from bot.nlu.phrases import Phrases
from bot.nlu.text import tokens
from bot.nlu.tone import Reading, Tone

WEIGHTS = Path(__file__).parent / "pretrained" / "frustration.json"
# Classes of `tone_words.yml` that count by themselves, as min(occurrences, 3).
COUNTED = (
    "PROFANITY", "INSULT", "ANGER", "THREAT", "TROUBLE", "AGAIN", "REJECT", "WAIT", "SARCASM",
    "THANKS", "POLITE", "JOY", "SAD", "URGENT", "BOT", "THIRD", "CORRECTION", "DOUBT", "GIVEUP",
    "CLOSING", "NO", "NEVER", "TIMES",
)  # fmt: skip
# Phrases of several words: how many words they have says nothing, and "no, not" is one no.
ONCE = frozenset({"CORRECTION", "DOUBT", "GIVEUP", "CLOSING", "NO", "NEVER", "TIMES"})
DENIALS = frozenset({"no", "nope", "nah", "nee", "neen", "net", "nao", "ei"})  # folded
LOOK_BACK = 6
FADING = 0.7
# Words of a message that is too short to be said again ("yes", "ok thanks").
SHORTEST_REPEAT = 3
CALLED = 5  # letters of a word that says by itself what is wanted
# "yes" and a bare address complain of nothing; from here on more words say no more.
TELLING = 12
# Seconds between two messages of one customer: sooner is knocking, later is a long silence.
KNOCK, SILENCE = 20.0, 600.0
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
FEELINGS = Phrases(Path(__file__).with_name("feeling_words.yml"))
# From here on one message says what another said; each one beyond the first insists.
SAME = 0.7
SHOWN_FROM = 0.25  # logits that a signal must add to be shown as evidence …
SHOWN_AT = 0.1  # … of a score that is at least this
EASY = -1.0
SILENT = -3.0  # the logit that "nothing is wrong" has, where there is no earlier turn


@dataclass(frozen=True)
class Mood:
    """`score` is a probability; `frustrated` means a person should be offered, `hand_over` that the
    conversation should go to one now.

    Both need more than the score: with calm words a customer is not called frustrated because the
    bot has failed, nor handed over because they had to say it again.
    """

    score: float
    frustrated: bool
    hand_over: bool
    evidence: tuple[Evidence, ...]


def of_message(reading: Reading) -> dict[str, float]:
    """Signals of one message by itself."""
    looks, count = reading.looks, reading.classes
    found = {
        "anger": reading.anger,
        "negative": reading.negative,
        "upset": reading.upset,
        "patience": reading.patience,
        "capitals": looks.capitals,
        "exclamations": math.log1p(min(looks.exclamations, 6)),
        "questions": math.log1p(min(looks.questions, 5)),
        "dots": float(looks.dots),
        "angry_signs": float(min(looks.angry_signs, 2)),
        "happy_signs": float(min(looks.happy_signs, 2)),
        "words": math.log1p(min(len(reading.words), TELLING)),
    }
    for name in COUNTED:
        found[name] = float(min(count.get(name, 0), 1 if name in ONCE else 3))
    wrong = any(count.get(name) for name in ("TROUBLE", "AGAIN", "WAIT", "REJECT", "CORRECTION"))
    praise = bool(count.get("SARCASM") or count.get("THANKS") or count.get("JOY"))
    # Praise beside trouble is hardly praise; capitals beside joy are hardly anger.
    found["sneer"] = float(wrong and bool(count.get("SARCASM")))
    found["glad"] = float(praise and not wrong)
    # "No, thanks" and "no, that's all" deny nothing.
    denied = bool(reading.words) and reading.words[0] in DENIALS
    found["denies"] = float(denied and not (count.get("CLOSING") or count.get("THANKS")))
    found["glad_loud"] = found["glad"] * (looks.capitals + found["exclamations"])
    return found


def says_so(text: str) -> bool:
    """Whether it names a feeling: "I am frustrated". In any language: the score is the judge."""
    words = tokens(text)
    return any(FEELINGS.begins(words, "upset", at) for at in range(len(words)))


def eased(logit: float) -> float:
    """A message's logit for the dialogue. How very calm a message is must not outweigh what
    happened: below EASY every step counts half."""
    return logit if logit > EASY else EASY + (logit - EASY) / 2


def said_again(turn: Turn, reading: Reading, other: Turn, earlier: Reading) -> float:
    """How far one message says what another said, 0..1: vectors, and shared characters."""
    if min(len(reading.words), len(earlier.words)) < SHORTEST_REPEAT:
        # "refund???": a long word of before, called out.
        called = reading.looks.questions or reading.looks.exclamations > 1
        named = {w for w in reading.words if len(w) >= CALLED} & set(earlier.words)
        return float(bool(called and named))
    a, b = characters(reading.words, 3, 4), characters(earlier.words, 3, 4)
    shared = len(a & b) / max(min(len(a), len(b)), 1)
    alike = 0.0
    if turn.vector is not None and other.vector is not None:
        alike = max(float(np.dot(turn.vector, other.vector)), 0.0)
    # Either may be blind: characters to a paraphrase, the English encoder to the other languages.
    return max(0.0, min(1.0, (0.5 * shared + 0.5 * alike - 0.4) / 0.5))


def pace(turns: list[Turn], again: float, reading: Reading) -> dict[str, float]:
    """Signals of time, 0 where the times are not known: knocking (the same or next to nothing sent
    again within seconds), and a message after a long silence."""
    found = {"knocks": 0.0, "silence": 0.0}
    at, before = turns[-1].at, turns[-2].at if len(turns) > 1 else None
    if at is None or before is None or at < before:
        return found
    if at - before <= KNOCK and (again > 0 or (not reading.words and reading.looks.questions)):
        found["knocks"] = 1.0
    if at - before > SILENCE:
        found["silence"] = math.log(min((at - before) / SILENCE, 100.0))
    return found


def of_dialogue(
    turns: list[Turn], readings: list[Reading], messages: list[float]
) -> tuple[dict[str, float], dict[str, int]]:
    """Signals that need the earlier turns, and which message each points to.

    `messages` holds the (eased) logit of each message by itself, the current one last.
    """
    here = len(turns) - 1
    first = max(0, here - LOOK_BACK)
    again, of, times = 0.0, here, 0
    for i in range(first, here):
        alike = said_again(turns[here], readings[here], turns[i], readings[i])
        times += alike >= SAME
        if alike > again:
            again, of = alike, i
    # "Thanks" may be said as often as one likes.
    if any(readings[here].classes.get(name) for name in ("THANKS", "CLOSING")):
        times = 0
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
            "insists": float(max(times - 1, 0)),
            "failures": min(failures, 3.0),
            "rejections": min(rejections, 3.0),
            "carried": carried - SILENT,
            "manners": float(lasting >= 2 and not polite[here] and len(readings[here].words) > 2),
            "turn": math.log1p(here),
            **pace(turns, again, readings[here]),
        },
        {"repeats": of, "insists": of, "carried": worst},
    )


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
            hand_over=heard
            and score >= self.hand_over_at
            and loud >= OWN_SHARE * self.hand_over_at,
            evidence=evidence,
        )
