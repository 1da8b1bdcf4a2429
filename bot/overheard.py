"""How a turn's message was judged, on its way from the pipeline to whoever runs the turn.

Rasa gives back what was said, not what was found on the message. The tracker has it, but reading
that again costs every turn a look into Redis; a repeated turn, which reads it anyway, takes it from
there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from handoff.model import Mood


@dataclass
class Overheard:
    """One turn's; `mood` stays None where no words were judged: a button, a file."""

    mood: Mood | None = None


_turn: ContextVar[Overheard | None] = ContextVar("overheard", default=None)


@contextmanager
def listening() -> Iterator[Overheard]:
    """While this lasts, what `tell` is told in this task, and in those it starts, comes here."""
    overheard = Overheard()
    token = _turn.set(overheard)
    try:
        yield overheard
    finally:
        _turn.reset(token)


def tell(found: Mapping[str, Any]) -> None:
    """What the pipeline leaves on the message as its mood. Nobody needs to listen."""
    overheard = _turn.get()
    if overheard is not None:
        overheard.mood = mood_of(found)


def mood_of(found: Mapping[str, Any]) -> Mood | None:
    """The mood that was left on a message, for the log; None where it has no measure."""
    score, threshold = found.get("reaches"), found.get("enough")
    if not isinstance(score, int | float) or not isinstance(threshold, int | float):
        return None
    return Mood(float(score), float(threshold))
