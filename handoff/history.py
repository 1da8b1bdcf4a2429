"""Reading many logs at once, for a look back, without holding up the desk or Redis."""

from __future__ import annotations

import asyncio
from itertools import dropwhile

from handoff import keys
from handoff.episodes import Episode, episodes
from handoff.model import ConversationId, Entry, Kind
from handoff.regret import History
from handoff.store import Store, reaching

MOST = 2_000  # conversations, and episodes, looked at; the newest
LONGEST = 200  # entries of one log; an episode that begins before them is left out
ENTRIES = 50_000  # of all logs together: some seconds of reading
# Logs asked for at once. An answer is parsed in one go, at some .1 ms an entry: longer ones would
# be felt by whoever types meanwhile.
BATCH = 4
DAY = 24 * 3600 * 1000  # ms


class LookBack:
    """Raises Unavailable where Redis is away."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._one = asyncio.Lock()  # any number of curious leads cost Redis no more than one

    async def over(self, days: int, most: int = MOST) -> History:
        """The episodes that had their last word within so many days."""
        async with self._one:
            return await self._over(days, most)

    async def _over(self, days: int, most: int) -> History:
        with reaching():
            seconds, _ = await self.store.redis.time()
            now = int(seconds) * 1000
            since = now - days * DAY
            found = await self.store.redis.zrevrangebyscore(
                keys.ALL, "+inf", since, start=0, num=most + 1
            )
        measured: list[Episode] = []
        read, entries, cut = 0, 0, len(found) > most
        for start in range(0, len(found[:most]), BATCH):
            if entries >= ENTRIES:
                cut = True
                break
            for cid, rows in await self._tails(found[:most][start : start + BATCH]):
                entries += len(rows)
                for one in reversed(_episodes(cid, rows, now)):
                    if one.until < since:
                        continue
                    if read == most:
                        return _newest_first(measured, read, cut=True)
                    read += 1
                    if one.threshold is not None:
                        measured.append(one)
                await asyncio.sleep(0)  # customers and agents go before
        return _newest_first(measured, read, cut)

    async def _tails(
        self, cids: list[str]
    ) -> list[tuple[ConversationId, list[tuple[str, dict[str, str]]]]]:
        """The last entries of these logs, newest first, in one round trip."""
        with reaching():
            async with self.store.redis.pipeline(transaction=False) as pipe:
                for cid in cids:
                    pipe.xrevrange(keys.log(ConversationId(cid)), count=LONGEST)
                tails = await pipe.execute()
        return [(ConversationId(cid), tail) for cid, tail in zip(cids, tails, strict=True)]


def _episodes(
    cid: ConversationId, rows: list[tuple[str, dict[str, str]]], now: int
) -> list[Episode]:
    entries = [Entry.from_fields(*row) for row in reversed(rows)]
    if entries and entries[0].seq > 1:  # what began before them is not known whole
        entries = list(dropwhile(lambda entry: entry.kind is not Kind.OWNER, entries))
    return list(episodes(cid, entries, now))


def _newest_first(measured: list[Episode], read: int, cut: bool) -> History:
    return History(tuple(sorted(measured, key=lambda one: -one.until)), read, cut)
