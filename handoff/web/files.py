"""Files in and out: `POST /files`, `GET /files/<conversation>/<id>` (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from aiohttp import web

from handoff import keys
from handoff.attachments import SHOWN, Attachment, State
from handoff.channels.errors import DeliveryError
from handoff.log import NotFound
from handoff.model import ConversationId
from handoff.store import reaching
from handoff.web.context import CONTEXT, Context
from handoff.web.frames import NAME
from handoff.web.limits import address_of
from handoff.web.security import problem

log = structlog.get_logger()

routes = web.RouteTableDef()

UPLOAD_WITHIN = 120.0  # seconds for one file; a phone in a train is slow
MINUTE = 60
PER_CONVERSATION = 20  # files a minute
PER_ADDRESS = 60
MOST_AT_ONCE = 10  # files of one message
ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")


@dataclass(frozen=True)
class Caller:
    """Who asks, for one conversation. `by` is `customer` or `agent:<id>`."""

    conversation: ConversationId
    by: str


@routes.options("/files")
@routes.options("/files/{conversation}/{id}")
async def preflight(request: web.Request) -> web.StreamResponse:
    """Asked by browsers on other sites that carry the widget."""
    if not request.app[CONTEXT].origins.widget(request):
        raise web.HTTPForbidden
    return shared(
        request,
        web.Response(
            status=204,
            headers={
                "Access-Control-Allow-Methods": "GET, POST",
                "Access-Control-Allow-Headers": "Authorization, Content-Type",
                "Access-Control-Max-Age": "600",
            },
        ),
    )


@routes.post("/files")
async def upload(request: web.Request) -> web.StreamResponse:
    desk = request.app[CONTEXT]
    caller = await caller_of(request, request.query.get("conversation", ""))
    if caller is None:
        return shared(request, problem(401, "unauthorized", "Please sign in."))
    if await too_many(desk, request, caller):
        text = "Too many files at once. Try again in a minute."
        return shared(request, problem(429, "rate", text, retry=MINUTE))
    if caller.by != "customer" and await desk.log.conversation(caller.conversation) is None:
        return shared(request, problem(404, "not_found", "There is no such conversation."))
    most = desk.files.most
    too_big = problem(413, "too_big", f"A file may have up to {most // 1024 // 1024} MB.")
    if (request.content_length or 0) > most:
        return shared(request, too_big)
    content = await body_of(request, most)
    if content is None:
        return shared(request, too_big)
    if not content:
        return shared(request, problem(400, "empty", "The file is empty."))
    kept = await desk.files.upload(
        caller.conversation,
        caller.by,
        request.query.get("name", ""),
        request.content_type,
        content,
    )
    log.info("file.kept", conversation=caller.conversation, kind=kept.kind, size=kept.size)
    return shared(request, web.json_response({"attachment": kept.to_json()}, status=201))


@routes.get("/files/{conversation}/{id}")
async def download(request: web.Request) -> web.StreamResponse:
    desk = request.app[CONTEXT]
    cid, id = request.match_info["conversation"], request.match_info["id"]
    caller = await caller_of(request, cid)
    # Whoever may not see the conversation does not learn whether there is one.
    if caller is None or caller.conversation != cid or not ID.fullmatch(id):
        return shared(request, problem(404, "not_found", "There is no such file."))
    it = await desk.files.describe(caller.conversation, id)
    if it is None:
        return shared(request, problem(404, "not_found", "There is no such file."))
    if it.state is State.WANTED:
        text = "The file is being fetched. Try again in a moment."
        return shared(request, problem(503, "fetching", text, retry=2))
    if it.state is State.LOST:
        return shared(request, problem(404, "lost", it.why or "The file could not be fetched."))
    try:
        content = await desk.files.read(caller.conversation, id)
    except DeliveryError as error:
        return shared(request, problem(404, "not_found", error.problem.sentence))
    return shared(request, answer(request, it, content))


async def caller_of(request: web.Request, conversation: str) -> Caller | None:
    """By the widget's token, or else by the console's session. A customer's token names their
    conversation, whatever the address says."""
    desk = request.app[CONTEXT]
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "bearer":
        ticket = desk.tokens.read(token.strip())
        # Browsers name the page; a program that has the token may do without.
        if ticket is None or ("Origin" in request.headers and not desk.origins.widget(request)):
            return None
        with reaching():
            if await desk.store.redis.exists(keys.erased(ticket.conversation)):
                return None
        return Caller(ticket.conversation, "customer")
    session = await desk.sessions.of(request)
    if session is None or not NAME.fullmatch(conversation):
        return None
    if request.method == "POST" and (
        request.headers.get("X-Baton") != "1"
        or ("Origin" in request.headers and not desk.origins.own(request))
    ):
        return None
    return Caller(ConversationId(conversation), f"agent:{session.account.id}")


async def too_many(desk: Context, request: web.Request, caller: Caller) -> bool:
    address = address_of(request, desk.settings.proxies)
    for scope, who, most in (
        ("files", caller.conversation, PER_CONVERSATION),
        ("files-from", address, PER_ADDRESS),
    ):
        count, _ = await desk.store.run("count_attempt", [keys.attempts(scope, who)], MINUTE * 1000)
        if int(count) > most:
            return True
    return False


async def body_of(request: web.Request, most: int) -> bytes | None:
    """The whole body, or None when it is bigger than it may be."""
    content = bytearray()
    try:
        async with asyncio.timeout(UPLOAD_WITHIN):
            async for chunk in request.content.iter_any():
                content += chunk
                if len(content) > most:
                    return None
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(content)


def answer(request: web.Request, it: Attachment, content: bytes) -> web.Response:
    """The file, as something that no browser runs: shown only if it is a raster picture, sound or
    video by its own first bytes."""
    how = "inline" if it.type in SHOWN else "attachment"
    headers = {
        "Content-Type": it.type if "/" in it.type else "application/octet-stream",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(it.name or it.id, safe='')}",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, max-age=3600",
        "Accept-Ranges": "bytes",
    }
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    if wanted.start is None and wanted.stop is None:
        return web.Response(body=content, headers=headers)
    start, stop, _ = wanted.indices(len(content))
    if start >= stop:
        headers["Content-Range"] = f"bytes */{len(content)}"
        return web.Response(status=416, headers=headers)
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{len(content)}"
    return web.Response(status=206, body=content[start:stop], headers=headers)


def shared(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Readable for a page on another origin that may carry the widget; without cookies."""
    if "Origin" in request.headers and request.app[CONTEXT].origins.widget(request):
        response.headers["Access-Control-Allow-Origin"] = request.headers["Origin"]
        response.headers["Access-Control-Expose-Headers"] = "Retry-After, Content-Disposition"
        response.headers["Vary"] = "Origin"
    return response


async def attached(desk: Context, cid: ConversationId, by: str, ids: object) -> Mapping[str, Any]:
    """What an entry says of files uploaded before, by the same side. Raises NotFound."""
    if ids is None or ids == []:
        return {}
    if not isinstance(ids, list) or len(ids) > MOST_AT_ONCE:
        raise NotFound("attachments are up to ten ids")
    found = []
    for id in ids:
        it = await desk.files.describe(cid, id) if isinstance(id, str) else None
        if it is None or it.state is not State.KEPT or it.by != by:
            raise NotFound("no such file")
        found.append(it.to_json())
    return {"attachments": found}
