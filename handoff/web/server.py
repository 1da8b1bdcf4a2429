"""One desk process, from start to end."""

from __future__ import annotations

import asyncio
import contextlib
import resource
import signal

import structlog
from aiohttp import web

from handoff.settings import Settings
from handoff.store import Store
from handoff.web.app import create_app
from handoff.web.context import CONTEXT

log = structlog.get_logger()

HEADERS_WITHIN = 20.0  # seconds: also how long an idle connection is kept
FINISH_WITHIN = 4.0  # for requests under way when the desk is told to stop


def _allow_many_sockets() -> None:
    """As many open files as we may have: the usual soft limit of 1,024 is a thousand customers."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


async def serve(settings: Settings, store: Store) -> int:
    """Serve until SIGTERM or SIGINT: 0. 3 when the database is not the one this process began
    with."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    _allow_many_sockets()
    app = create_app(settings, store)
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=HEADERS_WITHIN,
        shutdown_timeout=FINISH_WITHIN,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.desk_host, settings.desk_port, backlog=1024)
        await site.start()
        log.info("desk.ready", host=settings.desk_host, port=settings.desk_port)
        fatal = app[CONTEXT].fatal
        waits = [asyncio.create_task(stopped.wait()), asyncio.create_task(fatal.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        log.info("desk.stopping")
        return 3 if fatal.is_set() else 0
    finally:
        with contextlib.suppress(TimeoutError):
            await runner.cleanup()
