"""Messenger, from both sides: recorded webhooks -> entries, entries -> requests, windows, echoes,
and what may go wrong. A real desk, a stand-in for the Graph API."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from typing import Any

import aiohttp
import pytest

from handoff import keys
from handoff.channels.inbox import INBOX, Inbox
from handoff.channels.web import CHANNELS
from handoff.desk import Desk as Ownership
from handoff.model import AgentId, Owner
from handoff.turns import Reply, Turns
from tests.channels import tables
from tests.channels.conftest import SECRET, Channel, until, until_async
from tests.channels.standins import (
    TAKEN_THEN_HUNG_UP,
    Answer,
    GraphApi,
    graph_error,
    graph_refusal,
    page,
    refused,
)
from tests.channels.tables import Case

ME = "24000000000000001"
DAY = 24 * 3600


def said(number: int, text: str, **more: Any) -> dict[str, Any]:
    return page(
        {
            "sender": {"id": ME},
            "recipient": {"id": GraphApi.PAGE},
            "timestamp": 1790000000000 + number,
            "message": {"mid": f"m_in{number}", "text": text, **more},
        }
    )


def echo(mid: str, text: str, **more: Any) -> dict[str, Any]:
    return page(
        {
            "sender": {"id": GraphApi.PAGE},
            "recipient": {"id": ME},
            "timestamp": 1790000000900,
            "message": {"mid": mid, "is_echo": True, "text": text, **more},
        }
    )


async def silent_for(messenger: Channel, seconds: float) -> None:
    """As if the customer had said their last word so long ago."""
    cid = await messenger.conversation(ME)
    now, _ = await messenger.store.redis.time()
    heard = int((now - seconds) * 1000)
    await messenger.store.redis.hset(keys.conversation(cid), "heard", heard)


@pytest.mark.parametrize("case", tables.cases("messenger", "inbound"), ids=tables.label)
async def test_what_messenger_tells(messenger: Channel, case: Case) -> None:
    await tables.take_in(messenger, case, ME)


@pytest.mark.parametrize("case", tables.cases("messenger", "outbound"), ids=tables.label)
async def test_what_messenger_is_asked_for(messenger: Channel, case: Case) -> None:
    messenger.platform.echo_to = None  # type: ignore[attr-defined]
    await messenger.told(said(1, "hello"))
    await silent_for(messenger, case.get("silent", 0))
    await tables.put_in(messenger, case["entries"], ME)
    await tables.settled(messenger, ME)
    wanted = tables.worded(case["calls"], "en")
    rows = [tables.as_row(call) for call in messenger.platform.of("messages")]
    proof = hmac.new(SECRET.encode(), GraphApi.TOKEN.encode(), hashlib.sha256).hexdigest()
    marks = set()
    for _, body, *_ in rows:
        assert body.pop("appsecret_proof") == proof
        marks.add(body["message"]["metadata"])
        body["message"]["metadata"] = "@"
    assert rows == wanted
    assert len(marks) == len(rows), "every part has a mark of its own"
    refusals = [notice["reason"] for notice in await messenger.notices(ME)]
    assert refusals == case.get("not_delivered", [])
    await messenger.audit()


def test_there_are_as_many_cases_as_were_promised() -> None:
    assert len(tables.cases("messenger", "inbound")) >= 40
    assert len(tables.cases("messenger", "outbound")) >= 25


async def test_the_challenge_is_answered_to_who_knows_the_token(messenger: Channel) -> None:
    url = f"{messenger.desk.url}/hook/messenger"
    right = {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "1158201"}
    async with aiohttp.ClientSession() as session:
        async with session.get(url, params=right) as response:
            assert (response.status, await response.text()) == (200, "1158201")
            assert response.content_type == "text/plain"
        for wrong in ({"hub.verify_token": "x"}, {"hub.mode": "unsubscribe"}, {"hub.mode": ""}):
            async with session.get(url, params={**right, **wrong}) as response:
                assert response.status == 403
        async with session.get(url) as response:
            assert response.status == 403


@pytest.mark.parametrize("algorithm", ["sha1", "md5", "sha512", "pbkdf2_hmac"])
async def test_only_the_right_signature_counts(messenger: Channel, algorithm: str) -> None:
    raw = json.dumps(said(1, "let me in")).encode()
    right = messenger.headers(raw)["X-Hub-Signature-256"]
    digest = right.removeprefix("sha256=")
    if algorithm != "pbkdf2_hmac":
        digest = hmac.new(SECRET.encode(), raw, algorithm).hexdigest()
    for header, value in (
        ("X-Hub-Signature", f"{algorithm}={digest}"),
        ("X-Hub-Signature-256", f"{algorithm}={digest}"),
        ("X-Hub-Signature-256", digest),
        ("X-Hub-Signature-256", right[:-1]),
        ("X-Hub-Signature-256", ""),
        ("X-Hub-Signature-256", "sha256=ü"),
    ):
        status, _ = await messenger.post(raw, headers={header: value})
        assert status == 403
    changed = raw.replace(b"let me in", b"let me xx")
    status, _ = await messenger.post(changed, headers={"X-Hub-Signature-256": right})
    assert status == 403
    assert await messenger.entries(ME) == []


async def test_a_body_above_a_mebibyte_is_refused_unread(messenger: Channel) -> None:
    status, _ = await messenger.post(b" " * (1024 * 1024 + 1))
    assert status == 413


async def test_what_we_send_comes_back_as_an_echo_and_changes_nothing(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await messenger.bot_says(ME, Reply("Hello!"), Reply("How can I help?"))
    assert await messenger.got(ME, 2) == ["Hello!", "How can I help?"]
    await messenger.delivered(ME)
    await asyncio.sleep(0.2)
    assert [entry.sender for entry in await messenger.entries(ME)] == ["customer", "bot", "bot"]
    assert await messenger.field(ME, "owner") == "bot"


async def test_an_unknown_outcome_is_found_out_by_its_echo(messenger: Channel) -> None:
    """The platform took it and hung up; its echo says so, and nothing is repeated."""
    await messenger.told(said(1, "hello"))
    messenger.platform.plan(ME, TAKEN_THEN_HUNG_UP)
    await messenger.bot_says(ME, Reply("one"), Reply("two"))
    assert await messenger.got(ME, 2) == ["one", "two"]
    await messenger.delivered(ME)
    await asyncio.sleep(0.3)
    assert messenger.platform.got(ME) == ["one", "two"]
    assert await messenger.stat("delivery_unknown") <= 1


async def test_without_an_echo_it_is_repeated_once(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    messenger.platform.echo_to = None  # type: ignore[attr-defined]
    messenger.platform.plan(ME, TAKEN_THEN_HUNG_UP)
    await messenger.bot_says(ME, Reply("one"), Reply("two"))
    assert await messenger.got(ME, 3) == ["one", "one", "two"]
    assert await messenger.stat("delivery_unknown") == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (graph_refusal(551, "This person isn't available right now.", 1545041), "blocked"),
        (graph_refusal(100, "No matching user found", 2018001), "blocked"),
        (
            graph_refusal(10, "This message is sent outside of allowed window.", 2018278),
            "window_bot",
        ),
        (graph_refusal(190, "Invalid OAuth access token.", status=401), "token"),
        (graph_refusal(200, "Requires pages_messaging permission", 2018028, 403), "forbidden"),
        (graph_refusal(100, "Invalid parameter"), "refused"),
        (graph_refusal(368, "The action attempted has been deemed abusive"), "forbidden"),
    ],
)
async def test_what_will_never_arrive_is_told(
    messenger: Channel, answer: Answer, reason: str
) -> None:
    await messenger.told(said(1, "hello"))
    messenger.platform.plan(ME, answer)
    await messenger.bot_says(ME, Reply("lost"), Reply("next"))
    assert await messenger.got(ME, 1) == ["next"]
    assert [notice["reason"] for notice in await messenger.notices(ME)] == [reason]
    await messenger.audit()


@pytest.mark.parametrize(
    "answer",
    [
        graph_refusal(613, "Calls to this API have exceeded the rate limit.", status=400),
        graph_refusal(4, "Application request limit reached", status=403),
        graph_refusal(2, "An unexpected error has occurred. Please retry.", status=500),
        graph_refusal(1200, "Temporary send message failure. Please try again later."),
        refused(502, "<html>"),
        refused(503, ""),
    ],
)
async def test_what_passes_is_waited_for(messenger: Channel, answer: Answer) -> None:
    await messenger.told(said(1, "hello"))
    messenger.platform.plan(ME, answer, answer)
    await messenger.bot_says(ME, Reply("one"), Reply("two"))
    assert await messenger.got(ME, 2) == ["one", "two"]
    assert await messenger.notices(ME) == []


async def test_a_page_without_the_human_agent_tag_hears_of_it(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await silent_for(messenger, 2 * DAY)
    await messenger.agent_takes(ME)
    text = "(#10) This message tag HUMAN_AGENT is not approved for this page"
    messenger.platform.plan(ME, refused(403, graph_error(10, text)))
    await messenger.agent_says(ME, "sorry for the wait")
    await messenger.delivered(ME)
    assert [notice["reason"] for notice in await messenger.notices(ME)] == ["tag_refused"]


async def test_the_console_shows_when_the_windows_close(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    heard = int(await messenger.field(ME, "heard") or 0)
    summary = await messenger.desk.context.summaries.get(await messenger.conversation(ME))
    assert summary is not None
    assert summary["window"] == {
        "until": heard + DAY * 1000,
        "tag_until": heard + 7 * DAY * 1000,
    }


async def test_deliveries_and_reads_become_the_messages_state(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await messenger.bot_says(ME, Reply("Hello!"))
    await messenger.got(ME, 1)
    await messenger.delivered(ME)
    cid = await messenger.conversation(ME)
    [(mid, _)] = (await messenger.store.redis.hgetall(keys.sent(cid))).items()
    who = {"sender": {"id": ME}, "recipient": {"id": GraphApi.PAGE}}
    await messenger.told(page({**who, "delivery": {"mids": [mid], "watermark": 1}}))
    summary = await messenger.desk.context.summaries.get(cid)
    assert summary is not None
    assert summary["delivery"] == {"sent": 2, "reached": 2, "trouble": None}
    now = int(time.time() * 1000) + 1000
    await messenger.told(page({**who, "timestamp": now, "read": {"watermark": now}}))
    assert await messenger.store.redis.hget(keys.seen(cid), "customer") == "2"


async def test_a_human_in_the_inbox_silences_the_bot_in_mid_turn(messenger: Channel) -> None:
    await messenger.told(said(1, "where is it?"))
    turns = Turns(messenger.store)
    turn = await until_async(turns.take)
    await messenger.told(echo("m_jo", "Hi, Jo here, I'll look."))
    assert await turns.commit(turn, 1, [Reply("It is on its way.")]) == "FENCED"
    await messenger.told(said(2, "thanks"))
    assert await turns.take() is None
    await messenger.delivered(ME)
    assert messenger.platform.of("messages") == [], "nothing of it is sent a second time"
    await messenger.audit()


async def test_an_inbox_beside_our_own_agent_leaves_a_note(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await messenger.agent_takes(ME)
    await messenger.told(echo("m_jo", "Jo here"))
    last = (await messenger.entries(ME))[-1]
    assert (last.kind, last.text, last.body["name"]) == ("note", "Jo here", "Page inbox")
    assert await messenger.field(ME, "owner") == "agent:ana"


async def test_an_inbox_takes_a_waiting_customer_from_the_queue(messenger: Channel) -> None:
    from handoff.model import Handoff, Reason

    await messenger.told(said(1, "a person please"))
    cid = await messenger.conversation(ME)
    await Ownership(messenger.store).request_human(cid, "ask", Handoff(Reason.ASKED))
    await messenger.told(echo("m_jo", "Jo here"))
    assert await messenger.field(ME, "owner") == f"agent:{INBOX}"
    await messenger.audit()


async def test_an_inbox_that_falls_silent_gives_the_customer_back(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await messenger.told(echo("m_jo", "Jo here"))
    cid = await messenger.conversation(ME)
    inbox = Inbox(messenger.store, idle=-5.0)
    running = asyncio.create_task(inbox.run())
    try:

        async def back() -> bool:
            state = await messenger.log.conversation(cid)
            return state is not None and state.owner is Owner.BOT

        await until_async(back)
    finally:
        running.cancel()
    await messenger.delivered(ME)
    assert messenger.platform.got(ME) == [], "the customer hears nothing of our bookkeeping"
    await messenger.told(echo("m_jo2", "Jo again"))
    assert await messenger.field(ME, "owner") == f"agent:{INBOX}"
    await messenger.audit()


async def test_the_inbox_is_present_as_long_as_it_holds_somebody(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await messenger.told(echo("m_jo", "Jo here"))
    running = asyncio.create_task(Inbox(messenger.store).run())
    try:

        async def beats() -> bool:
            return AgentId(INBOX) in await messenger.desk.context.roster.beats()

        await until_async(beats)
    finally:
        running.cancel()


async def test_typing_is_shown(messenger: Channel) -> None:
    await Turns(messenger.store).beat("a-worker")
    await messenger.desk.context.people.refresh()
    await messenger.told(said(1, "hello"))
    await until(lambda: messenger.platform.of("messages"))
    [call] = messenger.platform.of("messages")
    assert call.body["sender_action"] == "typing_on"
    assert CHANNELS in messenger.desk.app


async def test_who_the_customer_is_is_asked_once(messenger: Channel) -> None:
    graph = messenger.platform
    assert isinstance(graph, GraphApi)
    graph.people[ME] = {"first_name": "Mia", "last_name": "de Vries", "locale": "nl_NL"}
    await messenger.told(said(1, "hello"))

    async def known() -> bool:
        return await messenger.field(ME, "name") == "Mia de Vries"

    await until_async(known)
    assert await messenger.field(ME, "lang") == "nl"
    await messenger.told(said(2, "hello again"))
    await asyncio.sleep(0.2)
    assert len(graph.of("profile")) == 1


async def test_a_page_that_may_not_see_profiles_asks_once_and_goes_on(messenger: Channel) -> None:
    await messenger.told(said(1, "hello"))
    await until(lambda: messenger.platform.of("profile"))
    await messenger.told(said(2, "hello again"))
    await asyncio.sleep(0.2)
    assert len(messenger.platform.of("profile")) == 1
    assert await messenger.field(ME, "name") is None
