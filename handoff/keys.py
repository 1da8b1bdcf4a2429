"""Every Redis key of ours is named here and nowhere else.

One instance, no cluster: scripts that look for work may build a conversation's keys from
`CONVERSATION`.
"""

from __future__ import annotations

from handoff.model import AgentId, ConversationId

CONVERSATION = "conv:"  # + id: hash; + id + ":log": stream; + ":ops": hash; + ":lease": string

# Zset: conversations that owe a bot turn, by the order in which they came to owe it
READY = "bot:ready"
BELL = "bot:bell"  # list: rings when READY grew, so that a worker need not poll
WORKERS = "bot:workers"  # zset: worker -> time of its last beat
OUT = "out:ready"  # zset: conversations on push channels with something to deliver
OUT_BELL = "out:bell"  # list: rings when OUT grew
WAITING = "q:wait"  # zset: the queue, by priority and place
TICK = "q:tick"  # counter: places in line and the order of work lists; no clock
HANDLED = "q:handled"  # list: how long the latest conversations took an agent, ms
HELD = "held"  # hash: conversation -> agent
LOAD = "load"  # hash: agent -> number of conversations held
BEATS = "beats"  # hash: agent -> beat counter of the consoles
AVAILABILITY = "availability"  # hash: agent -> available | away
FEED = "feed"  # stream, trimmed: wake-ups; the logs are the truth
ALL = "convs"  # zset: conversation -> time of its last entry
STATS = "stats"  # hash: counters (suppressed, delivery_unknown, …)
EPOCH = "meta:epoch"  # string: which life of the database this is


def conversation(cid: ConversationId) -> str:
    return f"{CONVERSATION}{cid}"


def log(cid: ConversationId) -> str:
    return f"{CONVERSATION}{cid}:log"


def ops(cid: ConversationId) -> str:
    return f"{CONVERSATION}{cid}:ops"


def lease(cid: ConversationId) -> str:
    return f"{CONVERSATION}{cid}:lease"


def erased(cid: ConversationId) -> str:
    """A tombstone, so that a late delivery does not bring an erased conversation back."""
    return f"erased:{cid}"


def tracker(cid: str) -> str:
    """Rasa's working memory of a conversation; the bot's process alone reads and writes it."""
    return f"tracker:{cid}"


def of_conversation(cid: ConversationId) -> list[str]:
    """KEYS of every script that touches one conversation, in the order that lua/lib.lua unpacks."""
    return [
        EPOCH,
        conversation(cid),
        log(cid),
        ops(cid),
        lease(cid),
        READY,
        BELL,
        OUT,
        OUT_BELL,
        WAITING,
        TICK,
        HANDLED,
        HELD,
        LOAD,
        BEATS,
        FEED,
        ALL,
        STATS,
        erased(cid),
        LATER,
        courier(cid),
        sent(cid),
        attachments(cid),
        links(cid),
    ]


def held_value(agent: AgentId) -> str:
    """How the hash of a conversation names an agent as its owner."""
    return f"agent:{agent}"


ACCOUNTS = "accounts"  # set: ids of everybody who may sign in
ADMINS = "admins"  # set: those of them who are admins
HINTS = "hints"  # channel: typing, seen, signed out; never stored, a lost one costs a blink


def account(agent: AgentId) -> str:
    return f"account:{agent}"


def invitation(hashed: str) -> str:
    """A one-time link, by the hash of its token."""
    return f"invitation:{hashed}"


def session(hashed: str) -> str:
    """A sign-in, by the hash of the cookie's token."""
    return f"session:{hashed}"


def sessions(agent: AgentId) -> str:
    """set: the sign-ins of an agent, so that all of them can be ended."""
    return f"sessions:{agent}"


def ticket(hashed: str) -> str:
    """What a console's socket is opened with, once."""
    return f"ticket:{hashed}"


def attempts(scope: str, who: str) -> str:
    """counter: failed sign-ins in the present window."""
    return f"attempts:{scope}:{who}"


def seen(cid: ConversationId) -> str:
    """hash: up to where the customer and the agents have seen the log."""
    return f"seen:{cid}"


LATER = "out:later"  # zset: deliveries that failed for now -> time (Redis's, ms) to try again
DEAD = "dead"  # stream, trimmed: updates of platforms that nobody could make sense of


def external(channel: str, hashed: str) -> str:
    """string: the conversation of a platform's customer, by the hash of their id there."""
    return f"ext:{channel}:{hashed}"


def courier(cid: ConversationId) -> str:
    """string: the token of the courier that delivers this conversation now."""
    return f"{CONVERSATION}{cid}:courier"


def sent(cid: ConversationId) -> str:
    """hash: a platform's id of what was sent -> seq, for replies, reads and echoes."""
    return f"{CONVERSATION}{cid}:sent"


def told(channel: str, hashed: str) -> str:
    """string: somebody we do not talk to (a group) was told so lately."""
    return f"told:{channel}:{hashed}"


FETCHING = "files:todo"  # zset: "conversation id" of files to fetch -> time (ms) to try


def attachments(cid: ConversationId) -> str:
    """hash: an attachment's id -> what is known of it, as JSON."""
    return f"{CONVERSATION}{cid}:files"


def links(cid: ConversationId) -> str:
    """hash: the links to other conversations of the same person, by their ids, as JSON."""
    return f"{CONVERSATION}{cid}:links"


def continuing(hashed: str) -> str:
    """string: a website conversation that its customer goes on with elsewhere, by the hash of the
    link's token."""
    return f"continue:{hashed}"
