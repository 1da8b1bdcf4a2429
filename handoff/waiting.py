"""What people in line are told without asking: nobody is there, or they are not forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime  # type: ignore[import-untyped]

from handoff.hours import Hours
from handoff.log import Log, NotFound
from handoff.model import Availability, Conversation, ConversationId
from handoff.queue import HandoffQueue
from handoff.roster import BEAT_EVERY, Presence, Roster
from handoff.settings import Settings
from handoff.store import Store, reaching

# Minutes in line after which somebody on a push channel hears from us; the website shows the place
# all the time. From then on every hour.
STILL_WITH_YOU = (3, 10, 30, 60)
HOUR = 60


class WaitingRoom:
    """Notices to those who wait. Each has an id made of the fence, so that any number of desks may
    tell them, and they read it once."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        presence: Presence,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = store
        self.settings = settings
        self.presence = presence
        self.log = Log(store)
        self.queue = HandoffQueue(store)
        self.roster = Roster(store)
        self._clock = clock
        self._since = clock()
        self._told: set[tuple[ConversationId, str]] = set()

    async def round(self) -> None:
        """Tell whoever has something to be told. Raises Unavailable."""
        waiting = await self.queue.conversations(await self.queue.waiting())
        if not waiting:
            self._told.clear()
            return
        on_duty = await self.on_duty()
        with reaching():
            seconds, _ = await self.store.redis.time()
        for conversation in waiting:
            if on_duty == 0 and self._knows_who_is_here():
                await self._nobody_is_here(conversation)
            elif on_duty and conversation.push:
                await self._still_with_you(conversation, int(seconds) * 1000, on_duty)

    async def on_duty(self) -> int:
        """How many agents are available, and seen to be there. Raises Unavailable."""
        said = await self.roster.availability()
        grace = self.settings.agent_grace
        return sum(
            availability is Availability.AVAILABLE and self.presence.here(agent, grace)
            for agent, availability in said.items()
        )

    def _knows_who_is_here(self) -> bool:
        """Presence is observed: a desk that has just started has not seen anybody beat yet."""
        return self._clock() - self._since > BEAT_EVERY * 2

    async def _nobody_is_here(self, conversation: Conversation) -> None:
        when = self._back(conversation.lang or self.settings.default_language)
        notice, params = ("away_until", {"when": when}) if when else ("away", {})
        await self._tell(conversation, f"away-{conversation.fence}", notice, params)

    def _back(self, lang: str) -> str | None:
        """When the team is back, in the customer's language: «Monday 09:00»."""
        if not self.settings.support_hours:
            return None
        hours = Hours(self.settings.support_hours, self.settings.time_zone)
        back = hours.opens_after(datetime.now(UTC))
        if back is None:
            return None
        zone = ZoneInfo(self.settings.time_zone)
        return str(format_datetime(back, "EEEE d MMMM, HH:mm", tzinfo=zone, locale=lang))

    async def _still_with_you(self, conversation: Conversation, now: int, on_duty: int) -> None:
        minutes = (now - (conversation.since or now)) / 60_000
        steps = sum(minutes >= step for step in STILL_WITH_YOU)
        if minutes >= STILL_WITH_YOU[-1]:
            steps += int((minutes - STILL_WITH_YOU[-1]) // HOUR)
        id = f"waiting-{conversation.fence}-{steps}"
        if not steps or (conversation.id, id) in self._told:
            return
        wait = await self.queue.wait(conversation.id, on_duty)
        if wait is not None:
            params = {"position": wait.position, "low": wait.low, "high": wait.high}
            await self._tell(conversation, id, "waiting", params)

    async def _tell(
        self, conversation: Conversation, id: str, notice: str, params: dict[str, Any]
    ) -> None:
        if (conversation.id, id) in self._told:
            return
        try:
            await self.log.append_notice(conversation.id, id, notice, params)
        except NotFound:  # erased meanwhile
            return
        self._told.add((conversation.id, id))
