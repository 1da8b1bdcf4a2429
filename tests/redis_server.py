"""A real Redis for tests and benchmarks."""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path

import redis

from ops.redis import carried_server, configuration


class RedisServer:
    """A real redis-server on its own socket, set as `make run` sets it; 6.2 by default."""

    def __init__(self, folder: Path, *, executable: Path | None = None) -> None:
        self.folder = folder
        self.executable = executable or carried_server()
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start and wait until it answers; raises with the server's own words when it does not."""
        conf = self.folder / "redis.conf"
        conf.write_text(configuration(self.socket, self.folder))
        log = self.folder / "redis.log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [self.executable, conf], stdin=subprocess.DEVNULL, stdout=out, stderr=out
            )
        until = time.monotonic() + 20
        while True:
            try:
                with redis.Redis.from_url(self.url) as client:
                    client.ping()
                return
            except redis.exceptions.ConnectionError as error:
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"redis-server: {log.read_text()}") from error
                time.sleep(0.01)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it and wait for its end; SIGKILL is what a crash looks like."""
        if self._process is not None and self._process.poll() is None:
            # A stopped (SIGSTOP) process gets no SIGTERM before it goes on.
            self._process.send_signal(how)
            self._process.send_signal(signal.SIGCONT)
            self._process.wait(timeout=20)

    def restart(self, how: signal.Signals = signal.SIGTERM) -> None:
        self.stop(how)
        self.start()
