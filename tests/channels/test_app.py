"""The smallest channel: an app of one's own, by signed webhooks both ways."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from handoff import keys
from handoff.settings import Settings, WrongSetting
from handoff.turns import Reply
from tests.channels.conftest import SECRET, Channel, hurry
from tests.channels.standins import TAKEN_THEN_HUNG_UP, StandIn, refused
from tests.web.desk import running_desk

ME = "user-7"


class OwnApp(StandIn):
    """The app's side: takes what the desk posts, and checks its signature."""

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/baton", self.take)]

    async def take(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        assert request.headers["X-Baton-Signature"] == f"sha256={signed}"
        call = await self.record(request, "baton")
        return await self.answer(request, call.body["customer"], call.body["text"], {})


class AppChannel(Channel):
    def headers(self, raw: bytes) -> dict[str, str]:
        signed = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
        return {"X-Baton-Signature": f"sha256={signed}"}

    async def post(self, body: Any, path: str = "", headers: Any = None) -> tuple[int, str]:
        return await super().post(body, path or f"/hook/app/{self.name}", headers)


@asynccontextmanager
async def app_on(redis_url: str, folder: Path, platform: OwnApp) -> AsyncIterator[Channel]:
    async with running_desk(
        redis_url,
        folder,
        app_channel="parcels",
        app_secret=SECRET,
        app_url=f"{platform.url}/baton",
    ) as desk:
        hurry(desk)
        yield AppChannel("parcels", desk, platform)


@pytest.fixture
async def app(redis_url: str, tmp_path: Path) -> AsyncIterator[Channel]:
    async with OwnApp.running() as platform, app_on(redis_url, tmp_path, platform) as channel:
        yield channel


def said(id: str, text: str, **more: Any) -> dict[str, Any]:
    return {"id": id, "customer": ME, "text": text, **more}


async def test_there_and_back(app: Channel) -> None:
    await app.told(said("1", "Where is my parcel?", name="Mia", lang="nl-NL"))
    buttons = ({"label": "Yes", "payload": {"intent": "affirm"}}, {"label": "No"})
    await app.bot_says(ME, Reply("Did that help?", buttons))
    assert await app.got(ME, 1) == ["Did that help?"]
    [call] = app.platform.of("baton")
    cid = await app.conversation(ME)
    assert call.body == {
        "id": f"{cid}:2.0.1",
        "customer": ME,
        "entry": 2,
        "text": "Did that help?",
        "buttons": ["Yes", "No"],
        "sender": "bot",
    }
    await app.told(said("2", "", press={"entry": 2, "button": 0}))
    entries = await app.entries(ME)
    assert (entries[2].text, entries[2].body["payload"]) == ("Yes", {"intent": "affirm"})
    assert (await app.field(ME, "name"), await app.field(ME, "lang")) == ("Mia", "nl")
    await app.audit()


async def test_several_in_one_webhook_and_the_same_again(app: Channel) -> None:
    batch = [said("1", "one"), {"no": "sense"}, said("2", "two"), said("1", "one")]
    await app.told(batch)
    assert [entry.text for entry in await app.entries(ME)] == ["one", "two"]
    assert await app.store.redis.xlen(keys.DEAD) == 1


@pytest.mark.parametrize(
    "update",
    [
        said("", "x"),
        said("x" * 129, "x"),
        {"id": "1", "text": "x"},
        {"id": "1", "customer": 5, "text": "x"},
        {"id": "1", "customer": ME, "text": ["x"]},
        said("1", "x", press={"entry": "2", "button": 0}),
        said("1", "x", press={"entry": -1, "button": 0}),
        "text",
        None,
    ],
)
async def test_what_makes_no_sense_is_set_aside(app: Channel, update: Any) -> None:
    await app.told(update)
    assert await app.entries(ME) == []
    assert await app.store.redis.xlen(keys.DEAD) == 1


async def test_a_forged_webhook_is_refused(app: Channel) -> None:
    raw = json.dumps(said("1", "let me in")).encode()
    for headers in ({}, {"X-Baton-Signature": "sha256=0"}, {"X-Hub-Signature-256": "x"}):
        assert (await app.post(raw, headers=headers))[0] == 403
    assert (await app.post(raw, "/hook/app/other"))[0] == 404


async def test_a_repeated_message_has_the_same_id(app: Channel) -> None:
    await app.told(said("1", "hello"))
    app.platform.plan(ME, refused(503, {}), TAKEN_THEN_HUNG_UP)
    await app.bot_says(ME, Reply("Hello!"))
    assert await app.got(ME, 2) == ["Hello!", "Hello!"]
    assert len({call.body["id"] for call in app.platform.of("baton")}) == 1


async def test_a_file_is_refused_with_a_reason(app: Channel) -> None:
    await app.told(said("1", "hello"))
    await app.agent_takes(ME)
    file = {"id": "u1", "kind": "image", "name": "a.png", "size": 3, "type": "image/png"}
    await app.agent_says(ME, "look", attachments=[file])
    await app.delivered(ME)
    [notice] = await app.notices(ME)
    assert notice["reason"] == "refused"
    assert notice["detail"] == "this channel takes no files"


def test_a_channel_cannot_be_called_like_another_one() -> None:
    for name in ("telegram", "website", "messenger", "A B", "../x"):
        with pytest.raises(WrongSetting, match="APP_CHANNEL"):
            Settings.from_env({"APP_CHANNEL": name})
