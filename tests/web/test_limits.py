"""Limits answer at once, and reopening a socket earns nothing."""

from __future__ import annotations

import asyncio

import pytest

from handoff.web.limits import Addresses, Bucket, Rates, Remembered
from tests.web.desk import Desk


async def test_a_bucket_gives_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=2, burst=5)
    assert [await bucket.take() for _ in range(6)] == [True] * 5 + [False]
    await asyncio.sleep(bucket.retry + 0.05)
    assert await bucket.take()
    assert not await bucket.take()


async def test_one_conversation_is_one_bucket_and_one_address_another() -> None:
    rates = Rates()
    answers = [await rates.refuse("conversation", "address") for _ in range(12)]
    assert answers[:10] == [None] * 10
    assert answers[-1]
    assert await rates.refuse("another", "address") is None
    answers = [await rates.refuse(f"conversation {i}", "address") for i in range(250)]
    assert 180 <= answers.count(None) < 220
    assert await rates.refuse("new", "address")
    assert await rates.refuse("new", "elsewhere") is None


async def test_the_longest_unused_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Remembered, "MOST", 2)
    kept: Remembered[list[int]] = Remembered(list)
    kept["a"].append(1)
    kept["b"].append(2)
    assert kept["a"] == [1]
    kept["c"].append(3)
    assert kept["a"] == [1]
    assert kept["b"] == []


async def test_sockets_are_counted_while_they_are_open() -> None:
    addresses = Addresses(sockets=1, handshakes=1000)
    assert await addresses.enter("a")
    assert not await addresses.enter("a")
    assert await addresses.enter("b")
    addresses.leave("a")
    assert await addresses.enter("a")


async def test_another_tab_or_a_new_socket_earns_no_more(desk: Desk) -> None:
    async with desk.widget() as one:
        for number in range(10):
            assert (await one.ask("say", text=str(number)))["type"] == "accepted"
        async with desk.widget(one.welcome["token"]) as two:
            assert (await two.ask("say", text="me too"))["code"] == "rate"


async def test_who_floods_is_hung_up_on(desk: Desk) -> None:
    async with desk.widget() as widget:
        for _ in range(600):
            await widget.send(type="ping")
        assert await widget.closed() == 1008
        assert widget.frames[-1] == {"type": "error", "code": "flood"}
