"""Bot turns: taken under a lease, computed anywhere, committed whole under a fence, or not at
all."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from handoff import keys
from handoff.log import encoded
from handoff.model import MOOD, ConversationId, Entry, Handoff, Mood
from handoff.store import TIMEOUT, Store, reaching

LEASE = 30_000  # ms; a dead worker's turn is free again after this
MOST_ENTRIES = 50  # messages read with a turn; more wait for the next one
LIVING = 15.0  # seconds since its last beat during which a worker counts as alive


@dataclass(frozen=True)
class Reply:
    """One thing the bot says. `buttons`: `{"label", "payload"}`; the payload stays on the
    server."""

    text: str
    buttons: tuple[Mapping[str, Any], ...] = ()
    source: Mapping[str, str] | None = None  # {"title", "url"} of what the answer rests on
    more: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        body: dict[str, Any] = {"text": self.text, **self.more}
        if self.buttons:
            body["buttons"] = [dict(button) for button in self.buttons]
        if self.source:
            body["source"] = dict(self.source)
        return body


@dataclass(frozen=True)
class Turn:
    """A conversation that owes an answer, leased to one worker."""

    conversation: ConversationId
    token: str
    fence: int
    lang: str | None
    name: str | None
    channel: str
    episode: int
    entries: tuple[Entry, ...]  # the customer's messages after the bot's cursor, oldest first


class Committed(StrEnum):
    DONE = "DONE"
    REPEATED = "REPEATED"  # this very commit was done before
    # Owner, fence or lease moved, or another worker answered: nothing was written
    FENCED = "FENCED"


class Turns:
    """The bot's side of the log."""

    def __init__(self, store: Store, lease: int = LEASE) -> None:
        self.store = store
        self.lease = lease

    async def wait(self, seconds: float = 1.0) -> None:
        """Until a turn may be owed, or `seconds` (a lease that ran out rings no bell).
        Raises Unavailable."""
        with reaching():
            await self.store.waiting.blpop([keys.BELL], timeout=min(seconds, TIMEOUT))

    async def take(self) -> Turn | None:
        """Lease the conversation that has owed an answer longest, or None. Raises Unavailable."""
        token = secrets.token_hex(12)
        # Not repeated when the answer was lost: nobody holds that lease then, and it runs out by
        # itself.

        result = await self.store.run(
            "take_turn",
            [keys.EPOCH, keys.READY, keys.TICK],
            self.store.epoch,
            keys.CONVERSATION,
            token,
            self.lease,
            MOST_ENTRIES,
        )
        if not result:
            return None
        cid, fence, lang, name, channel, episode, rows = result
        entries = (
            Entry.from_fields(id, dict(zip(flat[::2], flat[1::2], strict=True)))
            for id, flat in rows
        )
        return Turn(
            conversation=ConversationId(cid),
            token=token,
            fence=int(fence),
            lang=lang or None,
            name=name or None,
            channel=channel,
            episode=int(episode),
            entries=tuple(entries),
        )

    async def renew(self, turn: Turn) -> bool:
        """Hold the lease for its full time again. False: it is lost, stop working. Raises
        Unavailable."""
        names = [keys.lease(turn.conversation)]
        return bool(await self.store.run("renew_lease", names, turn.token, self.lease, again=True))

    async def give_back(self, turn: Turn) -> None:
        """End the lease without an answer, so that another worker may take the turn at once.
        Raises Unavailable."""
        names = [keys.lease(turn.conversation)]
        if await self.store.run("renew_lease", names, turn.token, 0, again=True):
            await self.store.redis.rpush(keys.BELL, "1")

    async def commit(
        self,
        turn: Turn,
        upto: int,
        replies: Sequence[Reply],
        handoff: Handoff | None = None,
        *,
        last: bool = True,
        lang: str | None = None,
        mood: Mood | None = None,
    ) -> Committed:
        """Write the answer to the customer's message number `upto`, whole or not at all. `last`
        gives the lease back; without it the worker goes on with the next of the turn's messages.
        `lang`, what the customer turned out to write, is the conversation's language from now on.
        `mood`, how the message was judged, stands on the first entry that the turn writes.
        Raises Unavailable (repeat it safely)."""
        bodies = [reply.to_json() for reply in replies]
        handed = handoff.to_json() if handoff else {}
        if mood:
            (bodies[0] if bodies else handed)[MOOD] = mood.to_json(upto)
        result = await self.store.on_conversation(
            "commit_turn",
            turn.conversation,
            turn.token,
            turn.fence,
            upto,
            "1" if last else "0",
            handoff.reason if handoff else "",
            handoff.priority if handoff else 0,
            encoded(handed),
            lang or "",
            *(encoded(body) for body in bodies),
        )
        return Committed(result[0])

    async def beat(self, worker: str) -> None:
        """Say that this worker lives: the desk hands over what no living worker answers. Raises
        Unavailable."""
        with reaching():
            seconds, micros = await self.store.redis.time()
            now = seconds + micros / 1e6
            async with self.store.redis.pipeline(transaction=False) as pipe:
                pipe.zadd(keys.WORKERS, {worker: now})
                pipe.zremrangebyscore(keys.WORKERS, "-inf", now - 3600)
                await pipe.execute()

    async def leave(self, worker: str) -> None:
        """This worker stops. Raises Unavailable."""
        with reaching():
            await self.store.redis.zrem(keys.WORKERS, worker)

    async def living(self) -> int:
        """How many workers live. Raises Unavailable."""
        with reaching():
            seconds, micros = await self.store.redis.time()
            return int(
                await self.store.redis.zcount(keys.WORKERS, seconds + micros / 1e6 - LIVING, "+inf")
            )
