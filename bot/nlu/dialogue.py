"""What judges of a dialogue see: the customer's turns of this episode, the current one last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float32]


class Outcome(StrEnum):
    """What the bot did after a customer's turn, and what became of it."""

    NONE = "none"  # nothing yet (the current turn), or not known
    ANSWERED = "answered"
    CLARIFIED = "clarified"  # asked which of several things was meant
    MISSED = "missed"  # had no answer
    REJECTED = "rejected"  # answered, and the customer said that it did not help
    OFFERED = "offered"  # offered a person


FAILURES = frozenset({Outcome.MISSED, Outcome.REJECTED})


@dataclass(frozen=True, eq=False)
class Turn:
    """One customer message. `vector` is its unit vector, None where there is no encoder; `at` are
    seconds of any clock that the whole dialogue shares, None where the time is not known."""

    text: str
    vector: Vector | None = None
    lang: str | None = None
    outcome: Outcome = Outcome.NONE
    at: float | None = None


@dataclass(frozen=True, eq=False)
class Dialogue:
    """The customer's turns of one episode, oldest first. It ends when the case is settled."""

    turns: Sequence[Turn]

    def __post_init__(self) -> None:
        if not self.turns:
            raise ValueError("A dialogue needs at least one turn; pass the current message.")

    @property
    def current(self) -> Turn:
        return self.turns[-1]

    @property
    def earlier(self) -> Sequence[Turn]:
        return self.turns[:-1]
