"""Recorded cases: what a platform posts -> entries of the log, and entries -> what a platform is
asked for. Adding a case is adding a row to payloads/<channel>/*.json."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from handoff import keys
from handoff.attachments import Files
from handoff.desk import Desk
from handoff.file_types import type_of
from handoff.model import AgentId, ConversationId, Handoff, Reason
from handoff.turns import Reply
from handoff.wording import Words
from tests.channels.conftest import Channel, until, until_async
from tests.channels.standins import Call

FOLDER = Path(__file__).parent / "payloads"
Case = Mapping[str, Any]


def cases(channel: str, table: str) -> list[Case]:
    found: list[Case] = json.loads((FOLDER / channel / f"{table}.json").read_text("utf-8"))
    return found


def label(case: Case) -> str:
    return str(case["case"])


def worded(value: Any, lang: str) -> Any:
    """Texts of the desk's are named by their key in the tables: their wording is not our matter."""
    if isinstance(value, Mapping) and "say" in value:
        said = Words(lang).say(value["say"], value)
        return f"{value.get('before', '')}{said}{value.get('after', '')}"
    if isinstance(value, Mapping):
        return {key: worded(one, lang) for key, one in value.items()}
    if isinstance(value, list):
        return [worded(one, lang) for one in value]
    return value


async def take_in(channel: Channel, case: Case, customer: str) -> None:
    """One inbound case: post what was before, post the update, compare."""
    for step in case.get("before", ()):
        if "update" in step:
            await channel.told(step["update"])
        else:
            await channel.bot_says(
                customer, Reply(step["reply"]["text"], tuple(step["reply"]["buttons"]))
            )
            await channel.delivered(customer)
    before = len(await channel.entries(customer))

    status, text = await channel.post(case["update"])

    assert status == 200, text
    new = (await channel.entries(customer))[before:]
    own = {"seq", "time", "id", "fence"}
    shown = [{k: v for k, v in one.for_agent().items() if k not in own} for one in new]
    assert shown == case["entries"]
    aside = await channel.store.redis.xlen(keys.DEAD)
    assert aside == (1 if case.get("aside") else 0)
    if wanted := case.get("conversation"):
        found = await channel.store.redis.hgetall(
            keys.conversation(await channel.conversation(customer))
        )
        assert {name: found.get(name) for name in wanted} == wanted
    await channel.audit()


async def asked(channel: Channel, wanted: Sequence[Any], methods: Sequence[str]) -> None:
    """The platform was asked for exactly this, in this order."""
    calls = await until_calls(channel, len(wanted), methods)
    assert [as_row(call) for call in calls] == list(wanted)


async def until_calls(channel: Channel, count: int, methods: Sequence[str]) -> list[Call]:
    await until(lambda: len(channel.platform.of(*methods)) >= count)
    return channel.platform.of(*methods)


def as_row(call: Call) -> list[Any]:
    files = [
        # A picture is drawn anew when it is handed in: that it is one has to do.
        [field, name, "a picture" if found == "image/png" else base64.b64encode(content).decode()]
        for field, (name, _, content) in call.files.items()
        for found in [type_of(content, "")]
    ]
    # The library names an uploaded file in a field of its own choice.
    body = {k: v for k, v in call.body.items() if not (isinstance(v, str) and "attach://" in v)}
    return [call.method, body, *files]


async def put_in(channel: Channel, entries: Sequence[Mapping[str, Any]], customer: str) -> None:
    """What is said on our side, by the roads that it takes in life."""
    cid = await channel.conversation(customer)
    desk, ana = Desk(channel.store), AgentId("ana")
    replies = [one for one in entries if one["by"] == "bot"]
    if replies and replies != list(entries):
        for one in entries:
            if one["by"] == "notice":
                await _notice(channel, cid, one)
    if replies:
        await channel.bot_says(
            customer,
            *(
                Reply(one["text"], tuple(one.get("buttons", ())), one.get("source"))
                for one in replies
            ),
        )
    for number, one in enumerate(entries):
        id = f"op-{number}"
        match one["by"]:
            case "take":
                await desk.take_over(cid, id, ana, "Ana", 9)
            case "human":
                await desk.request_human(cid, id, Handoff(Reason.ASKED))
            case "overdue":
                await desk.request_human(cid, id, Handoff(Reason.BOT_UNAVAILABLE))
            case "release":
                await desk.release(cid, id, ana, "Ana")
            case "resolve":
                await desk.resolve(cid, id, ana, "Ana", "solved")
            case "note":
                await channel.log.append_note(cid, id, ana, "Ana", one["text"])
            case "notice" if not replies:
                await _notice(channel, cid, one)
            case "agent":
                files = [await _upload(channel, cid, file) for file in one.get("files", ())]
                more = {"attachments": files} if files else {}
                await channel.agent_says(customer, one["text"], id, **more)


async def _notice(channel: Channel, cid: ConversationId, one: Mapping[str, Any]) -> None:
    body = {"notice": one["notice"], "params": {}}
    if "for" in one:
        body["for"] = one["for"]
    text = json.dumps(body)
    await channel.store.on_conversation("append_desk", cid, "desk", "notice", one["notice"], text)


async def _upload(channel: Channel, cid: ConversationId, file: Mapping[str, str]) -> dict[str, Any]:
    files: Files = channel.desk.context.files
    content = base64.b64decode(file["base64"])
    kept = await files.upload(cid, "agent:ana", file["name"], file["type"], content)
    return kept.to_json()


async def settled(channel: Channel, customer: str) -> None:
    """Nothing is left to deliver."""
    await channel.delivered(customer)

    async def empty() -> bool:
        return not await channel.store.redis.zcard(keys.OUT)

    await until_async(empty)


__all__ = ["Case", "asked", "cases", "label", "put_in", "settled", "take_in", "worded"]
