"""What is said before anything is started."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from handoff.settings import Settings
from ops.console import Stop
from ops.places import ROOT
from ops.preflight import check_not_running, check_ports
from ops.run import Runner


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


@pytest.mark.parametrize("name", ["DESK_PORT", "RASA_PORT", "ACTIONS_PORT"])
def test_a_taken_port_is_named_with_a_way_out(name: str, taken: int) -> None:
    names = ["DESK_PORT", "RASA_PORT", "ACTIONS_PORT"]
    ports = {one: str(port) for one, port in zip(names, free_ports(3), strict=True)}
    check_ports(Settings.from_env(ports))
    with pytest.raises(Stop, match=rf"^Port {taken} .*make run {name}=\d+`\.$"):
        check_ports(Settings.from_env(ports | {name: str(taken)}))


def test_one_port_for_two_processes_is_refused() -> None:
    (port, other) = map(str, free_ports(2))
    with pytest.raises(Stop, match="DESK_PORT and ACTIONS_PORT are both"):
        check_ports(
            Settings.from_env({"DESK_PORT": port, "RASA_PORT": other, "ACTIONS_PORT": port})
        )


def test_a_wrong_setting_is_one_sentence() -> None:
    with pytest.raises(Stop, match=r"^DESK_PORT='eighty' must be a port"):
        Runner({"DESK_PORT": "eighty"})


def test_a_redis_that_does_not_answer_is_said_before_anything_starts() -> None:
    ports = dict(
        zip(("DESK_PORT", "RASA_PORT", "ACTIONS_PORT"), map(str, free_ports(3)), strict=True)
    )
    with pytest.raises(Stop, match="No Redis answers at REDIS_URL"):
        Runner({**ports, "REDIS_URL": "unix:///nowhere/redis.sock"})


def test_a_second_run_from_the_same_folder_is_refused(tmp_path: Path) -> None:
    pid_file = tmp_path / "supervisord.pid"
    check_not_running(pid_file)
    pid_file.write_text(f"{os.getpid()}\n")  # alive, but not a supervisor of this folder
    check_not_running(pid_file)
    sleeper = [sys.executable, "-c", "import time; time.sleep(60)", str(tmp_path)]
    with subprocess.Popen(sleeper) as supervisor:
        pid_file.write_text(f"{supervisor.pid}\n")
        try:
            # The pipe of Popen closes a moment before the new command line can be read.
            while not Path(f"/proc/{supervisor.pid}/cmdline").read_bytes():
                time.sleep(0.01)
            with pytest.raises(Stop, match=f"running from this folder already .*{supervisor.pid}"):
                check_not_running(pid_file)
        finally:
            supervisor.kill()
    check_not_running(pid_file)


def test_another_python_is_refused_in_one_sentence() -> None:
    pretend = (
        "import sys; sys.version_info = (3, 12, 1); sys.argv = ['ops.environment']; import ops"
    )
    asked = subprocess.run(
        [sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert asked.returncode == 1
    assert asked.stderr.startswith("Baton needs Python 3.11 ")
    assert len(asked.stderr.splitlines()) == 1
