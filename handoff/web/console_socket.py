"""The agent's side: `/console/socket`, as docs/protocol.md describes it. The open socket is the
agent's presence."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

import structlog
from aiohttp import WSCloseCode, web

from handoff.feed import ERASED, ROSTER, Change, TooOld
from handoff.model import AgentId, Appended, ConversationId
from handoff.store import Unavailable
from handoff.web import frames
from handoff.web.context import CONTEXT, Context
from handoff.web.following import Following
from handoff.web.hints import Hint, Hinted
from handoff.web.limits import Bucket, address_of
from handoff.web.refusals import REFUSED, Refusal, refusal
from handoff.web.sessions import Session
from handoff.web.wire import Wire
from handoff.web.wishes import Wish, Wishes

log = structlog.get_logger()

HEARTBEAT = 8.0  # a dead console is noticed within 12 s, so that its agent's grace period can begin
HELLO_WITHIN = 10.0
PATIENCE = 8.0
CHECK_EVERY = 4.0  # seconds between looks whether the session still lasts
BACKLOG = 500  # changes that are told one by one; more, and the console starts again


async def console_socket(request: web.Request) -> web.StreamResponse:
    desk = request.app[CONTEXT]
    if not desk.origins.own(request):
        raise web.HTTPForbidden(text="The console is served by the desk itself.")
    address = address_of(request, desk.settings.proxies)
    if not await desk.addresses.enter(address):
        raise web.HTTPTooManyRequests(text="Too many connections from your address.")
    try:
        async with Wire.open(request, desk.wires, HEARTBEAT) as wire:
            hello = await greet(wire)
            if hello is not None:
                try:
                    session = await desk.sessions.redeem(hello.ticket)
                    if session is None:
                        wire.close(WSCloseCode.POLICY_VIOLATION, "forbidden")
                    else:
                        await Seat(desk, wire, session).run(hello.after)
                except Unavailable:
                    wire.close(WSCloseCode.TRY_AGAIN_LATER, "unavailable")
        return wire.response
    finally:
        desk.addresses.leave(address)


async def greet(wire: Wire) -> frames.ConsoleHello | None:
    try:
        hello = frames.read(await wire.receive(HELLO_WITHIN), frames.CONSOLE)
    except TimeoutError:
        wire.close(WSCloseCode.POLICY_VIOLATION, "hello_expected")
        return None
    except frames.BadFrame as bad:
        wire.close(WSCloseCode.POLICY_VIOLATION, bad.code)
        return None
    if isinstance(hello, frames.ConsoleHello):
        return hello
    wire.close(WSCloseCode.POLICY_VIOLATION, "hello_expected")
    return None


class Seat:
    """One open console of one agent."""

    def __init__(self, desk: Context, wire: Wire, session: Session) -> None:
        self.desk = desk
        self.wire = wire
        self.session = session
        self.agent: AgentId = session.account.id
        self.wishes = Wishes(desk, session)
        self.following = Following(desk, wire, self.agent, session.account.name)
        self._dirty: dict[ConversationId, str] = {}  # conversations to tell of -> newest cursor
        self._people = True  # the roster has to be told
        self._news = asyncio.Event()
        self._news.set()
        self._rate = Bucket(20, 40)
        self._small = Bucket(5, 40)

    async def run(self, after: str) -> None:
        desk = self.desk
        with ExitStack() as stack:
            # Listen first, look afterwards: what comes in between is told twice rather than never.
            stack.enter_context(desk.hub.follower(self.changed))
            stack.enter_context(desk.hints.listener(self.session.id, self.signed_out))
            stack.callback(desk.people.listen(self.people_changed))
            stack.callback(self.following.shut_all)
            if not await self.catch_up(after):
                self.wire.send({"type": "reload"})
            async with desk.people.present(self.agent):
                self.wire.spawn(desk.people.second_beat(self.agent))
                self.wire.spawn(self.watch_session())
                self.wire.spawn(self.tell(after))
                log.info("console.opened", agent=self.agent)
                try:
                    while True:
                        try:
                            await self.act(frames.read(await self.wire.receive(), frames.CONSOLE))
                        except frames.BadFrame as bad:
                            self.wire.complain(bad)
                finally:
                    log.info("console.closed", agent=self.agent)

    async def catch_up(self, after: str) -> bool:
        """Take note of every change since the cursor; False when it is too old or not one of
        ours."""
        try:
            order(after)
            changes = await self.desk.feed.since(after, BACKLOG + 1)
        except (TooOld, ValueError):
            return False
        if len(changes) > BACKLOG:
            return False
        for change in changes:
            self.changed(change)
        # Some may have been heard of live before: the cursor must not run ahead of what was told.
        self._dirty = dict(sorted(self._dirty.items(), key=lambda item: order(item[1])))
        return True

    def changed(self, change: Change) -> None:
        if change.kind != ROSTER:
            # In order of the newest change, so that a cursor never runs ahead of what was told.
            known = self._dirty.pop(change.conversation, "0-0")
            self._dirty[change.conversation] = max(known, change.id, key=order)
            if change.kind == ERASED:
                self.following.shut(change.conversation)
            self._news.set()

    def people_changed(self) -> None:
        self._people = True
        self._news.set()

    async def tell(self, cursor: str) -> None:
        """Summaries of what changed and the roster, as fast as this console reads them."""
        while True:
            await self._news.wait()
            self._news.clear()
            if self._people:
                self._people = False
                agents = [person.to_json() for person in self.desk.people.everybody.values()]
                self.wire.send({"type": "roster", "agents": agents})
            while self._dirty:
                await self.wire.room()
                cid = next(iter(self._dirty))
                newest = self._dirty.pop(cid)
                try:
                    summary = await self.desk.summaries.get(cid)
                except Unavailable:
                    # To the front again, for nothing newer may be told before it; unless it changed
                    # once more.
                    if cid not in self._dirty:
                        self._dirty = {cid: newest, **self._dirty}
                    await asyncio.sleep(0.5)
                    continue
                # What changed again meanwhile comes again, with its newer cursor.
                cursor = newest
                self.wire.send(
                    {"type": "conversation", "cursor": cursor, "summary": summary}
                    if summary
                    else {"type": "gone", "cursor": cursor, "conversation": cid}
                )

    async def watch_session(self) -> None:
        """An open console keeps its session in use; a session that ended closes its consoles."""
        while True:
            await asyncio.sleep(CHECK_EVERY)
            try:
                session = await self.desk.sessions.use(self.session.id)
            except Unavailable:
                continue
            if session is None or session.account.role is not self.session.account.role:
                self.wire.close(WSCloseCode.POLICY_VIOLATION, "signed_out")
                return

    def signed_out(self, hint: Hint) -> None:
        if hint.kind is Hinted.SIGNED_OUT:
            self.wire.close(WSCloseCode.POLICY_VIOLATION, "signed_out")

    async def act(self, frame: Any) -> None:
        match frame:
            case frames.Ping():
                if await self._small.take():
                    self.wire.send({"type": "pong"})
            case frames.AgentTyping():
                if await self._small.take():
                    await self.following.tell(frame.conversation, Hinted.TYPING, 0)
            case frames.AgentSeen():
                if await self._small.take():
                    await self.following.tell(frame.conversation, Hinted.SEEN, frame.seq)
            case frames.ConsoleHello():
                raise frames.BadFrame("hello_again")
            case _:
                await self.wish(frame)

    async def wish(self, frame: Wish | frames.Open | frames.Shut) -> None:
        """What is answered by `done` or `refused`."""
        try:
            if not await self._rate.take():
                raise Refusal("rate", "That was a lot at once. Please wait a moment.")
            async with asyncio.timeout(PATIENCE):
                done = await self.carry_out(frame)
        except REFUSED as error:
            self.refuse(frame.id, refusal(error, self.desk.people))
        else:
            self.desk.metrics.accepted.labels("agent").inc()
            self.wire.send({"type": "done", "id": frame.id, **({"seq": done.seq} if done else {})})

    async def carry_out(self, frame: Wish | frames.Open | frames.Shut) -> Appended | None:
        match frame:
            case frames.Open():
                await self.following.open(ConversationId(frame.conversation), frame.after)
                return None
            case frames.Shut():
                self.following.shut(ConversationId(frame.conversation))
                return None
            case _:
                return await self.wishes.grant(frame)

    def refuse(self, id: str, why: Refusal) -> None:
        self.desk.metrics.refused.labels("agent", why.code).inc()
        frame = {"type": "refused", "id": id, "code": why.code, "message": why.message}
        self.wire.send({**frame, "by": why.by} if why.by else frame)


def order(cursor: str) -> tuple[int, int]:
    """Cursors of the feed in the order in which it gave them out. Raises ValueError for anything
    else."""
    time, _, number = cursor.partition("-")
    return int(time), int(number or 0)
