"""The one judge of this process, and the vector of each message, encoded once for everything."""

from __future__ import annotations

from functools import cache, lru_cache

from bot.faq import FaqEntry
from bot.judgement import Judge
from bot.nlu.encoder import Encoder, Vectors

REMEMBERED = (
    4096  # messages whose vector is kept: 6 MB; earlier messages of a dialogue are compared
)


@cache
def judge() -> Judge:
    """Encoder and detectors; `bot.components.faq` puts the index in. Raises if one is missing."""
    return Judge(Encoder.load())


@lru_cache(REMEMBERED)
def vector_of(text: str) -> Vectors:
    """The unit vector of `text`, (dimension,). Safe to call from any thread."""
    vector = judge().encode(text)
    vector.flags.writeable = False
    return vector


def warm(text: str) -> None:
    """Encode `text` now, in this thread; whoever needs its vector next finds it remembered."""
    if text:
        vector_of(text)


def entry_of(name: str, lang: str) -> FaqEntry:
    """The entry in `lang`, or in the language that has it; raises KeyError when none has."""
    found = [entry for entry in judge().index.entries if entry.id == name]
    if not found:
        raise KeyError(f"There is no FAQ entry {name!r}")
    return next((entry for entry in found if entry.lang == lang), found[0])
