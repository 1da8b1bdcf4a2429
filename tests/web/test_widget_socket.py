"""The customer's socket: nothing lost, nothing twice, nothing of anybody else's."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path

import aiohttp
import pytest

from handoff import keys
from handoff.model import ConversationId
from handoff.tokens import ConversationTokens
from handoff.turns import Reply, Turns
from handoff.web import widget_socket
from tests.web.desk import Desk, Socket, running_desk


def cid_of(widget: Socket) -> ConversationId:
    return ConversationId(widget.welcome["conversation"])


async def bot_says(desk: Desk, *replies: Reply) -> None:
    """An answer through the fenced commit, as the turn worker does it."""
    turns = Turns(desk.context.store)
    turn = await turns.take()
    assert turn
    assert await turns.commit(turn, turn.entries[-1].seq, replies) == "DONE"


async def test_conversation_is_made_by_its_first_message_and_not_before(desk: Desk) -> None:
    async with desk.widget(lang="pt-BR") as widget:
        assert widget.welcome["seq"] == 0
        assert widget.welcome["owner"] == "bot"
        assert widget.welcome["lang"] == "pt"
        await widget.send(type="typing")
        await widget.send(type="seen", seq=5)
        await widget.send(type="ping")
        await widget.until("pong")
        assert await desk.context.log.conversation(cid_of(widget)) is None
        assert await desk.context.store.redis.exists(keys.seen(cid_of(widget))) == 0

        assert (await widget.ask("say", text="Olá"))["seq"] == 1
        state = await desk.context.log.conversation(cid_of(widget))
        assert state is not None
        assert (state.lang, state.channel) == ("pt", "website")


async def test_reload_shows_the_rest_and_nothing_twice(desk: Desk) -> None:
    async with desk.widget() as widget:
        for number in range(5):
            await widget.ask("say", text=f"message {number}")
        token = widget.welcome["token"]
    async with desk.widget(token, after=3) as again:
        assert again.welcome["seq"] == 5
        first = await again.until("entry")
        second = await again.until("entry")
        assert (first["prev"], first["entry"]["seq"]) == (3, 4)
        assert (second["prev"], second["entry"]["seq"]) == (4, 5)
        assert not [f for f in await again.quiet() if f["type"] == "entry"]


async def test_long_transcript_arrives_whole_and_in_order(desk: Desk) -> None:
    log = desk.context.log
    async with desk.widget() as widget:
        await widget.ask("say", text="first")
        for number in range(350):  # several batches
            await log.append_customer(cid_of(widget), f"m{number}", "word " * 300)
        async with desk.widget(widget.welcome["token"]) as again:
            while len(again.entries()) < 351:
                await again.until("entry")
        assert [entry["seq"] for entry in again.entries()] == list(range(1, 352))


async def test_two_tabs_see_the_same(desk: Desk) -> None:
    async with desk.widget() as one:
        await one.ask("say", text="from one")
        async with desk.widget(one.welcome["token"]) as two:
            await two.entry(text="from one")
            await two.ask("say", text="from two")
            await one.entry(text="from two")
            await asyncio.gather(
                *(
                    tab.send(type="say", id=f"m{i}", text=str(i))
                    for i in range(3)
                    for tab in (one, two)
                )
            )
            await one.entry(seq=5)
            await two.entry(seq=5)
            assert one.entries() == two.entries()
            assert [entry["seq"] for entry in one.entries()] == list(range(1, 6))


async def test_a_resend_is_the_same_message(desk: Desk) -> None:
    async with desk.widget() as widget:
        first = await widget.ask("say", id="once", text="Hello")
        again = await widget.ask("say", id="once", text="Hello")
        assert first == again == {"type": "accepted", "id": "once", "seq": 1}
        other = await widget.ask("say", id="once", text="Something else")
        assert (other["type"], other["code"]) == ("refused", "conflict")
        assert len(await desk.context.log.read(cid_of(widget))) == 1


async def test_the_same_id_in_another_conversation_is_another_message(desk: Desk) -> None:
    async with desk.widget() as one, desk.widget() as two:
        assert (await one.ask("say", id="1", text="mine"))["type"] == "accepted"
        assert (await two.ask("say", id="1", text="yours"))["type"] == "accepted"


@pytest.mark.parametrize("kind", ["forged", "mangled", "other secret", "nonsense", "surrogate"])
async def test_a_foreign_token_opens_nothing(desk: Desk, kind: str) -> None:
    async with desk.widget() as owner:
        await owner.ask("say", text="my secret")
        token = {
            "forged": owner.welcome["token"][:-4] + "AAAA",
            "mangled": owner.welcome["token"][3:],
            "other secret": ConversationTokens("x" * 40).issue(cid_of(owner)),
            "nonsense": cid_of(owner),
            "surrogate": "\ud800",
        }[kind]
        async with desk.widget(token, after=0) as thief:
            assert cid_of(thief) != cid_of(owner)
            assert thief.welcome["seq"] == 0
            await thief.ask("say", text="hello")
            await owner.quiet(0.1)
            assert "my secret" not in json.dumps(thief.frames)
            assert "hello" not in json.dumps(owner.frames)


async def test_an_expired_token_begins_anew(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="long ago")
        monkeypatch.setattr("handoff.tokens.LIFE", -1)
        async with desk.widget(widget.welcome["token"], after=1) as again:
            assert again.welcome["seq"] == 0
            assert cid_of(again) != cid_of(widget)


async def test_an_ageing_token_is_renewed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="Hello")
        monkeypatch.setattr("handoff.tokens.RENEW_AFTER", -1)
        await asyncio.sleep(1.1)  # tokens count in seconds
        async with desk.widget(widget.welcome["token"]) as again:
            assert again.welcome["token"] != widget.welcome["token"]
            assert cid_of(again) == cid_of(widget)


async def test_an_erased_conversation_stays_erased(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="forget me")
        assert await desk.context.log.erase(cid_of(widget))
        assert (await widget.ask("say", text="late"))["code"] == "not_found"
        async with desk.widget(widget.welcome["token"], after=1) as again:
            assert cid_of(again) != cid_of(widget)
            assert (await again.ask("say", text="a new start"))["seq"] == 1


async def test_a_cursor_from_the_future_begins_anew(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="one")
        async with desk.widget(widget.welcome["token"], after=99) as again:
            frame = await again.until("entry")
            assert (frame["prev"], frame["entry"]["seq"]) == (0, 1)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None, "http://127.0.0.1:1"])
async def test_foreign_pages_are_refused_before_the_upgrade(desk: Desk, origin: str | None) -> None:
    headers = {} if origin is None else {"Origin": origin}
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await session.ws_connect(f"{desk.url}/widget/socket", headers=headers)
    assert refused.value.status == 403


async def test_allowed_origins_are_let_in(redis_url: str, tmp_path: Path) -> None:
    async with (
        running_desk(redis_url, tmp_path, widget_origins=("https://shop.example",)) as desk,
        desk.widget(origin="https://shop.example") as widget,
    ):
        assert widget.welcome["token"]


async def test_too_fast_is_told_when_to_try_again_and_loses_nothing(desk: Desk) -> None:
    async with desk.widget() as widget:
        for number in range(14):
            await widget.send(type="say", id=f"m{number}", text=str(number))
        answers = [await widget.until("accepted", "refused") for _ in range(14)]
        refused = [answer for answer in answers if answer["type"] == "refused"]
        assert 2 <= len(refused) <= 4
        assert {answer["code"] for answer in refused} == {"rate"}
        assert all(0 < answer["retry"] <= 1 for answer in refused)
        await asyncio.sleep(1.0)
        for answer in refused:
            assert (await widget.ask("say", id=answer["id"], text=answer["id"][1:]))["seq"]
        texts = [entry.text for entry in await desk.context.log.read(cid_of(widget))]
        assert sorted(texts, key=int) == [str(number) for number in range(14)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "empty"),
        (" \n\t ", "empty"),
        ("\u200b\u200b", "empty"),
        ("x" * 4001, "too_long"),
        ("x" * 30_000, "too_long"),
    ],
)
async def test_texts_that_are_no_message(desk: Desk, text: str, code: str) -> None:
    async with desk.widget() as widget:
        answer = await widget.ask("say", text=text)
        assert (answer["type"], answer["code"]) == ("refused", code)
        assert await desk.context.log.conversation(cid_of(widget)) is None


@pytest.mark.parametrize(
    "text",
    ["/restart", "<img src=x onerror=alert(1)>", "\ud83d\ude00", "a\u0000b", "\udc00", "x" * 4000],
)
async def test_any_other_text_is_only_text(desk: Desk, text: str) -> None:
    async with desk.widget() as widget:
        assert (await widget.ask("say", text=text))["seq"] == 1
        entry = await widget.entry(seq=1)
        assert entry["text"].encode()  # no half characters
        assert "\x00" not in entry["text"]


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("{", "not_json"),
        ("[]", "not_json"),
        ("7", "not_json"),
        ("[" * 60_000, "not_json"),
        ('{"type": "dance"}', "unknown_type"),
        ('{"type": ["say"]}', "unknown_type"),
        ('{"type": "say", "text": "no id"}', "bad_id"),
        ('{"type": "say", "id": 7, "text": "x"}', "bad_id"),
        ('{"type": "say", "id": "%s", "text": "x"}' % ("i" * 10_000), "bad_id"),
        ('{"type": "say", "id": "a", "text": 7}', "bad_text"),
        ('{"type": "press", "id": "a", "entry": -1, "button": 0}', "bad_entry"),
        ('{"type": "press", "id": "a", "entry": true, "button": 0}', "bad_entry"),
        ('{"type": "press", "id": "a", "entry": 1e400, "button": 0}', "bad_entry"),
        ('{"type": "seen", "seq": 99999999999999999999}', "bad_seq"),
        ('{"type": "hello", "after": 0}', "hello_again"),
    ],
)
async def test_frames_that_make_no_sense_are_named_and_the_socket_lives(
    desk: Desk, raw: str, code: str
) -> None:
    async with desk.widget() as widget:
        await widget.ws.send_str(raw)
        answer = await widget.until("error", "refused")
        assert answer["code"] == code
        assert (await widget.ask("say", text="still here"))["seq"] == 1


async def test_a_binary_frame_is_refused(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ws.send_bytes(b"\x00\xff")
        assert (await widget.until("error"))["code"] == "not_text"


async def test_who_only_talks_nonsense_is_hung_up_on(desk: Desk) -> None:
    async with desk.widget() as widget:
        for _ in range(10):
            await widget.ws.send_str("{")
        assert await widget.closed() == 1008


async def test_a_frame_too_big_closes_the_socket(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.send(type="say", id="big", text="x" * 70_000)
        assert await widget.closed() == 1009


@pytest.mark.parametrize(
    "first",
    [
        '{"type":"say","id":"1","text":"no hello"}',
        "{",
        '{"type":"hello","after":"x"}',
        '{"type":"hello"}',
    ],
)
async def test_hello_comes_first(desk: Desk, first: str) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{desk.url}/widget/socket", headers={"Origin": desk.url}) as ws,
    ):
        await ws.send_str(first)
        talk = Socket(ws)
        assert await talk.closed() == 1008
        assert talk.frames[-1]["type"] == "error"


async def test_hello_comes_soon(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(widget_socket, "HELLO_WITHIN", 0.1)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{desk.url}/widget/socket", headers={"Origin": desk.url}) as ws,
    ):
        assert await Socket(ws).closed() == 1008


async def test_notes_evidence_and_payloads_stay_inside(desk: Desk) -> None:
    log = desk.context.log
    async with (
        desk.widget(page="https://shop.example/cart?user=7#x") as widget,
        desk.console_of() as ana,
    ):
        cid = cid_of(widget)
        await widget.ask("say", text="Hello")
        await bot_says(desk, Reply("Hi", buttons=({"label": "Track it", "payload": "/track"},)))
        await widget.ask("human")
        await ana.ask("open", conversation=cid, after=0)
        await ana.ask("claim", conversation=cid)
        await ana.ask("note", conversation=cid, text="grumpy one")
        await ana.ask("say", conversation=cid, fence=2, text="How can I help?")
        await ana.ask("release", conversation=cid, note="over to you, sucker")
        await widget.entry(cause="released")
        seen = json.dumps(widget.frames)
        for secret in (
            "grumpy",
            "sucker",
            "/track",
            "shop.example",
            "payload",
            "evidence",
            "fence",
        ):
            assert secret not in seen
        # The gap that the note leaves is told, so that nobody takes it for a lost message.
        says = next(f for f in widget.frames if f.get("entry", {}).get("sender") == "agent")
        assert (says["prev"], says["entry"]["seq"]) == (4, 6)
        inside = json.dumps([entry.for_agent() for entry in await log.read(cid)])
        assert "grumpy" in inside
        assert "sucker" in inside
        assert "https://shop.example/cart" in inside
        assert "user=7" not in inside


async def test_a_button_says_its_label_and_means_its_payload(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="Where is it?")
        await bot_says(desk, Reply("Which?", buttons=({"label": "The last", "payload": "/last"},)))
        assert (await widget.ask("press", id="p", entry=2, button=0))["seq"] == 3
        assert (await widget.ask("press", id="p", entry=2, button=0))["seq"] == 3
        entry = (await desk.context.log.read(cid_of(widget), 2))[0]
        assert entry.text == "The last"
        assert entry.body["payload"] == "/last"


@pytest.mark.parametrize(("entry", "button"), [(2, 1), (1, 0), (9, 0), (0, 0)])
async def test_there_is_no_such_button(desk: Desk, entry: int, button: int) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="Where is it?")
        await bot_says(desk, Reply("Which?", buttons=({"label": "The last", "payload": "/last"},)))
        answer = await widget.ask("press", entry=entry, button=button)
        assert (answer["type"], answer["code"]) == ("refused", "not_found")


async def test_a_forged_payload_is_no_payload(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="x", payload="/admin", more={"payload": "/admin"}, parse={})
        (entry,) = await desk.context.log.read(cid_of(widget))
        assert set(entry.body) == {"text"}


async def test_talk_to_a_person_as_the_very_first_thing(desk: Desk) -> None:
    async with desk.widget(lang="et") as widget:
        first = await widget.ask("human", id="h")
        assert first == await widget.ask("human", id="h")
        assert (await widget.ask("human"))["type"] == "accepted"  # again: it stays one request
        entry = await widget.entry(kind="owner")
        assert (entry["owner"], entry["reason"], entry["position"]) == ("queue", "asked", 1)
        queue = await widget.until("queue")
        assert (queue["position"], queue["low"], queue["high"]) == (1, None, None)  # nobody is here
        state = await desk.context.log.conversation(cid_of(widget))
        assert state is not None
        assert (state.fence, state.lang) == (1, "et")


async def test_cancel_and_cancel_too_late(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("human")
        assert (await widget.ask("cancel"))["type"] == "accepted"
        assert (await widget.entry(cause="cancelled"))["owner"] == "bot"
        late = await widget.ask("cancel")
        assert (late["type"], late["code"]) == ("refused", "not_waiting")


async def test_place_in_line_moves_up(desk: Desk) -> None:
    async with desk.console_of() as ana, desk.widget() as first, desk.widget() as second:
        assert first.welcome["people"] == {"available": 1, "opens": None}
        await first.ask("human")
        await second.ask("human")
        place = await second.until("queue")
        assert place["position"] == 2
        assert 1 <= place["low"] < place["high"]
        await ana.ask("claim", conversation=cid_of(first))
        assert (await second.until("queue"))["position"] == 1
        await ana.ask("availability", state="available")  # a look that finds nothing new
        assert not [f for f in await second.quiet(1) if f["type"] == "queue"]
        async with desk.widget(second.welcome["token"]) as again:
            assert (await again.until("queue"))["position"] == 1


async def test_the_agents_typing_and_seen_reach_the_customer(desk: Desk) -> None:
    async with (
        desk.console_of() as ana,
        desk.console_of("ben", "Ben") as ben,
        desk.widget() as widget,
    ):
        cid = cid_of(widget)
        await widget.ask("human")
        await ana.send(type="typing", conversation=cid)  # not hers yet: nobody is told
        await ana.ask("claim", conversation=cid)
        await widget.entry(cause="claimed")
        assert not [f for f in widget.frames if f["type"] == "typing"]
        await ana.send(type="typing", conversation=cid)
        assert await widget.until("typing") == {"type": "typing", "who": "agent", "name": "Ana"}
        await ana.send(type="seen", conversation=cid, seq=2)
        assert (await widget.until("seen"))["seq"] == 2
        await ben.send(type="typing", conversation=cid)  # who only looks on does so unnoticed
        await ben.send(type="seen", conversation=cid, seq=2)
        assert not [f for f in await widget.quiet() if f["type"] in ("typing", "seen")]
        async with desk.widget(widget.welcome["token"]) as again:
            assert (await again.until("seen"))["seq"] == 2


async def test_the_bot_is_shown_at_work_only_when_there_is_one(desk: Desk) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="anybody?")
        assert not [f for f in await widget.quiet() if f["type"] == "typing"]
        await Turns(desk.context.store).beat("w1")
        await desk.context.people.refresh()
        await widget.ask("say", text="and now?")
        assert (await widget.until("typing"))["who"] == "bot"


async def test_sockets_per_address_are_limited(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.web.context.SOCKETS_PER_ADDRESS", 2)
    async with running_desk(redis_url, tmp_path) as desk:
        async with desk.widget(), desk.widget():
            with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
                async with desk.widget():
                    pass
            assert refused.value.status == 429
        async with desk.widget() as widget:  # they count only while they are open
            assert widget.welcome["token"]


async def test_handshakes_per_address_are_limited(
    redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.web.context.HANDSHAKES_PER_SECOND", 1)
    statuses = []
    async with running_desk(redis_url, tmp_path) as desk:
        for _ in range(6):
            try:
                async with desk.widget():
                    statuses.append(101)
            except aiohttp.WSServerHandshakeError as error:
                statuses.append(error.status)
    assert statuses[:3] == [101, 101, 101]
    assert 429 in statuses


async def test_a_slow_reader_costs_nobody_anything(desk: Desk) -> None:
    """It stops reading; others go on, its share of memory stays small, and it comes back whole."""
    log = desk.context.log
    async with desk.widget() as other:
        cid = cid_of(other)
        await other.ask("say", text="Hello")
        token = other.welcome["token"]
        reader, writer = await raw_widget(desk, token)
        big = "x" * 4000
        for number in range(250):  # a megabyte: more than the kernel and the desk hold for one
            await log.append_customer(cid, f"b{number}", big)
        await asyncio.sleep(0.3)
        await other.entry(within=20, seq=251)
        held = [wire._queued for wire in desk.context.wires]
        assert 0 < max(held) <= 256 * 1024
        writer.transport.abort()
        del reader
        async with desk.widget(token, after=1) as again:
            await again.entry(within=20, seq=251)
            assert [entry["seq"] for entry in again.entries()] == list(range(2, 252))


async def test_who_asks_and_never_reads_is_hung_up_on(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handoff.web.wire.STALL", 0.5)
    async with desk.widget() as widget:
        await widget.ask("say", text="Hello")
    _, writer = await raw_widget(desk, widget.welcome["token"])
    for number in range(250):
        await desk.context.log.append_customer(cid_of(widget), f"b{number}", "x" * 4000)
    async with asyncio.timeout(10):
        while desk.context.wires:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    writer.transport.abort()
    async with desk.widget() as another:
        assert (await another.ask("say", text="I am well"))["type"] == "accepted"


async def test_a_dead_line_is_noticed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A phone in a tunnel: no word, no close, and no answer to a ping."""
    monkeypatch.setattr(widget_socket, "HEARTBEAT", 0.4)
    async with desk.widget() as widget:
        await widget.ask("say", text="Hello")
        assert len(desk.context.wires) == 1
    _, writer = await raw_widget(desk, widget.welcome["token"])
    async with asyncio.timeout(5):
        while not desk.context.wires:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        while desk.context.wires:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    writer.transport.abort()


async def raw_widget(desk: Desk, token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """A socket whose other end says hello and then reads nothing at all."""
    connection = socket.socket()
    connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_RCVBUF, 4096
    )  # the kernel reads little for it
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, ("127.0.0.1", desk.port))
    reader, writer = await asyncio.open_connection(sock=connection, limit=1024)
    writer.write(
        (
            "GET /widget/socket HTTP/1.1\r\nHost: x\r\n"
            "Connection: Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Origin: {desk.url}\r\n\r\n"
        )
        .replace("Host: x", f"Host: 127.0.0.1:{desk.port}")
        .encode()
    )
    assert b"101" in await reader.readline()
    payload = json.dumps({"type": "hello", "token": token, "after": 1}).encode()
    mask = bytes(4)
    writer.write(bytes([0x81, 0x80 | 126]) + len(payload).to_bytes(2, "big") + mask + payload)
    await writer.drain()
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    return reader, writer


async def test_ids_that_a_customer_chooses_do_not_meet_the_desks_own(
    redis_url: str, tmp_path: Path
) -> None:
    """Who uses up the id of the desk's own duty still gets a person when no bot answers."""
    async with running_desk(redis_url, tmp_path, bot_absence=0.5) as desk, desk.widget() as widget:
        await widget.ask("human", id="overdue-3")
        await widget.ask("cancel", id="c")
        assert (await widget.ask("say", text="anybody?"))["seq"] == 3
        assert (await widget.entry(reason="bot_unavailable"))["owner"] == "queue"


async def test_a_failure_of_ours_ends_the_socket_and_not_the_desk(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with desk.widget() as widget:
        await widget.ask("say", text="Hello")

        async def broken(*_: object, **__: object) -> None:
            raise RuntimeError("planted")

        with monkeypatch.context() as planted:
            planted.setattr(desk.context.log, "append_customer", broken)
            await widget.send(type="say", id="x", text="and now?")
            assert await widget.closed() == 1011
        async with desk.widget(widget.welcome["token"]) as again:
            assert (await again.ask("say", id="x", text="and now?"))["seq"] == 2
