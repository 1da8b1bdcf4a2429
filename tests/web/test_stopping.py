"""A task that is told to stop stops, wherever in a call to Redis the word finds it."""

from __future__ import annotations

import asyncio

from handoff.store import client


async def test_no_cancellation_is_lost_in_a_call_to_redis(redis_url: str) -> None:
    redis = client(redis_url)

    async def work() -> None:
        while True:
            await redis.ping()

    for round in range(150):
        task = asyncio.create_task(work())
        for _ in range(round % 25):  # another moment of the call each time
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1)
        assert done, f"round {round}: it goes on"
    await redis.aclose()
