"""`make run` itself, with everything real: start, crash, stop, start again."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from ops.places import ROOT, socket_folder
from ops.readiness import fetch, page_answers

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(300)]


class Run:
    """`python -m ops.run` in a folder of its own, and what it has said so far."""

    def __init__(self, var: Path, ports: dict[str, str]) -> None:
        self.ports = {name: int(port) for name, port in ports.items()}
        self.said = ""
        env = {**os.environ, **ports, "VAR_FOLDER": str(var), "REDIS_URL": ""}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ops.run"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self.said += line

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        end = time.monotonic() + seconds
        while not (match := re.search(pattern, self.said, re.MULTILINE)):
            assert self._process.poll() is None, self.said
            assert time.monotonic() < end, self.said
            time.sleep(0.05)
        return match

    def interrupt(self) -> int:
        """Ctrl-C; its exit status."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        status = self._process.wait(60)
        self._reader.join()
        assert self._process.stdout is not None
        self._process.stdout.close()
        return status


@pytest.fixture
def ports() -> dict[str, str]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(3)]
    found = [str(one.getsockname()[1]) for one in held]
    for one in held:
        one.close()
    return dict(zip(("DESK_PORT", "RASA_PORT", "ACTIONS_PORT"), found, strict=True))


@pytest.fixture
def var(tmp_path: Path) -> Path:
    return tmp_path / "var"


@pytest.fixture
def run(var: Path, ports: dict[str, str]) -> Iterator[Run]:
    run = Run(var, ports)
    yield run
    run.interrupt()


def processes_of(var: Path) -> list[str]:
    """Command lines of living processes that name this folder, or whose environment does."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            environment = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if f"VAR_FOLDER={var}".encode() in environment or bytes(socket_folder(var)) in command:
            found.append(command.replace(b"\0", b" ").decode())
    return found


def redis_of(var: Path) -> redis.Redis:
    path = socket_folder(var) / "redis.sock"
    return redis.Redis(unix_socket_path=str(path), decode_responses=True)


def test_start_crash_stop_and_start_again(run: Run, var: Path, ports: dict[str, str]) -> None:
    run.wait_for("^Baton is ready")
    desk = run.ports["DESK_PORT"]
    link = run.wait_for(r"http://\S+/console/#welcome=\S+")
    assert f":{desk}/" in link[0]
    for path in ("/demo", "/console/", "/widget/support-chat.js"):
        assert page_answers("127.0.0.1", desk, path), path
    # Rasa's HTTP API would let anybody on the machine speak as anybody.
    assert fetch("127.0.0.1", run.ports["RASA_PORT"], "/domain") is None

    second = Run(var, ports)
    assert second.ended() == 1
    assert "running from this folder already" in second.said

    with redis_of(var) as client:
        client.set("said", "hello")
        pid = int(client.info("server")["process_id"])
    os.kill(pid, signal.SIGKILL)
    run.wait_for(r"redis ended and is back|redis is back")

    assert run.interrupt() == 0
    assert run.said.rstrip().endswith("Everything has stopped.")
    assert processes_of(var) == []

    again = Run(var, ports)
    try:
        again.wait_for("^Baton is ready")
        with redis_of(var) as client:
            assert client.get("said") == "hello"
    finally:
        again.interrupt()
    assert processes_of(var) == []
