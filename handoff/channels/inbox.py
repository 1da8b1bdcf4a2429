"""People who answer in the platform's own inbox instead of our console.

They are one pseudo agent: what they write appears in the log, and takes the conversation from the
bot, which would otherwise talk over them. When they fall silent the bot has it again.
"""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from handoff.channels.contract import Incoming
from handoff.desk import Desk, Taken
from handoff.log import Log, NotFound, NotOwner
from handoff.model import AgentId, Appended, ConversationId, Owner, Sender
from handoff.queue import HandoffQueue
from handoff.roster import BEAT_EVERY, Roster
from handoff.store import Store, Unavailable

log = structlog.get_logger()

INBOX = AgentId("page-inbox")
NAME = "Page inbox"
ROOM = 1_000_000  # conversations; the platform's inbox knows no capacity
IDLE = 3600.0  # seconds without a word from the inbox after which the bot has the customer again
LOOKED_AT = 100  # last entries among which the inbox's last word is looked for


class Inbox:
    """All may raise Unavailable."""

    def __init__(self, store: Store, idle: float = IDLE) -> None:
        self.store = store
        self.idle = idle
        self.log = Log(store)
        self.desk = Desk(store)
        self.queue = HandoffQueue(store)
        self.roster = Roster(store)

    async def wrote(
        self, cid: ConversationId, one: Incoming, files: list[dict[str, Any]]
    ) -> Appended | None:
        """Somebody wrote to the customer in the platform's inbox."""
        more = {"attachments": files} if files else {}
        for _ in range(3):  # the owner may change between a look and a step
            try:
                return await self.log.append_agent(cid, one.id, INBOX, NAME, one.text, more=more)
            except NotFound:
                return None
            except NotOwner as other:
                if other.owner is Owner.AGENT:
                    # One of our agents has it: they stay, and read what was said beside them.
                    text = one.text or ", ".join(file["kind"] for file in files)
                    return await self.log.append_note(cid, one.id, INBOX, NAME, text)
                take = self.desk.take_over if other.owner is Owner.BOT else self.desk.claim
                try:
                    await take(cid, f"inbox-{one.id}", INBOX, NAME, ROOM)
                except Taken:
                    continue
                log.info("conversation.taken", conversation=cid, agent=INBOX, how="echo")
        return None

    async def run(self) -> None:
        """The pseudo agent's presence, and its leaving. For ever."""
        while True:
            try:
                held = [cid for cid, who in (await self.queue.held()).items() if who == INBOX]
                if held:
                    await self.roster.beat(INBOX)
                for cid in held:
                    await self._leave_if_idle(cid)
            except Unavailable as error:
                log.warning("inbox.postponed", why=str(error))
            await asyncio.sleep(BEAT_EVERY)

    async def _leave_if_idle(self, cid: ConversationId) -> None:
        conversation = await self.log.conversation(cid)
        if conversation is None or conversation.agent != INBOX:
            return
        recent = await self.log.read(cid, max(0, conversation.seq - LOOKED_AT))
        wrote = [
            entry.time
            for entry in recent
            if entry.sender is Sender.AGENT and entry.body.get("agent") == INBOX
        ]
        seconds, _ = await self.store.redis.time()
        if seconds - max(wrote, default=0) / 1000 > self.idle:
            id = f"idle-{conversation.fence}"
            try:
                await self.desk.resolve(cid, id, INBOX, NAME, "page_inbox")
            except (NotOwner, NotFound):
                return
            log.info("conversation.resolved", conversation=cid, agent=INBOX, why="idle")
