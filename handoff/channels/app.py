"""An app of one's own: signed webhooks in, signed webhooks out. The smallest whole channel; copy it
to add another one (docs/channels.md)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import aiohttp

from handoff.channels.contract import Incoming, Part, Poison, Recipient, What
from handoff.channels.errors import DeliveryError, Problem, from_status

SIGNATURE = "X-Baton-Signature"  # sha256=<HMAC of the raw body, in hex>


class App:
    """One app, by its name. It posts `{"id","customer","text"}`, with `name`, `lang` and, for a
    button, `press: {"entry","button"}` if it likes; it gets `{"id","customer","entry","text",
    "buttons","sender"}`."""

    longest = 4000
    biggest = 0
    echoes = False
    challenged = False

    def __init__(self, name: str, secret: str, url: str, patience: float = 15.0) -> None:
        self.name = name
        self._secret = secret.encode()
        self._url = url
        self._patience = aiohttp.ClientTimeout(total=patience, sock_connect=5.0)
        self._session: aiohttp.ClientSession | None = None

    def signature(self, body: bytes) -> str:
        return f"sha256={hmac.new(self._secret, body, hashlib.sha256).hexdigest()}"

    def challenge(self, query: Mapping[str, str]) -> str | None:
        return None

    def genuine(self, headers: Mapping[str, str], body: bytes) -> bool:
        given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
        return hmac.compare_digest(given, self.signature(body).encode())

    def updates(self, payload: Any) -> Sequence[Any]:
        return payload if isinstance(payload, list) else [payload]

    def incoming(self, update: Any) -> Iterable[Incoming]:
        said = update if isinstance(update, dict) else {}
        given = {key: said.get(key, "") for key in ("id", "customer", "text", "name", "lang")}
        if not all(isinstance(value, str) for value in given.values()):
            raise Poison("id, customer, text, name and lang are texts")
        if not (0 < len(given["id"]) <= 128 and 0 < len(given["customer"]) <= 128):
            raise Poison("id and customer are needed, up to 128 characters each")
        press = said.get("press")
        if isinstance(press, dict):
            where = [press.get("entry"), press.get("button")]
            if not all(isinstance(n, int) and 0 <= n < 10**9 for n in where):
                raise Poison("press has entry and button, both numbers")
            return [_incoming(What.PRESS, given, entry=press["entry"], button=press["button"])]
        return [_incoming(What.MESSAGE, given)]

    async def after(self, one: Incoming) -> None:
        return None

    async def typing(self, external: str) -> None:
        return None

    async def send(self, part: Part, to: Recipient) -> str:
        if part.file:
            raise DeliveryError(Problem.REFUSED, "this channel takes no files")
        body = {
            "id": part.mark,  # the same when it is sent again: the app can tell
            "customer": to.external,
            "entry": part.seq,
            "text": part.text,
            "buttons": list(part.buttons),
            "sender": part.sender.value,
        }
        raw = json.dumps(body).encode()
        try:
            async with self._open().post(
                self._url,
                data=raw,
                headers={"Content-Type": "application/json", SIGNATURE: self.signature(raw)},
                timeout=self._patience,
                allow_redirects=False,
            ) as response:
                if response.status >= 300:
                    raise from_status(response.status)
                return ""
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise DeliveryError(Problem.UNREACHABLE, type(error).__name__) from error
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryError(Problem.UNCONFIRMED, type(error).__name__) from error

    async def profile(self, external: str) -> tuple[str, str]:
        return "", ""

    async def fetch(self, ref: str, most: int) -> tuple[bytes, str]:
        raise DeliveryError(Problem.REFUSED, "this channel sends no files")

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        self._session = self._session or aiohttp.ClientSession()
        return self._session


def _incoming(what: What, given: Mapping[str, str], **more: Any) -> Incoming:
    return Incoming(
        what,
        given["id"],
        given["customer"],
        text=given["text"],
        name=given["name"],
        lang=given["lang"],
        **more,
    )
