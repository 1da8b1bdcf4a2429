"""What an adapter is: it says whether a webhook is genuine, reads it, and sends parts of entries.

It keeps no state and knows nothing of Redis, owners or the log. What it raises is either `Poison`
(this update makes no sense) or a `DeliveryError` (errors.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from handoff.model import ConversationId, Sender


class Poison(Exception):
    """An update that cannot be understood: it is set aside and answered 200, for a platform that
    got an error would send it for ever and nothing behind it."""


class What(StrEnum):
    """What a platform tells us."""

    MESSAGE = "message"
    EDIT = "edit"  # replaces the text of message `of`
    PRESS = "press"  # button number `button` of entry `entry`
    START = "start"  # the customer opened the chat, perhaps through a link with a `payload`
    ECHO = "echo"  # somebody else (a human in the platform's inbox) wrote to the customer
    ARRIVED = "arrived"  # the platform says of message `of` that it has it
    REACHED = "reached"  # message `of` is on the customer's device
    SEEN = "seen"  # the customer has seen everything up to time `until`
    STRANGER = "stranger"  # a place where we do not talk, such as a group


@dataclass(frozen=True)
class Received:
    """A file that a customer sent, or a thing that is no file (`location`, `contact`).

    `ref` is what the adapter fetches it by; "" where there is nothing to fetch. `size` in bytes,
    0 if the platform does not say."""

    kind: str  # image, video, voice, audio, file, sticker, location, contact, unsupported
    ref: str = ""
    name: str = ""
    size: int = 0
    type: str = ""
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Incoming:
    """One thing that a platform told us. `id` is the platform's own and makes it idempotent;
    `external` is the platform's id of the customer."""

    what: What
    id: str
    external: str
    text: str = ""
    name: str = ""
    lang: str = ""
    attachments: tuple[Received, ...] = ()
    of: str = ""
    reply_to: str = ""  # the platform's id of the message that this one answers
    entry: int = 0
    button: int = 0
    payload: str = ""
    quiet: bool = False  # START: the chat was open before, so nobody need be greeted
    mark: str = ""  # ARRIVED: what we gave along with the message (`Part.mark`)
    until: int = 0  # SEEN: ms since 1970
    more: Mapping[str, Any] = field(default_factory=dict)  # goes into the entry as it is


@dataclass(frozen=True)
class Recipient:
    """Whom a delivery goes to. `heard` is when they last said something (ms, Redis's clock), `now`
    the time on the same clock."""

    conversation: ConversationId
    channel: str
    external: str
    lang: str
    heard: int
    now: int


@dataclass(frozen=True)
class File:
    """A stored attachment as it is sent."""

    id: str
    kind: str
    name: str
    type: str
    size: int


@dataclass(frozen=True)
class Part:
    """What one request to the platform sends: part `number` of entry `seq`. The same entry always
    falls into the same parts, so a courier that takes over knows where to go on."""

    seq: int
    number: int
    last: bool
    sender: Sender
    text: str = ""
    buttons: tuple[str, ...] = ()  # labels, in the order of the entry's buttons
    file: File | None = None
    mark: str = ""  # names this part, where a platform repeats what we give along


class Adapter(Protocol):
    """One channel. `name` is its name in the log."""

    name: str
    longest: int  # characters (UTF-16 units) of one text
    biggest: int  # bytes of one file sent
    echoes: (
        bool  # the platform tells us of everything that it sent, so an unknown outcome can be known
    )

    challenged: bool  # the platform asks by GET, once, before it sends anything

    def challenge(self, query: Mapping[str, str]) -> str | None:
        """The answer to a GET that asks whether we are who the operator says; None refuses it."""

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Is this webhook the platform's? Compared in constant time."""

    def updates(self, payload: Any) -> Sequence[Any]:
        """The single updates of one webhook. Raises Poison."""

    def incoming(self, update: Any) -> Iterable[Incoming]:
        """What an update says; nothing when it is none of our business. Raises Poison."""

    async def send(self, part: Part, to: Recipient) -> str:
        """Have the platform deliver it; the platform's id of it. Raises DeliveryError."""

    async def after(self, one: Incoming) -> None:
        """What the platform wants done once the update is safe (stop a spinner); in a group, say
        politely that we do not talk there. Nothing depends on it. Raises DeliveryError."""

    async def typing(self, external: str) -> None:
        """Show the customer that somebody types, for some seconds. Raises DeliveryError."""

    async def profile(self, external: str) -> tuple[str, str]:
        """Name and language of a customer, "" for what the platform does not say. Only asked where
        updates carry no name. Raises DeliveryError."""

    async def fetch(self, ref: str, most: int) -> tuple[bytes, str]:
        """The content of a received file and its type as the platform says. Raises DeliveryError;
        TOO_BIG above `most` bytes."""

    async def close(self) -> None:
        """Let go of connections."""
