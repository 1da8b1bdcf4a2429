"""The courier: sends out what customers on other people's platforms must get.

In order within a conversation, and no conversation waits for another. Any number of processes share
the work. Killed at any point it loses nothing; what the platform was being asked for at that moment
may be sent once more, unless the platform's echo says that it arrived (docs/channels.md).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import structlog

from handoff.channels.contract import Adapter, Part, Recipient
from handoff.channels.errors import DeliveryError, Problem, Tell
from handoff.channels.parts import parts_of
from handoff.deliveries import Deliveries, Delivery, Kept
from handoff.log import Log
from handoff.model import Entry
from handoff.patience import (
    DETAIL,
    Limits,
    final,
    is_hopeless,
    is_news,
    params_of,
    pause_after,
)
from handoff.store import Store, Unavailable
from handoff.wording import Words

log = structlog.get_logger()
T = TypeVar("T")


class Lost(Exception):
    """Somebody else delivers this conversation now, or it is gone."""


class Courier:
    def __init__(
        self,
        store: Store,
        adapters: Mapping[str, Adapter],
        default_language: str = "en",
        limits: Limits | None = None,
    ) -> None:
        self.deliveries = Deliveries(store)
        self.log = Log(store)
        self.adapters = adapters
        self.default_language = default_language
        self.limits = limits or Limits()
        self._free = asyncio.Semaphore(self.limits.conversations)
        self._work: set[asyncio.Task[None]] = set()
        self._stopping = False

    async def run(self) -> None:
        """Until cancelled; Redis being away only postpones the work. What is being sent then is
        finished, so that a restart repeats nothing."""
        self._stopping = False
        try:
            while True:
                await self._free.acquire()
                it = None
                try:
                    it = await self.deliveries.take()
                except Unavailable as error:
                    log.warning("courier.postponed", why=str(error))
                    await asyncio.sleep(self.limits.away)
                finally:
                    if it is None:
                        self._free.release()
                if it is None:
                    await self._idle()
                    continue
                task = asyncio.create_task(self._hold(it))
                self._work.add(task)
                task.add_done_callback(self._work.discard)
        finally:
            self._stopping = True
            if self._work:
                await asyncio.wait(self._work, timeout=self.limits.farewell)
            for task in self._work:
                task.cancel()
            await asyncio.gather(*self._work, return_exceptions=True)

    async def _idle(self) -> None:
        try:
            await self.deliveries.wait(self.limits.idle)
        except Unavailable:
            await asyncio.sleep(self.limits.away)

    async def _hold(self, it: Delivery) -> None:
        """Deliver under the lease, and let go of it."""
        renewing = asyncio.create_task(self._renew(it, asyncio.current_task()))
        try:
            await self.deliver(it)
        except Lost:
            log.info("delivery.lost", conversation=it.conversation)
        except asyncio.CancelledError:
            raise
        except Exception:
            # A mistake of ours must not make this conversation spin.
            log.exception("delivery.failed", conversation=it.conversation)
            await asyncio.sleep(self.limits.idle)
        finally:
            renewing.cancel()
            self._free.release()

    async def _renew(self, it: Delivery, work: asyncio.Task[None] | None) -> None:
        while True:
            await asyncio.sleep(self.deliveries.lease / 3000)
            try:
                if not await self.deliveries.renew(it):
                    if work:
                        work.cancel()
                    return
            except Unavailable:
                continue

    async def deliver(self, it: Delivery) -> None:
        """Everything that this conversation has to deliver now. Raises Lost."""
        adapter = self.adapters.get(it.channel)
        words = Words(it.lang, self.default_language)
        if adapter is None:
            why = DeliveryError(Problem.NOT_CONFIGURED, it.channel)
            log.warning("delivery.not_configured", channel=it.channel)
            await self._postpone(it, it.delivered + 1, it.part, why)
            return
        seq, part = it.delivered, it.part
        if it.sending and adapter.echoes:
            seq, part = await self._find_out(it)
        while entries := await self._read(it, seq):
            for entry in entries:
                try:
                    parts = parts_of(entry, words, adapter.longest, it.conversation)
                except Exception:
                    # Nothing that stands in a log may stop what stands behind it.
                    log.exception("delivery.unreadable", conversation=it.conversation)
                    await self._give_up(it, entry, DeliveryError(Problem.REFUSED))
                    seq, part = entry.seq, 0
                    continue
                if not await self._entry(it, adapter, entry, parts[part:], part):
                    return
                seq, part = entry.seq, 0
                if self._stopping:
                    await self._surely(lambda: self.deliveries.end(it))
                    return
        await self._surely(lambda: self.deliveries.end(it))

    async def _find_out(self, it: Delivery) -> tuple[int, int]:
        """A courier died while it asked the platform: its echo moves the cursor if it arrived."""
        until = asyncio.get_running_loop().time() + self.limits.echo
        before = (it.delivered, it.part)
        look = partial(self.deliveries.cursor, it.conversation)
        while (now := await self._surely(look)) == before:
            if asyncio.get_running_loop().time() >= until:
                break
            await asyncio.sleep(0.25)
        return now

    async def _entry(
        self, it: Delivery, adapter: Adapter, entry: Entry, parts: tuple[Part, ...], done: int
    ) -> bool:
        """Send the parts that are left of an entry, after those that are done. False: the
        conversation waits, its lease has ended."""
        if not parts:
            skip = partial(self.deliveries.acknowledge, it, entry.seq, done, last=True)
            _go_on(await self._surely(skip))
            return True
        for part in parts:
            now = await self._surely(self.deliveries.now)
            to = Recipient(it.conversation, it.channel, it.external, it.lang, it.heard, now)
            begun = await self._surely(partial(self.deliveries.begin, it, part.seq, part.number))
            if _go_on(begun) is Kept.DONE:
                continue
            try:
                platform = await self._send(adapter, part, to)
            except DeliveryError as error:
                if is_hopeless(self.limits, error, it.doubts, (now - entry.time) / 1000):
                    await self._give_up(it, entry, error)
                    return True
                await self._postpone(it, part.seq, part.number, error)
                return False
            acknowledge = partial(
                self.deliveries.acknowledge,
                it,
                part.seq,
                part.number,
                last=part.last,
                platform=platform,
            )
            _go_on(await self._surely(acknowledge))
            it.tries = it.doubts = 0
        return True

    async def _send(self, adapter: Adapter, part: Part, to: Recipient) -> str:
        try:
            return await adapter.send(part, to)
        except (DeliveryError, asyncio.CancelledError):
            raise
        except Exception as error:
            # A mistake in an adapter: written down, told to the agent, and the next message goes.
            log.exception("adapter.failed", channel=to.channel, seq=part.seq)
            raise DeliveryError(Problem.REFUSED, type(error).__name__) from error

    async def _give_up(self, it: Delivery, entry: Entry, error: DeliveryError) -> None:
        problem = final(error)
        level = "error" if problem.tell is Tell.OPERATOR else "warning"
        getattr(log, level)("delivery.given_up", **_told(it, entry.seq, problem, error))
        params, news = params_of(entry, error), is_news(entry)
        give_up = partial(self.deliveries.give_up, it, entry.seq, params, notice=news)
        _go_on(await self._surely(give_up))

    async def _postpone(self, it: Delivery, seq: int, part: int, error: DeliveryError) -> None:
        adapter = self.adapters.get(it.channel)
        echoes = adapter is not None and adapter.echoes
        pause = pause_after(self.limits, error, it.tries, echoes)
        told = _told(it, seq, error.problem, error)
        log.info("delivery.postponed", **told, seconds=round(pause, 1))
        unsure = error.problem is Problem.UNCONFIRMED
        why = error.problem.code
        postpone = partial(self.deliveries.postpone, it, seq, part, pause, why, unsure=unsure)
        if await self._surely(postpone) is Kept.DONE:  # an echo was quicker: there is more to send
            await self._surely(lambda: self.deliveries.end(it))

    async def _read(self, it: Delivery, after: int) -> list[Entry]:
        return await self._surely(lambda: self.log.read(it.conversation, after, self.limits.batch))

    async def _surely(self, step: Callable[[], Awaitable[T]]) -> T:
        """What we know must be written down, however long Redis is away: each step is idempotent,
        and tells us when the lease was somebody else's meanwhile."""
        while True:
            try:
                return await step()
            except Unavailable as error:
                log.warning("courier.postponed", why=str(error))
                await asyncio.sleep(self.limits.away)


def _told(it: Delivery, seq: int, problem: Problem, error: DeliveryError) -> dict[str, Any]:
    return {
        "conversation": it.conversation,
        "seq": seq,
        "channel": it.channel,
        "reason": problem.code,
        "detail": error.detail[:DETAIL],
    }


def _go_on(kept: Kept) -> Kept:
    if kept in (Kept.LOST, Kept.GONE):
        raise Lost(kept)
    return kept
