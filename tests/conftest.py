"""What every test may ask for: a Redis of its own, and honesty about what could not be run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
import redis

from ops.environment import BROWSER_COMMAND, browser_works
from ops.places import MODELS
from ops.train import QUIET
from tests.redis_server import RedisServer

for name, value in QUIET.items():
    os.environ.setdefault(name, value)

# A missing part skips a test on a developer's machine and fails it where everything was set up.
REQUIRE_ALL = os.environ.get("BATON_REQUIRE_ALL") == "1"
BROWSER_WORKS = browser_works()


@pytest.fixture(scope="session")
def event_loop_policy() -> asyncio.AbstractEventLoopPolicy:
    """Python's own loop, whether or not a test imported Rasa, which switches everybody to uvloop.

    Under uvloop no test would be stopped by its time-out. Real processes keep their own loop.
    """
    return asyncio.DefaultEventLoopPolicy()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """One server for all tests that do not harm it."""
    server = RedisServer(tmp_path_factory.mktemp("redis"))
    server.start()
    yield server
    server.stop(signal.SIGKILL)


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """Address of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that the test may kill, stop or restart."""
    server = RedisServer(tmp_path)
    server.start()
    yield server
    server.stop(signal.SIGKILL)


def missing_part(marks: set[str]) -> str | None:
    """What keeps tests with these marks from running here, and the command that changes it."""
    if "browser" in marks and not BROWSER_WORKS:
        return f"no browser: run `{BROWSER_COMMAND}`"
    models = Path(os.environ.get("BATON_RASA_MODEL") or MODELS)
    if "rasa" in marks and not any(models.glob("*.tar.gz")):
        return "no trained model: run `make train`"
    return None


def pytest_runtest_setup(item: pytest.Item) -> None:
    missing = missing_part({mark.name for mark in item.iter_markers()})
    if missing:
        pytest.skip(missing)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where everything has to run, a skip is a failure."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        report.longrepr = f"skipped although everything has to run: {report.longrepr}"
    return report
