"""What the desk does unasked. Any number of desks may do it at once: each step is a script that
only one can win."""

from __future__ import annotations

import asyncio
import secrets

import structlog

from handoff import keys
from handoff.desk import Desk, NotWaiting
from handoff.log import Log, NotFound
from handoff.model import AgentId, ConversationId
from handoff.queue import HandoffQueue
from handoff.roster import Presence, Roster
from handoff.settings import Settings
from handoff.store import Store, Unavailable, reaching
from handoff.turns import Turns
from handoff.waiting import WaitingRoom

log = structlog.get_logger()

EVERY = 1.0  # seconds between rounds
RETENTION_EVERY = 600  # rounds between looks for what is too old to keep


class Sweeper:
    """Lost agents back to the queue, unanswered messages to a person, word to those who wait, old
    conversations away."""

    def __init__(self, store: Store, settings: Settings, presence: Presence) -> None:
        self.store = store
        self.settings = settings
        self.presence = presence
        self.desk = Desk(store)
        self.queue = HandoffQueue(store)
        self.roster = Roster(store)
        self.turns = Turns(store)
        self.log = Log(store)
        self.waiting_room = WaitingRoom(store, settings, presence)

    async def run(self) -> None:
        """For ever; Redis being away only postpones the work."""
        rounds = 0
        while True:
            try:
                await self.round()
                if rounds % RETENTION_EVERY == 0:
                    await self.forget()
                    await self.abandon()
                rounds += 1
            except Unavailable as error:
                log.warning("sweeper.postponed", why=str(error))
            await asyncio.sleep(EVERY)

    async def round(self) -> None:
        self.presence.observe(await self.roster.beats())
        await self.requeue_lost()
        await self.hand_over_unanswered()
        await self.waiting_room.round()

    async def requeue_lost(self) -> None:
        """Conversations of agents whose consoles have been silent longer than the grace period."""
        for cid, agent in (await self.queue.held()).items():
            holder = AgentId(agent)
            if self.presence.silent(holder) < self.settings.agent_grace:
                continue
            beat = self.presence.beat_of(holder)
            if await self.desk.lose(cid, f"lost-{secrets.token_hex(6)}", holder, beat):
                log.info("conversation.requeued", conversation=cid, agent=agent, why="silent")

    async def hand_over_unanswered(self) -> None:
        """Messages that no bot answered in time: sooner when no worker lives at all."""
        with reaching():
            owed = await self.store.redis.zrange(keys.READY, 0, 199)
        if not owed:
            return
        living = await self.turns.living()
        patience = self.settings.bot_patience if living else self.settings.bot_absence
        with reaching():
            async with self.store.redis.pipeline(transaction=False) as pipe:
                pipe.time()
                for cid in owed:
                    pipe.hmget(keys.conversation(ConversationId(cid)), "unanswered", "asked")
                (seconds, _), *states = await pipe.execute()
        for cid, (unanswered, asked) in zip(owed, states, strict=True):
            if unanswered and seconds - int(unanswered) / 1000 > patience:
                result = await self.desk.overdue(ConversationId(cid), int(asked))
                if not result.duplicate:
                    log.warning("conversation.overdue", conversation=cid, workers=living)

    async def abandon(self) -> None:
        """People who have waited so long without a word that they are gone."""
        oldest = (await self._now()) - self.settings.abandon_hours * 3_600_000
        for conversation in await self.queue.conversations(await self.queue.waiting()):
            if conversation.updated < oldest:
                try:
                    await self.desk.abandon(conversation.id, f"abandoned-{conversation.fence}")
                    log.info("conversation.abandoned", conversation=conversation.id)
                except (NotWaiting, NotFound):
                    continue

    async def forget(self) -> None:
        """Conversations that rest with the bot and are older than the retention period."""
        before = (await self._now()) - self.settings.retention_days * 86_400_000
        with reaching():
            old = await self.store.redis.zrangebyscore(keys.ALL, "-inf", before, start=0, num=500)
        for cid in old:
            if await self.log.erase(ConversationId(cid), unused_since=before):
                log.info("conversation.forgotten", conversation=cid)

    async def _now(self) -> int:
        with reaching():
            seconds, _ = await self.store.redis.time()
        return int(seconds) * 1000
