"""The website chat in a real browser, with a real desk: what a customer does, and what must hold whatever happens."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.browser.actors import AgentClient, Bot, DeskServer
from tests.browser.looking import axe, shot

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

Contexts = Callable[..., Awaitable[BrowserContext]]


class Visitor:
    """A customer at the chat, who finds things by their names."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("support-chat .launcher")
        self.panel = page.locator("support-chat section.panel")
        self.log = page.get_by_role("log")
        self.composer = page.get_by_role("textbox")
        self.human = page.get_by_role("button", name="Talk to a person")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    def message(self, text: str) -> Locator:
        return self.log.locator(".message").filter(has_text=text)

    async def said(self) -> list[str]:
        """All messages and notices after the greeting, as they stand in the log."""
        return await self.log.locator(".message:not(.intro) .text, .notice").all_inner_texts()


async def visit(contexts: Contexts, desk: DeskServer, path: str = "/", **options: object) -> Visitor:
    context = await contexts(**options)
    page = await context.new_page()
    await page.goto(desk.url + path)
    return Visitor(page)


async def test_answered_then_helped_by_a_person(
    context: Contexts, desk: DeskServer, agent: AgentClient, bot: Bot
) -> None:
    """The whole of it as the customer sees it: the bot, the line, Ana, and back."""
    visitor = await visit(context, desk)
    await shot(visitor.page, "1-launcher")
    await visitor.open()
    await expect(visitor.log).to_contain_text("a bot")
    await expect(visitor.log).to_contain_text("human")
    await expect(visitor.page.get_by_text("Our team is here now")).to_be_visible()
    await expect(visitor.composer).to_be_focused()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "2-first-screen")

    await visitor.say("How long does delivery take?")
    await expect(visitor.message("How long").locator(".state")).to_have_text("✓Sent")
    await bot.answer(
        "Two to four working days.",
        buttons=["That helped", "Not quite"],
        source={"title": "Delivery times", "url": "https://shop.example/delivery"},
    )
    await expect(visitor.message("working days")).to_contain_text("Assistantbot")
    link = visitor.page.get_by_role("link", name="Delivery times")
    await expect(link).to_have_attribute("href", "https://shop.example/delivery")
    await expect(link).to_have_attribute("rel", "noopener noreferrer nofollow")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "3-answered")

    await visitor.page.get_by_role("button", name="Not quite").click()
    turn = await bot.answer("Shall I bring in a person?", buttons=["Yes, please", "No"])
    assert turn.entries[0].text == "Not quite"
    assert turn.entries[0].body["payload"] == "/Not quite"
    await expect(visitor.page.get_by_role("button", name="Not quite")).to_have_count(0)

    await visitor.human.click()
    await expect(visitor.page.get_by_role("status").get_by_text("You are next in line")).to_be_visible()
    await expect(visitor.human).to_be_hidden()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "4-waiting")

    conversation = await agent.newest()
    await agent.do("claim", conversation=conversation)
    await expect(visitor.log.get_by_text("Ana has joined")).to_be_visible()
    await agent.hint("typing", conversation=conversation)
    await expect(visitor.page.get_by_text("Ana is typing")).to_be_visible()
    await agent.say(conversation, "Hello, I am Ana. Your parcel left us yesterday.")
    await expect(visitor.message("I am Ana")).to_contain_text("Anasupport team")
    await expect(visitor.page.get_by_text("Ana is typing")).to_be_hidden()
    await visitor.say("That was quick!")
    await expect(visitor.message("That was quick!").locator(".state")).to_have_text("✓Sent")
    last = (await agent.entries(conversation))[-1]
    assert last["text"] == "That was quick!"
    await agent.hint("seen", conversation=conversation, seq=last["seq"])
    await expect(visitor.message("That was quick!").locator(".state")).to_have_text("✓✓Seen")
    assert await axe(visitor.page) == []
    await shot(visitor.page, "5-with-ana")

    await agent.do("resolve", conversation=conversation, disposition="solved", note="")
    await expect(visitor.log.get_by_text("You're back with the assistant")).to_be_visible()
    await expect(visitor.human).to_be_visible()
    assert await axe(visitor.page) == []
    await shot(visitor.page, "6-resolved")
