"""Following many conversations from a cursor."""

from __future__ import annotations

import asyncio

import pytest

from handoff import keys
from handoff.feed import ROSTER, Feed, TooOld
from handoff.log import Log
from handoff.model import AgentId, Availability, ConversationId
from handoff.queue import estimate
from handoff.roster import Roster
from handoff.store import ForeignDatabase, Store

C = ConversationId("c")


async def test_what_comes_after_the_cursor_and_nothing_else(store: Store) -> None:
    log, feed = Log(store), Feed(store)
    await log.append_customer(C, "m1", "one")
    cursor = await feed.end()
    await log.append_customer(C, "m2", "two")
    await Roster(store).set_availability(AgentId("ana"), Availability.AWAY)
    changes = await feed.since(cursor)
    assert [(c.conversation, c.seq, c.kind) for c in changes] == [
        (C, 2, "message"),
        ("", 0, ROSTER),
    ]
    assert await feed.since(changes[-1].id) == []


async def test_following_wakes_up(store: Store) -> None:
    log, feed = Log(store), Feed(store)
    batches = feed.follow(await feed.end(), block=5)
    waiting = asyncio.ensure_future(anext(batches))
    await asyncio.sleep(0.05)
    await log.append_customer(C, "m", "hello")
    batch = await asyncio.wait_for(waiting, 2)
    assert [change.seq for change in batch] == [1]
    await batches.aclose()


async def test_a_trimmed_cursor_is_told(store: Store) -> None:
    log, feed = Log(store), Feed(store)
    await log.append_customer(C, "m1", "one")
    cursor = await feed.end()
    await log.append_customer(C, "m2", "two")
    await log.append_customer(C, "m3", "three")
    await store.redis.xtrim(keys.FEED, maxlen=1, approximate=False)
    with pytest.raises(TooOld):
        await feed.since(cursor)


async def test_a_flushed_database_is_not_written_to(store: Store) -> None:
    log = Log(store)
    await log.append_customer(C, "m1", "one")
    await store.redis.flushall()
    with pytest.raises(ForeignDatabase):
        await log.append_customer(C, "m2", "two")
    assert await store.redis.dbsize() == 0


@pytest.mark.parametrize(
    ("position", "on_duty", "handled", "low", "high"),
    [
        (1, 1, [], 2, 6),
        (4, 2, [], 4, 12),
        (1, 5, [], 1, 2),
        (1, 1, [10.0] * 95, 4, 15),
        (1, 0, [], None, None),
    ],
)
def test_an_honest_range(
    position: int, on_duty: int, handled: list[float], low: int | None, high: int | None
) -> None:
    wait = estimate(position, on_duty, handled)
    assert (wait.position, wait.low, wait.high) == (position, low, high)
