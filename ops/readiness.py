"""Is a process ready to be used? Asked over the same addresses that the others use."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable

import redis

from handoff.settings import Settings
from ops.places import LOOPBACK

Probe = Callable[[], bool]


def redis_answers(url: str) -> bool:
    """True once Redis has loaded its log; while it loads it answers with an error."""
    try:
        with redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.exceptions.RedisError:
        return False


def page_answers(host: str, port: int, path: str) -> bool:
    """True when this address answers with 200."""
    return fetch(host, port, path) is not None


def fetch(host: str, port: int, path: str) -> bytes | None:
    """The body of a 200, or None."""
    connection = http.client.HTTPConnection(_reachable(host), port, timeout=2)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        return body if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def _reachable(host: str) -> str:
    return {"0.0.0.0": LOOPBACK, "::": "::1"}.get(host, host)


def probes(settings: Settings) -> dict[str, Probe]:
    """One probe per process that serves pages."""
    return {
        "desk": lambda: page_answers(settings.desk_host, settings.desk_port, "/health"),
        "actions": lambda: page_answers(LOOPBACK, settings.actions_port, "/health"),
        "rasa": lambda: page_answers(LOOPBACK, settings.rasa_port, "/") and bot_works(settings),
    }


def bot_works(settings: Settings) -> bool:
    """Does the desk see a turn worker? Rasa without a model serves pages, but takes no turns."""
    body = fetch(settings.desk_host, settings.desk_port, "/health")
    return body is not None and json.loads(body)["parts"]["bot"] == "ok"
