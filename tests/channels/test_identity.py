"""One person on several channels: proved by a link of the website's, or said by an agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handoff.identity import Identity
from handoff.log import Log, NotFound
from handoff.model import ConversationId
from handoff.store import Store
from tests.channels.conftest import Channel, telegram_on
from tests.channels.standins import BotApi
from tests.channels.test_telegram import ME, message
from tests.web.desk import Socket

NAMES = [ConversationId(f"c{n}") for n in range(5)]


@pytest.fixture
async def telegram(redis_url: str, tmp_path: Path, bot_api: BotApi) -> AsyncIterator[Channel]:
    async with telegram_on(redis_url, tmp_path, bot_api, telegram_verify="@shop_bot") as channel:
        yield channel


async def offered(telegram: Channel, customer: Socket, **headers: str) -> tuple[int, Any]:
    given = {"Authorization": f"Bearer {customer.welcome['token']}", **headers}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{telegram.desk.url}/widget/continue", headers=given) as response,
    ):
        return response.status, await response.json()


async def test_continue_on_telegram_makes_them_one_person(telegram: Channel) -> None:
    desk = telegram.desk
    async with desk.widget() as customer:
        await customer.ask("say", text="my parcel is lost")
        website = ConversationId(customer.welcome["conversation"])
        status, body = await offered(telegram, customer)
        assert status == 200
        address, _, start = body["links"]["telegram"].partition("?start=")
        assert address == "https://t.me/shop_bot"
        assert len(start) <= 64
        await telegram.told(message(1, f"/start {start}"))
        cid = await telegram.conversation(ME)
        assert await desk.context.identity.conversations(website) == [cid]
        assert await desk.context.identity.conversations(cid) == [website]
        seen = [frame["entry"] for frame in customer.frames if frame["type"] == "entry"]
        assert all(entry.get("notice") != "linked" for entry in seen)
    for one, other in ((cid, website), (website, cid)):
        [linked] = [e for e in await telegram.log.read(one) if e.body.get("notice") == "linked"]
        assert linked.body["params"]["conversation"] == other
        assert linked.body["params"]["by"] == "customer"
        assert linked.for_customer() is None
    shown = [entry.body for entry in await telegram.entries(ME)]
    assert start not in str(shown), "the word itself is in no log"
    await telegram.audit()


async def test_a_link_leads_on_once(telegram: Channel) -> None:
    async with telegram.desk.widget() as customer:
        await customer.ask("say", text="hello")
        website = ConversationId(customer.welcome["conversation"])
        _, body = await offered(telegram, customer)
    start = body["links"]["telegram"].partition("=")[2]
    await telegram.told(message(1, f"/start {start}"))
    thief = message(2, f"/start {start}")
    for who in (thief["message"]["chat"], thief["message"]["from"]):
        who["id"] = 666
    await telegram.told(thief)
    await telegram.told(message(3, "/start c_" + "x" * 32))
    linked = await telegram.desk.context.identity.conversations(website)
    assert linked == [await telegram.conversation(ME)]


async def test_only_the_holder_of_the_token_gets_a_link(telegram: Channel) -> None:
    async with telegram.desk.widget() as customer:
        await customer.ask("say", text="hello")
        status, _ = await offered(telegram, customer, Authorization="Bearer forged")
        assert status == 401
        status, _ = await offered(telegram, customer, Origin="https://evil.example")
        assert status == 401
        statuses = [(await offered(telegram, customer))[0] for _ in range(6)]
        assert statuses == [200] * 5 + [429]


async def test_an_agent_links_and_undoes(telegram: Channel) -> None:
    desk = telegram.desk
    await telegram.told(message(1, "still no parcel"))
    cid = await telegram.conversation(ME)
    await desk.account("ana", "Ana")
    async with desk.widget() as customer, desk.signed_in("ana") as browser:
        await customer.ask("say", text="no parcel")
        website = customer.welcome["conversation"]
        status, body = await browser.post(f"/api/conversations/{cid}/link", conversation=website)
        assert status == 200
        async with browser.session.get(f"/api/conversations/{cid}/person") as response:
            person = await response.json()
        assert [one["id"] for one in person["conversations"]] == [website]
        assert person["conversations"][0]["last"]["text"] == "no parcel"
        assert person["links"][0]["by"] == "agent:ana"
        status, _ = await browser.post(f"/api/conversations/{website}/unlink", link=body["link"])
        assert status == 200
        async with browser.session.get(f"/api/conversations/{cid}/person") as response:
            assert await response.json() == {"conversations": [], "links": []}
        status, _ = await browser.post(f"/api/conversations/{cid}/unlink", link=body["link"])
        assert status == 404
        for wrong, expected in ((cid, 400), ("0" * 32, 404), ("../x", 400)):
            status, _ = await browser.post(f"/api/conversations/{cid}/link", conversation=wrong)
            assert status == expected
    notices = [e.body["notice"] for e in await telegram.entries(ME) if e.kind == "notice"]
    assert notices == ["linked", "unlinked"]


async def test_strangers_learn_nothing_of_persons(telegram: Channel) -> None:
    async with aiohttp.ClientSession() as session:
        for path in ("person", "link", "unlink"):
            url = f"{telegram.desk.url}/api/conversations/{'0' * 32}/{path}"
            method = session.get if path == "person" else session.post
            async with method(url, headers={"X-Baton": "1"}, json={"link": "x"}) as response:
                assert response.status == 401


async def test_an_erased_conversation_belongs_to_nobody(redis_url: str) -> None:
    store = await Store.open(redis_url)
    try:
        log, identity = Log(store), Identity(store)
        for cid in NAMES[:2]:
            await log.append_customer(cid, "1", "hello")
        await identity.link(NAMES[0], NAMES[1], "agent:ana")
        await log.erase(NAMES[1])
        assert await identity.conversations(NAMES[0]) == []
        with pytest.raises(NotFound):
            await identity.link(NAMES[0], NAMES[1], "agent:ana")
        await log.erase(NAMES[0])
        assert await store.redis.keys("conv:*:links") == []
    finally:
        await store.close()


pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES))


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(pairs, max_size=8), undone=st.lists(st.integers(0, 7), max_size=8))
async def test_links_are_an_equivalence_and_undoing_all_leaves_nothing(
    redis_url: str, steps: list[tuple[ConversationId, ConversationId]], undone: list[int]
) -> None:
    """At any time persons are the connected components; with all undone, nobody is linked."""
    store = await Store.open(redis_url)
    try:
        await store.redis.flushall()
        await store._enter()
        log, identity = Log(store), Identity(store)
        for cid in NAMES:
            await log.append_customer(cid, "1", "hello")
        edges: dict[str, tuple[ConversationId, ConversationId]] = {}
        for first, second in steps:
            known = second in together(edges, first)
            link = await identity.link(first, second, "agent:ana")
            assert (link is None) == known
            if link:
                edges[link.id] = (first, second)
        order = list(edges)
        for id in [*(order[n] for n in dict.fromkeys(undone) if n < len(order)), *order]:
            for cid in NAMES:
                assert set(await identity.conversations(cid)) == together(edges, cid) - {cid}
            if id in edges:
                await identity.undo(edges.pop(id)[1], id, "agent:ana")
        for cid in NAMES:
            assert await identity.conversations(cid) == []
        assert await store.redis.keys("conv:*:links") == []
    finally:
        await store.close()


def together(
    edges: dict[str, tuple[ConversationId, ConversationId]], cid: ConversationId
) -> set[ConversationId]:
    """Everything that hangs together with `cid`."""
    found = {cid}
    while grown := {end for edge in edges.values() if found & {*edge} for end in edge} - found:
        found |= grown
    return found
