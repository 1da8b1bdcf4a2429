"""Stock `rasa run` and `rasa run actions` as processes, and a customer who writes to the log."""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from handoff.log import Log
from handoff.model import Conversation, ConversationId, Entry, Kind, Owner, Sender
from handoff.store import Store
from ops.places import LOOPBACK, MODELS, PYTHON, ROOT
from ops.train import QUIET

STARTS_WITHIN = 240.0  # seconds; on two busy cores
ANSWERS_WITHIN = 40.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind((LOOPBACK, 0))
        return int(found.getsockname()[1])


def models() -> Path:
    """The demo model's folder; BATON_RASA_MODEL names another one, to be used as it is."""
    return Path(os.environ.get("BATON_RASA_MODEL") or MODELS)


@dataclass
class Process:
    """A process with a health page and a log."""

    name: str
    command: tuple[str, ...]
    health: str
    folder: Path
    env: Mapping[str, str]
    running: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    def start(self) -> Process:
        with self.log.open("ab") as out:
            self.running = subprocess.Popen(
                self.command, cwd=ROOT, env=self.env, stdout=out, stderr=subprocess.STDOUT
            )
        return self

    def wait_until_ready(self) -> Process:
        until = time.monotonic() + STARTS_WITHIN
        while not self.healthy():
            ended = self.running is None or self.running.poll() is not None
            if ended or time.monotonic() > until:
                raise RuntimeError(f"{self.name} is not ready:\n{self.log.read_text()[-5000:]}")
            time.sleep(0.1)
        return self

    def healthy(self) -> bool:
        try:
            with urllib.request.urlopen(self.health, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def send(self, how: signal.Signals) -> None:
        assert self.running is not None
        self.running.send_signal(how)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.running is not None and self.running.poll() is None:
            self.send(how)
            self.send(signal.SIGCONT)
            self.running.wait(timeout=60)


def environment(redis_url: str, actions_port: int) -> dict[str, str]:
    return {
        **os.environ,
        **QUIET,
        "REDIS_URL": redis_url,
        "ACTIONS_PORT": str(actions_port),
        "SANIC_HOST": LOOPBACK,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }


def rasa(folder: Path, redis_url: str, actions_port: int, name: str = "rasa") -> Process:
    port = free_port()
    command: tuple[str, ...] = (str(PYTHON), "-m", "rasa", "run", "-m", str(models()))
    command += ("--endpoints", "endpoints.yml", "--credentials", "credentials.yml")
    command += ("-i", LOOPBACK, "-p", str(port))
    health = f"http://{LOOPBACK}:{port}/webhooks/baton/"
    return Process(name, command, health, folder, environment(redis_url, actions_port))


def action_server(folder: Path, port: int) -> Process:
    command: tuple[str, ...] = (str(PYTHON), "-m", "rasa", "run", "actions", "--actions", "actions")
    command += ("--port", str(port))
    health = f"http://{LOOPBACK}:{port}/health"
    return Process("actions", command, health, folder, environment("", port))


@dataclass
class Customer:
    """Somebody who writes to the bot and reads what comes back."""

    store: Store
    id: ConversationId = field(default_factory=lambda: ConversationId(secrets.token_hex(6)))
    lang: str | None = None
    channel: str = "website"

    async def write(self, text: str, **body: Any) -> int:
        """Send a message; its number in the log."""
        sent = await Log(self.store).append_customer(
            self.id, secrets.token_hex(6), text, lang=self.lang, channel=self.channel, more=body
        )
        return sent.seq

    async def say(self, text: str, **body: Any) -> list[Entry]:
        """Send a message and wait until it is settled: what came after it."""
        seq = await self.write(text, **body)
        await self.settled(seq)
        return await self.since(seq)

    async def press(self, place: int) -> list[Entry]:
        """Press a button of the last message that has any, as the desk would let them."""
        offered = [entry for entry in await self.since(0) if entry.body.get("buttons")]
        button = offered[-1].body["buttons"][place]
        return await self.say(button["label"], payload=button["payload"])

    async def settled(self, seq: int, within: float = ANSWERS_WITHIN) -> None:
        until = time.monotonic() + within
        while True:
            now = await self.state()
            if now.answered >= seq or now.owner is not Owner.BOT:
                return
            if time.monotonic() > until:
                raise TimeoutError(f"message {seq} is not answered after {within} s")
            await asyncio.sleep(0.005)

    async def state(self) -> Conversation:
        found = await Log(self.store).conversation(self.id)
        assert found is not None
        return found

    async def since(self, seq: int) -> list[Entry]:
        return await Log(self.store).read(self.id, after=seq)


def texts(entries: list[Entry]) -> list[str]:
    """What the bot said."""
    return [e.text for e in entries if e.sender is Sender.BOT and e.kind is Kind.MESSAGE]


def handoff(entries: list[Entry]) -> Mapping[str, Any] | None:
    """The body of the entry that handed the conversation over."""
    return next((entry.body for entry in entries if entry.kind is Kind.OWNER), None)
