"""Makes `.venv` and installs what the lock files name. Runs on the machine's own Python.

    python3 -m ops.environment [--dev] [--browser]

An unchanged lock file costs no time: its hash is kept in the environment that it was installed in.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from ops.console import Stop, run_to_log, say
from ops.places import LOGS, PYTHON, ROOT, VENV

LOCK = ROOT / "requirements" / "lock.txt"
DEV_LOCK = ROOT / "requirements" / "dev.txt"
# Alone and without a hash: which build of torch (CPU only or not) is right depends on the machine's
# package index, and only pip picks it. Version and everything else are pinned.
TORCH = "torch==2.13.0"
# Three of Rasa's dependencies come as plain Python sources: they are built with this pinned pair.
BUILD_TOOLS = ("setuptools", "wheel")
# The second is a library that node needs and that a small Debian does not have.
BROWSER = ("chromium", "libatomic1")
BROWSER_COMMAND = f"sudo apt-get install -y {' '.join(BROWSER)}"


def ensure_environment(*, dev: bool = False) -> None:
    """Bring `.venv` to what the lock files say; raises Stop with what to do."""
    if not _is_ours(PYTHON):
        _make_venv()
    _install("runtime", LOCK, "the packages that Baton runs on")
    _install_torch()
    if dev:
        _install("dev", DEV_LOCK, "the tools that test it")


def _is_ours(python: Path) -> bool:
    """Does this environment work, and is it of the Python that runs this?"""
    if not python.exists():
        return False
    ask = "import pip, sys; print(*sys.version_info[:2])"
    asked = subprocess.run([python, "-c", ask], capture_output=True, text=True, check=False)
    return asked.stdout.split() == [str(part) for part in sys.version_info[:2]]


def _make_venv() -> None:
    say(f"Making the Python environment in {VENV.name}/ …")
    if VENV.exists():
        shutil.rmtree(VENV)
    make = [sys.executable, "-m", "venv", str(VENV)]
    if _can_make_venv():
        run_to_log(make, LOGS / "install.log", "making the environment")
        return
    package = "python3-venv"
    if not _install_debian(package):
        raise Stop(
            "Python cannot make virtual environments here: "
            f"run `sudo apt-get install -y {package}` and try again."
        )
    run_to_log(make, LOGS / "install.log", "making the environment")


def _can_make_venv() -> bool:
    """Debian ships `venv` without the pip that it needs, in a package of its own."""
    probe = "import ensurepip, venv"
    return subprocess.run([sys.executable, "-c", probe], capture_output=True).returncode == 0


def _install_debian(*packages: str) -> bool:
    """Install Debian packages if this may be done here without asking anybody; else False."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    say(f"Installing {', '.join(packages)} with apt-get …")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = LOGS / "apt.log"
    run_to_log(["apt-get", "update"], log, "apt-get update", env=env)
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    run_to_log(command, log, "apt-get install", env=env)
    return True


def _install(name: str, lock: Path, what: str) -> None:
    stamp = VENV / f".installed-{name}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"Installing {what} (once; some minutes on a slow line) …")
    started = time.monotonic()
    tools = VENV / "build-tools.txt"
    tools.write_text(_only(lock.read_text(), BUILD_TOOLS) or _only(LOCK.read_text(), BUILD_TOOLS))
    _pip(["-r", str(tools)], f"installing {' and '.join(BUILD_TOOLS)}")
    _pip(["--no-build-isolation", "-r", str(lock)], f"installing {what}")
    stamp.write_text(wanted)
    say(f"  done in {time.monotonic() - started:.0f} s")


def _only(lock: str, names: tuple[str, ...]) -> str:
    """The entries of a lock file for these packages, hashes included."""
    entries = re.split(r"^(?=[A-Za-z0-9])", lock, flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry.split("==")[0] in names)


def _pip(arguments: list[str], what: str) -> None:
    # Rasa's wheel says "below 3.11"; the lock file is the resolution, so pip must not make its own.
    locked = ["--require-hashes", "--no-deps", "--ignore-requires-python"]
    base = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command = [*base, "--progress-bar", "off", *locked, *arguments]
    run_to_log(command, LOGS / "install.log", what, progress=_Counter())


class _Counter:
    """Says every 25th package that pip has got hold of."""

    def __init__(self) -> None:
        self.packages = 0

    def __call__(self, line: str) -> str | None:
        if line.startswith("Installing collected packages"):
            return f"{self.packages} packages fetched, installing them"
        if not line.startswith(("Collecting ", "Processing ", "Requirement already satisfied")):
            return None
        self.packages += 1
        return f"{self.packages} packages" if self.packages % 25 == 0 else None


def _install_torch() -> None:
    stamp = VENV / ".installed-torch"
    if stamp.exists() and stamp.read_text() == TORCH:
        return
    say(f"Installing {TORCH} …")
    # After the lock file, so that what torch needs is there already in the pinned versions.
    base = [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check"]
    command = [*base, "--progress-bar", "off", TORCH]
    run_to_log(command, LOGS / "install.log", "installing torch")
    stamp.write_text(TORCH)


def ensure_browser() -> bool:
    """Have a chromium for the browser tests; says the one command where it may not be installed."""
    if browser_works():
        return True
    if _install_debian(*BROWSER, "fonts-liberation") and browser_works():
        return True
    say(f"The browser tests are left out: for them, run `{BROWSER_COMMAND}`.")
    return False


def browser_works() -> bool:
    """Is there a chromium, and does Playwright's own node, which drives it, start?"""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    nodes = list(VENV.glob("lib/python3*/site-packages/playwright/driver/node"))
    return bool(chromium and nodes) and (
        subprocess.run([nodes[0], "--version"], capture_output=True).returncode == 0
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m ops.environment", description=__doc__)
    parser.add_argument("--dev", action="store_true", help="with the tools for tests and checks")
    parser.add_argument("--browser", action="store_true", help="and chromium for the browser")
    given = parser.parse_args()
    try:
        ensure_environment(dev=given.dev)
        if given.browser:
            ensure_browser()
    except Stop as stop:
        sys.exit(f"\n{stop}")
    except KeyboardInterrupt:
        sys.exit("\nStopped.")


if __name__ == "__main__":
    main()
