"""The door: what platforms tell us enters the log here, once, whatever they repeat."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from handoff import keys
from handoff.attachments import Attachment, Files
from handoff.channels.contract import Incoming, Received, What
from handoff.channels.customers import Customers
from handoff.channels.inbox import Inbox
from handoff.channels.receipts import Receipts
from handoff.identity import PREFIX, Identity
from handoff.log import Conflict, Log, NotFound, appended, encoded
from handoff.model import FOR_AGENTS, Appended, ConversationId, Entry, Kind, Owner, Sender
from handoff.store import Store, reaching
from handoff.text import TextRefused, clean, clean_name

log = structlog.get_logger()

LONGEST = 8000  # characters of a platform's message that are kept; the rest is cut, visibly
DEAD_KEPT = 1000
DEAD_LIFE = 30 * 86400  # seconds
DEAD_BYTES = 16 * 1024  # of an update that nobody could make sense of
ADDRESSABLE = re.compile(r"[A-Za-z0-9_.-]{1,64}")


class Door:
    """All may raise Unavailable: the platform then gets 503 and sends the update again."""

    def __init__(
        self,
        store: Store,
        files: Files,
        tell_seen: Callable[[ConversationId, int], Awaitable[None]],
    ) -> None:
        """`tell_seen` lets the consoles know up to where a customer has seen the log."""
        self.files = files
        self.store = store
        self.log = Log(store)
        self.inbox = Inbox(store)
        self.identity = Identity(store)
        self.customers = Customers(store)
        self.receipts = Receipts(store, tell_seen)

    async def take(self, channel: str, one: Incoming) -> Appended | None:
        """Put it into the log; None when there was nothing to write down."""
        match one.what:
            case What.MESSAGE:
                return await self._message(channel, one)
            case What.EDIT:
                return await self._edit(channel, one)
            case What.PRESS:
                return await self._press(channel, one)
            case What.START:
                return await self._start(channel, one)
            case What.ECHO:
                return await self._echo(channel, one)
            case What.ARRIVED:
                await self.receipts.arrived(channel, one)
            case What.REACHED:
                await self.receipts.reached(channel, one)
            case What.SEEN:
                await self.receipts.seen(channel, one)
        return None

    async def _message(self, channel: str, one: Incoming) -> Appended | None:
        text = cleaned(one.text)
        files = [described(one, n, it) for n, it in enumerate(one.attachments)]
        if not text and not files:
            return None
        cid, _ = await self.customers.conversation(channel, one)
        more: dict[str, Any] = dict(one.more)
        if files:
            more["attachments"] = files
        if one.reply_to and (seq := await self.receipts.seq_of(cid, one.reply_to)):
            more["reply_to"] = seq
        done = await self._append(cid, one, text, more)
        await self._want(channel, cid, one)
        return done

    async def _want(self, channel: str, cid: ConversationId, one: Incoming) -> None:
        """Have the files fetched. Repeated deliveries want nothing twice."""
        for number, it in enumerate(one.attachments):
            if it.ref:
                wanted = Attachment(
                    attachment_id(one, number),
                    it.kind,
                    clean_name(it.name, 120) or "",
                    it.size,
                    it.type[:100] or "application/octet-stream",
                    channel=channel,
                    ref=it.ref,
                )
                await self.files.want(cid, wanted)

    async def _append(
        self, cid: ConversationId, one: Incoming, text: str, more: Mapping[str, Any]
    ) -> Appended | None:
        try:
            return await self.log.append_customer(cid, one.id, text, more=more)
        except Conflict:
            # The same id with another text: the platform's word about an edit that came first.
            log.info("incoming.conflict", conversation=cid)
        except NotFound:
            log.info("incoming.erased", conversation=cid)
        return None

    async def _edit(self, channel: str, one: Incoming) -> Appended | None:
        text = cleaned(one.text)
        if not text:
            return None
        cid, _ = await self.customers.conversation(channel, one)
        result = await self.store.on_conversation(
            "append_edit", cid, one.id, one.of, encoded({"text": text, **one.more})
        )
        if result[0] == "UNKNOWN":  # what it replaces never reached us: then it is all there is
            late = replace(one, id=one.of)  # and what it replaces is not to come after it
            return await self._append(cid, late, text, {**one.more, "internal": {"edit": one.id}})
        try:
            return appended(result)
        except NotFound:
            return None

    async def _press(self, channel: str, one: Incoming) -> Appended | None:
        """The label is what the customer says; the payload comes from the log, never from
        outside."""
        cid, _ = await self.customers.conversation(channel, one)
        button = await self.button(cid, one.entry, one.button)
        if button is None and one.text:
            return await self._append(cid, one, cleaned(one.text), one.more)
        if button is None:
            log.info("incoming.no_such_button", conversation=cid, entry=one.entry)
            return None
        more: dict[str, Any] = {"pressed": one.entry, **one.more}
        if "payload" in button:
            more["payload"] = button["payload"]
        return await self._append(cid, one, str(button["label"]), more)

    async def button(self, cid: ConversationId, seq: int, number: int) -> Mapping[str, Any] | None:
        entries: Sequence[Entry] = await self.log.read(cid, seq - 1, 1) if seq > 0 else []
        entry = entries[0] if entries and entries[0].seq == seq else None
        if entry is None or entry.kind is not Kind.MESSAGE or entry.sender is Sender.CUSTOMER:
            return None
        buttons = entry.body.get("buttons", [])
        return buttons[number] if 0 <= number < len(buttons) else None

    async def _start(self, channel: str, one: Incoming) -> Appended | None:
        cid, owner = await self.customers.conversation(channel, one)
        quiet = one.quiet or owner is not Owner.BOT  # "you are talking to a bot" must be true
        params = {"payload": cleaned(one.payload)} if one.payload else {}
        if one.payload.startswith(PREFIX):
            # A word that was used up, or never was one, is nothing that agents need to see.
            await self.identity.redeem(one.payload, cid)
            params = {}
            if quiet:
                return None
        try:
            if quiet:
                body = encoded({"notice": "opened", "for": FOR_AGENTS, "params": params})
                return appended(
                    await self.store.on_conversation(
                        "append_desk", cid, Sender.DESK, Kind.NOTICE, f"start-{one.id}", body
                    )
                )
            return await self.log.append_notice(cid, f"start-{one.id}", "greeting", params)
        except NotFound:
            return None

    async def _echo(self, channel: str, one: Incoming) -> Appended | None:
        cid, _ = await self.customers.conversation(channel, one)
        files = [described(one, n, it) for n, it in enumerate(one.attachments)]
        done = await self.inbox.wrote(cid, replace(one, text=cleaned(one.text)), files)
        await self._want(channel, cid, one)
        return done

    async def set_aside(self, channel: str, update: Any, why: str) -> None:
        """An update that nobody could make sense of, for a person to look at."""
        # The kind of mistake only: its message may quote what a customer wrote.
        log.warning("incoming.set_aside", channel=channel, why=why.partition(":")[0])
        raw = update if isinstance(update, str) else json.dumps(update, default=str)
        raw = raw.encode("utf-8", "replace")[:DEAD_BYTES].decode("utf-8", "ignore")
        with reaching():
            await self.store.redis.xadd(
                keys.DEAD,
                {"channel": channel, "why": why[:300], "update": raw},
                maxlen=DEAD_KEPT,
                approximate=True,
            )
            seconds, _ = await self.store.redis.time()
            oldest = (seconds - DEAD_LIFE) * 1000
            await self.store.redis.xtrim(keys.DEAD, minid=f"{oldest}-0", approximate=True)


def cleaned(text: str) -> str:
    """As it may be stored; "" when nothing is left of it. What is too long is cut."""
    if len(text) > LONGEST:
        text = text[: LONGEST - 1] + "…"
    try:
        return clean(text, LONGEST)
    except TextRefused:
        return ""


def attachment_id(one: Incoming, number: int) -> str:
    """Fit for an address, whatever the platform's ids look like."""
    id = f"{one.id}.{number}"
    return id if ADDRESSABLE.fullmatch(id) else hashlib.sha256(id.encode()).hexdigest()[:32]


def described(one: Incoming, number: int, it: Received) -> dict[str, Any]:
    """An attachment as the log tells of it. Its id follows from the message's, so that a repeated
    delivery describes the same file."""
    body: dict[str, Any] = {"kind": it.kind, **it.more}
    if it.ref:
        body["id"] = attachment_id(one, number)
    if name := clean_name(it.name, 120):
        body["name"] = name
    if it.size:
        body["size"] = it.size
    if it.type:
        body["type"] = it.type[:100]
    return body
