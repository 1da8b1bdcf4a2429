"""What is told and never stored: somebody types, somebody has seen, somebody signed out. Across all
desks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum

import structlog

from handoff import keys
from handoff.store import Store, Unavailable, reaching

log = structlog.get_logger()

AGAIN = 0.5  # seconds before listening again after Redis went away


class Hinted(StrEnum):
    TYPING = "typing"
    SEEN = "seen"
    SIGNED_OUT = "signed_out"  # `of` is the session


@dataclass(frozen=True)
class Hint:
    """`of` is the conversation (or the session), `who` is `customer`, `bot` or `agent`, `agent` its
    id."""

    kind: Hinted
    of: str
    who: str = ""
    agent: str = ""
    name: str = ""
    seq: int = 0


class Hints:
    """Publish and listen. A lost hint costs a blink: whoever needs to be sure looks at the log or
    the session."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: dict[str, set[Callable[[Hint], None]]] = {}
        self.listening = asyncio.Event()

    async def publish(self, hint: Hint) -> None:
        """Tell every desk. Raises Unavailable."""
        with reaching():
            await self._store.redis.publish(keys.HINTS, json.dumps(asdict(hint)))

    @contextmanager
    def listener(self, of: str, told: Callable[[Hint], None]) -> Iterator[None]:
        """`told` hears the hints about one conversation or session. It must be quick and must not
        fail."""
        self._listeners.setdefault(of, set()).add(told)
        try:
            yield
        finally:
            listeners = self._listeners[of]
            listeners.discard(told)
            if not listeners:
                del self._listeners[of]

    async def run(self) -> None:
        """For ever."""
        while True:
            try:
                await self._listen()
            except Unavailable as error:
                if self.listening.is_set():
                    log.warning("hints.away", why=str(error))
                self.listening.clear()
                await asyncio.sleep(AGAIN)

    async def _listen(self) -> None:
        with reaching():
            async with self._store.waiting.pubsub(ignore_subscribe_messages=True) as channel:
                await channel.subscribe(keys.HINTS)
                self.listening.set()
                while True:
                    message = await channel.get_message(timeout=2.0)
                    if message is not None:
                        self._tell(message["data"])

    def _tell(self, raw: str) -> None:
        told = json.loads(raw)
        hint = Hint(**{**told, "kind": Hinted(told["kind"])})
        for listener in tuple(self._listeners.get(hint.of, ())):
            listener(hint)
