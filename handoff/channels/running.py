"""The channels of one desk process, and the errands they run for platforms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

import structlog

from handoff.channels.contract import Adapter
from handoff.channels.door import Door
from handoff.channels.errors import DeliveryError
from handoff.channels.fetcher import Fetcher
from handoff.courier import Courier
from handoff.model import Conversation, ConversationId, Owner
from handoff.store import Unavailable

log = structlog.get_logger()

MOST_ASIDE = 200  # errands (spinners, «typing») at the same time; more are left out
ERRAND_WITHIN = 15.0  # seconds


class Channels:
    """The channels of one desk process."""

    def __init__(
        self,
        adapters: Mapping[str, Adapter],
        door: Door,
        courier: Courier,
        fetcher: Fetcher,
        bots: Callable[[], int],
    ) -> None:
        """`bots`: how many living bots there are."""
        self.fetcher = fetcher
        self.bots = bots
        self.adapters = adapters
        self.door = door
        self.courier = courier
        self._errands: set[asyncio.Task[None]] = set()

    def aside(self, errand: Coroutine[Any, Any, None]) -> None:
        """Do it without anybody waiting for it."""
        if len(self._errands) >= MOST_ASIDE:
            errand.close()
            return
        task = asyncio.create_task(_quietly(errand))
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def typing(self, adapter: Adapter, external: str) -> None:
        """«typing…», if a bot is there and it is the one to answer."""
        cid = await self.door.customers.known(adapter.name, external)
        state = await self.door.log.conversation(cid) if cid else None
        if state and state.owner is Owner.BOT and self.bots():
            await adapter.typing(external)

    async def introduce(self, adapter: Adapter, external: str) -> None:
        """Who a customer is, asked once where updates do not say it."""
        cid = await self.door.customers.known(adapter.name, external)
        state = await self.door.log.conversation(cid) if cid else None
        if cid and state and not state.name and await self.door.customers.first_time_asked(cid):
            name, lang = await adapter.profile(external)
            await self.door.customers.introduced(cid, name, "" if state.lang else lang)

    def show_typing(self, conversation: Conversation) -> None:
        """An agent types: the platform shows it for some seconds."""
        adapter = self.adapters.get(conversation.channel)
        if adapter is not None:
            self.aside(self._show_typing(adapter, conversation.id))

    async def _show_typing(self, adapter: Adapter, cid: ConversationId) -> None:
        external = await self.door.customers.external_of(cid)
        if external:
            await adapter.typing(external)

    async def close(self) -> None:
        for task in self._errands:
            task.cancel()
        await asyncio.gather(*self._errands, return_exceptions=True)
        for adapter in self.adapters.values():
            await adapter.close()


async def _quietly(errand: Coroutine[Any, Any, None]) -> None:
    try:
        async with asyncio.timeout(ERRAND_WITHIN):
            await errand
    except (DeliveryError, Unavailable, TimeoutError, OSError) as error:
        log.info("errand.failed", why=str(error))
    except Exception:
        log.exception("errand.failed")
