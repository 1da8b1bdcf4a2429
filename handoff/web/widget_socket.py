"""The customer's side: `/widget/socket`, as docs/protocol.md describes it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping
from contextlib import ExitStack
from typing import Any, assert_never
from urllib.parse import urlsplit

import structlog
from aiohttp import WSCloseCode, web

from handoff import keys
from handoff.desk import NotWaiting
from handoff.log import Conflict, NotFound
from handoff.model import Appended, ConversationId, Entry, Handoff, Kind, Owner, Reason, Sender
from handoff.queue import Wait
from handoff.store import Unavailable, reaching
from handoff.text import TextRefused, clean
from handoff.tokens import new_conversation_id
from handoff.web import frames
from handoff.web.context import CONTEXT, Context
from handoff.web.files import attached
from handoff.web.hints import Hint, Hinted
from handoff.web.limits import Bucket, address_of
from handoff.web.seen import Seen
from handoff.web.view import View
from handoff.web.wire import Closed, Wire

log = structlog.get_logger()

HEARTBEAT = 20.0
HELLO_WITHIN = 10.0
PATIENCE = 8.0  # seconds for one append; the widget keeps it and tries again
LANGUAGE = re.compile(r"([A-Za-z]{2,3})(-[A-Za-z0-9]{1,8})*")
PAGE = 300  # characters kept of the address where the chat was opened


async def widget_socket(request: web.Request) -> web.StreamResponse:
    desk = request.app[CONTEXT]
    if not desk.origins.widget(request):
        raise web.HTTPForbidden(text="This page may not carry the chat (setting WIDGET_ORIGINS).")
    address = address_of(request, desk.settings.proxies)
    if not await desk.addresses.enter(address):
        raise web.HTTPTooManyRequests(text="Too many connections from your address.")
    try:
        async with Wire.open(request, desk.wires, HEARTBEAT) as wire:
            await Visit(desk, wire, address).run()
        return wire.response
    finally:
        desk.addresses.leave(address)


class Visit:
    """One socket of one customer, who sees and touches one conversation: the one of their token."""

    def __init__(self, desk: Context, wire: Wire, address: str) -> None:
        self.desk = desk
        self.wire = wire
        self.address = address
        self.cid = ConversationId("")
        self.lang: str | None = None
        self.page: str | None = None
        self.known = False  # the conversation is in the log
        self._small = Bucket(5, 20)  # typing, seen, ping
        self._typing = Bucket(0.4, 1)

    async def run(self) -> None:
        view = await self.greet()
        if view is None:
            return
        with ExitStack() as stack:
            stack.enter_context(self.desk.line.waiter(self.cid, self.show_place))
            stack.enter_context(self.desk.hints.listener(self.cid, self.hear))
            self.wire.spawn(view.run(self.desk.hub))
            while True:
                try:
                    await self.act(frames.read(await self.wire.receive(), frames.WIDGET), view)
                except frames.BadFrame as bad:
                    self.wire.complain(bad)

    async def greet(self) -> View | None:
        """Answer the first frame; None when there is nothing to go on with."""
        try:
            hello = frames.read(await self.wire.receive(HELLO_WITHIN), frames.WIDGET)
        except TimeoutError:
            self.wire.close(WSCloseCode.POLICY_VIOLATION, "hello_expected")
            return None
        except frames.BadFrame as bad:
            self.wire.close(WSCloseCode.POLICY_VIOLATION, bad.code)
            return None
        if not isinstance(hello, frames.Hello):
            self.wire.close(WSCloseCode.POLICY_VIOLATION, "hello_expected")
            return None
        try:
            return await self.welcome(hello)
        except Unavailable:
            self.wire.close(WSCloseCode.TRY_AGAIN_LATER, "unavailable")
            return None

    async def welcome(self, hello: frames.Hello) -> View:
        desk = self.desk
        token = hello.token
        ticket = desk.tokens.read(token) if token else None
        conversation = await desk.log.conversation(ticket.conversation) if ticket else None
        if ticket and conversation is None:
            with reaching():
                if await desk.store.redis.exists(keys.erased(ticket.conversation)):
                    ticket = None
        self.cid = ticket.conversation if ticket else new_conversation_id()
        if ticket is None or ticket.stale:
            token = desk.tokens.issue(self.cid)
        self.known = conversation is not None
        self.lang = (conversation and conversation.lang) or language(hello.lang)
        self.page = page(hello.page)
        seq = conversation.seq if conversation else 0
        owner = conversation.owner if conversation else Owner.BOT
        self.wire.send(
            {
                "type": "welcome",
                "token": token,
                "conversation": self.cid,
                "seq": seq,
                "owner": owner.value,
                "name": desk.people.name_of(conversation.agent) if conversation else None,
                "people": {"available": desk.people.available, "opens": desk.people.opens},
                "lang": self.lang or desk.settings.default_language,
                "continue": desk.settings.elsewhere,
            }
        )
        if seen := (await Seen(desk.store).by_agents(self.cid) if self.known else 0):
            self.wire.send({"type": "seen", "seq": seen})
        return View(
            self.wire,
            desk.log,
            self.cid,
            # A cursor from the future was handed out by a database that is gone: begin anew.
            hello.after if hello.after <= seq else 0,
            show=Entry.for_customer,
            frame=entry_frame,
            thinking=self.show_thinking,
            owner=owner,
        )

    async def act(self, frame: Any, view: View) -> None:
        match frame:
            case frames.Say() | frames.Press() | frames.Human() | frames.Cancel():
                await self.wish(frame, view)
            case frames.Typing():
                if self.known and await self._typing.take():
                    await self.tell(Hint(Hinted.TYPING, self.cid, who="customer"))
            case frames.Seen():
                if self.known and await self._small.take():
                    await self.saw(min(frame.seq, view.cursor))
            case frames.Ping():
                if await self._small.take():
                    self.wire.send({"type": "pong"})
            case frames.Hello():
                raise frames.BadFrame("hello_again")

    async def wish(
        self, frame: frames.Say | frames.Press | frames.Human | frames.Cancel, view: View
    ) -> None:
        """What is answered by `accepted` or `refused`."""
        retry = await self.desk.rates.refuse(self.cid, self.address)
        if retry is not None:
            self.refuse(frame.id, "rate", retry=retry)
            return
        try:
            with self.desk.metrics.append_seconds.time():
                async with asyncio.timeout(PATIENCE):
                    done = await self.carry_out(frame)
        except TextRefused as refused:
            self.refuse(frame.id, refused.code)
        except Conflict:
            self.refuse(frame.id, "conflict")
        except NotFound:
            self.refuse(frame.id, "not_found")
        except NotWaiting:
            self.refuse(frame.id, "not_waiting")
        except (Unavailable, TimeoutError):
            self.refuse(frame.id, "unavailable")
        else:
            self.known = True
            self.desk.metrics.accepted.labels("customer").inc()
            self.wire.send({"type": "accepted", "id": frame.id, "seq": done.seq})

    def carry_out(
        self, frame: frames.Say | frames.Press | frames.Human | frames.Cancel
    ) -> Awaitable[Appended]:
        match frame:
            case frames.Say():
                return self.say(frame)
            case frames.Press():
                return self.press(frame)
            # Owner changes share one space of ids: a customer's must not meet the desk's own.
            case frames.Human():
                return self.desk.desk.request_human(
                    self.cid,
                    f"human-{frame.id}",
                    Handoff(Reason.ASKED),
                    channel="website",
                    lang=None if self.known else self.lang,
                )
            case frames.Cancel():
                return self.desk.desk.cancel(self.cid, f"cancel-{frame.id}")
            case _:
                assert_never(frame)

    async def say(self, say: frames.Say) -> Appended:
        files = await attached(self.desk, self.cid, "customer", say.attachments)
        text = "" if files and not say.text else clean(say.text)
        return await self.append(say.id, text, files)

    async def append(self, id: str, text: str, more: Mapping[str, Any]) -> Appended:
        new = not self.known
        inside = {"internal": {"page": self.page}} if new and self.page else {}
        return await self.desk.log.append_customer(
            self.cid,
            id,
            text,
            lang=self.lang if new else None,  # later on, the bot knows better
            more={**inside, **more},
        )

    async def press(self, press: frames.Press) -> Appended:
        """The label is what the customer says; the payload comes from the log, never from the
        customer."""
        entries = await self.desk.log.read(self.cid, press.entry - 1, 1)
        entry = entries[0] if entries and entries[0].seq == press.entry else None
        buttons = entry.body.get("buttons", []) if entry else []
        if entry is None or entry.kind is not Kind.MESSAGE or press.button >= len(buttons):
            raise NotFound("no such button")
        if entry.sender is Sender.CUSTOMER:
            raise NotFound("no such button")
        button = buttons[press.button]
        more = {"pressed": press.entry}
        if "payload" in button:
            more["payload"] = button["payload"]
        return await self.append(press.id, button["label"], more)

    async def saw(self, seq: int) -> None:
        try:
            moved = await Seen(self.desk.store).customer(self.cid, seq)
        except Unavailable:
            return
        if moved:
            await self.tell(Hint(Hinted.SEEN, self.cid, who="customer", seq=seq))

    async def tell(self, hint: Hint) -> None:
        try:
            await self.desk.hints.publish(hint)
        except Unavailable:
            pass  # a hint may be lost

    def hear(self, hint: Hint) -> None:
        if hint.who == "customer":
            return
        if hint.kind is Hinted.TYPING:
            self.wire.send({"type": "typing", "who": hint.who, "name": hint.name or None})
        elif hint.kind is Hinted.SEEN:
            self.wire.send({"type": "seen", "seq": hint.seq})

    def show_place(self, wait: Wait) -> None:
        self.wire.send(
            {"type": "queue", "position": wait.position, "low": wait.low, "high": wait.high}
        )

    def show_thinking(self) -> None:
        if self.desk.people.workers:
            self.wire.send({"type": "typing", "who": "bot", "name": None})

    def refuse(self, id: str, code: str, **more: Any) -> None:
        self.desk.metrics.refused.labels("customer", code).inc()
        self.wire.send({"type": "refused", "id": id, "code": code, **more})


def entry_frame(prev: int, entry: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "entry", "prev": prev, "entry": entry}


def language(tag: str | None) -> str | None:
    """The language of a tag such as `pt-BR`, or None if it is none."""
    found = LANGUAGE.fullmatch(tag or "")
    return found[1].lower() if found else None


def page(address: str | None) -> str | None:
    """Where the chat was opened, without what may be personal: query, fragment, user."""
    try:
        parts = urlsplit(address or "")
        if parts.scheme not in ("http", "https") or not parts.hostname:
            return None
        host = parts.hostname + (f":{parts.port}" if parts.port else "")
        return clean(f"{parts.scheme}://{host}{parts.path}"[:PAGE])
    except (ValueError, TextRefused):
        return None


__all__ = ["Closed", "widget_socket"]
