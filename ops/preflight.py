"""Says what would go wrong before anything is started, each in one plain sentence."""

from __future__ import annotations

import socket
from pathlib import Path

from handoff.settings import Settings
from ops.console import Stop
from ops.places import LOOPBACK


def check_ports(settings: Settings) -> None:
    """Raises Stop for the first port that is given twice or that somebody else holds."""
    addresses = {
        "DESK_PORT": (settings.desk_host, settings.desk_port),
        "RASA_PORT": (LOOPBACK, settings.rasa_port),
        "ACTIONS_PORT": (LOOPBACK, settings.actions_port),
    }
    taken: dict[int, str] = {}
    for name, (host, port) in addresses.items():
        if port in taken:
            raise Stop(f"{taken[port]} and {name} are both {port}: each needs a port of its own.")
        taken[port] = name
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            with socket.socket(family, socket.SOCK_STREAM) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, port))
        except PermissionError as error:
            raise Stop(
                f"{name}={port}: ports below 1024 are for root; choose a higher one."
            ) from error
        except OSError as error:
            raise Stop(
                f"Port {port} on {host} cannot be used ({error.strerror}): stop what uses it, "
                f"or choose another one, for example `make run {name}={_free_port(host, family)}`."
            ) from error


def _free_port(host: str, family: socket.AddressFamily) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError:
            return 18080
        return int(probe.getsockname()[1])


def check_not_running(pid_file: Path) -> None:
    """Raises Stop when this checkout is running already."""
    pid = _running(pid_file)
    if pid:
        raise Stop(
            f"Baton is running from this folder already (process {pid}): use it, or stop it with "
            f"Ctrl-C where it was started, or with `kill {pid}`."
        )


def _running(pid_file: Path) -> int | None:
    """The process that wrote the file, if it is alive and is still a supervisor of ours."""
    try:
        pid = int(pid_file.read_text())
        command = Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError, ValueError):
        return None
    return pid if bytes(pid_file.parent) in command else None
