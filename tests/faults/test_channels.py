"""Platforms that fail in every way they know, and desks that are killed in the middle: what
customers got is compared with the log."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from handoff import keys
from handoff.audit import audit
from handoff.channels.customers import Customers
from handoff.desk import Desk as Ownership
from handoff.log import Log
from handoff.model import AgentId, ConversationId
from handoff.store import Store
from ops.places import ROOT
from tests.channels.conftest import SECRET, Channel, hurry, telegram_on, until, until_async
from tests.channels.standins import (
    HUNG_UP,
    TAKEN_THEN_HUNG_UP,
    TAKEN_THEN_SILENT,
    Answer,
    BotApi,
    GraphApi,
    StandIn,
    flood,
    page,
    refused,
    telegram_refusal,
)
from tests.channels.test_telegram import ME, message
from tests.redis_server import RedisServer

JOINED = "Ana from the support team has joined"


@pytest.fixture
async def bot_api() -> AsyncIterator[BotApi]:
    async with BotApi.running() as platform:
        yield platform


@pytest.fixture
async def telegram(redis_url: str, tmp_path: Path, bot_api: BotApi) -> AsyncIterator[Channel]:
    async with telegram_on(redis_url, tmp_path, bot_api) as channel:
        yield channel


async def begun(telegram: Channel, external: str = ME) -> None:
    """A customer, and an agent who has joined."""
    update = message(1, "hello")
    for who in (update["message"]["chat"], update["message"]["from"]):
        who["id"] = int(external)
    update["message"]["from"].pop("language_code")
    await telegram.told(update)
    await telegram.agent_takes(external)
    assert await telegram.got(external, 1) == [JOINED]
    await telegram.delivered(external)


async def test_a_flood_is_waited_out_as_long_as_telegram_asks(telegram: Channel) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, flood(2))
    started = time.monotonic()
    await telegram.agent_says(ME, "one")
    await telegram.agent_says(ME, "two")
    assert (await telegram.got(ME, 3))[1:] == ["one", "two"]
    assert time.monotonic() - started >= 2.0
    assert len(telegram.platform.of("sendMessage")) == 4, "nothing was asked before its time"
    assert await telegram.notices(ME) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_what_fails_at_telegram_is_sent_again_in_order(
    telegram: Channel, status: int
) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, *[refused(status, "<html>Bad Gateway</html>")] * 3)
    for text in ("one", "two", "three"):
        await telegram.agent_says(ME, text)
    assert (await telegram.got(ME, 4))[1:] == ["one", "two", "three"]
    assert await telegram.notices(ME) == []
    assert await telegram.stat("delivery_unknown") == 0


async def test_a_late_delivery_is_visible_until_it_is_done(telegram: Channel) -> None:
    await begun(telegram)
    telegram.platform.always[ME] = refused(503, {})
    await telegram.agent_says(ME, "one")

    async def late() -> bool:
        return await telegram.field(ME, "trouble") == "failed"

    await until_async(late)
    del telegram.platform.always[ME]
    await telegram.got(ME, 2)
    await telegram.delivered(ME)
    assert await telegram.field(ME, "trouble") is None


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (telegram_refusal(403, "Forbidden: bot was blocked by the user"), "blocked"),
        (telegram_refusal(403, "Forbidden: user is deactivated"), "blocked"),
        (telegram_refusal(400, "Bad Request: chat not found"), "blocked"),
        (telegram_refusal(400, "Bad Request: message is too long"), "refused"),
        (telegram_refusal(401, "Unauthorized"), "token"),
        (telegram_refusal(404, "Not Found"), "token"),
    ],
)
async def test_what_will_never_arrive_is_told_and_the_next_goes_on(
    telegram: Channel, answer: Answer, reason: str
) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, answer)
    lost = await telegram.agent_says(ME, "lost")
    await telegram.agent_says(ME, "next")
    assert (await telegram.got(ME, 2))[1:] == ["next"]
    [notice] = await telegram.notices(ME)
    assert (notice["seq"], notice["reason"]) == (lost, reason)
    assert notice["text"].endswith(".")
    [entry] = [e for e in await telegram.entries(ME) if e.body.get("notice")]
    assert entry.for_customer() is None
    await telegram.delivered(ME)
    await telegram.audit()


async def test_a_sentence_of_the_desks_that_is_lost_is_no_news(telegram: Channel) -> None:
    await telegram.told(message(1, "hello"))
    telegram.platform.plan(ME, telegram_refusal(403, "Forbidden: bot was blocked by the user"))
    await telegram.agent_takes(ME)
    await telegram.delivered(ME)
    assert await telegram.notices(ME) == []
    assert await telegram.stat("not_delivered") == 1


@pytest.mark.parametrize("lost", [TAKEN_THEN_HUNG_UP, HUNG_UP])
async def test_an_unknown_outcome_is_repeated_once_and_counted(
    telegram: Channel, lost: Answer
) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, lost)
    await telegram.agent_says(ME, "one")
    await telegram.agent_says(ME, "two")
    expected = ["one", "one", "two"] if lost.taken else ["one", "two"]
    assert (await telegram.got(ME, 1 + len(expected)))[1:] == expected
    await telegram.delivered(ME)
    assert await telegram.stat("delivery_unknown") == 1
    assert await telegram.notices(ME) == []


async def test_an_outcome_that_stays_unknown_is_told_instead_of_repeated_for_ever(
    telegram: Channel,
) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, *[TAKEN_THEN_HUNG_UP] * 2)
    await telegram.agent_says(ME, "one")
    await telegram.agent_says(ME, "two")
    assert (await telegram.got(ME, 4))[1:] == ["one", "one", "two"]
    [notice] = await telegram.notices(ME)
    assert notice["reason"] == "unconfirmed"


async def test_a_platform_that_is_away_is_waited_for(redis_url: str, tmp_path: Path) -> None:
    async with BotApi.running() as first:
        port = first.port
        async with telegram_on(redis_url, tmp_path, first) as telegram:
            await begun(telegram)
    async with telegram_on(redis_url, tmp_path, first) as telegram:
        await telegram.agent_says(ME, "are you there?")
        await telegram.agent_says(ME, "still me")

        async def late() -> bool:
            return await telegram.field(ME, "trouble") == "unreachable"

        await until_async(late)
        async with BotApi.running(port) as again:
            await until(lambda: len(again.got(ME)) == 2)
            assert again.got(ME) == ["are you there?", "still me"]
        assert await telegram.stat("delivery_unknown") == 0


async def test_a_slow_conversation_delays_no_other(telegram: Channel) -> None:
    slow = [str(5000 + n) for n in range(30)]
    for external in slow:
        await begun(telegram, external)
    await begun(telegram)
    for external in slow:
        telegram.platform.always[external] = TAKEN_THEN_SILENT
        await telegram.agent_says(external, "slow", f"slow-{external}")
    await until(lambda: len(telegram.platform.of("sendMessage")) >= 31 + 30)
    started = time.monotonic()
    await telegram.agent_says(ME, "quick")
    assert (await telegram.got(ME, 2))[1:] == ["quick"]
    assert time.monotonic() - started < 2.0


async def test_several_desks_share_the_work_in_order(redis_url: str, tmp_path: Path) -> None:
    people = [str(6000 + n) for n in range(12)]
    async with (
        BotApi.running() as platform,
        telegram_on(redis_url, tmp_path, platform) as one,
        telegram_on(redis_url, tmp_path, platform) as two,
        telegram_on(redis_url, tmp_path, platform) as three,
    ):
        for number, external in enumerate(people):
            await begun((one, two, three)[number % 3], external)
        for n in range(8):
            await asyncio.gather(
                *(
                    (one, two, three)[n % 3].agent_says(external, f"{external} {n}", f"{n}")
                    for external in people
                )
            )
        for external in people:
            got = await one.got(external, 9, within=20)
            assert got[1:] == [f"{external} {n}" for n in range(8)]
            await one.delivered(external)
        assert await one.stat("delivery_unknown") == 0


async def test_an_entry_that_no_platform_takes_for_a_day_is_given_up(telegram: Channel) -> None:
    hurry(telegram.desk, expiry=0.5)
    await begun(telegram)
    telegram.platform.always[ME] = refused(503, {})
    await telegram.agent_says(ME, "old news")

    async def told() -> Any:
        return await telegram.notices(ME)

    [notice] = await until_async(told)
    assert notice["reason"] == "expired"


async def test_redis_away_is_503_and_nothing_is_lost(
    own_redis: RedisServer, tmp_path: Path, bot_api: BotApi
) -> None:
    async with telegram_on(own_redis.url, tmp_path, bot_api) as telegram:
        await begun(telegram)
        own_redis.stop(signal.SIGKILL)
        status, _ = await telegram.post(message(2, "is anybody there?"))
        assert status == 503
        own_redis.start()
        status, _ = await telegram.post(message(2, "is anybody there?"))
        assert status == 200
        await telegram.agent_says(ME, "yes")
        assert (await telegram.got(ME, 2))[-1] == "yes"
        texts = [entry.text for entry in await telegram.entries(ME)]
        assert texts.count("is anybody there?") == 1
        await telegram.audit()


class Process:
    """A real desk process: `python -m handoff`."""

    def __init__(self, process: asyncio.subprocess.Process, port: int) -> None:
        self.process = process
        self.url = f"http://127.0.0.1:{port}"

    @classmethod
    @asynccontextmanager
    async def running(
        cls, redis_url: str, folder: Path, platform: StandIn, port: int
    ) -> AsyncIterator[Process]:
        telegram = {
            "TELEGRAM_ACCESS_TOKEN": BotApi.TOKEN,
            "TELEGRAM_SECRET_TOKEN": SECRET,
            "TELEGRAM_API": platform.url,
        }
        messenger = {
            "MESSENGER_VERIFY": "verify-me",
            "MESSENGER_SECRET": SECRET,
            "MESSENGER_PAGE_ACCESS_TOKEN": GraphApi.TOKEN,
            "MESSENGER_API": platform.url,
        }
        env = {
            **os.environ,
            "REDIS_URL": redis_url,
            "VAR_FOLDER": str(folder),
            "DESK_PORT": str(port),
            "LOG_LEVEL": "warning",
            "AGENT_GRACE": "3600",  # nobody sits at a console here, and nobody is to be missed
            **(telegram if isinstance(platform, BotApi) else messenger),
        }
        with (folder / f"desk-{port}.log").open("ab") as out:
            process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "handoff", env=env, cwd=ROOT, stdout=out, stderr=out
            )
        it = cls(process, port)
        try:
            await it.ready()
            yield it
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()

    async def ready(self) -> None:
        async with aiohttp.ClientSession() as session:
            for _ in range(600):
                assert self.process.returncode is None, "the desk went away"
                try:
                    async with session.get(f"{self.url}/ready") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)
        raise AssertionError("the desk did not start")

    async def kill(self) -> None:
        self.process.kill()
        await self.process.wait()

    async def post(self, update: Any, channel: str = "telegram") -> int | None:
        """The status, or None when the desk died under it."""
        raw = json.dumps(update).encode()
        signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        headers = {
            "X-Telegram-Bot-Api-Secret-Token": SECRET,
            "X-Hub-Signature-256": f"sha256={signed}",
            "Content-Type": "application/json",
        }
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{self.url}/hook/{channel}", data=raw, headers=headers) as response,
            ):
                return response.status
        except aiohttp.ClientError:
            return None


def free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


async def external_conversation(
    store: Store, external: str, channel: str = "telegram"
) -> ConversationId:
    found = await Customers(store).known(channel, external)
    assert found
    return found


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_killed_between_sending_and_writing_it_down_repeats_one_message_at_most(
    redis_url: str, tmp_path: Path, bot_api: BotApi
) -> None:
    """The platform has the message and never answers; the desk is killed while it waits."""
    store = await Store.open(redis_url)
    try:
        port = free_port()
        async with Process.running(redis_url, tmp_path, bot_api, port) as desk:
            assert await desk.post(message(1, "hello")) == 200
            cid = await external_conversation(store, ME)
            await Ownership(store).take_over(cid, "take", AgentId("ana"), "Ana", 9)
            await until(lambda: len(bot_api.got(ME)) == 1)
            bot_api.plan(ME, TAKEN_THEN_SILENT)
            log = Log(store)
            for text in ("one", "two", "three"):
                await log.append_agent(cid, text, AgentId("ana"), "Ana", text)
            await until(lambda: "one" in bot_api.got(ME))
            await desk.kill()
        async with Process.running(redis_url, tmp_path, bot_api, port):
            # A dead courier's lease ends by itself after 30 s.
            await until(lambda: "three" in bot_api.got(ME), within=60)
        assert bot_api.got(ME)[1:] == ["one", "one", "two", "three"]
        assert int(await store.redis.hget(keys.STATS, "delivery_unknown")) == 1
        assert await audit(store) == {}
    finally:
        await store.close()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_messenger_tells_by_its_echo_and_nothing_is_repeated(
    redis_url: str, tmp_path: Path
) -> None:
    """As above, but this platform says by an echo what it took, to whichever desk is there."""
    store = await Store.open(redis_url)
    customer = "24000000000000001"
    try:
        async with GraphApi.running() as graph:
            port = free_port()
            running: list[Process] = []

            async def redeliver(event: Any) -> None:
                for _ in range(600):
                    if running and await running[-1].post(event, "messenger") == 200:
                        return
                    await asyncio.sleep(0.1)

            graph.echo_to = redeliver
            event = {
                "sender": {"id": customer},
                "recipient": {"id": GraphApi.PAGE},
                "timestamp": 1790000000000,
                "message": {"mid": "m_1", "text": "hello"},
            }
            async with Process.running(redis_url, tmp_path, graph, port) as desk:
                running.append(desk)
                assert await desk.post(page(event), "messenger") == 200
                cid = await external_conversation(store, customer, "messenger")
                await Ownership(store).take_over(cid, "take", AgentId("ana"), "Ana", 9)
                await until(lambda: len(graph.got(customer)) == 1)
                running.clear()
                graph.plan(customer, TAKEN_THEN_SILENT)
                log = Log(store)
                for text in ("one", "two"):
                    await log.append_agent(cid, text, AgentId("ana"), "Ana", text)
                await until(lambda: "one" in graph.got(customer))
                await desk.kill()
            async with Process.running(redis_url, tmp_path, graph, port) as desk:
                running.append(desk)
                await until(lambda: "two" in graph.got(customer), within=60)
            assert graph.got(customer)[1:] == ["one", "two"]
            assert await audit(store) == {}
    finally:
        await store.close()


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_desks_killed_again_and_again_lose_nothing_and_keep_the_order(
    redis_url: str, tmp_path: Path, bot_api: BotApi
) -> None:
    """Two desks; every now and then one is killed. Customers write and agents answer all along."""
    store = await Store.open(redis_url)
    people = [str(7000 + n) for n in range(6)]
    kills = 0
    try:
        ports = [free_port(), free_port()]
        log, ownership = Log(store), Ownership(store)

        async def tell(desks: list[Process], update: Any) -> None:
            for _ in range(200):
                for desk in desks:
                    if await desk.post(update) == 200:
                        return
                await asyncio.sleep(0.1)
            raise AssertionError("no desk took it")

        said = 0
        for round in range(4):
            async with (
                Process.running(redis_url, tmp_path, bot_api, ports[0]) as one,
                Process.running(redis_url, tmp_path, bot_api, ports[1]) as two,
            ):
                for n in range(6):
                    for external in people:
                        update = message(100 * round + n + 1, f"{external} asks {said}")
                        update["update_id"] = int(external) * 10_000 + said
                        for who in (update["message"]["chat"], update["message"]["from"]):
                            who["id"] = int(external)
                        await tell([one, two] if n % 2 else [two, one], update)
                        cid = await external_conversation(store, external)
                        if said == 0:
                            await ownership.take_over(cid, "take", AgentId("ana"), "Ana", 99)
                        text = f"{external} gets {said}"
                        await log.append_agent(cid, text, AgentId("ana"), "Ana", text)
                    said += 1
                    if n == 3:
                        await (one if round % 2 else two).kill()
                        kills += 1
        async with Process.running(redis_url, tmp_path, bot_api, ports[0]):
            for external in people:
                last = f"{external} gets {said - 1}"
                await bot_got(bot_api, external, last)
        unknown = int(await store.redis.hget(keys.STATS, "delivery_unknown") or 0)
        repeated = 0
        for external in people:
            got = [text for text in bot_api.got(external) if "gets" in text]
            wanted = [f"{external} gets {n}" for n in range(said)]
            assert list(dict.fromkeys(got)) == wanted, "lost, or out of order"
            again = Counter(got)
            assert max(again.values()) <= 1 + kills + 4
            repeated += sum(again.values()) - len(again)
            entries = await log.read(await external_conversation(store, external))
            asked = [entry.text for entry in entries if entry.sender == "customer"]
            assert asked == [f"{external} asks {n}" for n in range(said)]
        assert repeated <= unknown
        assert await audit(store) == {}
    finally:
        await store.close()


async def test_a_courier_that_slept_past_its_lease_writes_nothing_down(telegram: Channel) -> None:
    """Row 13 of the fault matrix: the old courier wakes up after another one did its work."""
    await sleeps_past_its_lease(telegram)


async def sleeps_past_its_lease(telegram: Channel) -> None:
    await begun(telegram)
    telegram.platform.plan(ME, Answer(delay=1.5))
    await telegram.agent_says(ME, "one")
    await until(lambda: len(telegram.platform.of("sendMessage")) == 2)
    cid = await telegram.conversation(ME)
    await telegram.store.redis.set(keys.courier(cid), "somebody else", px=200)
    await asyncio.sleep(2.0)
    await telegram.agent_says(ME, "two")
    got = await telegram.got(ME, 4)
    assert got[1:] == ["one", "one", "two"]
    assert await telegram.stat("delivery_unknown") == 1


async def bot_got(bot_api: BotApi, external: str, text: str) -> None:
    await until(lambda: text in bot_api.got(external), within=60)
