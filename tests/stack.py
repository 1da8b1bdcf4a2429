"""A whole Baton: the processes of `make run`, on free ports; each can be killed and restarted."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from handoff.settings import Settings
from ops.places import ROOT
from ops.processes import Process, assistant_processes, process_environment
from ops.readiness import Probe, probes
from tests.browser.actors import free_port
from tests.redis_server import RedisServer

READY_WITHIN = 240.0  # seconds; two cores may be busy with other tests


class Stack:
    """Redis, desk, action server and Rasa with the trained demo model, as on a user's machine."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.redis = RedisServer(folder)
        env = {
            **os.environ,
            "DESK_PORT": str(free_port()),
            "RASA_PORT": str(free_port()),
            "ACTIONS_PORT": str(free_port()),
            "VAR_FOLDER": str(folder / "var"),
            **settings,
        }
        self.settings = Settings.from_env(env)
        self._env = process_environment(env, self.settings, self.redis.url)
        self._plans: dict[str, Process] = {
            plan.name: plan for plan in assistant_processes(self.settings)
        }
        self._probes: dict[str, Probe] = probes(self.settings)
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.url = f"http://127.0.0.1:{self.settings.desk_port}"

    def __enter__(self) -> Self:
        self.redis.start()
        try:
            for name in self._plans:
                self.launch(name)
            for name in self._plans:
                self.wait(name)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        for name in reversed(list(self._running)):
            self.kill(name, signal.SIGTERM)
        self.redis.stop()

    def log(self, name: str) -> str:
        """What the process has said."""
        return (self.folder / f"{name}.log").read_text("utf-8", "replace")

    def launch(self, name: str) -> None:
        """Start a process without waiting for it."""
        with (self.folder / f"{name}.log").open("ab") as out:
            self._running[name] = subprocess.Popen(
                self._plans[name].command,
                cwd=ROOT,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def wait(self, name: str) -> None:
        """Until the process can be used; raises with its own words when that does not come."""
        until = time.monotonic() + READY_WITHIN
        while not self._probes[name]():
            ended = self._running[name].poll() is not None
            if ended or time.monotonic() > until:
                raise RuntimeError(f"{name} is not ready:\n{self.log(name)[-4000:]}")
            time.sleep(0.1)

    def kill(self, name: str, how: signal.Signals = signal.SIGKILL) -> None:
        """End the process and wait for its end; SIGKILL is what a crash looks like."""
        if name == "redis":
            self.redis.stop(how)
            return
        process = self._running.pop(name)
        os.killpg(process.pid, how)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=10)
            raise

    def restart(self, name: str) -> None:
        """Start a killed process again, as the supervisor would, and wait for it."""
        if name == "redis":
            self.redis.start()
            return
        self.launch(name)
        self.wait(name)
