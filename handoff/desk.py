"""The desk: every change of a conversation's owner, each one atomic and idempotent by its id.

The arrows (docs/design.md has the table, tests/handoff/test_arrows.py a test for each, the
forbidden ones included):

    bot -> queue     request_human, a committed turn's handoff, overdue
    queue -> bot     cancel, abandon, nobody
    queue -> agent   claim
    bot -> agent     take_over
    agent -> queue   release, lose
    agent -> bot     resolve
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handoff.log import NotFound, NotOwner, appended, encoded
from handoff.model import (
    AgentId,
    Appended,
    Cause,
    ConversationId,
    Handoff,
    Owner,
    Reason,
)
from handoff.store import Store


class Taken(Exception):
    """Somebody was first: `agent`, or None when the conversation is no longer there to take
    (`owner` has it)."""

    def __init__(self, owner: str) -> None:
        super().__init__(owner)
        name, _, agent = owner.partition(":")
        self.owner = Owner(name)
        self.agent = AgentId(agent) if agent else None


class Full(Exception):
    """The agent has as many conversations as they can hold."""


class NotWaiting(Exception):
    """The conversation does not wait in the queue."""


class Desk:
    """Ownership changes. All may raise Unavailable; NotFound for a conversation that is not
    there."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def request_human(
        self,
        cid: ConversationId,
        id: str,
        handoff: Handoff,
        *,
        channel: str = "",
        push: bool = False,
        lang: str | None = None,
    ) -> Appended:
        """bot -> queue. With `channel` a conversation that does not exist yet is made. A
        conversation that is in the queue or with an agent already stays as it is (`duplicate`)."""
        return await self._request(cid, id, handoff, channel, push, lang, "")

    async def overdue(self, cid: ConversationId, asked: int) -> Appended:
        """bot -> queue because no bot has answered the customer's message number `asked`;
        nothing if it has by now."""
        handoff = Handoff(Reason.BOT_UNAVAILABLE)
        return await self._request(cid, f"overdue-{asked}", handoff, "", False, None, str(asked))

    async def _request(
        self,
        cid: ConversationId,
        id: str,
        handoff: Handoff,
        channel: str,
        push: bool,
        lang: str | None,
        asked: str,
    ) -> Appended:
        result = await self.store.on_conversation(
            "request_human",
            cid,
            id,
            handoff.reason,
            handoff.priority,
            encoded(handoff.to_json()),
            channel,
            int(push),
            lang or "",
            asked,
        )
        if result[0] == "ALREADY":
            return Appended(int(result[1]), duplicate=True)
        return appended(result)

    async def cancel(self, cid: ConversationId, id: str) -> Appended:
        """queue -> bot: the customer changed their mind. Raises NotWaiting."""
        return await self._back(cid, id, Cause.CANCELLED)

    async def abandon(self, cid: ConversationId, id: str) -> Appended:
        """queue -> bot: the customer has left. Raises NotWaiting."""
        return await self._back(cid, id, Cause.ABANDONED)

    async def nobody(self, cid: ConversationId, id: str) -> Appended:
        """queue -> bot: nobody is on duty, and a message was taken. Raises NotWaiting."""
        return await self._back(cid, id, Cause.NOBODY)

    async def _back(self, cid: ConversationId, id: str, cause: Cause) -> Appended:
        result = await self.store.on_conversation("back_to_bot", cid, id, cause, "{}")
        if result[0] == "NOT_WAITING":
            raise NotWaiting(result[2])
        return appended(result)

    async def claim(
        self, cid: ConversationId, id: str, agent: AgentId, name: str, capacity: int
    ) -> Appended:
        """queue -> agent. One winner: the others get Taken with the winner's name. Raises Full."""
        return await self._take(cid, id, agent, name, capacity, Owner.QUEUE, Cause.CLAIMED)

    async def take_over(
        self, cid: ConversationId, id: str, agent: AgentId, name: str, capacity: int
    ) -> Appended:
        """bot -> agent, un-asked: a turn in work is fenced off from this moment. Raises Taken,
        Full."""
        return await self._take(cid, id, agent, name, capacity, Owner.BOT, Cause.TAKEN_OVER)

    async def _take(
        self,
        cid: ConversationId,
        id: str,
        agent: AgentId,
        name: str,
        capacity: int,
        source: Owner,
        cause: Cause,
    ) -> Appended:
        body = encoded({"name": name})
        result = await self.store.on_conversation(
            "take", cid, agent, id, source, cause, capacity, body
        )
        match result[0]:
            case "TAKEN" | "LOST":
                raise Taken(result[2])
            case "FULL":
                raise Full(f"{agent} holds {capacity} conversations")
        return appended(result)

    async def release(
        self, cid: ConversationId, id: str, agent: AgentId, name: str, note: str = ""
    ) -> Appended:
        """agent -> queue, at its original place. Raises NotOwner."""
        more = {"note": note} if note else {}
        return await self._let_go(cid, id, agent, name, Owner.QUEUE, Cause.RELEASED, more)

    async def resolve(
        self,
        cid: ConversationId,
        id: str,
        agent: AgentId,
        name: str,
        disposition: str,
        note: str = "",
    ) -> Appended:
        """agent -> bot, with a marker: evidence before it does not count again. Raises NotOwner."""
        more = {"disposition": disposition, **({"note": note} if note else {})}
        return await self._let_go(cid, id, agent, name, Owner.BOT, Cause.RESOLVED, more)

    async def _let_go(
        self,
        cid: ConversationId,
        id: str,
        agent: AgentId,
        name: str,
        to: Owner,
        cause: Cause,
        more: Mapping[str, Any],
    ) -> Appended:
        body = encoded({"agent": agent, "name": name, **more})
        return appended(await self.store.on_conversation("let_go", cid, agent, id, to, cause, body))

    async def lose(self, cid: ConversationId, id: str, agent: AgentId, observed: str) -> bool:
        """agent -> queue, at its original place, if the agent's beat still is the one that was
        observed; False if it moved or the conversation went elsewhere, so that any number of
        sweepers may try."""
        try:
            result = await self.store.on_conversation("lose", cid, agent, id, observed)
            if result[0] == "BEATS":
                return False
            return not appended(result).duplicate
        except (NotOwner, NotFound):
            return False
