"""The command that tells Telegram where to send its updates."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

import pytest

from handoff.channels.telegram_webhook import manage
from handoff.settings import Settings, WrongSetting
from ops.places import ROOT
from tests.channels.conftest import SECRET
from tests.channels.standins import BotApi

URL = "https://support.example/hook/telegram"


def given(api: BotApi, **more: Any) -> Settings:
    usual: dict[str, Any] = {
        "telegram_access_token": BotApi.TOKEN,
        "telegram_webhook_url": URL,
        "telegram_secret_token": SECRET,
        "telegram_api": api.url,
    }
    return Settings(**{**usual, **more})


async def test_it_is_set_with_the_secret_and_only_what_we_read(bot_api: BotApi) -> None:
    status, said = await manage("set-webhook", given(bot_api, telegram_verify="@Shop_Bot"))
    assert status == 0
    assert URL in said
    assert SECRET not in said
    assert bot_api.webhook == {
        "url": URL,
        "secret_token": SECRET,
        "allowed_updates": ["message", "edited_message", "callback_query", "my_chat_member"],
    }


async def test_the_token_of_another_bot_is_noticed(bot_api: BotApi) -> None:
    status, said = await manage("set-webhook", given(bot_api, telegram_verify="other_bot"))
    assert status == 1
    assert "@shop_bot" in said
    assert "@other_bot" in said
    assert bot_api.webhook == {}


async def test_a_wrong_token_is_said_plainly(bot_api: BotApi) -> None:
    status, said = await manage("set-webhook", given(bot_api, telegram_access_token="1:wrong"))
    assert status == 1
    assert "does not accept our access token" in said
    assert "1:wrong" not in said


@pytest.mark.parametrize(
    ("missing", "named"),
    [
        ({"telegram_access_token": None}, "TELEGRAM_ACCESS_TOKEN"),
        ({"telegram_webhook_url": None}, "TELEGRAM_WEBHOOK_URL"),
        ({"telegram_webhook_url": "http://plain.example/hook"}, "TELEGRAM_WEBHOOK_URL"),
        ({"telegram_secret_token": None}, "TELEGRAM_SECRET_TOKEN"),
    ],
)
async def test_what_is_missing_is_named(
    bot_api: BotApi, missing: dict[str, Any], named: str
) -> None:
    with pytest.raises(WrongSetting, match=named):
        await manage("set-webhook", given(bot_api, **missing))
    assert bot_api.calls == []


async def test_it_is_shown_and_taken_back(bot_api: BotApi) -> None:
    await manage("set-webhook", given(bot_api))
    assert await manage("show-webhook", given(bot_api)) == (
        0,
        f"webhook   {URL}\nwaiting   3 updates",
    )
    status, _ = await manage("delete-webhook", given(bot_api))
    assert status == 0
    assert bot_api.webhook == {}


async def test_it_is_a_command(bot_api: BotApi) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "handoff",
        "telegram",
        "set-webhook",
        cwd=ROOT,
        env={
            **os.environ,
            "TELEGRAM_ACCESS_TOKEN": BotApi.TOKEN,
            "TELEGRAM_WEBHOOK_URL": URL,
            "TELEGRAM_SECRET_TOKEN": SECRET,
            "TELEGRAM_API": bot_api.url,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err
    assert b"@shop_bot now sends its updates" in out
