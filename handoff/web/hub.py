"""One follower of the feed per process, which wakes whoever here has something to look at."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from handoff.feed import Change, Feed
from handoff.model import ConversationId
from handoff.store import Unavailable

log = structlog.get_logger()

AGAIN = 0.5  # seconds before following again after Redis went away


class Hub:
    """Wakes, and says nothing more: readers look at the log from their own cursor, so none can miss
    anything."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._readers: dict[ConversationId, set[asyncio.Event]] = {}
        self._followers: set[Callable[[Change], None]] = set()
        self.following = asyncio.Event()  # set while the feed is followed
        self._cursor: str | None = None  # kept when following fails, so that nothing is passed over

    @contextmanager
    def reader(self, cid: ConversationId) -> Iterator[asyncio.Event]:
        """An event that is set whenever there may be something new in the conversation."""
        wake = asyncio.Event()
        self._readers.setdefault(cid, set()).add(wake)
        try:
            yield wake
        finally:
            readers = self._readers[cid]
            readers.discard(wake)
            if not readers:
                del self._readers[cid]

    @contextmanager
    def follower(self, told: Callable[[Change], None]) -> Iterator[None]:
        """`told` hears of every change. It must be quick and must not fail."""
        self._followers.add(told)
        try:
            yield
        finally:
            self._followers.discard(told)

    def wake_all(self) -> None:
        """Let every reader look once more."""
        for readers in self._readers.values():
            for wake in readers:
                wake.set()

    async def run(self) -> None:
        """For ever. After Redis was away it goes on from where it was: the feed keeps what happened
        meanwhile."""
        while True:
            try:
                if self._cursor is None:
                    self._cursor = await self._feed.end()
                    self._begin()
                async for changes in self._feed.follow(self._cursor):
                    self._begin()
                    for change in changes:
                        self._cursor = change.id
                        self._tell(change)
            except Unavailable as error:
                if self.following.is_set():
                    log.warning("feed.away", why=str(error))
                self.following.clear()
                await asyncio.sleep(AGAIN)

    def _begin(self) -> None:
        if not self.following.is_set():
            self.following.set()
            self.wake_all()  # for what came between a reader's look and the feed's end

    def _tell(self, change: Change) -> None:
        for wake in self._readers.get(change.conversation, ()):
            wake.set()
        for told in tuple(self._followers):
            told(change)
