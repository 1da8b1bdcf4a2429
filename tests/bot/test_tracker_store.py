"""The bot's working memory: bounded, whole, never silently somebody else's. On a real Redis."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from typing import Any

import pytest
import redis
from rasa.core.tracker_store import check_if_tracker_store_async
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    BotUttered,
    ConversationPaused,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import BoundedTrackerStore, TrackerMoved, TrackerUnreadable, bounded
from handoff import keys
from tests.bot.rasa_quietly import DOMAIN
from tests.redis_server import RedisServer

KEEP = 60


@pytest.fixture
async def store(redis_url: str) -> AsyncIterator[BoundedTrackerStore]:
    store = BoundedTrackerStore(DOMAIN, host=redis_url)
    yield store
    await store.close()


def turn_of(number: int) -> list[Event]:
    """What Rasa adds to a tracker for one message."""
    return [
        UserUttered(f"question {number}", {"name": "question"}, metadata={"seq": number}),
        SlotSet("memory", {"misses": number}),
        ActionExecuted("action_answer"),
        BotUttered(f"answer {number}", {"buttons": [{"title": "That helped"}]}),
        ActionExecuted(ACTION_LISTEN_NAME),
    ]


async def converse(store: BoundedTrackerStore, cid: str, numbers: Sequence[int]) -> None:
    for number in numbers:
        tracker = await store.get_or_create_tracker(cid, append_action_listen=True)
        for event in turn_of(number):
            tracker.update(event, DOMAIN)
        await store.save(tracker)


async def test_a_tracker_comes_back_as_it_was_saved(store: BoundedTrackerStore) -> None:
    await converse(store, "c", [1])
    tracker = await store.retrieve("c")
    assert tracker is not None
    assert tracker.latest_message.text == "question 1"
    assert tracker.get_slot("memory") == {"misses": 1}
    assert tracker.events[-1].action_name == ACTION_LISTEN_NAME
    assert await store.retrieve("unknown") is None


def test_rasa_takes_it_for_an_asynchronous_store(redis_url: str) -> None:
    assert check_if_tracker_store_async(BoundedTrackerStore(DOMAIN, host=redis_url))


async def test_turn_500_costs_what_turn_20_costs(
    store: BoundedTrackerStore, redis_url: str
) -> None:
    """In bytes and events, which do not depend on the machine."""
    sizes: dict[int, tuple[int, int]] = {}
    client = redis.Redis.from_url(redis_url)
    for number in range(1, 501):
        await converse(store, "c", [number])
        if number in (20, 500):
            raw = client.hget(keys.tracker("c"), "events") or ""
            sizes[number] = (len(raw), len(json.loads(raw)))
    client.close()
    assert sizes[500][1] <= KEEP
    assert sizes[500][1] == sizes[20][1]
    assert sizes[500][0] < sizes[20][0] * 1.1


async def test_slots_outlive_the_events_that_set_them(store: BoundedTrackerStore) -> None:
    tracker = await store.get_or_create_tracker("c", append_action_listen=True)
    tracker.update(SlotSet("lang", "et"), DOMAIN)
    tracker.update(ActionExecuted(ACTION_LISTEN_NAME), DOMAIN)
    await store.save(tracker)
    await converse(store, "c", range(1, 100))
    again = await store.retrieve("c")
    assert again is not None
    assert again.get_slot("lang") == "et"
    assert again.get_slot("memory") == {"misses": 99}


def test_what_is_kept_begins_with_whole_turns() -> None:
    events = [SessionStarted(), ActionExecuted(ACTION_LISTEN_NAME)]
    for number in range(1, 40):
        events += turn_of(number)
    kept = bounded(events, KEEP)
    assert len(kept) <= KEEP
    first = next(event for event in kept if isinstance(event, UserUttered))
    before = kept[kept.index(first) - 1]
    assert isinstance(before, ActionExecuted)
    assert before.action_name == ACTION_LISTEN_NAME
    assert kept[-1].action_name == ACTION_LISTEN_NAME
    # No room for one turn more was left.
    assert len(kept) + len(turn_of(0)) > KEEP


def test_cutting_changes_nothing_that_the_tracker_knows() -> None:
    events: list[Event] = [SlotSet("lang", "nl"), ConversationPaused()]
    events.append(ActionExecuted(ACTION_LISTEN_NAME))
    for number in range(1, 40):
        events += turn_of(number)
    whole = DialogueStateTracker.from_events("c", events, DOMAIN.slots)
    cut = DialogueStateTracker.from_events("c", bounded(events, KEEP), DOMAIN.slots)
    assert cut.current_slot_values() == whole.current_slot_values()
    assert cut.is_paused()
    assert cut.latest_message == whole.latest_message
    assert cut.latest_action == whole.latest_action


def test_a_turn_longer_than_the_bound_is_kept_whole() -> None:
    long_turn = [UserUttered("a"), *(BotUttered(str(n)) for n in range(80))]
    events = [*turn_of(1), *long_turn, ActionExecuted(ACTION_LISTEN_NAME)]
    kept = bounded(events, KEEP)
    assert kept[-len(long_turn) - 1 : -1] == long_turn


async def test_a_stale_turn_does_not_overwrite_a_newer_one(store: BoundedTrackerStore) -> None:
    await converse(store, "c", [1])
    stale = await store.retrieve("c")
    await converse(store, "c", [3])
    assert stale is not None
    with pytest.raises(TrackerMoved):
        await store.save(stale)
    now = await store.retrieve("c")
    assert now is not None
    assert now.latest_message.text == "question 3"


async def test_two_beginnings_of_one_conversation(store: BoundedTrackerStore) -> None:
    one, other = store.init_tracker("c"), store.init_tracker("c")
    await store.save(one)
    with pytest.raises(TrackerMoved):
        await store.save(other)


async def test_what_was_heard_last(store: BoundedTrackerStore) -> None:
    assert await store.heard("c") == 0
    await converse(store, "c", [1, 4, 9])
    assert await store.heard("c") == 9
    await store.forget("c")
    assert await store.heard("c") == 0


async def test_a_tracker_is_forgotten_in_time(store: BoundedTrackerStore, redis_url: str) -> None:
    await converse(store, "c", [1])
    client = redis.Redis.from_url(redis_url)
    assert 7 * 24 * 3600 - 60 < client.ttl(keys.tracker("c")) <= 7 * 24 * 3600
    client.close()


@pytest.mark.parametrize("value", [b"no json", b"[1]", b'[{"event":"nothing"}]', b"null"])
async def test_an_unreadable_tracker_is_an_error(
    store: BoundedTrackerStore, redis_url: str, value: bytes
) -> None:
    client: Any = redis.Redis.from_url(redis_url)
    client.hset(keys.tracker("c"), mapping={"version": "1", "events": value})
    client.close()
    with pytest.raises(TrackerUnreadable):
        await store.retrieve("c")


async def test_a_key_of_another_type_is_an_error(
    store: BoundedTrackerStore, redis_url: str
) -> None:
    client = redis.Redis.from_url(redis_url)
    client.lpush(keys.tracker("c"), "x")
    client.close()
    with pytest.raises(redis.ResponseError, match="WRONGTYPE"):
        await store.retrieve("c")


async def test_a_redis_that_is_away_is_an_error_at_once(own_redis: RedisServer) -> None:
    store = BoundedTrackerStore(DOMAIN, host=own_redis.url, timeout=0.5)
    own_redis.stop()
    with pytest.raises(redis.ConnectionError):
        await store.retrieve("c")
    await store.close()


async def test_listing_conversations_is_not_offered(store: BoundedTrackerStore) -> None:
    with pytest.raises(NotImplementedError):
        await store.keys()
