"""supervisord as a child of ours: started, asked, stopped."""

from __future__ import annotations

import http.client
import signal
import subprocess
import xmlrpc.client
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from ops.places import PYTHON, ROOT


class State(IntEnum):
    """supervisord's own states of a process."""

    STOPPED = 0
    STARTING = 10
    RUNNING = 20
    BACKOFF = 30
    STOPPING = 40
    EXITED = 100
    FATAL = 200
    UNKNOWN = 1000


@dataclass(frozen=True)
class Status:
    """What supervisord says about one process; `pid` is 0 while it does not run."""

    name: str
    state: State
    pid: int
    why: str


class SupervisorGone(Exception):
    """supervisord does not answer."""


class Supervisor:
    """A supervisord over the given configuration file; what it prints itself goes to `out`."""

    def __init__(self, conf: Path, socket: Path, out: Path, env: Mapping[str, str]) -> None:
        self._conf = conf
        self._out = out
        self._env = dict(env)
        self._socket = socket
        self._process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start it in its own session: Ctrl-C is for the runner, which stops things in order."""
        python = [str(PYTHON), "-W", "ignore", "-m"]
        with self._out.open("wb") as out:
            self._process = subprocess.Popen(
                [*python, "ops.child", *python, "supervisor.supervisord", "-c", str(self._conf)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd=ROOT,
                env=self._env,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def statuses(self) -> dict[str, Status]:
        """All processes by name; raises SupervisorGone."""
        found = {}
        for said in self._ask("getAllProcessInfo"):
            state, why = State(said["state"]), said["spawnerr"] or said["description"]
            found[said["name"]] = Status(said["name"], state, said["pid"], why)
        return found

    def start(self, name: str) -> None:
        """Have it started; whether it stays up is seen in its status."""
        self._ask("startProcess", name, False)

    def stop(self, patience: float) -> bool:
        """Stop everything, last started first; True when nobody had to be killed."""
        if self._process is None:
            return True
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(patience)
            return True
        except subprocess.TimeoutExpired:
            self.kill()
            return False

    def kill(self) -> None:
        """Kill supervisord; its children are told to stop by Linux (`ops.child`)."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _ask(self, method: str, *arguments: object) -> Any:
        # A connection of its own for each call: one that failed once cannot be used again.
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
        try:
            return getattr(server.supervisor, method)(*arguments)
        except (OSError, http.client.HTTPException, xmlrpc.client.ProtocolError) as error:
            raise SupervisorGone(str(error)) from error
        finally:
            transport.close()
