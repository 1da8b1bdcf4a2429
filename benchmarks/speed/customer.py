"""A customer at the website chat, at the level of its protocol."""

from __future__ import annotations

import asyncio
import itertools
import time
import uuid
from typing import Any, Self

import aiohttp

ASKS = (
    "How long does delivery take?",
    "can I pay by card",
    "hello",
    "how do I send something back?",
    "what does shipping to Norway cost",
    "thanks",
    "where can I see my invoice",
)


class Customer:
    """One widget: its socket, and every frame it got with the time it came."""

    _numbers = itertools.count(1)

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._said = 0
        self.frames: asyncio.Queue[tuple[float, dict[str, Any]]] = asyncio.Queue()
        self.conversation = ""
        self._reader = asyncio.create_task(self._read())

    @classmethod
    async def arrives(cls, http: aiohttp.ClientSession, url: str) -> Self:
        # The desk counts connections per address; a bench is many people. PROXIES=1 believes it.

        somewhere = {"X-Forwarded-For": f"2001:db8::{next(cls._numbers):x}"}
        socket = await http.ws_connect(f"{url}/widget/socket", origin=url, headers=somewhere)
        customer = cls(socket)
        await socket.send_json({"type": "hello", "token": None, "after": 0, "lang": "en"})
        welcome = await customer.until("welcome")
        customer.conversation = str(welcome.get("conversation") or "")
        return customer

    async def _read(self) -> None:
        async for message in self._socket:
            self.frames.put_nowait((time.perf_counter(), message.json()))

    async def until(self, type: str, **having: Any) -> dict[str, Any]:
        """The next frame of this type; for `entry`, one whose entry has these fields."""
        return (await self.timed(type, **having))[1]

    async def timed(self, type: str, **having: Any) -> tuple[float, dict[str, Any]]:
        async with asyncio.timeout(30):
            while True:
                at, frame = await self.frames.get()
                shown = frame.get("entry", {}) if type == "entry" else frame
                if frame["type"] == type and having.items() <= shown.items():
                    return at, frame

    async def say(self, text: str) -> None:
        await self._socket.send_json({"type": "say", "id": str(uuid.uuid4()), "text": text})

    async def ask_for_a_human(self) -> None:
        await self._socket.send_json({"type": "human", "id": str(uuid.uuid4())})

    async def turn(self) -> None:
        """Say something and wait for the bot."""
        # Never the same text twice: a vector that is remembered costs nothing.
        await self.say(f"{ASKS[self._said % len(ASKS)]} (order {next(self._numbers)})")
        self._said += 1
        await self.until("entry", sender="bot", kind="message")

    async def close(self) -> None:
        await self._socket.close()
        await self._reader
