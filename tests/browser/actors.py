"""The other sides of a browser test: a desk process, an agent at its API, a bot at its turns."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Self

import aiohttp
from aiohttp import web

from handoff.accounts import Accounts, Role
from handoff.model import Handoff
from handoff.store import Store
from handoff.turns import Reply, Turn, Turns
from tests.redis_server import RedisServer

PASSWORD = "a long enough pass phrase 42"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class DeskServer:
    """`python -m handoff` on a free port beside its own Redis; may be killed and started again."""

    def __init__(self, folder: Path, redis: RedisServer, **settings: str) -> None:
        self.folder = folder
        self.redis = redis
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it serves; raises with its own words when it does not."""
        log = self.folder / "desk.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "handoff"],
                env={
                    **os.environ,
                    "REDIS_URL": self.redis.url,
                    "DESK_PORT": str(self.port),
                    "VAR_FOLDER": str(self.folder / "var"),
                    "BOT_ABSENCE": "3600",  # the tests' bot answers when the test says so
                    "BOT_PATIENCE": "3600",
                    **self._settings,
                },
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
            )
        until = time.monotonic() + 30
        while True:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the desk did not start: {log.read_text()}")
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(how)
            self._process.wait(timeout=20)


class AgentClient:
    """An agent of flesh and blood would use the console; this one speaks its API and its socket."""

    _numbers = itertools.count()

    def __init__(self, session: aiohttp.ClientSession, url: str, id: str, name: str) -> None:
        self._http = session
        self._url = url
        self.id = id
        self.name = name
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self.heard: list[dict[str, Any]] = []
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    @asynccontextmanager
    async def at(cls, desk: DeskServer, name: str) -> AsyncIterator[Self]:
        """A new agent, signed in, available, with an open console."""
        id = f"{name.lower()}{next(cls._numbers)}"
        store = await Store.open(desk.redis.url)
        try:
            accounts = Accounts(store)
            await accounts.accept(await accounts.invite(Role.ADMIN), id, name, PASSWORD)
        finally:
            await store.close()
        jar = aiohttp.CookieJar(unsafe=True)  # an address of numbers may set cookies, too
        async with aiohttp.ClientSession(headers={"X-Baton": "1"}, cookie_jar=jar) as session:
            agent = cls(session, desk.url, id, name)
            await agent._post("/api/login", name=id, password=PASSWORD)
            await agent.sit_down()
            try:
                yield agent
            finally:
                await agent.leave()

    async def sit_down(self) -> None:
        ticket = (await self._post("/api/ticket"))["ticket"]
        async with self._http.get(f"{self._url}/api/desk") as answer:
            cursor = (await answer.json())["cursor"]
        self._socket = await self._http.ws_connect(f"{self._url}/console/socket", origin=self._url)
        await self._socket.send_json({"type": "hello", "ticket": ticket, "after": cursor})
        self._reader = asyncio.create_task(self._read(self._socket))
        await self.do("availability", state="available")

    async def leave(self) -> None:
        if self._socket is not None:
            await self._socket.close()
        if self._reader is not None:
            await self._reader

    async def do(self, what: str, **fields: Any) -> dict[str, Any]:
        """Ask and wait for `done`; a refusal fails the test."""
        assert self._socket is not None
        id = f"{self.id}-{next(self._numbers)}"
        self._answers[id] = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"type": what, "id": id, **fields})
        answer = await asyncio.wait_for(self._answers[id], 10)
        assert answer["type"] == "done", answer
        return answer

    async def hint(self, what: str, **fields: Any) -> None:
        """`typing` and `seen`, which nobody answers."""
        assert self._socket is not None
        await self._socket.send_json({"type": what, **fields})

    async def say(self, conversation: str, text: str) -> None:
        async with self._http.get(f"{self._url}/api/conversations/{conversation}") as answer:
            fence = (await answer.json())["summary"]["fence"]
        await self.do("say", conversation=conversation, fence=fence, text=text)

    async def waiting(self) -> set[str]:
        """The conversations in the queue; earlier tests may have left some there."""
        return {one["id"] for one in await self._conversations() if one["owner"] == "queue"}

    async def _conversations(self) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._url}/api/desk") as answer:
            return list((await answer.json())["conversations"])

    async def newest(self, owner: str = "queue", besides: Collection[str] = ()) -> str:
        """The conversation that changed last, of those with this owner; waits for one. The list
        may be a moment behind: `besides` are those that are known not to be meant."""
        for _ in range(300):
            found = await self._conversations()
            wanted = [one for one in found if one["owner"] == owner and one["id"] not in besides]
            if wanted:
                return str(max(wanted, key=lambda one: one["updated"])["id"])
            await asyncio.sleep(0.05)
        raise AssertionError(f"no conversation with owner {owner}")

    async def entries(self, conversation: str) -> list[dict[str, Any]]:
        async with self._http.get(f"{self._url}/api/conversations/{conversation}") as answer:
            return list((await answer.json())["entries"])

    async def _post(self, path: str, **body: str) -> dict[str, Any]:
        async with self._http.post(self._url + path, json=body) as answer:
            assert answer.ok, await answer.text()
            return dict(await answer.json())

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            frame = message.json()
            self.heard.append(frame)
            waiting = self._answers.get(frame.get("id", ""))
            if waiting is not None and not waiting.done():
                waiting.set_result(frame)


class Bot:
    """Takes turns like the worker in Rasa, and says what the test wants said."""

    def __init__(self, store: Store) -> None:
        self._turns = Turns(store)

    async def clear(self) -> None:
        """Leave nothing owed by the tests before: the next turn is the next message."""
        while (turn := await self._turns.take()) is not None:
            await self.commit(turn)

    async def take(self) -> Turn:
        """The next turn owed; waits for one."""
        await self._turns.beat("test")
        for _ in range(200):
            turn = await self._turns.take()
            if turn is not None:
                return turn
            await self._turns.wait(0.1)
        raise AssertionError("no turn was owed")

    async def answer(
        self,
        *texts: str,
        buttons: Sequence[str] = (),
        source: Mapping[str, str] | None = None,
        handoff: Handoff | None = None,
    ) -> Turn:
        """Take the next turn and answer all of it; `buttons` and `source` go with the last text."""
        turn = await self.take()
        await self.commit(turn, *texts, buttons=buttons, source=source, handoff=handoff)
        return turn

    async def commit(
        self,
        turn: Turn,
        *texts: str,
        buttons: Sequence[str] = (),
        source: Mapping[str, str] | None = None,
        handoff: Handoff | None = None,
    ) -> None:
        labels = tuple({"label": label, "payload": f"/{label}"} for label in buttons)
        replies = [Reply(text) for text in texts[:-1]]
        if texts:
            replies.append(Reply(texts[-1], buttons=labels, source=source))
        await self._turns.commit(turn, turn.entries[-1].seq, replies, handoff)


class Shop:
    """Somebody else's pages, on another origin than the desk's."""

    def __init__(self) -> None:
        self.port = free_port()
        self.origin = f"http://localhost:{self.port}"
        self._pages: dict[str, tuple[str, dict[str, str]]] = {}
        self._runner: web.AppRunner | None = None

    def page(self, path: str, html: str, **headers: str) -> str:
        """Serve this from now on; the address."""
        kept = {name.replace("_", "-"): value for name, value in headers.items()}
        self._pages[path] = (html, kept)
        return self.origin + path

    async def start(self) -> None:
        async def serve(request: web.Request) -> web.Response:
            if request.path not in self._pages:
                raise web.HTTPNotFound
            html, headers = self._pages[request.path]
            return web.Response(text=html, content_type="text/html", headers=headers)

        app = web.Application()
        app.router.add_get("/{path:.*}", serve)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        await web.TCPSite(self._runner, "localhost", self.port).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
