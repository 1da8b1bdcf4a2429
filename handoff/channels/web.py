"""The webhooks: answered at once, after the log has it and before anything is made of it.

One clear hook for the desk: `attach(app)`.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import asdict
from functools import partial
from typing import Any

import structlog
from aiohttp import web

from handoff.channels.contract import Adapter, Incoming, Poison, What
from handoff.channels.door import Door
from handoff.channels.fetcher import Fetcher
from handoff.channels.running import Channels
from handoff.channels.set_up import adapters_for
from handoff.courier import Courier
from handoff.feed import ERASED, Change
from handoff.model import ConversationId
from handoff.store import ForeignDatabase, Unavailable
from handoff.web.context import CONTEXT, Context
from handoff.web.hints import Hint, Hinted
from handoff.web.seen import Seen

log = structlog.get_logger()

BIGGEST = 1024 * 1024  # bytes of a webhook's body
BODY_WITHIN = 10.0  # seconds
ANSWER_WITHIN = 12.0  # seconds; Facebook waits for 20, and stops sending to a page that is slow


CHANNELS = web.AppKey("channels", Channels)


def attach(app: web.Application) -> None:
    """Give the desk its webhooks and its courier."""
    desk = app[CONTEXT]
    files = desk.files
    adapters = adapters_for(desk.settings, files)
    language = desk.settings.default_language
    channels = Channels(
        adapters,
        Door(desk.store, files, partial(tell_seen, desk)),
        Courier(desk.store, adapters, language),
        Fetcher(desk.store, files, adapters),
        lambda: desk.people.workers,
    )
    app[CHANNELS] = channels
    desk.show_typing = channels.show_typing
    for adapter in adapters.values():
        for path in paths_of(adapter.name):
            app.router.add_post(path, _webhook(adapter))
            if adapter.challenged:
                app.router.add_get(path, _challenge(adapter), allow_head=False)
    app.cleanup_ctx.append(_background)


def paths_of(channel: str) -> list[str]:
    """Where a channel's webhook is served. Those of Rasa's connectors go on working."""
    paths = {
        "telegram": ["/hook/telegram", "/webhooks/telegram/webhook"],
        "messenger": ["/hook/messenger", "/webhooks/facebook/webhook"],
    }
    return paths.get(channel, [f"/hook/app/{channel}"])


async def _background(app: web.Application) -> AsyncIterator[None]:
    channels = app[CHANNELS]

    def erased(change: Change) -> None:
        if change.kind == ERASED:
            channels.aside(desk.files.forget(change.conversation))

    desk = app[CONTEXT]
    duties = (channels.courier.run, channels.door.inbox.run, channels.fetcher.run)
    tasks = [asyncio.create_task(_kept(app, duty)) for duty in duties]
    with desk.hub.follower(erased):
        yield
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await channels.close()


async def _kept(app: web.Application, duty: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """A duty that fails unforeseen is written down and taken up again."""
    while True:
        try:
            await duty()
        except ForeignDatabase as error:
            log.critical("database.foreign", why=str(error))
            app[CONTEXT].fatal.set()
            return
        except Exception:
            log.exception("duty.failed", duty=duty.__qualname__)
            await asyncio.sleep(1)


def _webhook(adapter: Adapter) -> Any:
    async def webhook(request: web.Request) -> web.Response:
        channels = request.app[CHANNELS]
        body = await body_of(request)
        if not adapter.genuine(request.headers, body):
            log.warning("webhook.not_genuine", channel=adapter.name)
            raise web.HTTPForbidden(text="The signature or the secret is missing or wrong.")
        try:
            # What was taken by then is taken: the platform sends it all again, and it is known.
            async with asyncio.timeout(ANSWER_WITHIN):
                await receive(channels, adapter, body)
        except TimeoutError:
            log.warning("webhook.late", channel=adapter.name)
            raise Unavailable("Redis does not answer in time") from None
        return web.json_response({"ok": True})

    return webhook


def _challenge(adapter: Adapter) -> Any:
    async def challenge(request: web.Request) -> web.Response:
        said = adapter.challenge(request.query)
        if said is None:
            raise web.HTTPForbidden(text="The token to verify the webhook is missing or wrong.")
        return web.Response(text=said, content_type="text/plain")

    return challenge


async def tell_seen(desk: Context, cid: ConversationId, seq: int) -> None:
    """As the widget's own «seen» does."""
    if await Seen(desk.store).customer(cid, seq):
        await desk.hints.publish(Hint(Hinted.SEEN, cid, who="customer", seq=seq))


async def body_of(request: web.Request) -> bytes:
    """The raw body. 413 above 1 MiB, whatever the headers say, and 408 when it does not come."""
    too_big = web.HTTPRequestEntityTooLarge(BIGGEST, request.content_length or BIGGEST + 1)
    if (request.content_length or 0) > BIGGEST:
        raise too_big
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_WITHIN):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > BIGGEST:
                    raise too_big
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    return bytes(body)


async def receive(channels: Channels, adapter: Adapter, body: bytes) -> None:
    """Every update of one webhook into the log. What makes no sense is set aside and hides nothing
    that comes with it. Raises Unavailable."""
    try:
        payload = json.loads(body)
        updates = adapter.updates(payload)
    except (ValueError, RecursionError, Poison) as error:
        await channels.door.set_aside(adapter.name, body.decode("utf-8", "replace"), str(error))
        return
    for update in updates:
        try:
            found = list(adapter.incoming(update))
        except Exception as error:
            # Whatever a parser stumbles over is the update's fault until somebody has looked.
            why = f"{type(error).__name__}: {error}"
            await channels.door.set_aside(adapter.name, update, why)
            continue
        for one in found:
            await _one(channels, adapter, one)


async def _one(channels: Channels, adapter: Adapter, one: Incoming) -> None:
    try:
        await channels.door.take(adapter.name, one)
        if one.attachments:
            channels.fetcher.news.set()
        if not one.name and one.what in (What.MESSAGE, What.START):
            channels.aside(channels.introduce(adapter, one.external))
    except (Unavailable, ForeignDatabase):
        raise
    except Exception as error:
        log.exception("incoming.failed", channel=adapter.name)
        await channels.door.set_aside(adapter.name, asdict(one), f"{type(error).__name__}: {error}")
        return
    if one.what is What.STRANGER and not await channels.door.customers.first_time_told(
        adapter.name, one.external
    ):
        return
    channels.aside(adapter.after(one))
    if one.what in (What.MESSAGE, What.PRESS):
        channels.aside(channels.typing(adapter, one.external))
