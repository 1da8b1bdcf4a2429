"""Would these tests notice a missing guard? Each is taken out of a script, and one of them must
fail."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

import handoff.store
from handoff import keys
from tests.channels import tables, test_telegram
from tests.channels.conftest import Channel, telegram_on, until, until_async
from tests.channels.standins import OK, Answer, BotApi, flood, telegram_refusal
from tests.channels.test_telegram import ME, message
from tests.faults import test_channels as faults

Scenario = Callable[[Channel], Awaitable[None]]


async def waits_its_time(telegram: Channel) -> None:
    """What comes while a conversation has to wait does not send it off before its time."""
    await faults.begun(telegram)
    telegram.platform.plan(ME, flood(1))
    await telegram.agent_says(ME, "one")

    async def waits() -> bool:
        return await telegram.field(ME, "trouble") == "throttled"

    await until_async(waits)
    await telegram.agent_says(ME, "two")
    await asyncio.sleep(0.5)
    assert len(telegram.platform.of("sendMessage")) == 2
    assert (await telegram.got(ME, 3))[1:] == ["one", "two"]


async def gives_up_once(telegram: Channel) -> None:
    """What the platform will not take is asked of it once, also where nobody is told."""
    await telegram.told(message(1, "hello"))
    telegram.platform.always[ME] = telegram_refusal(403, "Forbidden: bot was blocked by the user")
    await telegram.agent_takes(ME)
    await until(lambda: telegram.platform.of("sendMessage"))
    await asyncio.sleep(0.5)
    assert len(telegram.platform.of("sendMessage")) == 1
    await telegram.delivered(ME)


async def edits_once(telegram: Channel) -> None:
    [case] = [
        case
        for case in tables.cases("telegram", "inbound")
        if case["case"] == "the same edit twice"
    ]
    await tables.take_in(telegram, case, ME)


async def slept(telegram: Channel) -> None:
    await faults.sleeps_past_its_lease(telegram)


async def wakes_up_beside_another(telegram: Channel) -> None:
    """It may finish what it was asking for; the next message is the other one's."""
    await faults.begun(telegram)
    telegram.platform.plan(ME, Answer(delay=1.0), OK, Answer(delay=2.0))
    await telegram.agent_says(ME, "one")
    await until(lambda: len(telegram.platform.of("sendMessage")) == 2)
    await telegram.agent_says(ME, "two")
    cid = await telegram.conversation(ME)
    await telegram.store.redis.set(keys.courier(cid), "somebody else", px=100)
    assert (await telegram.got(ME, 4))[1:] == ["one", "one", "two"]
    await asyncio.sleep(2.5)
    assert telegram.platform.got(ME)[1:] == ["one", "one", "two"]
    await telegram.delivered(ME)


async def one_conversation(telegram: Channel) -> None:
    await test_telegram.test_many_at_once_get_one_conversation(telegram)


async def unknown_once(telegram: Channel) -> None:
    await faults.test_an_outcome_that_stays_unknown_is_told_instead_of_repeated_for_ever(telegram)


async def in_order(telegram: Channel) -> None:
    await telegram.told(message(1, "mens"))
    await telegram.agent_takes(ME)
    for n in range(5):
        await telegram.agent_says(ME, f"answer {n}")
    assert (await telegram.got(ME, 6))[1:] == [f"answer {n}" for n in range(5)]
    await telegram.delivered(ME)
    await asyncio.sleep(0.3)
    assert len(telegram.platform.got(ME)) == 6


MUTANTS = {
    # Two guards, either of which is enough: both are taken out.
    "a courier goes on without its lease": (
        "begin_sending acknowledge",
        "redis.call('GET', COURIER) ~= token then return {'LOST', 0}",
        wakes_up_beside_another,
    ),
    "what is being sent is not written down": (
        "begin_sending",
        "redis.call('HSET', CONV, 'sending', seq .. '.' .. part)",
        slept,
    ),
    "a new message ends the wait": (
        "take_delivery",
        " or redis.call('ZSCORE', LATER, cid)",
        waits_its_time,
    ),
    "doubts are not counted": (
        "postpone",
        "redis.call('HINCRBY', CONV, 'doubts', 1)",
        unknown_once,
    ),
    "what was given up stays in the way": (
        "give_up",
        "redis.call('HSET', CONV, 'delivered', seq)",
        gives_up_once,
    ),
    "what was sent is not crossed off": (
        "acknowledge",
        "redis.call('HSET', CONV, 'delivered', seq)",
        in_order,
    ),
    "an edit counts again": (
        "append_edit",
        "if seq then return {'DUPLICATE', seq} end",
        edits_once,
    ),
    "everybody gets a conversation of their own, each time": (
        "find_external",
        "if known then return known end",
        one_conversation,
    ),
}


@pytest.mark.parametrize("scenario", dict.fromkeys(it[2] for it in MUTANTS.values()))
async def test_the_scenarios_hold(telegram: Channel, scenario: Scenario) -> None:
    await scenario(telegram)


@pytest.mark.parametrize("name", MUTANTS)
async def test_a_missing_guard_is_noticed(
    name: str,
    redis_url: str,
    tmp_path: Path,
    bot_api: BotApi,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mutated, guard, scenario = MUTANTS[name]
    real = handoff.store.script.__wrapped__

    def script(wanted: str, with_lib: bool) -> str:
        text: str = real(wanted, with_lib)
        if wanted in mutated.split():
            assert guard in text, "the guard is written differently now"
            text = text.replace(guard, "false then" if guard.endswith("}") else "")
        return text

    monkeypatch.setattr(handoff.store, "script", script)
    async with telegram_on(redis_url, tmp_path, bot_api) as telegram:
        with pytest.raises((AssertionError, TimeoutError)):
            async with asyncio.timeout(20):
                await scenario(telegram)
