"""What Telegram tells us: https://core.telegram.org/bots/api#update"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from telegram import CallbackQuery, Message, Update, User
from telegram.constants import ChatType

from handoff.channels.contract import Incoming, Poison, Received, What

PRESSED = re.compile(r"(\d{1,9}):(\d{1,3})")
START = re.compile(r"/start(?:@\w+)?(?:\s+([A-Za-z0-9_-]{1,64}))?\s*")
# All we read of a message; and messages that people send, but that we cannot show.
READ = frozenset(
    "message_id from chat date edit_date text caption photo voice audio video video_note animation "
    "document sticker location venue contact".split()
)
UNSHOWN = ("poll", "dice", "game", "story", "paid_media", "invoice", "giveaway", "checklist")


def read(update: Any) -> Iterable[Incoming]:
    """What an update says; nothing when it is none of our business. Raises Poison."""
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int):
        raise Poison("no update_id")
    raw = update.get("message")
    unshown = next((kind for kind in UNSHOWN if isinstance(raw, dict) and raw.get(kind)), "")
    try:
        read = Update.de_json({key: _pruned(value) for key, value in update.items()}, None)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError, OSError) as error:
        raise Poison(f"{type(error).__name__}: {error}") from error
    if read.message:
        return _message(read.message, unshown)
    if read.edited_message:
        return _edit(read.update_id, read.edited_message)
    if read.callback_query:
        return _press(read.callback_query)
    if read.my_chat_member and read.my_chat_member.chat.type != ChatType.PRIVATE:
        status = read.my_chat_member.new_chat_member.status
        if status in ("member", "administrator"):
            changed = read.my_chat_member
            return [_stranger(str(read.update_id), changed.chat.id, changed.from_user)]
    return []  # joins, reactions, polls, what is new next year: none of it says anything to us


def _message(message: Message, unshown: str) -> Iterable[Incoming]:
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


def _edit(update_id: int, message: Message) -> Iterable[Incoming]:
    user = _person(message)
    if message.chat.type != ChatType.PRIVATE or user is None:
        return []
    of = f"m{message.message_id}"
    text = message.text or message.caption or ""
    return [_from(user, message, What.EDIT, id=f"e{update_id}", text=text, of=of)]


def _press(query: CallbackQuery) -> Iterable[Incoming]:
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
