"""Late handoffs in the console: a lead moves the threshold and sees what it would have meant."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page, expect

from handoff import keys
from handoff.accounts import Role
from handoff.desk import Desk
from handoff.log import Log
from handoff.model import ConversationId, Evidence, Handoff, Mood, Reason
from handoff.store import Store
from handoff.turns import Reply, Turns
from tests.browser.actors import DeskServer
from tests.browser.agents_page import AgentsPage, employ
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]
PHONE = {"viewport": {"width": 390, "height": 760}, "has_touch": True}
OFFER = ({"label": "Yes, please", "payload": {"intent": "affirm", "entities": {}}},)
HOURS_AGO = 3 * 3600 * 1000  # ms
WORDS = "Where is my order?"


@pytest_asyncio.fixture(loop_scope="session")
async def store(own_desk: DeskServer) -> AsyncIterator[Store]:
    store = await Store.open(own_desk.redis.url)
    yield store
    await store.close()


@pytest_asyncio.fixture(loop_scope="session")
async def led(own_desk: DeskServer) -> DeskServer:
    """A desk with Lea, who leads, and Ben, who does not."""
    await employ(own_desk, "lea", "Lea", Role.LEAD)
    await employ(own_desk, "ben", "Ben")
    return own_desk


async def tell(store: Store, name: str, *scores: float, reason: Reason | None = None) -> None:
    """A conversation of some hours ago, an entry a minute, whose customer is judged so; then a
    person, for `reason`, or an offer that nobody takes."""
    log, turns, cid = Log(store), Turns(store), ConversationId(secrets.token_hex(6))
    for n, score in enumerate(scores):
        await log.append_customer(cid, f"{cid}-{n}", WORDS, name=name)
        turn = await turns.take()
        assert turn is not None
        offers = OFFER if reason is None and n == len(scores) - 1 else ()
        reply = Reply("It takes two to four days.", offers)
        await turns.commit(turn, turn.entries[-1].seq, [reply], mood=Mood(score, 0.8))
    if reason:
        evidence = (Evidence("asks_for_human", 1, 0.9, WORDS, 0.65),)
        await Desk(store).request_human(cid, "h", Handoff(reason, evidence))
    rows = await store.redis.xrange(keys.log(cid))
    begin = int(rows[0][1]["time"]) - HOURS_AGO
    await store.redis.delete(keys.log(cid))
    for minute, (id, fields) in enumerate(rows):
        at = begin + minute * 60_000
        await store.redis.xadd(keys.log(cid), {**fields, "time": str(at)}, id=id)


async def a_morning(store: Store) -> None:
    """At .8: nobody. At .5: Grace would have come to a person three messages earlier, Henk at
    all. At .2 also Iris."""
    await tell(store, "Grace", 0.1, 0.55, 0.3, 0.4, reason=Reason.ASKED)
    await tell(store, "Henk", 0.2, 0.62)
    await tell(store, "Iris", 0.25)
    await tell(store, "Joan", 0.03, 0.9, reason=Reason.FRUSTRATED)
    await tell(store, "Kim", 0.02, 0.05)


def slider(page: Page) -> Locator:
    return page.get_by_role("slider", name="Hand over when lost patience reaches")


def figure(page: Page, name: str) -> Locator:
    return page.locator(".figure").filter(has_text=name)


EARLIER, MORE = "Handoffs that would have come earlier", "More conversations to a person"


async def test_a_lead_moves_the_threshold_and_opens_who_is_concerned(
    led: DeskServer, store: Store, context: Contexts
) -> None:
    await a_morning(store)
    lea = await AgentsPage.at(await context(), led, "lea")
    page = lea.page
    control = page.get_by_role("button", name="Late handoffs")
    await control.focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Late handoffs")).to_be_focused()
    assert page.url.endswith("#judgement")
    await expect(slider(page)).to_have_attribute("aria-valuetext", "80 %, in use now")
    await expect(figure(page, EARLIER)).to_contain_text("0 of 2")
    await expect(figure(page, MORE)).to_contain_text("0 of 3")
    await expect(page.get_by_text("None at this threshold.")).to_be_visible()

    await slider(page).focus()
    for _ in range(6):
        await page.keyboard.press("ArrowLeft")
    await expect(slider(page)).to_have_attribute("aria-valuetext", "50 %")
    await expect(figure(page, EARLIER)).to_contain_text("1 of 2")
    await expect(figure(page, EARLIER)).to_contain_text("By 2 messages and 6 min")
    await expect(figure(page, MORE)).to_contain_text("1 of 3")
    await expect(figure(page, MORE)).to_contain_text("1 left without help")
    listed = page.get_by_role("region", name="Conversations that would have gone otherwise")
    await expect(listed.get_by_role("link")).to_have_text(["Grace", "Henk"])
    await expect(page.get_by_role("img", name="at 50 % 1 handoffs earlier")).to_be_visible()
    await shot(page, "console-21-late")
    assert await axe(page) == []

    await page.keyboard.press("Home")
    await expect(slider(page)).to_have_attribute("aria-valuetext", "10 %")
    await expect(listed.get_by_role("link")).to_have_count(3)
    await page.get_by_text("All thresholds").click()
    await expect(page.get_by_role("row").filter(has_text="in use")).to_contain_text("80 %")
    assert await axe(page) == []

    await listed.get_by_role("link", name="Henk").click()
    await expect(lea.transcript).to_contain_text(WORDS)
    await expect(page.locator("#entry-1")).to_be_focused()  # the message that reached it
    assert "#c=" in page.url
    await page.go_back()
    await expect(slider(page)).to_have_attribute("aria-valuetext", "10 %")  # as it was left
    await page.reload()
    await expect(slider(page)).to_have_attribute("aria-valuetext", "80 %, in use now")
    await page.get_by_role("button", name="Late handoffs").click()
    await expect(page.get_by_role("heading", name="No conversation is open")).to_be_visible()
    assert "#judgement" not in page.url


async def test_the_single_keys_rest_where_no_conversation_is_open(
    led: DeskServer, store: Store, context: Contexts
) -> None:
    await tell(store, "Grace", 0.6, 0.1, reason=Reason.ASKED)
    lea = await AgentsPage.at(await context(), led, "lea")
    await lea.open("Grace")
    await lea.page.get_by_role("button", name="Late handoffs").click()
    await expect(slider(lea.page)).to_be_visible()
    await lea.page.get_by_role("heading", name="Late handoffs").focus()
    for key in ("t", "r", "e"):
        await lea.page.keyboard.press(key)
    await expect(lea.page.get_by_role("dialog")).to_have_count(0)
    await expect(lea.list("Waiting")).to_contain_text("Grace")
    await expect(slider(lea.page)).to_be_visible()


async def test_in_the_dark_and_on_a_phone(led: DeskServer, store: Store, context: Contexts) -> None:
    await a_morning(store)
    for name, options in (
        ("dark", {"color_scheme": "dark"}),
        ("phone", PHONE),
        ("phone-dark", {**PHONE, "color_scheme": "dark"}),
    ):
        page = (await AgentsPage.at(await context(**options), led, "lea")).page
        await page.get_by_role("button", name="Late handoffs").click()
        await slider(page).focus()
        for _ in range(12):
            await page.keyboard.press("ArrowLeft")
        await expect(figure(page, MORE)).to_contain_text("2 of 3")
        await shot(page, f"console-22-late-{name}")
        assert await axe(page) == []
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide
        if "phone" in name:
            await page.get_by_role("button", name="Conversations").click()
            await expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
            await expect(page.get_by_role("button", name="Late handoffs")).to_be_visible()


async def test_nothing_measured_yet_and_nothing_for_agents(
    led: DeskServer, context: Contexts
) -> None:
    lea = (await AgentsPage.at(await context(), led, "lea")).page
    await lea.get_by_role("button", name="Late handoffs").click()
    await expect(lea.get_by_role("heading", name="No measured conversations yet")).to_be_visible()
    await shot(lea, "console-23-late-empty")
    assert await axe(lea) == []
    ben = (await AgentsPage.at(await context(), led, "ben")).page
    await expect(ben.get_by_role("button", name="Late handoffs")).to_have_count(0)
    await ben.goto(f"{led.url}/console/#judgement")
    await expect(ben.get_by_role("alert")).to_contain_text("Only leads and admins see this.")
