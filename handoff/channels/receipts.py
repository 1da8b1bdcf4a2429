"""What platforms tell us of our own messages: taken, on the device, seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from handoff import keys
from handoff.channels.contract import Incoming
from handoff.channels.customers import Customers
from handoff.deliveries import Deliveries
from handoff.log import Log
from handoff.model import ConversationId
from handoff.store import Store, reaching

RECENT = 200  # entries among which a platform's "seen until" is looked for


class Receipts:
    """All may raise Unavailable."""

    def __init__(
        self, store: Store, tell_seen: Callable[[ConversationId, int], Awaitable[None]]
    ) -> None:
        """`tell_seen` lets the consoles know up to where a customer has seen the log."""
        self.store = store
        self.tell_seen = tell_seen
        self.log = Log(store)
        self.customers = Customers(store)
        self.deliveries = Deliveries(store)

    async def arrived(self, channel: str, one: Incoming) -> None:
        """The platform repeats the mark that we gave along: so this part is delivered."""
        cid, _, rest = one.mark.partition(":")
        seq, number, total = (int(n) for n in rest.split("."))
        if cid == await self.customers.known(channel, one.external):
            await self.deliveries.arrived(
                ConversationId(cid), seq, number, last=number + 1 == total, platform=one.of
            )

    async def reached(self, channel: str, one: Incoming) -> None:
        """It is on the customer's device."""
        cid = await self.customers.known(channel, one.external)
        seq = await self.seq_of(cid, one.of) if cid else 0
        if cid and seq:
            await self.store.run("move_field", [keys.conversation(cid)], "reached", seq, again=True)

    async def seen(self, channel: str, one: Incoming) -> None:
        """The last thing of ours that was written before then."""
        cid = await self.customers.known(channel, one.external)
        conversation = await self.log.conversation(cid) if cid else None
        if cid is None or conversation is None:
            return
        recent = await self.log.read(cid, max(0, conversation.seq - RECENT))
        seen = [
            entry.seq
            for entry in recent
            if entry.time <= one.until and entry.seq <= conversation.delivered
        ]
        if seen:
            await self.tell_seen(cid, max(seen))

    async def seq_of(self, cid: ConversationId, platform: str) -> int:
        """The entry that the platform calls so, ours or the customer's; 0 if none."""
        with reaching():
            ours = await self.store.redis.hget(keys.sent(cid), platform)
            theirs = ours or await self.store.redis.hget(keys.ops(cid), f"c:{platform}")
        return int(theirs or 0)
