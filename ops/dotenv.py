"""The environment that Baton's processes get: the file `.env`, and over it what the shell says."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ops.console import Stop
from ops.places import ROOT

ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*)")


def read_dotenv(path: Path) -> dict[str, str]:
    """NAME=value per line, `#` begins a comment line, quotes around a value are taken off.

    Nothing is expanded; a missing file is an empty one. Raises Stop for a line that is neither.
    """
    if not path.exists():
        return {}
    found: dict[str, str] = {}
    for number, raw in enumerate(path.read_text("utf-8").splitlines(), 1):
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        match = ASSIGNMENT.fullmatch(line)
        if match is None:
            raise Stop(f"{path.name}, line {number}: expected NAME=value, found {line!r}.")
        name, value = match.groups()
        if len(value) >= 2 and value[0] == value[-1] and value[0] in "'\"":
            value = value[1:-1]
        found[name] = value
    return found


def environment() -> dict[str, str]:
    """`.env` of this checkout, overridden by the process's own environment."""
    return read_dotenv(ROOT / ".env") | dict(os.environ)
