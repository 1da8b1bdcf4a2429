"""How long a platform lets us answer after the customer's last message."""

from __future__ import annotations

from handoff.model import Conversation

BOT_WINDOW = 24 * 3_600_000  # ms: anybody may answer
HUMAN_WINDOW = 7 * BOT_WINDOW  # ms: a person may, with the human-agent tag

# Channels whose platform has such rules
CHANNELS = frozenset({"messenger"})


def window_of(conversation: Conversation) -> dict[str, int] | None:
    """When the windows close (ms): `until` for everybody, `tag_until` for agents. None where there
    is no such rule, or nothing was heard yet."""
    if conversation.channel not in CHANNELS or conversation.heard is None:
        return None
    heard = conversation.heard
    return {"until": heard + BOT_WINDOW, "tag_until": heard + HUMAN_WINDOW}


def delivery_of(conversation: Conversation) -> dict[str, object] | None:
    """How far a platform got with our messages: `sent` to it, `reached` the customer's device if it
    tells, and what makes the next one late (a name of errors.Problem). None for the website."""
    if not conversation.push:
        return None
    return {
        "sent": conversation.delivered,
        "reached": conversation.reached,
        "trouble": conversation.trouble,
    }
