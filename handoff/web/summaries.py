"""A conversation in a few lines, as consoles list it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from handoff import keys
from handoff.channels.windows import delivery_of, window_of
from handoff.feed import Change
from handoff.model import Conversation, ConversationId, Entry, Kind
from handoff.queue import HandoffQueue
from handoff.store import Store, reaching
from handoff.web.people import People

LATEST = 50  # of the bot's conversations that a console starts with
GLANCE = 20  # entries looked through for the last message: notices and notes may stand after it
EXCERPT = 160  # characters of the last message


class Summaries:
    """Raises Unavailable where Redis is away."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people
        self._queue = HandoffQueue(store)
        self._flying: dict[ConversationId, asyncio.Task[dict[str, Any] | None]] = {}

    def changed(self, change: Change) -> None:
        """What is being read may be older than this change: whoever asks from now on gets a fresh
        look."""
        self._flying.pop(change.conversation, None)

    async def get(self, cid: ConversationId) -> dict[str, Any] | None:
        """The summary after every change announced so far; None when there is no such conversation.
        Consoles that
        ask for the same one at the same time share one look."""
        look = self._flying.get(cid)
        if look is None:
            look = self._flying[cid] = asyncio.create_task(self._one(cid))
            look.add_done_callback(lambda done: self._landed(cid, done))
        return await asyncio.shield(look)

    async def desk(self) -> list[dict[str, Any]]:
        """Who waits, in line; what agents hold; the latest of the rest."""
        cids = [
            *await self._queue.waiting(),
            *await self._queue.held(),
            *await self._queue.latest(LATEST),
        ]
        return await self.of(list(dict.fromkeys(cids)))

    async def of(self, cids: Sequence[ConversationId]) -> list[dict[str, Any]]:
        found = await self._queue.conversations(list(cids))
        if not found:
            return []
        with reaching():
            async with self._store.redis.pipeline(transaction=False) as pipe:
                for one in found:
                    pipe.xrevrange(keys.log(one.id), count=GLANCE)
                tails = await pipe.execute()
        return [
            self._summary(one, [Entry.from_fields(*row) for row in tail])
            for one, tail in zip(found, tails, strict=True)
        ]

    async def _one(self, cid: ConversationId) -> dict[str, Any] | None:
        found = await self.of([cid])
        return found[0] if found else None

    def _landed(self, cid: ConversationId, done: asyncio.Task[dict[str, Any] | None]) -> None:
        if self._flying.get(cid) is done:
            del self._flying[cid]
        if not done.cancelled():
            done.exception()  # whoever waits for it has it; with nobody left it is no news

    def _summary(self, one: Conversation, newest: list[Entry]) -> dict[str, Any]:
        last = next((entry for entry in newest if entry.kind is Kind.MESSAGE), None)
        return {
            "id": one.id,
            "customer": {"name": one.name, "lang": one.lang, "channel": one.channel},
            "owner": one.owner.value,
            "agent": one.agent,
            "name": self._people.name_of(one.agent),
            "fence": one.fence,
            "since": one.since,
            "place": one.place,
            "priority": one.priority,
            "reason": one.reason.value if one.reason else None,
            "seq": one.seq,
            "started": one.started,
            "updated": one.updated,
            "window": window_of(one),
            "delivery": delivery_of(one),
            "last": last
            and {
                "sender": last.sender.value,
                "text": last.text[:EXCERPT],
                "time": last.time,
                **_files(last),
            },
        }


def _files(entry: Entry) -> dict[str, Any]:
    """What a message without words brought."""
    kinds = [one.get("kind") or "file" for one in entry.body.get("attachments") or ()]
    return {"files": kinds[:10]} if kinds else {}
