"""Real desk processes: two of them, killed ones, told-to-stop ones, and a Redis that goes away."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from handoff.accounts import Role
from handoff.model import AgentId
from handoff.store import Store
from tests.redis_server import RedisServer
from tests.web.desk import PASSWORD, Desk, Socket, make_account, running_desk

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.faults


class Process(Desk):
    """A desk in a process of its own, spoken to as any other."""

    def __init__(self, redis_url: str, folder: Path) -> None:
        self.folder = folder
        self.redis_url = redis_url
        self.process: asyncio.subprocess.Process | None = None

    async def start(self, port: int | None = None) -> None:
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        with self.log.open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "handoff"), cwd=ROOT, env=self.env, stderr=log
            )
        await self.answering()

    @property
    def log(self) -> Path:
        return self.folder / "desk.log"

    @property
    def env(self) -> dict[str, str]:
        return {
            **os.environ,
            "REDIS_URL": self.redis_url,
            "DESK_PORT": str(self.port),
            "VAR_FOLDER": str(self.folder),
        }

    async def answering(self) -> None:
        assert self.process
        async with asyncio.timeout(20), aiohttp.ClientSession() as session:
            while True:
                assert self.process.returncode is None, self.log.read_text()
                try:
                    async with session.get(f"{self.url}/ready") as response:
                        if response.status == 200:
                            return
                except aiohttp.ClientConnectionError:
                    pass
                await asyncio.sleep(0.05)

    async def stop(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Its exit status. A second call does nothing."""
        assert self.process
        if self.process.returncode is None:
            self.process.send_signal(how)
        return await self.process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def desk_process(redis_url: str, folder: Path) -> AsyncIterator[Process]:
    desk = Process(redis_url, folder)
    await desk.start()
    try:
        yield desk
    finally:
        await desk.stop(signal.SIGKILL)


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    store = await Store.open(redis_url)
    yield store
    await store.close()


async def test_a_customer_at_one_desk_talks_to_an_agent_at_another(
    redis_url: str, tmp_path: Path, store: Store
) -> None:
    await make_account(store, "ana", "Ana")
    async with (
        desk_process(redis_url, tmp_path) as here,
        desk_process(redis_url, tmp_path) as there,
        there.console("ana") as ana,
        here.widget() as widget,
    ):
        cid = widget.welcome["conversation"]
        await widget.ask("say", text="Hello from here")
        await widget.ask("human")
        assert (await ana.until("conversation"))["summary"]["id"] == cid
        await ana.ask("open", conversation=cid, after=0)
        await ana.ask("claim", conversation=cid)
        assert (await widget.entry(cause="claimed"))["name"] == "Ana"
        await ana.ask("say", conversation=cid, fence=2, text="Hello from there")
        await widget.entry(text="Hello from there")
        await ana.send(type="typing", conversation=cid)
        assert (await widget.until("typing"))["name"] == "Ana"
        await widget.send(type="typing")
        assert (await ana.until("typing"))["who"] == "customer"
        await widget.send(type="seen", seq=4)
        assert (await ana.until("seen"))["seq"] == 4
        # The token of one desk opens the conversation at the other, whole.
        async with there.widget(widget.welcome["token"]) as elsewhere:
            await elsewhere.entry(text="Hello from there")
            await widget.quiet(0.2)
            assert elsewhere.entries() == widget.entries()
        # Each desk sees who is on duty at the other.
        async with asyncio.timeout(10):
            while True:
                async with here.widget() as another:
                    if another.welcome["people"]["available"] == 1:
                        break
                await asyncio.sleep(0.5)


async def test_signing_out_at_one_desk_closes_the_console_at_another(
    redis_url: str, tmp_path: Path, store: Store
) -> None:
    await make_account(store, "ana", "Ana")
    async with (
        running_desk(redis_url, tmp_path) as here,
        running_desk(redis_url, tmp_path) as there,
        here.signed_in("ana") as browser,
    ):
        ticket = (await browser.post("/api/ticket"))[1]["ticket"]
        async with browser.session.ws_connect(
            f"{there.url}/console/socket", headers={"Origin": there.url}
        ) as ws:
            ana = Socket(ws)
            await ana.send(type="hello", ticket=ticket, after="0-0")
            await ana.send(type="ping")
            await ana.until("pong")
            await browser.post("/api/logout")
            assert await ana.closed(within=5) == 1008


async def test_told_to_stop_it_says_goodbye_and_is_gone_within_ten_seconds(
    redis_url: str, tmp_path: Path, store: Store
) -> None:
    await make_account(store, "ana", "Ana")
    async with desk_process(redis_url, tmp_path) as desk, desk.console("ana") as ana:
        async with desk.widget() as widget, desk.widget() as silent:
            await widget.ask("say", text="Hello")
            begun = time.monotonic()
            stopping = asyncio.create_task(desk.stop())
            assert await widget.closed() == 1012
            await asyncio.sleep(0.5)  # somebody slow hears it too
            assert await ana.closed() == 1012
            del silent  # one that never answers the goodbye
            assert await stopping == 0, desk.log.read_text()
            assert time.monotonic() - begun < 10


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_it_stops_in_time_without_redis_too(
    own_redis: RedisServer, tmp_path: Path, how: signal.Signals
) -> None:
    async with desk_process(own_redis.url, tmp_path) as desk, desk.widget() as widget:
        await widget.ask("say", text="Hello")
        os.kill(own_redis.pid, how)
        await widget.send(type="say", id="x", text="anybody?")
        await asyncio.sleep(0.3)
        begun = time.monotonic()
        stopping = asyncio.create_task(desk.stop())
        assert await widget.closed(within=9) == 1012
        assert await stopping == 0, desk.log.read_text()
        assert time.monotonic() - begun < 10


async def test_killed_and_back_nothing_is_lost_or_doubled(redis_url: str, tmp_path: Path) -> None:
    """The widget's rule: resend under the same id until accepted, start from the last seq shown."""
    async with desk_process(redis_url, tmp_path) as desk:
        token: str | None = None
        shown: list[dict[str, object]] = []
        accepted: dict[str, int] = {}
        for round in range(3):
            async with desk.widget(token, after=len(shown)) as widget:
                token = widget.welcome["token"]
                ids = [f"{round}-{number}" for number in range(6)]
                for id in ids:
                    await widget.send(type="say", id=id, text=id)
                await widget.until("accepted")  # the rest may or may not be in the log
                await desk.stop(signal.SIGKILL)
                await widget.closed()
                accepted |= {f["id"]: f["seq"] for f in widget.frames if f["type"] == "accepted"}
                shown += widget.entries()
            await desk.start(desk.port)
            async with desk.widget(token, after=len(shown)) as widget:
                for id in ids:  # all of them again: it cannot know
                    answer = await widget.ask("say", id=id, text=id)
                    assert answer["type"] == "accepted"
                    assert accepted.setdefault(id, answer["seq"]) == answer["seq"]
                    await asyncio.sleep(0.15)
                last = max(accepted.values())
                while len(shown) + len(widget.entries()) < last:
                    await widget.next()
                shown += widget.entries()
        assert [entry["seq"] for entry in shown] == list(range(1, len(shown) + 1))
        texts = [entry["text"] for entry in shown if entry["sender"] == "customer"]
        assert sorted(texts) == sorted(accepted)  # type: ignore[type-var]


async def test_redis_goes_and_comes_and_the_desk_stays(
    own_redis: RedisServer, tmp_path: Path
) -> None:
    async with desk_process(own_redis.url, tmp_path) as desk:
        async with desk.widget() as widget:
            await widget.ask("say", id="1", text="before")
            own_redis.stop(signal.SIGKILL)
            refused = await widget.ask("say", id="2", text="meanwhile")
            assert (refused["type"], refused["code"]) == ("refused", "unavailable")
            with pytest.raises((ConnectionError, TimeoutError)):
                async with desk.widget(widget.welcome["token"]):
                    pass
            own_redis.start()
            await desk.answering()
            # The same socket, without a new hello.
            assert (await widget.ask("say", id="2", text="meanwhile"))["seq"] == 2
            assert (await widget.entry(seq=2))["text"] == "meanwhile"
            async with desk.widget(widget.welcome["token"]) as other:
                await other.ask("say", text="from elsewhere")
                await widget.entry(text="from elsewhere", within=10)
        assert desk.process
        assert desk.process.returncode is None


async def test_a_stopped_redis_is_waited_for(own_redis: RedisServer, tmp_path: Path) -> None:
    """SIGSTOP: it neither answers nor goes away. What was sent meanwhile is in the log once."""
    async with desk_process(own_redis.url, tmp_path) as desk, desk.widget() as widget:
        await widget.ask("say", id="1", text="before")
        os.kill(own_redis.pid, signal.SIGSTOP)
        await widget.send(type="say", id="2", text="meanwhile")
        await asyncio.sleep(6)
        os.kill(own_redis.pid, signal.SIGCONT)
        answer = await widget.until("accepted", "refused", id="2", within=20)
        while answer["type"] == "refused":
            answer = await widget.ask("say", id="2", text="meanwhile")
        assert answer["seq"] == 2
        assert (await widget.ask("say", id="3", text="after"))["seq"] == 3


async def test_another_database_ends_the_process(own_redis: RedisServer, tmp_path: Path) -> None:
    """After a flush, cursors are out there that this database never gave: stop, never guess."""
    async with desk_process(own_redis.url, tmp_path) as desk, desk.widget() as widget:
        await widget.ask("say", text="Hello")
        store = await Store.open(own_redis.url)
        await store.redis.flushall()
        await store.close()
        await widget.send(type="say", id="x", text="anybody?")
        assert desk.process
        async with asyncio.timeout(10):
            assert await desk.process.wait() == 3


async def test_admin_link_is_for_the_first_admin_only(
    redis_url: str, tmp_path: Path, store: Store
) -> None:
    desk = Process(redis_url, tmp_path)
    desk.port = 8080

    async def run(*words: str) -> tuple[int, str, str]:
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "handoff", *words),
            cwd=ROOT,
            env=desk.env,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await made.communicate()
        return made.returncode or 0, out.decode(), err.decode()

    status, link, _ = await run("admin-link")
    assert status == 0
    base, _, token = link.strip().partition("#welcome=")
    assert base == "http://127.0.0.1:8080/console/"
    async with running_desk(redis_url, tmp_path) as running:
        await running.context.accounts.accept(token, "ana", "Ana", PASSWORD)
        account = await running.context.accounts.get(AgentId("ana"))
        assert account
        assert account.role is Role.ADMIN
    assert (await run("admin-link"))[:2] == (0, "")
    assert "#welcome=" in (await run("admin-link", "--another"))[1]


async def test_what_is_wrong_at_start_is_said_in_a_sentence(tmp_path: Path) -> None:
    desk = Process("unix:///nowhere/redis.sock", tmp_path)
    desk.port = free_port()
    for changed, words in (
        ({"REDIS_URL": ""}, "REDIS_URL is missing"),
        ({"DESK_PORT": "many"}, "DESK_PORT"),
    ):
        made = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "handoff"),
            cwd=ROOT,
            env={**desk.env, **changed},
            stderr=asyncio.subprocess.PIPE,
        )
        _, err = await made.communicate()
        assert made.returncode == 2
        assert words in err.decode()
        assert "Traceback" not in err.decode()
