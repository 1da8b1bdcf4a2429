"""What tells that a customer loses patience: signals of a message, and of how it stands to the
customer's earlier ones (said again, manners gone) and to what the bot has made of them (failures).

`bot.nlu.frustration` weighs them.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from bot.nlu.dialogue import FAILURES, Turn
from bot.nlu.grams import characters
from bot.nlu.phrases import Phrases
from bot.nlu.text import tokens
from bot.nlu.tone import Reading

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
# From here on one message says what another said; each one beyond the first insists.
SAME = 0.7
EASY = -1.0
SILENT = -3.0  # the logit that "nothing is wrong" has, where there is no earlier turn
FEELINGS = Phrases(Path(__file__).with_name("feeling_words.yml"))


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
