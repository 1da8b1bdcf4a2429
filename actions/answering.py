"""Saying an answer of the FAQ, and asking which of several was meant."""

from __future__ import annotations

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.decision import decision_of
from bot.vocabulary import SOURCE, Intent


class Answer(Action):
    """Says the entry that was chosen, with its source."""

    def name(self) -> str:
        return "action_answer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        answer = decision_of(tracker)["answer"]
        if answer["foreign"]:
            dispatcher.utter_message(response="utter_other_language")
        elif answer["again"]:
            dispatcher.utter_message(response="utter_perhaps_this")
        dispatcher.utter_message(
            response="utter_answer" if answer["calm"] else "utter_answer_plainly",
            answer=answer["text"],
            json_message={SOURCE: answer["source"]},
        )
        return []


class Clarify(Action):
    """Asks which of a few questions was meant, with one button each."""

    def name(self) -> str:
        return "action_clarify"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        choices = decision_of(tracker)["choices"]
        dispatcher.utter_message(
            response="utter_clarify",
            buttons=[
                {
                    "title": choice["question"],
                    "payload": f"/{Intent.CHOOSE}" + json.dumps({"entry": choice["entry"]}),
                }
                for choice in choices
            ],
        )
        return []
