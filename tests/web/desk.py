"""A real desk for tests: a real server on a free port, real WebSocket clients, real accounts."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from handoff.accounts import Account, Accounts, Role
from handoff.settings import Settings
from handoff.store import Store
from handoff.web.app import create_app
from handoff.web.context import CONTEXT, Context

PASSWORD = "correct horse battery"
SOON = 5.0


class Desk:
    """One running desk process's worth of desk, in this process. `url` is where it listens."""

    def __init__(self, app: web.Application, runner: web.AppRunner, port: int) -> None:
        self.app = app
        self.runner = runner
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    @property
    def context(self) -> Context:
        return self.app[CONTEXT]

    async def account(
        self, login: str, name: str = "", role: Role = Role.AGENT, password: str = PASSWORD
    ) -> Account:
        """An account, made the way everybody's is: through a one-time link."""
        return await make_account(self.context.store, login, name, role, password)

    @asynccontextmanager
    async def widget(
        self, token: str | None = None, after: int = 0, **more: Any
    ) -> AsyncIterator[Socket]:
        """A customer's socket, past its welcome (`.welcome`)."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(
                f"{self.url}/widget/socket", headers={"Origin": more.pop("origin", self.url)}
            ) as ws,
        ):
            socket = Socket(ws)
            await socket.send(type="hello", token=token, after=after, **more)
            socket.welcome = await socket.until("welcome")
            yield socket

    @asynccontextmanager
    async def signed_in(self, login: str, password: str = PASSWORD) -> AsyncIterator[Browser]:
        """An agent's browser with a session."""
        async with aiohttp.ClientSession(
            base_url=self.url, cookie_jar=aiohttp.CookieJar(unsafe=True)
        ) as session:
            browser = Browser(self, session)
            status, body = await browser.post("/api/login", name=login, password=password)
            assert status == 200, body
            yield browser

    @asynccontextmanager
    async def console_of(self, login: str = "ana", name: str = "Ana") -> AsyncIterator[Socket]:
        """A new agent at an open console."""
        await self.account(login, name)
        async with self.console(login) as socket:
            yield socket

    @asynccontextmanager
    async def console(self, login: str) -> AsyncIterator[Socket]:
        """An agent's console with an open socket; `.browser` for the API."""
        async with self.signed_in(login) as browser, browser.socket() as socket:
            yield socket


class Socket:
    """A WebSocket client that remembers every frame it got, in order."""

    def __init__(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        self.ws = ws
        self.frames: list[dict[str, Any]] = []
        self.welcome: dict[str, Any] = {}
        self.browser: Browser | None = None
        self.code: int | None = None  # with which the other side closed
        self._unread: list[dict[str, Any]] = []

    async def send(self, **frame: Any) -> None:
        await self.ws.send_str(json.dumps(frame))

    async def ask(self, type: str, **fields: Any) -> dict[str, Any]:
        """Send a frame with an id and wait for what answers it."""
        id = fields.pop("id", None) or str(uuid.uuid4())
        await self.send(type=type, id=id, **fields)
        return await self.until("accepted", "refused", "done", id=id)

    async def until(self, *types: str, within: float = SOON, **having: Any) -> dict[str, Any]:
        """The first frame of one of these types with these fields that was not asked for before."""

        def wanted(frame: dict[str, Any]) -> bool:
            return frame["type"] in types and having.items() <= frame.items()

        async with asyncio.timeout(within):
            while not any(map(wanted, self._unread)):
                await self.next()
        found = next(filter(wanted, self._unread))
        self._unread.remove(found)
        return found

    async def entry(self, within: float = SOON, **having: Any) -> dict[str, Any]:
        """The first entry of the log with these fields, of those that have come or will."""
        async with asyncio.timeout(within):
            while True:
                for entry in self.entries():
                    if having.items() <= entry.items():
                        return entry
                await self.next()

    async def next(self) -> dict[str, Any]:
        """The next frame. Raises ConnectionError when the socket was closed (`code`)."""
        message = await self.ws.receive()
        if message.type is not aiohttp.WSMsgType.TEXT:
            # Of the frame itself: aiohttp forgets it (1006) when its own answer came too late.
            said = message.type is aiohttp.WSMsgType.CLOSE
            self.code = message.data if said else self.code or self.ws.close_code
            raise ConnectionError(f"closed with {self.code}")
        frame: dict[str, Any] = json.loads(message.data)
        self.frames.append(frame)
        self._unread.append(frame)
        return frame

    async def closed(self, within: float = SOON) -> int | None:
        """Read until the socket is closed; its code."""
        async with asyncio.timeout(within):
            try:
                while True:
                    await self.next()
            except ConnectionError:
                return self.code

    async def quiet(self, seconds: float = 0.3) -> list[dict[str, Any]]:
        """Whatever comes in so many seconds."""
        got: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    got.append(await self.next())
        except TimeoutError:
            return got

    def entries(self) -> list[dict[str, Any]]:
        """The entries of all frames so far, in the order in which they came."""
        return [frame["entry"] for frame in self.frames if frame["type"] == "entry"]


class Browser:
    """An agent's browser: the cookie, and the header that the console sends."""

    def __init__(self, desk: Desk, session: aiohttp.ClientSession) -> None:
        self.desk = desk
        self.session = session

    async def post(self, path: str, **body: Any) -> tuple[int, dict[str, Any]]:
        headers = {"X-Baton": "1", "Origin": self.desk.url}
        async with self.session.post(path, json=body, headers=headers) as response:
            return response.status, json.loads(await response.text() or "{}")

    async def get(self, path: str) -> tuple[int, dict[str, Any]]:
        async with self.session.get(path) as response:
            return response.status, json.loads(await response.text() or "{}")

    @asynccontextmanager
    async def socket(self, after: str | None = None) -> AsyncIterator[Socket]:
        """The console's socket, from a cursor or from now."""
        if after is None:
            after = (await self.get("/api/desk"))[1]["cursor"]
        ticket = (await self.post("/api/ticket"))[1]["ticket"]
        async with self.session.ws_connect(
            "/console/socket", headers={"Origin": self.desk.url}
        ) as ws:
            socket = Socket(ws)
            socket.browser = self
            await socket.send(type="hello", ticket=ticket, after=after)
            await socket.send(type="ping")
            await socket.until("pong")
            yield socket


async def make_account(
    store: Store, login: str, name: str = "", role: Role = Role.AGENT, password: str = PASSWORD
) -> Account:
    accounts = Accounts(store)
    return await accounts.accept(
        await accounts.invite(role), login, name or login.title(), password
    )


@asynccontextmanager
async def running_desk(
    redis_url: str, folder: Path, port: int = 0, **settings: Any
) -> AsyncIterator[Desk]:
    """A desk on a free port of 127.0.0.1 (or on `port`). `folder` keeps its secret; desks that
    share a Redis in one test share it too."""
    chosen = replace(Settings(redis_url=redis_url, var_folder=folder), **settings)
    store = await Store.open(redis_url)
    app = create_app(chosen, store)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=2)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        listening = runner.addresses[0][1]
        async with asyncio.timeout(SOON):
            await app[CONTEXT].hub.following.wait()
            await app[CONTEXT].hints.listening.wait()
        yield Desk(app, runner, listening)
    finally:
        await runner.cleanup()
        await store.close()
