"""Customers, retried deliveries, bot turns under old fences, agents who claim, release and
vanish, in any order: after every step the log keeps its promises. The mutants show that the
machine would notice a missing guard."""

# ruff: noqa: PT017 - a rule checks what a refusal says, and that it was right to refuse

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

import pytest
import redis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

import handoff.store
from handoff import keys
from handoff.audit import audit
from handoff.desk import Desk, Full, NotWaiting, Taken
from handoff.log import Conflict, Log, NotFound, NotOwner
from handoff.model import (
    AgentId,
    Conversation,
    ConversationId,
    Entry,
    Evidence,
    Handoff,
    Owner,
    Priority,
    Reason,
)
from handoff.queue import HandoffQueue
from handoff.roster import Roster
from handoff.store import Store
from handoff.turns import Committed, Reply, Turn, Turns
from tests.redis_server import RedisServer

T = TypeVar("T")
CONVERSATIONS = [ConversationId(f"c{n}") for n in range(3)]
AGENTS = [AgentId("ana"), AgentId("bo")]
CAPACITY = 2
EXAMPLES = int(os.environ.get("BATON_STATEFUL_EXAMPLES", "45"))
STEPS = 50  # with 45 examples: 2,250 steps
conversations = st.sampled_from(CONVERSATIONS)
agents = st.sampled_from(AGENTS)


@dataclass
class Flight:
    """A turn somebody is computing, perhaps long after it stopped being theirs."""

    turn: Turn
    committed: tuple[Any, ...] | None = None


class Everybody(RuleBasedStateMachine):
    url: ClassVar[str]

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        with redis.Redis.from_url(self.url) as client:
            client.flushall()
        self.store = self.do(Store.open(self.url))
        self.log, self.desk, self.turns = Log(self.store), Desk(self.store), Turns(self.store)
        self.queue, self.roster = HandoffQueue(self.store), Roster(self.store)
        self.number = 0
        # Acknowledged customers' messages
        self.sent: list[tuple[ConversationId, str, str, int]] = []
        self.said: list[tuple[ConversationId, str, AgentId, int]] = []
        self.flights: list[Flight] = []
        self.operations: list[tuple[ConversationId, str, int]] = []
        self.kept: dict[ConversationId, list[Entry]] = {}
        self.places: dict[ConversationId, int] = {}
        self.beats: list[tuple[AgentId, str]] = []

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def new(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def teardown(self) -> None:
        self.do(self.store.close())
        self.loop.close()

    def state(self, cid: ConversationId) -> Conversation | None:
        return self.do(self.log.conversation(cid))

    # The customer

    @rule(cid=conversations)
    def customer_says(self, cid: ConversationId) -> None:
        id = self.new("m")
        result = self.do(self.log.append_customer(cid, id, f"text {id}"))
        assert not result.duplicate
        self.sent.append((cid, id, f"text {id}", result.seq))

    @rule(data=st.data())
    def delivered_again(self, data: st.DataObject) -> None:
        if self.sent:
            cid, id, text, seq = data.draw(st.sampled_from(self.sent))
            result = self.do(self.log.append_customer(cid, id, text))
            assert (result.seq, result.duplicate) == (seq, True)

    @rule(data=st.data())
    def same_id_other_text(self, data: st.DataObject) -> None:
        if self.sent:
            cid, id, _, _ = data.draw(st.sampled_from(self.sent))
            with pytest.raises(Conflict):
                self.do(self.log.append_customer(cid, id, "something else"))

    @rule(cid=conversations, priority=st.integers(0, 3))
    def asks_for_a_human(self, cid: ConversationId, priority: int) -> None:
        id, before = self.new("h"), self.state(cid)
        handoff = Handoff(Reason.ASKED, priority=priority)
        result = self.do(self.desk.request_human(cid, id, handoff, channel="website"))
        assert result.duplicate == (before is not None and before.owner is not Owner.BOT)
        if not result.duplicate:
            self.operations.append((cid, id, result.seq))

    @rule(data=st.data())
    def asks_again_with_the_same_id(self, data: st.DataObject) -> None:
        if self.operations:
            cid, id, seq = data.draw(st.sampled_from(self.operations))
            result = self.do(self.desk.request_human(cid, id, Handoff(Reason.ASKED)))
            assert (result.seq, result.duplicate) == (seq, True)

    @rule(cid=conversations, leaves=st.booleans())
    def cancels(self, cid: ConversationId, leaves: bool) -> None:
        before = self.state(cid)
        work = self.desk.abandon if leaves else self.desk.cancel
        try:
            self.do(work(cid, self.new("x")))
            assert before is not None
            assert before.owner is Owner.QUEUE
        except (NotWaiting, NotFound):
            assert before is None or before.owner is not Owner.QUEUE

    # The bot

    @rule()
    def takes_a_turn(self) -> None:
        turn = self.do(self.turns.take())
        if turn is not None:
            assert turn.entries, "a turn without a question"
            self.flights.append(Flight(turn))

    @rule(data=st.data(), replies=st.integers(0, 2), hands_over=st.booleans(), whole=st.booleans())
    def commits(self, data: st.DataObject, replies: int, hands_over: bool, whole: bool) -> None:
        if not self.flights:
            return
        flight = data.draw(st.sampled_from(self.flights))
        turn = flight.turn
        entries = turn.entries if whole else turn.entries[:1]
        upto = entries[-1].seq
        handoff = None
        if hands_over:
            evidence = (Evidence("asked", upto, 0.9),)
            handoff = Handoff(Reason.FRUSTRATED, evidence, Priority.HIGH)
        said = [Reply(f"answer {n}") for n in range(replies)]
        before = self.state(turn.conversation)
        lease = self.do(self.store.redis.get(keys.lease(turn.conversation)))
        result = self.do(
            self.turns.commit(turn, upto, said, handoff, last=upto == turn.entries[-1].seq)
        )
        after = self.state(turn.conversation)
        assert before is not None
        assert after is not None
        if result is Committed.DONE:
            assert (before.owner, before.fence) == (Owner.BOT, turn.fence)
            assert lease == turn.token
            assert after.seq == before.seq + replies + hands_over
            flight.committed = (upto, said, handoff)
        else:
            assert after.seq == before.seq

    @rule(data=st.data())
    def commits_the_same_again(self, data: st.DataObject) -> None:
        done = [flight for flight in self.flights if flight.committed]
        if done:
            flight = data.draw(st.sampled_from(done))
            assert flight.committed is not None
            before = self.state(flight.turn.conversation)
            result = self.do(self.turns.commit(flight.turn, *flight.committed))
            assert result is not Committed.DONE
            assert self.state(flight.turn.conversation) == before

    @rule(data=st.data(), how=st.sampled_from(["runs out", "given back", "renewed"]))
    def lease(self, data: st.DataObject, how: str) -> None:
        if self.flights:
            turn = data.draw(st.sampled_from(self.flights)).turn
            if how == "runs out":
                self.do(self.store.redis.delete(keys.lease(turn.conversation)))
            elif how == "given back":
                self.do(self.turns.give_back(turn))
            else:
                held = self.do(self.store.redis.get(keys.lease(turn.conversation)))
                assert self.do(self.turns.renew(turn)) == (held == turn.token)

    @rule(cid=conversations)
    def nobody_answered_in_time(self, cid: ConversationId) -> None:
        asked = self.do(self.store.redis.hget(keys.conversation(cid), "asked"))
        before = self.state(cid)
        if before is None:
            return
        result = self.do(self.desk.overdue(cid, int(asked)))
        owed = before.owner is Owner.BOT and before.answered < int(asked)
        if owed:
            assert not result.duplicate

    # The agents

    @rule(cid=conversations, agent=agents)
    def claims(self, cid: ConversationId, agent: AgentId) -> None:
        self.take(self.desk.claim, cid, agent, Owner.QUEUE)

    @rule(cid=conversations, agent=agents)
    def takes_over(self, cid: ConversationId, agent: AgentId) -> None:
        self.take(self.desk.take_over, cid, agent, Owner.BOT)

    def take(self, work: Any, cid: ConversationId, agent: AgentId, source: Owner) -> None:
        before, load = self.state(cid), self.do(self.roster.load())
        try:
            result = self.do(work(cid, self.new("t"), agent, agent.title(), CAPACITY))
            assert before is not None
            if not result.duplicate:
                assert before.owner is source
        except Taken as taken:
            assert before is not None
            assert taken.owner is before.owner
            assert taken.agent == before.agent
        except Full:
            assert load[agent] >= CAPACITY
        except NotFound:
            assert before is None

    @rule(cid=conversations, agent=agents)
    def agent_says(self, cid: ConversationId, agent: AgentId) -> None:
        id, before = self.new("a"), self.state(cid)
        try:
            result = self.do(self.log.append_agent(cid, id, agent, agent.title(), f"reply {id}"))
            assert before is not None
            assert before.agent == agent
            self.said.append((cid, id, agent, result.seq))
        except NotOwner as refused:
            assert before is not None
            assert refused.owner is before.owner
        except NotFound:
            assert before is None

    @rule(data=st.data())
    def agent_sends_again(self, data: st.DataObject) -> None:
        if self.said:
            cid, id, agent, seq = data.draw(st.sampled_from(self.said))
            result = self.do(self.log.append_agent(cid, id, agent, agent.title(), f"reply {id}"))
            assert (result.seq, result.duplicate) == (seq, True)

    @rule(cid=conversations, agent=agents)
    def notes(self, cid: ConversationId, agent: AgentId) -> None:
        if self.state(cid) is not None:
            self.do(self.log.append_note(cid, self.new("n"), agent, agent.title(), "a note"))

    @rule(cid=conversations, agent=agents, solved=st.booleans(), rightly=st.booleans())
    def lets_go(self, cid: ConversationId, agent: AgentId, solved: bool, rightly: bool) -> None:
        before = self.state(cid)
        if rightly and before is not None and before.agent is not None:
            agent = before.agent
        try:
            if solved:
                self.do(self.desk.resolve(cid, self.new("r"), agent, "", "solved"))
            else:
                self.do(self.desk.release(cid, self.new("r"), agent, ""))
            assert before is not None
            assert before.agent == agent
        except (NotOwner, NotFound):
            assert before is None or before.agent != agent

    @rule(agent=agents)
    def beats_once(self, agent: AgentId) -> None:
        self.do(self.roster.beat(agent))

    @rule(agent=agents)
    def observes(self, agent: AgentId) -> None:
        self.beats.append((agent, self.do(self.roster.beats()).get(agent, "")))

    @rule(data=st.data(), cid=conversations)
    def sweeps(self, data: st.DataObject, cid: ConversationId) -> None:
        """A sweeper acts on what it observed, however long ago."""
        if self.beats:
            agent, observed = data.draw(st.sampled_from(self.beats))
            before, beat = self.state(cid), self.do(self.roster.beats()).get(agent, "")
            lost = self.do(self.desk.lose(cid, self.new("l"), agent, observed))
            assert lost == (before is not None and before.agent == agent and beat == observed)

    # What must hold after every step

    @invariant()
    def every_promise_is_kept(self) -> None:
        assert self.do(audit(self.store)) == {}

    @invariant()
    def what_was_accepted_stays(self) -> None:
        logs = {cid: self.do(self.log.read(cid)) for cid in CONVERSATIONS}
        for cid, entries in logs.items():
            assert entries[: len(self.kept.get(cid, []))] == self.kept.get(cid, [])
        self.kept = logs
        for cid, id, text, seq in self.sent:
            entry = logs[cid][seq - 1]
            assert (entry.id, entry.text) == (id, text)

    @invariant()
    def the_queue_is_fair(self) -> None:
        line = [self.state(cid) for cid in self.do(self.queue.waiting())]
        order = [(-c.priority, c.place) for c in line if c is not None]
        assert order == sorted(order)
        for conversation in line:
            assert conversation is not None
            assert conversation.place is not None
            assert conversation.since is not None
            # Requeued, a conversation has the place it had.
            assert conversation.place == self.places.setdefault(conversation.id, conversation.place)
        for cid in CONVERSATIONS:
            state = self.state(cid)
            if state is None or state.owner is Owner.BOT:
                self.places.pop(cid, None)

    @invariant()
    def nobody_holds_too_much(self) -> None:
        assert all(n <= CAPACITY for n in self.do(self.roster.load()).values())


def explore(url: str, examples: int, *, for_mutant: bool = False) -> None:
    Everybody.url = url
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Everybody,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            # A mutant only has to be found, by the same steps each time.
            phases=[Phase.generate] if for_mutant else list(Phase),
            derandomize=for_mutant,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


@pytest.mark.timeout(600)
def test_whatever_happens_every_promise_is_kept(redis_url: str) -> None:
    explore(redis_url, EXAMPLES)


MUTANTS = {
    "customer ids are not remembered": ("append_customer", "if seq then", "if false then"),
    "the fence is not checked": (
        "commit_turn",
        "if get('owner') ~= 'bot' or get('fence') ~= fence or redis.call('GET', LEASE) ~= token",
        "if false",
    ),
    "anyone may speak": ("append_agent", "~= 'agent:' .. agent", "== 'nobody'"),
    "a second claim wins too": ("take", "if owner ~= from then", "if false then"),
    "a claimed conversation stays in the queue": (
        "lib",
        "redis.call('ZREM', WAITING, cid)",
        "",
    ),
    "a requeued one goes to the end": ("lib", "get('place') or ", ""),
    "a new question rings no bell": ("append_customer", "owe_turn()", ""),
}


@pytest.fixture(params=list(MUTANTS.values()), ids=list(MUTANTS))
def mutant(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str, str]:
    name, guard, instead = request.param
    whole = handoff.store.script

    def mutated(wanted: str, with_lib: bool) -> str:
        text = whole(wanted, with_lib)
        if name not in ("lib", wanted):
            return text
        if with_lib or name == wanted:
            assert guard in text, "the mutant no longer touches anything"
        return text.replace(guard, instead)

    monkeypatch.setattr(handoff.store, "script", mutated)
    return request.param  # type: ignore[no-any-return]


@pytest.mark.timeout(300)
def test_a_missing_guard_is_noticed(redis_url: str, mutant: tuple[str, str, str]) -> None:
    with pytest.raises(BaseException) as found:  # noqa: PT011 - hypothesis groups failures
        explore(redis_url, 300, for_mutant=True)
    assert not isinstance(found.value, KeyboardInterrupt)


def test_two_agents_at_once_have_one_winner(own_redis: RedisServer) -> None:
    async def race() -> None:
        stores = [await Store.open(own_redis.url) for _ in range(2)]
        desks = [Desk(store) for store in stores]
        for round in range(300):
            cid = ConversationId(f"r{round}")
            await desks[0].request_human(cid, "h", Handoff(Reason.ASKED), channel="website")
            results = await asyncio.gather(
                *(
                    desk.claim(cid, f"k-{agent}", AgentId(agent), agent, 1000)
                    for desk, agent in zip(desks * 2, ("a", "b", "c", "d"), strict=True)
                ),
                return_exceptions=True,
            )
            winners = [r for r in results if not isinstance(r, BaseException)]
            losers = [r for r in results if isinstance(r, Taken)]
            assert (len(winners), len(losers)) == (1, 3)
            state = await Log(stores[0]).conversation(cid)
            assert state is not None
            assert {loser.agent for loser in losers} == {state.agent}
        assert await audit(stores[0]) == {}
        for store in stores:
            await store.close()

    asyncio.run(race())
