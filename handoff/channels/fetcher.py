"""Fetches what customers send from their platform, once, in the background: a webhook is answered
before, and the entry is in the log already."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import structlog

from handoff import keys
from handoff.attachments import Attachment, Files, State
from handoff.channels.contract import Adapter
from handoff.channels.errors import DeliveryError, Problem
from handoff.model import ConversationId
from handoff.store import Store, Unavailable, reaching

log = structlog.get_logger()

AT_ONCE = 4  # files held in memory at the same time
BUSY = 180_000  # ms; a dead desk's file is fetched by another one after this
IDLE = 1.0  # seconds between looks
AGAIN = (2.0, 10.0, 60.0, 300.0, 1800.0)  # seconds; what fails more often is lost
TIDY_EVERY = 3600.0


class Fetcher:
    def __init__(self, store: Store, files: Files, adapters: Mapping[str, Adapter]) -> None:
        self.store = store
        self.files = files
        self.adapters = adapters
        self.again: tuple[float, ...] = AGAIN
        self.news = asyncio.Event()  # set: somebody here wants a file

    async def run(self) -> None:
        """Until cancelled."""
        workers = [asyncio.create_task(self._work()) for _ in range(AT_ONCE)]
        try:
            while True:
                await asyncio.sleep(TIDY_EVERY)
                await self.tidy()
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def tidy(self) -> None:
        """Contents without a conversation: it was erased, or its customer never said anything."""
        try:
            gone = await self.files.orphans()
            for cid in gone:
                await self.files.forget(cid)
            if gone:
                log.info("files.tidied", conversations=len(gone))
        except (Unavailable, OSError) as error:
            log.warning("files.not_tidied", why=str(error))

    async def _work(self) -> None:
        while True:
            try:
                if not await self.one():
                    self.news.clear()
                    try:
                        async with asyncio.timeout(IDLE):
                            await self.news.wait()
                    except TimeoutError:
                        pass
            except Unavailable as error:
                log.warning("fetcher.postponed", why=str(error))
                await asyncio.sleep(IDLE)
            except Exception:
                log.exception("fetcher.failed")
                await asyncio.sleep(IDLE)

    async def one(self) -> bool:
        """Fetch the next file; False when there is none to fetch now."""
        member = await self.store.run("take_fetch", [keys.FETCHING], BUSY)
        if not member:
            return False
        cid, _, id = member.partition(" ")
        conversation = ConversationId(cid)
        it = await self.files.describe(conversation, id)
        if it is not None and it.state is State.WANTED:
            try:
                await self._fetch(conversation, it)
            except DeliveryError as error:
                if error.problem.retryable and it.tries < len(self.again):
                    await self._later(conversation, it, error)
                    return True
                await self.files.lose(conversation, it, error.problem.sentence)
                log.warning("file.lost", conversation=cid, reason=error.problem.code)
        with reaching():
            await self.store.redis.zrem(keys.FETCHING, member)
        return True

    async def _fetch(self, cid: ConversationId, it: Attachment) -> None:
        adapter = self.adapters.get(it.channel)
        if adapter is None:
            raise DeliveryError(Problem.NOT_CONFIGURED, it.channel)
        if it.size > self.files.most:
            raise DeliveryError(Problem.TOO_BIG)
        content, told = await adapter.fetch(it.ref, self.files.most)
        known = replace(it, type=told) if told and it.type.endswith("octet-stream") else it
        kept = await self.files.keep(cid, known, content)
        log.info("file.kept", conversation=cid, kind=kept.kind, size=kept.size)

    async def _later(self, cid: ConversationId, it: Attachment, error: DeliveryError) -> None:
        pause = max(self.again[it.tries], error.retry_after or 0)
        await self.files.try_again(cid, it, pause)
        log.info("file.postponed", conversation=cid, reason=error.problem.code, seconds=pause)
