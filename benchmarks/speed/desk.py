"""People to people: from an agent's *send* to the widget, and from a request to the console."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

import aiohttp

from benchmarks.speed.customer import Customer
from benchmarks.speed.figures import ms, percentile
from tests.browser.actors import AgentClient
from tests.stack import Stack

MESSAGES = 200


async def measure_desk(stack: Stack, conversations: int, say: Callable[[str], None]) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with (
        aiohttp.ClientSession(connector=connector) as http,
        AgentClient.at(stack, "Bench") as agent,  # type: ignore[arg-type]  # has what a desk has
    ):
        customers: list[Customer] = []
        requests: list[float] = []
        for _ in range(conversations):
            customer = await Customer.arrives(http, stack.url)
            seen = len(agent.heard)
            began = time.perf_counter()
            await customer.ask_for_a_human()
            summary = await _heard(agent, seen)
            requests.append(time.perf_counter() - began)
            customer.conversation = summary
            await _insist(agent, "claim", conversation=summary)
            await customer.until("entry", owner="agent")
            customers.append(customer)
        replies: list[float] = []
        for n in range(MESSAGES):
            customer = random.choice(customers)
            began = time.perf_counter()
            sending = asyncio.create_task(
                agent.do("say", conversation=customer.conversation, fence=0, text=f"reply {n}")
            )
            at, _ = await customer.timed("entry", sender="agent", text=f"reply {n}")
            replies.append(at - began)
            await sending
            await asyncio.sleep(0.21)  # an agent's rate limit: five messages a second
        for customer in customers:
            await customer.close()
    say(f"\n## People to people, {conversations} conversations open\n")
    say("| | median | 95th percentile | 99th percentile |")
    say("|---|---|---|---|")
    for name, samples in (
        ("agent's send → shown in the widget", replies),
        ("customer's request → at the console", requests),
    ):
        shown = " | ".join(ms(percentile(samples, share)) for share in (0.5, 0.95, 0.99))
        say(f"| {name} | {shown} |")


async def _insist(agent: AgentClient, what: str, **fields: object) -> None:
    """As a person: somewhat later, if it was a lot at once."""
    while True:
        try:
            await agent.do(what, **fields)
            return
        except AssertionError as refused:
            if "rate" not in str(refused):
                raise
            await asyncio.sleep(0.5)


async def _heard(agent: AgentClient, seen: int) -> str:
    """The conversation that a console is told about, as waiting."""
    async with asyncio.timeout(10):
        while True:
            for frame in agent.heard[seen:]:
                summary = frame.get("summary", {})
                if frame["type"] == "conversation" and summary.get("owner") == "queue":
                    return str(summary["id"])
            await asyncio.sleep(0)
