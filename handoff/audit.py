"""Does the log keep its promises? Replays logs and compares them with the state and the work lists.

`python -m handoff audit` runs it over a whole database; the tests run it after everything they do.
The numbers I1 … are those of the invariants in docs/design.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from handoff import keys
from handoff.log import Log
from handoff.model import (
    AgentId,
    Cause,
    Conversation,
    ConversationId,
    Entry,
    Kind,
    Owner,
    Sender,
)
from handoff.store import Store, reaching

ARROWS = frozenset(
    {
        (Owner.BOT, Owner.QUEUE, Cause.HANDOFF),
        (Owner.QUEUE, Owner.BOT, Cause.CANCELLED),
        (Owner.QUEUE, Owner.BOT, Cause.ABANDONED),
        (Owner.QUEUE, Owner.BOT, Cause.NOBODY),
        (Owner.QUEUE, Owner.AGENT, Cause.CLAIMED),
        (Owner.BOT, Owner.AGENT, Cause.TAKEN_OVER),
        (Owner.AGENT, Owner.QUEUE, Cause.RELEASED),
        (Owner.AGENT, Owner.QUEUE, Cause.LOST),
        (Owner.AGENT, Owner.QUEUE, Cause.TRANSFERRED),
        (Owner.AGENT, Owner.QUEUE, Cause.ESCALATED),
        (Owner.AGENT, Owner.BOT, Cause.RESOLVED),
    }
)


@dataclass(frozen=True)
class State:
    """Who owned the conversation, as the log tells it."""

    owner: Owner = Owner.BOT
    agent: AgentId | None = None
    fence: int = 0


def after(state: State, entry: Entry) -> State:
    """The state after this entry: only changes of owner move it."""
    if entry.kind is not Kind.OWNER:
        return state
    owner = Owner(entry.body["owner"])
    agent = AgentId(entry.body["agent"]) if owner is Owner.AGENT else None
    return State(owner, agent, state.fence + 1)


def violations(entries: Sequence[Entry], conversation: Conversation) -> Iterator[str]:
    """Every promise that this log and this state break, in words."""
    ids: Counter[tuple[Sender, str | None, str]] = Counter()
    state = State()
    for number, entry in enumerate(entries, start=1):
        if entry.seq != number:
            yield f"I1 entry {entry.seq} stands at place {number}"
            return
        ids[entry.sender, entry.body.get("agent"), entry.id] += 1
        if entry.sender is Sender.BOT and state.owner is not Owner.BOT:
            yield f"I4 the bot speaks in {number} while {state.owner} owns"
        if (
            entry.sender is Sender.AGENT
            and entry.kind is Kind.MESSAGE
            and (state.owner is not Owner.AGENT or state.agent != entry.body["agent"])
        ):
            yield f"I5 {entry.body['agent']} speaks in {number} while {state} owns"
        following = after(state, entry)
        if following is not state:
            if entry.fence != following.fence:
                yield f"I3 entry {number} carries fence {entry.fence}, not {following.fence}"
            arrow = (state.owner, following.owner, Cause(entry.body["cause"]))
            if arrow not in ARROWS:
                yield f"I14 forbidden arrow {arrow} in {number}"
        state = following
    yield from (f"I2 {id} occurs {n} times" for id, n in ids.items() if n > 1)
    if conversation.seq != len(entries):
        yield f"I1 the state counts {conversation.seq} entries, the log has {len(entries)}"
    if State(conversation.owner, conversation.agent, conversation.fence) != state:
        yield f"I6 the log replays to {state}, the state says {conversation}"


async def _places(store: Store, conversation: Conversation, asked: int) -> Iterable[str]:
    """I7, I10: a conversation is in exactly the places that its state says."""
    cid = conversation.id
    with reaching():
        async with store.redis.pipeline(transaction=True) as pipe:
            pipe.zscore(keys.READY, cid)
            pipe.zscore(keys.WAITING, cid)
            pipe.hget(keys.HELD, cid)
            pipe.hlen(keys.ops(cid))
            ready, waiting, held, ops = await pipe.execute()
    found = []
    owes = conversation.owner is Owner.BOT and asked > conversation.answered
    if owes and ready is None:
        found.append("I10 an answer is owed and nobody is told")
    if ready is not None and conversation.owner is not Owner.BOT:
        found.append(f"I7 in the bot's list while {conversation.owner} owns")
    if (waiting is not None) != (conversation.owner is Owner.QUEUE):
        found.append(f"I7 in the queue: {waiting is not None}, owner {conversation.owner}")
    if held != conversation.agent:
        found.append(f"I7 held by {held}, owned by {conversation.agent}")
    if ops != conversation.seq:
        found.append(f"I17 {ops} operations for {conversation.seq} entries")
    return found


async def audit(store: Store) -> dict[ConversationId, list[str]]:
    """Everything broken in the whole database; empty when every promise is kept. Meant for a
    quiet one: between the reads of a busy conversation the log grows. Raises Unavailable."""
    log = Log(store)
    broken: dict[ConversationId, list[str]] = {}
    with reaching():
        everyone = [ConversationId(c) for c in await store.redis.zrange(keys.ALL, 0, -1)]
    for cid in everyone:
        conversation = await log.conversation(cid)
        if conversation is None:
            broken[cid] = ["listed, but there is no such conversation"]
            continue
        with reaching():
            asked = int(await store.redis.hget(keys.conversation(cid), "asked") or 0)
        found = [
            *violations(await log.read(cid), conversation),
            *await _places(store, conversation, asked),
        ]
        if found:
            broken[cid] = found
    with reaching():
        held, load = await store.redis.hvals(keys.HELD), await store.redis.hgetall(keys.LOAD)
    if Counter(held) != Counter({agent: int(n) for agent, n in load.items()}):
        broken[ConversationId("*")] = [f"I7 loads {load} for {Counter(held)} held"]
    return broken
