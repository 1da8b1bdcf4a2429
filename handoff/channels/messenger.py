"""Facebook Messenger, through the Graph API of one page:
https://developers.facebook.com/docs/messenger-platform

What a person writes in the page's own inbox comes back as an echo, and so does everything that we
send: with the mark we gave it, so that an unknown outcome can be known.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from handoff.channels import messenger_updates
from handoff.channels.contract import File, Incoming, Part, Recipient
from handoff.channels.errors import DeliveryError, Problem, from_status
from handoff.channels.files import Content
from handoff.channels.messenger_errors import problem_of
from handoff.channels.windows import BOT_WINDOW, HUMAN_WINDOW
from handoff.model import Sender

API = "https://graph.facebook.com/v25.0"
SIGNATURE = "X-Hub-Signature-256"
MOST_REPLIES, LONGEST_REPLY = 13, 20  # quick replies, and characters of one
MARGIN = 60_000  # ms before a window's end from which we count it as closed: clocks differ
# Where Facebook keeps what people send. Nothing else is fetched, whatever a webhook says.
CDN = (".fbcdn.net", ".fbsbx.com", ".facebook.com", ".cdninstagram.com")


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
        return messenger_updates.events(payload)

    def incoming(self, update: Any) -> Iterable[Incoming]:
        return messenger_updates.read(update)

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


def _answer(raw: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise DeliveryError(Problem.UNCONFIRMED, "an answer that is no JSON")
    return answer


def _media(file: File) -> str:
    return {"image": "image", "video": "video", "audio": "audio", "voice": "audio"}.get(
        file.kind, "file"
    )


def _cut(label: str, longest: int) -> str:
    return label if len(label) <= longest else f"{label[: longest - 1]}…"
