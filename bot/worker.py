"""The turn worker: takes conversations that owe an answer, has Rasa answer, commits.

It promises nothing that the commit does not: a worker that dies, hangs or is late changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from bot import guards
from bot.turn import Forgotten, Said, TurnFailed
from handoff.model import ConversationId, Entry, Handoff, Mood, Priority, Reason
from handoff.store import ForeignDatabase, Unavailable
from handoff.turns import Committed, Reply, Turn

log = logging.getLogger(__name__)

ATTEMPTS = 3  # a message that fails so often goes to a person
BEAT = 5.0  # seconds between heartbeats; the desk calls a worker dead after several of them
BELL = 1.0  # seconds to wait for the bell before looking again
PAUSE = 1.0  # seconds before trying again after Redis or Rasa failed
COMMIT_PAUSE = 0.25


class Turns(Protocol):
    """The bot's side of the desk: `handoff.turns.Turns`."""

    lease: int

    async def wait(self, timeout: float = ...) -> None: ...  # noqa: ASYNC109 - as the desk has it
    async def take(self) -> Turn | None: ...
    async def renew(self, turn: Turn) -> bool: ...
    async def give_back(self, turn: Turn) -> None: ...
    async def beat(self, worker: str) -> None: ...
    async def leave(self, worker: str) -> None: ...
    async def commit(
        self,
        turn: Turn,
        upto: int,
        replies: tuple[Reply, ...],
        handoff: Handoff | None = ...,
        *,
        last: bool = ...,
        lang: str | None = ...,
        mood: Mood | None = ...,
    ) -> Committed: ...


class Assistant(Protocol):
    """Whoever answers: Rasa, behind `bot.channel`."""

    async def answer(self, turn: Turn, entry: Entry) -> Said: ...

    def apology(self, turn: Turn) -> Reply: ...


@dataclass(frozen=True)
class Limits:
    """How much one worker does at once and how long it waits."""

    conversations: float = 4  # at the same time
    turn: float = 20.0  # seconds for one message inside Rasa
    stop: float = 8.0  # seconds for turns in hand when the worker is stopped


class LeaseLost(Exception):
    """Another worker may have this conversation now."""


class Worker:
    """Takes turns until it is stopped; `name` identifies it to the desk."""

    def __init__(self, turns: Turns, assistant: Assistant, name: str, limits: Limits) -> None:
        self.turns = turns
        self.assistant = assistant
        self.name = name
        self.limits = limits
        self.counts: Counter[str] = Counter()
        self._free = asyncio.Semaphore(int(limits.conversations))
        self._in_hand: dict[asyncio.Task[None], Turn] = {}
        self._failed: Counter[tuple[ConversationId, int]] = Counter()
        self._loops: list[asyncio.Task[None]] = []

    @property
    def in_hand(self) -> int:
        return len(self._in_hand)

    def start(self) -> None:
        self._loops = [
            asyncio.create_task(self._take(), name="baton.take"),
            asyncio.create_task(self._beat(), name="baton.beat"),
        ]

    async def stop(self) -> None:
        """Finish what is in hand if it takes at most `limits.stop` seconds; give the rest back."""
        for loop in self._loops:
            loop.cancel()
        await asyncio.gather(*self._loops, return_exceptions=True)
        unfinished = dict(self._in_hand)
        if unfinished:
            await asyncio.wait(unfinished, timeout=self.limits.stop)
        for task, turn in list(self._in_hand.items()):
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            with suppress(Unavailable):
                await self.turns.give_back(turn)
        with suppress(Unavailable):
            await self.turns.leave(self.name)

    async def _beat(self) -> None:
        while True:
            with suppress(Unavailable):
                await self.turns.beat(self.name)
            await asyncio.sleep(BEAT)

    async def _take(self) -> None:
        while True:
            await self._free.acquire()
            try:
                turn = await self._next()
            except BaseException:
                self._free.release()
                raise
            task = asyncio.create_task(self._serve(turn), name=f"baton.turn.{turn.conversation}")
            self._in_hand[task] = turn
            task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._in_hand[task]
        self._free.release()

    async def _next(self) -> Turn:
        while True:
            try:
                turn = await self.turns.take()
                if turn:
                    return turn
                await self.turns.wait(BELL)
            except Unavailable:
                await asyncio.sleep(PAUSE)
            except ForeignDatabase as error:
                log.critical("worker.foreign_database error=%s", error)
                await asyncio.sleep(PAUSE)

    async def _serve(self, turn: Turn) -> None:
        """Answer every message of `turn`, oldest first, or leave it to another worker."""
        keeper = asyncio.create_task(self._keep(turn))
        try:
            await self._answer_all(turn, keeper)
        except LeaseLost:
            self.counts["lost"] += 1
            log.warning("turn.lost conversation=%s", turn.conversation)
        except Unavailable as error:
            # The lease runs out, and whoever takes the turn then finds what was run in the tracker.
            log.warning("turn.unavailable conversation=%s error=%s", turn.conversation, error)
        except Exception:
            self.counts["failed"] += 1
            log.exception("turn.failed conversation=%s", turn.conversation)
            await asyncio.sleep(PAUSE)
            with suppress(Unavailable):
                await self.turns.give_back(turn)
        finally:
            keeper.cancel()

    async def _keep(self, turn: Turn) -> None:
        """Renew the lease until it is lost."""
        held = time.monotonic()
        while True:
            await asyncio.sleep(self.turns.lease / 3000)
            try:
                if not await self.turns.renew(turn):
                    return
                held = time.monotonic()
            except Unavailable:
                if time.monotonic() - held > self.turns.lease / 1000:
                    return

    async def _answer_all(self, turn: Turn, keeper: asyncio.Task[None]) -> None:
        for entry in turn.entries:
            with guards.unquoted(entry.text):
                said = await self._answer(turn, entry, keeper)
            last = entry is turn.entries[-1] or said.handoff is not None
            outcome = await self._commit(turn, entry, said, last, keeper)
            self._failed.pop((turn.conversation, entry.seq), None)
            self.counts[outcome.value.lower()] += 1
            if outcome is Committed.FENCED:
                log.info("turn.fenced conversation=%s seq=%d", turn.conversation, entry.seq)
                return
            if last:
                return

    async def _answer(self, turn: Turn, entry: Entry, keeper: asyncio.Task[None]) -> Said:
        """Rasa's answer, or an apology and a person when there is none to be had."""
        started = time.monotonic()
        running = asyncio.create_task(self.assistant.answer(turn, entry))
        try:
            # Not cancelled from outside: half a turn leaves actions done and nothing remembered.
            await asyncio.wait(
                {running, keeper}, timeout=self.limits.turn, return_when=asyncio.FIRST_COMPLETED
            )
            if not running.done():
                if keeper.done():
                    raise LeaseLost
                return self._apology(turn, entry, "late")
            said = running.result()
            log.info(
                "turn.answered conversation=%s seq=%d ms=%d replies=%d handoff=%s",
                turn.conversation,
                entry.seq,
                (time.monotonic() - started) * 1000,
                len(said.replies),
                said.handoff.reason if said.handoff else None,
            )
            return said
        except (TurnFailed, Forgotten) as error:
            return self._apology(turn, entry, str(error))
        except (LeaseLost, Unavailable):
            raise
        except Exception as error:
            attempt = (turn.conversation, entry.seq)
            self._failed[attempt] += 1
            if self._failed[attempt] < ATTEMPTS:
                raise
            return self._apology(turn, entry, repr(error))
        finally:
            if not running.done():
                running.cancel()
                await asyncio.gather(running, return_exceptions=True)

    def _apology(self, turn: Turn, entry: Entry, why: str) -> Said:
        self.counts["apologies"] += 1
        log.error("turn.apology conversation=%s seq=%d why=%s", turn.conversation, entry.seq, why)
        return Said(
            (self.assistant.apology(turn),),
            Handoff(Reason.BOT_UNAVAILABLE, priority=Priority.NORMAL),
        )

    async def _commit(
        self, turn: Turn, entry: Entry, said: Said, last: bool, keeper: asyncio.Task[None]
    ) -> Committed:
        """Commit, again while Redis is away and the lease is ours: it is done once in any case."""
        while True:
            try:
                return await self.turns.commit(
                    turn,
                    entry.seq,
                    said.replies,
                    said.handoff,
                    last=last,
                    lang=said.lang,
                    mood=said.mood,
                )
            except Unavailable:
                if keeper.done():
                    raise LeaseLost from None
                await asyncio.sleep(COMMIT_PAUSE)
