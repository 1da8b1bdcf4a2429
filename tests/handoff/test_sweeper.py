"""What the desk does unasked: never too early, once however many do it, whatever the clocks say."""

from __future__ import annotations

import asyncio

import pytest

from handoff import keys
from handoff.audit import audit
from handoff.desk import Desk
from handoff.log import Log
from handoff.model import AgentId, Availability, Cause, ConversationId, Handoff, Owner, Reason
from handoff.roster import Presence, Roster
from handoff.settings import Settings
from handoff.store import Store
from handoff.sweeper import Sweeper
from handoff.turns import Turns
from handoff.waiting import WaitingRoom
from handoff.wording import Words

C = ConversationId("c")
ANA = AgentId("ana")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def sweeper(store: Store, clock: Clock, **settings: object) -> Sweeper:
    return Sweeper(store, Settings(**settings), Presence(clock))  # type: ignore[arg-type]


async def with_ana(store: Store) -> None:
    await Desk(store).request_human(C, "h", Handoff(Reason.ASKED), channel="website")
    await Desk(store).claim(C, "k", ANA, "Ana", 4)
    await Roster(store).beat(ANA)


async def owner(store: Store, cid: ConversationId = C) -> Owner:
    conversation = await Log(store).conversation(cid)
    assert conversation is not None
    return conversation.owner


async def test_a_beating_agent_keeps_everything(store: Store, clock: Clock) -> None:
    await with_ana(store)
    sweep = sweeper(store, clock, agent_grace=45.0)
    for _ in range(20):
        await Roster(store).beat(ANA)
        await sweep.round()
        clock.now += 40
    assert await owner(store) is Owner.AGENT


async def test_a_silent_agent_loses_after_the_grace_and_once(store: Store, clock: Clock) -> None:
    await with_ana(store)
    sweepers = [sweeper(store, clock, agent_grace=45.0) for _ in range(3)]
    for sweep in sweepers:
        await sweep.round()
    clock.now += 44
    await asyncio.gather(*(sweep.round() for sweep in sweepers))
    assert await owner(store) is Owner.AGENT
    clock.now += 2
    await asyncio.gather(*(sweep.round() for sweep in sweepers))
    assert await owner(store) is Owner.QUEUE
    causes = [entry.body.get("cause") for entry in await Log(store).read(C)]
    assert causes.count(Cause.LOST) == 1
    assert await audit(store) == {}


async def test_a_new_desk_gives_everyone_the_full_time(store: Store, clock: Clock) -> None:
    await with_ana(store)
    clock.now += 10_000
    sweep = sweeper(store, clock, agent_grace=45.0)
    await sweep.round()
    clock.now += 44
    await sweep.round()
    assert await owner(store) is Owner.AGENT


async def test_an_agent_who_never_beat_is_swept_too(store: Store, clock: Clock) -> None:
    await with_ana(store)
    await store.redis.delete(keys.BEATS)
    sweep = sweeper(store, clock, agent_grace=45.0)
    await sweep.round()
    clock.now += 46
    await sweep.round()
    assert await owner(store) is Owner.QUEUE


async def test_with_no_bot_alive_people_are_asked_sooner(store: Store, clock: Clock) -> None:
    log, turns = Log(store), Turns(store)
    await log.append_customer(C, "m", "hello")
    await age_unanswered(store, 12)
    await turns.beat("worker-1")
    await sweeper(store, clock, bot_patience=30.0, bot_absence=10.0).round()
    assert await owner(store) is Owner.BOT, "a living worker has its time"
    await turns.leave("worker-1")
    await sweeper(store, clock, bot_patience=30.0, bot_absence=10.0).round()
    assert await owner(store) is Owner.QUEUE


async def test_a_living_bot_has_its_time_and_no_more(store: Store, clock: Clock) -> None:
    log, turns = Log(store), Turns(store)
    await log.append_customer(C, "m", "hello")
    await turns.beat("worker-1")
    await age_unanswered(store, 31)
    await sweeper(store, clock, bot_patience=30.0).round()
    conversation = await log.conversation(C)
    assert conversation is not None
    assert conversation.reason is Reason.BOT_UNAVAILABLE
    assert await audit(store) == {}


async def test_who_has_waited_for_days_is_gone(store: Store, clock: Clock) -> None:
    await Desk(store).request_human(C, "h", Handoff(Reason.ASKED), channel="website")
    sweep = sweeper(store, clock, abandon_hours=72)
    await sweep.abandon()
    assert await owner(store) is Owner.QUEUE
    now = int((await store.redis.time())[0]) * 1000
    await store.redis.hset(keys.conversation(C), "updated", now - 73 * 3_600_000)
    await sweep.abandon()
    assert await owner(store) is Owner.BOT


async def test_only_old_conversations_are_forgotten(store: Store, clock: Clock) -> None:
    log = Log(store)
    old, new, held = (ConversationId(c) for c in ("old", "new", "held"))
    for cid in (old, new, held):
        await log.append_customer(cid, "m", "hello")
        await Desk(store).request_human(cid, "h", Handoff(Reason.ASKED))
    await Desk(store).cancel(old, "x")
    await Desk(store).cancel(new, "x")
    now = int((await store.redis.time())[0]) * 1000
    for cid in (old, held):
        past = now - 181 * 86_400_000
        await store.redis.hset(keys.conversation(cid), "updated", past)
        await store.redis.zadd(keys.ALL, {cid: past})
    await sweeper(store, clock, retention_days=180).forget()
    assert await log.conversation(old) is None
    assert await log.conversation(new) is not None
    assert await owner(store, held) is Owner.QUEUE


async def age_unanswered(store: Store, seconds: int) -> None:
    now = int((await store.redis.time())[0]) * 1000
    await store.redis.hset(keys.conversation(C), "unanswered", now - seconds * 1000)


async def notices(store: Store) -> list[dict[str, object]]:
    return [dict(e.body) for e in await Log(store).read(C) if e.kind == "notice"]


async def test_who_comes_when_nobody_is_there_is_told_once(store: Store, clock: Clock) -> None:
    await Desk(store).request_human(C, "h", Handoff(Reason.ASKED), channel="website", lang="nl")
    settings = Settings(support_hours="Mo-Su 00:00-00:01", time_zone="UTC")
    rooms = [WaitingRoom(store, settings, Presence(clock), clock) for _ in range(2)]
    await asyncio.gather(*(room.round() for room in rooms))
    assert await notices(store) == [], "who is here is only known after watching"
    clock.now += 21
    for _ in range(3):
        await asyncio.gather(*(room.round() for room in rooms))
    (told,) = await notices(store)
    assert told["notice"] == "away_until"
    sentence = Words("nl").notice(False, told)
    assert sentence is not None
    assert "Ons team is er weer op" in sentence
    assert "00:00" in sentence


async def test_without_hours_nothing_is_promised(store: Store, clock: Clock) -> None:
    await Desk(store).request_human(C, "h", Handoff(Reason.ASKED), channel="website")
    room = WaitingRoom(store, Settings(), Presence(clock), clock)
    clock.now += 21
    await room.round()
    assert [told["notice"] for told in await notices(store)] == ["away"]


async def test_who_waits_on_a_push_channel_is_not_forgotten(store: Store, clock: Clock) -> None:
    await Log(store).append_customer(C, "m", "hello", channel="telegram", push=True, lang="en")
    await Desk(store).request_human(C, "h", Handoff(Reason.ASKED))
    roster, presence = Roster(store), Presence(clock)
    await roster.set_availability(ANA, Availability.AVAILABLE)
    for _ in range(2):
        await roster.beat(ANA)
        presence.observe(await roster.beats())
    room = WaitingRoom(store, Settings(), presence, clock)
    await room.round()
    assert await notices(store) == []
    now = int((await store.redis.time())[0]) * 1000
    for minutes, expected in ((4, 1), (5, 1), (11, 2), (35, 3), (61, 4), (100, 4), (125, 5)):
        await store.redis.hset(keys.conversation(C), "since", now - minutes * 60_000)
        await room.round()
        await room.round()
        assert len(await notices(store)) == expected, minutes
    sentence = Words("en").notice(False, (await notices(store))[0])
    assert sentence is not None
    assert sentence.startswith("Still with you: you are number 1 in line, about 2")
