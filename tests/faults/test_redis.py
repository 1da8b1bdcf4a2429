"""Redis killed, stopped and filled up under load: what was acknowledged is there, once, in
order."""

from __future__ import annotations

import asyncio
import os
import signal

import pytest

from handoff.audit import audit
from handoff.log import Log
from handoff.model import ConversationId, Kind
from handoff.store import Store, Unavailable
from handoff.turns import Committed, Reply, Turns
from tests.redis_server import RedisServer

pytestmark = pytest.mark.faults

WRITERS = 8
MESSAGES = 60


async def insist(log: Log, cid: ConversationId, id: str, text: str) -> int:
    """What a widget does: the same id until there is an answer."""
    while True:
        try:
            return (await log.append_customer(cid, id, text)).seq
        except Unavailable:
            await asyncio.sleep(0.05)


async def write(log: Log, writer: int) -> dict[str, int]:
    """Messages of one customer, each sent when the one before was acknowledged."""
    cid = ConversationId(f"c{writer}")
    return {f"m{n}": await insist(log, cid, f"m{n}", f"text {n}") for n in range(MESSAGES)}


async def answer(store: Store, stop: asyncio.Event) -> None:
    """A bot that answers everything it can, and commits each answer twice for good measure."""
    turns = Turns(store, lease=2000)
    while not stop.is_set():
        try:
            turn = await turns.take()
            if turn is None:
                await turns.wait(0.2)
                continue
            upto = turn.entries[-1].seq
            reply = [Reply(f"answer to {entry.text}") for entry in turn.entries]
            if await turns.commit(turn, upto, reply) is Committed.DONE:
                assert await turns.commit(turn, upto, reply) is Committed.REPEATED
        except Unavailable:
            await asyncio.sleep(0.05)


async def under_load(server: RedisServer, nemesis: object) -> None:
    """Writers and a bot at work while `nemesis` does its worst; then the log is read."""
    store = await Store.open(server.url)
    stop = asyncio.Event()
    bots = [asyncio.create_task(answer(store, stop)) for _ in range(2)]
    work = asyncio.gather(*(write(Log(store), n) for n in range(WRITERS)))
    assert callable(nemesis)
    await nemesis()
    acknowledged = await asyncio.wait_for(work, 60)
    await asyncio.sleep(2.5)  # a lease that a lost answer left behind runs out
    stop.set()
    await asyncio.gather(*bots)

    assert await audit(store) == {}
    for writer, seqs in enumerate(acknowledged):
        log = await Log(store).read(ConversationId(f"c{writer}"))
        said = {e.id: e.seq for e in log if e.sender == "customer"}
        assert said == seqs
        assert list(seqs.values()) == sorted(seqs.values())
        answers = [e.text for e in log if e.kind is Kind.MESSAGE and e.sender == "bot"]
        assert sorted(answers) == sorted(f"answer to text {n}" for n in range(MESSAGES))
    await store.close()


@pytest.mark.timeout(120)
async def test_killed_again_and_again(own_redis: RedisServer) -> None:
    async def nemesis() -> None:
        for _ in range(4):
            await asyncio.sleep(0.15)
            await asyncio.to_thread(own_redis.restart, signal.SIGKILL)

    await under_load(own_redis, nemesis)


@pytest.mark.timeout(120)
async def test_stopped_for_longer_than_anybody_waits(own_redis: RedisServer) -> None:
    """The maker of duplicates: the write is done after its caller has given up and sent it
    again."""

    async def nemesis() -> None:
        for seconds in (6.0, 0.5):
            await asyncio.sleep(0.1)
            os.kill(own_redis.pid, signal.SIGSTOP)
            await asyncio.sleep(seconds)
            os.kill(own_redis.pid, signal.SIGCONT)

    await under_load(own_redis, nemesis)


@pytest.mark.timeout(60)
async def test_full_memory_refuses_and_forgets_nothing(own_redis: RedisServer) -> None:
    store = await Store.open(own_redis.url)
    log, cid = Log(store), ConversationId("c")
    await log.append_customer(cid, "before", "said before")
    await store.redis.config_set("maxmemory", "1kb")  # Redis 6.2 needs less than 1 MB itself
    with pytest.raises(Unavailable):
        await log.append_customer(cid, "during", "said while it was full")
    assert [e.id for e in await log.read(cid)] == ["before"], "reading goes on"
    await store.redis.config_set("maxmemory", "0")
    await log.append_customer(cid, "during", "said while it was full")
    assert [e.id for e in await log.read(cid)] == ["before", "during"]
    assert await audit(store) == {}
    await store.close()
