"""Files in and out: `POST /files`, `GET /files/<conversation>/<id>` (docs/protocol.md)."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO
from urllib.parse import quote

import structlog
from aiohttp import web

from handoff import keys
from handoff.attachments import Attachment, State
from handoff.channels.errors import DeliveryError
from handoff.file_types import SHOWN
from handoff.log import NotFound
from handoff.model import ConversationId
from handoff.pictures import TooDetailed
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
HOUR = 3600
BYTES_PER_ADDRESS = 500 * 1024 * 1024  # an hour, from customers: nobody fills the disk
PIECE = 64 * 1024  # bytes read and written at a time
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
    limit = most // 1024 // 1024
    too_big = problem(413, "too_big", f"A file may have up to {limit} MB.", most=limit)
    if (request.content_length or 0) > most:
        return shared(request, too_big)
    with tempfile.TemporaryFile(dir=desk.settings.var_folder) as file:
        size = await body_of(request, file, most)
        if size is None:
            return shared(request, too_big)
        if not size:
            return shared(request, problem(400, "empty", "The file is empty."))
        if await too_much(desk, request, caller, size):
            text = "That is a lot for one hour. Try again later."
            return shared(request, problem(429, "rate", text, retry=HOUR))
        try:
            async with desk.files.room:
                file.seek(0)
                kept = await desk.files.upload(
                    caller.conversation,
                    caller.by,
                    request.query.get("name", ""),
                    request.content_type,
                    await asyncio.to_thread(file.read),
                )
        except DeliveryError:
            return shared(request, too_big)
        except TooDetailed:
            text = "The picture has more pixels than can be opened safely (50 million)."
            return shared(request, problem(422, "bad_picture", text))
        except OSError as error:
            log.error("file.not_kept", why=str(error))
            text = "The file could not be put away right now. Try again later."
            return shared(request, problem(503, "unavailable", text, retry=MINUTE))
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
        file = await desk.files.open(caller.conversation, id)
    except DeliveryError as error:
        return shared(request, problem(404, "not_found", error.problem.sentence))
    except OSError as error:
        log.error("file.not_read", why=str(error))
        text = "The file cannot be read right now. Try again in a moment."
        return shared(request, problem(503, "unavailable", text, retry=5))
    try:
        response, start, stop = answer(request, it)
        shared(request, response)
        await response.prepare(request)
        if request.method != "HEAD":
            await pour(file, start, stop, response)
        await response.write_eof()
        return response
    finally:
        await asyncio.to_thread(file.close)


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
    return Caller(ConversationId(conversation), keys.held_value(session.account.id))


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


async def too_much(desk: Context, request: web.Request, caller: Caller, size: int) -> bool:
    """More bytes in this hour than one address may bring. Agents may bring what they like."""
    if caller.by != "customer":
        return False
    address = address_of(request, desk.settings.proxies)
    hour = int(time.time()) // HOUR
    with reaching():
        async with desk.store.redis.pipeline(transaction=True) as pipe:
            key = keys.attempts("file-bytes", f"{address}:{hour}")
            pipe.incrby(key, size)
            pipe.expire(key, HOUR)
            count, _ = await pipe.execute()
    return int(count) > BYTES_PER_ADDRESS


async def body_of(request: web.Request, file: BinaryIO, most: int) -> int | None:
    """Write the whole body to `file`: its size, or None as soon as it is bigger than it may be."""
    size = 0
    try:
        async with asyncio.timeout(UPLOAD_WITHIN):
            async for chunk in request.content.iter_chunked(PIECE):
                size += len(chunk)
                if size > most:
                    return None
                await asyncio.to_thread(file.write, chunk)
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return size


def answer(request: web.Request, it: Attachment) -> tuple[web.StreamResponse, int, int]:
    """The head of the answer, and from where to where the file follows. It is nothing that a
    browser runs: shown only if it is a raster picture, sound or video by its own first bytes."""
    how = "inline" if it.type in SHOWN else "attachment"
    headers = {
        "Content-Type": it.type if "/" in it.type else "application/octet-stream",
        "Content-Disposition": f"{how}; filename*=UTF-8''{quote(it.name or it.id, safe='')}",
        "Content-Security-Policy": (
            "default-src 'none'; img-src 'self'; media-src 'self'; style-src 'unsafe-inline'; "
            "frame-ancestors 'none'; sandbox"
        ),
        "Cross-Origin-Resource-Policy": "same-origin",
        # Kept, but asked for each time: a file that was erased or whose reader signed out is gone.
        "Cache-Control": "private, no-cache",
        "ETag": f'"{it.id}"',
        "Accept-Ranges": "bytes",
    }
    if f'"{it.id}"' in request.headers.get("If-None-Match", ""):
        return web.StreamResponse(status=304, headers=headers), 0, 0
    try:
        wanted = request.http_range
    except ValueError:
        wanted = slice(None)
    if wanted.start is None and wanted.stop is None:
        headers["Content-Length"] = str(it.size)
        return web.StreamResponse(headers=headers), 0, it.size
    start, stop, _ = wanted.indices(it.size)
    if start >= stop:
        headers |= {"Content-Range": f"bytes */{it.size}", "Content-Length": "0"}
        return web.StreamResponse(status=416, headers=headers), 0, 0
    headers["Content-Range"] = f"bytes {start}-{stop - 1}/{it.size}"
    headers["Content-Length"] = str(stop - start)
    return web.StreamResponse(status=206, headers=headers), start, stop


async def pour(file: BinaryIO, start: int, stop: int, response: web.StreamResponse) -> None:
    """Bytes `start` to `stop` of the file, as fast as the reader takes them."""
    file.seek(start)
    while start < stop:
        piece = await asyncio.to_thread(file.read, min(PIECE, stop - start))
        if not piece:
            raise ConnectionResetError("the file is shorter than it was")
        await response.write(piece)
        start += len(piece)


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
