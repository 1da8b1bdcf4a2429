"""Who is on duty: availability as the agents set it, presence as the desk observes it."""

from __future__ import annotations

import time
from collections.abc import Callable

from handoff import keys
from handoff.model import AgentId, Availability
from handoff.store import Store, reaching

BEAT_EVERY = 10.0  # seconds between the beats of an open console


class Roster:
    """Beats are counters, not times: absence is a beat that did not move while somebody watched."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def beat(self, agent: AgentId) -> None:
        """An open console of this agent lives. Raises Unavailable."""
        with reaching():
            await self.store.redis.hincrby(keys.BEATS, agent, 1)

    async def beats(self) -> dict[AgentId, str]:
        """The counters of all agents. Raises Unavailable."""
        with reaching():
            return {AgentId(a): n for a, n in (await self.store.redis.hgetall(keys.BEATS)).items()}

    async def set_availability(self, agent: AgentId, availability: Availability) -> None:
        """What the agent says of themself; told to every console. Raises Unavailable."""
        with reaching():
            async with self.store.redis.pipeline(transaction=True) as pipe:
                pipe.hset(keys.AVAILABILITY, agent, availability)
                pipe.xadd(
                    keys.FEED,
                    {"c": "", "s": 0, "k": "roster", "f": "desk"},
                    maxlen=100_000,
                    approximate=True,
                )
                await pipe.execute()

    async def availability(self) -> dict[AgentId, Availability]:
        """What each agent last said of themself. Raises Unavailable."""
        with reaching():
            found = await self.store.redis.hgetall(keys.AVAILABILITY)
        return {AgentId(agent): Availability(said) for agent, said in found.items()}

    async def load(self) -> dict[AgentId, int]:
        """How many conversations each agent holds. Raises Unavailable."""
        with reaching():
            found = await self.store.redis.hgetall(keys.LOAD)
        return {AgentId(agent): int(n) for agent, n in found.items()}


class Presence:
    """One observer's view of who beats. Built on the observer's own monotonic clock, so that
    neither a wrong clock nor a restart of the desk makes anybody absent: a new observer gives
    everyone the full time again."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: dict[AgentId, tuple[str, float]] = {}
        self._moved: set[AgentId] = set()

    def observe(self, beats: dict[AgentId, str]) -> None:
        now = self._clock()
        for agent, beat in beats.items():
            known = self._seen.get(agent)
            if known is None or known[0] != beat:
                if known is not None:
                    self._moved.add(agent)
                self._seen[agent] = (beat, now)

    def silent(self, agent: AgentId) -> float:
        """Seconds since the agent's beat was seen to move (0 for one seen for the first time)."""
        known = self._seen.get(agent)
        if known is None:
            self._seen[agent] = ("", self._clock())
            return 0.0
        return self._clock() - known[1]

    def beat_of(self, agent: AgentId) -> str:
        """The beat that was observed last."""
        return self._seen.get(agent, ("", 0.0))[0]

    def here(self, agent: AgentId, grace: float) -> bool:
        """Seen beating within the grace period. Somebody never seen to beat is not here."""
        return agent in self._moved and self.silent(agent) < grace
