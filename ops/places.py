"""Where this checkout keeps things: all inside it, but for sockets when its path is too long."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

LOOPBACK = "127.0.0.1"

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
MODELS = ROOT / "models"
LOGS = ROOT / "var" / "log"  # of setting up and training; what runs logs under VAR_FOLDER

# A unix socket's path may have 108 bytes on Linux, and its name has to fit behind the folder.
LONGEST_SOCKET_FOLDER = 80


def socket_folder(var: Path) -> Path:
    """A private folder for unix sockets that belongs to `var` alone; made when missing."""
    folder = var / "run"
    if len(bytes(folder)) > LONGEST_SOCKET_FOLDER:
        mark = hashlib.sha256(bytes(var)).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"baton-{mark}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder
