"""Messages that need the one before them: "and to Norway?", "en hoe lang duurt dat?".

Whether a message leans is told by its words; what it then means is told by the index, which is
asked for it alone and for it after the question that was answered last (`bot.reading`). The message
is not encoded again: its vector and that of the answered question are added.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from bot.nlu.encoder import Vectors
from bot.nlu.phrases import Phrases
from bot.nlu.text import tokens

LISTS = Phrases(Path(__file__).with_name("follow_up_words.yml"))
LONGEST = 8  # words; what is longer says by itself what it is about
BARE = 3  # words of a message that says hardly more than one thing: "gift cards?"
# Chosen on data/judgement/follow_up/develop.jsonl; docs/evaluation/conversation.md.
LEAST = 0.003  # what a reading gives an entry that it does not name
ENOUGH = 0.2  # of both readings together
OWN_WEIGHT = 0.5  # of the message's own vector; the rest is the earlier one's


def _begins(words: Sequence[str], name: str, at: int, lang: str | None) -> int:
    """Words of a list's phrase at `at`, of a language, or of any for one that it has not."""
    known = lang if lang in LISTS.languages(name) else None
    return LISTS.begins(words, name, at, known)


def opening(words: Sequence[str], lang: str | None = None) -> int:
    """With how many words it begins as a continuation: "and", "what about"; 0 if it does not."""
    return _begins(words, "goes_on", 0, lang)


def points(text: str, lang: str | None = None) -> bool:
    """Whether a word of it stands for something said before: "that", "it"."""
    words = tokens(text)
    return any(_begins(words, "points", at, lang) > 0 for at in range(len(words)))


def leans(text: str, lang: str | None = None) -> bool:
    """Whether a message may need the one before it to be understood."""
    words = tokens(text)
    leaning = len(words) <= BARE or opening(words, lang) > 0 or points(text, lang)
    return 0 < len(words) <= LONGEST and leaning


def joined_text(before: str, text: str) -> str:
    return f"{before.strip()} {text.strip()}"


def joined_vector(before: Vectors, own: Vectors) -> Vectors:
    """A unit vector between two, (dimension,)."""
    both = (1 - OWN_WEIGHT) * before + OWN_WEIGHT * own
    length = float(np.linalg.norm(both))
    return np.asarray(both / length if length else own, dtype=np.float32)


def weigh(alone: Mapping[str, float], joined: Mapping[str, float]) -> tuple[str, float] | None:
    """The entry that both readings support most, and how much, 0..1; None where none is enough.

    Each reading errs by itself: "what does that cost?" alone is about delivery, and together with
    the last question it is about what was answered already. The geometric mean of both
    probabilities wants an entry that fits what is asked *and* what it goes on from.
    """
    both = {
        entry: math.sqrt(max(alone.get(entry, 0.0), LEAST) * max(joined.get(entry, 0.0), LEAST))
        for entry in {*alone, *joined}
    }
    if not both:
        return None
    best = max(both, key=lambda entry: (both[entry], entry))
    return (best, both[best]) if both[best] >= ENOUGH else None
