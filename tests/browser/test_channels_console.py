"""Agents see one queue: what each channel allows, how far our messages came, and who is who."""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Route, expect

from handoff import keys
from handoff.accounts import Role
from handoff.channels.customers import Customers
from handoff.model import ConversationId
from handoff.store import Store
from tests.browser.actors import DeskServer
from tests.browser.agents_page import AgentsPage, Customer, employ
from tests.browser.conftest import _desk
from tests.browser.looking import axe, shot
from tests.channels.standins import BotApi, GraphApi, flood, telegram_refusal
from tests.channels.test_messenger import ME as MESSENGER
from tests.channels.test_messenger import said
from tests.channels.test_telegram import ME as TELEGRAM
from tests.channels.test_telegram import message

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

SECRET = "a-secret-for-the-tests"
HOUR = 3_600_000  # ms


class Platforms:
    """Telegram and Messenger as their stand-ins, in front of a desk process of its own."""

    def __init__(self, desk: DeskServer, bot_api: BotApi, store: Store) -> None:
        self.desk = desk
        self.bot_api = bot_api
        self.store = store

    async def telegram(self, update: dict[str, Any]) -> None:
        await self._post("telegram", update, {"X-Telegram-Bot-Api-Secret-Token": SECRET})

    async def messenger(self, update: dict[str, Any]) -> None:
        signed = hmac.new(SECRET.encode(), json.dumps(update).encode(), hashlib.sha256)
        headers = {"X-Hub-Signature-256": f"sha256={signed.hexdigest()}"}
        await self._post("messenger", update, headers)

    async def age(self, external: str, hours: float) -> None:
        """The customer's last word on Messenger is so old."""
        found = await Customers(self.store).known("messenger", external)
        assert found is not None
        heard = int(time.time() * 1000 - hours * HOUR)
        await self.store.redis.hset(keys.conversation(ConversationId(found)), "heard", heard)

    async def _post(self, channel: str, update: dict[str, Any], headers: dict[str, str]) -> None:
        raw = json.dumps(update).encode()
        async with (
            aiohttp.ClientSession() as session,
            session.post(
                f"{self.desk.url}/hook/{channel}",
                data=io.BytesIO(raw),
                headers={"Content-Type": "application/json", **headers},
            ) as response,
        ):
            assert response.status == 200, await response.text()


@pytest_asyncio.fixture(loop_scope="session")
async def bot_api() -> AsyncIterator[BotApi]:
    async with BotApi.running() as platform:
        yield platform


@pytest_asyncio.fixture(loop_scope="session")
async def graph_api() -> AsyncIterator[GraphApi]:
    async with GraphApi.running() as platform:
        yield platform


@pytest.fixture
def channels_desk(tmp_path: Path, bot_api: BotApi, graph_api: GraphApi) -> Iterator[DeskServer]:
    yield from _desk(
        tmp_path,
        TELEGRAM_ACCESS_TOKEN=BotApi.TOKEN,
        TELEGRAM_VERIFY="shop_bot",
        TELEGRAM_SECRET_TOKEN=SECRET,
        TELEGRAM_API=bot_api.url,
        MESSENGER_VERIFY="verify-me",
        MESSENGER_SECRET=SECRET,
        MESSENGER_PAGE_ACCESS_TOKEN=GraphApi.TOKEN,
        MESSENGER_API=graph_api.url,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def platforms(channels_desk: DeskServer, bot_api: BotApi) -> AsyncIterator[Platforms]:
    await employ(channels_desk, "ana", "Ana", Role.ADMIN)
    store = await Store.open(channels_desk.redis.url)
    yield Platforms(channels_desk, bot_api, store)
    await store.close()


Contexts = Callable[..., Awaitable[BrowserContext]]


async def test_messengers_windows_count_down_and_close(
    platforms: Platforms, context: Contexts
) -> None:
    await platforms.messenger(said(1, "Where is my parcel?"))
    await platforms.age(MESSENGER, 20.8 - 1 / 120)
    page = await AgentsPage.at(await context(), platforms.desk)
    await page.lists.get_by_role("link", name="Messenger").click()
    await expect(page.main).to_contain_text("You can answer freely for 3 h 12 min")
    await page.button("Take over").click()
    await expect(page.reply).to_be_focused()
    await shot(page.page, "channels-1-free")
    await platforms.age(MESSENGER, 48)
    await page.page.reload()
    await expect(page.main).to_contain_text("Only a person may answer, until ")
    await expect(page.reply).to_be_visible()
    await shot(page.page, "channels-2-person")
    assert await axe(page.page) == []
    await platforms.age(MESSENGER, 169)
    await page.page.reload()
    await expect(page.main).to_contain_text("Messenger no longer allows an answer")
    await expect(page.main).to_contain_text("You can answer again as soon as they write")
    await expect(page.reply).to_have_count(0)
    await shot(page.page, "channels-3-closed")
    assert await axe(page.page) == []
    await platforms.messenger(said(2, "Hello? Are you there?"))
    await expect(page.reply).to_be_visible()
    await expect(page.main).to_contain_text("You can answer freely for 23 h 59 min")


async def test_what_was_not_delivered_says_so(platforms: Platforms, context: Contexts) -> None:
    place = {"latitude": 52.37021, "longitude": 4.89517}
    await platforms.telegram(message(1, "Where is my parcel?"))
    await platforms.telegram(message(2, location=place))
    contact = {"phone_number": "+31 20 555 01 23", "first_name": "Jan"}
    await platforms.telegram(message(3, contact=contact))
    page = await AgentsPage.at(await context(), platforms.desk)
    await page.lists.get_by_role("link", name="Telegram").click()
    await expect(page.transcript).to_contain_text("Location: 52.3702, 4.8952")
    await expect(page.transcript).to_contain_text("+31 20 555 01 23")
    assert await page.transcript.get_by_role("link").count() == 0
    await page.button("Take over").click()
    await page.send("I look it up")
    await expect(page.transcript).not_to_contain_text("Not delivered")
    platforms.bot_api.plan(TELEGRAM, flood(3), flood(3))  # typing and message
    await page.send("One moment")
    late = page.transcript.get_by_role("listitem").filter(has_text="One moment")
    await expect(late).to_contain_text("Not delivered yet: the platform asks us to slow down")
    await shot(page.page, "channels-4-late")
    await expect(late).not_to_contain_text("Not delivered")
    blocked = telegram_refusal(403, "Forbidden: bot was blocked by the user")
    platforms.bot_api.plan(TELEGRAM, blocked, blocked)
    await page.send("It comes tomorrow")
    warning = page.transcript.locator(".warning")
    await expect(warning).to_contain_text("Not delivered. The customer has blocked us")
    refused = page.transcript.get_by_role("listitem").filter(has_text="It comes tomorrow")
    await expect(refused).to_contain_text("Not delivered")
    await shot(page.page, "channels-4-not-delivered")
    assert await axe(page.page) == []


async def test_one_person_is_linked_and_unlinked(platforms: Platforms, context: Contexts) -> None:
    await platforms.telegram(message(1, "Still no parcel"))
    await platforms.messenger(said(1, "Where is it?"))
    async with Customer.at(platforms.desk) as customer:
        await customer.say("My parcel is lost")
        page = await AgentsPage.at(await context(), platforms.desk)
        await page.lists.get_by_role("link", name="Telegram").click()
        same = page.facts.get_by_role("region", name="Same person")
        await expect(same).to_contain_text("No other conversation of this customer is known.")
        await same.get_by_role("button", name="Link with another conversation").click()
        dialog = page.page.get_by_role("dialog", name="The same person")
        await expect(dialog.get_by_role("radio")).to_have_count(2)
        await dialog.get_by_role("searchbox").fill("website lost")
        await expect(dialog.get_by_role("radio")).to_have_count(1)
        await dialog.get_by_role("radio").check()
        await shot(page.page, "channels-5-link")
        assert await axe(page.page) == []
        await dialog.get_by_role("button", name="Same person").click()
        await expect(dialog).to_have_count(0)
        await expect(same).to_contain_text("said by Ana")
        await expect(same).to_contain_text("My parcel is lost")
        await expect(page.transcript).to_contain_text("The same person as in another conversation")
        await shot(page.page, "channels-6-linked")
        assert await axe(page.page) == []
        await same.get_by_role("button", name="Open the conversation").click()
        await expect(page.transcript).to_contain_text("My parcel is lost")
        await page.transcript.get_by_role("button", name="Show the other conversation").click()
        await expect(page.transcript).to_contain_text("Still no parcel")
        await same.get_by_role("button", name="Undo").click()
        await expect(same).to_contain_text("No other conversation of this customer is known.")
        await expect(page.transcript).to_contain_text("No longer the same person")
        assert "same person" not in customer.everything()
        assert '"linked"' not in customer.everything()


async def test_a_customer_goes_on_on_telegram(platforms: Platforms, context: Contexts) -> None:
    """The link opens in a tab of its own, and who follows it is known to agents as one person."""
    browser = await context()
    visits: list[str] = []

    async def telegram(route: Route) -> None:
        visits.append(route.request.url)
        await route.fulfill(body="Telegram", content_type="text/plain")

    await browser.route("https://t.me/**", telegram)
    visitor = await browser.new_page()
    await visitor.goto(f"{platforms.desk.url}/")
    await visitor.get_by_role("button", name="Open the chat").click()
    way = visitor.get_by_role("button", name="Continue on Telegram")
    composer = visitor.get_by_role("textbox", name="Your message")
    await expect(composer).to_be_visible()
    await expect(way).to_have_count(0)
    await composer.fill("My parcel is lost")
    await composer.press("Enter")
    await expect(way).to_be_visible()
    await shot(visitor, "channels-7-widget")
    assert await axe(visitor) == []
    async with browser.expect_page() as opening:
        await way.click()
    opened = await opening.value
    await opened.wait_for_url("https://t.me/shop_bot?start=*")
    assert await opened.evaluate("opener") is None
    [address] = visits
    await platforms.telegram(message(1, f"/start {address.partition('=')[2]}"))
    page = await AgentsPage.at(await context(), platforms.desk)
    await page.lists.get_by_role("link", name="Telegram").click()
    same = page.facts.get_by_role("region", name="Same person")
    await expect(same).to_contain_text("the customer followed our link")
    await expect(same).to_contain_text("My parcel is lost")


async def test_no_way_on_where_there_is_none(own_desk: DeskServer, context: Contexts) -> None:
    visitor = await (await context()).new_page()
    await visitor.goto(f"{own_desk.url}/")
    await visitor.get_by_role("button", name="Open the chat").click()
    composer = visitor.get_by_role("textbox", name="Your message")
    await composer.fill("My parcel is lost")
    await composer.press("Enter")
    await expect(visitor.get_by_role("log")).to_contain_text("My parcel is lost")
    await expect(visitor.get_by_role("button", name="Continue on")).to_have_count(0)
