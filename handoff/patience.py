"""How long the courier tries, and what it says when it stops."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from handoff.channels.errors import DeliveryError, Problem
from handoff.model import Entry, Kind, Sender

DETAIL = 300  # characters of a platform's own words


@dataclass(frozen=True)
class Limits:
    """How much one courier does at once, and how patient it is. Seconds."""

    conversations: int = 200  # at the same time; each waits for its platform most of the time
    batch: int = 20  # entries read at once
    first_pause: float = 1.0  # doubled with each try
    longest_pause: float = 300.0
    unconfirmed: int = 1  # times that a message is repeated which may have arrived
    expiry: float = 24 * 3600.0  # an entry that no platform took for so long is given up
    echo: float = 10.0  # to wait for the platform's own word about an unknown outcome
    not_configured: float = 300.0
    idle: float = 1.0  # between looks when no bell rings
    away: float = 0.5  # before trying again after Redis went away
    farewell: float = 4.0  # to end what is being sent when the courier is stopped


def pause_after(limits: Limits, error: DeliveryError, tries: int, echoes: bool) -> float:
    """Seconds until it is tried again: what the platform asks for, else twice as long each time,
    and never the same for all that failed together. `echoes`: its echo may come meanwhile."""
    pause = min(limits.first_pause * 2.0 ** min(tries, 20), limits.longest_pause)
    pause *= random.uniform(0.5, 1.0)
    if error.problem is Problem.NOT_CONFIGURED:
        return limits.not_configured
    if error.retry_after is not None:
        return max(error.retry_after, limits.first_pause / 2) + pause * 0.2
    if error.problem is Problem.UNCONFIRMED and echoes:
        return max(pause, limits.echo)
    return pause


def is_hopeless(limits: Limits, error: DeliveryError, doubts: int, age: float) -> bool:
    """Whether to stop trying. `doubts`: outcomes of it that stayed unknown; `age`: seconds since it
    was said."""
    if not error.problem.retryable:
        return True
    if error.problem is Problem.UNCONFIRMED:
        return doubts >= limits.unconfirmed
    return age > limits.expiry


def final(error: DeliveryError) -> Problem:
    """What it is called when nothing more is tried."""
    if error.problem.retryable and error.problem is not Problem.UNCONFIRMED:
        return Problem.EXPIRED
    return error.problem


def is_news(entry: Entry) -> bool:
    """Whether an agent need hear that it did not arrive: what a bot or an agent said, not a
    sentence of the desk's («Ana has joined»)."""
    return entry.kind is Kind.MESSAGE and entry.sender in (Sender.BOT, Sender.AGENT)


def params_of(entry: Entry, error: DeliveryError) -> dict[str, Any]:
    """Of the notice `not_delivered`."""
    problem = final(error)
    params = {"seq": entry.seq, "reason": problem.code, "text": problem.sentence}
    if error.detail and problem in (Problem.REFUSED, Problem.FORBIDDEN):
        params["detail"] = error.detail[:DETAIL]
    return params
