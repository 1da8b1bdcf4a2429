"""Trains the assistant when what it is taught, or what teaches it, has changed.

    python -m ops.train [--force]

Whether it changed is decided by contents, not by times: a fresh clone has only new times.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ops.console import Stop, run_to_log, say
from ops.dotenv import environment
from ops.places import LOGS, MODELS, PYTHON, ROOT

MODEL_NAME = "baton"
# What a trained model follows from. Tests and documents are left out on purpose.
TAUGHT = ("data", "config.yml", "domain.yml", "bot", "requirements/lock.txt")
# What the exported encoder follows from.
ENCODER = ("bot/nlu/encoder.py", "bot/nlu/export.py", "requirements/lock.txt")
NOT_TAUGHT = {"__pycache__", "README.md"}
QUIET = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": "1",
}


def content_hash(names: Iterable[str], root: Path = ROOT, settings: Iterable[str] = ()) -> str:
    """sha256 over names and contents of files and folders, and over these settings' values."""
    whole = hashlib.sha256()
    for name in names:
        start = root / name
        files = sorted(start.rglob("*")) if start.is_dir() else [start]
        for file in files:
            if file.is_dir() or NOT_TAUGHT.intersection(file.relative_to(root).parts):
                continue
            content = file.read_bytes()
            whole.update(f"{file.relative_to(root)}\0{len(content)}\0".encode())
            whole.update(content)
    for setting in settings:
        whole.update(f"{setting}\0".encode())
    return whole.hexdigest()


def ensure_encoder(env: dict[str, str], *, force: bool = False) -> None:
    """Export the sentence encoder once; only this step needs torch."""
    settings = [env.get("BATON_ENCODER", "")]
    stamp, wanted = MODELS / ".encoder", content_hash(ENCODER, settings=settings)
    if not force and stamp.exists() and stamp.read_text() == wanted:
        return
    say("Exporting the sentence encoder (about half a minute) …")
    started = time.monotonic()
    command = [str(PYTHON), "-m", "bot.nlu.export"]
    if env.get("BATON_ENCODER"):
        command += ["--model", env["BATON_ENCODER"]]
    run_to_log(command, LOGS / "export.log", "exporting the encoder", env=env)
    stamp.write_text(wanted)
    say(f"  done in {time.monotonic() - started:.0f} s")


def ensure_model(env: dict[str, str], *, force: bool = False) -> None:
    """Train with stock `rasa train`; nothing is done when nothing it depends on has changed."""
    model, stamp = MODELS / f"{MODEL_NAME}.tar.gz", MODELS / ".trained"
    settings = [env.get("BATON_ENCODER", "")]
    wanted = content_hash(TAUGHT, settings=settings)
    if not force and model.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    say("Training the assistant …")
    started = time.monotonic()
    command = [str(PYTHON), "-m", "rasa", "train", "--out", str(MODELS)]
    command += ["--fixed-model-name", MODEL_NAME, *(["--force"] if force else [])]
    log = LOGS / "train.log"
    run_to_log(command, log, "training the assistant", env=env, progress=_step)
    stamp.write_text(wanted)
    say(f"  done in {time.monotonic() - started:.0f} s")


@contextmanager
def alone() -> Iterator[None]:
    """Two trainings at once would spoil each other: the second waits, and finds it done."""
    with (MODELS / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Another training is running; waiting for it …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _step(line: str) -> str | None:
    """Rasa's own words for where it is, without its times and module names."""
    for mark in ("Starting to train component ", "Restored component "):
        if mark in line:
            return line[line.index(mark) :].rstrip(".")
    return None


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ops.train", description=__doc__)
    parser.add_argument("--force", action="store_true", help="even when nothing has changed")
    force = parser.parse_args().force
    env = environment() | {name: os.environ.get(name, value) for name, value in QUIET.items()}
    MODELS.mkdir(exist_ok=True)
    try:
        os.chdir(ROOT)
        with alone():
            ensure_encoder(env, force=force)
            ensure_model(env, force=force)
    except Stop as stop:
        sys.exit(f"\n{stop}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")


if __name__ == "__main__":
    main()
