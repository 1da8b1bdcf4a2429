"""A real desk on a real Redis, and pictures as cameras and attackers make them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.web.desk import Desk, running_desk


@pytest.fixture
async def desk(redis_url: str, tmp_path: Path) -> AsyncIterator[Desk]:
    async with running_desk(redis_url, tmp_path) as desk:
        yield desk
