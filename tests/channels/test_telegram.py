"""Telegram, from both sides: recorded updates -> entries, entries -> requests, and what may go
wrong with a webhook. A real desk, a stand-in for the Bot API."""

from __future__ import annotations

import json
from typing import Any

import pytest

from handoff import keys
from handoff.channels.web import CHANNELS
from handoff.turns import Reply, Turns
from tests.channels import tables
from tests.channels.conftest import SECRET, Channel, until
from tests.channels.tables import Case

ME = "4711"
SENDING = ("sendMessage", "sendPhoto", "sendDocument", "sendVideo", "sendVoice", "sendAudio")
HEADER = "X-Telegram-Bot-Api-Secret-Token"


def message(number: int, text: str | None = None, **more: Any) -> dict[str, Any]:
    """An update with a message of a person in a private chat."""
    user = {"id": 4711, "is_bot": False, "first_name": "Mia", "language_code": "nl"}
    said = {} if text is None else {"text": text}
    return {
        "update_id": 9000 + number,
        "message": {
            "message_id": number,
            "date": 1790000000,
            "chat": {"id": 4711, "type": "private", "first_name": "Mia"},
            "from": user,
            **said,
            **more,
        },
    }


@pytest.mark.parametrize("case", tables.cases("telegram", "inbound"), ids=tables.label)
async def test_what_telegram_tells(telegram: Channel, case: Case) -> None:
    await tables.take_in(telegram, case, ME)
    if "calls" in case:
        methods = {method for method, _ in case["calls"]}
        wanted = tables.worded(case["calls"], "nl")
        calls = await tables.until_calls(telegram, len(wanted), list(methods))
        assert [[call.method, call.body] for call in calls[-len(wanted) :]] == wanted


@pytest.mark.parametrize("case", tables.cases("telegram", "outbound"), ids=tables.label)
async def test_what_telegram_is_asked_for(telegram: Channel, case: Case) -> None:
    lang = case.get("lang", "nl")
    first = message(1, "hello")
    first["message"]["from"]["language_code"] = lang
    await telegram.told(first)
    await tables.put_in(telegram, case["entries"], ME)
    await tables.asked(telegram, tables.worded(case["calls"], lang), SENDING)
    await tables.settled(telegram, ME)
    assert len(telegram.platform.of(*SENDING)) == len(case["calls"])
    await telegram.audit()


def test_there_are_as_many_cases_as_were_promised() -> None:
    assert len(tables.cases("telegram", "inbound")) >= 40
    assert len(tables.cases("telegram", "outbound")) >= 25


async def test_a_question_is_answered_in_the_chat(telegram: Channel) -> None:
    await telegram.told(message(1, "Where is my parcel?"))
    await telegram.bot_says(ME, Reply("It is on its way."))
    assert await telegram.got(ME, 1) == ["It is on its way."]
    assert telegram.platform.of("getMe") == []
    await telegram.audit()


@pytest.mark.parametrize(
    "headers", [{}, {HEADER: ""}, {HEADER: SECRET + "x"}, {HEADER: SECRET[:-1]}, {HEADER: "ü"}]
)
async def test_a_webhook_without_the_secret_is_refused(
    telegram: Channel, headers: dict[str, str]
) -> None:
    status, _ = await telegram.post(message(1, "let me in"), headers=headers)
    assert status == 403
    assert await telegram.entries(ME) == []
    assert await telegram.store.redis.xlen(keys.DEAD) == 0


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"not json",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": NaN',
        b'"' + b"x" * 70_000,
    ],
    ids=["empty", "half", "words", "bytes", "deep", "nan", "long"],
)
async def test_a_body_that_is_no_json_is_set_aside(telegram: Channel, raw: bytes) -> None:
    status, _ = await telegram.post(raw)
    assert status == 200
    [(_, kept)] = await telegram.store.redis.xrange(keys.DEAD)
    assert kept["channel"] == "telegram"
    assert len(kept["update"]) <= 16 * 1024


async def test_a_body_above_a_mebibyte_is_refused_unread(telegram: Channel) -> None:
    status, _ = await telegram.post(b" " * (1024 * 1024 + 1))
    assert status == 413


async def test_a_text_as_long_as_a_body_may_be_is_cut_visibly(telegram: Channel) -> None:
    await telegram.told(message(1, "x" * 1_000_000))
    [entry] = await telegram.entries(ME)
    assert len(entry.text) == 8000
    assert entry.text.endswith("x…")


async def test_only_post_is_served(telegram: Channel) -> None:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        async with session.get(f"{telegram.desk.url}/hook/telegram") as response:
            assert response.status == 405


async def test_the_address_of_rasas_connector_goes_on_working(telegram: Channel) -> None:
    status, _ = await telegram.post(message(1, "hi"), "/webhooks/telegram/webhook")
    assert status == 200
    assert len(await telegram.entries(ME)) == 1


async def test_an_erased_customer_begins_anew(telegram: Channel) -> None:
    await telegram.told(message(1, "forget me"))
    old = await telegram.conversation(ME)
    assert await telegram.log.erase(old)
    await telegram.told(message(2, "hello again"))
    assert await telegram.conversation(ME) != old
    assert [entry.text for entry in await telegram.entries(ME)] == ["hello again"]


async def test_many_at_once_get_one_conversation(telegram: Channel) -> None:
    import asyncio

    await asyncio.gather(*(telegram.told(message(n, f"message {n}")) for n in range(1, 21)))
    entries = await telegram.entries(ME)
    assert sorted(entry.text for entry in entries) == sorted(f"message {n}" for n in range(1, 21))
    await telegram.audit()


async def test_typing_is_shown_while_the_bot_works_and_not_while_nobody_does(
    telegram: Channel,
) -> None:
    await telegram.told(message(1, "anybody?"))
    turns = Turns(telegram.store)
    await turns.beat("a-worker")
    people = telegram.desk.context.people
    await people.refresh()
    await telegram.told(message(2, "and now?"))
    [call] = await tables.until_calls(telegram, 1, ["sendChatAction"])
    assert call.body == {"chat_id": ME, "action": "typing"}


async def test_messages_of_an_agent_are_sent_once_whatever_is_posted_meanwhile(
    telegram: Channel,
) -> None:
    await telegram.told(message(1, "mens"))
    await telegram.agent_takes(ME)
    for n in range(5):
        await telegram.agent_says(ME, f"answer {n}")
        await telegram.told(message(10 + n, f"question {n}"))
    got = await telegram.got(ME, 6)
    assert got[1:] == [f"answer {n}" for n in range(5)]
    await tables.settled(telegram, ME)
    assert len(telegram.platform.got(ME)) == 6


async def test_no_secret_is_in_the_desks_answer_or_log(
    telegram: Channel, capfd: pytest.CaptureFixture[str]
) -> None:
    telegram.platform.always[ME] = tables_refusal()
    await telegram.told(message(1, "secret words"))
    await telegram.bot_says(ME, Reply("also secret"))
    await until(lambda: telegram.platform.of("sendMessage"))
    await telegram.delivered(ME)
    said = "".join(capfd.readouterr())
    for hidden in (SECRET, "stand-in", "secret words", "also secret"):
        assert hidden not in said


def tables_refusal() -> Any:
    from tests.channels.standins import telegram_refusal

    return telegram_refusal(403, "Forbidden: bot was blocked by the user")


async def test_the_state_of_the_channels_is_known(telegram: Channel) -> None:
    assert set(telegram.desk.app[CHANNELS].adapters) == {"telegram"}
    assert json.dumps(sorted(telegram.desk.app[CHANNELS].adapters)) == '["telegram"]'


async def test_an_agent_who_types_is_seen_typing(telegram: Channel) -> None:
    await telegram.told(message(1, "mens"))
    cid = await telegram.conversation(ME)
    async with telegram.desk.console_of() as console:
        await console.ask("take_over", conversation=cid)
        await console.send(type="typing", conversation=cid)
        [call] = await tables.until_calls(telegram, 1, ["sendChatAction"])
    assert call.body == {"chat_id": ME, "action": "typing"}


async def test_an_entry_that_falls_into_fewer_parts_than_before_holds_nothing_up(
    telegram: Channel,
) -> None:
    """A release that words a sentence shorter finds more parts done than there are."""
    await telegram.told(message(1, "mens"))
    cid = await telegram.conversation(ME)
    courier = telegram.desk.app[CHANNELS].courier
    await telegram.store.redis.set(keys.courier(cid), "held", px=60_000)
    await telegram.agent_takes(ME)
    await telegram.agent_says(ME, "hello")
    await telegram.store.redis.hset(keys.conversation(cid), mapping={"delivered": 1, "part": 4})
    await telegram.store.redis.delete(keys.courier(cid))
    assert await telegram.got(ME, 1) == ["hello"]
    await telegram.delivered(ME)
    assert courier.limits.conversations > 0


async def test_who_talks_to_a_person_is_not_greeted_by_the_bot(telegram: Channel) -> None:
    await telegram.told(message(1, "mens"))
    await telegram.agent_takes(ME)
    await telegram.told(message(2, "/start order_1"))
    last = (await telegram.entries(ME))[-1]
    assert (last.body["notice"], last.for_customer()) == ("opened", None)
