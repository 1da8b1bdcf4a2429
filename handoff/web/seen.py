"""Up to where each side has seen the conversation. Kept a while, so that it survives a reload; not
part of the log."""

from __future__ import annotations

from handoff import keys
from handoff.model import ConversationId
from handoff.store import Store, reaching

KEPT = 7 * 24 * 3600


class Seen:
    """Raises Unavailable where Redis is away."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def customer(self, cid: ConversationId, seq: int) -> bool:
        """True when it moved forward."""
        return await self._move(cid, "customer", seq)

    async def agents(self, cid: ConversationId, seq: int) -> bool:
        """True when it moved forward."""
        return await self._move(cid, "agents", seq)

    async def by_customer(self, cid: ConversationId) -> int:
        return await self._get(cid, "customer")

    async def by_agents(self, cid: ConversationId) -> int:
        return await self._get(cid, "agents")

    async def _get(self, cid: ConversationId, who: str) -> int:
        with reaching():
            return int(await self._store.redis.hget(keys.seen(cid), who) or 0)

    async def _move(self, cid: ConversationId, who: str, seq: int) -> bool:
        return bool(
            await self._store.run("move_seen", [keys.seen(cid)], who, seq, KEPT, again=True)
        )
