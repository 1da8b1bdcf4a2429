"""Passing the conversation to a person."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.decision import decision_of
from bot.vocabulary import HANDOFF


class HandOver(Action):
    """Says that a person takes over, and why, for the desk."""

    def name(self) -> str:
        return "action_hand_over"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        handoff = decision_of(tracker)["handoff"]
        dispatcher.utter_message(
            response=f"utter_hand_over_{handoff['reason']}", json_message={HANDOFF: handoff}
        )
        return []
