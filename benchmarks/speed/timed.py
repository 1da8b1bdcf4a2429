"""A running Rasa that says where each of its turns spent its time.

`rasa run` is given this channel instead of `bot.channel.TurnChannel`: the same channel, and before
the model is loaded stopwatches are put round what a turn is made of. What a part spends in other
parts is theirs, and what no part claims is Rasa's own rest, so that the parts add up to the turn.
"""

from __future__ import annotations

import functools
import json
import os
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasa.engine.graph import GraphNode

from bot.channel import TurnChannel
from bot.judgement import Judge
from bot.nlu.encoder import Encoder
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest
from bot.rasa_assistant import PatientEndpoint
from bot.tracker_store import BoundedTrackerStore
from bot.worker import Worker
from handoff.turns import Turns

TIMES = "BATON_TIMES"  # the file that a line per turn is appended to
REST = "Rasa's own rest: graph runner, tracker, domain"
# Components of the graph by what they do; those not named count as Rasa's own rest.
NODES: Mapping[str, str] = {
    "IntentClassifier": "intent classifier",
    "CountVectorsFeaturizer": "features of the intent classifier",
    "WhitespaceTokenizer": "features of the intent classifier",
    "SentenceFeaturizer": "features of the intent classifier",
    "LanguageDetector": "language",
    "FaqRetriever": "FAQ index",
    "HandoffDetector": "frustration",
    "EscalationPolicy": "policies",
    "RulePolicy": "policies",
}


@dataclass
class Part:
    """A part that has begun: what others took inside it, and the turn that it belongs to."""

    turn: defaultdict[str, float]
    within: float = 0.0


# Of the task, and of the tasks and threads that it starts: turns at the same time do not mix.
HERE: ContextVar[Part | None] = ContextVar("part", default=None)


@contextmanager
def part(
    name: str,
    turn: defaultdict[str, float] | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[None]:
    """Count seconds for `name`, without what other parts take inside it.

    A part with a `turn` begins that turn; outside of turns nothing is counted.
    """
    outer = HERE.get()
    if turn is None:
        if outer is None:
            yield
            return
        turn = outer.turn
    else:
        outer = None
    mine = Part(turn)
    before = HERE.set(mine)
    began = clock()
    try:
        yield
    finally:
        taken = clock() - began
        HERE.reset(before)
        mine.turn[name] += taken - mine.within
        if outer:
            outer.within += taken


def put(owner: type, method: str, timed: Callable[..., Any]) -> None:
    setattr(owner, method, timed)


def around(owner: type, method: str, name: str) -> None:
    """Count what a method takes, of every object of a class."""
    plain = getattr(owner, method)

    @functools.wraps(plain)
    def timed(*given: Any, **named: Any) -> Any:
        with part(name):
            return plain(*given, **named)

    put(owner, method, timed)


def around_async(owner: type, method: str, name: str) -> None:
    plain: Callable[..., Awaitable[Any]] = getattr(owner, method)

    @functools.wraps(plain)
    async def timed(*given: Any, **named: Any) -> Any:
        with part(name):
            return await plain(*given, **named)

    put(owner, method, timed)


def around_nodes() -> None:
    plain = GraphNode.__call__

    @functools.wraps(plain)
    def timed(node: Any, *inputs: Any) -> Any:
        with part(NODES.get(node._component_class.__name__, REST)):
            return plain(node, *inputs)

    put(GraphNode, "__call__", timed)


def around_turns(kept: Path) -> None:
    """The whole turn: from having taken it to having committed it."""
    plain = Worker._serve

    @functools.wraps(plain)
    async def timed(worker: Worker, turn: Any) -> None:
        spent: defaultdict[str, float] = defaultdict(float)
        with part(REST, spent):
            await plain(worker, turn)
        with kept.open("a") as file:
            file.write(json.dumps(spent) + "\n")

    put(Worker, "_serve", timed)


def put_round(kept: Path) -> None:
    around(Encoder, "encode", "encoder")
    around(Judge, "language", "language")
    around(Judge, "ask", "FAQ index")
    around(HumanRequest, "judge", "request for a person")
    around(Frustration, "judge", "frustration")
    around_async(BoundedTrackerStore, "save", "tracker store")
    around_async(BoundedTrackerStore, "retrieve", "tracker store")
    around_async(PatientEndpoint, "request", "action server")
    around_async(Turns, "commit", "commit to the log")
    around_nodes()
    around_turns(kept)


class TimedChannel(TurnChannel):
    """`credentials.yml`: as the channel it is; the file is named by the environment."""

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> TurnChannel:
        put_round(Path(os.environ[TIMES]))
        return super().from_credentials(credentials)
