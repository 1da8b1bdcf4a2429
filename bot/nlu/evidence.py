"""Evidence: which message, which signal, how strong. Every decision to hand over leaves some."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Evidence:
    """One reason for a decision.

    `message` counts the customer's messages of the episode from 0; `score` lies in 0..1 and is how
    much this signal alone speaks for the decision; `span` is the part of the message that shows it.
    """

    signal: str
    message: int
    score: float
    span: str = ""

    def to_json(self) -> dict[str, str | int | float]:
        return {
            "signal": self.signal,
            "message": self.message,
            "score": round(self.score, 3),
            "span": self.span,
        }
