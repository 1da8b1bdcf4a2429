"""A real chromium beside a real desk and a real Redis, all in the session's event loop."""

from __future__ import annotations

import shutil
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from handoff.accounts import Role
from handoff.store import Store
from tests.browser.actors import AgentClient, Bot, DeskServer, Shop
from tests.browser.agents_page import AgentsPage, Customer, employ
from tests.redis_server import RedisServer

ARGUMENTS = [
    "--no-sandbox",  # the tests run as root
    "--disable-background-networking",
    "--disable-gpu",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Nothing here is about time: a busy machine may take longer than Playwright's five seconds.
expect.set_options(timeout=15_000)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """Debian's chromium, headless. tests/conftest.py skips, or fails, where there is none."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    assert found, "no chromium"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def shop() -> AsyncIterator[Shop]:
    """Pages of another origin, which the desk allows to carry the chat."""
    pages = Shop()
    await pages.start()
    yield pages
    await pages.stop()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory, shop: Shop) -> Iterator[DeskServer]:
    """One desk for all tests that do not harm it."""
    yield from _desk(tmp_path_factory.mktemp("desk"), WIDGET_ORIGINS=shop.origin)


@pytest.fixture
def own_desk(tmp_path: Path, shop: Shop) -> Iterator[DeskServer]:
    """A desk that the test may kill, as well as its Redis (`own_desk.redis`)."""
    yield from _desk(tmp_path, WIDGET_ORIGINS=shop.origin)


def _desk(folder: Path, **settings: str) -> Iterator[DeskServer]:
    redis = RedisServer(folder)
    redis.start()
    server = DeskServer(folder, redis, **settings)
    try:
        server.start()
        yield server
    finally:
        server.stop(signal.SIGKILL)
        redis.stop(signal.SIGKILL)


@pytest_asyncio.fixture(loop_scope="session")
async def context(chromium: Browser) -> AsyncIterator[Callable[..., Awaitable[BrowserContext]]]:
    """Makes browser contexts, one for each person. No script of a page may fail."""
    opened: list[BrowserContext] = []
    failures: list[str] = []

    async def make(**options: Any) -> BrowserContext:
        options.setdefault("viewport", {"width": 1280, "height": 800})
        options.setdefault("locale", "en-GB")
        made = await chromium.new_context(**options)
        made.set_default_timeout(10_000)
        made.on("weberror", lambda error: failures.append(str(error.error)))
        opened.append(made)
        return made

    yield make
    for one in opened:
        await one.close()
    assert not failures, failures


@pytest_asyncio.fixture(loop_scope="session")
async def agent(desk: DeskServer) -> AsyncIterator[AgentClient]:
    """Ana, at the console of the shared desk."""
    async with AgentClient.at(desk, "Ana") as ana:
        yield ana


@pytest_asyncio.fixture(loop_scope="session")
async def bot(desk: DeskServer) -> AsyncIterator[Bot]:
    """The bot's side of the shared desk."""
    store = await Store.open(desk.redis.url)
    bot = Bot(store)
    await bot.clear()
    yield bot
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def staffed(own_desk: DeskServer) -> DeskServer:
    """A desk of this test's own, with Ana (admin) and Ben."""
    await employ(own_desk, "ana", "Ana", Role.ADMIN)
    await employ(own_desk, "ben", "Ben")
    return own_desk


@pytest_asyncio.fixture(loop_scope="session")
async def its_bot(staffed: DeskServer) -> AsyncIterator[Bot]:
    store = await Store.open(staffed.redis.url)
    yield Bot(store)
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def ana(staffed: DeskServer, context: Callable[..., Awaitable[BrowserContext]]) -> AgentsPage:
    return await AgentsPage.at(await context(), staffed)


@pytest_asyncio.fixture(loop_scope="session")
async def customer(staffed: DeskServer) -> AsyncIterator[Customer]:
    async with Customer.at(staffed, page="https://shop.example/orders/20418") as one:
        yield one
