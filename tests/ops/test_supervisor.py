"""A crashed process comes back, Ctrl-C leaves nothing behind, and neither does a killed runner."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from ops.processes import Process, redis_process, supervisor_conf
from ops.readiness import redis_answers
from ops.supervisor import State, Supervisor, SupervisorGone


def until(ready: Callable[[], bool], seconds: float = 15) -> None:
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def sockets() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="baton-"))  # short enough for a socket
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def conf(sockets: Path) -> Path:
    # It spends its time in a child of its own, as a shell does.
    waiting = ("sh", "-c", "sleep 300; true")
    processes = [redis_process(sockets, sockets / "data"), Process("waiting", waiting, 5)]
    conf = sockets / "supervisord.conf"
    conf.write_text(supervisor_conf(processes, sockets, sockets))
    return conf


@pytest.fixture
def supervisor(conf: Path, sockets: Path) -> Iterator[Supervisor]:
    supervisor = Supervisor(conf, sockets / "supervisor.sock", sockets / "out", os.environ)
    supervisor.launch()
    until(lambda: answers(supervisor))
    for name in ("redis", "waiting"):
        supervisor.start(name)
    until(lambda: redis_answers(f"unix://{sockets / 'redis.sock'}"))
    yield supervisor
    supervisor.stop(20)


def answers(supervisor: Supervisor) -> bool:
    try:
        return bool(supervisor.statuses())
    except SupervisorGone:
        return False


def test_a_crashed_process_comes_back_with_its_data(supervisor: Supervisor, sockets: Path) -> None:
    url = f"unix://{sockets / 'redis.sock'}"
    with redis.Redis.from_url(url) as client:
        client.set("said", "hello")
    before = supervisor.statuses()["redis"].pid
    until(lambda: supervisor.statuses()["redis"].state is State.RUNNING)
    os.kill(before, signal.SIGKILL)
    until(lambda: supervisor.statuses()["redis"].pid not in (0, before) and redis_answers(url))
    with redis.Redis.from_url(url) as client:
        assert client.get("said") == b"hello"


def test_stopping_leaves_nothing_behind(supervisor: Supervisor, sockets: Path) -> None:
    until(lambda: all(one.pid for one in supervisor.statuses().values()))
    statuses = supervisor.statuses()
    until(lambda: bool(children(statuses["waiting"].pid)))
    pids = [status.pid for status in statuses.values()] + children(statuses["waiting"].pid)
    assert supervisor.stop(20)
    assert [pid for pid in pids if alive(pid)] == []
    assert not (sockets / "redis.sock").exists()


def children(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_a_killed_supervisor_takes_its_processes_along(supervisor: Supervisor) -> None:
    until(lambda: all(one.pid for one in supervisor.statuses().values()))
    pids = [status.pid for status in supervisor.statuses().values()]
    supervisor.kill()
    until(lambda: not any(alive(pid) for pid in pids))


def test_a_killed_runner_takes_the_supervisor_along(conf: Path, sockets: Path) -> None:
    program = f"""
import os, time
from pathlib import Path
from ops import supervisor
here = Path({str(sockets)!r})
conf, socket, out = here / "supervisord.conf", here / "supervisor.sock", here / "out"
one = supervisor.Supervisor(conf, socket, out, os.environ)
one.launch()
time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", program]) as runner:
        pid_file = sockets / "supervisord.pid"
        until(lambda: pid_file.exists() and bool(pid_file.read_text().strip()))
        pid = int(pid_file.read_text())
        assert alive(pid)
        runner.kill()
        runner.wait()
        until(lambda: not alive(pid))
