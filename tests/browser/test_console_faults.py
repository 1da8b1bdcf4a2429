"""The agents' page when desk, Redis, line or session go away, and what it shows meanwhile."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from playwright.async_api import BrowserContext, expect

from handoff.desk import Desk
from handoff.log import Log
from handoff.model import AgentId, ConversationId
from handoff.store import Store
from tests.browser.actors import DeskServer
from tests.browser.agents_page import AgentsPage, Customer, HeldLine
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]


@pytest.mark.faults
async def test_a_killed_desk_loses_and_doubles_nothing(
    ana: AgentsPage, staffed: DeskServer, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    await ana.send("Before")
    staffed.stop(signal.SIGKILL)
    await expect(ana.page.get_by_text("No connection to the desk.")).to_be_visible()
    await ana.reply.fill("While it was away")
    await ana.reply.press("Enter")
    await expect(ana.main.get_by_text("Waiting for the connection.")).to_be_visible()
    await shot(ana.page, "console-9-lost")
    assert await axe(ana.page) == []
    staffed.start()
    await expect(ana.transcript.get_by_text("While it was away")).to_have_count(1, timeout=30_000)
    await expect(ana.page.get_by_text("No connection to the desk.")).to_have_count(0)
    await expect(ana.main.get_by_text("Waiting for the connection.")).to_have_count(0)
    async with Customer.at(staffed, token=customer.token) as again:
        await again.hears("While it was away")
        await again.say("Still here")
        await expect(ana.transcript.get_by_text("Still here")).to_have_count(1)
        texts = [one.get("text") for one in again.socket.entries() if one["sender"] == "agent"]
        assert texts == ["Before", "While it was away"]
    await ana.send("After")


async def test_a_reload_keeps_the_conversation_and_what_was_typed(
    ana: AgentsPage, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    await ana.send("Sent")
    await ana.reply.fill("Half a sentence")
    await ana.page.reload()
    await expect(ana.reply).to_have_value("Half a sentence")
    await expect(ana.transcript.get_by_text("Sent", exact=True)).to_have_count(1)


async def test_two_tabs_show_the_same(ana: AgentsPage, customer: Customer) -> None:
    await customer.ask_for_person()
    second = AgentsPage(await ana.page.context.new_page(), ana.desk)
    await second.page.goto(f"{ana.desk.url}/console/")
    await second.open()
    await ana.take()
    await ana.send("From the first")
    await expect(second.transcript.get_by_text("From the first")).to_have_count(1)
    await second.send("From the second")
    await expect(ana.transcript.get_by_text("From the second")).to_have_count(1)


async def test_a_session_that_ended_elsewhere_leads_to_the_door_and_back(
    ana: AgentsPage, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    await ana.reply.fill("Kept")
    await ana.page.context.clear_cookies()
    ana.desk.stop()
    ana.desk.start()
    await expect(ana.page.get_by_text("Your session has ended.")).to_be_visible(timeout=20_000)
    await ana.sign_in("ana")
    await expect(ana.reply).to_have_value("Kept")


@pytest.mark.faults
async def test_a_killed_redis_loses_and_doubles_nothing(
    ana: AgentsPage, staffed: DeskServer, customer: Customer
) -> None:
    await customer.ask_for_person()
    await ana.take()
    await ana.send("Before")
    staffed.redis.stop(signal.SIGKILL)
    await ana.reply.fill("While it was away")
    await ana.reply.press("Enter")
    await expect(
        ana.main.get_by_text("Sending…").or_(ana.main.get_by_text("Waiting for"))
    ).to_be_visible()
    await expect(ana.transcript.get_by_text("While it was away")).to_have_count(0)
    staffed.redis.start()
    await expect(ana.transcript.get_by_text("While it was away")).to_have_count(1, timeout=30_000)
    await expect(ana.main.get_by_text("Sending…")).to_have_count(0)
    await customer.hears("While it was away")
    await ana.send("After")
    await customer.hears("After")


@pytest.mark.faults
async def test_told_to_start_again_the_page_does_and_misses_nothing(
    ana: AgentsPage, customer: Customer
) -> None:
    sockets: list[Any] = []

    def route(socket: Any) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    await ana.page.route_web_socket("**/console/socket", route)
    await ana.page.reload()
    await customer.ask_for_person()
    await ana.take()
    await ana.reply.fill("Half a")
    sockets[-1].send('{"type": "reload"}')
    await customer.say("Said meanwhile")
    await expect(ana.transcript.get_by_text("Said meanwhile")).to_have_count(1)
    await expect(ana.reply).to_have_value("Half a")
    assert len(sockets) == 2
    await ana.send("And on it goes")
    await customer.hears("And on it goes")


async def test_a_reply_is_shown_only_when_it_comes_back(
    ana: AgentsPage, customer: Customer
) -> None:
    """Entries are held back: the customer has the reply long before the page shows it."""
    line = await HeldLine.of(ana.page)
    await customer.ask_for_person()
    await ana.take()
    line.holds = lambda message: '"type":"entry"' in message
    await ana.reply.fill("Patience")
    await ana.reply.press("Enter")
    await customer.hears("Patience")
    await expect(ana.main.get_by_text("Sending…")).to_be_visible()
    await expect(ana.transcript.get_by_text("Patience")).to_have_count(0)
    await asyncio.wait_for(line.keeping.wait(), 15)  # the customer may be told before the page is
    line.let_go(times=2)
    await expect(ana.transcript.get_by_text("Patience")).to_have_count(1)
    await expect(ana.main.get_by_text("Sending…")).to_have_count(0)


@pytest.mark.faults
async def test_what_the_desk_took_back_while_the_page_was_away_is_said(
    ana: AgentsPage, staffed: DeskServer, customer: Customer
) -> None:
    """As if the grace period had run out: the conversation waits again, at its old place."""
    await customer.ask_for_person()
    await ana.take()
    store = await Store.open(staffed.redis.url)
    try:
        await Desk(store).release(
            ConversationId(customer.conversation), "r1", AgentId("ana"), "Ana"
        )
    finally:
        await store.close()
    await expect(ana.page.get_by_text("is back in the queue.")).to_be_visible()
    await expect(ana.list("Waiting").get_by_role("button", name="Take")).to_be_visible()


async def test_an_address_leads_to_its_conversation_and_a_wrong_one_to_the_lists(
    ana: AgentsPage, customer: Customer
) -> None:
    await customer.say("Hallo?")
    page = ana.page
    await page.goto(f"{ana.desk.url}/console/#c={customer.conversation}")
    await page.reload()
    await expect(ana.transcript).to_contain_text("Hallo?")
    for wrong in ("#c=nobody", "#c=%E0%A4%A", "#c=", "#welcome=%"):
        await page.goto(f"{ana.desk.url}/console/{wrong}")
        await page.reload()
        await expect(
            ana.main.get_by_role("heading", name="No conversation is open")
        ).to_be_visible()


async def test_an_erased_conversation_disappears(
    ana: AgentsPage, staffed: DeskServer, customer: Customer
) -> None:
    await customer.say("Forget me")
    await ana.open()
    store = await Store.open(staffed.redis.url)
    try:
        await Log(store).erase(ConversationId(customer.conversation))
    finally:
        await store.close()
    await expect(ana.page.get_by_text("Forget me")).to_have_count(0)
