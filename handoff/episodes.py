"""A log cut into episodes with the bot: how lost the patience was, when, and how each ended."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handoff.model import MOOD, ConversationId, Entry, Kind, Owner, Reason, Sender

QUIET = 30 * 60_000  # ms without a word after which an episode with the bot is over


class Ending(StrEnum):
    """How an episode ended, as far as the log tells."""

    PERSON = "person"  # a person was called for, or stepped in
    HELPED = "helped"  # the customer's last verdict on an answer was "that helped"
    OFFERED = "offered"  # the bot's last word was the offer of a person, and nobody took it
    UNANSWERED = "unanswered"  # the customer's last word has no answer
    SILENT = "silent"  # none of these: the log does not tell whether it ended well
    OPEN = "open"  # under way


@dataclass(frozen=True)
class Rise:
    """A message that reaches a higher threshold (`score`) than all before it in its episode."""

    score: float
    message: int  # its number
    turns: int  # messages of the customer after it
    seconds: float  # from it to the handoff, or to the episode's last entry


@dataclass(frozen=True)
class Episode:
    conversation: ConversationId
    ended: Ending
    until: int  # time of its last entry, ms
    rises: tuple[Rise, ...]  # by score and by time
    threshold: float | None  # in use at its last measured message; None: nothing was measured
    reason: Reason | None = None  # for a person

    def first(self, threshold: float) -> Rise | None:
        """The first message that reaches `threshold`."""
        return next((rise for rise in self.rises if rise.score >= threshold), None)

    @property
    def peak(self) -> float:
        return self.rises[-1].score if self.rises else 0.0

    def to_json(self) -> dict[str, Any]:
        return {
            "conversation": self.conversation,
            "ended": self.ended.value,
            "reason": self.reason and self.reason.value,
            "until": self.until,
            "rises": [vars(rise) for rise in self.rises],
        }


def episodes(cid: ConversationId, entries: Iterable[Entry], now: int) -> Iterator[Episode]:
    """The episodes of one log in which the customer said something, oldest first. `now` in ms."""
    so_far = _SoFar(cid)
    with_bot = True
    for entry in entries:
        if entry.kind is Kind.OWNER:
            if with_bot and entry.body["owner"] != Owner.BOT:
                so_far.take(entry)
                yield from so_far.over(Ending.PERSON, _reason(entry))
            with_bot = entry.body["owner"] == Owner.BOT
            so_far = _SoFar(cid)
        elif with_bot and entry.kind is Kind.MESSAGE:
            so_far.take(entry)
    if with_bot:
        yield from so_far.over(so_far.ending(now))


def _reason(entry: Entry) -> Reason | None:
    reason = entry.body.get("reason")
    return Reason(reason) if reason else Reason.TAKEOVER if entry.body.get("agent") else None


def _intent(body: Mapping[str, Any]) -> str:
    """What a button means, or a message that pressed one."""
    payload = body.get("payload")
    return str(payload.get("intent", "")) if isinstance(payload, Mapping) else ""


@dataclass
class _SoFar:
    conversation: ConversationId
    said: dict[int, int] = field(default_factory=dict)  # the customer's messages: number, time
    moods: list[dict[str, Any]] = field(default_factory=list)
    last: Entry | None = None
    verdict: str = ""  # the last button under an answer, by its intent
    offers: bool = False  # the bot's last words offer a person

    def take(self, entry: Entry) -> None:
        if entry.sender is Sender.CUSTOMER:
            self.said[entry.seq] = entry.time
            self.offers = False
            intent = _intent(entry.body)
            self.verdict = intent if intent in ("helpful", "not_helpful") else self.verdict
        elif entry.sender is Sender.BOT:
            meant = map(_intent, entry.body.get("buttons", ()))
            self.offers = self.offers or "affirm" in meant
        if MOOD in entry.body:
            self.moods.append(entry.body[MOOD])
        self.last = entry

    def ending(self, now: int) -> Ending:
        if self.last is None or now - self.last.time < QUIET:
            return Ending.OPEN
        if self.last.sender is Sender.CUSTOMER:
            return Ending.UNANSWERED
        if self.offers:
            return Ending.OFFERED
        return Ending.HELPED if self.verdict == "helpful" else Ending.SILENT

    def over(self, ended: Ending, reason: Reason | None = None) -> Iterator[Episode]:
        if not self.said or self.last is None:
            return
        rises: list[Rise] = []
        for mood in self.moods:
            at, score = mood["message"], mood["score"]
            if at in self.said and score > (rises[-1].score if rises else 0.0):
                turns = sum(seq > at for seq in self.said)
                seconds = (self.last.time - self.said[at]) / 1000
                rises.append(Rise(score, at, turns, round(max(seconds, 0.0), 1)))
        threshold = self.moods[-1]["threshold"] if self.moods else None
        yield Episode(self.conversation, ended, self.last.time, tuple(rises), threshold, reason)
