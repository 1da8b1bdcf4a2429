"""A turn late in a conversation costs what an early one does."""

from __future__ import annotations

import json
import statistics
import time

import pytest
import redis

from bot.faq import read_folder
from handoff import keys
from handoff.desk import Desk
from handoff.model import Owner
from ops.places import ROOT
from tests.rasa.processes import Customer, texts
from tests.redis_server import RedisServer

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(900)]
MESSAGES = 500


async def test_message_500(customer: Customer, server: RedisServer) -> None:
    questions = [q for entry in read_folder(ROOT / "data" / "faq") for q in entry.questions]
    spread = questions[:: len(questions) // MESSAGES][:MESSAGES]
    client = redis.Redis.from_url(server.url)
    desk = Desk(customer.store)
    sizes, took = [], []
    for number, question in enumerate(spread):
        began = time.perf_counter()
        assert texts(await customer.say(question))
        took.append(time.perf_counter() - began)
        raw = client.hget(keys.tracker(customer.id), "events") or ""
        sizes.append((len(json.loads(raw)), len(raw)))
        if (await customer.state()).owner is Owner.QUEUE:  # the customer goes on with the bot
            await desk.cancel(customer.id, f"cancel-{number}")
    client.close()
    assert len(sizes) == MESSAGES
    assert max(events for events, _ in sizes) <= 60
    early, late = slice(30, 130), slice(-100, None)
    size_early = statistics.median(size for _, size in sizes[early])
    size_late = statistics.median(size for _, size in sizes[late])
    ratio = statistics.median(took[late]) / statistics.median(took[early])
    print(f"tracker {size_early:.0f} -> {size_late:.0f} bytes, time x {ratio:.2f}")
    assert size_late < 1.3 * size_early  # other questions have other words
    # Time is the machine's as much as ours: only a growth that no load explains fails.
    assert ratio < 3
