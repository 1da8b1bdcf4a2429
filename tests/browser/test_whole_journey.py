"""The product's main job with nothing stood in for: real Rasa with the demo model, two browsers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, expect

from handoff.accounts import Role
from handoff.audit import audit
from handoff.log import Log
from handoff.model import ConversationId, Entry, Kind, Owner, Sender
from handoff.queue import HandoffQueue
from handoff.store import Store
from tests.browser.agents_page import AgentsPage, employ
from tests.browser.looking import shot
from tests.browser.visitor import Visitor, visit
from tests.stack import Stack

pytestmark = [
    pytest.mark.browser,
    pytest.mark.rasa,
    pytest.mark.slow,
    pytest.mark.timeout(420),
    pytest.mark.asyncio(loop_scope="session"),
]

Contexts = Callable[..., Awaitable[BrowserContext]]
ANSWER = re.compile(r"working days")
NORWAY = re.compile(r"Norway")
SLOW = 30_000  # ms; two cores, one of them busy with Rasa
QUESTION = "how many days until my parcel arrives"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # Patient with a killed bot: these tests want to see it come back and answer.
    with Stack(tmp_path_factory.mktemp("stack"), BOT_ABSENCE="200", BOT_PATIENCE="200") as whole:
        asyncio.run(employ(whole, "ana", "Ana", Role.ADMIN))  # type: ignore[arg-type]
        yield whole


@pytest_asyncio.fixture(loop_scope="session")
async def store(stack: Stack) -> AsyncIterator[Store]:
    store = await Store.open(stack.redis.url)
    yield store
    await store.close()


class Journey:
    """A customer and an agent, each in a browser of their own."""

    def __init__(self, store: Store, visitor: Visitor, ana: AgentsPage) -> None:
        self.store = store
        self.visitor = visitor
        self.ana = ana

    async def conversation(self) -> ConversationId:
        return (await HandoffQueue(self.store).latest(1))[0]

    async def log(self) -> list[Entry]:
        return await Log(self.store).read(await self.conversation())

    async def chat_is_open(self) -> None:
        """After a reload: opened by itself or by hand."""
        await expect(self.visitor.launcher).to_be_visible()
        if not await self.visitor.panel.is_visible():
            await self.visitor.open()

    async def is_answered(self, question: str, answer: re.Pattern[str] = ANSWER) -> None:
        """The customer asks, and the bot answers from the FAQ."""
        messages = self.visitor.log.locator(".message")
        before = await messages.count()
        await self.visitor.say(question)
        await expect(messages.nth(before + 1)).to_be_visible(timeout=SLOW)
        await expect(messages.filter(has_text=answer).last).to_be_visible()

    async def is_handed_over(self, words: str) -> None:
        await self.visitor.say(words)
        line = self.visitor.page.get_by_role("status").get_by_text("You are next in line")
        await expect(line).to_be_visible(timeout=SLOW)

    async def is_taken(self) -> None:
        await self.ana.take()
        await expect(self.visitor.log.get_by_text("Ana has joined").last).to_be_visible()

    async def talk(self, agent: str, customer: str) -> None:
        await self.ana.send(agent)
        await expect(self.visitor.message(agent)).to_be_visible(timeout=SLOW)
        await self.visitor.say(customer)
        said = self.ana.transcript.get_by_text(customer, exact=True)
        await expect(said).to_be_visible(timeout=SLOW)

    async def is_resolved(self) -> None:
        await self.ana.button("Resolve").click()
        dialog = self.ana.page.get_by_role("dialog")
        await dialog.get_by_role("radio", name="Solved", exact=True).check()
        await dialog.get_by_role("button", name="Resolve").click()
        back = self.visitor.log.get_by_text("You're back with the assistant")
        await expect(back.last).to_be_visible()

    async def kept_its_promises(self, *texts: str) -> None:
        """Nothing lost, nothing doubled, order kept, the bot silent while a person owned."""
        assert await audit(self.store) == {}
        log = await self.log()
        shown = [entry.text for entry in log if entry.kind is Kind.MESSAGE]
        for text in texts:
            assert shown.count(text) == 1, text
        positions = [shown.index(text) for text in texts]
        assert positions == sorted(positions)
        for page in (self.visitor.log, self.ana.transcript):
            seen = await page.locator(".text").all_inner_texts()
            assert [text for text in seen if text in texts] == list(texts)


@pytest_asyncio.fixture(loop_scope="session")
async def journey(stack: Stack, store: Store, context: Contexts) -> Journey:
    ana = await AgentsPage.at(await context(), stack)  # type: ignore[arg-type]
    visitor = await visit(context, stack)  # type: ignore[arg-type]
    await visitor.open()
    return Journey(store, visitor, ana)


async def test_whole_journey(journey: Journey) -> None:
    visitor, ana = journey.visitor, journey.ana
    await journey.is_answered(QUESTION)
    await shot(visitor.page, "journey-1-answered")
    await journey.is_handed_over("Can I talk to a real person please")
    await expect(ana.list("Waiting").get_by_role("link").first).to_be_visible()
    await shot(visitor.page, "journey-2-waiting")
    await journey.is_taken()
    await expect(ana.transcript.get_by_text(QUESTION, exact=True)).to_be_visible()
    await expect(ana.facts).to_contain_text("Asked for a person")
    await journey.talk("Hello, I am Ana. What is your order number?", "It is 20418.")
    await visitor.say(
        "how many days until my parcel arrives, by the way?"
    )  # matches an FAQ: Ana owns
    await expect(ana.transcript.get_by_text("by the way?")).to_be_visible()
    await shot(ana.page, "journey-3-console")
    await shot(visitor.page, "journey-4-talking")

    await visitor.page.reload()
    await journey.chat_is_open()
    await ana.page.reload()
    await ana.open()
    await journey.talk("It left us yesterday.", "Great, thank you Ana!")
    await journey.kept_its_promises(
        QUESTION,
        "Can I talk to a real person please",
        "Hello, I am Ana. What is your order number?",
        "It is 20418.",
        "how many days until my parcel arrives, by the way?",
        "It left us yesterday.",
        "Great, thank you Ana!",
    )

    await journey.is_resolved()
    await journey.is_answered("what does shipping to Norway cost", NORWAY)
    await journey.is_handed_over("a human again, please")
    await journey.is_taken()
    await journey.talk("Me again.", "That was quick.")
    await journey.kept_its_promises("It is 20418.", "Me again.", "That was quick.")
    await journey.is_resolved()
    causes = [e.body["cause"] for e in await journey.log() if e.kind is Kind.OWNER]
    assert causes == ["handoff", "claimed", "resolved"] * 2


async def test_rasa_killed_in_the_middle_of_a_turn(journey: Journey, stack: Stack) -> None:
    visitor = journey.visitor
    await visitor.say(QUESTION)
    stack.kill("rasa")
    await visitor.say("And can I pay by card?")
    await asyncio.sleep(1)
    stack.restart("rasa")
    await expect(visitor.log.locator(".message").filter(has_text=ANSWER).last).to_be_visible(
        timeout=60_000
    )
    await _bot_is_done(journey)
    answers = [e for e in await journey.log() if e.sender is Sender.BOT]
    by_question = {e.id.split(".")[0] for e in answers}
    assert by_question == {"t-1", "t-2"} or len(by_question) == 2
    assert len({e.text for e in answers}) == len(answers), "an answer came twice"

    await journey.is_handed_over("I want a human")
    await journey.is_taken()
    stack.kill("rasa")
    await journey.talk("I am here, bot or no bot.", "Good to know.")
    stack.restart("rasa")
    await journey.kept_its_promises(QUESTION, "And can I pay by card?", "Good to know.")
    await journey.is_resolved()


async def test_redis_killed_and_restarted(journey: Journey, stack: Stack) -> None:
    visitor, ana = journey.visitor, journey.ana
    await journey.is_answered(QUESTION)
    await journey.is_handed_over("agent please")
    await journey.is_taken()
    await journey.talk("Before the crash.", "Yes, before.")
    stack.kill("redis")
    await visitor.say("Said while Redis was away.")
    await asyncio.sleep(2)
    stack.restart("redis")
    said = ana.transcript.get_by_text("Said while Redis was away.", exact=True)
    await expect(said).to_be_visible(timeout=60_000)
    await journey.talk("After the crash.", "Yes, after.")
    state = await Log(journey.store).conversation(await journey.conversation())
    assert state is not None
    assert state.owner is Owner.AGENT
    await journey.kept_its_promises(
        "Before the crash.",
        "Yes, before.",
        "Said while Redis was away.",
        "After the crash.",
        "Yes, after.",
    )
    await journey.is_resolved()
    await journey.is_answered("what does shipping to Norway cost", NORWAY)


async def test_desk_killed_and_restarted(journey: Journey, stack: Stack) -> None:
    visitor, ana = journey.visitor, journey.ana
    await journey.is_answered(QUESTION)
    await journey.is_handed_over("representative")
    await journey.is_taken()
    await journey.talk("Before the crash.", "Yes, before.")
    stack.kill("desk")
    await visitor.say("Said while the desk was away.")
    await asyncio.sleep(2)
    stack.restart("desk")
    said = ana.transcript.get_by_text("Said while the desk was away.", exact=True)
    await expect(said).to_be_visible(timeout=60_000)
    await journey.talk("After the crash.", "Yes, after.")
    await journey.kept_its_promises(
        "Before the crash.",
        "Yes, before.",
        "Said while the desk was away.",
        "After the crash.",
        "Yes, after.",
    )
    await journey.is_resolved()


async def _bot_is_done(journey: Journey) -> None:
    """Until no answer is owed any more."""
    async with asyncio.timeout(90):
        while True:
            state = await Log(journey.store).conversation(await journey.conversation())
            asked = [e.seq for e in await journey.log() if e.sender is Sender.CUSTOMER]
            if state is not None and state.answered >= asked[-1]:
                return
            await asyncio.sleep(0.2)
