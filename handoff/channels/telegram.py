"""Telegram, through its Bot API: https://core.telegram.org/bots/api

python-telegram-bot supplies the types, the requests and the error vocabulary; its own application
framework is not used, and nothing is asked of Telegram per message but the sending itself.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any

from telegram import (
    Bot,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    Message,
)
from telegram.constants import ChatAction
from telegram.error import (
    TelegramError,
)
from telegram.request import HTTPXRequest

from handoff.channels import telegram_updates
from handoff.channels.contract import File, Incoming, Part, Recipient, What
from handoff.channels.errors import DeliveryError, Problem
from handoff.channels.files import Content
from handoff.channels.telegram_errors import problem_of
from handoff.wording import Words

API = "https://api.telegram.org"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
# What we ask Telegram to tell us; anything else would only be answered and dropped.
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
AT_ONCE = 250  # connections; more than the courier delivers at the same time


logging.getLogger("httpx").setLevel(logging.WARNING)  # it would log the token, inside the address


class Telegram:
    """One bot."""

    name = "telegram"
    longest = 4096
    biggest = 50_000_000  # what the public Bot API takes from a bot
    biggest_fetched = 20_000_000  # … and gives to one
    echoes = False
    challenged = False

    def __init__(
        self,
        access_token: str,
        secret_token: str,
        content: Content,
        default_language: str = "en",
        base_url: str = API,
        patience: float = 20.0,
    ) -> None:
        """`secret_token` comes with every genuine webhook; `patience` is how many seconds a request
        may take."""
        self._secret = secret_token.encode()
        self._content = content
        self._default_language = default_language
        self._request = HTTPXRequest(
            connection_pool_size=AT_ONCE,
            connect_timeout=5.0,
            read_timeout=patience,
            write_timeout=patience,
            media_write_timeout=60.0,
            pool_timeout=patience,
        )
        base = base_url.rstrip("/")
        self.bot = Bot(
            access_token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    def challenge(self, query: Mapping[str, str]) -> str | None:
        return None

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(SECRET_HEADER, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self._secret)

    def updates(self, payload: Any) -> Sequence[Any]:
        return [payload]

    def incoming(self, update: Any) -> Iterable[Incoming]:
        return telegram_updates.read(update)

    async def after(self, one: Incoming) -> None:
        chat = int(one.external)
        try:
            match one.what:
                case What.PRESS:
                    await self.bot.answer_callback_query(one.id.removeprefix("q"))
                case What.STRANGER:
                    words = Words(one.lang, self._default_language)
                    await self.bot.send_message(chat, words.say("channel.group", {}))
        except TelegramError as error:
            raise problem_of(error) from error

    async def typing(self, external: str) -> None:
        try:
            await self.bot.send_chat_action(int(external), ChatAction.TYPING)
        except TelegramError as error:
            raise problem_of(error) from error

    async def send(self, part: Part, to: Recipient) -> str:
        keyboard = [
            [InlineKeyboardButton(label, callback_data=f"{part.seq}:{number}")]
            for number, label in enumerate(part.buttons)
        ]
        try:
            if part.file:
                sent = await self._send_file(int(to.external), part.file, to)
            else:
                sent = await self.bot.send_message(
                    int(to.external),
                    part.text,
                    reply_markup=InlineKeyboardMarkup(keyboard) if keyboard else None,
                )
        except TelegramError as error:
            raise problem_of(error) from error
        return f"m{sent.message_id}"

    async def _send_file(self, chat: int, file: File, to: Recipient) -> Message:
        if file.size > self.biggest:
            raise DeliveryError(Problem.TOO_BIG)
        content = await self._content.read(to.conversation, file.id)
        given = InputFile(BytesIO(content), filename=file.name or file.id)
        match file.kind:
            case "image" if file.type != "image/gif" and len(content) <= 10_000_000:
                return await self.bot.send_photo(chat, given)
            case "video":
                return await self.bot.send_video(chat, given)
            case "voice" if file.type == "audio/ogg":
                return await self.bot.send_voice(chat, given)
            case "voice" | "audio" if file.type in ("audio/mpeg", "audio/mp4"):
                return await self.bot.send_audio(chat, given)
        return await self.bot.send_document(chat, given)

    async def profile(self, external: str) -> tuple[str, str]:
        return "", ""

    async def fetch(self, ref: str, most: int) -> tuple[bytes, str]:
        try:
            file = await self.bot.get_file(ref)
            if (file.file_size or 0) > most:
                raise DeliveryError(Problem.TOO_BIG)
            content = bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise problem_of(error) from error
        if len(content) > most:
            raise DeliveryError(Problem.TOO_BIG)
        return content, ""

    async def close(self) -> None:
        await self._request.shutdown()
