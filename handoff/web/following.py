"""The conversations that one console follows: entries as they come, typing and seen both ways."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

from handoff.log import NotFound
from handoff.model import AgentId, ConversationId, Entry
from handoff.store import Unavailable
from handoff.web.context import Context
from handoff.web.hints import Hint, Hinted
from handoff.web.refusals import Refusal
from handoff.web.seen import Seen
from handoff.web.view import View
from handoff.web.wire import Wire

MOST_OPEN = 50  # conversations followed by one console


class Following:
    """`open` and `shut` may come in any order, and again."""

    def __init__(self, desk: Context, wire: Wire, agent: AgentId, name: str) -> None:
        self._desk = desk
        self._wire = wire
        self._agent = agent
        self._name = name
        self._open: dict[ConversationId, tuple[View, asyncio.Task[None], ExitStack]] = {}

    async def open(self, cid: ConversationId, after: int) -> None:
        """Follow the conversation from a cursor; from another cursor when it is open already."""
        conversation = await self._desk.log.conversation(cid)
        if conversation is None:
            raise NotFound(cid)
        self.shut(cid)
        if len(self._open) >= MOST_OPEN:
            raise Refusal("full", f"A console follows up to {MOST_OPEN} conversations at a time.")
        view = View(
            self._wire,
            self._desk.log,
            cid,
            after if after <= conversation.seq else 0,
            show=Entry.for_agent,
            frame=lambda prev, entry: {
                "type": "entry",
                "conversation": cid,
                "prev": prev,
                "entry": entry,
            },
        )
        listening = ExitStack()
        listening.enter_context(self._desk.hints.listener(cid, self._hear))
        self._open[cid] = (view, self._wire.spawn(view.run(self._desk.hub)), listening)
        if seen := await Seen(self._desk.store).by_customer(cid):
            self._wire.send({"type": "seen", "conversation": cid, "seq": seen})

    def shut(self, cid: ConversationId) -> None:
        opened = self._open.pop(cid, None)
        if opened:
            _, following, listening = opened
            following.cancel()
            listening.close()

    def shut_all(self) -> None:
        for cid in tuple(self._open):
            self.shut(cid)

    def _hear(self, hint: Hint) -> None:
        if hint.agent == self._agent:
            return
        told: Mapping[str, Any] = {}
        if hint.kind is Hinted.TYPING:
            told = {"type": "typing", "who": hint.who, **({"name": hint.name} if hint.name else {})}
        elif hint.kind is Hinted.SEEN and hint.who == "customer":
            told = {"type": "seen", "seq": hint.seq}
        if told:
            self._wire.send({**told, "conversation": hint.of})

    async def tell(self, conversation: str, kind: Hinted, seq: int) -> None:
        """To the customer only from the agent who owns the conversation: others may look on
        unnoticed."""
        cid = ConversationId(conversation)
        try:
            state = await self._desk.log.conversation(cid)
            if state is None or state.agent != self._agent:
                return
            seq = min(seq, state.seq)
            if kind is Hinted.SEEN and not await Seen(self._desk.store).agents(cid, seq):
                return
            if kind is Hinted.TYPING and state.push:
                self._desk.show_typing(state)
            await self._desk.hints.publish(Hint(kind, cid, "agent", self._agent, self._name, seq))
        except Unavailable:
            return  # a hint may be lost
