"""The processes of one machine, and how a supervisor is told to keep them alive."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from handoff.settings import Settings
from ops.places import LOOPBACK, MODELS, PYTHON, ROOT
from ops.redis import configuration, find_server


@dataclass(frozen=True)
class Process:
    """One program: what it is called, how it starts, how long it may take to stop (seconds)."""

    name: str
    command: tuple[str, ...]
    stop_within: int


def redis_process(sockets: Path, data: Path) -> Process:
    """A durable Redis on a private socket, which keeps everything in the folder `data`."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    conf = sockets / "redis.conf"
    conf.write_text(configuration(sockets / "redis.sock", data))
    return Process("redis", (str(find_server()), str(conf)), 20)


def assistant_processes(settings: Settings) -> list[Process]:
    """Desk, action server and Rasa: all stock commands, all but the desk on loopback only."""
    python = str(PYTHON)
    # What `rasa run actions` calls, without Rasa and TensorFlow imported only to call it.
    actions = (python, "-m", "rasa_sdk", "--actions", "actions")
    rasa = (python, "-m", "rasa", "run", "--model", str(MODELS), "--interface", LOOPBACK)
    return [
        Process("desk", (python, "-m", "handoff"), 12),
        Process("actions", (*actions, "--port", str(settings.actions_port)), 5),
        Process("rasa", (*rasa, "--port", str(settings.rasa_port)), 12),
    ]


def process_environment(
    env: Mapping[str, str], settings: Settings, redis_url: str
) -> dict[str, str]:
    """The environment that all of them get: the given one, and where they find each other."""
    quiet = {
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
        "SANIC_HOST": LOOPBACK,
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": "ignore",
    }
    places = {
        "REDIS_URL": redis_url,
        "DESK_HOST": settings.desk_host,
        "DESK_PORT": str(settings.desk_port),
        "RASA_PORT": str(settings.rasa_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "RASA_TELEMETRY_ENABLED": "false",  # the customers' data is theirs
        "PYTHONPATH": str(ROOT),
    }
    return quiet | dict(env) | places


def supervisor_conf(processes: list[Process], sockets: Path, logs: Path) -> str:
    """A supervisord.conf in which each of them comes back when it ends without being told to.

    Nothing starts by itself: the runner starts each of them when what it needs is there.
    """
    blocks = [
        f"""\
[unix_http_server]
file = {_quoted(sockets / "supervisor.sock")}
chmod = 0700

[supervisord]
nodaemon = true
silent = true
{_user()}directory = {_quoted(ROOT)}
pidfile = {_quoted(sockets / "supervisord.pid")}
logfile = {_quoted(logs / "supervisor.log")}
logfile_maxbytes = 5MB
logfile_backups = 1
childlogdir = {_quoted(logs)}

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    ]
    for order, process in enumerate(processes, 1):
        command = " ".join(
            f'"{_quoted(part)}"' for part in (str(PYTHON), "-m", "ops.child", *process.command)
        )
        blocks.append(
            f"""\
[program:{process.name}]
command = {command}
priority = {order}
autostart = false
autorestart = true
startsecs = 1
startretries = 3
stopsignal = TERM
stopwaitsecs = {process.stop_within}
stopasgroup = true
killasgroup = true
redirect_stderr = true
stdout_logfile = {_quoted(logs / f"{process.name}.log")}
stdout_logfile_maxbytes = 20MB
stdout_logfile_backups = 3
"""
        )
    return "\n".join(blocks)


def _user() -> str:
    """Root has to say that it means it; anybody else may say nothing."""
    return "user = root\n" if os.geteuid() == 0 else ""


def _quoted(part: object) -> str:
    """supervisord expands `%(NAME)s` everywhere."""
    return str(part).replace("%", "%%")
