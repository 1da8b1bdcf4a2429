"""Where Rasa keeps its working memory: the last events of a conversation, in Redis.

The record of a conversation is the log; this is only what the next turn needs. So a turn late in a
conversation reads and writes what an early one does. There is no fallback: an error fails the turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    AllSlotsReset,
    ConversationPaused,
    ConversationResumed,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from handoff import keys
from handoff.store import client

KEEP = 60  # events; some eight turns
FORGET_AFTER = 7 * 24 * 3600  # seconds without a turn
TIMEOUT = 2.0  # seconds for one command

# Writes only over what was read. KEYS: tracker.
# ARGV: version read, next version, events, number of the last message, seconds
_REPLACE = """
if (redis.call('HGET', KEYS[1], 'version') or '0') ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'version', ARGV[2], 'events', ARGV[3], 'heard', ARGV[4])
redis.call('EXPIRE', KEYS[1], ARGV[5])
return 1
"""


class TrackerMoved(RuntimeError):
    """Somebody else has saved this conversation's tracker since it was read: this turn is stale."""


class TrackerUnreadable(RuntimeError):
    """What Redis holds is not a tracker of ours."""


class BoundedTrackerStore(TrackerStore):
    """A Rasa tracker store of constant size per conversation.

    `endpoints.yml`: `type: bot.tracker_store.BoundedTrackerStore`, `url:` the Redis URL; optional
    `keep` (events), `forget_after` (seconds), `timeout` (seconds).
    """

    def __init__(
        self,
        domain: Domain,
        host: str,
        event_broker: EventBroker | None = None,
        keep: int = KEEP,
        forget_after: int = FORGET_AFTER,
        timeout: float = TIMEOUT,
        **_: Any,
    ) -> None:
        self._redis = client(host, timeout=float(timeout))
        self._replace = self._redis.register_script(_REPLACE)
        self._keep = int(keep)
        self._forget_after = int(forget_after)
        super().__init__(domain, event_broker)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The tracker as saved, or None for a conversation never seen. Errors are raised."""
        version, raw = await self._redis.hmget(keys.tracker(sender_id), "version", "events")
        if version is None:
            return None
        try:
            events = json.loads(raw or "")
            tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        except (TypeError, ValueError, KeyError) as error:
            raise TrackerUnreadable(f"The tracker of {sender_id} cannot be read") from error
        tracker.baton_version = version
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Save the last events, whole or not at all; raises TrackerMoved if another turn has."""
        read = getattr(tracker, "baton_version", "0")
        following = str(int(read) + 1)
        kept = bounded(list(tracker.events), self._keep)
        raw = json.dumps([event.as_dict() for event in kept], separators=(",", ":"))
        saved = await self._replace(
            keys=[keys.tracker(tracker.sender_id)],
            args=[read, following, raw, last_heard(kept), self._forget_after],
        )
        if not saved:
            raise TrackerMoved(f"The tracker of {tracker.sender_id} has been saved by another turn")
        tracker.baton_version = following

    async def heard(self, sender_id: str) -> int:
        """The log's number of the last message that was run and saved; 0 if none was."""
        return int(await self._redis.hget(keys.tracker(sender_id), "heard") or 0)

    async def forget(self, sender_id: str) -> None:
        """Remove a conversation's tracker."""
        await self._redis.delete(keys.tracker(sender_id))

    async def keys(self) -> Iterable[str]:
        """Not offered: it would scan all of Redis, and nothing here needs it."""
        raise NotImplementedError("This store does not list conversations; the log does.")

    async def close(self) -> None:
        await self._redis.aclose()


def seq_of(event: UserUttered) -> int:
    """The log's number of a customer's message; 0 for one that is not from the log."""
    seq = (event.metadata or {}).get("seq")
    return seq if isinstance(seq, int) else 0


def last_heard(events: Sequence[Event]) -> int:
    """The log's number of the last message among `events`."""
    return next((seq_of(e) for e in reversed(events) if isinstance(e, UserUttered)), 0)


def bounded(events: Sequence[Event], keep: int) -> list[Event]:
    """The last events that make whole turns, at most `keep`, led by the slots as they stood.

    A turn alone that is longer than `keep` is kept whole.
    """
    if len(events) <= keep:
        return list(events)
    boundaries = [
        index + 1
        for index, event in enumerate(events[:-1])
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
    ]
    for cut in boundaries:
        header = _state_at(events[:cut])
        if len(header) + len(events) - cut <= keep or cut == boundaries[-1]:
            return [*header, *events[cut:]]
    return list(events)


def _state_at(events: Sequence[Event]) -> list[Event]:
    """Events that bring a fresh tracker to where `events` would."""
    slots: dict[str, Any] = {}
    paused = False
    for event in events:
        if isinstance(event, SlotSet):
            slots[event.key] = event.value
        elif isinstance(event, AllSlotsReset | Restarted):
            slots.clear()
            paused = False
        elif isinstance(event, ConversationPaused | ConversationResumed):
            paused = isinstance(event, ConversationPaused)
    when = events[-1].timestamp
    return [
        SessionStarted(timestamp=when),
        *(
            SlotSet(name, value, timestamp=when)
            for name, value in slots.items()
            if value is not None
        ),
        *([ConversationPaused(timestamp=when)] if paused else []),
        ActionExecuted(ACTION_LISTEN_NAME, timestamp=when),
    ]
