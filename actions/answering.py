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
        if answer.get("tried"):
            dispatcher.utter_message(response="utter_beyond_tried", tried=answer["tried"])
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


class AnswerEach(Action):
    """Says the answers to several questions, each under the customer's own words.

    The one without an answer is owned up to, with the offer of a person.
    """

    def name(self) -> str:
        return "action_answer_each"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        each = decision_of(tracker)["each"]
        answered = [one for one in each if "text" in one]
        if any(one["foreign"] for one in answered):
            dispatcher.utter_message(response="utter_other_language")
        for one in answered:
            dispatcher.utter_message(
                response="utter_answer_of_several",
                question=one["question"],
                answer=one["text"],
                json_message={SOURCE: one["source"]},
            )
        for one in each:
            if "text" not in one:
                dispatcher.utter_message(response="utter_offer_for_one", question=one["question"])
        return []


class Clarify(Action):
    """Asks which of a few questions was meant: one button each, and one for none of them."""

    def name(self) -> str:
        return "action_clarify"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[dict[str, Any]]:
        decision = decision_of(tracker)
        dispatcher.utter_message(
            response="utter_clarify",
            buttons=[
                *(
                    {
                        "title": choice["question"],
                        "payload": f"/{Intent.CHOOSE}" + json.dumps({"entry": choice["entry"]}),
                    }
                    for choice in decision["choices"]
                ),
                {"title": decision["none"], "payload": f"/{Intent.CHOOSE}"},
            ],
        )
        return []
