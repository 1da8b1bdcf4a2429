"""What the bot remembers of an episode from turn to turn: one slot of Rasa's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Self

from bot.nlu.dialogue import Outcome
from handoff.model import Evidence

MOST = 30  # turns whose outcome, and answers whose giving, is remembered
MOST_TRIED = 8
SIGNALS = {Outcome.MISSED: "missed", Outcome.REJECTED: "rejected"}


@dataclass(frozen=True)
class Memory:
    """`episode` is the log's number of the last return to the bot; evidence before it is spent."""

    episode: int = 0
    introduced: bool = False  # has said that it is a bot
    offer: str | None = None  # the reason for which a person was offered, while the offer stands
    refused: bool = False  # the customer does not want a person for now
    # Why nothing is sold to them: upset, or given an answer that did not help, and no better since
    tense: str | None = None
    misses: int = 0  # questions in a row that had no answer
    given: tuple[str, ...] = ()  # entries given
    rejected: tuple[str, ...] = ()  # of these, those that did not help
    close: tuple[str, ...] = ()  # entries that were nearly given instead of the last one
    choices: tuple[str, ...] = ()  # entries that the last clarifying question was between
    remedy: str | None = None  # entry whose steps wait for the answer to "what have you tried?"
    inquired: bool = False  # … which is asked once
    tried: Mapping[str, int] = field(default_factory=dict)  # what was tried: words, message
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)  # by the log's number of the turn

    @classmethod
    def from_slot(cls, value: Mapping[str, Any] | None) -> Self:
        """From the slot's value; unknown fields are ignored."""
        known = {one.name for one in fields(cls)}
        given = {name: one for name, one in (value or {}).items() if name in known}
        lists = {name: tuple(one) for name, one in given.items() if isinstance(one, list)}
        outcomes = {seq: Outcome(one) for seq, one in given.get("outcomes", {}).items()}
        return cls(**{**given, **lists, "outcomes": outcomes})

    def to_slot(self) -> dict[str, Any]:
        """As JSON has it; what is as at the beginning is left out."""
        fresh = Memory()
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value != getattr(fresh, name)
        }

    def of_episode(self, episode: int) -> Memory:
        """Self, or a new memory when an agent has had the conversation in between."""
        if episode == self.episode:
            return self
        return Memory(episode=episode, introduced=self.introduced)

    @property
    def last(self) -> str | None:
        """The entry given last, unless it has been rejected since."""
        return self.given[-1] if self.given and self.given[-1] not in self.rejected else None

    @property
    def latest(self) -> Outcome:
        """What came of the turn before this one."""
        return list(self.outcomes.values())[-1] if self.outcomes else Outcome.NONE

    @property
    def failures(self) -> tuple[Evidence, ...]:
        """The turns of the episode that went wrong."""
        return tuple(
            Evidence(SIGNALS[outcome], int(seq), 1.0)
            for seq, outcome in self.outcomes.items()
            if outcome in SIGNALS
        )

    @property
    def attempts(self) -> tuple[Evidence, ...]:
        """What was tried, for whoever takes over: they need not propose it again."""
        return tuple(Evidence("already_tried", seq, 1.0, span) for span, seq in self.tried.items())

    def with_outcome(self, seq: int, outcome: Outcome) -> Memory:
        kept = dict(list(self.outcomes.items())[-MOST + 1 :])
        return replace(self, outcomes={**kept, str(seq): outcome})

    def with_tried(self, seq: int, spans: Iterable[str]) -> Memory:
        """The customer says in message `seq` that they have tried this."""
        kept = {**self.tried, **{span: seq for span in spans if span not in self.tried}}
        return replace(self, tried=dict(list(kept.items())[-MOST_TRIED:])) if kept else self

    def with_last_rejected(self) -> Memory:
        """The entry given last did not help."""
        if self.last is None:
            return self
        answered = [seq for seq, one in self.outcomes.items() if one is Outcome.ANSWERED]
        outcomes = {**self.outcomes, **({answered[-1]: Outcome.REJECTED} if answered else {})}
        return replace(self, rejected=(*self.rejected, self.last), outcomes=outcomes)
