"""The settings of the runner itself: where the processes listen. The desk has its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ops.console import Stop

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class RunSettings:
    """Addresses of the processes that `make run` starts on this machine."""

    desk_host: str
    desk_port: int
    rasa_port: int
    actions_port: int
    redis_url: str | None  # None: a Redis of our own

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> RunSettings:
        """Read and check; raises Stop naming the setting that is wrong."""
        settings = cls(
            desk_host=env.get("DESK_HOST") or LOOPBACK,
            desk_port=_port(env, "DESK_PORT", 8080),
            rasa_port=_port(env, "RASA_PORT", 5005),
            actions_port=_port(env, "ACTIONS_PORT", 5055),
            redis_url=env.get("REDIS_URL") or None,
        )
        names = {"DESK_PORT": settings.desk_port, "RASA_PORT": settings.rasa_port}
        names["ACTIONS_PORT"] = settings.actions_port
        for name, port in names.items():
            if list(names.values()).count(port) > 1:
                raise Stop(f"{name}={port} is used twice: each process needs a port of its own.")
        return settings


def _port(env: Mapping[str, str], name: str, default: int) -> int:
    given = env.get(name) or str(default)
    if not given.isascii() or not given.isdigit() or not 1 <= int(given) <= 65535:
        raise Stop(f"{name}={given!r} is not a port: give a number from 1 to 65535.")
    return int(given)
