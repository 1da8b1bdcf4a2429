"""The door: what platforms tell us enters the log here, once, whatever they repeat."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog

from handoff import keys
from handoff.attachments import Attachment, Files
from handoff.channels.contract import Incoming, Received, What
from handoff.channels.inbox import Inbox
from handoff.deliveries import Deliveries
from handoff.identity import PREFIX, Identity
from handoff.log import Conflict, Log, NotFound, appended, encoded
from handoff.model import FOR_AGENTS, Appended, ConversationId, Entry, Kind, Owner, Sender
from handoff.store import Store, reaching
from handoff.text import TextRefused, clean, clean_name
from handoff.tokens import new_conversation_id

log = structlog.get_logger()

LONGEST = 8000  # characters of a platform's message that are kept; the rest is cut, visibly
DEAD_KEPT = 1000
DEAD_LIFE = 30 * 86400  # seconds
DEAD_BYTES = 16 * 1024  # of an update that nobody could make sense of
ADDRESSABLE = re.compile(r"[A-Za-z0-9_.-]{1,64}")
RECENT = 200  # entries among which a platform's "seen until" is looked for
TOLD_AGAIN = 24 * 3600  # seconds until a group is told again that we do not talk there


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
        self.tell_seen = tell_seen
        self.log = Log(store)
        self.inbox = Inbox(store)
        self.identity = Identity(store)
        self.deliveries = Deliveries(store)

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
                await self._arrived(channel, one)
            case What.REACHED:
                await self._reached(channel, one)
            case What.SEEN:
                await self._seen(channel, one)
        return None

    async def conversation(self, channel: str, one: Incoming) -> tuple[ConversationId, Owner]:
        """The customer's conversation, made when there is none."""
        mapping = keys.external(channel, self.hashed(one.external))
        lang = one.lang.replace("_", "-").split("-")[0].lower()
        while True:
            cid = ConversationId(
                await self.store.run("find_external", [mapping], new_conversation_id(), again=True)
            )
            result = await self.store.on_conversation(
                "enter", cid, channel, one.external, mapping, lang, clean_name(one.name) or ""
            )
            if result[0] == "OK":
                return cid, Owner(result[2].partition(":")[0])
            # Erased since: that conversation stays gone, this message begins another one.

    async def known(self, channel: str, external: str) -> ConversationId | None:
        """The customer's conversation, if there is one."""
        return await known(self.store, channel, external)

    async def external_of(self, cid: ConversationId) -> str:
        """What the platform calls the customer of this conversation; "" for none."""
        with reaching():
            found = await self.store.redis.hget(keys.conversation(cid), "external")
        return str(found or "")

    def hashed(self, external: str) -> str:
        return hashed(self.store, external)

    async def _message(self, channel: str, one: Incoming) -> Appended | None:
        text = cleaned(one.text)
        files = [described(one, n, it) for n, it in enumerate(one.attachments)]
        if not text and not files:
            return None
        cid, _ = await self.conversation(channel, one)
        more: dict[str, Any] = dict(one.more)
        if files:
            more["attachments"] = files
        if one.reply_to and (seq := await self.seq_of(cid, one.reply_to)):
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
        cid, _ = await self.conversation(channel, one)
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
        cid, _ = await self.conversation(channel, one)
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
        cid, owner = await self.conversation(channel, one)
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
        cid, _ = await self.conversation(channel, one)
        files = [described(one, n, it) for n, it in enumerate(one.attachments)]
        done = await self.inbox.wrote(cid, replace(one, text=cleaned(one.text)), files)
        await self._want(channel, cid, one)
        return done

    async def _arrived(self, channel: str, one: Incoming) -> None:
        """The platform repeats the mark that we gave along: so this part is delivered."""
        cid, _, rest = one.mark.partition(":")
        seq, number, total = (int(n) for n in rest.split("."))
        if cid == await self.known(channel, one.external):
            await self.deliveries.arrived(
                ConversationId(cid), seq, number, last=number + 1 == total, platform=one.of
            )

    async def _reached(self, channel: str, one: Incoming) -> None:
        cid = await self.known(channel, one.external)
        seq = await self.seq_of(cid, one.of) if cid else 0
        if cid and seq:
            await self.store.run("move_field", [keys.conversation(cid)], "reached", seq, again=True)

    async def _seen(self, channel: str, one: Incoming) -> None:
        """The last thing of ours that was written before then."""
        cid = await self.known(channel, one.external)
        conversation = await self.log.conversation(cid) if cid else None
        if cid is None or conversation is None:
            return
        recent = await self.log.read(cid, max(0, conversation.seq - RECENT))
        seen = [
            entry.seq
            for entry in recent
            if entry.time <= one.until and entry.seq <= conversation.delivered
        ]
        if seen:
            await self.tell_seen(cid, max(seen))

    async def seq_of(self, cid: ConversationId, platform: str) -> int:
        """The entry that the platform calls so, ours or the customer's; 0 if none."""
        with reaching():
            ours = await self.store.redis.hget(keys.sent(cid), platform)
            theirs = ours or await self.store.redis.hget(keys.ops(cid), f"c:{platform}")
        return int(theirs or 0)

    async def first_time_told(self, channel: str, external: str) -> bool:
        """True once a day: a group is told once that we do not talk there."""
        with reaching():
            key = keys.told(channel, self.hashed(external))
            return bool(await self.store.redis.set(key, "1", nx=True, ex=TOLD_AGAIN))

    async def first_time_asked(self, cid: ConversationId) -> bool:
        """True once: a platform that will not say who somebody is is not asked with each word."""
        with reaching():
            return bool(await self.store.redis.hsetnx(keys.conversation(cid), "introduced", "1"))

    async def introduced(self, cid: ConversationId, name: str, lang: str) -> None:
        """Their name and language, as the platform knows them."""
        known = clean_name(name)
        tag = lang.replace("_", "-").split("-")[0].lower()
        if known or tag:
            await self.store.on_conversation("introduce", cid, known or "", tag[:8])

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


async def known(store: Store, channel: str, external: str) -> ConversationId | None:
    """The conversation of a platform's customer, if there is one. Raises Unavailable."""
    with reaching():
        found = await store.redis.get(keys.external(channel, hashed(store, external)))
    return ConversationId(found) if found else None


def hashed(store: Store, external: str) -> str:
    """Of fixed length and alphabet, whatever a platform calls its customers; and in key names,
    which logs and monitors show, no id of anybody."""
    digest = hmac.new(store.epoch.encode(), external.encode(), hashlib.sha256)
    return digest.hexdigest()[:40]


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
