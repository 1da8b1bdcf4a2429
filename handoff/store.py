"""The connection to Redis: scripts that are done once, errors that can be told apart, no hidden
retries.

redis-py retries by itself by default, and a repeated write is a doubled message (reliability.md,
section 5.2). So its retries are off, and only calls that carry an operation's id or a token are
repeated, here.
"""

from __future__ import annotations

import asyncio
import builtins
import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any, Self

from redis import asyncio as aioredis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import (
    BusyLoadingError,
    ConnectionError,
    NoScriptError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
)

from handoff import keys
from handoff.model import ConversationId

TIMEOUT = 5.0  # seconds without an answer after which Redis counts as away
# Before each repetition of an idempotent call: a Redis restart takes about a second
PAUSES = (0.05, 0.2, 0.6, 1.2)
TOUCHES_ONE = "lib"  # the text in front of every script that touches one conversation


class Unavailable(Exception):
    """Redis cannot be reached or cannot write. Nothing is known of the call; an idempotent one
    may be repeated."""


class ForeignDatabase(Exception):
    """The database is not the one this process started with (flushed or restored). Start the
    process again."""


AWAY = (
    ConnectionError,
    TimeoutError,
    BusyLoadingError,
    ReadOnlyError,
    # Said at a script's first write or not at all, so that no script is ever half done.
    OutOfMemoryError,
    OSError,
)


# MISCONF: the disk is full or broken, and nothing was written. Redis 6.2 wraps what a script met:
# «Error running script (call to f_…): @user_script:152: @user_script: 152: -OOM command …».
CANNOT_NOW = re.compile(r"(?:^|: -)(?:MISCONF|LOADING|OOM|READONLY) ")


def _unreachable(error: RedisError | OSError) -> bool:
    return isinstance(error, AWAY) or bool(CANNOT_NOW.search(str(error)))


@contextmanager
def reaching() -> Iterator[None]:
    """Redis's many ways of being away, as one: Unavailable."""
    try:
        yield
    except (RedisError, OSError) as error:
        if _unreachable(error):
            raise Unavailable(str(error)) from error
        raise


@cache
def script(name: str, with_lib: bool) -> str:
    folder = files("handoff") / "lua"
    text = (folder / f"{name}.lua").read_text("utf-8")
    return (folder / "lib.lua").read_text("utf-8") + text if with_lib else text


class _Cancellable:
    """redis-py writes under asyncio.wait_for, and Python 3.11's loses a cancellation that comes in
    the moment in which the write ends: a task told to stop would go on for ever (fixed in 3.12)."""

    socket_timeout: float | None

    async def send_packed_command(self, *args: Any, **kwargs: Any) -> None:
        limit, self.socket_timeout = self.socket_timeout, None
        try:
            async with asyncio.timeout(limit):
                await super().send_packed_command(*args, **kwargs)  # type: ignore[misc]
        except builtins.TimeoutError:
            raise TimeoutError("Timeout writing to socket") from None
        finally:
            self.socket_timeout = limit


def client(url: str, timeout: float = TIMEOUT) -> aioredis.Redis:
    """A client that never repeats a call by itself and never waits for ever."""
    made = aioredis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout,
        socket_connect_timeout=2.0,
        retry=Retry(NoBackoff(), 0),
        retry_on_error=[],
        health_check_interval=0,
        max_connections=200,
    )
    kind = made.connection_pool.connection_class
    made.connection_pool.connection_class = type(kind.__name__, (_Cancellable, kind), {})
    return made


class Store:
    """One process's access to Redis. `redis` for plain calls, `run` for scripts, `waiting` for
    blocking reads."""

    def __init__(self, url: str) -> None:
        self.url = url
        # Any: redis-py types every answer as all it could be in any mode; ours come decoded
        self.redis: Any = client(url)
        self.waiting: Any = client(url, timeout=TIMEOUT + 5)  # blocking reads wait up to TIMEOUT
        self.epoch = ""
        self._hashes: dict[tuple[str, bool], str] = {}

    @classmethod
    async def open(cls, url: str, patience: float = 30.0) -> Self:
        """Connect, waiting up to `patience` seconds for Redis. Raises Unavailable."""
        store = cls(url)
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while True:
            try:
                await store._enter()
                return store
            except (RedisError, OSError) as error:
                if not _unreachable(error) or loop.time() > until:
                    await store.close()
                    raise Unavailable(f"Redis at {_shown(url)} does not answer: {error}") from error
                await asyncio.sleep(0.2)

    async def _enter(self) -> None:
        # Only a database without conversations may be given a new life: cursors of an older one are
        # still out there.
        if not await self.redis.exists(keys.ALL):
            await self.redis.set(keys.EPOCH, secrets.token_hex(8), nx=True)
        epoch = await self.redis.get(keys.EPOCH)
        if not epoch:
            raise ForeignDatabase(
                f"{keys.EPOCH} is missing but there are conversations: restore the backup whole"
            )
        self.epoch = epoch

    async def close(self) -> None:
        await self.redis.aclose()
        await self.waiting.aclose()

    async def on_conversation(self, name: str, cid: ConversationId, *args: str | int) -> Any:
        """Run a script that touches one conversation. Every one of them is idempotent, so it is
        repeated when Redis was away for a moment. Raises Unavailable, ForeignDatabase."""
        return await self._repeated(
            name, True, keys.of_conversation(cid), (self.epoch, cid, *map(str, args))
        )

    async def run(
        self, name: str, names: Sequence[str], *args: str | int, again: bool = False
    ) -> Any:
        """Run any other script; `again` when repeating it does no harm."""
        given = tuple(map(str, args))
        if again:
            return await self._repeated(name, False, names, given)
        return await self._once(name, False, names, given)

    async def _repeated(
        self, name: str, with_lib: bool, names: Sequence[str], args: tuple[str, ...]
    ) -> Any:
        for pause in PAUSES:
            try:
                return await self._once(name, with_lib, names, args)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._once(name, with_lib, names, args)

    async def _once(
        self, name: str, with_lib: bool, names: Sequence[str], args: tuple[str, ...]
    ) -> Any:
        try:
            with reaching():
                return await self._evaluate(name, with_lib, names, args)
        except ResponseError as error:
            if "EPOCH" in str(error):
                raise ForeignDatabase(str(error)) from error
            raise

    async def _evaluate(
        self, name: str, with_lib: bool, names: Sequence[str], args: tuple[str, ...]
    ) -> Any:
        known = self._hashes.get((name, with_lib))
        if known is None:
            known = await self._load(name, with_lib)
        try:
            return await self.redis.evalsha(known, len(names), *names, *args)
        except NoScriptError:  # Redis was restarted: nothing of the script ran
            known = await self._load(name, with_lib)
            return await self.redis.evalsha(known, len(names), *names, *args)

    async def _load(self, name: str, with_lib: bool) -> str:
        loaded = str(await self.redis.script_load(script(name, with_lib)))
        self._hashes[name, with_lib] = loaded
        return loaded


def _shown(url: str) -> str:
    """The address without its password."""
    return url.rpartition("@")[2] if "@" in url else url
