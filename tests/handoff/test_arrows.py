"""Every arrow between owners, and every one that must not be there."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from handoff import keys
from handoff.audit import audit
from handoff.desk import Desk, Full, NotWaiting, Taken
from handoff.log import Log, NotFound, NotOwner
from handoff.model import (
    AgentId,
    Cause,
    ConversationId,
    Evidence,
    Handoff,
    Kind,
    Mood,
    Owner,
    Reason,
)
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from handoff.store import Store
from handoff.turns import Committed, Reply, Turns

C = ConversationId("c")
ANA, BO = AgentId("ana"), AgentId("bo")
ASKED = Handoff(Reason.ASKED)


@pytest.fixture
def desk(store: Store) -> Desk:
    return Desk(store)


@pytest.fixture
def log(store: Store) -> Log:
    return Log(store)


async def owned_by(store: Store, owner: str) -> None:
    """A conversation with one message, in this state; `ana` is the agent."""
    desk = Desk(store)
    await Log(store).append_customer(C, "m", "hello")
    if owner in ("queue", "agent"):
        await desk.request_human(C, "h", ASKED)
    if owner == "agent":
        await desk.claim(C, "k", ANA, "Ana", 4)


Arrow = Callable[[Desk], Awaitable[object]]
ARROWS: dict[str, tuple[Arrow, dict[str, str | type[Exception]]]] = {
    "request": (
        lambda desk: desk.request_human(C, "x", ASKED),
        {"bot": "queue", "queue": "queue", "agent": "agent"},
    ),
    "cancel": (
        lambda desk: desk.cancel(C, "x"),
        {"bot": NotWaiting, "queue": "bot", "agent": NotWaiting},
    ),
    "abandon": (
        lambda desk: desk.abandon(C, "x"),
        {"bot": NotWaiting, "queue": "bot", "agent": NotWaiting},
    ),
    "nobody": (
        lambda desk: desk.nobody(C, "x"),
        {"bot": NotWaiting, "queue": "bot", "agent": NotWaiting},
    ),
    "claim": (
        lambda desk: desk.claim(C, "x", BO, "Bo", 4),
        {"bot": Taken, "queue": "agent", "agent": Taken},
    ),
    "take over": (
        lambda desk: desk.take_over(C, "x", BO, "Bo", 4),
        {"bot": "agent", "queue": Taken, "agent": Taken},
    ),
    "release": (
        lambda desk: desk.release(C, "x", ANA, "Ana"),
        {"bot": NotOwner, "queue": NotOwner, "agent": "queue"},
    ),
    "release by another": (
        lambda desk: desk.release(C, "x", BO, "Bo"),
        {"bot": NotOwner, "queue": NotOwner, "agent": NotOwner},
    ),
    "resolve": (
        lambda desk: desk.resolve(C, "x", ANA, "Ana", "solved"),
        {"bot": NotOwner, "queue": NotOwner, "agent": "bot"},
    ),
    "resolve by another": (
        lambda desk: desk.resolve(C, "x", BO, "Bo", "solved"),
        {"bot": NotOwner, "queue": NotOwner, "agent": NotOwner},
    ),
}


@pytest.mark.parametrize("owner", ["bot", "queue", "agent"])
@pytest.mark.parametrize("name", ARROWS)
async def test_arrow(store: Store, desk: Desk, log: Log, name: str, owner: str) -> None:
    arrow, outcomes = ARROWS[name]
    outcome = outcomes[owner]
    await owned_by(store, owner)
    before = await log.conversation(C)
    assert before is not None
    if isinstance(outcome, str):
        await arrow(desk)
        after = await log.conversation(C)
        assert after is not None
        assert after.owner == outcome
        assert after.fence == before.fence + (outcome != owner)
        await arrow(desk)  # the same operation again is the same change
        assert await log.conversation(C) == after
    else:
        with pytest.raises(outcome):
            await arrow(desk)
        assert await log.conversation(C) == before
    assert await audit(store) == {}


@pytest.mark.parametrize("name", [name for name in ARROWS if name != "request"])
async def test_no_arrow_makes_a_conversation(store: Store, desk: Desk, name: str) -> None:
    with pytest.raises(NotFound):
        await ARROWS[name][0](desk)
    assert await Log(store).conversation(C) is None


async def test_taken_says_who(store: Store, desk: Desk) -> None:
    await owned_by(store, "agent")
    with pytest.raises(Taken) as taken:
        await desk.claim(C, "x", BO, "Bo", 4)
    assert taken.value.agent == ANA


async def test_an_agent_holds_no_more_than_the_capacity(store: Store, desk: Desk) -> None:
    for n in range(3):
        await desk.request_human(ConversationId(f"c{n}"), "h", ASKED, channel="website")
    await desk.claim(ConversationId("c0"), "k0", ANA, "Ana", 2)
    await desk.claim(ConversationId("c1"), "k1", ANA, "Ana", 2)
    with pytest.raises(Full):
        await desk.claim(ConversationId("c2"), "k2", ANA, "Ana", 2)
    await desk.resolve(ConversationId("c0"), "r0", ANA, "Ana", "solved")
    await desk.claim(ConversationId("c2"), "k3", ANA, "Ana", 2)
    assert await Roster(store).load() == {ANA: 2}


async def test_a_released_conversation_keeps_its_place(store: Store, desk: Desk) -> None:
    first, second = ConversationId("first"), ConversationId("second")
    await desk.request_human(first, "h", ASKED, channel="website")
    await desk.request_human(second, "h", ASKED, channel="website")
    await desk.claim(first, "k", ANA, "Ana", 4)
    waiting = await Log(store).conversation(first)
    await desk.release(first, "r", ANA, "Ana", note="asks about order 4711")
    assert await HandoffQueue(store).waiting() == [first, second]
    again = await Log(store).conversation(first)
    assert again is not None
    assert waiting is not None
    assert (again.place, again.since) == (waiting.place, waiting.since)
    entry = (await Log(store).read(first))[-1]
    assert entry.for_agent()["note"] == "asks about order 4711"
    assert "note" not in (entry.for_customer() or {})


async def test_urgent_goes_before_normal(store: Store, desk: Desk) -> None:
    await desk.request_human(ConversationId("a"), "h", ASKED, channel="website")
    urgent = Handoff(Reason.ASKED, priority=3)
    await desk.request_human(ConversationId("b"), "h", urgent, channel="website")
    queue = HandoffQueue(store)
    assert await queue.waiting() == ["b", "a"]
    assert await queue.position(ConversationId("a")) == 2


async def test_a_silent_agent_loses_only_while_silent(store: Store, desk: Desk, log: Log) -> None:
    await owned_by(store, "agent")
    roster = Roster(store)
    await roster.beat(ANA)
    observed = (await roster.beats())[ANA]
    await roster.beat(ANA)
    assert not await desk.lose(C, "l1", ANA, observed)
    assert await desk.lose(C, "l2", ANA, (await roster.beats())[ANA])
    assert not await desk.lose(C, "l3", ANA, (await roster.beats())[ANA])
    last = (await log.read(C))[-1].for_customer()
    assert last is not None
    assert (last["cause"], last["name"], last["owner"]) == (Cause.LOST, "Ana", Owner.QUEUE)
    assert sum(e.body.get("cause") == Cause.LOST for e in await log.read(C)) == 1


async def test_a_turn_in_work_is_fenced_off_by_a_person(store: Store, desk: Desk, log: Log) -> None:
    await log.append_customer(C, "m", "where is my parcel?")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    await desk.take_over(C, "t", ANA, "Ana", 4)
    result = await turns.commit(turn, 1, [Reply("It is on its way."), Reply("Anything else?")])
    assert result is Committed.FENCED
    assert [e.kind for e in await log.read(C)] == [Kind.MESSAGE, Kind.OWNER]
    assert await store.redis.hgetall(keys.STATS) == {
        "suppressed_turns": "1",
        "suppressed_messages": "2",
    }


async def test_a_turn_that_only_hands_over_keeps_how_it_was_judged(store: Store, log: Log) -> None:
    await log.append_customer(C, "m", "useless!!")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    handoff = Handoff(Reason.FRUSTRATED, (Evidence("insult", 1, 0.9),))
    assert await turns.commit(turn, 1, [], handoff, mood=Mood(0.91, 0.8)) is Committed.DONE
    entry = (await log.read(C))[-1]
    assert entry.body["mood"] == {"message": 1, "score": 0.91, "threshold": 0.8}
    assert entry.body["evidence"]
    shown = entry.for_customer()
    assert shown is not None
    assert not {"mood", "evidence"} & shown.keys()


async def test_a_commit_is_done_once(store: Store, log: Log) -> None:
    await log.append_customer(C, "m", "hello")
    await log.append_customer(C, "n", "are you there?")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    assert [entry.text for entry in turn.entries] == ["hello", "are you there?"]
    assert await turns.commit(turn, 1, [Reply("Hi")], last=False) is Committed.DONE
    assert await turns.commit(turn, 1, [Reply("Hi")], last=False) is Committed.REPEATED
    assert await turns.commit(turn, 2, [Reply("Yes")], ASKED) is Committed.DONE
    assert await turns.commit(turn, 2, [Reply("Yes")], ASKED) is Committed.REPEATED
    texts = [e.text for e in await log.read(C) if e.sender == "bot"]
    assert texts == ["Hi", "Yes"]
    assert await turns.take() is None


async def lang_of(log: Log) -> str | None:
    conversation = await log.conversation(C)
    assert conversation is not None
    return conversation.lang


async def test_a_commit_says_what_language_the_customer_writes(store: Store, log: Log) -> None:
    await log.append_customer(C, "m", "tere", lang="en")
    await log.append_customer(C, "n", "ok", lang="en")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    assert await turns.commit(turn, 1, [Reply("Tere!")], last=False, lang="et") is Committed.DONE
    assert await lang_of(log) == "et"
    assert await turns.commit(turn, 2, [Reply("Jah")]) is Committed.DONE
    assert await lang_of(log) == "et", "nothing heard changes nothing"
    assert await turns.commit(turn, 3, [Reply("Hoi")], lang="nl") is Committed.FENCED
    assert await lang_of(log) == "et"


async def test_back_with_the_bot_only_what_is_new_counts(
    store: Store, desk: Desk, log: Log
) -> None:
    await owned_by(store, "agent")
    await log.append_customer(C, "m2", "thanks, Ana")
    back = await desk.resolve(C, "r", ANA, "Ana", "solved")
    turns = Turns(store)
    assert await turns.take() is None, "what the person has dealt with is not the bot's"
    await log.append_customer(C, "m3", "one more thing")
    turn = await turns.take()
    assert turn is not None
    assert turn.episode == back.seq
    assert [entry.text for entry in turn.entries] == ["one more thing"]


async def test_waiting_counts_from_the_first_unanswered_message(
    store: Store, desk: Desk, log: Log
) -> None:
    first = await log.append_customer(C, "m", "hello?")
    await log.append_customer(C, "n", "anybody?")
    await desk.overdue(C, 2)
    conversation = await log.conversation(C)
    assert conversation is not None
    assert conversation.since == (await log.read(C))[first.seq - 1].time
    assert conversation.reason is Reason.BOT_UNAVAILABLE


async def test_an_answer_in_time_is_not_overdue(store: Store, desk: Desk, log: Log) -> None:
    await log.append_customer(C, "m", "hello?")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    await turns.commit(turn, 1, [Reply("Hi")])
    assert (await desk.overdue(C, 1)).duplicate
    conversation = await log.conversation(C)
    assert conversation is not None
    assert conversation.owner is Owner.BOT


async def test_erased_is_gone_and_stays_gone(store: Store, desk: Desk, log: Log) -> None:
    await owned_by(store, "agent")
    await store.redis.set(keys.tracker(C), "what the bot remembers")
    turns = Turns(store)
    assert await log.erase(C)
    assert not await store.redis.exists(keys.tracker(C))
    with pytest.raises(NotFound):
        await log.append_customer(C, "late", "a late delivery")
    with pytest.raises(NotFound):
        await log.append_agent(C, "late", ANA, "Ana", "hello")
    assert await turns.take() is None
    assert await audit(store) == {}
    left = {key async for key in store.redis.scan_iter("*") if key.startswith(keys.CONVERSATION)}
    assert left == set()
    assert await Roster(store).load() == {}


async def test_retention_spares_what_is_in_use(store: Store, desk: Desk, log: Log) -> None:
    await owned_by(store, "queue")
    assert not await log.erase(C, unused_since=10**15)
    await desk.cancel(C, "x")
    assert not await log.erase(C, unused_since=0)
    assert await log.erase(C, unused_since=10**15)


async def test_a_question_is_found_behind_any_number_of_notes(store: Store, log: Log) -> None:
    await log.append_customer(C, "m", "hello")
    turns = Turns(store)
    turn = await turns.take()
    assert turn is not None
    await turns.commit(turn, 1, [Reply(f"part {n}") for n in range(130)])
    for n in range(130):
        await log.append_note(C, f"n{n}", ANA, "Ana", "a note")
    await log.append_customer(C, "m2", "and now?")
    for n in range(60):
        await log.append_customer(C, f"x{n}", f"more {n}")
    turn = await turns.take()
    assert turn is not None
    assert [e.text for e in turn.entries] == ["and now?", *(f"more {n}" for n in range(49))]
    await turns.commit(turn, turn.entries[-1].seq, [Reply("Yes")])
    rest = await turns.take()
    assert rest is not None
    assert [e.text for e in rest.entries] == [f"more {n}" for n in range(49, 60)]
