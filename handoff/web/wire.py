"""One WebSocket, from the desk's side: everything goes out in order through one bounded queue."""

from __future__ import annotations

import asyncio
import json
import socket
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import WSCloseCode, WSMsgType, web

from handoff.store import ForeignDatabase
from handoff.web import frames
from handoff.web.limits import Bucket

log = structlog.get_logger()

MOST_QUEUED = 256 * 1024  # bytes waiting for one socket; more, and it starts again from its cursor
STALL = 20.0  # seconds without the other side reading anything
FAREWELL = 2.0  # seconds for the last words and the closing handshake
MOST_BAD = 10  # frames that make no sense before the desk hangs up


class Closed(Exception):
    """The socket is closed, or about to be: nothing more will come or go."""


class Wire:
    """Use as `async with Wire.open(request, …) as wire`. Tasks started with `spawn` end with it."""

    def __init__(self, ws: web.WebSocketResponse, request: web.Request) -> None:
        self._ws = ws
        self._request = request
        self._queue: deque[str] = deque()
        self._queued = 0
        self._more = asyncio.Event()
        self._less = asyncio.Event()
        self._end: tuple[int, str] | None = None
        self._gone = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._bad = 0
        self._flood = Bucket(100, 400)
        self.foreign: ForeignDatabase | None = None

    @classmethod
    @asynccontextmanager
    async def open(
        cls, request: web.Request, wires: set[Wire], heartbeat: float
    ) -> AsyncIterator[Wire]:
        """Upgrade, and close whatever happens. `wires` holds it as long as it lives."""
        # No compression: a small frame must not become a big one, and 2,000 sockets would each hold
        # a window.
        ws = web.WebSocketResponse(
            max_msg_size=frames.MOST_BYTES, heartbeat=heartbeat, compress=False, timeout=FAREWELL
        )
        await ws.prepare(request)
        connection = request.transport.get_extra_info("socket") if request.transport else None
        if connection is not None:
            # Or the kernel would hold megabytes more for somebody who does not read.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST_QUEUED // 2)
        wire = cls(ws, request)
        wires.add(wire)
        writer = asyncio.create_task(wire._write())
        try:
            yield wire
        except Closed:
            pass
        except ForeignDatabase as error:
            wire.foreign = error
        except Exception:  # ours: the client starts again, and somebody reads about it
            log.exception("socket.failed")
            wire.close(WSCloseCode.INTERNAL_ERROR)
        finally:
            wires.discard(wire)
            wire.close(WSCloseCode.OK)
            for task in wire._tasks:
                task.cancel()
            await asyncio.gather(*wire._tasks, return_exceptions=True)
            try:
                async with asyncio.timeout(FAREWELL * 2):
                    await writer
            except TimeoutError:
                wire._abort()
        if wire.foreign:
            raise wire.foreign

    @property
    def response(self) -> web.WebSocketResponse:
        return self._ws

    def send(self, frame: Mapping[str, Any]) -> None:
        """Queue a frame. When the other side has not read for too long, this ends the socket
        (1013)."""
        if self._end:
            return
        text = json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
        self._queue.append(text)
        self._queued += len(text.encode())
        if self._queued > MOST_QUEUED:
            self._queue.clear()
            self.close(WSCloseCode.TRY_AGAIN_LATER, "slow")
        self._more.set()

    async def room(self) -> None:
        """Wait until a good part of the queue is free: the log is the buffer of whoever reads
        slowly. Raises Closed."""
        while self._queued > MOST_QUEUED // 4:
            self._less.clear()
            await self._less.wait()
            if self._end:
                raise Closed
        if self._end:
            raise Closed

    def close(self, code: int, error: str | None = None) -> None:
        """End the socket after what is queued, with a word about why; the first call counts."""
        if self._end is None:
            if error:
                self._queue.append(json.dumps({"type": "error", "code": error}))
            self._end = (code, error or "")
            self._more.set()
            self._less.set()

    async def gone(self) -> None:
        """Wait until the socket is closed."""
        await self._gone.wait()

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run beside the reader until the socket ends. A failure ends the socket: the client starts
        again."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def receive(self, within: float | None = None) -> str:
        """The next text frame. Raises Closed; TimeoutError when none came in so many seconds."""
        while True:
            message = await self._ws.receive(within)
            if self._end or message.type in (
                WSMsgType.CLOSE,
                WSMsgType.CLOSING,
                WSMsgType.CLOSED,
                WSMsgType.ERROR,
            ):
                raise Closed
            if not await self._flood.take():
                self.close(WSCloseCode.POLICY_VIOLATION, "flood")
                raise Closed
            if message.type is WSMsgType.TEXT:
                return str(message.data)
            self.complain(frames.BadFrame("not_text"))

    def complain(self, bad: frames.BadFrame) -> None:
        """Say what was wrong with a frame; somebody who keeps sending such is hung up on (1008)."""
        self._bad += 1
        if self._bad >= MOST_BAD:
            self.close(WSCloseCode.POLICY_VIOLATION, bad.code)
        elif bad.id:
            self.send({"type": "refused", "id": bad.id, "code": bad.code})
        else:
            self.send({"type": "error", "code": bad.code})

    async def _write(self) -> None:
        try:
            while True:
                while self._queue:
                    text = self._queue.popleft()
                    async with asyncio.timeout(STALL if self._end is None else FAREWELL):
                        await self._ws.send_str(text)
                    self._queued -= len(text.encode())
                    self._less.set()
                if self._end:
                    code, message = self._end
                    async with asyncio.timeout(FAREWELL):
                        await self._ws.close(code=code, message=message.encode())
                    return
                self._more.clear()
                await self._more.wait()
        except (TimeoutError, ConnectionError, RuntimeError):
            # It does not read, or is gone: there is nobody to say goodbye to. Closing wakes the
            # reader.
            self.close(WSCloseCode.TRY_AGAIN_LATER)
            self._abort()
        finally:
            self._gone.set()

    def _abort(self) -> None:
        if self._request.transport is not None:
            self._request.transport.abort()

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if isinstance(error, ForeignDatabase):
            self.foreign = error
        elif error is not None and not isinstance(error, Closed):
            log.error("socket.failed", exc_info=error)
        if error is not None:
            self.close(WSCloseCode.INTERNAL_ERROR)
