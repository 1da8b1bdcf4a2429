"""The actions, called as the action server calls them."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

EXECUTOR = ActionExecutor()
EXECUTOR.register_package("actions")
ANSWER = {
    "text": "Two to four {days}.",
    "source": {"title": "Delivery", "url": "https://shop.example/delivery"},
    "foreign": False,
    "again": False,
    "calm": True,
}


async def run(name: str, decision: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The responses of an action, without what the SDK adds empty."""
    call = {
        "next_action": name,
        "sender_id": "c1",
        "tracker": {"sender_id": "c1", "slots": {"decision": decision}, "events": []},
    }
    answer = await EXECUTOR.run(call)
    assert answer["events"] == []
    for response in answer["responses"]:
        response.pop("template")  # Rasa 1's name for `response`, which the SDK still sends
    return [{key: value for key, value in one.items() if value} for one in answer["responses"]]


async def test_an_answer_with_its_source() -> None:
    assert await run("action_answer", {"answer": ANSWER}) == [
        {
            "response": "utter_answer",
            "answer": ANSWER["text"],
            "custom": {"source": ANSWER["source"]},
        }
    ]


@pytest.mark.parametrize(
    ("change", "names"),
    [
        ({"foreign": True}, ["utter_other_language", "utter_answer"]),
        ({"again": True}, ["utter_perhaps_this", "utter_answer"]),
        ({"tried": "I reset it"}, ["utter_beyond_tried", "utter_answer"]),
        ({"calm": False}, ["utter_answer_plainly"]),
    ],
)
async def test_how_an_answer_is_said(change: dict[str, Any], names: list[str]) -> None:
    responses = await run("action_answer", {"answer": {**ANSWER, **change}})
    assert [response["response"] for response in responses] == names


async def test_a_clarifying_question_has_a_button_for_each_choice() -> None:
    choices = [{"entry": 'a"b', "question": "Where is it?"}, {"entry": "c", "question": "When?"}]
    decision = {"choices": choices, "none": "Something else"}
    (response,) = await run("action_clarify", decision)
    assert response["buttons"] == [
        {"title": "Where is it?", "payload": '/choose{"entry": "a\\"b"}'},
        {"title": "When?", "payload": '/choose{"entry": "c"}'},
        {"title": "Something else", "payload": "/choose"},
    ]


async def test_several_questions_are_answered_under_the_customers_own_words() -> None:
    answered = {key: ANSWER[key] for key in ("text", "source", "foreign")}
    each = [{"question": "where is it", **answered}, {"question": "who won the cup"}]
    assert await run("action_answer_each", {"each": each}) == [
        {
            "response": "utter_answer_of_several",
            "question": "where is it",
            "answer": ANSWER["text"],
            "custom": {"source": ANSWER["source"]},
        },
        {"response": "utter_offer_for_one", "question": "who won the cup"},
    ]


async def test_several_answers_in_another_language_are_announced_once() -> None:
    one = {"question": "q", "text": "a", "source": None, "foreign": True}
    names = [told["response"] for told in await run("action_answer_each", {"each": [one, one]})]
    assert names == ["utter_other_language", *["utter_answer_of_several"] * 2]


async def test_handing_over() -> None:
    handoff = {"reason": "asked", "priority": 1, "evidence": []}
    assert await run("action_hand_over", {"handoff": handoff}) == [
        {"response": "utter_hand_over_asked", "custom": {"handoff": handoff}}
    ]


@pytest.mark.parametrize(
    "name", ["action_answer", "action_answer_each", "action_clarify", "action_hand_over"]
)
async def test_without_a_decision_an_action_fails(name: str) -> None:
    """The turn is then one without an answer, and ends in an apology and a person."""
    with pytest.raises(LookupError):
        await run(name, None)
