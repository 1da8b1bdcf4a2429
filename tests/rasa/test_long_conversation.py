"""A turn late in a conversation costs what an early one does."""

from __future__ import annotations

import json
import statistics
import time

import pytest
import redis

from handoff import keys
from tests.rasa.processes import Customer, texts
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(900)]
SENTENCES = ("hello", "thanks", "are you a robot?", "tell me a joke")
MESSAGES = 500


async def test_message_500(customer: Customer, server: RedisServer) -> None:
    client = redis.Redis.from_url(server.url)
    sizes, took = [], []
    for number in range(MESSAGES):
        began = time.perf_counter()
        assert texts(await customer.say(SENTENCES[number % len(SENTENCES)]))
        took.append(time.perf_counter() - began)
        raw = client.hget(keys.tracker(customer.id), "events")
        sizes.append((len(json.loads(raw)), len(raw)))
    client.close()
    early, late = sizes[30:130], sizes[-100:]
    assert max(events for events, _ in sizes) <= 60
    assert statistics.median(size for _, size in late) < 1.1 * statistics.median(
        size for _, size in early
    )
    # Time is the machine's as much as ours: only a growth that no load explains fails.
    assert statistics.median(took[-100:]) < 3 * statistics.median(took[30:130])
