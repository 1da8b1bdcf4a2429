"""A bot turn through the whole path (web socket in, web socket out) beside a stock bot over
REST."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable
from itertools import chain
from statistics import median
from typing import Protocol

import aiohttp

from benchmarks.speed.customer import Customer
from benchmarks.speed.figures import ms, percentile, spread
from benchmarks.speed.stock import StockCustomer, StockRasa
from handoff.feed import Feed
from handoff.log import Log
from handoff.model import ConversationId, Sender
from handoff.store import Store
from tests.stack import Stack

Say = Callable[[str], None]
SERIAL = 40  # turns of one round, one at a time
PER_CONVERSATION = 5  # then somebody else begins
AT_ONCE = 16
GREETING = "hello"  # small talk: however often it comes, nothing is handed over
SECONDS = 10.0  # of one round of throughput


class Visitor(Protocol):
    async def turn(self) -> None: ...

    async def close(self) -> None: ...


Arrive = Callable[[], Awaitable[Visitor]]


async def one_at_a_time(arrive: Arrive, turns: int) -> list[float]:
    """Seconds of each turn."""
    taken: list[float] = []
    while len(taken) < turns:
        visitor = await arrive()
        for _ in range(PER_CONVERSATION):
            began = time.perf_counter()
            await visitor.turn()
            taken.append(time.perf_counter() - began)
        await visitor.close()
    return taken


async def many_at_once(arrive: Arrive, visitors: int, seconds: float) -> float:
    """Turns per second with so many visitors who write as soon as they are answered."""
    until = time.perf_counter() + seconds
    done = 0

    async def visits() -> None:
        nonlocal done
        while time.perf_counter() < until:
            visitor = await arrive()
            for _ in range(PER_CONVERSATION):
                await visitor.turn()
                done += 1
                if time.perf_counter() > until:
                    break
            await visitor.close()

    began = time.perf_counter()
    await asyncio.gather(*(visits() for _ in range(visitors)))
    return done / (time.perf_counter() - began)


async def measure_turns(stock: StockRasa, stack: Stack, rounds: int, say: Say) -> None:
    numbers = itertools.count()
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:

        async def at_stock() -> Visitor:
            return StockCustomer(http, stock.url, f"bench-{next(numbers)}")

        async def at_baton() -> Visitor:
            return await Customer.arrives(http, stack.url)

        for arrive in (at_stock, at_baton):  # the first turns load what loads late
            await one_at_a_time(arrive, 10)
        stocks, ours, slower, rates, our_rates = [], [], [], [], []
        for _ in range(rounds):
            stocks.append(await one_at_a_time(at_stock, SERIAL))
            ours.append(await one_at_a_time(at_baton, SERIAL))
            slower.append(median(ours[-1]) / median(stocks[-1]))
        for _ in range(max(2, rounds // 2)):
            rates.append(await many_at_once(at_stock, AT_ONCE, SECONDS))
            our_rates.append(await many_at_once(at_baton, AT_ONCE, SECONDS))
    all_stock, all_ours = list(chain(*stocks)), list(chain(*ours))
    say("\n## A bot turn, whole path, beside a stock `rasa init` bot over REST\n")
    say("| | stock bot | Baton | Baton / stock, per round |")
    say("|---|---|---|---|")
    say(
        f"| one at a time, median | {ms(median(all_stock))} | {ms(median(all_ours))} |"
        f" {spread(slower)} |"
    )
    say(
        f"| one at a time, 95th percentile | {ms(percentile(all_stock, 0.95))} |"
        f" {ms(percentile(all_ours, 0.95))} | |"
    )
    ratios = [a / b for a, b in zip(our_rates, rates, strict=True)]
    say(
        f"| {AT_ONCE} at once, turns per second | {median(rates):.1f} | {median(our_rates):.1f} |"
        f" {spread(ratios)} |"
    )


async def measure_growth(stack: Stack, say: Say, late: int = 500) -> None:
    """Does a turn late in a conversation cost what an early one does? Written past the desk, which
    allows one customer sixty messages a minute."""
    store = await Store.open(stack.redis.url)
    log, feed, cid = Log(store), Feed(store), ConversationId("bench-growth")
    taken: list[float] = []
    for n in range(late):
        cursor = await feed.end()
        began = time.perf_counter()
        await log.append_customer(cid, f"m{n}", GREETING, lang="en")
        async for changes in feed.follow(cursor):
            if any(c.conversation == cid and c.sender == Sender.BOT for c in changes):
                break
        taken.append(time.perf_counter() - began)
    await store.close()
    early, end = median(taken[5:25]), median(taken[-20:])
    say("\n## A turn late in a conversation\n")
    say(f"Messages 5 to 25: {ms(early)}; messages {late - 20} to {late}: {ms(end)};")
    say(f"ratio {end / early:.2f}.")
