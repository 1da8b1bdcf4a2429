"""Tells waiting customers their place in line and the range of minutes, whenever either changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from handoff import keys
from handoff.model import ConversationId
from handoff.queue import Wait, estimate
from handoff.store import Store, reaching
from handoff.web.people import People
from handoff.web.watch import Watch

FRESH = 5.0  # seconds between looks when nothing was announced


class Waiter:
    """A socket whose conversation may wait."""

    def __init__(self, conversation: ConversationId, told: Callable[[Wait], None]) -> None:
        self.conversation = conversation
        self._told = told
        self._last: Wait | None = None

    def tell(self, wait: Wait | None) -> None:
        if wait is not None and wait != self._last:
            self._told(wait)
        self._last = wait


class Line:
    """One look per change and process, however many wait."""

    def __init__(self, store: Store, people: People) -> None:
        self._store = store
        self._people = people
        self._waiters: set[Waiter] = set()
        self.watch = Watch("line", self._look, FRESH)

    @contextmanager
    def waiter(self, cid: ConversationId, told: Callable[[Wait], None]) -> Iterator[None]:
        """`told` hears the wait of this conversation whenever it changes while it waits."""
        waiter = Waiter(cid, told)
        self._waiters.add(waiter)
        self.watch.soon()
        try:
            yield
        finally:
            self._waiters.discard(waiter)

    async def _look(self) -> None:
        if not self._waiters:
            return
        with reaching():
            async with self._store.redis.pipeline(transaction=False) as pipe:
                pipe.zrange(keys.WAITING, 0, -1)
                pipe.lrange(keys.HANDLED, 0, -1)
                line, handled = await pipe.execute()
        minutes = [int(ms) / 60_000 for ms in handled]
        places = {cid: place for place, cid in enumerate(line, 1)}
        for waiter in tuple(self._waiters):
            place = places.get(waiter.conversation)
            wait = estimate(place, self._people.available, minutes) if place else None
            waiter.tell(wait)
