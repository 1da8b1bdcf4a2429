"""One socket's view of one conversation: everything after its cursor, in order, as long as it
looks."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from typing import Any

from handoff.log import Log
from handoff.model import ConversationId, Entry, Kind, Owner, Sender
from handoff.store import Unavailable
from handoff.web.hub import Hub
from handoff.web.wire import Wire

BATCH = 100  # entries read at a time
THINKING = 4.0  # seconds between signs that the bot is at work; the widget shows one for five
PATIENCE = 30.0  # seconds after which that would be a lie


class View:
    """`show` makes of an entry what this reader may see of it (None: nothing), `frame` what goes
    over the wire."""

    def __init__(
        self,
        wire: Wire,
        log: Log,
        conversation: ConversationId,
        after: int,
        show: Callable[[Entry], Mapping[str, Any] | None],
        frame: Callable[[int, Mapping[str, Any]], Mapping[str, Any]],
        thinking: Callable[[], None] | None = None,
        owner: Owner = Owner.BOT,
    ) -> None:
        self.conversation = conversation
        self.owner = owner
        self.cursor = after
        self._shown = after
        self._wire = wire
        self._log = log
        self._show = show
        self._frame = frame
        self._thinking = thinking
        self._asked = 0.0  # when the customer asked what the bot has not answered yet, 0 if nothing

    async def run(self, hub: Hub) -> None:
        """Until cancelled."""
        with hub.reader(self.conversation) as wake:
            while True:
                wake.clear()
                try:
                    entries = await self._log.read(self.conversation, self.cursor, BATCH)
                except Unavailable:
                    await asyncio.sleep(random.uniform(0.3, 0.8))  # not all at once when it is back
                    continue
                for entry in entries:
                    await self._pass(entry)
                if len(entries) < BATCH:
                    self._hint()
                    await self._until(wake)

    async def _pass(self, entry: Entry) -> None:
        shown = self._show(entry)
        if shown is not None:
            await self._wire.room()
            self._wire.send(self._frame(self._shown, shown))
            self._shown = entry.seq
        self.cursor = entry.seq
        if entry.kind is Kind.OWNER:
            self.owner = Owner(entry.body["owner"])
        if entry.sender is Sender.CUSTOMER and self.owner is Owner.BOT:
            self._asked = self._asked or asyncio.get_running_loop().time()
        else:
            self._asked = 0.0

    def _hint(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._thinking and self._asked and now - self._asked < PATIENCE:
            self._thinking()

    async def _until(self, wake: asyncio.Event) -> None:
        try:
            async with asyncio.timeout(THINKING if self._thinking and self._asked else None):
                await wake.wait()
        except TimeoutError:
            self._hint()
            if asyncio.get_running_loop().time() - self._asked >= PATIENCE:
                self._asked = 0.0
