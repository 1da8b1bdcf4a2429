"""What every answer of the desk carries, and what every request to the console's API must."""

from __future__ import annotations

from typing import Any

import structlog
from aiohttp import web

from handoff.accounts import Refused
from handoff.store import ForeignDatabase, Unavailable
from handoff.web.context import CONTEXT

log = structlog.get_logger()

CONSOLE_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; connect-src {connect}; "
    "img-src 'self' data:; media-src 'self'; style-src 'self'; font-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'; "
    "require-trusted-types-for 'script'; trusted-types baton"
)
# Any page may carry the widget, so the demo page is held to what a strict shop would hold it to.
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src {connect}; img-src 'self' data: blob:; "
    "media-src blob:; style-src 'self'; font-src 'self'; "
    "frame-ancestors 'self'; base-uri 'none'; form-action 'self'"
)
NOTHING = "default-src 'none'; frame-ancestors 'none'"

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    "X-Frame-Options": "DENY",
}


async def put_headers(request: web.Request, response: web.StreamResponse) -> None:
    """Signal handler: the headers of every answer, whoever made it."""
    headers = response.headers
    for name, value in EVERYWHERE.items():
        headers.setdefault(name, value)
    path = request.path
    desk = request.app[CONTEXT]
    connect = f"'self' {_sockets(request, desk.settings.public_url)}"
    if path.startswith("/console/"):
        headers["Content-Security-Policy"] = CONSOLE_POLICY.format(connect=connect)
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
        headers["Referrer-Policy"] = "no-referrer"
    elif path in ("/", "/demo"):
        headers["Content-Security-Policy"] = PAGE_POLICY.format(connect=connect)
        headers["X-Frame-Options"] = "SAMEORIGIN"
    else:
        headers.setdefault("Content-Security-Policy", NOTHING)
    if path.startswith("/widget/"):
        # Module scripts are fetched with CORS even where a plain script would not be.
        # The files are the same for everybody; whose page may *talk* is decided at the socket.
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
        headers["Access-Control-Allow-Origin"] = "*"
    if path.startswith("/api/"):
        headers["Cache-Control"] = "no-store"
    if desk.tls:
        headers["Strict-Transport-Security"] = "max-age=31536000"
    headers.pop("Server", None)


def _sockets(request: web.Request, public_url: str | None) -> str:
    """The address of our own sockets; `'self'` covers them only in recent browsers."""
    if public_url:
        return public_url.replace("http", "ws", 1).rstrip("/")
    host = request.host
    safe = all(c.isascii() and (c.isalnum() or c in ".:-[]") for c in host)
    return f"ws://{host} wss://{host}" if safe else ""


def problem(status: int, code: str, message: str, **more: Any) -> web.Response:
    """The one form of an error: a code for programs, a sentence for people."""
    headers = {"Retry-After": str(more["retry"])} if "retry" in more else None
    return web.json_response(
        {"code": code, "message": message, **more}, status=status, headers=headers
    )


@web.middleware
async def errors(request: web.Request, handler: Any) -> web.StreamResponse:
    """Errors are for someone: one place turns them into a status and a sentence. Nobody gets a
    traceback."""
    try:
        return await handler(request)  # type: ignore[no-any-return]
    except Refused as refused:
        return problem(400, refused.code, refused.message)
    except Unavailable as error:
        log.warning("request.unavailable", path=request.path, why=str(error))
        return problem(
            503, "unavailable", "The desk cannot reach its memory. Try again soon.", retry=2
        )
    except web.HTTPException as error:
        if request.path.startswith("/api/") and error.status >= 400:
            return problem(error.status, error.reason.lower().replace(" ", "_"), error.text or "")
        raise
    except ForeignDatabase as error:
        log.critical("database.foreign", why=str(error))
        request.app[CONTEXT].fatal.set()
        raise web.HTTPServiceUnavailable from error
    except Exception:
        log.exception("request.failed", path=request.path)
        if not request.path.startswith("/api/"):
            raise
        return problem(500, "failed", "Something went wrong on our side. It has been written down.")


@web.middleware
async def forgery(request: web.Request, handler: Any) -> web.StreamResponse:
    """Changes through the API come from our own page: a header that no form can send, and our
    origin."""
    if request.path.startswith("/api/") and request.method not in ("GET", "HEAD"):
        if request.headers.get("X-Baton") != "1":
            return problem(403, "forbidden", "The header X-Baton: 1 is missing.")
        if "Origin" in request.headers and not request.app[CONTEXT].origins.own(request):
            return problem(403, "forbidden", "This page may not use the console's API.")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            return problem(403, "forbidden", "This page may not use the console's API.")
    return await handler(request)  # type: ignore[no-any-return]
