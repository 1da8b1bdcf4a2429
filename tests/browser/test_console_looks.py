"""The agents' page for hands, eyes, screens, and for those who mean it harm."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Page, expect

from handoff.log import Log
from handoff.model import ConversationId
from handoff.store import Store
from tests.browser.actors import Bot, DeskServer
from tests.browser.agents_page import AgentsPage, Customer, lose_patience
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]
PHONE = {"viewport": {"width": 375, "height": 720}, "has_touch": True}


# --- hostile words


async def test_hostile_texts_are_only_texts(
    ana: AgentsPage, staffed: DeskServer, its_bot: Bot
) -> None:
    store = await Store.open(staffed.redis.url)
    evil = '<img src=x onerror="window.pwned=1">'
    cid = ConversationId("website:hostile")
    try:
        await Log(store).append_customer(
            cid,
            "m1",
            f"{evil}<script>window.pwned=1</script> ‮{{constructor}} __proto__",
            channel="website",
            name=f"{evil}\u202e",
            lang="<svg onload=window.pwned=1>",
            more={"internal": {"page": "javascript:window.pwned=1"}},
        )
    finally:
        await store.close()
    await its_bot.answer(
        evil, buttons=(evil,), source={"title": evil, "url": "javascript:window.pwned=1"}
    )
    policy: list[str] = []
    ana.page.on("console", lambda line: policy.append(line.text) if line.type == "error" else None)
    await ana.open("<img")
    await expect(ana.transcript.get_by_text(evil).first).to_be_visible()
    await ana.button("Take over").click()
    await ana.send(f"Back to you: {evil}")
    assert await ana.page.evaluate("window.pwned") is None
    assert await ana.page.locator("img, script:not([src])").count() == 0
    hrefs = await ana.page.eval_on_selector_all("a", "all => all.map((one) => one.protocol)")
    assert set(hrefs) <= {"http:", "https:"}
    assert policy == []
    await shot(ana.page, "console-10-hostile")
    assert await axe(ana.page) == []


async def test_the_page_keeps_its_own_policy(ana: AgentsPage, customer: Customer) -> None:
    """No violation of the CSP in a whole round; the worker's timer is allowed by it."""
    seen: list[str] = []
    ana.page.on(
        "console",
        lambda line: seen.append(line.text) if line.type in ("error", "warning") else None,
    )
    await ana.page.reload()
    await customer.ask_for_person()
    await ana.take()
    await ana.send("Hello")
    assert seen == []
    assert len(ana.page.workers) == 1
    response = await ana.page.request.get(f"{ana.desk.url}/console/")
    assert "require-trusted-types-for 'script'" in response.headers["content-security-policy"]


# --- hands, eyes and screens


async def test_the_whole_round_by_keyboard(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    await lose_patience(customer, its_bot)
    page = ana.page
    await expect(ana.list("Waiting").get_by_role("button", name="Take")).to_be_visible()
    await page.keyboard.press("?")
    dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    await expect(dialog).to_contain_text("Take it, or take over from the assistant")
    await shot(page, "console-11-help")
    assert await axe(page) == []
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await page.keyboard.press("j")
    await expect(ana.lists.get_by_role("link")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(ana.transcript).to_be_visible()
    await page.keyboard.press("t")
    await expect(ana.reply).to_be_focused()
    await page.keyboard.type("Met de hand")
    await page.keyboard.press("Enter")
    await customer.hears("Met de hand")
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await expect(ana.note).to_be_focused()
    await page.keyboard.type("a note")
    await page.keyboard.press("Enter")
    await expect(ana.transcript.get_by_text("a note")).to_be_visible()
    await page.keyboard.press("Escape")
    await page.keyboard.press("r")
    await expect(ana.reply).to_be_focused()
    await page.keyboard.press("Escape")
    await page.keyboard.press("e")
    await page.keyboard.press("Space")
    await page.keyboard.press("Enter")
    await customer.told("resolved")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.keyboard.press("?")
    await page.get_by_role("checkbox", name="Single-key shortcuts").uncheck()
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(ana.lists.get_by_role("link")).not_to_be_focused()


async def test_dark(
    staffed: DeskServer, context: Contexts, customer: Customer, its_bot: Bot
) -> None:
    ana = await AgentsPage.at(await context(color_scheme="dark"), staffed)
    assert await axe(ana.page) == []
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.send("Goedenavond")
    assert await axe(ana.page) == []
    await ana.main.get_by_role("radio", name="Note").check()
    await ana.note.fill("in the dark")
    await shot(ana.page, "console-12-dark")
    assert await axe(ana.page) == []


async def test_phone(
    staffed: DeskServer, context: Contexts, customer: Customer, its_bot: Bot
) -> None:
    """List, conversation and details one after the other, and the phone's own back button."""
    ana = await AgentsPage.at(await context(**PHONE), staffed)
    await lose_patience(customer, its_bot)
    await expect(ana.list("Waiting")).to_contain_text("Dutch")
    await shot(ana.page, "console-13-phone-list")
    assert await axe(ana.page) == []
    await ana.take()
    await expect(ana.lists).to_be_hidden()
    await ana.send("Hallo vanaf mijn telefoon")
    await shot(ana.page, "console-14-phone-talk")
    assert await axe(ana.page) == []
    await ana.page.get_by_role("button", name="Details").click()
    await expect(ana.facts).to_contain_text("Asked for a person")
    await shot(ana.page, "console-15-phone-facts")
    assert await axe(ana.page) == []
    await ana.main.get_by_role("button", name="Conversation", exact=True).click()
    await expect(ana.transcript).to_be_visible()
    await ana.page.go_back()
    await expect(ana.lists).to_be_visible()
    assert await _overflow(ana.page) == 0


async def test_zoomed_to_twice_the_size(
    staffed: DeskServer, context: Contexts, customer: Customer, its_bot: Bot
) -> None:
    """1280 x 800 at 200 % is 640 x 400 of CSS: nothing is cut off, nothing scrolls sideways."""
    ana = await AgentsPage.at(await context(viewport={"width": 640, "height": 400}), staffed)
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.send("Groot")
    assert await _overflow(ana.page) == 0
    await shot(ana.page, "console-16-zoomed")
    assert await axe(ana.page) == []


async def test_a_long_transcript_opens_at_its_end_and_stays_where_one_reads(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    for n in range(12):
        await customer.say(f"Question {n}. " + "More words. " * 20)
        await its_bot.answer(f"Answer {n}. " + "And an explanation. " * 20)
    await customer.ask_for_person()
    await ana.take()
    await expect(ana.transcript.get_by_text("Answer 11.")).to_be_in_viewport()
    await expect(ana.transcript.get_by_text("Question 0.")).to_have_count(1)
    await ana.transcript.focus()
    await ana.page.keyboard.press("Home")
    await expect(ana.transcript.get_by_text("Question 0.")).to_be_in_viewport()
    await customer.say("And one more thing")
    await expect(ana.transcript.get_by_text("And one more thing")).to_have_count(1)
    await expect(ana.transcript.get_by_text("Question 0.")).to_be_in_viewport()
    await ana.page.get_by_role("button", name="Newest message").click()
    await expect(ana.transcript.get_by_text("And one more thing")).to_be_in_viewport()


async def _overflow(page: Page) -> int:
    return int(
        await page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )
