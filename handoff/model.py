"""What the log holds and who may write to it: the words of the desk as types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NewType, Self

ConversationId = NewType("ConversationId", str)
AgentId = NewType("AgentId", str)

ENTRY_VERSION = 1


class Sender(StrEnum):
    CUSTOMER = "customer"
    BOT = "bot"
    AGENT = "agent"
    DESK = "desk"


class Kind(StrEnum):
    MESSAGE = "message"
    NOTE = "note"  # agents only, never sent to the customer
    NOTICE = "notice"  # a sentence of the desk's, worded where it is shown
    OWNER = "owner"  # the owner changed; the log replays to the state through these
    EDIT = "edit"  # replaces the text of entry `of`


class Owner(StrEnum):
    BOT = "bot"
    QUEUE = "queue"
    AGENT = "agent"


class Cause(StrEnum):
    """Why the owner changed. The arrows they belong to are in docs/design.md."""

    HANDOFF = "handoff"  # bot -> queue
    CLAIMED = "claimed"  # queue -> agent
    TAKEN_OVER = "taken_over"  # bot -> agent, un-asked
    RELEASED = "released"  # agent -> queue
    LOST = "lost"  # agent -> queue, the console stopped beating
    TRANSFERRED = "transferred"  # agent -> queue, for somebody
    ESCALATED = "escalated"  # agent -> queue, one tier up
    CANCELLED = "cancelled"  # queue -> bot, the customer changed their mind
    ABANDONED = "abandoned"  # queue -> bot, the customer left
    NOBODY = "nobody"  # queue -> bot, nobody is on duty and a message was taken
    RESOLVED = "resolved"  # agent -> bot


class Reason(StrEnum):
    """Why a person is needed."""

    ASKED = "asked"
    FRUSTRATED = "frustrated"
    UNANSWERED = "unanswered"
    REJECTED = "rejected"
    BOT_UNAVAILABLE = "bot_unavailable"
    TAKEOVER = "takeover"


class Priority:
    """Higher goes first; within one priority the longest wait goes first."""

    LOW, NORMAL, HIGH, URGENT = range(4)


class Availability(StrEnum):
    AVAILABLE = "available"
    AWAY = "away"
    OFFLINE = "offline"


@dataclass(frozen=True)
class Entry:
    """One line of a conversation's log. `body` holds what its kind needs (docs/protocol.md)."""

    seq: int
    time: int  # the Redis server's, ms
    sender: Sender
    kind: Kind
    id: str
    fence: int
    body: Mapping[str, Any] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return str(self.body.get("text", ""))

    @classmethod
    def from_fields(cls, stream_id: str, fields: Mapping[str, str]) -> Self:
        """From a stream entry. Unknown fields are ignored, missing ones refused (KeyError)."""
        return cls(
            seq=int(stream_id.partition("-")[0]),
            time=int(fields["time"]),
            sender=Sender(fields["sender"]),
            kind=Kind(fields["kind"]),
            id=fields["id"],
            fence=int(fields["fence"]),
            body=json.loads(fields["body"]),
        )

    @property
    def for_agents_only(self) -> bool:
        """Notes, and notices that say so: no customer sees them, on any channel."""
        return self.kind is Kind.NOTE or self.body.get("for") == FOR_AGENTS

    def for_agent(self) -> dict[str, Any]:
        """Everything, as the console sees it."""
        return {**self.body, **self._head(), "fence": self.fence}

    def for_customer(self) -> dict[str, Any] | None:
        """What the customer may see of it, or None: no notes, evidence, button payloads or
        agents' ids."""
        if self.for_agents_only:
            return None
        body = {k: v for k, v in self.body.items() if k not in AGENTS_ONLY}
        if "buttons" in body:
            body["buttons"] = [{"label": button["label"]} for button in body["buttons"]]
        return {**body, **self._head()}

    def _head(self) -> dict[str, Any]:
        return {
            "seq": self.seq,
            "time": self.time,
            "sender": self.sender.value,
            "kind": self.kind.value,
            "id": self.id,
        }


FOR_AGENTS = "agents"  # a notice's `for`: agents alone see it
MOOD = "mood"  # key of a body: how the customer's message was judged that the turn answers
AGENTS_ONLY = frozenset(
    {"agent", "disposition", "evidence", "internal", MOOD, "note", "page", "payload"}
)


@dataclass(frozen=True)
class Mood:
    """`score` is the highest threshold at which the customer's message would have handed the
    conversation over (0..1, 0: none would do), `threshold` the one that was in use."""

    score: float
    threshold: float

    def to_json(self, message: int) -> dict[str, Any]:
        """For the log; `message` is the number of the message that was judged."""
        score, threshold = round(self.score, 3), round(self.threshold, 3)
        return {"message": message, "score": score, "threshold": threshold}


@dataclass(frozen=True)
class Evidence:
    """One signal for a handoff: which message (its `seq`), which signal, how strong (0..1), and
    from which score on it is enough by itself, where it was held against one."""

    signal: str
    message: int
    score: float
    span: str = ""
    threshold: float | None = None

    def to_json(self) -> dict[str, Any]:
        held_against = {} if self.threshold is None else {"threshold": round(self.threshold, 4)}
        return {
            "signal": self.signal,
            "message": self.message,
            "score": round(self.score, 4),
            "span": self.span,
            **held_against,
        }


@dataclass(frozen=True)
class Handoff:
    """The decision that a person is needed, with what led to it."""

    reason: Reason
    evidence: tuple[Evidence, ...] = ()
    priority: int = Priority.NORMAL
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"reason": self.reason.value}
        if self.evidence:
            body["evidence"] = [one.to_json() for one in self.evidence]
        if self.note:
            body["note"] = self.note
        return body


@dataclass(frozen=True)
class Appended:
    """Where an entry stands. `duplicate`: it stood there already, nothing was written."""

    seq: int
    duplicate: bool = False


@dataclass(frozen=True)
class Conversation:
    """The state that the log replays to, with what is needed to show the conversation in a list."""

    id: ConversationId
    owner: Owner
    agent: AgentId | None
    agent_name: str | None
    fence: int
    seq: int
    answered: int  # the bot's cursor: last customer entry it has dealt with
    episode: int  # seq of the last return to the bot; evidence before it does not count again
    channel: str
    push: bool  # what is said must be sent out to a platform
    lang: str | None
    name: str | None
    started: int
    updated: int
    since: int | None  # waiting since: the first message that nobody has answered
    place: int | None  # place in line, kept through requeues
    priority: int
    reason: Reason | None
    heard: int | None = None  # when the customer last said something; platforms count from it
    delivered: int = 0  # the courier's cursor
    reached: int | None = None  # up to here a platform says it is on the customer's device
    trouble: str | None = None  # why the next delivery is late, a name of channels.errors.Problem

    @classmethod
    def from_hash(cls, cid: ConversationId, fields: Mapping[str, str]) -> Self:
        def number(name: str) -> int | None:
            return int(fields[name]) if fields.get(name) else None

        owner, _, agent = fields["owner"].partition(":")
        reason = fields.get("reason")
        return cls(
            id=cid,
            owner=Owner(owner),
            agent=AgentId(agent) if agent else None,
            agent_name=fields.get("agent_name") or None,
            fence=int(fields["fence"]),
            seq=int(fields["seq"]),
            answered=number("answered") or 0,
            episode=number("episode") or 0,
            channel=fields["channel"],
            push=fields.get("push") == "1",
            lang=fields.get("lang") or None,
            name=fields.get("name") or None,
            started=int(fields["started"]),
            updated=int(fields["updated"]),
            since=number("since"),
            place=number("place"),
            priority=int(fields["priority"]),
            reason=Reason(reason) if reason else None,
            heard=number("heard"),
            delivered=number("delivered") or 0,
            reached=number("reached"),
            trouble=fields.get("trouble") or None,
        )
