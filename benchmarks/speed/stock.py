"""The bot that every Rasa user starts from: `rasa init`, as it comes, answering over REST."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import aiohttp

from ops.readiness import page_answers
from tests.browser.actors import free_port

SAYS = ("hello", "I am sad", "are you a bot?", "that did not help", "bye")


class StockRasa:
    """Made and trained once in `folder`, then started with `rasa run`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/webhooks/rest/webhook"
        self._env = {
            **os.environ,
            "RASA_TELEMETRY_ENABLED": "false",
            "TF_CPP_MIN_LOG_LEVEL": "2",
            "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
            "PYTHONWARNINGS": "ignore",
        }
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        if not list(self.folder.glob("models/*.tar.gz")):
            print(
                "Making and training a stock `rasa init` bot (once, a minute or two) …", flush=True
            )
            self.folder.mkdir(parents=True, exist_ok=True)
            made = self._rasa("init", "--no-prompt", "--init-dir", str(self.folder))
            if made.wait() != 0:
                raise RuntimeError(f"rasa init failed: {self._log()}")
        self._process = self._rasa("run", "--interface", "127.0.0.1", "--port", str(self.port))
        until = time.monotonic() + 240
        while not page_answers("127.0.0.1", self.port, "/webhooks/rest/"):
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the stock bot does not start: {self._log()}")
            time.sleep(0.2)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            self._process.wait(timeout=30)

    def _rasa(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.folder / "log.txt").open("ab") as out:
            return subprocess.Popen(
                [sys.executable, "-m", "rasa", *arguments],
                cwd=self.folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def _log(self) -> str:
        return (self.folder / "log.txt").read_text("utf-8", "replace")[-3000:]


class StockCustomer:
    """One conversation with the stock bot."""

    def __init__(self, http: aiohttp.ClientSession, url: str, name: str) -> None:
        self._http, self._url, self._name = http, url, name
        self._said = 0

    async def turn(self) -> None:
        """Say something and wait for the answer."""
        body = {"sender": self._name, "message": SAYS[self._said % len(SAYS)]}
        self._said += 1
        async with self._http.post(self._url, json=body) as answer:
            if not await answer.json():
                raise RuntimeError("the stock bot said nothing")

    async def close(self) -> None:
        return
