"""The decision of a turn, as the policy left it in the slot `decision`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa_sdk import Tracker

from bot.vocabulary import Slot


def decision_of(tracker: Tracker) -> Mapping[str, Any]:
    """The present turn's decision; raises LookupError when the policy made none."""
    decision = tracker.get_slot(Slot.DECISION)
    if not isinstance(decision, Mapping):
        raise LookupError(
            "There is no decision in this turn: this action is only run by the policy"
        )
    return decision
