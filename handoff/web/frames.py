"""Every frame that may come in, as a type: docs/protocol.md in code. What goes out is built where
it is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from functools import cache
from typing import Any, get_type_hints

MOST_BYTES = 64 * 1024
ID = re.compile(
    r"[A-Za-z0-9._:-]{1,64}"
)  # of an operation: a UUID, or whatever a client counts with
NAME = re.compile(r"[A-Za-z0-9._:@-]{1,128}")  # of a conversation
BIGGEST = 2**53  # beyond it JavaScript cannot count


class BadFrame(Exception):
    """The frame says nothing we could act on. `code` goes to the client; nothing was done."""

    def __init__(self, code: str, id: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.id = id


@dataclass(frozen=True)
class Hello:
    """The widget's first."""

    after: int
    token: str | None = None
    lang: str | None = None
    page: str | None = None


@dataclass(frozen=True)
class Say:
    id: str
    text: str
    attachments: object = None  # ids of uploaded files, looked up one by one


@dataclass(frozen=True)
class Press:
    id: str
    entry: int
    button: int


@dataclass(frozen=True)
class Human:
    id: str


@dataclass(frozen=True)
class Cancel:
    id: str


@dataclass(frozen=True)
class Typing:
    pass


@dataclass(frozen=True)
class Seen:
    seq: int


@dataclass(frozen=True)
class Ping:
    pass


@dataclass(frozen=True)
class ConsoleHello:
    """The console's first."""

    ticket: str
    after: str


@dataclass(frozen=True)
class Open:
    id: str
    conversation: str
    after: int


@dataclass(frozen=True)
class Shut:
    id: str
    conversation: str


@dataclass(frozen=True)
class Claim:
    id: str
    conversation: str


@dataclass(frozen=True)
class TakeOver:
    id: str
    conversation: str


@dataclass(frozen=True)
class Release:
    id: str
    conversation: str
    note: str = ""


@dataclass(frozen=True)
class Resolve:
    id: str
    conversation: str
    disposition: str
    note: str = ""


@dataclass(frozen=True)
class AgentSay:
    id: str
    conversation: str
    fence: int
    text: str
    attachments: object = None  # ids of uploaded files, looked up one by one


@dataclass(frozen=True)
class Note:
    id: str
    conversation: str
    text: str


@dataclass(frozen=True)
class Judge:
    id: str
    conversation: str
    entry: int
    verdict: str


@dataclass(frozen=True)
class AgentTyping:
    conversation: str


@dataclass(frozen=True)
class AgentSeen:
    conversation: str
    seq: int


@dataclass(frozen=True)
class SetAvailability:
    id: str
    state: str


WIDGET: Mapping[str, type[Any]] = {
    "hello": Hello,
    "say": Say,
    "press": Press,
    "human": Human,
    "cancel": Cancel,
    "typing": Typing,
    "seen": Seen,
    "ping": Ping,
}

CONSOLE: Mapping[str, type[Any]] = {
    "hello": ConsoleHello,
    "open": Open,
    "shut": Shut,
    "claim": Claim,
    "take_over": TakeOver,
    "release": Release,
    "resolve": Resolve,
    "say": AgentSay,
    "note": Note,
    "verdict": Judge,
    "typing": AgentTyping,
    "seen": AgentSeen,
    "availability": SetAvailability,
    "ping": Ping,
}


def read(raw: str, kinds: Mapping[str, type[Any]]) -> Any:
    """The frame in `raw`, one of `kinds`. Unknown fields are ignored, missing ones refused:
    BadFrame."""
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        raise BadFrame("not_json") from None
    if not isinstance(frame, dict):
        raise BadFrame("not_json")
    known = frame.get("type")
    kind = kinds.get(known) if isinstance(known, str) else None
    id = frame.get("id")
    id = id if isinstance(id, str) and ID.fullmatch(id) else None
    if kind is None:
        raise BadFrame("unknown_type", id)
    values = {}
    for name, (wanted, required) in _shape(kind).items():  # type: ignore[arg-type]
        if name in frame and _fits(name, frame[name], wanted):
            values[name] = frame[name]
        elif name in frame or required:
            raise BadFrame(f"bad_{name}", id)
    return kind(**values)


@cache
def _shape(kind: type[Any]) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(kind)
    return {field.name: (hints[field.name], field.default is MISSING) for field in fields(kind)}


def _fits(name: str, value: object, wanted: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, wanted):
        return False
    if isinstance(value, int):
        return 0 <= value <= BIGGEST
    if name == "id":
        return isinstance(value, str) and bool(ID.fullmatch(value))
    if name == "conversation":
        return isinstance(value, str) and bool(NAME.fullmatch(value))
    return True
