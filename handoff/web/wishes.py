"""What an agent asks the desk to do, and the desk does or refuses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import assert_never

import structlog

from handoff import keys
from handoff.model import AgentId, Appended, Availability, ConversationId
from handoff.review import NotJudged, Verdict
from handoff.text import clean
from handoff.web import frames
from handoff.web.context import Context
from handoff.web.files import attached
from handoff.web.refusals import Refusal
from handoff.web.sessions import Session

log = structlog.get_logger()

Wish = (
    frames.Claim
    | frames.TakeOver
    | frames.Release
    | frames.Resolve
    | frames.AgentSay
    | frames.Note
    | frames.Judge
    | frames.SetAvailability
)


class Wishes:
    """Those of one agent, through one session."""

    def __init__(self, desk: Context, session: Session) -> None:
        self._desk = desk
        self._session = session
        self._agent: AgentId = session.account.id
        self._name = session.account.name

    async def grant(self, frame: Wish) -> Appended | None:
        """Raises one of `refusals.REFUSED` where that is not to be."""
        if isinstance(frame, frames.SetAvailability):
            await self._set_availability(frame)
            return None
        cid = ConversationId(frame.conversation)
        # Owner changes share one space of ids: what one agent chose must not meet another's.
        change = f"{self._agent}:{frame.id}"
        match frame:
            case frames.Claim():
                return await self._take(self._desk.desk.claim, cid, change)
            case frames.TakeOver():
                return await self._take(self._desk.desk.take_over, cid, change)
            case frames.Release():
                return await self._release(cid, change, frame)
            case frames.Resolve():
                return await self._resolve(cid, change, frame)
            case frames.AgentSay():
                more = await attached(
                    self._desk, cid, keys.held_value(self._agent), frame.attachments
                )
                return await self._desk.log.append_agent(
                    cid,
                    frame.id,
                    self._agent,
                    self._name,
                    "" if more and not frame.text else clean(frame.text),
                    more=more,
                )
            case frames.Note():
                return await self._desk.log.append_note(
                    cid, frame.id, self._agent, self._name, clean(frame.text)
                )
            case frames.Judge():
                return await self._judge(cid, frame)
            case _:
                assert_never(frame)

    async def _take(
        self,
        take: Callable[[ConversationId, str, AgentId, str, int], Awaitable[Appended]],
        cid: ConversationId,
        id: str,
    ) -> Appended:
        said = (await self._desk.roster.availability()).get(self._agent)
        if said is Availability.AWAY:
            raise Refusal("away", "You are away. Set yourself available to take a conversation.")
        capacity = self._desk.people.capacity_of(self._session.account)
        done = await take(cid, id, self._agent, self._name, capacity)
        log.info("conversation.taken", conversation=cid, agent=self._agent, how=take.__name__)
        return done

    async def _release(self, cid: ConversationId, id: str, frame: frames.Release) -> Appended:
        note = clean(frame.note) if frame.note.strip() else ""
        done = await self._desk.desk.release(cid, id, self._agent, self._name, note)
        log.info("conversation.released", conversation=cid, agent=self._agent)
        return done

    async def _resolve(self, cid: ConversationId, id: str, frame: frames.Resolve) -> Appended:
        if frame.disposition not in self._desk.settings.dispositions:
            raise Refusal("disposition", "Say how it ended: choose one from the list.")
        note = clean(frame.note) if frame.note.strip() else ""
        done = await self._desk.desk.resolve(
            cid, id, self._agent, self._name, frame.disposition, note
        )
        log.info(
            "conversation.resolved",
            conversation=cid,
            agent=self._agent,
            disposition=frame.disposition,
        )
        return done

    async def _judge(self, cid: ConversationId, frame: frames.Judge) -> Appended:
        """Any agent may: whoever reads the conversation can tell whether a person was needed."""
        if frame.verdict not in list(Verdict):
            raise Refusal("bad_verdict", "A handoff is marked right or wrong, or not at all.")
        verdict = Verdict(frame.verdict)
        try:
            done = await self._desk.review.mark(
                cid, frame.id, self._agent, self._name, frame.entry, verdict
            )
        except NotJudged:
            message = "There is nothing to mark: the assistant did not decide this."
            raise Refusal("bad_entry", message) from None
        if not done.duplicate:
            self._desk.metrics.verdicts.labels(verdict.value).inc()
            log.info("handoff.marked", conversation=cid, agent=self._agent, verdict=verdict.value)
        return done

    async def _set_availability(self, frame: frames.SetAvailability) -> None:
        if frame.state not in (Availability.AVAILABLE, Availability.AWAY):
            raise Refusal("bad_state", "One is available or away.")
        await self._desk.roster.set_availability(self._agent, Availability(frame.state))
        log.info("agent.availability", agent=self._agent, state=frame.state)
