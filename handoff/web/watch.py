"""Looks again whenever the roster or an owner changed, and every few seconds in any case."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from handoff.feed import ROSTER, Change
from handoff.model import Kind
from handoff.store import Unavailable
from handoff.web.hub import Hub

log = structlog.get_logger()

CALM = 0.1  # seconds in which a burst of changes becomes one look


class Watch:
    """Calls `look`, which may raise Unavailable: then it is looked again after `fresh` seconds."""

    def __init__(self, name: str, look: Callable[[], Awaitable[None]], fresh: float) -> None:
        """`fresh`: seconds between looks when nothing was announced."""
        self._name, self._look, self._fresh = name, look, fresh
        self._changed = asyncio.Event()

    def soon(self) -> None:
        """Look at the next chance, without waiting for an announcement."""
        self._changed.set()

    async def run(self, hub: Hub) -> None:
        """For ever."""

        def told(change: Change) -> None:
            if change.kind in (ROSTER, Kind.OWNER):
                self._changed.set()

        with hub.follower(told):
            while True:
                self._changed.clear()
                try:
                    await self._look()
                except Unavailable as error:
                    log.warning(f"{self._name}.away", why=str(error))
                await asyncio.sleep(CALM)
                try:
                    async with asyncio.timeout(self._fresh):
                        await self._changed.wait()
                except TimeoutError:
                    continue
