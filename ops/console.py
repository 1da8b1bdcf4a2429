"""What a person sees while things are set up: short lines, one sentence for what went wrong."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

LINES_SHOWN_ON_FAILURE = 25
SILENCE_BROKEN_AFTER = 10.0  # seconds


class Stop(Exception):
    """Nothing more can be done; the message is one plain sentence saying why and what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def run_to_log(
    command: list[str],
    log: Path,
    what: str,
    *,
    env: Mapping[str, str] | None = None,
    progress: Callable[[str], str | None] = lambda line: None,
) -> None:
    """Run a command into a log file and keep the person informed; raises Stop when it fails.

    `progress` sees every line and returns what is worth saying, or None. After ten silent seconds
    the time that has passed is said, so that a long step never looks dead.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    started = said = time.monotonic()
    last: deque[str] = deque(maxlen=LINES_SHOWN_ON_FAILURE)
    with (
        log.open("w", encoding="utf-8") as file,
        subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(env) if env is not None else None,
        ) as process,
    ):
        assert process.stdout is not None
        pipe = process.stdout.fileno()
        rest = b""
        while True:
            if time.monotonic() - said > SILENCE_BROKEN_AFTER:
                said = time.monotonic()
                say(f"  … {what}, {said - started:.0f} s")
            if not select.select([pipe], [], [], 1.0)[0]:
                continue
            piece = os.read(pipe, 65536)
            *lines, rest = ((rest + piece) if piece else (rest + b"\n")).split(b"\n")
            for line in (raw.decode("utf-8", "replace").rstrip() for raw in lines):
                file.write(line + "\n")
                last.append(line)
                if news := progress(line):
                    say(f"  {news}")
                    said = time.monotonic()
            if not piece:
                break
    if process.returncode:
        for line in last:
            print(f"    {line}", file=sys.stderr)
        raise Stop(f"{what} failed (status {process.returncode}); the whole output is in {log}.")
