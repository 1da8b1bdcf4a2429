"""A trained model, Redis, the action server and one Rasa, for all tests of this folder."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from handoff.store import Store
from ops.places import PYTHON, ROOT
from tests.rasa.processes import Customer, Process, action_server, free_port, rasa
from tests.redis_server import RedisServer


@pytest.fixture(scope="session")
def trained() -> None:
    """The demo model as it is taught now; nothing is done when nothing has changed."""
    if not os.environ.get("BATON_RASA_MODEL"):
        subprocess.run([PYTHON, "-m", "ops.train"], cwd=ROOT, check=True, timeout=1200)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rasa")


@pytest.fixture(scope="session")
def server(folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(folder)
    server.start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def actions(folder: Path) -> Iterator[Process]:
    port = free_port()
    process = action_server(folder, port).start()
    try:
        yield process.wait_until_ready()
    finally:
        process.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def actions_port(actions: Process) -> int:
    return int(actions.env["ACTIONS_PORT"])


@pytest.fixture(scope="session")
def bot(trained: None, folder: Path, server: RedisServer, actions_port: int) -> Iterator[Process]:
    process = rasa(folder, server.url, actions_port).start()
    try:
        yield process.wait_until_ready()
    finally:
        process.stop()


@pytest.fixture
async def customer(bot: Process, server: RedisServer) -> AsyncIterator[Customer]:
    """A new customer of the one bot."""
    store = await Store.open(server.url)
    yield Customer(store)
    await store.close()
