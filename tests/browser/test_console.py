"""The agents' page in a real browser, against a real desk and a real Redis: a day's work."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, expect

from handoff.accounts import Role
from handoff.desk import Desk
from handoff.model import AgentId, ConversationId
from handoff.store import Store
from tests.browser.actors import PASSWORD, AgentClient, Bot, DeskServer
from tests.browser.agents_page import AgentsPage, Customer, HeldLine, invitation, lose_patience
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]


# --- the door


async def test_signing_in_says_what_was_wrong_and_lets_in(
    staffed: DeskServer, context: Contexts
) -> None:
    page = await (await context()).new_page()
    await page.goto(f"{staffed.url}/console/")
    await expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()
    await shot(page, "console-1-sign-in")
    assert await axe(page) == []
    await page.get_by_label("Name").fill("ana")
    await page.get_by_label("Password").fill("wrong")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert")).to_have_text("The name or the password is wrong.")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("navigation", name="Conversations")).to_be_visible()
    await expect(page.get_by_role("radio", name="Available")).to_be_checked()
    await page.get_by_role("button", name="Sign out").click()
    await expect(page.get_by_role("heading", name="Sign in to the desk")).to_be_visible()


async def test_a_one_time_link_makes_an_agent_and_leaves_the_address_bar(
    own_desk: DeskServer, context: Contexts
) -> None:
    token = await invitation(own_desk, Role.ADMIN)
    page = await (await context()).new_page()
    await page.goto(f"{own_desk.url}/console/#welcome={token}")
    await expect(page.get_by_role("heading", name="Welcome to the desk")).to_be_visible()
    assert token not in page.url
    assert await axe(page) == []
    await shot(page, "console-2-welcome")
    await page.get_by_label("Sign-in name").fill("mia")
    await page.get_by_label("Display name").fill("Mia de Vries")
    await page.get_by_label("Password").fill("short")
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_label("Password")).to_be_focused()  # the browser says it is too short
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Start").click()
    await expect(page.get_by_role("region", name="Team")).to_contain_text("Mia de Vries (you)")
    # Mia is an admin, so she can invite; that link works in somebody else's browser, once.
    await page.get_by_role("button", name="Invite someone").click()
    await page.get_by_role("dialog").get_by_role("radio", name="Agent takes").check()
    await page.get_by_role("button", name="Make a link").click()
    link = await page.get_by_label("One-time link").input_value()
    assert link.startswith(f"{own_desk.url}/console/#welcome=")
    await expect(page.get_by_label("One-time link")).to_be_focused()
    assert await axe(page) == []
    other = await (await context()).new_page()
    await other.goto(link)
    await other.get_by_label("Sign-in name").fill("ben")
    await other.get_by_label("Display name").fill("Ben")
    await other.get_by_label("Password").fill(PASSWORD)
    await other.get_by_role("button", name="Start").click()
    await expect(other.get_by_role("navigation", name="Conversations")).to_be_visible()
    await expect(other.get_by_role("button", name="Invite someone")).to_have_count(0)


# --- a request comes


async def test_a_request_is_seen_heard_and_announced_until_somebody_takes_it(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    page = ana.page
    await expect(page).to_have_title("Baton")
    await page.get_by_role("button", name="Allow desktop notices").click()
    await expect(page.get_by_role("button", name="Allow desktop notices")).to_have_count(0)
    assert await page.evaluate("heard") == []
    await lose_patience(customer, its_bot)
    waiting = ana.list("Waiting")
    for words in ("Asked for a person", "Dutch", "Website", "Kan ik een mens spreken?", "High"):
        await expect(waiting).to_contain_text(words)
    await expect(waiting).to_contain_text("waiting")
    await expect(page).to_have_title("(1) Baton")
    await expect(page.get_by_role("status").get_by_text("1 person waiting")).to_have_count(1)
    await ana.rings(2)
    assert (await page.evaluate("noticed"))[0]["title"] == "1 person waiting"
    assert "mens" not in str(await page.evaluate("noticed"))  # no word of the customer's
    dot = await page.locator("link[rel=icon]").get_attribute("href")
    assert dot is not None
    assert "circle" in dot
    await ana.rings(4, within=30)  # again: nobody came
    await ana.take()
    await expect(page).to_have_title("Baton")


async def test_waiting_time_ticks(ana: AgentsPage, customer: Customer) -> None:
    await customer.ask_for_person()
    waiting = ana.list("Waiting").get_by_role("link").get_by_text("waiting")
    before = await waiting.text_content()
    await expect(waiting).not_to_have_text(before or "", timeout=3_000)


async def test_sound_can_be_switched_off_and_stays_off(ana: AgentsPage, customer: Customer) -> None:
    button = ana.page.get_by_role("button", name="Sound")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await ana.page.reload()
    await expect(button).to_have_attribute("aria-pressed", "false")
    await ana.lists.click()
    await customer.ask_for_person()
    await expect(ana.page).to_have_title("(1) Baton")
    assert await ana.page.evaluate("heard") == []


async def test_two_agents_take_at_once_and_one_is_told_who_was_first(
    ana: AgentsPage, staffed: DeskServer, context: Contexts, customer: Customer
) -> None:
    ben = await AgentsPage.at(await context(), staffed, "ben")
    await customer.ask_for_person()
    pages = [ana, ben]
    lines = [await HeldLine.of(one.page) for one in pages]
    for one, line in zip(pages, lines, strict=True):
        await expect(one.list("Waiting").get_by_role("button", name="Take")).to_be_visible()
        line.holds = lambda message: True  # neither hears of the other before both have pressed
    await asyncio.gather(
        *(one.list("Waiting").get_by_role("button", name="Take").click() for one in pages)
    )
    for line in lines:
        line.let_go()
    told = [one.page.get_by_text("has taken this one.") for one in pages]
    for one, words in zip(pages, told, strict=True):
        await expect(one.reply.or_(words)).to_be_visible()
    losers = [one for one, words in zip(pages, told, strict=True) if await words.count()]
    winners = [one for one in pages if await one.reply.count()]
    assert len(losers) == len(winners) == 1
    assert losers != winners
    name = "Ana" if winners == [ana] else "Ben"
    await expect(losers[0].page.get_by_text(f"{name} has taken this one.")).to_be_visible()
    await expect(losers[0].list("With colleagues")).to_contain_text(name)
    await expect(winners[0].reply).to_be_focused()
    await customer.told("claimed")


# --- the case


async def test_everything_said_is_there_at_once_with_its_evidence(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    first, second = await lose_patience(customer, its_bot)
    await ana.open()
    for text in ("Een bestelling is binnen twee", "Kan ik een mens spreken?"):
        await expect(ana.transcript).to_contain_text(text)
    await expect(ana.transcript.get_by_role("heading", name="Today")).to_be_visible()
    await expect(ana.transcript).to_contain_text("Assistantautomatic")
    await expect(ana.transcript.get_by_text("Dat hielp niet")).to_be_visible()
    link = ana.transcript.get_by_role("link", name="Levertijden")
    await expect(link).to_have_attribute("href", "https://shop.example/levertijd")
    entry = ana.page.locator(f"#entry-{second}")
    await expect(entry.get_by_role("list", name="Led to the handoff")).to_have_text(
        "Asked for a person98 %"
    )
    await expect(entry.locator("mark")).to_have_text("een mens spreken")
    await expect(ana.page.locator(f"#entry-{first} mark")).to_have_text("de derde keer")
    await expect(ana.transcript).to_contain_text("Handed over to people: asked for a person")
    facts = ana.facts
    for words in ("Asked for a person", "message 3", "Dutch", "Website", "High", "not stated"):
        await expect(facts).to_contain_text(words)
    await expect(facts).to_contain_text("shop.example/orders/20418")
    await expect(facts.get_by_role("definition").last).to_have_text("none")  # earlier handoffs
    await facts.get_by_role("button", name="message 3", exact=True).click()
    await expect(entry).to_be_focused()
    await shot(ana.page, "console-3-request")
    assert await axe(ana.page) == []


async def test_an_agent_and_a_customer_talk(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    await lose_patience(customer, its_bot)
    await ana.take()
    await expect(ana.list("Yours")).to_contain_text("Dutch")
    await ana.reply.press_sequentially("Hallo")
    await customer.socket.until("typing", who="agent", name="Ana")
    await customer.socket.send(type="typing")
    await expect(ana.transcript.get_by_text("is typing…")).to_be_visible()
    await ana.send("Goedemiddag, met Ana.\nIk kijk het na.")
    heard = await customer.hears("Goedemiddag, met Ana.\nIk kijk het na.")
    assert (heard["sender"], heard["name"]) == ("agent", "Ana")
    await expect(ana.reply).to_have_value("")
    await customer.socket.send(type="seen", seq=heard["seq"])
    await expect(ana.transcript.get_by_text("Seen", exact=True)).to_be_visible()
    await customer.say("Dank je wel!")
    await expect(ana.transcript.get_by_text("Dank je wel!")).to_be_visible()
    while (await customer.socket.until("seen"))["seq"] <= heard["seq"]:
        pass  # seen before; until() gives up when none of the new message comes
    await shot(ana.page, "console-4-talking")
    assert await axe(ana.page) == []


async def test_shift_enter_breaks_the_line_and_too_long_is_said_before_sending(
    ana: AgentsPage, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    await ana.reply.press_sequentially("one")
    await ana.reply.press("Shift+Enter")
    await ana.reply.press_sequentially("two")
    await expect(ana.reply).to_have_value("one\ntwo")
    await ana.reply.fill("x" * 4_001)
    await expect(ana.main.get_by_text("1 characters too many")).to_be_visible()
    await ana.reply.press("Enter")
    await expect(ana.reply).to_have_value("x" * 4_001)
    await ana.reply.fill("x" * 4_000)
    await ana.reply.press("Enter")
    await customer.hears("x" * 4_000)


async def test_a_note_looks_like_one_and_never_reaches_the_customer(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.main.get_by_role("radio", name="Note").check()
    await expect(ana.main).to_contain_text("Only colleagues see notes")
    await shot(ana.page, "console-5-note")
    assert await axe(ana.page) == []
    await ana.note.fill("He is a big account: careful")
    await ana.note.press("Enter")
    await expect(ana.transcript).to_contain_text("He is a big account: careful")
    await expect(ana.transcript).to_contain_text("Note: only colleagues see this")
    await ana.main.get_by_role("radio", name="Reply").check()
    await ana.send("Public words")
    await customer.hears("Public words")
    assert "big account" not in customer.everything()


async def test_a_refused_reply_keeps_its_text_and_says_who_has_it(
    ana: AgentsPage, staffed: DeskServer, context: Contexts, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    async with AgentClient.at(staffed, "Carla") as carla:
        await ana.reply.fill("Words that took me long")
        other = await AgentsPage.at(await context(), staffed)  # Ana herself, at another machine
        await other.open()
        await other.button("Release").click()
        await other.page.get_by_role("dialog").get_by_role("button", name="Release").click()
        await customer.told("released")
        await carla.do("claim", conversation=customer.conversation)
        banner = ana.main.get_by_role("alert")
        await expect(banner).to_contain_text("Carla has this conversation now.")
        await expect(ana.reply).to_have_value("Words that took me long")
        await ana.reply.press("Enter")
        await expect(ana.reply).to_have_value("Words that took me long")
        await shot(ana.page, "console-6-kept")
        assert await axe(ana.page) == []
    assert "took me long" not in customer.everything()


async def test_a_reply_that_was_on_its_way_when_the_owner_changed_comes_back(
    ana: AgentsPage, staffed: DeskServer, customer: Customer
) -> None:
    """The page learns of the change only from the refusal: frames to it are held back."""
    line = await HeldLine.of(ana.page)
    await customer.ask_for_person()
    await ana.take()
    await ana.reply.fill("Too late")
    line.holds = lambda message: '"refused"' not in message
    store = await Store.open(staffed.redis.url)
    try:
        cid = ConversationId(customer.conversation)
        await Desk(store).release(cid, "r1", AgentId("ana"), "Ana")
        await Desk(store).claim(cid, "c1", AgentId("ben"), "Ben", 4)
    finally:
        await store.close()
    await ana.reply.press("Enter")
    await expect(ana.page.get_by_role("alert")).to_contain_text("Ben has this conversation now.")
    await expect(ana.reply).to_have_value("Too late")
    assert line.kept
    assert "Too late" not in customer.everything()


async def test_release_puts_it_back_and_a_colleague_sees_everything(
    ana: AgentsPage, staffed: DeskServer, context: Contexts, customer: Customer, its_bot: Bot
) -> None:
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.send("Een ogenblik")
    await ana.button("Release").click()
    dialog = ana.page.get_by_role("dialog", name="Put back in the queue")
    await dialog.get_by_label("Note for colleagues").fill("Needs somebody from logistics")
    await shot(ana.page, "console-7-release")
    assert await axe(ana.page) == []
    await dialog.get_by_role("button", name="Release").click()
    await expect(dialog).to_have_count(0)
    await expect(ana.list("Waiting").get_by_role("button", name="Take")).to_be_visible()
    await customer.told("released")
    ben = await AgentsPage.at(await context(), staffed, "ben")
    await ben.take()
    for text in ("Een ogenblik", "Ana put it back in the queue", "Needs somebody from logistics"):
        await expect(ben.transcript).to_contain_text(text)
    assert "logistics" not in customer.everything()


async def test_resolve_with_a_disposition_gives_the_customer_back(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    await lose_patience(customer, its_bot)
    await ana.take()
    await ana.button("Resolve").click()
    dialog = ana.page.get_by_role("dialog", name="Resolve the conversation")
    await expect(dialog.get_by_role("radio").first).to_be_focused()
    await shot(ana.page, "console-8-resolve")
    assert await axe(ana.page) == []
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(dialog).to_be_visible()  # a disposition is needed
    await dialog.get_by_role("radio", name="Solved", exact=True).check()
    await dialog.get_by_label("Note for colleagues").fill("Sent a voucher")
    await dialog.get_by_role("button", name="Resolve").click()
    await customer.told("resolved")
    await expect(ana.list("With the assistant")).to_contain_text("Dutch")
    assert "voucher" not in customer.everything()
    # The bot answers again, and a second handoff counts the first.
    await customer.say("Nog een vraag over mijn factuur")
    await its_bot.answer("Facturen staan in je account.")
    await customer.ask_for_person()
    await ana.take()
    await expect(ana.facts).to_contain_text("Earlier handoffs1")
    await expect(ana.facts).to_contain_text("Resolved: Solved")
    await expect(ana.facts.get_by_role("region", name="In the customer's words")).to_contain_text(
        "factuur"
    )


async def test_taking_over_from_the_assistant_silences_it(
    ana: AgentsPage, customer: Customer, its_bot: Bot
) -> None:
    await customer.say("Hoe laat zijn jullie open?")
    turn = await its_bot.take()
    await ana.open()
    await ana.button("Take over").click()
    await expect(ana.reply).to_be_focused()
    await its_bot.commit(turn, "An answer that comes too late")
    await ana.send("Tot zes uur.")
    await customer.hears("Tot zes uur.")
    assert "too late" not in customer.everything()
    await expect(ana.transcript).to_contain_text("Ana stepped in for the assistant")


async def test_an_away_agent_is_not_rung_and_cannot_take(
    ana: AgentsPage, customer: Customer
) -> None:
    await ana.page.get_by_role("radio", name="Away").check()
    await expect(ana.list("Team")).to_contain_text("Away")
    await customer.ask_for_person()
    await expect(ana.page).to_have_title("(1) Baton")
    assert await ana.page.evaluate("heard") == []
    await ana.list("Waiting").get_by_role("button", name="Take").click()
    await expect(ana.page.get_by_text("You are away.")).to_be_visible()
    await ana.page.get_by_role("radio", name="Available").check()
    await ana.take()
