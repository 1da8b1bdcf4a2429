"""`make run`: everything on this machine, until Ctrl-C.

Redis first, then what needs it; each start is waited for, a process that crashes later comes back.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import FrameType

from handoff.settings import Settings, WrongSetting
from ops.console import Stop, say
from ops.dotenv import environment
from ops.places import PYTHON, ROOT, socket_folder
from ops.preflight import check_not_running, check_ports
from ops.processes import (
    Process,
    assistant_processes,
    process_environment,
    redis_process,
    supervisor_conf,
)
from ops.readiness import Probe, probes, redis_answers
from ops.supervisor import State, Status, Supervisor, SupervisorGone

READY_WITHIN = 300.0  # seconds; loading a model on a busy machine takes a while
STILL_WAITING_EVERY = 10.0
FATAL_AGAIN_AFTER = 15.0
STOP_WITHIN = 45.0
LINES_OF_LOG = 15


class Interrupted(BaseException):
    """Ctrl-C, a closed terminal, or `kill`."""


class Runner:
    """One run: what is started, what was said about it, how it ends."""

    def __init__(self, env: Mapping[str, str]) -> None:
        try:
            self.settings = Settings.from_env(env)
        except WrongSetting as error:
            raise Stop(f"{error}.") from error
        var = ROOT / self.settings.var_folder
        self.logs = var / "log"
        self.sockets = socket_folder(var)
        self.redis_url = self.settings.redis_url or f"unix://{self.sockets / 'redis.sock'}"
        self.env = process_environment(env, self.settings, self.redis_url)
        check_not_running(self.sockets / "supervisord.pid")
        check_ports(self.settings)
        if self.settings.redis_url and not redis_answers(self.settings.redis_url):
            raise Stop("No Redis answers at REDIS_URL: start it, or leave the setting empty.")
        own = [] if self.settings.redis_url else [redis_process(self.sockets, var / "redis")]
        self.processes: list[Process] = [*own, *assistant_processes(self.settings)]
        conf = self.sockets / "supervisord.conf"
        conf.write_text(supervisor_conf(self.processes, self.sockets, self.logs))
        self.supervisor = Supervisor(
            conf, self.sockets / "supervisor.sock", self.logs / "supervisor.out", self.env
        )
        self.started = time.monotonic()

    def start(self) -> None:
        """Start everything and wait until it can be used; raises Stop when a part does not."""
        self.logs.mkdir(parents=True, exist_ok=True)
        say("Starting …")
        self.supervisor.launch()
        self._wait("the supervisor", self._supervisor_answers)
        if self.settings.redis_url is None:
            self.supervisor.start("redis")
        self._wait("redis", lambda: redis_answers(self.redis_url))
        waiting: dict[str, Probe] = probes(self.settings)
        for name in waiting:
            self.supervisor.start(name)
        for name, probe in waiting.items():
            self._wait(name, probe)

    def _supervisor_answers(self) -> bool:
        try:
            return bool(self.supervisor.statuses())
        except SupervisorGone:
            return False

    def _wait(self, name: str, ready: Probe) -> None:
        began = said = time.monotonic()
        while not ready():
            now = time.monotonic()
            if not self.supervisor.alive:
                raise Stop(f"The supervisor ended; it says why in {self.logs / 'supervisor.out'}.")
            self._fail_early()
            if now - began > READY_WITHIN:
                raise Stop(f"{name} is not ready after {READY_WITHIN:.0f} s. {self._log_of(name)}")
            if now - said > STILL_WAITING_EVERY:
                said = now
                say(f"  … waiting for {name}, {now - self.started:.0f} s")
            time.sleep(0.1)
        say(f"  {name} is ready ({time.monotonic() - self.started:.1f} s)")

    def _fail_early(self) -> None:
        """A process that ends while everything is starting will not get better by waiting."""
        try:
            statuses = self.supervisor.statuses()
        except SupervisorGone:
            return
        for status in statuses.values():
            if status.state in (State.BACKOFF, State.EXITED, State.FATAL):
                raise Stop(f"{status.name} does not start. {self._log_of(status.name)}")

    def _log_of(self, name: str) -> str:
        log = self.logs / f"{name}.log"
        if not log.exists():
            return ""
        lines = log.read_text("utf-8", "replace").splitlines()[-LINES_OF_LOG:]
        return f"The end of {log}:\n" + "\n".join(f"    {line}" for line in lines)

    def follow(self) -> None:
        """Say what happens to the processes, until interrupted."""
        before = self.supervisor.statuses()
        fatal_since: dict[str, float] = {}
        while self.supervisor.alive:
            time.sleep(1.0)
            try:
                now = self.supervisor.statuses()
            except SupervisorGone:
                continue
            for name, status in now.items():
                _say_change(before[name], status, self.logs / f"{name}.log")
                if status.state is not State.FATAL:
                    fatal_since.pop(name, None)
                elif time.monotonic() - fatal_since.setdefault(name, time.monotonic()) > (
                    FATAL_AGAIN_AFTER
                ):
                    del fatal_since[name]
                    self.supervisor.start(name)
            before = now
        raise Stop(f"The supervisor ended; it says why in {self.logs / 'supervisor.log'}.")

    def say_what_to_open(self) -> None:
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(
            self.settings.desk_host, self.settings.desk_host
        )
        base = f"http://{host}:{self.settings.desk_port}"
        say(f"\nBaton is ready ({time.monotonic() - self.started:.0f} s).\n")
        say(f"  the demo shop, with the chat   {base}/demo")
        say(f"  the agents' console            {base}/console/")
        link = self._admin_link()
        if link:
            say(f"  make the first admin (once)    {link}")
        say(f"\nLogs are in {_short(self.logs)}. Ctrl-C stops everything.\n")

    def _admin_link(self) -> str | None:
        """The desk's one-time link, as long as nobody has made an account."""
        command = [str(PYTHON), "-m", "handoff", "admin-link"]
        asked = subprocess.run(
            command, capture_output=True, text=True, env=self.env, cwd=ROOT, check=False
        )
        if asked.returncode:
            raise Stop(f"`python -m handoff admin-link` failed: {asked.stderr.strip()}")
        return asked.stdout.strip() or None

    def stop(self) -> None:
        """Stop everything, Redis last; a second Ctrl-C does not wait."""
        if not self.supervisor.alive:
            return
        say("\nStopping …")
        try:
            clean = self.supervisor.stop(STOP_WITHIN)
        except Interrupted:
            self.supervisor.kill()
            clean = False
        say("Everything has stopped." if clean else "Killed what did not stop by itself.")


def _say_change(before: Status, now: Status, log: Path) -> None:
    if now.pid and before.pid and now.pid != before.pid:
        say(f"{_clock()}  {now.name} ended and is back (process {now.pid})")
    elif before.pid and not now.pid:
        say(f"{_clock()}  {now.name} ended ({now.why}); see {log}")
    elif now.pid and not before.pid:
        say(f"{_clock()}  {now.name} is back (process {now.pid})")
    elif now.state is State.FATAL and before.state is not State.FATAL:
        again = f"trying again every {FATAL_AGAIN_AFTER:.0f} s"
        say(f"{_clock()}  {now.name} does not start, {again}; see {log}")


def _short(path: Path) -> Path:
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path


def _clock() -> str:
    return time.strftime("%H:%M:%S")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise Interrupted


def main() -> None:
    os.chdir(ROOT)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        runner = Runner(environment())
    except Stop as stop:
        sys.exit(str(stop))
    try:
        runner.start()
        runner.say_what_to_open()
        runner.follow()
    except Interrupted:
        runner.stop()
    except Stop as stop:
        say(f"\n{stop}")
        runner.stop()
        sys.exit(1)


if __name__ == "__main__":
    main()
