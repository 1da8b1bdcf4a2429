"""Rasa killed, Rasa doubled, no action server: every message is answered once, or handed over."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from handoff.log import Log
from handoff.model import ConversationId, Kind, Owner, Sender
from handoff.store import Store
from tests.rasa.processes import Customer, Process, free_port, handoff, rasa, texts
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.rasa, pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(900)]
LEASE = 30.0


@dataclass
class Pair:
    """Two Rasas on one Redis. The first one's action server is `dead_end`, the test's to play."""

    first: Process
    second: Process
    redis_url: str
    dead_end: int


@pytest.fixture(scope="module")
def pair(
    trained: None, tmp_path_factory: pytest.TempPathFactory, actions_port: int
) -> Iterator[Pair]:
    folder: Path = tmp_path_factory.mktemp("pair")
    server = RedisServer(folder)
    server.start()
    dead_end = free_port()
    first = rasa(folder, server.url, dead_end, "first")
    second = rasa(folder, server.url, actions_port, "second")
    try:
        first.start().wait_until_ready()
        second.start().wait_until_ready()
        yield Pair(first, second, server.url, dead_end)
    finally:
        for process in (first, second):
            process.stop(signal.SIGKILL)
        server.stop(signal.SIGKILL)


@pytest.fixture
async def store(pair: Pair) -> AsyncIterator[Store]:
    store = await Store.open(pair.redis_url)
    yield store
    await store.close()


@asynccontextmanager
async def silent_action_server(port: int) -> AsyncIterator[asyncio.Event]:
    """Takes calls and answers none; the event says that one has come."""
    called = asyncio.Event()

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        called.set()
        with suppress(ConnectionError):
            await reader.read(-1)
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1", port)
    try:
        yield called
    finally:
        server.close()


async def test_two_processes_share_the_work(pair: Pair, store: Store) -> None:
    customers = [Customer(store) for _ in range(20)]
    lasts = [
        [await customer.write(text) for text in ("hello", "thanks", "goodbye")][-1]
        for customer in customers
    ]
    for customer, last in zip(customers, lasts, strict=True):
        await customer.settled(last)
        said = texts(await customer.since(0))
        assert said[0].startswith("Hello!")
        assert said[1:] == ["You're welcome.", "Goodbye!"]
    for process in (pair.first, pair.second):
        assert process.log.read_text().count("turn.answered") >= 5


async def test_without_an_action_server_there_is_an_apology_and_a_person(
    pair: Pair, store: Store
) -> None:
    """Nobody listens at the first one's action port; the second one is held still."""
    pair.second.send(signal.SIGSTOP)
    try:
        customer = Customer(store, lang="nl")
        said = await customer.say("hoe annuleer ik mijn bestelling?")
    finally:
        pair.second.send(signal.SIGCONT)
    assert texts(said)[-1].startswith("Ik kan nu niet antwoorden")
    assert (handoff(said) or {}).get("reason") == "bot_unavailable"
    assert (await customer.state()).owner is Owner.QUEUE


async def test_a_request_for_a_person_is_honoured_without_an_action_server(
    pair: Pair, store: Store
) -> None:
    pair.second.send(signal.SIGSTOP)
    try:
        customer = Customer(store)
        said = await customer.say("human please")
    finally:
        pair.second.send(signal.SIGCONT)
    body = handoff(said)
    assert body is not None
    assert body["reason"] == "asked"
    assert body["evidence"][0]["signal"] == "asks_for_human"
    assert len(texts(said)) == 1


async def test_a_silent_action_server_is_an_apology_and_a_person(pair: Pair, store: Store) -> None:
    pair.second.send(signal.SIGSTOP)
    try:
        async with silent_action_server(pair.dead_end):
            customer = Customer(store)
            waiting = asyncio.create_task(customer.say("how can I pay?"))
            # Others do not wait for it.
            other = Customer(store)
            assert texts(await other.say("hello"))[0].startswith("Hello!")
            assert not waiting.done()
            said = await waiting
    finally:
        pair.second.send(signal.SIGCONT)
    assert (handoff(said) or {}).get("reason") == "bot_unavailable"


async def test_a_rasa_that_is_killed_in_a_turn_is_taken_over_from(pair: Pair, store: Store) -> None:
    """SIGKILL while the action runs: the other one answers when the lease has run out, once."""
    customer = Customer(store)
    pair.second.send(signal.SIGSTOP)
    try:
        async with silent_action_server(pair.dead_end) as called:
            first = await customer.write("how can I pay?")
            last = await customer.write("thanks")
            await asyncio.wait_for(called.wait(), 20)
            pair.first.stop(signal.SIGKILL)
    finally:
        pair.second.send(signal.SIGCONT)
    await customer.settled(last, within=LEASE + 20)
    log = await customer.since(0)
    spoken = [e.id for e in log if e.sender is Sender.BOT and e.kind is Kind.MESSAGE]
    assert len(spoken) == len(set(spoken))
    assert any(e.body.get("source") for e in log)
    assert texts(log)[-1] == "You're welcome."
    assert handoff(log) is None
    assert first < last


async def test_a_rasa_told_to_stop_leaves_nothing_behind(pair: Pair, store: Store) -> None:
    """Everything sent while it stops is answered by the next one."""
    customers = [Customer(store, ConversationId(f"stop{n}")) for n in range(10)]
    lasts = [await customer.write("hello") for customer in customers]
    await asyncio.to_thread(pair.second.stop)
    await asyncio.to_thread(lambda: pair.second.start().wait_until_ready())
    for customer, last in zip(customers, lasts, strict=True):
        await customer.settled(last, within=60)
        assert len(texts(await customer.since(0))) == 1
    assert await Log(store).conversation(customers[0].id) is not None
