"""Late handoffs at the API: for leads and admins, within bounds, without a word of a customer's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from handoff import keys
from handoff.accounts import Role
from handoff.desk import Desk as Owners
from handoff.log import Log
from handoff.model import ConversationId, Handoff, Mood, Reason
from handoff.regret import THRESHOLDS
from handoff.turns import Reply, Turns
from handoff.web import judgement
from tests.web.desk import Browser, Desk

DAY = 24 * 3600 * 1000
SECRET = "my card number is 4711"


async def conversation(desk: Desk, cid: str, *scores: float, asks: bool = True) -> None:
    """A customer whose messages are judged so, and who asks for a person after them."""
    store, name = desk.context.store, ConversationId(cid)
    turns = Turns(store)
    for n, score in enumerate(scores):
        await Log(store).append_customer(name, f"{cid}-{n}", SECRET, name="Grace")
        turn = await turns.take()
        assert turn is not None
        await turns.commit(turn, turn.entries[-1].seq, [Reply("Oh.")], mood=Mood(score, 0.8))
    if asks:
        await Owners(store).request_human(name, f"{cid}-h", Handoff(Reason.ASKED))


@asynccontextmanager
async def lead(desk: Desk, role: Role = Role.LEAD) -> AsyncIterator[Browser]:
    await desk.account(role.value, role=role)
    async with desk.signed_in(role.value) as browser:
        yield browser


async def look(browser: Browser, query: str = "") -> dict[str, Any]:
    status, body = await browser.get(f"/api/judgement{query}")
    assert status == 200, body
    return body


@pytest.mark.parametrize("role", [Role.LEAD, Role.ADMIN])
async def test_a_lead_sees_how_late_handoffs_were(desk: Desk, role: Role) -> None:
    await conversation(desk, "c1", 0.62, 0.1, 0.3)
    await conversation(desk, "c2", 0.05)
    async with lead(desk, role) as browser:
        found = await look(browser)
    assert [found[name] for name in ("days", "read", "measured", "persons", "open", "cut")] == [
        *(30, 2, 2, 2, 0, False)
    ]
    assert found["threshold"] == 0.8
    rows = {row["threshold"]: row for row in found["table"]}
    assert sorted(rows) == sorted({*THRESHOLDS, 0.8})
    assert (rows[0.6]["late"], rows[0.6]["turns"]) == (1, [2, 2])
    assert rows[0.65]["late"] == rows[0.8]["late"] == 0
    (one,) = found["episodes"]
    assert (one["conversation"], one["ended"], one["reason"]) == ("c1", "person", "asked")
    assert [(rise["message"], rise["turns"]) for rise in one["rises"]] == [(1, 2)]


async def test_no_words_and_no_names_are_in_it(desk: Desk) -> None:
    await conversation(desk, "c1", 0.9, 0.9, asks=False)
    async with lead(desk) as browser:
        said = json.dumps(await look(browser))
    assert not [word for word in (SECRET, "Grace", "Oh.") if word in said]


async def test_an_episode_under_way_is_counted_and_nothing_more(desk: Desk) -> None:
    await conversation(desk, "c1", 0.9, 0.1, asks=False)
    async with lead(desk) as browser:
        found = await look(browser)
    assert (found["measured"], found["open"], found["episodes"]) == (1, 1, [])
    assert {row["caught"] for row in found["table"]} == {0}


async def test_nothing_measured_is_an_empty_answer(desk: Desk) -> None:
    await Owners(desk.context.store).request_human(
        ConversationId("c"), "h", Handoff(Reason.ASKED), channel="website"
    )
    async with lead(desk) as browser:
        found = await look(browser)
    assert [found[name] for name in ("measured", "threshold", "table", "episodes")] == [
        *(0, None, [], [])
    ]


async def test_an_agent_is_refused_and_nobody_gets_nothing(desk: Desk) -> None:
    async with lead(desk, Role.AGENT) as browser:
        status, body = await browser.get("/api/judgement")
        assert (status, body["code"]) == (403, "forbidden")
        assert "leads" in body["message"]
        await browser.post("/api/logout")
        assert (await browser.get("/api/judgement"))[0] == 401


@pytest.mark.parametrize("days", ["", "0", "366", "-1", "1.5", "many", "٣", "9" * 50, "1e2"])
async def test_days_that_are_none_are_named(desk: Desk, days: str) -> None:
    async with lead(desk) as browser:
        status, body = await browser.get(f"/api/judgement?days={days}")
    assert (status, body["code"]) == (400, "bad_request")
    assert "days" in body["message"]


async def test_what_is_older_is_not_looked_at(desk: Desk) -> None:
    await conversation(desk, "c1", 0.9, 0.1)
    redis = desk.context.store.redis
    now = (await redis.time())[0] * 1000
    await redis.zadd(keys.ALL, {"c1": now - 8 * DAY})
    async with lead(desk) as browser:
        assert (await look(browser, "?days=7"))["read"] == 0
        assert (await look(browser, "?days=9"))["read"] == 1


async def test_looks_are_counted_per_account(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judgement, "LOOKS", 3)
    async with lead(desk) as browser, lead(desk, Role.ADMIN) as other:
        answers = [await browser.get("/api/judgement") for _ in range(4)]
        assert [status for status, _ in answers] == [200, 200, 200, 429]
        assert (answers[-1][1]["code"], 0 < answers[-1][1]["retry"] <= 60) == ("wait", True)
        assert (await other.get("/api/judgement"))[0] == 200


async def test_one_look_at_a_time_and_the_desk_answers_meanwhile(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading is held between two batches of logs: a customer is served all the same."""
    for n in range(12):
        await conversation(desk, f"c{n}", 0.6, 0.1)
    look_back = desk.context.look_back
    reading, go, at_once = asyncio.Event(), asyncio.Event(), 0
    tails = look_back._tails

    async def held(cids: list[str]) -> Any:
        nonlocal at_once
        at_once += 1
        assert at_once == 1
        reading.set()
        await go.wait()
        found = await tails(cids)
        at_once -= 1
        return found

    monkeypatch.setattr(look_back, "_tails", held)
    async with lead(desk) as browser, lead(desk, Role.ADMIN) as other:
        both = asyncio.gather(look(browser), look(other))
        await reading.wait()
        async with desk.widget() as customer:
            assert (await customer.ask("say", text="Hello"))["type"] == "accepted"
        go.set()
        first, second = await both
    assert first["persons"] == second["persons"] == 12
