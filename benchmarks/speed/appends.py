"""The log's appends beside bare XADD, on the same Redis with an fsync on every write."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import median

from benchmarks.speed.figures import spread
from handoff.log import Log
from handoff.model import ConversationId
from handoff.store import Store
from tests.redis_server import RedisServer

WRITES = 4000
AT_ONCE = 50
TEXT = "Where is my parcel? It should have been here on Tuesday, and nobody says a word."


async def rate(write: Callable[[int], Awaitable[object]], at_once: int) -> float:
    """Writes per second."""
    numbers = iter(range(WRITES))

    async def writer() -> None:
        for n in numbers:
            await write(n)

    began = time.perf_counter()
    await asyncio.gather(*(writer() for _ in range(at_once)))
    return WRITES / (time.perf_counter() - began)


async def measure_appends(folder: Path, rounds: int, say: Callable[[str], None]) -> None:
    server = RedisServer(folder)
    server.start()
    try:
        store = await Store.open(server.url)
        log = Log(store)
        fields = {"sender": "customer", "kind": "message", "body": TEXT}

        async def bare(n: int) -> object:
            return await store.redis.xadd(f"bare:{n % 100}", fields)

        async def ours(n: int) -> object:
            cid = ConversationId(f"bench-{n % 100}")
            return await log.append_customer(cid, uuid.uuid4().hex, TEXT)

        say("\n## Log appends beside bare XADD (fsync on every write, one client process)\n")
        say("| writers | XADD per second | appends per second | appends / XADD, per round |")
        say("|---|---|---|---|")
        for at_once in (1, AT_ONCE):
            pairs = [(await rate(bare, at_once), await rate(ours, at_once)) for _ in range(rounds)]
            bares, logs = zip(*pairs, strict=True)
            ratios = [own / plain for plain, own in pairs]
            say(f"| {at_once} | {median(bares):.0f} | {median(logs):.0f} | {spread(ratios)} |")
        await store.close()
    finally:
        server.stop()
