"""Stand-ins for the Bot API and the Graph API on loopback: they record everything, and they can be
slow, fail, ask to wait, hang up, or take a message and never answer."""

from __future__ import annotations

import asyncio
import json
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web


@dataclass(frozen=True)
class Answer:
    """How the platform takes one request. `taken`: does it deliver the message? `delay` in seconds;
    `status` None hangs up without a word; a delay of `inf` never answers."""

    status: int | None = 200
    body: Mapping[str, Any] | str | None = None
    taken: bool = True
    delay: float = 0.0


OK = Answer()
TAKEN_THEN_SILENT = Answer(delay=float("inf"))
TAKEN_THEN_HUNG_UP = Answer(status=None)
HUNG_UP = Answer(status=None, taken=False)


def refused(status: int, body: Mapping[str, Any] | str) -> Answer:
    return Answer(status, body, taken=False)


@dataclass(frozen=True)
class Call:
    """One request that came in. `files`: field -> (name, type, content)."""

    method: str
    body: dict[str, Any]
    files: dict[str, tuple[str, str, bytes]] = field(default_factory=dict)
    at: float = 0.0
    headers: Mapping[str, str] = field(default_factory=dict)


class StandIn:
    """A platform. `calls` is everything asked of it, `delivered` what customers got to see."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.delivered: dict[str, list[Any]] = defaultdict(list)
        self.plans: dict[str, deque[Answer]] = defaultdict(deque)  # customer -> answers to come
        self.always: dict[str, Answer] = {}  # customer -> every answer from now on
        self.files: dict[str, tuple[bytes, str]] = {}
        self.url = ""
        self.port = 0
        self._next = 1000
        self._closing = asyncio.Event()

    def routes(self) -> list[web.RouteDef]:
        raise NotImplementedError

    @classmethod
    @asynccontextmanager
    async def running(cls, port: int = 0) -> AsyncIterator[Self]:
        it = cls()
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes(it.routes())
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        it.port = runner.addresses[0][1]
        it.url = f"http://127.0.0.1:{it.port}"
        try:
            yield it
        finally:
            it._closing.set()
            await runner.cleanup()

    def plan(self, customer: str, *answers: Answer) -> None:
        """The next answers to what is sent to this customer."""
        self.plans[customer].extend(answers)

    def number(self) -> int:
        self._next += 1
        return self._next

    def of(self, *methods: str) -> list[Call]:
        return [call for call in self.calls if call.method in methods]

    def got(self, customer: str) -> list[Any]:
        return self.delivered[customer]

    async def answer(
        self, request: web.Request, customer: str, shown: Any, usual: Any
    ) -> web.StreamResponse:
        """As planned for this customer; `shown` is what they see if it is taken."""
        plan = self.plans[customer]
        answer = plan.popleft() if plan else self.always.get(customer, OK)
        if answer.taken and shown is not None:
            self.delivered[customer].append(shown)
        if answer.delay == float("inf"):
            await self._closing.wait()
        else:
            await asyncio.sleep(answer.delay)
        if answer.status is None:
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        body = usual if answer.body is None else answer.body
        text = body if isinstance(body, str) else json.dumps(body)
        return web.Response(text=text, status=answer.status, content_type="application/json")

    async def record(self, request: web.Request, method: str) -> Call:
        body: dict[str, Any] = {}
        files: dict[str, tuple[str, str, bytes]] = {}
        if request.content_type == "application/json":
            body = await request.json()
        else:
            for name, value in (await request.post()).items():
                if isinstance(value, web.FileField):
                    files[name] = (value.filename, value.content_type, value.file.read())
                else:
                    body[name] = _plain(str(value))
        body.update(request.query)
        call = Call(method, body, files, time.monotonic(), dict(request.headers))
        self.calls.append(call)
        return call


def _plain(value: str) -> Any:
    """Form fields hold JSON where they hold more than a text."""
    try:
        return json.loads(value) if value[:1] in "[{" else value
    except ValueError:
        return value


class BotApi(StandIn):
    """api.telegram.org, as https://core.telegram.org/bots/api describes it."""

    TOKEN = "123456:stand-in"

    def __init__(self) -> None:
        super().__init__()
        self.webhook: dict[str, Any] = {}

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/bot{token}/{method}", self.call),
            web.get("/file/bot{token}/{path:.+}", self.download),
        ]

    async def call(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        call = await self.record(request, method)
        if request.match_info["token"] != self.TOKEN:
            return _telegram_error(401, "Unauthorized")
        chat = str(call.body.get("chat_id", ""))
        match method:
            case "sendMessage":
                shown = call.body["text"]
                return await self.answer(request, chat, shown, self._message(chat, text=shown))
            case "sendPhoto" | "sendDocument" | "sendVideo" | "sendVoice" | "sendAudio":
                (name, _, content) = next(iter(call.files.values()))
                shown = (method, name, content)
                return await self.answer(request, chat, shown, self._message(chat))
            case "getFile":
                known = self.files.get(call.body["file_id"])
                if known is None:
                    return _telegram_error(400, "Bad Request: invalid file_id")
                result = {
                    "file_id": call.body["file_id"],
                    "file_unique_id": "u",
                    "file_size": len(known[0]),
                    "file_path": f"documents/{call.body['file_id']}",
                }
                return web.json_response({"ok": True, "result": result})
            case "setWebhook":
                self.webhook = dict(call.body)
            case "deleteWebhook":
                self.webhook = {}
            case "getWebhookInfo":
                info = {
                    "url": self.webhook.get("url", ""),
                    "has_custom_certificate": False,
                    "pending_update_count": 3,
                }
                return web.json_response({"ok": True, "result": info})
            case "getMe":
                me = {"id": 123456, "is_bot": True, "first_name": "Shop", "username": "shop_bot"}
                return web.json_response({"ok": True, "result": me})
        return await self.answer(request, chat, None, {"ok": True, "result": True})

    async def download(self, request: web.Request) -> web.StreamResponse:
        self.calls.append(Call("download", {"path": request.match_info["path"]}))
        content, _ = self.files[request.match_info["path"].rpartition("/")[2]]
        return web.Response(body=content)

    def _message(self, chat: str, **more: Any) -> dict[str, Any]:
        message = {
            "message_id": self.number(),
            "date": int(time.time()),
            "chat": {"id": int(chat), "type": "private"},
            **more,
        }
        return {"ok": True, "result": message}


def _telegram_error(status: int, description: str, **parameters: Any) -> web.Response:
    return web.json_response(telegram_error(status, description, **parameters), status=status)


def telegram_error(status: int, description: str, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return {**body, "parameters": parameters} if parameters else body


def flood(seconds: int) -> Answer:
    text = f"Too Many Requests: retry after {seconds}"
    return refused(429, telegram_error(429, text, retry_after=seconds))


def telegram_refusal(status: int, description: str) -> Answer:
    return refused(status, telegram_error(status, description))


class GraphApi(StandIn):
    """graph.facebook.com, as https://developers.facebook.com/docs/messenger-platform describes it.

    With `echo_to` (a coroutine that posts to the desk) it tells of every message it took, as the
    real one does where a page subscribes to `message_echoes`."""

    TOKEN = "EAAG-stand-in"
    PAGE = "1064930000000001"

    def __init__(self) -> None:
        super().__init__()
        self.echo_to: Callable[[Any], Awaitable[Any]] | None = None
        self.people: dict[str, dict[str, str]] = {}  # profiles that the page may see
        self._echoes: set[asyncio.Task[Any]] = set()

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post("/me/messages", self.messages),
            web.get("/cdn/{name:.+}", self.download),
            web.get("/{psid}", self.profile),
        ]

    async def profile(self, request: web.Request) -> web.StreamResponse:
        await self.record(request, "profile")
        known = self.people.get(request.match_info["psid"])
        if known is None:
            body = graph_error(100, "Unsupported get request", 33)
            return web.json_response(body, status=400)
        return web.json_response({**known, "id": request.match_info["psid"]})

    async def messages(self, request: web.Request) -> web.StreamResponse:
        call = await self.record(request, "messages")
        if request.headers.get("Authorization") != f"Bearer {self.TOKEN}":
            body = graph_error(190, "Invalid OAuth access token.")
            return web.json_response(body, status=401)
        customer = call.body["recipient"]["id"]
        message = call.body.get("message")
        usual = {"recipient_id": customer}
        if message is None:
            return await self.answer(request, customer, None, usual)
        mid = f"m_{self.number()}"
        plan = self.plans[customer]
        taken = (plan[0] if plan else self.always.get(customer, OK)).taken
        if taken and self.echo_to:
            echo = {"mid": mid, "is_echo": True, "app_id": 42, **message}
            task = asyncio.create_task(self._echo(customer, echo))
            self._echoes.add(task)
            task.add_done_callback(self._echoes.discard)
        files = list(call.files.values())
        shown = (files[0][0], files[0][2]) if files else message["text"]
        return await self.answer(request, customer, shown, {**usual, "message_id": mid})

    async def _echo(self, customer: str, message: dict[str, Any]) -> None:
        assert self.echo_to is not None
        event = {
            "sender": {"id": self.PAGE},
            "recipient": {"id": customer},
            "timestamp": int(time.time() * 1000),
            "message": message,
        }
        await self.echo_to(page(event))

    async def download(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        self.calls.append(Call("download", {"path": name}))
        content, type = self.files[name]
        return web.Response(body=content, content_type=type)


def page(*events: Any) -> dict[str, Any]:
    """A webhook of the page with these events."""
    entry = {"id": GraphApi.PAGE, "time": 1790000000000, "messaging": list(events)}
    return {"object": "page", "entry": [entry]}


def graph_error(code: int, message: str, subcode: int | None = None) -> dict[str, Any]:
    error: dict[str, Any] = {"message": message, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    return {"error": {**error, "fbtrace_id": "BLBz/WZt8dN"}}


def graph_refusal(code: int, message: str, subcode: int | None = None, status: int = 400) -> Answer:
    return refused(status, graph_error(code, message, subcode))
