"""Who is on duty, as this process last saw it: kept fresh in the background, read at once."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import structlog

from handoff.accounts import Account, Accounts
from handoff.hours import Hours
from handoff.model import AgentId, Availability
from handoff.roster import BEAT_EVERY, Presence, Roster
from handoff.settings import Settings
from handoff.store import Store, Unavailable
from handoff.turns import Turns
from handoff.web.watch import Watch

log = structlog.get_logger()

FRESH = 3.0  # seconds between looks when nothing was announced: silence is never announced
SECOND_BEAT = 2.0  # seconds after the first: other desks believe a beat that they saw moving


@dataclass(frozen=True)
class Person:
    """An agent as consoles see them."""

    id: AgentId
    name: str
    role: str
    availability: Availability
    load: int
    capacity: int

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "role": self.role,
            "availability": self.availability.value,
            "load": self.load,
            "capacity": self.capacity,
        }


class People:
    """Also beats for the agents whose consoles are open here."""

    def __init__(
        self, store: Store, accounts: Accounts, presence: Presence, settings: Settings
    ) -> None:
        self._accounts = accounts
        self._presence = presence
        self._settings = settings
        self._roster = Roster(store)
        self._turns = Turns(store)
        self._here: Counter[AgentId] = Counter()
        self.watch = Watch("roster", self.refresh, FRESH)
        self._told: set[Callable[[], None]] = set()
        self.everybody: dict[AgentId, Person] = {}
        self.workers = 0  # bot workers that live

    @property
    def available(self) -> int:
        """How many people could answer a customer now."""
        return sum(p.availability is Availability.AVAILABLE for p in self.everybody.values())

    @property
    def opens(self) -> int | None:
        """When the team is back (ms), if nobody is there and the support hours say when."""
        if self.available or not self._settings.support_hours:
            return None
        hours = Hours(self._settings.support_hours, self._settings.time_zone)
        opens = hours.opens_after(datetime.now(UTC))
        return int(opens.timestamp() * 1000) if opens else None

    def name_of(self, agent: AgentId | None) -> str | None:
        person = self.everybody.get(agent) if agent else None
        return person.name if person else agent

    def capacity_of(self, account: Account) -> int:
        return account.capacity or self._settings.agent_capacity

    async def living(self) -> int:
        """How many bot workers live, looked up now. Raises Unavailable."""
        self.workers = await self._turns.living()
        return self.workers

    def listen(self, told: Callable[[], None]) -> Callable[[], None]:
        """`told` is called when anybody's line in the roster changed; call what is returned to
        stop."""
        self._told.add(told)
        return lambda: self._told.discard(told)

    async def refresh(self) -> None:
        """Look again now. Raises Unavailable."""
        accounts = await self._accounts.all()
        said = await self._roster.availability()
        load = await self._roster.load()
        self.workers = await self._turns.living()
        everybody = {
            one.id: Person(
                one.id,
                one.name,
                one.role.value,
                self._availability(one.id, said),
                load.get(one.id, 0),
                self.capacity_of(one),
            )
            for one in accounts
        }
        if everybody != self.everybody:
            self.everybody = everybody
            for told in tuple(self._told):
                told()

    @asynccontextmanager
    async def present(self, agent: AgentId) -> AsyncIterator[None]:
        """While a console of the agent is open here. Raises Unavailable."""
        self._here[agent] += 1
        try:
            await self._roster.beat(agent)
            said = (await self._roster.availability()).get(agent, Availability.AVAILABLE)
            await self._roster.set_availability(agent, said)  # tells every desk to look
            await self.refresh()
            yield
        finally:
            self._here[agent] -= 1
            if self._here[agent] <= 0:
                del self._here[agent]
            self.watch.soon()

    async def second_beat(self, agent: AgentId) -> None:
        """Soon after the first, so that the other desks see it move and count the agent in."""
        await asyncio.sleep(SECOND_BEAT)
        try:
            await self._roster.beat(agent)
        except Unavailable:
            pass  # the regular ones follow

    async def beat(self) -> None:
        """For ever: say that the consoles open here are."""
        while True:
            try:
                for agent in tuple(self._here):
                    await self._roster.beat(agent)
            except Unavailable as error:
                log.warning("beats.postponed", why=str(error))
                await asyncio.sleep(1)
                continue
            await asyncio.sleep(BEAT_EVERY)

    def _availability(self, agent: AgentId, said: dict[AgentId, Availability]) -> Availability:
        here = agent in self._here or self._presence.here(agent, self._settings.agent_grace)
        return said.get(agent, Availability.AVAILABLE) if here else Availability.OFFLINE
