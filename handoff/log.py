"""The log: one append-only stream per conversation, numbered 1, 2, 3 …, and everything else is a
reader of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from handoff import keys
from handoff.model import (
    AgentId,
    Appended,
    Conversation,
    ConversationId,
    Entry,
    Kind,
    Owner,
    Sender,
)
from handoff.store import Store, reaching


class Conflict(Exception):
    """The id is in the log already, with another text. Nothing was appended."""


class NotFound(Exception):
    """There is no such conversation (never was, or erased)."""


class NotOwner(Exception):
    """Somebody else owns the conversation: `owner`, and `agent` when it is one."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        name, _, agent = owner.partition(":")
        self.owner = Owner(name)
        self.agent = AgentId(agent) if agent else None


def encoded(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def appended(result: list[Any]) -> Appended:
    """What a script answered, or the error that it names."""
    status, seq = result[0], int(result[1])
    match status:
        case "OK":
            return Appended(seq)
        case "DUPLICATE":
            return Appended(seq, duplicate=True)
        case "CONFLICT":
            raise Conflict(f"entry {seq} has this id and another text")
        case "GONE" | "ERASED":
            raise NotFound(status.lower())
        case "NOT_OWNER":
            raise NotOwner(result[2])
    raise AssertionError(f"a script answered {status}")  # a word that no script of ours says


class Log:
    """Appends are atomic and idempotent by the message's id: resending one is always safe."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def append_customer(
        self,
        cid: ConversationId,
        id: str,
        text: str,
        *,
        channel: str = "website",
        push: bool = False,
        lang: str | None = None,
        name: str | None = None,
        more: Mapping[str, Any] | None = None,
    ) -> Appended:
        """A customer's message. Makes the conversation when it is the first, and schedules a bot
        turn in the same script when the bot owns the conversation. `push`: replies must be sent
        out to a platform. Raises Conflict, NotFound (erased), Unavailable."""
        body = encoded({"text": text, **(more or {})})
        return appended(
            await self.store.on_conversation(
                "append_customer", cid, id, body, channel, int(push), lang or "", name or ""
            )
        )

    async def append_agent(
        self,
        cid: ConversationId,
        id: str,
        agent: AgentId,
        name: str,
        text: str,
        *,
        more: Mapping[str, Any] | None = None,
    ) -> Appended:
        """An agent's message to the customer. Raises NotOwner, NotFound, Unavailable."""
        body = encoded({"text": text, "agent": agent, "name": name, **(more or {})})
        return appended(await self.store.on_conversation("append_agent", cid, agent, id, body))

    async def append_note(
        self, cid: ConversationId, id: str, agent: AgentId, name: str, text: str
    ) -> Appended:
        """A line for agents only, by any agent. Raises NotFound, Unavailable."""
        body = encoded({"text": text, "agent": agent, "name": name})
        return await self._append(cid, Sender.AGENT, Kind.NOTE, f"{agent}:{id}", body)

    async def append_notice(
        self, cid: ConversationId, id: str, notice: str, params: Mapping[str, Any] | None = None
    ) -> Appended:
        """A sentence of the desk's, worded where it is shown. Raises NotFound, Unavailable."""
        body = encoded({"notice": notice, "params": dict(params or {})})
        return await self._append(cid, Sender.DESK, Kind.NOTICE, id, body)

    async def _append(
        self, cid: ConversationId, sender: Sender, kind: Kind, id: str, body: str
    ) -> Appended:
        return appended(
            await self.store.on_conversation("append_desk", cid, sender, kind, id, body)
        )

    async def read(
        self, cid: ConversationId, after: int = 0, count: int | None = None
    ) -> list[Entry]:
        """Entries with a number greater than `after`, in order; at most `count`. Raises
        Unavailable."""
        with reaching():
            found = await self.store.redis.xrange(
                keys.log(cid), min=f"({max(after, 0)}-0", max="+", count=count
            )
        return [Entry.from_fields(id, fields) for id, fields in found]

    async def conversation(self, cid: ConversationId) -> Conversation | None:
        """The state, or None when there is no such conversation. Raises Unavailable."""
        with reaching():
            fields = await self.store.redis.hgetall(keys.conversation(cid))
        return Conversation.from_hash(cid, fields) if fields else None

    async def erase(
        self, cid: ConversationId, *, tombstone: int = 30 * 86400, unused_since: int | None = None
    ) -> bool:
        """Delete the conversation. With `unused_since` (ms) only if it rests with the bot since
        before then. False when there was nothing to erase or it is in use. Raises Unavailable."""
        resting = "0" if unused_since is None else "1"
        result = await self.store.on_conversation(
            "erase", cid, tombstone, resting, unused_since or 0
        )
        if result[0] != "OK":
            return False
        with reaching():  # what the bot remembers of it; forgotten by itself after a week otherwise
            await self.store.redis.delete(keys.tracker(cid))
        return True
