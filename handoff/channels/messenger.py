"""Facebook Messenger, through the Graph API of one page:
https://developers.facebook.com/docs/messenger-platform

What a person writes in the page's own inbox comes back as an echo, and so does everything that we
send: with the mark we gave it, so that an unknown outcome can be known.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from handoff.channels.contract import File, Incoming, Part, Poison, Received, Recipient, What
from handoff.channels.errors import DeliveryError, Problem, from_status
from handoff.channels.files import Content
from handoff.channels.windows import BOT_WINDOW, HUMAN_WINDOW
from handoff.model import Sender

API = "https://graph.facebook.com/v25.0"
SIGNATURE = "X-Hub-Signature-256"
PRESSED = re.compile(r"(\d{1,9}):(\d{1,3})")
SCOPED_ID = re.compile(r"[0-9A-Za-z_-]{1,64}")
MARK = re.compile(r"[0-9a-f]{32}:\d{1,9}\.\d{1,3}\.\d{1,3}")
MOST_REPLIES, LONGEST_REPLY = 13, 20  # quick replies, and characters of one
MARGIN = 60_000  # ms before a window's end from which we count it as closed: clocks differ
# Where Facebook keeps what people send. Nothing else is fetched, whatever a webhook says.
CDN = (".fbcdn.net", ".fbsbx.com", ".facebook.com", ".cdninstagram.com")
STARTED = ("GET_STARTED", "GET_STARTED_PAYLOAD")

# https://developers.facebook.com/docs/messenger-platform/error-codes
TOKEN_CODES = {102, 190, 463, 467}
THROTTLED_CODES = {4, 17, 32, 613, 80006}
TRANSIENT_CODES = {-1, 1, 2, 1200}
OUT_OF_WINDOW = {2018278, 2018065, 2534022}
NOBODY_THERE = {1545041, 2018001, 2018108}


class Messenger:
    """One page."""

    name = "messenger"
    longest = 2000
    biggest = 25_000_000
    echoes = True
    challenged = True

    def __init__(
        self,
        verify: str,
        secret: str,
        page_access_token: str,
        content: Content,
        base_url: str = API,
        patience: float = 20.0,
    ) -> None:
        """`verify` is asked for once, when the webhook is set; `secret` signs every webhook."""
        self._verify = verify.encode()
        self._secret = secret.encode()
        self._token = page_access_token
        self._content = content
        self._base = base_url.rstrip("/")
        self._patience = aiohttp.ClientTimeout(total=patience, sock_connect=5.0)
        self._upload_patience = aiohttp.ClientTimeout(total=patience + 60, sock_connect=5.0)
        self._session: aiohttp.ClientSession | None = None

    def challenge(self, query: Mapping[str, str]) -> str | None:
        given = query.get("hub.verify_token", "").encode("utf-8", "replace")
        if query.get("hub.mode") != "subscribe" or not hmac.compare_digest(given, self._verify):
            return None
        return query.get("hub.challenge", "")[:200]

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        signed = hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, f"sha256={signed}".encode())

    def updates(self, payload: Any) -> Sequence[Any]:
        if not isinstance(payload, dict) or payload.get("object") != "page":
            raise Poison("not of a page")
        found: list[Any] = []
        for entry in _list(payload.get("entry")):
            page = entry.get("id") if isinstance(entry, dict) else None
            events = entry.get("messaging", []) if isinstance(entry, dict) else [entry]
            for event in events if isinstance(events, list) else [events]:
                found.append({"page": page, **event} if isinstance(event, dict) else event)
        return found

    def incoming(self, update: Any) -> Iterable[Incoming]:
        event = _dict(update)
        if "message" in event:
            message = _dict(event["message"])
            return self._echo(event, message) if message.get("is_echo") else _said(event, message)
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

    def _echo(self, event: Mapping[str, Any], message: Mapping[str, Any]) -> Iterable[Incoming]:
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

    async def after(self, one: Incoming) -> None:
        return None

    async def typing(self, external: str) -> None:
        await self._post({"recipient": {"id": external}, "sender_action": "typing_on"})

    async def send(self, part: Part, to: Recipient) -> str:
        body: dict[str, Any] = {"recipient": {"id": to.external}, **self._kind(part, to)}
        tagged = "tag" in body
        if part.file:
            body["message"] = {
                "attachment": {"type": _media(part.file), "payload": {}},
                "metadata": part.mark,
            }
            content = await self._file(part.file, to)
            form = aiohttp.FormData()
            for name, value in body.items():
                form.add_field(name, value if isinstance(value, str) else json.dumps(value))
            name = part.file.name or part.file.id
            form.add_field("filedata", content, filename=name, content_type=part.file.type)
            answer = await self._post(form, tagged, part.sender)
        else:
            body["message"] = {"text": part.text, "metadata": part.mark}
            if part.buttons:
                body["message"]["quick_replies"] = [
                    {
                        "content_type": "text",
                        "title": _cut(label, LONGEST_REPLY),
                        "payload": f"{part.seq}:{number}",
                    }
                    for number, label in enumerate(part.buttons[:MOST_REPLIES])
                ]
            answer = await self._post(body, tagged, part.sender)
        return str(answer.get("message_id", ""))

    def _kind(self, part: Part, to: Recipient) -> dict[str, str]:
        """What the platform allows at this time, by who speaks. Raises DeliveryError."""
        silent = to.now - to.heard + MARGIN
        if silent < BOT_WINDOW:
            return {"messaging_type": "RESPONSE"}
        if part.sender is not Sender.AGENT:
            raise DeliveryError(Problem.WINDOW_BOT)
        if silent < HUMAN_WINDOW:
            return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
        raise DeliveryError(Problem.WINDOW_CLOSED)

    async def _file(self, file: File, to: Recipient) -> bytes:
        if file.size > self.biggest:
            raise DeliveryError(Problem.TOO_BIG)
        return await self._content.read(to.conversation, file.id)

    async def _post(
        self,
        body: Mapping[str, Any] | aiohttp.FormData,
        tagged: bool = False,
        sender: Sender = Sender.DESK,
    ) -> dict[str, Any]:
        form = isinstance(body, aiohttp.FormData)
        try:
            async with self._open().post(
                f"{self._base}/me/messages",
                params={"appsecret_proof": self._proof()},
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=self._upload_patience if form else self._patience,
                **({"data": body} if form else {"json": body}),  # type: ignore[arg-type]
            ) as response:
                raw = await response.read()
                if response.status == 200:
                    return _answer(raw)
                raise problem_of(response.status, raw, tagged, sender, response.headers)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise DeliveryError(Problem.UNREACHABLE, type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryError(Problem.UNCONFIRMED, type(error).__name__) from error

    def _proof(self) -> str:
        return hmac.new(self._secret, self._token.encode(), hashlib.sha256).hexdigest()

    async def profile(self, external: str) -> tuple[str, str]:
        try:
            async with self._open().get(
                f"{self._base}/{external}",
                params={
                    "fields": "first_name,last_name,locale",
                    "appsecret_proof": self._proof(),
                },
                headers={"Authorization": f"Bearer {self._token}"},
                timeout=self._patience,
            ) as response:
                raw = await response.read()
                if response.status != 200:
                    raise problem_of(response.status, raw, False, Sender.DESK, response.headers)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryError(Problem.UNREACHABLE, type(error).__name__) from error
        said = _answer(raw)
        names = (said.get("first_name"), said.get("last_name"))
        name = " ".join(one for one in names if isinstance(one, str))
        return name, str(said.get("locale") or "")

    async def fetch(self, ref: str, most: int) -> tuple[bytes, str]:
        parts, api = urlsplit(ref), urlsplit(self._base)
        ours = parts.scheme == "https" and f".{parts.hostname}".endswith(CDN)
        if not ours and parts.netloc != api.netloc:
            raise DeliveryError(Problem.REFUSED, "not one of Facebook's addresses")
        try:
            async with self._open().get(
                ref, timeout=self._upload_patience, allow_redirects=False
            ) as response:
                if response.status != 200:
                    raise from_status(response.status)
                content = bytearray()
                async for chunk in response.content.iter_any():
                    content += chunk
                    if len(content) > most:
                        raise DeliveryError(Problem.TOO_BIG)
                return bytes(content), response.content_type
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryError(Problem.UNREACHABLE, type(error).__name__) from error

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=250))
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


def problem_of(
    status: int, raw: bytes, tagged: bool, sender: Sender, headers: Mapping[str, str]
) -> DeliveryError:
    """Facebook's errors in our words."""
    try:
        error = _dict(json.loads(raw)).get("error")
    except (ValueError, RecursionError, Poison):
        error = None
    wait = headers.get("Retry-After", "")
    seconds = float(wait) if wait.isascii() and wait.isdigit() else None
    if not isinstance(error, dict):
        return from_status(status, retry_after=seconds)
    code, subcode = error.get("code"), error.get("error_subcode")
    detail = f"{code}/{subcode}: {str(error.get('message', ''))[:200]}"
    if code in TOKEN_CODES:
        return DeliveryError(Problem.TOKEN, detail)
    if code in THROTTLED_CODES or status == 429:
        return DeliveryError(Problem.THROTTLED, detail, seconds)
    if subcode in NOBODY_THERE or code == 551:
        return DeliveryError(Problem.BLOCKED, detail)
    if tagged and "tag" in detail.lower() and code in (10, 100, 200):
        return DeliveryError(Problem.TAG_REFUSED, detail)
    if subcode in OUT_OF_WINDOW:
        bot = sender is not Sender.AGENT
        return DeliveryError(Problem.WINDOW_BOT if bot else Problem.WINDOW_CLOSED, detail)
    if code in TRANSIENT_CODES or error.get("is_transient") is True or status >= 500:
        return DeliveryError(Problem.FAILED, detail, seconds)
    if code in (3, 10, 200, 230, 299, 368):
        return DeliveryError(Problem.FORBIDDEN, detail)
    return DeliveryError(Problem.REFUSED, detail)


def _answer(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise DeliveryError(Problem.UNCONFIRMED, "an answer that is no JSON")
    return answer


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


def _media(file: File) -> str:
    return {"image": "image", "video": "video", "audio": "audio", "voice": "audio"}.get(
        file.kind, "file"
    )


def _cut(label: str, longest: int) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"


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
