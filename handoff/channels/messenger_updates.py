"""What Messenger tells us: https://developers.facebook.com/docs/messenger-platform/webhooks"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from handoff.channels.contract import Incoming, Poison, Received, What

PRESSED = re.compile(r"(\d{1,9}):(\d{1,3})")
SCOPED_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
MARK = re.compile(r"[0-9a-f]{32}:\d{1,9}\.\d{1,3}\.\d{1,3}")
STARTED = ("GET_STARTED", "GET_STARTED_PAYLOAD")


def events(payload: Any) -> Sequence[Any]:
    """The single events of one webhook, each with its page. Raises Poison."""
    if not isinstance(payload, dict) or payload.get("object") != "page":
        raise Poison("not of a page")
    found: list[Any] = []
    for entry in _list(payload.get("entry")):
        page = entry.get("id") if isinstance(entry, dict) else None
        events = entry.get("messaging", []) if isinstance(entry, dict) else [entry]
        for event in events if isinstance(events, list) else [events]:
            found.append({"page": page, **event} if isinstance(event, dict) else event)
    return found


def read(update: Any) -> Iterable[Incoming]:
    """What an event says; nothing when it is none of our business. Raises Poison."""
    event = _dict(update)
    if "message" in event:
        message = _dict(event["message"])
        return _echo(event, message) if message.get("is_echo") else _said(event, message)
    if "message_edit" in event:
        edit = _dict(event["message_edit"])
        of = _text(edit, "mid")
        id = f"{of}.e{edit.get('num_edit', 0)}"
        return [Incoming(What.EDIT, id, _who(event), text=_text(edit, "text"), of=of)]
    if "postback" in event:
        return _postback(event, _dict(event["postback"]))
    if "referral" in event:
        ref = _dict(event["referral"])
        return [_opened(event, f"r{event.get('timestamp')}", ref, quiet=True)]
    if "read" in event:
        until = _dict(event["read"]).get("watermark")
        if not isinstance(until, int):
            raise Poison("a read without a watermark")
        return [Incoming(What.SEEN, f"s{until}", _who(event), until=until)]
    if "delivery" in event:
        mids = _dict(event["delivery"]).get("mids") or []
        return [
            Incoming(What.REACHED, f"d{mid}", _who(event), of=mid)
            for mid in mids
            if isinstance(mid, str)
        ]
    return []  # reactions, opt-ins, account linking, thread control, what is new next year


def _echo(event: Mapping[str, Any], message: Mapping[str, Any]) -> Iterable[Incoming]:
    """Something that was sent to the customer: by us, or by a human in the page's inbox."""
    sender, recipient = _id(event, "sender"), _id(event, "recipient")
    customer = sender if recipient == event.get("page") else recipient
    mid = _text(message, "mid")
    mark = message.get("metadata")
    if isinstance(mark, str) and MARK.fullmatch(mark):
        return [Incoming(What.ARRIVED, mid, customer, of=mid, mark=mark)]
    text = _optional(message, "text")
    files = tuple(_received(message))
    if not text and not files:
        return []
    return [Incoming(What.ECHO, mid, customer, text=text, attachments=files)]


def _said(event: Mapping[str, Any], message: Mapping[str, Any]) -> Iterable[Incoming]:
    if message.get("is_deleted"):
        return []  # what an agent has read cannot be unsaid
    mid, text = _text(message, "mid"), _optional(message, "text")
    quick = message.get("quick_reply")
    if isinstance(quick, dict) and (said := PRESSED.fullmatch(str(quick.get("payload", "")))):
        return [_pressed(event, mid, text, said)]
    files = tuple(_received(message))
    if not text:
        text = " ".join(_shared(message))
    reply = message.get("reply_to")
    reply_to = str(reply.get("mid") or "") if isinstance(reply, dict) else ""
    return [
        Incoming(What.MESSAGE, mid, _who(event), text=text, attachments=files, reply_to=reply_to)
    ]


def _postback(event: Mapping[str, Any], postback: Mapping[str, Any]) -> Iterable[Incoming]:
    id = _optional(postback, "mid") or f"p{event.get('timestamp')}"
    payload, title = _optional(postback, "payload"), _optional(postback, "title")
    if said := PRESSED.fullmatch(payload):
        return [_pressed(event, id, title, said)]
    referral = postback.get("referral")
    if isinstance(referral, dict) or payload in STARTED:
        return [_opened(event, id, referral if isinstance(referral, dict) else {})]
    # A button of the page's own menu says what is written on it.
    return [Incoming(What.MESSAGE, id, _who(event), text=title)] if title else []


def _pressed(event: Mapping[str, Any], id: str, text: str, said: re.Match[str]) -> Incoming:
    entry, button = int(said[1]), int(said[2])
    return Incoming(What.PRESS, id, _who(event), text=text, entry=entry, button=button)


def _opened(
    event: Mapping[str, Any], id: str, referral: Mapping[str, Any], quiet: bool = False
) -> Incoming:
    ref = _optional(referral, "ref")[:250]
    return Incoming(What.START, id, _who(event), payload=ref, quiet=quiet)


def _received(message: Mapping[str, Any]) -> Iterable[Received]:
    """Files, stickers, places. A sticker comes as a picture as well, for as long as Facebook is
    changing that."""
    attachments = [_dict(one) for one in _list(message.get("attachments") or [])]
    kinds = {"image": "image", "video": "video", "audio": "voice", "file": "file"}
    stickers = any(one.get("type") == "sticker" for one in attachments)
    for one in attachments:
        type = str(one.get("type"))
        payload = one.get("payload")
        payload = payload if isinstance(payload, dict) else {}
        url = payload.get("url")
        if payload.get("sticker_id"):
            if type == "image" and stickers:
                continue
            yield Received("sticker", str(url or ""))
        elif type in kinds and isinstance(url, str):
            yield Received(kinds[type], url, name=_file_name(url) if type == "file" else "")
        elif type == "location":
            at = payload.get("coordinates")
            lat, lon = (at.get("lat"), at.get("long")) if isinstance(at, dict) else (None, None)
            if isinstance(lat, int | float) and isinstance(lon, int | float):
                yield Received(
                    "location", name=f"{lat:.6f}, {lon:.6f}", more={"lat": lat, "lon": lon}
                )
        elif type != "fallback":
            yield Received("unsupported", name=type[:40])


def _shared(message: Mapping[str, Any]) -> Iterable[str]:
    """The address of a shared page, where it is all that was said."""
    for one in message.get("attachments") or []:
        payload = one.get("payload")
        url = payload.get("url") if isinstance(payload, dict) else one.get("url")
        if one.get("type") == "fallback" and isinstance(url, str):
            yield url


def _file_name(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]


def _who(event: Mapping[str, Any]) -> str:
    return _id(event, "sender")


def _id(event: Mapping[str, Any], role: str) -> str:
    """A page-scoped id. Raises Poison."""
    who = event.get(role)
    found = who.get("id") if isinstance(who, dict) else None
    if not isinstance(found, str) or not SCOPED_ID.fullmatch(found):
        raise Poison(f"no {role}")
    return found


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if not isinstance(value, str) or not value:
        raise Poison(f"no {name}")
    return value


def _optional(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    if value is not None and not isinstance(value, str):
        raise Poison(f"{name} is no text")
    return value or ""


def _dict(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Poison("not an object")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Poison("not a list")
    return value
