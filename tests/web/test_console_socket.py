"""The agent's socket: one winner, presence, and a cursor that starts where it ended."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import aiohttp
import pytest

from handoff.accounts import Role
from handoff.feed import Change
from handoff.model import ConversationId, Evidence, Handoff, Owner, Reason
from handoff.web import console_socket
from tests.web.desk import Desk, Socket, running_desk
from tests.web.test_widget_socket import cid_of


async def waiting(desk: Desk, text: str = "Please help") -> ConversationId:
    """Somebody who asked for a person and closed the page."""
    async with desk.widget() as widget:
        await widget.ask("say", text=text)
        await widget.ask("human")
        return cid_of(widget)


async def summary(console: Socket, **having: object) -> dict[str, object]:
    """The next summary with these fields."""
    while True:
        found: dict[str, object] = (await console.until("conversation"))["summary"]
        if having.items() <= found.items():
            return found


async def test_a_request_is_there_at_once_with_everything_said(desk: Desk) -> None:
    async with desk.console_of() as ana, desk.widget(lang="nl") as widget:
        await widget.ask("say", text="Waar is mijn pakje?")
        await widget.ask("human")
        told = await summary(ana, owner="queue")
        assert told["reason"] == "asked"
        assert told["customer"] == {"name": None, "lang": "nl", "channel": "website"}
        assert told["since"] is not None
        assert told["last"]["text"] == "Waar is mijn pakje?"  # type: ignore[index]
        await ana.ask("open", conversation=cid_of(widget), after=0)
        await ana.entry(seq=2)
        assert [entry["seq"] for entry in ana.entries()] == [1, 2]
        assert ana.browser
        status, whole = await ana.browser.get(f"/api/conversations/{cid_of(widget)}")
        assert status == 200
        assert whole["entries"] == ana.entries()


async def test_a_claim_has_one_winner_and_tells_the_loser_who(desk: Desk) -> None:
    async with desk.console_of("ana", "Ana") as ana, desk.console_of("ben", "Ben") as ben:
        for _ in range(8):
            cid = await waiting(desk)
            answers = await asyncio.gather(*(c.ask("claim", conversation=cid) for c in (ana, ben)))
            won = [answer for answer in answers if answer["type"] == "done"]
            lost = [answer for answer in answers if answer["type"] == "refused"]
            assert (len(won), len(lost)) == (1, 1)
            winner = "Ana" if answers[0]["type"] == "done" else "Ben"
            assert (lost[0]["code"], lost[0]["by"]) == ("taken", winner)
            assert winner in lost[0]["message"]
            holder = ana if winner == "Ana" else ben
            await holder.ask("resolve", conversation=cid, disposition="solved")


async def test_a_claim_sent_twice_is_one_claim(desk: Desk) -> None:
    async with desk.console_of() as ana:
        cid = await waiting(desk)
        first = await ana.ask("claim", id="c", conversation=cid)
        again = await ana.ask("claim", id="c", conversation=cid)
        assert first["type"] == again["type"] == "done"
        state = await desk.context.log.conversation(cid)
        assert state
        assert state.fence == 2


async def test_only_the_owner_speaks_and_the_other_is_told_who(desk: Desk) -> None:
    async with desk.console_of("ana", "Ana") as ana, desk.console_of("ben", "Ben") as ben:
        cid = await waiting(desk)
        early = await ben.ask("say", conversation=cid, fence=1, text="me first")
        assert (early["code"], "by" in early) == ("not_owner", False)
        await ana.ask("claim", conversation=cid)
        late = await ben.ask("say", conversation=cid, fence=1, text="me too")
        assert (late["code"], late["by"]) == ("not_owner", "Ana")
        assert (await ben.ask("note", conversation=cid, text="I know them"))["type"] == "done"
        for wish in ("release", "resolve"):
            answer = await ben.ask(wish, conversation=cid, disposition="solved")
            assert (answer["code"], answer["by"]) == ("not_owner", "Ana")
        texts = [entry.text for entry in await desk.context.log.read(cid)]
        assert "me first" not in texts
        assert "me too" not in texts


async def handed_over(desk: Desk, cid: ConversationId) -> int:
    """The number of a handoff that the bot decided, in a conversation that the bot has."""
    evidence = (Evidence("asks_for_human", 1, 0.83, "a person", 0.65),)
    handoff = Handoff(Reason.ASKED, evidence)
    return (await desk.context.desk.request_human(cid, "t-1", handoff)).seq


async def test_a_handoff_is_marked_right_or_wrong_and_every_console_knows(desk: Desk) -> None:
    async with (
        desk.console_of("ana", "Ana") as ana,
        desk.console_of("ben", "Ben") as ben,
        desk.widget() as widget,
    ):
        await widget.ask("say", text="a person please")
        cid = cid_of(widget)
        handoff = await handed_over(desk, cid)
        await ben.ask("open", conversation=cid, after=0)
        shown = await ben.entry(kind="owner", cause="handoff")
        assert shown["evidence"][0]["threshold"] == 0.65
        fields = {"conversation": cid, "entry": handoff}
        first = await ana.ask("verdict", id="v", verdict="right", **fields)
        again = await ana.ask("verdict", id="v", verdict="right", **fields)
        assert (first["type"], first["seq"]) == ("done", again["seq"])
        told = await ben.entry(notice="verdict")
        by_ana = {"of": handoff, "verdict": "right", "by": "agent:ana", "name": "Ana"}
        assert (told["params"], told["for"]) == (by_ana, "agents")
        # A colleague sees it otherwise, with the same id: ids are each agent's own.
        assert (await ben.ask("verdict", id="v", verdict="wrong", **fields))["seq"] > told["seq"]
        metrics = desk.context.metrics.text().decode()
        assert 'baton_verdicts_total{verdict="right"} 1.0' in metrics
        assert 'baton_verdicts_total{verdict="wrong"} 1.0' in metrics
        await ana.ask("claim", conversation=cid)
        await widget.entry(cause="claimed")
        assert "verdict" not in json.dumps(widget.frames)


async def test_only_agents_mark_and_only_what_the_assistant_decided(desk: Desk) -> None:
    async with desk.console_of() as ana, desk.widget() as widget:
        await widget.ask("say", text="a person please")
        cid = cid_of(widget)
        handoff = await handed_over(desk, cid)
        fields = {"conversation": cid, "entry": handoff, "verdict": "wrong"}
        assert (await widget.ask("verdict", **fields))["code"] == "unknown_type"
        other = await waiting(desk)  # by the customer's own button: nobody judged anything
        for wrong, code in (
            ({"verdict": "maybe"}, "bad_verdict"),
            ({"verdict": 1}, "bad_verdict"),
            ({"entry": 1}, "bad_entry"),
            ({"entry": 0}, "bad_entry"),
            ({"entry": 99}, "bad_entry"),
            ({"entry": -1}, "bad_entry"),
            ({"entry": "2"}, "bad_entry"),
            ({"conversation": other}, "bad_entry"),
            ({"conversation": "website:nobody"}, "not_found"),
            ({"conversation": "*"}, "bad_conversation"),
        ):
            answer = await ana.ask("verdict", **{**fields, **wrong})
            assert (answer["type"], answer["code"]) == ("refused", code), wrong
        log = desk.context.log
        assert [entry.body.get("notice") for entry in await log.read(cid)] == [None, None]
        await log.erase(cid)
        assert (await ana.ask("verdict", **fields))["code"] == "not_found"
        assert await log.conversation(cid) is None
        # Signed out: the socket of before is no way in.
        assert ana.browser
        await ana.browser.post("/api/logout")
        assert await ana.closed() == 1008


async def test_a_reply_sent_twice_is_one_reply(desk: Desk) -> None:
    async with desk.console_of() as ana:
        cid = await waiting(desk)
        await ana.ask("claim", conversation=cid)
        one = await ana.ask("say", id="m", conversation=cid, fence=2, text="Hello")
        two = await ana.ask("say", id="m", conversation=cid, fence=2, text="Hello")
        assert one["seq"] == two["seq"]


async def test_take_over_un_asked(desk: Desk) -> None:
    async with desk.console_of() as ana, desk.widget() as widget:
        await widget.ask("say", text="I only talk to the bot")
        assert (await ana.ask("take_over", conversation=cid_of(widget)))["type"] == "done"
        assert (await widget.entry(kind="owner"))["cause"] == "taken_over"


async def test_who_is_away_or_full_takes_nothing(desk: Desk) -> None:
    async with desk.console_of() as ana:
        cids = [await waiting(desk) for _ in range(5)]
        await ana.ask("availability", state="away")
        assert (await ana.ask("claim", conversation=cids[0]))["code"] == "away"
        await ana.ask("availability", state="available")
        answers = [await ana.ask("claim", conversation=cid) for cid in cids]
        assert [answer["type"] for answer in answers] == ["done"] * 4 + ["refused"]
        assert answers[-1]["code"] == "full"


@pytest.mark.parametrize(
    ("wish", "fields", "code"),
    [
        ("claim", {"conversation": "0" * 32}, "not_found"),
        ("open", {"conversation": "0" * 32, "after": 0}, "not_found"),
        ("say", {"conversation": "0" * 32, "fence": 1, "text": "x"}, "not_found"),
        ("note", {"conversation": "0" * 32, "text": "x"}, "not_found"),
        ("claim", {"conversation": "../../etc"}, "bad_conversation"),
        ("claim", {"conversation": {"a": 1}}, "bad_conversation"),
        ("availability", {"state": "asleep"}, "bad_state"),
        ("dance", {}, "unknown_type"),
    ],
)
async def test_wishes_that_cannot_be(
    desk: Desk, wish: str, fields: dict[str, object], code: str
) -> None:
    async with desk.console_of() as ana:
        answer = await ana.ask(wish, **fields)
        assert (answer["type"], answer["code"]) == ("refused", code)


async def test_how_it_ended_is_one_of_a_list(desk: Desk) -> None:
    async with desk.console_of() as ana:
        cid = await waiting(desk)
        await ana.ask("claim", conversation=cid)
        answer = await ana.ask("resolve", conversation=cid, disposition="whatever")
        assert answer["code"] == "disposition"
        assert (await ana.ask("resolve", conversation=cid, disposition="solved"))["type"] == "done"


async def test_the_roster_says_who_is_here(desk: Desk) -> None:
    await desk.account("ben", "Ben")
    async with desk.console_of("ana", "Ana") as ana:

        async def ben_is(availability: str, load: int) -> None:
            async with asyncio.timeout(5):
                while True:
                    agents = (await ana.until("roster"))["agents"]
                    ben = next(agent for agent in agents if agent["id"] == "ben")
                    if (ben["availability"], ben["load"]) == (availability, load):
                        return

        await ben_is("offline", 0)
        async with desk.console("ben") as ben:
            await ben_is("available", 0)
            await ben.ask("claim", conversation=await waiting(desk))
            await ben_is("available", 1)
            await ben.ask("availability", state="away")
            await ben_is("away", 1)


async def test_a_console_that_comes_back_hears_what_it_missed(desk: Desk) -> None:
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as browser:
        async with browser.socket() as ana:
            first = await waiting(desk, "before")
            await summary(ana, id=first, owner="queue")
            cursor = [f["cursor"] for f in ana.frames if f["type"] == "conversation"][-1]
        second = await waiting(desk, "meanwhile")
        async with browser.socket(after=cursor) as again:
            told = await summary(again, id=second)
            assert told["owner"] == "queue"
            assert first not in json.dumps(again.frames)  # that was told before


@pytest.mark.parametrize("cursor", ["1-1", "nonsense", "", "-1-0"])
async def test_a_cursor_too_old_or_not_ours_starts_again(desk: Desk, cursor: str) -> None:
    await desk.account("ana", "Ana")
    await waiting(desk)
    async with desk.signed_in("ana") as browser, browser.socket(after=cursor) as ana:
        assert await ana.until("reload")


async def test_cursors_never_run_ahead_of_what_was_told(desk: Desk) -> None:
    """Come back after every frame of a busy minute: each conversation's last state was told."""
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as browser:
        _, start = await browser.get("/api/desk")
        cids = [await waiting(desk, f"number {number}") for number in range(6)]
        cursor = start["cursor"]
        told: dict[str, str] = {}
        for _ in range(8):
            async with browser.socket(after=cursor) as ana:
                try:
                    frame = await ana.until("conversation", within=1)
                except TimeoutError:
                    break
                cursor = frame["cursor"]
                told[frame["summary"]["id"]] = frame["summary"]["owner"]
        assert told == {cid: "queue" for cid in cids}


async def test_what_is_heard_live_during_the_catching_up_waits_its_turn(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as browser:
        _, start = await browser.get("/api/desk")
        cids = [await waiting(desk, f"number {number}") for number in range(4)]
        since = desk.context.feed.since

        async def interrupted(cursor: str, count: int) -> list[Change]:
            changes = await since(cursor, count)
            live = changes[-1].conversation  # it came after the look and before its answer
            for change in changes:
                if change.conversation == live:
                    desk.context.hub._tell(change)
            return [change for change in changes if change.conversation != live]

        monkeypatch.setattr(desk.context.feed, "since", interrupted)
        async with browser.socket(after=start["cursor"]) as ana:
            frames = [await ana.until("conversation") for _ in cids]
        cursors = [console_socket.order(frame["cursor"]) for frame in frames]
        assert cursors == sorted(cursors)
        assert [frame["summary"]["id"] for frame in frames] == cids


async def test_the_state_and_the_stream_meet_without_a_gap(desk: Desk) -> None:
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as browser:
        writing = asyncio.gather(*(waiting(desk, f"number {number}") for number in range(10)))
        _, state = await browser.get("/api/desk")
        known = {one["id"]: one["owner"] for one in state["conversations"]}
        async with browser.socket(after=state["cursor"]) as ana:
            cids = await writing
            while {cid: known.get(cid) for cid in cids} != {cid: "queue" for cid in cids}:
                told = (await ana.until("conversation"))["summary"]
                known[told["id"]] = told["owner"]


async def test_an_erased_conversation_is_gone_from_the_console(desk: Desk) -> None:
    async with desk.console_of() as ana:
        cid = await waiting(desk)
        await ana.ask("open", conversation=cid, after=0)
        await desk.context.log.erase(cid)
        assert (await ana.until("gone"))["conversation"] == cid
        assert ana.browser
        assert (await ana.browser.get(f"/api/conversations/{cid}"))[0] == 404


async def test_a_shut_conversation_is_quiet(desk: Desk) -> None:
    async with desk.console_of() as ana, desk.widget() as widget:
        await widget.ask("say", text="one")
        await ana.ask("open", conversation=cid_of(widget), after=0)
        await ana.entry(text="one")
        await ana.ask("shut", conversation=cid_of(widget))
        await widget.ask("say", text="two")
        await ana.quiet()
        assert [entry["text"] for entry in ana.entries()] == ["one"]
        await ana.ask("open", conversation=cid_of(widget), after=1)
        assert (await ana.entry(seq=2))["text"] == "two"


async def test_a_vanished_console_gives_its_customers_back_at_their_old_place(
    redis_url: str, tmp_path: Path
) -> None:
    async with running_desk(redis_url, tmp_path, agent_grace=1.0) as desk:
        await desk.account("ben", "Ben")
        async with desk.widget() as first, desk.widget() as second:
            await first.ask("human")
            await second.ask("human")
            async with desk.console("ben") as ben:
                await ben.ask("claim", conversation=cid_of(first))
                await first.entry(cause="claimed")
            lost = await first.entry(within=8, cause="lost")
            assert (lost["owner"], lost["position"]) == ("queue", 1)
            await first.quiet(2.5)
            assert sum(entry.get("cause") == "lost" for entry in first.entries()) == 1


async def test_an_open_console_keeps_its_customers(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.web.people.BEAT_EVERY", 0.2)
    async with (
        running_desk(redis_url, tmp_path, agent_grace=0.8) as desk,
        desk.console_of() as ana,
    ):
        cid = await waiting(desk)
        await ana.ask("claim", conversation=cid)
        await ana.quiet(3)  # longer than the grace period, and without a word
        state = await desk.context.log.conversation(cid)
        assert state
        assert state.owner is Owner.AGENT


async def test_signing_out_closes_the_consoles_of_that_session_only(desk: Desk) -> None:
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as here, desk.signed_in("ana") as there:
        async with here.socket() as one, here.socket() as two, there.socket() as other:
            assert (await here.post("/api/logout"))[0] == 204
            assert await one.closed() == 1008
            assert await two.closed() == 1008
            assert one.frames[-1] == {"type": "error", "code": "signed_out"}
            await other.send(type="ping")
            await other.until("pong")
        assert (await here.get("/api/session"))[0] == 401
        assert (await here.post("/api/ticket"))[0] == 401


async def test_a_session_that_ends_anyhow_closes_its_console(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_socket, "CHECK_EVERY", 0.1)
    async with desk.console_of() as ana:
        store = desk.context.store
        for key in await store.redis.keys("session:*"):
            await store.redis.delete(key)
        assert await ana.closed() == 1008


async def test_a_ticket_opens_one_socket(desk: Desk) -> None:
    await desk.account("ana", "Ana")
    async with desk.signed_in("ana") as browser:
        ticket = (await browser.post("/api/ticket"))[1]["ticket"]
        codes = []
        for _ in range(2):
            async with browser.session.ws_connect(
                "/console/socket", headers={"Origin": desk.url}
            ) as ws:
                socket = Socket(ws)
                await socket.send(type="hello", ticket=ticket, after="0-0")
                await socket.send(type="ping")
                try:
                    await socket.until("pong")
                    codes.append(0)
                except ConnectionError:
                    codes.append(socket.code or 0)
        assert codes == [0, 1008]


async def test_a_customers_token_is_no_ticket(desk: Desk) -> None:
    async with (
        desk.widget() as widget,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{desk.url}/console/socket", headers={"Origin": desk.url}) as ws,
    ):
        socket = Socket(ws)
        await socket.send(type="hello", ticket=widget.welcome["token"], after="0-0")
        assert await socket.closed() == 1008


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "https://shop.example"])
async def test_only_our_own_page_opens_the_console(
    redis_url: str, tmp_path: Path, origin: str | None
) -> None:
    """A site that may carry the chat may still not talk to the console."""
    async with running_desk(redis_url, tmp_path, widget_origins=("https://shop.example",)) as desk:
        await desk.account("ana", "Ana", Role.ADMIN)
        async with desk.signed_in("ana") as browser:
            headers = {"Origin": origin} if origin else {}
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                await browser.session.ws_connect("/console/socket", headers=headers)
            assert refused.value.status == 403


async def test_ids_of_two_agents_do_not_meet(desk: Desk) -> None:
    async with desk.console_of("ana", "Ana") as ana, desk.console_of("ben", "Ben") as ben:
        cid = await waiting(desk)
        for agent in (ana, ben):
            assert (await agent.ask("claim", id="1", conversation=cid))["type"] == "done"
            assert (await agent.ask("release", id="2", conversation=cid))["type"] == "done"
        state = await desk.context.log.conversation(cid)
        assert state
        assert (state.owner, state.fence) == (Owner.QUEUE, 5)
