"""The agent's side: `/console/socket`, as docs/protocol.md describes it. The open socket is the
agent's presence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from typing import Any, assert_never

import structlog
from aiohttp import WSCloseCode, web

from handoff import keys
from handoff.desk import Full, NotWaiting, Taken
from handoff.feed import ERASED, ROSTER, Change, TooOld
from handoff.log import Conflict, NotFound, NotOwner
from handoff.model import (
    AgentId,
    Appended,
    Availability,
    ConversationId,
    Entry,
    Owner,
)
from handoff.review import NotJudged, Verdict
from handoff.store import Unavailable
from handoff.text import TextRefused, clean
from handoff.web import frames
from handoff.web.context import CONTEXT, Context
from handoff.web.files import attached
from handoff.web.hints import Hint, Hinted
from handoff.web.limits import Bucket, address_of
from handoff.web.seen import Seen
from handoff.web.sessions import Session
from handoff.web.view import View
from handoff.web.wire import Wire

log = structlog.get_logger()

HEARTBEAT = 8.0  # a dead console is noticed within 12 s, so that its agent's grace period can begin
HELLO_WITHIN = 10.0
PATIENCE = 8.0
CHECK_EVERY = 4.0  # seconds between looks whether the session still lasts
MOST_OPEN = 50  # conversations followed by one console
BACKLOG = 500  # changes that are told one by one; more, and the console starts again

Wish = (
    frames.Open
    | frames.Shut
    | frames.Claim
    | frames.TakeOver
    | frames.Release
    | frames.Resolve
    | frames.AgentSay
    | frames.Note
    | frames.Judge
    | frames.SetAvailability
)


class Refusal(Exception):
    """A wish that cannot be granted: `code`, a sentence for the agent, and who stands in the
    way."""

    def __init__(self, code: str, message: str, by: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.message = message
        self.by = by


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
        self.name = session.account.name
        self._open: dict[ConversationId, tuple[View, asyncio.Task[None], ExitStack]] = {}
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
            stack.callback(self.shut_all)
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
                self._shut(change.conversation)
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
                    await self.hint(frame.conversation, Hinted.TYPING, 0)
            case frames.AgentSeen():
                if await self._small.take():
                    await self.hint(frame.conversation, Hinted.SEEN, frame.seq)
            case frames.ConsoleHello():
                raise frames.BadFrame("hello_again")
            case _:
                await self.wish(frame)

    async def wish(self, frame: Wish) -> None:
        """What is answered by `done` or `refused`."""
        try:
            if not await self._rate.take():
                raise Refusal("rate", "That was a lot at once. Please wait a moment.")
            async with asyncio.timeout(PATIENCE):
                done = await self.carry_out(frame)
        except Refusal as refusal:
            self.refuse(frame.id, refusal)
        except (NotFound, NotWaiting):
            self.refuse(frame.id, Refusal("not_found", "This conversation is no longer there."))
        except Taken as taken:
            self.refuse(frame.id, self.who_took(taken))
        except NotOwner as other:
            self.refuse(frame.id, self.whose(other))
        except Full:
            message = "You have as many conversations as you can hold. Finish one first."
            self.refuse(frame.id, Refusal("full", message))
        except TextRefused as refused:
            message = {
                "empty": "There is nothing to send yet.",
                "too_long": "This is too long: a message has up to 4,000 characters.",
            }[refused.code]
            self.refuse(frame.id, Refusal(refused.code, message))
        except Conflict:
            message = "Another text was sent under the same number. Please send it again."
            self.refuse(frame.id, Refusal("conflict", message))
        except (Unavailable, TimeoutError):
            message = "The desk cannot reach its memory. Your text is kept; it is tried again."
            self.refuse(frame.id, Refusal("unavailable", message))
        else:
            self.desk.metrics.accepted.labels("agent").inc()
            self.wire.send({"type": "done", "id": frame.id, **({"seq": done.seq} if done else {})})

    async def carry_out(self, frame: Wish) -> Appended | None:
        if isinstance(frame, frames.SetAvailability):
            await self.set_availability(frame)
            return None
        cid = ConversationId(frame.conversation)
        # Owner changes share one space of ids: what one agent chose must not meet another's.
        change = f"{self.agent}:{frame.id}"
        match frame:
            case frames.Open():
                await self.open(cid, frame.after)
                return None
            case frames.Shut():
                self._shut(cid)
                return None
            case frames.Claim():
                return await self.take(self.desk.desk.claim, cid, change)
            case frames.TakeOver():
                return await self.take(self.desk.desk.take_over, cid, change)
            case frames.Release():
                return await self.release(cid, change, frame)
            case frames.Resolve():
                return await self.resolve(cid, change, frame)
            case frames.AgentSay():
                more = await attached(
                    self.desk, cid, keys.held_value(self.agent), frame.attachments
                )
                return await self.desk.log.append_agent(
                    cid,
                    frame.id,
                    self.agent,
                    self.name,
                    "" if more and not frame.text else clean(frame.text),
                    more=more,
                )
            case frames.Note():
                return await self.desk.log.append_note(
                    cid, frame.id, self.agent, self.name, clean(frame.text)
                )
            case frames.Judge():
                return await self.judge(cid, frame)
            case _:
                assert_never(frame)

    async def take(
        self,
        take: Callable[[ConversationId, str, AgentId, str, int], Awaitable[Appended]],
        cid: ConversationId,
        id: str,
    ) -> Appended:
        said = (await self.desk.roster.availability()).get(self.agent)
        if said is Availability.AWAY:
            raise Refusal("away", "You are away. Set yourself available to take a conversation.")
        capacity = self.desk.people.capacity_of(self.session.account)
        done = await take(cid, id, self.agent, self.name, capacity)
        log.info("conversation.taken", conversation=cid, agent=self.agent, how=take.__name__)
        return done

    async def release(self, cid: ConversationId, id: str, frame: frames.Release) -> Appended:
        note = clean(frame.note) if frame.note.strip() else ""
        done = await self.desk.desk.release(cid, id, self.agent, self.name, note)
        log.info("conversation.released", conversation=cid, agent=self.agent)
        return done

    async def resolve(self, cid: ConversationId, id: str, frame: frames.Resolve) -> Appended:
        if frame.disposition not in self.desk.settings.dispositions:
            raise Refusal("disposition", "Say how it ended: choose one from the list.")
        note = clean(frame.note) if frame.note.strip() else ""
        done = await self.desk.desk.resolve(cid, id, self.agent, self.name, frame.disposition, note)
        log.info(
            "conversation.resolved",
            conversation=cid,
            agent=self.agent,
            disposition=frame.disposition,
        )
        return done

    async def judge(self, cid: ConversationId, frame: frames.Judge) -> Appended:
        """Any agent may: whoever reads the conversation can tell whether a person was needed."""
        if frame.verdict not in list(Verdict):
            raise Refusal("bad_verdict", "A handoff is marked right or wrong, or not at all.")
        verdict = Verdict(frame.verdict)
        try:
            done = await self.desk.review.mark(
                cid, frame.id, self.agent, self.name, frame.entry, verdict
            )
        except NotJudged:
            message = "There is nothing to mark: the assistant did not decide this."
            raise Refusal("bad_entry", message) from None
        if not done.duplicate:
            self.desk.metrics.verdicts.labels(verdict.value).inc()
            log.info("handoff.marked", conversation=cid, agent=self.agent, verdict=verdict.value)
        return done

    async def set_availability(self, frame: frames.SetAvailability) -> None:
        if frame.state not in (Availability.AVAILABLE, Availability.AWAY):
            raise Refusal("bad_state", "One is available or away.")
        await self.desk.roster.set_availability(self.agent, Availability(frame.state))
        log.info("agent.availability", agent=self.agent, state=frame.state)

    async def open(self, cid: ConversationId, after: int) -> None:
        """Follow the conversation from a cursor; from another cursor when it is open already."""
        conversation = await self.desk.log.conversation(cid)
        if conversation is None:
            raise NotFound(cid)
        self._shut(cid)
        if len(self._open) >= MOST_OPEN:
            raise Refusal("full", f"A console follows up to {MOST_OPEN} conversations at a time.")
        view = View(
            self.wire,
            self.desk.log,
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
        listening.enter_context(self.desk.hints.listener(cid, self.hear))
        self._open[cid] = (view, self.wire.spawn(view.run(self.desk.hub)), listening)
        if seen := await Seen(self.desk.store).by_customer(cid):
            self.wire.send({"type": "seen", "conversation": cid, "seq": seen})

    def _shut(self, cid: ConversationId) -> None:
        opened = self._open.pop(cid, None)
        if opened:
            _, following, listening = opened
            following.cancel()
            listening.close()

    def shut_all(self) -> None:
        for cid in tuple(self._open):
            self._shut(cid)

    def hear(self, hint: Hint) -> None:
        if hint.agent == self.agent:
            return
        told: Mapping[str, Any] = {}
        if hint.kind is Hinted.TYPING:
            told = {"type": "typing", "who": hint.who, **({"name": hint.name} if hint.name else {})}
        elif hint.kind is Hinted.SEEN and hint.who == "customer":
            told = {"type": "seen", "seq": hint.seq}
        if told:
            self.wire.send({**told, "conversation": hint.of})

    async def hint(self, conversation: str, kind: Hinted, seq: int) -> None:
        """To the customer only from the agent who owns the conversation: others may look on
        unnoticed."""
        cid = ConversationId(conversation)
        try:
            state = await self.desk.log.conversation(cid)
            if state is None or state.agent != self.agent:
                return
            seq = min(seq, state.seq)
            if kind is Hinted.SEEN and not await Seen(self.desk.store).agents(cid, seq):
                return
            if kind is Hinted.TYPING and state.push:
                self.desk.show_typing(state)
            await self.desk.hints.publish(Hint(kind, cid, "agent", self.agent, self.name, seq))
        except Unavailable:
            return  # a hint may be lost

    def who_took(self, taken: Taken) -> Refusal:
        if taken.owner is Owner.AGENT:
            by = self.desk.people.name_of(taken.agent) or "Somebody"
            return Refusal("taken", f"{by} has taken this one.", by)
        message = {
            Owner.BOT: "This conversation is back with the assistant.",
            Owner.QUEUE: "The customer has just asked for a person: take it from the queue.",
        }[taken.owner]
        return Refusal("taken", message)

    def whose(self, other: NotOwner) -> Refusal:
        if other.owner is Owner.AGENT:
            by = self.desk.people.name_of(other.agent) or "Somebody"
            return Refusal("not_owner", f"{by} has this conversation now.", by)
        message = {
            Owner.BOT: "This conversation is with the assistant now.",
            Owner.QUEUE: "This conversation is back in the queue.",
        }[other.owner]
        return Refusal("not_owner", message)

    def refuse(self, id: str, refusal: Refusal) -> None:
        self.desk.metrics.refused.labels("agent", refusal.code).inc()
        frame = {"type": "refused", "id": id, "code": refusal.code, "message": refusal.message}
        self.wire.send({**frame, "by": refusal.by} if refusal.by else frame)


def order(cursor: str) -> tuple[int, int]:
    """Cursors of the feed in the order in which it gave them out. Raises ValueError for anything
    else."""
    time, _, number = cursor.partition("-")
    return int(time), int(number or 0)
