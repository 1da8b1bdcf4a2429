"""The desk as one aiohttp application: everything it serves, and everything that runs beside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from aiohttp import WSCloseCode, web

from handoff.channels import web as channels
from handoff.settings import Settings
from handoff.store import ForeignDatabase, Store, Unavailable
from handoff.sweeper import Sweeper
from handoff.tokens import tokens_for
from handoff.web import api, files, health, identity, judgement, pages, security
from handoff.web.console_socket import console_socket
from handoff.web.context import CONTEXT, Context
from handoff.web.widget_socket import widget_socket

log = structlog.get_logger()

BIGGEST_BODY = 256 * 1024
FAREWELL = 4.0  # seconds for the sockets to hear that the desk goes away


def create_app(settings: Settings, store: Store) -> web.Application:
    """The whole desk. `store` stays open until its opener closes it."""
    app = web.Application(
        client_max_size=BIGGEST_BODY,
        middlewares=[security.errors, security.forgery, api.spoken],
    )
    given = [settings.widget_secret] if settings.widget_secret else []
    app[CONTEXT] = Context(settings, store, tokens_for(given, settings.var_folder))
    app.add_routes(
        [
            web.get("/widget/socket", widget_socket),
            web.get("/console/socket", console_socket),
            *api.routes,
            *files.routes,
            *identity.routes,
            *judgement.routes,
            *health.routes,
            *pages.routes,
        ]
    )
    channels.attach(app)
    app.on_response_prepare.append(security.put_headers)
    app.cleanup_ctx.append(background)
    app.on_shutdown.append(say_goodbye)
    return app


async def background(app: web.Application) -> AsyncIterator[None]:
    """What runs as long as the desk does."""
    desk = app[CONTEXT]
    sweeper = Sweeper(desk.store, desk.settings, desk.presence)
    try:
        await desk.people.refresh()
    except Unavailable:
        pass  # it is looked for again by itself
    with desk.hub.follower(desk.summaries.changed):
        tasks = [
            asyncio.create_task(_kept(desk, work.__qualname__, work))
            for work in (
                lambda: desk.hub.run(),
                desk.hints.run,
                lambda: desk.people.watch.run(desk.hub),
                desk.people.beat,
                lambda: desk.line.watch.run(desk.hub),
                sweeper.run,
            )
        ]
        yield
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def say_goodbye(app: web.Application) -> None:
    """Every socket hears that it should start again (1012), elsewhere or when this desk is back."""
    wires = list(app[CONTEXT].wires)
    for wire in wires:
        wire.close(WSCloseCode.SERVICE_RESTART)
    try:
        async with asyncio.timeout(FAREWELL):
            await asyncio.gather(*(wire.gone() for wire in wires))
    except TimeoutError:
        log.warning("sockets.left", count=sum(wire in app[CONTEXT].wires for wire in wires))


async def _kept(desk: Context, name: str, work: Callable[[], Awaitable[None]]) -> None:
    """A duty that fails unforeseen is written down and taken up again: the chat goes on."""
    while True:
        try:
            await work()
        except ForeignDatabase as error:
            log.critical("database.foreign", why=str(error))
            desk.fatal.set()
            return
        except Exception:
            log.exception("duty.failed", duty=name)
            await asyncio.sleep(1)
