"""A customer in a browser."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from playwright.async_api import BrowserContext, Locator, Page, expect

Contexts = Callable[..., Awaitable[BrowserContext]]


class Served(Protocol):
    """Whatever has the demo shop at its address."""

    @property
    def url(self) -> str: ...


class Visitor:
    """A customer at the chat, who finds things by their names."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("support-chat .launcher")
        self.panel = page.locator("support-chat section.panel")
        self.log = page.get_by_role("log")
        self.composer = self.panel.get_by_role("textbox")
        self.human = page.get_by_role("button", name="Talk to a person")

    async def open(self) -> None:
        await self.launcher.click()
        await expect(self.panel).to_be_visible()

    async def say(self, text: str) -> None:
        await self.composer.fill(text)
        await self.composer.press("Enter")

    def message(self, text: str) -> Locator:
        return self.log.locator(".message:not(.intro)").filter(has_text=text)

    def notice(self, text: str) -> Locator:
        return self.log.locator(".notice").filter(has_text=text)

    def state(self, text: str) -> Locator:
        return self.message(text).locator(".state")

    async def sent(self, *texts: str) -> None:
        """Says it and waits until the desk has it."""
        for text in texts:
            await self.say(text)
            await expect(self.state(text)).to_have_text("✓Sent")

    async def said(self) -> list[str]:
        """All messages after the greeting, as they stand in the log."""
        return await self.log.locator(".message:not(.intro) .text").all_inner_texts()

    async def kept(self) -> dict[str, str]:
        """What the browser's storage holds of the chat."""
        every: dict[str, str] = await self.page.evaluate("({...localStorage})")
        return {key: value for key, value in every.items() if key.startswith("support-chat")}


async def visit(contexts: Contexts, desk: Served, path: str = "/", **options: object) -> Visitor:
    context = await contexts(**options)
    page = await context.new_page()
    await page.goto(desk.url + path)
    return Visitor(page)
