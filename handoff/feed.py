"""The feed: wake-ups for whoever follows many conversations. The logs are the truth; a lost
wake-up costs a resync."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from handoff import keys
from handoff.model import ConversationId
from handoff.store import Store, reaching

ROSTER = "roster"  # kind: somebody's availability changed
ERASED = "erased"  # kind: the conversation is gone


class TooOld(Exception):
    """The feed was trimmed past this cursor: read everything anew, then follow from the end."""


@dataclass(frozen=True)
class Change:
    """Entry `seq` was appended to `conversation` (kind as in the log), or kind is ROSTER or
    ERASED."""

    id: str
    conversation: ConversationId
    seq: int
    kind: str
    sender: str


class Feed:
    def __init__(self, store: Store) -> None:
        self.store = store

    async def end(self) -> str:
        """The cursor from which only what comes now is followed. Raises Unavailable."""
        with reaching():
            newest = await self.store.redis.xrevrange(keys.FEED, count=1)
        return str(newest[0][0]) if newest else "0-0"

    async def since(self, cursor: str, count: int = 1000) -> list[Change]:
        """Changes after the cursor, without waiting. Raises TooOld, Unavailable."""
        with reaching():
            async with self.store.redis.pipeline(transaction=True) as pipe:
                pipe.xrange(keys.FEED, count=1)
                pipe.xrange(keys.FEED, min=f"({cursor}", count=count)
                oldest, rows = await pipe.execute()
        if cursor != "0-0" and (not oldest or _order(oldest[0][0]) > _order(cursor)):
            raise TooOld(cursor)
        return [_change(id, fields) for id, fields in rows]

    async def follow(self, cursor: str, block: float = 2.0) -> AsyncGenerator[list[Change], None]:
        """Batches of changes after the cursor, for ever; an empty one when nothing came for
        `block` seconds. Raises Unavailable."""
        while True:
            with reaching():
                answer = await self.store.waiting.xread(
                    {keys.FEED: cursor}, count=500, block=int(block * 1000)
                )
            rows = answer[0][1] if answer else []
            if rows:
                cursor = rows[-1][0]
            yield [_change(id, fields) for id, fields in rows]


def _order(id: str) -> tuple[int, int]:
    time, _, number = id.partition("-")
    return int(time), int(number or 0)


def _change(id: str, fields: dict[str, str]) -> Change:
    return Change(id, ConversationId(fields["c"]), int(fields["s"]), fields["k"], fields["f"])
