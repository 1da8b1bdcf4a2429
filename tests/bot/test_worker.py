"""The worker on a real log: every message answered once, in order, or honestly handed over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bot.turn import Forgotten, Said, TurnFailed
from bot.worker import Limits, Worker
from handoff.desk import Desk
from handoff.log import Log
from handoff.model import (
    ConversationId,
    Entry,
    Evidence,
    Handoff,
    Kind,
    Mood,
    Owner,
    Reason,
    Sender,
)
from handoff.store import Store
from handoff.turns import Reply, Turn, Turns
from tests.redis_server import RedisServer

CID = ConversationId("c1")
SOON = 5.0
APOLOGY = "Sorry, that went wrong."


class Echo:
    """Answers `text` with `You said: text`; what else it should do, the text says."""

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.working = 0
        self.at_once = 0
        self.go = asyncio.Event()

    async def answer(self, turn: Turn, entry: Entry) -> Said:
        self.heard.append(entry.text)
        self.working += 1
        self.at_once = max(self.at_once, self.working)
        try:
            return await self._answer(turn, entry)
        finally:
            self.working -= 1

    async def _answer(self, turn: Turn, entry: Entry) -> Said:
        match entry.text.split()[0]:
            case "wait":
                await self.go.wait()
            case "grrr":
                return Said((Reply("Oh."), Reply("Sorry.")), mood=Mood(0.6236, 0.8))
            case "human":
                evidence = Evidence("asks_for_human", entry.seq, 1.0, "human")
                return Said((Reply("A person comes."),), Handoff(Reason.ASKED, (evidence,)))
            case "nothing":
                raise TurnFailed("Rasa said nothing and handed nothing over")
            case "forgotten":
                raise Forgotten("run before")
            case "break":
                raise RuntimeError("tracker store")
            case "break-once" if self.heard.count(entry.text) == 1:
                raise RuntimeError("tracker store")
        return Said((Reply(f"You said: {entry.text}"),))

    def apology(self, turn: Turn) -> Reply:
        return Reply(APOLOGY)


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    store = await Store.open(redis_url)
    yield store
    await store.close()


@asynccontextmanager
async def working(
    store: Store, assistant: Echo, *, lease: int = 30_000, **limits: float
) -> AsyncIterator[Worker]:
    given = Limits(**{"turn": 5.0, "stop": 1.0, **limits})  # type: ignore[arg-type]
    worker = Worker(Turns(store, lease), assistant, "w1", given)
    worker.start()
    try:
        yield worker
    finally:
        await worker.stop()


async def until(condition: Callable[[], bool | object], within: float = SOON) -> None:
    async def wait() -> None:
        while True:
            found = condition()
            if asyncio.iscoroutine(found):
                found = await found
            if found:
                return
            await asyncio.sleep(0.01)

    await asyncio.wait_for(wait(), within)


async def say(store: Store, text: str, cid: ConversationId = CID) -> int:
    return (await Log(store).append_customer(cid, f"m-{text}", text)).seq


async def said(store: Store, cid: ConversationId = CID) -> list[str]:
    return [
        entry.text
        for entry in await Log(store).read(cid)
        if entry.sender is Sender.BOT and entry.kind is Kind.MESSAGE
    ]


async def answered(store: Store, seq: int, cid: ConversationId = CID) -> None:
    async def is_answered() -> bool:
        conversation = await Log(store).conversation(cid)
        return conversation is not None and (
            conversation.answered >= seq or conversation.owner is not Owner.BOT
        )

    await until(is_answered)


async def test_messages_are_answered_in_their_order(store: Store) -> None:
    texts = [f"number {n}" for n in range(10)]
    for text in texts[:5]:
        seq = await say(store, text)
    assistant = Echo()
    async with working(store, assistant):
        for text in texts[5:]:
            seq = await say(store, text)
        await answered(store, seq)
    assert assistant.heard == texts
    assert await said(store) == [f"You said: {text}" for text in texts]


async def test_each_answer_stands_in_the_log_before_the_next_message_is_run(store: Store) -> None:
    await say(store, "first")
    seq = await say(store, "wait for it")
    assistant = Echo()
    async with working(store, assistant):
        await until(lambda: assistant.heard[1:])
        assert await said(store) == ["You said: first"]
        assistant.go.set()
        await answered(store, seq)
    assert len(await said(store)) == 2


async def test_a_request_for_a_person_ends_the_turn(store: Store) -> None:
    await say(store, "human")
    seq = await say(store, "are you there?")
    assistant = Echo()
    async with working(store, assistant):
        await answered(store, seq)
        await asyncio.sleep(0.1)
    conversation = await Log(store).conversation(CID)
    assert conversation is not None
    assert conversation.owner is Owner.QUEUE
    assert conversation.reason is Reason.ASKED
    assert assistant.heard == ["human"]
    owner = [entry for entry in await Log(store).read(CID) if entry.kind is Kind.OWNER]
    assert owner[0].body["evidence"][0]["message"] == 1


async def test_how_a_message_was_judged_stands_on_the_first_reply_and_agents_alone_see_it(
    store: Store,
) -> None:
    await say(store, "calm")
    seq = await say(store, "grrr")
    async with working(store, Echo()):
        await answered(store, seq)
    replies = [entry for entry in await Log(store).read(CID) if entry.sender is Sender.BOT]
    assert [reply.body.get("mood") for reply in replies] == [
        None,
        {"message": seq, "score": 0.624, "threshold": 0.8},
        None,
    ]
    assert replies[1].for_agent()["mood"]["score"] == 0.624
    assert all("mood" not in (reply.for_customer() or {}) for reply in replies)


async def test_conversations_are_answered_side_by_side_up_to_the_limit(store: Store) -> None:
    assistant = Echo()
    ids = [ConversationId(f"c{n}") for n in range(6)]
    for cid in ids:
        await say(store, "wait", cid)
    async with working(store, assistant, conversations=3):
        await until(lambda: assistant.working == 3)
        await asyncio.sleep(0.05)
        assert assistant.at_once == 3
        assistant.go.set()
        for cid in ids:
            await answered(store, 1, cid)
    assert assistant.at_once == 3


async def test_an_answer_that_comes_after_a_takeover_is_never_shown(store: Store) -> None:
    assistant = Echo()
    seq = await say(store, "wait")
    async with working(store, assistant) as worker:
        await until(lambda: assistant.working)
        await Desk(store).request_human(CID, "op1", Handoff(Reason.ASKED))
        assistant.go.set()
        await until(lambda: worker.counts["fenced"])
    assert await said(store) == []
    conversation = await Log(store).conversation(CID)
    assert conversation is not None
    assert conversation.owner is Owner.QUEUE
    assert seq == 1


@pytest.mark.parametrize("text", ["nothing", "forgotten"])
async def test_no_answer_is_an_apology_and_a_person(store: Store, text: str) -> None:
    seq = await say(store, text)
    async with working(store, Echo()):
        await answered(store, seq)
    assert await said(store) == [APOLOGY]
    conversation = await Log(store).conversation(CID)
    assert conversation is not None
    assert conversation.reason is Reason.BOT_UNAVAILABLE


async def test_a_turn_that_takes_too_long_is_an_apology_and_a_person(store: Store) -> None:
    seq = await say(store, "wait")
    assistant = Echo()
    async with working(store, assistant, turn=0.2):
        await answered(store, seq)
        await until(lambda: not assistant.working)
    assert await said(store) == [APOLOGY]


async def test_a_failure_that_passes_is_tried_again(store: Store) -> None:
    seq = await say(store, "break-once")
    assistant = Echo()
    async with working(store, assistant):
        await answered(store, seq)
    assert await said(store) == ["You said: break-once"]
    assert assistant.heard == ["break-once"] * 2


async def test_a_failure_that_stays_is_an_apology_and_a_person(store: Store) -> None:
    seq = await say(store, "break")
    assistant = Echo()
    async with working(store, assistant):
        await answered(store, seq)
    assert await said(store) == [APOLOGY]
    assert len(assistant.heard) == 3


async def test_a_long_turn_keeps_its_lease(store: Store) -> None:
    seq = await say(store, "wait")
    assistant = Echo()
    async with working(store, assistant, lease=300):
        await until(lambda: assistant.working)
        await asyncio.sleep(1.0)
        assert await Turns(store).take() is None
        assistant.go.set()
        await answered(store, seq)
    assert assistant.heard == ["wait"]


async def test_another_worker_answers_what_a_stopped_one_held(store: Store) -> None:
    seq = await say(store, "wait")
    first, second = Echo(), Echo()
    second.go.set()
    async with working(store, first, stop=0.1):
        await until(lambda: first.working)
    assert first.working == 0
    async with working(store, second):
        await answered(store, seq)
    assert await said(store) == ["You said: wait"]


async def test_a_worker_that_is_told_to_stop_finishes_what_it_holds(store: Store) -> None:
    seq = await say(store, "wait")
    assistant = Echo()
    async with working(store, assistant, stop=5.0):
        await until(lambda: assistant.working)
        asyncio.get_running_loop().call_later(0.2, assistant.go.set)
    assert await said(store) == ["You said: wait"]
    conversation = await Log(store).conversation(CID)
    assert conversation is not None
    assert conversation.answered == seq


async def test_a_worker_says_that_it_lives_and_when_it_leaves(store: Store) -> None:
    turns = Turns(store)
    async with working(store, Echo()):

        async def living() -> bool:
            return await turns.living() == 1

        await until(living)
    assert await turns.living() == 0


@pytest.mark.faults
async def test_a_killed_redis_costs_no_answer_and_doubles_none(own_redis: RedisServer) -> None:
    store = await Store.open(own_redis.url)
    assistant = Echo()
    async with working(store, assistant):
        seq = await say(store, "wait")
        await until(lambda: assistant.working)
        own_redis.stop()
        assistant.go.set()
        await asyncio.sleep(0.5)
        own_redis.start()
        await answered(store, seq)
        seq = await say(store, "after")
        await answered(store, seq)
    assert await said(store) == ["You said: wait", "You said: after"]
    await store.close()
