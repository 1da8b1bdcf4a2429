"""The agents' page on what the bot judged: marked right or wrong, and heeded while a reply is
written."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, expect

from handoff.log import Log
from handoff.model import ConversationId, Evidence, Handoff, Reason
from handoff.review import Verdict, reviewed
from handoff.store import Store
from tests.browser.actors import Bot, DeskServer
from tests.browser.agents_page import AgentsPage, Customer, lose_patience
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]
PHONE = {"viewport": {"width": 375, "height": 720}, "has_touch": True}


@pytest_asyncio.fixture(loop_scope="session")
async def store(staffed: DeskServer) -> AsyncIterator[Store]:
    store = await Store.open(staffed.redis.url)
    yield store
    await store.close()


def verdict(page: AgentsPage, name: str) -> Locator:
    group = page.facts.get_by_role("group", name="Was it right to bring a person in?")
    return group.get_by_role("button", name=name, exact=True)


async def said_of(store: Store, customer: Customer) -> list[Verdict]:
    cid = ConversationId(customer.conversation)
    return [one.verdict for one in reviewed(cid, await Log(store).read(cid))]


async def test_a_handoff_is_marked_in_one_click_and_colleagues_see_it(
    ana: AgentsPage,
    staffed: DeskServer,
    store: Store,
    customer: Customer,
    its_bot: Bot,
    context: Contexts,
) -> None:
    ben = await AgentsPage.at(await context(color_scheme="dark"), staffed, "ben")
    await lose_patience(customer, its_bot)
    for page in (ana, ben):
        await page.open()
        asked = page.facts.get_by_role("button", name="Asked for a person")
        await expect(asked).to_contain_text("98 %")
        await expect(asked).to_contain_text("Enough from 65 % on")
        unheld = page.facts.get_by_role("button", name="Says it again")
        await expect(unheld).not_to_contain_text("Enough")
        await expect(verdict(page, "Right")).to_have_attribute("aria-pressed", "false")
    await verdict(ana, "Right").dblclick()  # one click, with a nervous hand
    for page, who in ((ana, "marked by you"), (ben, "marked by Ana")):
        await expect(verdict(page, "Right")).to_have_attribute("aria-pressed", "true")
        await expect(page.facts).to_contain_text(who)
    assert await said_of(store, customer) == [Verdict.RIGHT]
    # Ben thinks otherwise; with the keyboard alone.
    await verdict(ben, "Wrong").focus()
    await ben.page.keyboard.press("Enter")
    for page in (ana, ben):
        await expect(verdict(page, "Wrong")).to_have_attribute("aria-pressed", "true")
        await expect(verdict(page, "Right")).to_have_attribute("aria-pressed", "false")
    await expect(ana.facts).to_contain_text("marked by Ben")
    await expect(verdict(ben, "Wrong")).to_be_focused()
    for page, name in ((ana, "light"), (ben, "dark")):
        await shot(page.page, f"console-17-verdict-{name}")
        assert await axe(page.page) == []
    await verdict(ana, "Wrong").click()  # … and back
    await expect(verdict(ben, "Wrong")).to_have_attribute("aria-pressed", "false")
    assert await said_of(store, customer) == [Verdict.NONE]
    assert "verdict" not in customer.everything()
    assert await ana.transcript.get_by_text("erdict").count() == 0


async def test_a_handoff_can_be_marked_when_it_is_over_and_on_a_phone(
    staffed: DeskServer, store: Store, customer: Customer, its_bot: Bot, context: Contexts
) -> None:
    ana = await AgentsPage.at(await context(**PHONE), staffed)
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.button("Resolve").click()
    dialog = ana.page.get_by_role("dialog")
    await dialog.get_by_role("radio", name="Solved", exact=True).check()
    await dialog.get_by_role("button", name="Resolve").click()
    await customer.told("resolved")
    await ana.open()
    await ana.page.get_by_role("button", name="Details").click()
    await verdict(ana, "Wrong").click()
    await expect(verdict(ana, "Wrong")).to_have_attribute("aria-pressed", "true")
    await verdict(ana, "Wrong").scroll_into_view_if_needed()
    size = await verdict(ana, "Wrong").bounding_box()
    assert size
    assert size["height"] >= 44
    await shot(ana.page, "console-18-verdict-phone")
    assert await axe(ana.page) == []
    assert await said_of(store, customer) == [Verdict.WRONG]


async def tells_what_was_tried(customer: Customer, bot: Bot) -> int:
    """A customer who has done things already, handed over with that: the message's number."""
    message = await customer.say("I restarted the router and looked in my spam folder, still no.")
    await bot.answer("Please wait a little.")
    asked = await customer.say("a person please")
    evidence = (
        Evidence("asks_for_human", asked, 0.98, "a person", 0.65),
        Evidence("already_tried", message, 1.0, "I restarted the router"),
        Evidence("already_tried", message, 1.0, "looked in my spam folder"),
    )
    await bot.answer(handoff=Handoff(Reason.ASKED, evidence))
    return message


def hint(page: AgentsPage) -> Locator:
    return page.main.get_by_role("status").filter(has_text="The customer has tried this")


async def test_a_draft_that_proposes_what_was_tried_is_hinted_at_and_sent_all_the_same(
    staffed: DeskServer, customer: Customer, its_bot: Bot, context: Contexts
) -> None:
    ana = await AgentsPage.at(await context(), staffed)
    message = await tells_what_was_tried(customer, its_bot)
    await ana.take()
    await ana.reply.press_sequentially("Hello! Could you please rest")
    await ana.page.wait_for_timeout(900)
    await expect(hint(ana)).to_have_count(0)
    await ana.reply.press_sequentially("art the router?")
    await expect(hint(ana)).to_contain_text("I restarted the router")
    await expect(hint(ana)).not_to_contain_text("spam")
    await expect(ana.reply).to_be_focused()  # nothing takes the keyboard away
    await shot(ana.page, "console-19-tried")
    assert await axe(ana.page) == []
    await ana.page.keyboard.press("Shift+Tab")
    for _ in range(8):  # past the clip and the like, back to the hint
        if await hint(ana).get_by_role("button").evaluate("(one) => one.matches(':focus')"):
            break
        await ana.page.keyboard.press("Shift+Tab")
    await ana.page.keyboard.press("Enter")
    await expect(ana.page.locator(f"#entry-{message}")).to_be_focused()
    draft = await ana.reply.input_value()
    await ana.reply.press("Enter")
    await customer.hears(draft)
    await expect(hint(ana)).to_have_count(0)
    # A note is no proposal to the customer.
    await ana.page.get_by_role("radio", name="Note").check()
    await ana.note.fill("They did restart the router.")
    await ana.page.wait_for_timeout(900)
    await expect(hint(ana)).to_have_count(0)


async def test_the_hint_in_the_dark_on_a_phone(
    staffed: DeskServer, customer: Customer, its_bot: Bot, context: Contexts
) -> None:
    ana = await AgentsPage.at(await context(**PHONE, color_scheme="dark"), staffed)
    await tells_what_was_tried(customer, its_bot)
    await ana.take()
    await ana.reply.fill("Please restart your router, then look into the spam folder.")
    await expect(hint(ana)).to_contain_text("looked in my spam folder")
    await expect(ana.button("Send")).to_be_in_viewport()
    await shot(ana.page, "console-20-tried-phone")
    assert await axe(ana.page) == []
    await ana.reply.fill("")
    await expect(hint(ana)).to_have_count(0)
