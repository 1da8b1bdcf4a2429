"""The files that browsers fetch: the widget, the console, the demo shop."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

HERE = Path(__file__).resolve().parents[1]
WIDGET = HERE / "widget"
CONSOLE = HERE / "console"
TEXTS = HERE / "texts.json"

# Only these leave the house, whatever else comes to lie in the folders.
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".mp3": "audio/mpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".wav": "audio/wav",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}

routes = web.RouteTableDef()


@routes.get("/")
@routes.get("/demo")
async def demo(request: web.Request) -> web.StreamResponse:
    """A shop that carries the chat, to try it out."""
    return _file(WIDGET, "demo.html")


@routes.get("/widget/texts.json")
async def texts(request: web.Request) -> web.StreamResponse:
    return _file(TEXTS.parent, TEXTS.name)


@routes.get("/widget/{path:.+}")
async def widget(request: web.Request) -> web.StreamResponse:
    return _file(WIDGET, request.match_info["path"])


@routes.get("/console")
async def to_console(request: web.Request) -> web.StreamResponse:
    raise web.HTTPPermanentRedirect("/console/")


@routes.get("/console/{path:.*}")
async def console(request: web.Request) -> web.StreamResponse:
    return _file(CONSOLE, request.match_info["path"] or "index.html")


@routes.get("/favicon.ico")
async def icon(request: web.Request) -> web.StreamResponse:
    return web.Response(status=204)


def _file(folder: Path, name: str) -> web.StreamResponse:
    """The file, with its ETag; browsers ask each time whether it is still the same, so a release
    shows at once."""
    try:
        path = (folder / name).resolve()
        inside = path.is_relative_to(folder) and path.is_file()
    except (OSError, ValueError):  # a name too long, or with a zero byte
        inside = False
    if not inside or path.suffix not in TYPES or path.name.endswith(".test.js"):
        raise web.HTTPNotFound
    return web.FileResponse(
        path, headers={"Content-Type": TYPES[path.suffix], "Cache-Control": "no-cache"}
    )
