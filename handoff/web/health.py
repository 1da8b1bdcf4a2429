"""Is the desk well, and are its parts? For supervisors, balancers, and people who look."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from handoff import keys
from handoff.channels.web import CHANNELS
from handoff.store import Unavailable, reaching
from handoff.web.context import CONTEXT
from handoff.web.limits import address_of

routes = web.RouteTableDef()

PATIENCE = 1.5  # seconds for Redis to answer a look
PLATFORMS = ("telegram", "messenger")
LOOPBACK = ("127.0.0.1", "::1")


@routes.get("/health")
async def health(request: web.Request) -> web.Response:
    """200 as long as the process lives: starting it again does not bring a missing part back."""
    return web.json_response(await parts(request.app))


@routes.get("/ready")
async def ready(request: web.Request) -> web.Response:
    """200 when customers can be served here, 503 when a balancer should send them elsewhere."""
    said = await parts(request.app)
    return web.json_response(said, status=200 if said["parts"]["redis"] == "ok" else 503)


@routes.get("/metrics")
async def metrics(request: web.Request) -> web.Response:
    """For Prometheus on this machine; to the world this page does not exist."""
    desk = request.app[CONTEXT]
    forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    if forwarded or address_of(request, desk.settings.proxies) not in LOOPBACK:
        raise web.HTTPNotFound
    numbers = desk.metrics
    numbers.available.set(desk.people.available)
    numbers.workers.set(desk.people.workers)
    with reaching():
        async with desk.store.redis.pipeline(transaction=False) as pipe:
            pipe.zcard(keys.WAITING)
            pipe.hgetall(keys.STATS)
            waiting, counters = await pipe.execute()
    numbers.waiting.set(waiting)
    for name, count in counters.items():
        numbers.desk_counters.labels(name).set(int(count))
    return web.Response(body=numbers.text(), content_type="text/plain", charset="utf-8")


async def parts(app: web.Application) -> dict[str, Any]:
    """What there is and how it does. Nothing about anybody."""
    desk, channels = app[CONTEXT], app[CHANNELS].adapters
    workers = None
    try:
        async with asyncio.timeout(PATIENCE):
            with reaching():
                await desk.store.redis.ping()
            workers = await desk.people.living()
    except (Unavailable, TimeoutError):
        pass
    redis = "ok" if workers is not None else "away"
    bot = "unknown" if workers is None else "ok" if workers else "away"
    return {
        "status": "ok" if redis == bot == "ok" else "degraded",
        "parts": {
            "redis": redis,
            "feed": "ok" if desk.hub.following.is_set() else "away",
            "bot": bot,
            **{name: "ok" if name in channels else "not configured" for name in PLATFORMS},
        },
        "bot_workers": workers,
        "people_available": desk.people.available,
        "sockets": len(desk.wires),
    }
