"""A desk with a channel, and the platform's stand-in."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handoff import keys
from handoff.audit import audit
from handoff.channels.web import CHANNELS
from handoff.desk import Desk as Ownership
from handoff.log import Log
from handoff.model import AgentId, ConversationId, Entry
from handoff.store import Store
from handoff.turns import Reply, Turns
from tests.channels.standins import BotApi, GraphApi, StandIn
from tests.web.desk import Desk, running_desk

SECRET = "a-secret-for-the-tests"


async def until(true: Callable[[], Any], within: float = 8.0) -> Any:
    """What `true` returns as soon as it is truthy."""
    end = time.monotonic() + within
    while not (found := true()):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.01)
    return found


async def until_async(true: Callable[[], Any], within: float = 8.0) -> Any:
    end = time.monotonic() + within
    while not (found := await true()):
        assert time.monotonic() < end, "it did not happen in time"
        await asyncio.sleep(0.02)
    return found


class Channel:
    """One channel of a running desk, from the platform's side."""

    def __init__(self, name: str, desk: Desk, platform: StandIn) -> None:
        self.name = name
        self.desk = desk
        self.platform = platform
        self.store: Store = desk.context.store
        self.log = Log(self.store)

    async def post(
        self, body: Any, path: str = "", headers: dict[str, str] | None = None
    ) -> tuple[int, str]:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = self.headers(raw) if headers is None else headers
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.desk.url}{path or f'/hook/{self.name}'}",
                data=io.BytesIO(raw),
                headers={"Content-Type": "application/json", **given},
            ) as response,
        ):
            return response.status, await response.text()

    def headers(self, raw: bytes) -> dict[str, str]:
        if self.name == "telegram":
            return {"X-Telegram-Bot-Api-Secret-Token": SECRET}
        signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={signed}"}

    async def told(self, update: Any) -> None:
        """The platform tells something and the desk takes it."""
        status, text = await self.post(update)
        assert status == 200, text

    async def conversation(self, external: str) -> ConversationId:
        found = await self.desk.app[CHANNELS].door.customers.known(self.name, external)
        assert found is not None, f"{external} has no conversation"
        return found

    async def entries(self, external: str) -> list[Entry]:
        found = await self.desk.app[CHANNELS].door.customers.known(self.name, external)
        return await self.log.read(found) if found else []

    async def field(self, external: str, name: str) -> str | None:
        cid = await self.conversation(external)
        value: str | None = await self.store.redis.hget(keys.conversation(cid), name)
        return value

    async def stat(self, name: str) -> int:
        return int(await self.store.redis.hget(keys.STATS, name) or 0)

    async def bot_says(self, external: str, *replies: Reply) -> None:
        """The bot's answer to everything said so far, by the road that it takes in life."""
        turns = Turns(self.store)
        turn = await until_async(turns.take)
        assert turn.conversation == await self.conversation(external)
        await turns.commit(turn, turn.entries[-1].seq, replies)

    async def agent_takes(self, external: str, agent: str = "ana", name: str = "Ana") -> None:
        cid = await self.conversation(external)
        await Ownership(self.store).take_over(cid, f"take-{agent}", AgentId(agent), name, 99)

    async def agent_says(self, external: str, text: str, id: str = "", **more: Any) -> int:
        cid = await self.conversation(external)
        done = await self.log.append_agent(
            cid, id or f"say-{text[:20]}", AgentId("ana"), "Ana", text, more=more
        )
        return done.seq

    async def got(self, external: str, count: int, within: float = 8.0) -> list[Any]:
        """What the customer got to see, once it is that many things."""
        await until(lambda: len(self.platform.got(external)) >= count, within)
        return self.platform.got(external)

    async def delivered(self, external: str, within: float = 8.0) -> None:
        """Until nothing of this conversation waits for the courier, now or later."""
        cid = await self.conversation(external)

        async def done() -> bool:
            scores = [await self.store.redis.zscore(k, cid) for k in (keys.OUT, keys.LATER)]
            return scores == [None, None]

        await until_async(done, within)

    async def notices(self, external: str) -> list[dict[str, Any]]:
        """What the agents were told about deliveries."""
        return [
            dict(entry.body["params"])
            for entry in await self.entries(external)
            if entry.body.get("notice") == "not_delivered"
        ]

    async def audit(self) -> None:
        assert await audit(self.store) == {}


@asynccontextmanager
async def telegram_on(
    redis_url: str, folder: Path, platform: BotApi, **settings: Any
) -> AsyncIterator[Channel]:
    async with running_desk(
        redis_url,
        folder,
        telegram_access_token=BotApi.TOKEN,
        telegram_secret_token=SECRET,
        telegram_api=platform.url,
        **settings,
    ) as desk:
        hurry(desk)
        yield Channel("telegram", desk, platform)


@asynccontextmanager
async def messenger_on(
    redis_url: str, folder: Path, platform: GraphApi, **settings: Any
) -> AsyncIterator[Channel]:
    async with running_desk(
        redis_url,
        folder,
        messenger_verify="verify-me",
        messenger_secret=SECRET,
        messenger_page_access_token=GraphApi.TOKEN,
        messenger_api=platform.url,
        **settings,
    ) as desk:
        hurry(desk)
        channel = Channel("messenger", desk, platform)
        platform.echo_to = channel.post
        yield channel


def hurry(desk: Desk, **limits: Any) -> None:
    """Shorter pauses than in life, the same in all else."""
    courier = desk.app[CHANNELS].courier
    quick = {"first_pause": 0.05, "longest_pause": 0.4, "idle": 0.05, "echo": 0.6}
    courier.limits = replace(courier.limits, **{**quick, **limits})


@pytest.fixture
async def bot_api() -> AsyncIterator[BotApi]:
    async with BotApi.running() as platform:
        yield platform


@pytest.fixture
async def telegram(redis_url: str, tmp_path: Path, bot_api: BotApi) -> AsyncIterator[Channel]:
    async with telegram_on(redis_url, tmp_path, bot_api) as channel:
        yield channel


@pytest.fixture
async def graph_api() -> AsyncIterator[GraphApi]:
    async with GraphApi.running() as platform:
        yield platform


@pytest.fixture
async def messenger(redis_url: str, tmp_path: Path, graph_api: GraphApi) -> AsyncIterator[Channel]:
    async with messenger_on(redis_url, tmp_path, graph_api) as channel:
        yield channel
