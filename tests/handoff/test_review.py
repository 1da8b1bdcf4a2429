"""What agents say of handoffs: the last word counts, in the log, and only where the bot decided."""

from __future__ import annotations

import asyncio
import json
import os
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from handoff.audit import audit
from handoff.desk import Desk
from handoff.log import Log, NotFound
from handoff.model import (
    AgentId,
    Appended,
    Conversation,
    ConversationId,
    Entry,
    Evidence,
    Handoff,
    Kind,
    Reason,
    Sender,
)
from handoff.review import NotJudged, Review, Reviewed, Verdict, agreement, reviewed
from handoff.store import Store

C = ConversationId("c")
ANA, BEN = AgentId("ana"), AgentId("ben")
ASKED = Handoff(Reason.ASKED, (Evidence("asks_for_human", 3, 0.83, "a person", 0.65),))


async def story(store: Store) -> int:
    """A conversation in its second episode that the bot has handed over: the handoff's number."""
    log, desk = Log(store), Desk(store)
    await log.append_customer(C, "m1", "Something else, long ago")
    await desk.request_human(C, "h0", Handoff(Reason.ASKED))
    await desk.cancel(C, "x")
    await log.append_customer(C, "m2", "Where is it?")
    await log.append_customer(C, "m3", "a person, please")
    await store.on_conversation(
        "append_edit", C, "m2b", "m2", json.dumps({"text": "Where is my parcel?"})
    )
    return (await desk.request_human(C, "h1", ASKED)).seq


async def mark(
    store: Store, handoff: int, verdict: Verdict, id: str = "v", by: AgentId = ANA
) -> Appended:
    return await Review(store).mark(C, id, by, by.title(), handoff, verdict)


async def state(store: Store) -> Conversation:
    found = await Log(store).conversation(C)
    assert found
    return found


async def test_the_last_word_counts_and_nothing_is_rewritten(store: Store) -> None:
    handoff = await story(store)
    before = await Log(store).read(C)
    await mark(store, handoff, Verdict.RIGHT, "v1")
    await mark(store, handoff, Verdict.WRONG, "v2", BEN)
    entries = await Log(store).read(C)
    assert entries[: len(before)] == before
    (one,) = reviewed(C, entries)
    assert (one.handoff.seq, one.verdict, one.at) == (handoff, Verdict.WRONG, entries[-1].time)
    await mark(store, handoff, Verdict.NONE, "v3")
    (one,) = reviewed(C, await Log(store).read(C))
    assert one.verdict is Verdict.NONE
    assert await audit(store) == {}


async def test_a_repeat_is_one_verdict(store: Store) -> None:
    handoff = await story(store)
    first = await mark(store, handoff, Verdict.RIGHT)
    again = await mark(store, handoff, Verdict.RIGHT)
    assert (again.seq, again.duplicate) == (first.seq, True)


async def test_only_what_the_bot_decided_can_be_marked(store: Store) -> None:
    handoff = await story(store)
    seq = (await state(store)).seq
    for other in (0, *range(1, handoff), handoff + 1, 2**53):
        with pytest.raises(NotJudged):
            await mark(store, other, Verdict.WRONG, f"v{other}")
    assert (await state(store)).seq == seq
    with pytest.raises(NotFound):
        await Review(store).mark(ConversationId("none"), "v", ANA, "Ana", 1, Verdict.RIGHT)


async def test_a_verdict_changes_no_owner_and_no_customer_sees_it(store: Store) -> None:
    handoff = await story(store)
    before = await state(store)
    await mark(store, handoff, Verdict.WRONG)
    after = await state(store)
    same = ("owner", "fence", "place", "since", "priority", "reason", "answered")
    assert [getattr(before, name) for name in same] == [getattr(after, name) for name in same]
    assert (await Log(store).read(C))[-1].for_customer() is None


async def test_erasing_the_conversation_erases_its_verdicts(store: Store) -> None:
    await mark(store, await story(store), Verdict.RIGHT)
    assert [one.verdict async for one in Review(store).everything()] == [Verdict.RIGHT]
    await Log(store).erase(C)
    assert [one async for one in Review(store).everything()] == []


async def test_the_review_set_is_a_file_for_its_owner_alone(
    store: Store, redis_url: str, tmp_path: Path
) -> None:
    handoff = await story(store)
    into = tmp_path / "review.jsonl"
    into.write_text("older and longer than what comes\n" * 100)
    into.chmod(0o644)

    async def run(*more: str) -> tuple[int | None, str]:
        made = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "handoff", "review", *more),
            env={**os.environ, "REDIS_URL": redis_url, "VAR_FOLDER": str(tmp_path)},
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await made.communicate()
        return made.returncode, out.decode()

    status, said = await run(str(into))
    assert (status, into.read_text()) == (0, "")  # nothing is marked yet
    assert "0 of 1 handoffs marked" in said
    marked = await mark(store, handoff, Verdict.RIGHT)
    status, said = await run(str(into))
    entries = await Log(store).read(C)
    assert [json.loads(line) for line in into.read_text("utf-8").splitlines()] == [
        {
            "conversation": "c",
            "entry": handoff,
            "time": entries[handoff - 1].time,
            "reason": "asked",
            "evidence": [
                {
                    "signal": "asks_for_human",
                    "message": 3,
                    "score": 0.83,
                    "span": "a person",
                    "threshold": 0.65,
                }
            ],
            "messages": [
                {"message": 4, "text": "Where is my parcel?"},
                {"message": 5, "text": "a person, please"},
            ],
            "verdict": "right",
            "judged": entries[marked.seq - 1].time,
        }
    ]
    assert stat.S_IMODE(into.stat().st_mode) == 0o600
    assert "right    1 of    1 (100%)" in said
    assert (await run(str(tmp_path / "no" / "such" / "folder")))[0] == 2


def test_agreement_is_counted_by_the_week_of_the_handoff() -> None:
    def at(year: int, month: int, day: int, verdict: Verdict) -> Reviewed:
        time = int(datetime(year, month, day, 23, 59, tzinfo=UTC).timestamp() * 1000)
        body = ASKED.to_json()
        handoff = Entry(1, time, Sender.DESK, Kind.OWNER, "h", 1, body)
        return Reviewed(C, handoff, (), verdict)

    said = list(
        agreement(
            [
                at(2027, 1, 3, Verdict.WRONG),  # a Sunday: still the last week of 2026
                at(2026, 11, 22, Verdict.RIGHT),
                at(2026, 11, 16, Verdict.WRONG),
                at(2026, 11, 17, Verdict.NONE),
                at(2026, 11, 23, Verdict.NONE),
            ]
        )
    )
    assert [line.split() for line in said] == [
        "2026-W47 right 1 of 2 ( 50%) 2 of 3 handoffs marked".split(),
        "2026-W48 none marked 0 of 1 handoffs marked".split(),
        "2026-W53 right 0 of 1 ( 0%) 1 of 1 handoffs marked".split(),
        "all right 1 of 3 ( 33%) 3 of 5 handoffs marked".split(),
    ]
    assert next(iter(agreement([]))).split()[:3] == ["all", "none", "marked"]
