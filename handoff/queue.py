"""The line: who waits, where they stand, and an honest range of how long it may take."""

from __future__ import annotations

import math
from dataclasses import dataclass

from handoff import keys
from handoff.model import Conversation, ConversationId
from handoff.store import Store, reaching

PRIOR_MINUTES = 4.0  # what a conversation takes an agent, before anything was observed
PRIOR_WEIGHT = 5  # as if so many had been observed


@dataclass(frozen=True)
class Wait:
    """Place in line (1 = next) and the expected wait in minutes; None when nobody is on duty."""

    position: int
    low: int | None
    high: int | None


class HandoffQueue:
    """Readers of the queue. It changes only through the desk's scripts."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def waiting(self) -> list[ConversationId]:
        """Everyone who waits: by priority, then by waiting time. Raises Unavailable."""
        with reaching():
            return [ConversationId(c) for c in await self.store.redis.zrange(keys.WAITING, 0, -1)]

    async def position(self, cid: ConversationId) -> int | None:
        """1 for the next in line; None when not waiting. Raises Unavailable."""
        with reaching():
            rank = await self.store.redis.zrank(keys.WAITING, cid)
        return None if rank is None else int(rank) + 1

    async def wait(self, cid: ConversationId, on_duty: int) -> Wait | None:
        """Place and expected wait, or None when not waiting. Raises Unavailable."""
        with reaching():
            async with self.store.redis.pipeline(transaction=False) as pipe:
                pipe.zrank(keys.WAITING, cid)
                pipe.lrange(keys.HANDLED, 0, -1)
                rank, handled = await pipe.execute()
        if rank is None:
            return None
        return estimate(int(rank) + 1, on_duty, [int(ms) / 60_000 for ms in handled])

    async def latest(self, count: int) -> list[ConversationId]:
        """The conversations that changed last, newest first. Raises Unavailable."""
        with reaching():
            return [
                ConversationId(c) for c in await self.store.redis.zrevrange(keys.ALL, 0, count - 1)
            ]

    async def held(self) -> dict[ConversationId, str]:
        """Which agent holds which conversation. Raises Unavailable."""
        with reaching():
            found = await self.store.redis.hgetall(keys.HELD)
        return {ConversationId(cid): agent for cid, agent in found.items()}

    async def conversations(self, cids: list[ConversationId]) -> list[Conversation]:
        """The states of these, in one round trip; those erased meanwhile are left out. Raises
        Unavailable."""
        if not cids:
            return []
        with reaching():
            async with self.store.redis.pipeline(transaction=False) as pipe:
                for cid in cids:
                    pipe.hgetall(keys.conversation(cid))
                rows = await pipe.execute()
        return [
            Conversation.from_hash(cid, fields)
            for cid, fields in zip(cids, rows, strict=True)
            if fields
        ]


def estimate(position: int, on_duty: int, handled: list[float]) -> Wait:
    """A range that is honest from the first hour: the mean handling time, pulled towards a prior
    while few are known, times the conversations in front, shared by the agents on duty; half of
    it to one and a half of it, whole minutes."""
    if on_duty < 1:
        return Wait(position, None, None)
    mean = (PRIOR_MINUTES * PRIOR_WEIGHT + sum(handled)) / (PRIOR_WEIGHT + len(handled))
    expected = mean * position / on_duty
    low = max(1, math.floor(expected / 2))
    return Wait(position, low, max(low + 1, math.ceil(expected * 1.5)))
