"""Driving the agents' page as a person does, and a customer at the other end of the wire."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Self

import aiohttp
from playwright.async_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from handoff.accounts import Accounts, Role
from handoff.model import Evidence, Handoff, Priority, Reason
from handoff.store import Store
from tests.browser.actors import PASSWORD, Bot, DeskServer
from tests.web.desk import Socket

# Counts what would be heard, and keeps what the browser would show: no speaker, no desktop here.
EARS = """
window.heard = []; window.noticed = [];
const start = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (...rest) {
  heard.push(this.frequency.value);
  return start.apply(this, rest);
};
window.Notification = class { static permission = 'default';
  static async requestPermission() { return (this.permission = 'granted'); }
  constructor(title, options) { noticed.push({ title, ...options }); }
  close() {} };
document.hasFocus = () => false;
"""


class Customer:
    """The widget's side of the wire."""

    def __init__(self, socket: Socket) -> None:
        self.socket = socket

    @classmethod
    @asynccontextmanager
    async def at(cls, desk: DeskServer, **hello: Any) -> AsyncIterator[Self]:
        headers = {"Origin": desk.url}
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{desk.url}/widget/socket", headers=headers) as ws,
        ):
            socket = Socket(ws)
            await socket.send(type="hello", **{"token": None, "after": 0, "lang": "nl", **hello})
            socket.welcome = await socket.until("welcome")
            yield cls(socket)

    @property
    def conversation(self) -> str:
        return str(self.socket.welcome["conversation"])

    @property
    def token(self) -> str:
        return str(self.socket.welcome["token"])

    async def say(self, text: str) -> int:
        """The number of the entry that it became."""
        return int((await self._insist("say", text=text))["seq"])

    async def ask_for_person(self) -> None:
        await self._insist("human")

    async def _insist(self, type: str, **fields: Any) -> dict[str, Any]:
        id = str(uuid.uuid4())
        while True:
            answer = await self.socket.ask(type, id=id, **fields)
            if answer["type"] == "accepted":
                return answer
            assert answer["code"] == "rate", answer  # as the widget does: later, under the same id
            await asyncio.sleep(float(answer["retry"]))

    async def hears(self, text: str) -> dict[str, Any]:
        return await self.socket.entry(text=text)

    async def told(self, cause: str) -> dict[str, Any]:
        return await self.socket.entry(kind="owner", cause=cause)

    def everything(self) -> str:
        """All that ever came to the customer, as text."""
        return json.dumps(self.socket.frames, ensure_ascii=False)


class HeldLine:
    """What the desk tells one page, of which `holds` says what is kept back until `let_go`."""

    def __init__(self) -> None:
        self.holds: Callable[[str], bool] = lambda message: False
        self.kept: list[str] = []
        self.keeping = asyncio.Event()  # set once something is kept

    @classmethod
    async def of(cls, page: Page) -> Self:
        """Stands from the page's next load on."""
        line = cls()
        await page.route_web_socket("**/console/socket", line._stand_between)
        await page.reload()
        return line

    def _stand_between(self, page: WebSocketRoute) -> None:
        self._page = page

        def told(message: str | bytes) -> None:
            if self.holds(str(message)):
                self.kept.append(str(message))
                self.keeping.set()
            else:
                page.send(message)

        page.connect_to_server().on_message(told)

    def let_go(self, times: int = 1) -> None:
        """Everything that was kept, in its order; more than once is a line that stutters."""
        self.holds = lambda message: False
        for message in self.kept * times:
            self._page.send(message)
        self.kept.clear()


class AgentsPage:
    """One agent's browser window."""

    def __init__(self, page: Page, desk: DeskServer) -> None:
        self.page = page
        self.desk = desk

    @classmethod
    async def at(cls, context: BrowserContext, desk: DeskServer, id: str = "ana") -> Self:
        """Signed in by hand, with an ear for sounds."""
        await context.add_init_script(EARS)
        page = cls(await context.new_page(), desk)
        await page.page.goto(f"{desk.url}/console/")
        await page.sign_in(id)
        return page

    async def sign_in(self, id: str, password: str = PASSWORD) -> None:
        await self.page.get_by_label("Name").fill(id)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.lists).to_be_visible()

    @property
    def lists(self) -> Locator:
        return self.page.get_by_role("navigation", name="Conversations")

    def list(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name)

    @property
    def main(self) -> Locator:
        return self.page.get_by_role("main")

    @property
    def facts(self) -> Locator:
        return self.page.get_by_role("complementary", name="About this conversation")

    @property
    def transcript(self) -> Locator:
        return self.page.get_by_role("log")

    @property
    def reply(self) -> Locator:
        return self.page.get_by_role("textbox", name="Reply to")

    @property
    def note(self) -> Locator:
        return self.page.get_by_role("textbox", name="Note for colleagues")

    def button(self, name: str) -> Locator:
        return self.main.get_by_role("button", name=name, exact=True)

    async def open(self, name: str = "Visitor") -> None:
        await self.lists.get_by_role("link", name=name).first.click()
        await expect(self.transcript).to_be_visible()

    async def take(self) -> None:
        await self.list("Waiting").get_by_role("button", name="Take").first.click()
        await expect(self.reply).to_be_focused()

    async def rings(self, tones: int, within: float = 5) -> None:
        """Wait until so many tones were heard. (The page's policy forbids Playwright's polling.)"""
        async with asyncio.timeout(within):
            while await self.page.evaluate("heard.length") < tones:  # noqa: ASYNC110
                await asyncio.sleep(0.1)

    async def send(self, text: str) -> None:
        await self.reply.fill(text)
        await self.reply.press("Enter")
        await expect(self.transcript.get_by_text(text, exact=True)).to_be_visible()


async def employ(desk: DeskServer, id: str, name: str, role: Role = Role.AGENT) -> None:
    """An account, made as everybody's is: through a one-time link."""
    store = await Store.open(desk.redis.url)
    try:
        accounts = Accounts(store)
        await accounts.accept(await accounts.invite(role), id, name, PASSWORD)
    finally:
        await store.close()


async def invitation(desk: DeskServer, role: Role) -> str:
    """The token of a one-time link."""
    store = await Store.open(desk.redis.url)
    try:
        return await Accounts(store).invite(role)
    finally:
        await store.close()


async def lose_patience(customer: Customer, bot: Bot) -> list[int]:
    """A customer who is answered badly and asks for a person: the numbers of their messages."""
    first = await customer.say(
        "Waar blijft mijn bestelling? Dit is de derde keer dat ik het vraag."
    )
    await bot.answer(
        "Een bestelling is binnen twee tot vier werkdagen bij je.",
        buttons=("Dat hielp", "Dat hielp niet"),
        source={"title": "Levertijden", "url": "https://shop.example/levertijd"},
    )
    second = await customer.say("Kan ik een mens spreken?")
    evidence = (
        Evidence("repeats_self", first, 0.71, "de derde keer"),
        Evidence("asks_for_human", second, 0.98, "een mens spreken", threshold=0.65),
    )
    await bot.answer(handoff=Handoff(Reason.ASKED, evidence, Priority.HIGH))
    return [first, second]
