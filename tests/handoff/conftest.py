"""A desk on a real Redis."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from handoff.store import Store


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[Store]:
    store = await Store.open(redis_url)
    yield store
    await store.close()
