"""Deliveries in Redis: a conversation is leased to one courier at a time, which writes down what it
is about to send before it asks the platform, and what became of it afterwards.

The cursor is `delivered` (entries) and `part` (within the entry after it). `sending` names the part
a platform is being asked for; whoever takes the lease and finds it knows that the outcome is
unknown.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from handoff import keys
from handoff.log import encoded
from handoff.model import FOR_AGENTS, ConversationId
from handoff.store import TIMEOUT, Store, reaching

LEASE = 30_000  # ms; what a dead courier held is free again after this


@dataclass
class Delivery:
    """A conversation with something to deliver, leased to one courier (who counts on from here)."""

    conversation: ConversationId
    token: str
    channel: str
    external: str
    lang: str
    heard: int  # ms; when the customer last said something
    delivered: int
    part: int
    sending: str  # "seq.part" of a sending that nobody ended, "" if there is none
    doubts: int  # outcomes of this part that stayed unknown
    tries: int


class Kept(StrEnum):
    """What became of a step."""

    OK = "OK"
    DONE = "DONE"  # it was done before, by an echo or by another courier
    LOST = "LOST"  # the lease is somebody else's now: stop
    GONE = "GONE"  # the conversation was erased


class Deliveries:
    """All may raise Unavailable, and may be repeated then."""

    def __init__(self, store: Store, lease: int = LEASE) -> None:
        self.store = store
        self.lease = lease

    async def wait(self, seconds: float = 1.0) -> None:
        """Until there may be something to deliver, or `seconds` (what is postponed rings no
        bell)."""
        with reaching():
            await self.store.waiting.blpop([keys.OUT_BELL], timeout=min(seconds, TIMEOUT))

    async def take(self) -> Delivery | None:
        """Lease the conversation that has had something to deliver longest, or None."""
        token = secrets.token_hex(12)
        # Not repeated when the answer was lost: that lease is nobody's and runs out by itself.
        found = await self.store.run(
            "take_delivery",
            [keys.EPOCH, keys.OUT, keys.LATER, keys.TICK, keys.STATS],
            self.store.epoch,
            keys.CONVERSATION,
            token,
            self.lease,
        )
        if not found:
            return None
        cid, channel, external, delivered, part, sending, doubts, tries, _, lang, heard = found
        return Delivery(
            conversation=ConversationId(cid),
            token=token,
            channel=channel,
            external=external,
            lang=lang,
            heard=int(heard or 0),
            delivered=int(delivered or 0),
            part=int(part or 0),
            sending=sending,
            doubts=int(doubts or 0),
            tries=int(tries or 0),
        )

    async def renew(self, it: Delivery) -> bool:
        """Hold the lease for its full time again. False: it is lost, stop."""
        names = [keys.courier(it.conversation)]
        return bool(await self.store.run("renew_lease", names, it.token, self.lease, again=True))

    async def begin(self, it: Delivery, seq: int, part: int) -> Kept:
        """Written before the platform is asked."""
        return await self._step("begin_sending", it.conversation, it.token, seq, part)

    async def acknowledge(
        self, it: Delivery, seq: int, part: int, *, last: bool, platform: str = ""
    ) -> Kept:
        """The platform has it, under its own id `platform`; with `last` the cursor moves past the
        entry."""
        return await self._step(
            "acknowledge", it.conversation, it.token, seq, part, int(last), platform
        )

    async def arrived(
        self, cid: ConversationId, seq: int, part: int, *, last: bool, platform: str
    ) -> Kept:
        """The platform itself says that it has this part (an echo), whoever is delivering."""
        return await self._step("acknowledge", cid, "", seq, part, int(last), platform)

    async def postpone(
        self, it: Delivery, seq: int, part: int, seconds: float, why: str, *, unsure: bool
    ) -> Kept:
        """Not now: nothing of this conversation is sent for so long. Ends the lease."""
        return await self._step(
            "postpone",
            it.conversation,
            it.token,
            seq,
            part,
            int(seconds * 1000),
            why,
            int(unsure),
        )

    async def give_up(
        self, it: Delivery, seq: int, params: Mapping[str, Any], *, notice: bool
    ) -> Kept:
        """This entry will not be delivered; with `notice` the agents see why. The cursor moves past
        it."""
        body = encoded({"notice": "not_delivered", "for": FOR_AGENTS, "params": dict(params)})
        return await self._step(
            "give_up", it.conversation, it.token, seq, f"undelivered-{seq}", body, int(notice)
        )

    async def end(self, it: Delivery) -> None:
        """End the lease."""
        await self._step("end_delivery", it.conversation, it.token)

    async def cursor(self, cid: ConversationId) -> tuple[int, int]:
        """Entries delivered, and parts of the next one."""
        with reaching():
            delivered, part = await self.store.redis.hmget(
                keys.conversation(cid), "delivered", "part"
            )
        return int(delivered or 0), int(part or 0)

    async def now(self) -> int:
        """Redis's time, ms."""
        with reaching():
            seconds, micros = await self.store.redis.time()
        return int(seconds * 1000 + micros // 1000)

    async def _step(self, name: str, cid: ConversationId, *args: str | int) -> Kept:
        result = await self.store.on_conversation(name, cid, *args)
        return Kept(result[0])
