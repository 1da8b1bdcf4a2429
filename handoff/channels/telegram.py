"""Telegram, through its Bot API: https://core.telegram.org/bots/api

python-telegram-bot supplies the types, the requests and the error vocabulary; its own application
framework is not used, and nothing is asked of Telegram per message but the sending itself.
"""

from __future__ import annotations

import hmac
import logging
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
from telegram import (
    Bot,
    CallbackQuery,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InputFile,
    Message,
    Update,
    User,
)
from telegram.constants import ChatAction, ChatType
from telegram.error import (
    BadRequest,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from handoff.channels.contract import File, Incoming, Part, Poison, Received, Recipient, What
from handoff.channels.errors import DeliveryError, Problem
from handoff.channels.files import Content
from handoff.wording import Words

API = "https://api.telegram.org"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
PRESSED = re.compile(r"(\d{1,9}):(\d{1,3})")
START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
# What we ask Telegram to tell us; anything else would only be answered and dropped.
WANTED = ("message", "edited_message", "callback_query", "my_chat_member")
AT_ONCE = 250  # connections; more than the courier delivers at the same time
# What Telegram says when there is nobody to write to any more.
GONE = (
    "chat not found",
    "user is deactivated",
    "bot was blocked",
    "user not found",
    "peer_id_invalid",
)

# All we read of a message; and messages that people send, but that we cannot show.
READ = frozenset(
    "message_id from chat date edit_date text caption photo voice audio video video_note animation "
    "document sticker location venue contact".split()
)
UNSHOWN = ("poll", "dice", "game", "story", "paid_media", "invoice", "giveaway", "checklist")

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
        if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
            raise Poison("no update_id")
        raw = update.get("message")
        unshown = next((kind for kind in UNSHOWN if isinstance(raw, dict) and raw.get(kind)), "")
        try:
            read = Update.de_json({key: _pruned(value) for key, value in update.items()}, None)
        except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError) as error:
            raise Poison(f"{type(error).__name__}: {error}") from error
        if read.message:
            return self._message(read.message, unshown)
        if read.edited_message:
            return self._edit(read.update_id, read.edited_message)
        if read.callback_query:
            return self._press(read.callback_query)
        if read.my_chat_member and read.my_chat_member.chat.type != ChatType.PRIVATE:
            status = read.my_chat_member.new_chat_member.status
            if status in ("member", "administrator"):
                changed = read.my_chat_member
                return [_stranger(str(read.update_id), changed.chat.id, changed.from_user)]
        return []  # joins, reactions, polls, what is new next year: none of it says anything to us

    def _message(self, message: Message, unshown: str) -> Iterable[Incoming]:
        if message.chat.type in (ChatType.GROUP, ChatType.SUPERGROUP):
            return [_stranger(f"m{message.message_id}", message.chat.id, message.from_user)]
        if message.chat.type != ChatType.PRIVATE or (user := _person(message)) is None:
            return []
        start = START.fullmatch(message.text or "")
        if start:
            return [_from(user, message, What.START, payload=start[1] or "")]
        text = message.text or message.caption or ""
        files = tuple(_received(message))
        if message.sticker and message.sticker.emoji:
            text = message.sticker.emoji
        if not text and not files:
            # What we cannot show is named at least; a service message ("pinned") says nothing.
            if not unshown:
                return []
            files = (Received("unsupported", name=unshown),)
        reply = message.reply_to_message
        return [
            _from(
                user,
                message,
                What.MESSAGE,
                text=text,
                attachments=files,
                reply_to=f"m{reply.message_id}" if reply else "",
            )
        ]

    def _edit(self, update_id: int, message: Message) -> Iterable[Incoming]:
        user = _person(message)
        if message.chat.type != ChatType.PRIVATE or user is None:
            return []
        of = f"m{message.message_id}"
        text = message.text or message.caption or ""
        return [_from(user, message, What.EDIT, id=f"e{update_id}", text=text, of=of)]

    def _press(self, query: CallbackQuery) -> Iterable[Incoming]:
        said = PRESSED.fullmatch(query.data or "")
        user = query.from_user
        chat = query.message.chat if query.message else None
        private = chat is None or chat.type == ChatType.PRIVATE
        return [
            Incoming(
                What.PRESS,
                id=f"q{query.id}",
                external=str(user.id),
                name=user.full_name,
                lang=user.language_code or "",
                # A button that is not ours presses nothing, but its spinner has to stop.
                entry=int(said[1]) if said and private else 0,
                button=int(said[2]) if said else 0,
            )
        ]

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


def _person(message: Message) -> User | None:
    user = message.from_user
    return None if user is None or user.is_bot else user


def _from(user: User, message: Message, what: What, id: str = "", **more: Any) -> Incoming:
    return Incoming(
        what,
        id=id or f"m{message.message_id}",
        external=str(message.chat.id),
        name=user.full_name,
        lang=user.language_code or "",
        **more,
    )


def _stranger(id: str, chat: int, user: User | None) -> Incoming:
    lang = user.language_code if user else None
    return Incoming(What.STRANGER, id=id, external=str(chat), lang=lang or "")


def _received(message: Message) -> Iterable[Received]:
    """Everything a message carries besides words."""
    if message.photo:
        best = max(message.photo, key=lambda size: size.width * size.height)
        yield Received("image", best.file_id, size=best.file_size or 0, type="image/jpeg")
    named: tuple[tuple[str, Any, str], ...] = (
        ("voice", message.voice, "audio/ogg"),
        ("audio", message.audio, "audio/mpeg"),
        ("video", message.video, "video/mp4"),
        ("video", message.video_note, "video/mp4"),
        ("video", message.animation, "video/mp4"),
        # An animation comes as a document too.
        ("file", None if message.animation else message.document, "application/octet-stream"),
    )
    for kind, it, usual in named:
        if it is not None:
            type = getattr(it, "mime_type", None) or usual
            yield Received(
                "image" if kind == "file" and type in ("image/jpeg", "image/png") else kind,
                it.file_id,
                name=getattr(it, "file_name", None) or "",
                size=it.file_size or 0,
                type=type,
            )
    if sticker := message.sticker:
        still = not sticker.is_animated and not sticker.is_video
        type = "image/webp" if still else "video/webm" if sticker.is_video else ""
        # An animated one is a format of Telegram's own: its emoji has to do.
        ref = sticker.file_id if type else ""
        yield Received("sticker", ref, size=sticker.file_size or 0 if ref else 0, type=type)
    place = message.venue.location if message.venue else message.location
    if place:
        title = message.venue.title if message.venue else ""
        where = {"lat": place.latitude, "lon": place.longitude}
        name = title or f"{place.latitude:.6f}, {place.longitude:.6f}"
        yield Received("location", name=name, more=where)
    if contact := message.contact:
        full = " ".join(filter(None, (contact.first_name, contact.last_name)))
        yield Received("contact", name=full, more={"phone": contact.phone_number[:40]})


def _pruned(value: Any) -> Any:
    """A message without the fields we do not read: the library's types are strict, and a poll or a
    gift in a form that is new this year must not cost us the customer's words."""
    if not isinstance(value, dict) or "message_id" not in value:
        inside = isinstance(value, dict) and isinstance(value.get("message"), dict)
        return {**value, "message": _pruned(value["message"])} if inside else value
    kept = {key: one for key, one in value.items() if key in READ}
    if isinstance(reply := value.get("reply_to_message"), dict):
        kept["reply_to_message"] = {
            k: reply[k] for k in ("message_id", "date", "chat") if k in reply
        }
    return kept


def problem_of(error: TelegramError) -> DeliveryError:
    """Telegram's errors in our words. BadRequest is a NetworkError to the library, so it goes
    first."""
    detail = str(error.message)
    match error:
        case RetryAfter():
            return DeliveryError(Problem.THROTTLED, detail, _seconds(error))
        case Forbidden():
            return DeliveryError(Problem.BLOCKED, detail)
        case InvalidToken():
            return DeliveryError(Problem.TOKEN, detail)
        case BadRequest():
            if any(word in detail.lower() for word in GONE):
                return DeliveryError(Problem.BLOCKED, detail)
            return DeliveryError(Problem.REFUSED, detail)
        case NetworkError():
            cause = error.__cause__
            # Never left this machine, or came back with an HTTP status: Telegram did not take it.
            if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout):
                return DeliveryError(Problem.UNREACHABLE, type(cause).__name__)
            if isinstance(cause, httpx.HTTPError):
                return DeliveryError(Problem.UNCONFIRMED, type(cause).__name__)
            return DeliveryError(Problem.FAILED, detail)
    return DeliveryError(Problem.REFUSED, detail)


def _seconds(error: RetryAfter) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the library is changing this attribute to a timedelta
        wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)
