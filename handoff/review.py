"""What agents say of handoffs: was it right to bring a person in? Their verdicts make the review
set.

A verdict is a notice in the conversation's log, for agents alone. The last one on a handoff counts,
and it is erased with the conversation.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from handoff import keys
from handoff.log import Log, NotFound, appended, encoded
from handoff.model import (
    FOR_AGENTS,
    AgentId,
    Appended,
    Cause,
    ConversationId,
    Entry,
    Kind,
    Owner,
    Sender,
)
from handoff.store import Store, reaching

VERDICT = "verdict"  # the notice's name


class Verdict(StrEnum):
    RIGHT = "right"
    WRONG = "wrong"
    NONE = "none"  # taken back


class NotJudged(Exception):
    """The entry is no handoff that the bot decided."""


def decided_by_bot(entry: Entry) -> bool:
    """Whether there is a judgement to agree with. Pressing "Talk to a person" leaves no evidence,
    nor does a bot that is not there."""
    handed_over = entry.kind is Kind.OWNER and entry.body.get("cause") == Cause.HANDOFF
    return handed_over and bool(entry.body.get("evidence"))


@dataclass(frozen=True)
class Reviewed:
    """A handoff that the bot decided, what led to it, and what an agent says of it."""

    conversation: ConversationId
    handoff: Entry
    messages: tuple[tuple[int, str], ...]  # the customer's, of the episode: number, text
    verdict: Verdict = Verdict.NONE
    at: int | None = None  # when it was said, ms

    @property
    def week(self) -> str:
        """ISO week of the handoff, in UTC: `2026-W47`."""
        year, week, _ = datetime.fromtimestamp(self.handoff.time / 1000, UTC).isocalendar()
        return f"{year}-W{week:02}"

    def to_json(self) -> dict[str, Any]:
        return {
            "conversation": self.conversation,
            "entry": self.handoff.seq,
            "time": self.handoff.time,
            "reason": self.handoff.body.get("reason"),
            "evidence": self.handoff.body["evidence"],
            "messages": [{"message": seq, "text": text} for seq, text in self.messages],
            "verdict": self.verdict.value,
            "judged": self.at,
        }


def reviewed(cid: ConversationId, entries: Iterable[Entry]) -> tuple[Reviewed, ...]:
    """The bot's handoffs of one log, in order, each with the last verdict on it."""
    found: dict[int, tuple[Entry, tuple[tuple[int, str], ...]]] = {}
    verdicts: dict[int, tuple[Verdict, int]] = {}
    said: dict[int, str] = {}
    for entry in entries:
        if entry.sender is Sender.CUSTOMER and entry.kind is Kind.MESSAGE:
            said[entry.seq] = entry.text
        elif entry.kind is Kind.EDIT and entry.body.get("of") in said:
            said[entry.body["of"]] = entry.text
        elif decided_by_bot(entry):
            found[entry.seq] = (entry, tuple(said.items()))
        elif entry.kind is Kind.OWNER and entry.body["owner"] == Owner.BOT:
            said = {}
        elif entry.kind is Kind.NOTICE and entry.body.get("notice") == VERDICT:
            params = entry.body["params"]
            verdicts[params["of"]] = (Verdict(params["verdict"]), entry.time)
    nothing = (Verdict.NONE, None)
    return tuple(
        Reviewed(cid, handoff, messages, *verdicts.get(seq, nothing))
        for seq, (handoff, messages) in found.items()
    )


class Review:
    """All may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._log = Log(store)

    async def mark(
        self,
        cid: ConversationId,
        id: str,
        agent: AgentId,
        name: str,
        handoff: int,
        verdict: Verdict,
    ) -> Appended:
        """This agent's word on entry `handoff`, which replaces anybody's before. Raises NotFound,
        NotJudged."""
        entry = next(iter(await self._log.read(cid, handoff - 1, 1)), None)
        if entry is None and await self._log.conversation(cid) is None:
            raise NotFound(cid)
        if entry is None or entry.seq != handoff or not decided_by_bot(entry):
            raise NotJudged(f"{cid} {handoff}")
        by = keys.held_value(agent)
        params = {"of": handoff, "verdict": verdict.value, "by": by, "name": name}
        body = encoded({"notice": VERDICT, "for": FOR_AGENTS, "params": params})
        return appended(
            await self.store.on_conversation(
                "append_desk", cid, Sender.DESK, Kind.NOTICE, f"verdict-{agent}:{id}", body
            )
        )

    async def everything(self) -> AsyncIterator[Reviewed]:
        """Every handoff of the database that a bot decided, marked or not."""
        with reaching():
            everyone = await self.store.redis.zrange(keys.ALL, 0, -1)
        for cid in map(ConversationId, everyone):
            for one in reviewed(cid, await self._log.read(cid)):
                yield one


def agreement(handoffs: Sequence[Reviewed]) -> Iterator[str]:
    """How often agents found that handing over was right: a line per week, and one for all."""
    weeks: dict[str, Counter[Verdict]] = {}
    for one in handoffs:
        weeks.setdefault(one.week, Counter())[one.verdict] += 1
    for week in sorted(weeks):
        yield f"{week:<9} {_rate(weeks[week])}"
    yield f"{'all':<9} {_rate(sum(weeks.values(), Counter()))}"


def _rate(counts: Mapping[Verdict, int]) -> str:
    right, marked = counts[Verdict.RIGHT], counts[Verdict.RIGHT] + counts[Verdict.WRONG]
    share = f"right {right:>4} of {marked:>4} ({right / marked:4.0%})" if marked else "none marked"
    return f"{share:<26} {marked} of {sum(counts.values())} handoffs marked"
