"""The door between the desk and Rasa: an input channel without an entrance.

Nothing is posted to it. When Rasa's server has started, it takes turns from the desk's Redis.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from rasa.core.channels.channel import InputChannel, UserMessage
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from bot import guards
from bot.rasa_assistant import RasaAssistant
from bot.worker import Limits, Worker
from handoff.settings import Settings
from handoff.store import Store, Unavailable
from handoff.turns import Turns

log = logging.getLogger(__name__)

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before trying again to become ready


class TurnChannel(InputChannel):  # type: ignore[misc]
    """`credentials.yml`: `redis_url`, and optionally the fields of Limits."""

    def __init__(self, redis_url: str, limits: Limits) -> None:
        self.redis_url = redis_url
        self.limits = limits
        self.name_of_worker = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(3)}"
        self.worker: Worker | None = None
        self.trouble = "starting"
        self._starting: asyncio.Task[None] | None = None
        self._store: Store | None = None

    @classmethod
    def name(cls) -> str:
        return "baton"

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, Any] | None) -> TurnChannel:
        given = dict(credentials or {})
        url = given.pop("redis_url", None)
        given.setdefault("conversations", Settings.from_env().bot_conversations)
        if not url or "${" in str(url):
            raise guards.NotOurs("REDIS_URL is missing: credentials.yml names it for the bot.")
        try:
            limits = Limits(**{name: float(value) for name, value in given.items()})
        except (TypeError, ValueError) as error:
            raise guards.NotOurs(f"credentials.yml, bot.channel.TurnChannel: {error}") from error
        return cls(str(url), limits)

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """A health page, and the worker's start and stop."""
        door = Blueprint("baton")

        @door.route("/", methods=["GET"])
        async def health(_: Request) -> HTTPResponse:
            ready = self.worker is not None
            body = {"ready": ready, "worker": self.name_of_worker}
            if self.worker:
                body |= {"in_hand": self.worker.in_hand, "counts": dict(self.worker.counts)}
            else:
                body["trouble"] = self.trouble
            return response.json(body, status=200 if ready else 503)

        @door.listener("after_server_start")
        async def begin(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
            guards.quiet_logs()
            self._starting = asyncio.create_task(self._start(app.ctx.agent, on_new_message))

        @door.listener("before_server_stop")
        async def end(_: Sanic, __: asyncio.AbstractEventLoop) -> None:
            await self._stop()

        return door

    async def _start(self, agent: Any, on_new_message: OnNewMessage) -> None:
        """Take turns only when a real turn has gone through; try again while Redis is away."""
        assistant = RasaAssistant(agent, on_new_message)
        pause = FIRST_PAUSE
        while True:
            try:
                await assistant.prove(self.name_of_worker)
                self._store = await Store.open(self.redis_url)
                worker = Worker(Turns(self._store), assistant, self.name_of_worker, self.limits)
                worker.start()
                self.worker = worker
                log.info("worker.ready name=%s", self.name_of_worker)
                return
            except (guards.NotOurs, Unavailable) as error:
                self.trouble = str(error)
                log.critical("worker.not_ready trouble=%s", error)
            except Exception as error:
                trouble, self.trouble = self.trouble, f"{type(error).__name__}: {error}"
                # The traceback once; a trouble that stays would fill the disk with it.
                log.critical("worker.not_ready", exc_info=trouble != self.trouble)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _stop(self) -> None:
        if self._starting:
            self._starting.cancel()
            await asyncio.gather(self._starting, return_exceptions=True)
        worker, self.worker, self.trouble = self.worker, None, "stopping"
        if worker:
            await worker.stop()
        if self._store:
            with suppress(Unavailable):
                await self._store.close()
