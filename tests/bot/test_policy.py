"""The policy carries out the decision, action by action, and notices an action that failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.resource import Resource
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.faq import FaqEntry
from bot.policies import escalation
from bot.policies.escalation import EscalationPolicy
from tests.bot.rasa_quietly import DOMAIN

ENTRY = FaqEntry(
    "delivery", "en", "Delivery", ("Where is it?",), "On its way.", "https://s.example"
)


@pytest.fixture
def policy(monkeypatch: pytest.MonkeyPatch) -> EscalationPolicy:
    monkeypatch.setattr(escalation, "entry_of", lambda name, lang: ENTRY)
    return EscalationPolicy({}, None, Resource("policy"), ExecutionContext(GraphSchema({})))


def message(
    intent: str = "question", lang: str = "en", text: str = "text", **parsed: Any
) -> UserUttered:
    data = {
        "intent": {"name": intent, "confidence": 0.9},
        "language": {"code": lang},
        "faq": {},
        **parsed,
    }
    return UserUttered(text, data["intent"], [], data, metadata={"seq": 1, "episode": 0})


FOUND = {"answered": True, "matches": [["delivery", 0.9]]}


def run(
    policy: EscalationPolicy,
    heard: UserUttered,
    silent: frozenset[str] = frozenset(),
    before: Sequence[Event] = (),
) -> list[str]:
    """The actions of a turn; those in `silent` run and say nothing, as a failed one does."""
    tracker = DialogueStateTracker.from_events(
        "c1", [*before, ActionExecuted(ACTION_LISTEN_NAME)], DOMAIN.slots
    )
    tracker.update(heard, DOMAIN)
    actions: list[str] = []
    while len(actions) < 10:
        prediction = policy.predict_action_probabilities(tracker, DOMAIN)
        if not any(prediction.probabilities):
            return [*actions, "(the rules)"]
        name = DOMAIN.action_names_or_texts[prediction.probabilities.index(1.0)]
        events: list[Event] = [*prediction.events, ActionExecuted(name)]
        if name != ACTION_LISTEN_NAME and name not in silent:
            events.append(BotUttered("said"))
        tracker.update_with_events(events, DOMAIN)
        actions.append(name)
        if name == ACTION_LISTEN_NAME:
            return actions
    raise AssertionError(f"no end: {actions}")


def test_the_plan_is_carried_out_in_order(policy: EscalationPolicy) -> None:
    shown = {"signal": "capitals", "message": 1, "score": 0.9}
    upset = {"frustrated": True, "evidence": [shown]}
    assert run(policy, message(faq=FOUND, mood=upset)) == [
        "utter_introduction",
        "action_answer",
        "utter_offer_upset",
        "action_listen",
    ]


BUTTONS = [
    {"title": "Where is my parcel?", "payload": '/choose{"entry": "delivery"}'},
    {"title": "Something else", "payload": "/choose"},
]


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("where is my parcel", "action_answer"),
        ("SOMETHING ELSE!", "utter_rephrase"),
        ("something else, please", "utter_offer_missed"),
    ],
)
def test_what_a_button_says_may_be_typed(policy: EscalationPolicy, text: str, done: str) -> None:
    asked = [UserUttered("parcel"), BotUttered("Which?", {"buttons": BUTTONS}), BotUttered("?")]
    assert done in run(policy, message(text=text), before=asked)


def test_only_the_last_buttons_may_be_typed(policy: EscalationPolicy) -> None:
    asked = [UserUttered("parcel"), BotUttered("Which?", {"buttons": BUTTONS})]
    later = [*asked, UserUttered("hi"), BotUttered("Hello")]
    assert "utter_rephrase" not in run(policy, message(text="something else"), before=later)


def test_a_person_asked_for_in_the_words_of_a_button_is_a_person_asked_for(
    policy: EscalationPolicy,
) -> None:
    asked = [BotUttered("Which?", {"buttons": [{"title": "An operator", "payload": "/choose"}]})]
    human = {"decided": True, "evidence": []}
    assert "action_hand_over" in run(policy, message(text="an operator", human=human), before=asked)


def test_small_talk_is_left_to_the_rules(policy: EscalationPolicy) -> None:
    assert run(policy, message("greet")) == ["(the rules)"]


def test_an_answer_that_could_not_be_given_is_owned_up_to(policy: EscalationPolicy) -> None:
    assert run(policy, message(faq=FOUND), silent=frozenset({"action_answer"})) == [
        "utter_introduction",
        "action_answer",
        "utter_unavailable",
        "action_listen",
    ]


def test_a_handoff_whose_action_failed_is_left_to_the_worker(policy: EscalationPolicy) -> None:
    asked = message(human={"decided": True, "evidence": []})
    assert run(policy, asked, silent=frozenset({"action_hand_over"})) == [
        "action_hand_over",
        "action_listen",
    ]


def test_what_the_slots_hold(policy: EscalationPolicy) -> None:
    tracker = DialogueStateTracker.from_events(
        "c1", [ActionExecuted(ACTION_LISTEN_NAME)], DOMAIN.slots
    )
    tracker.update(message(lang="nl", faq=FOUND), DOMAIN)
    events = policy.predict_action_probabilities(tracker, DOMAIN).events
    tracker.update_with_events(events, DOMAIN)
    assert tracker.get_slot("lang") == "nl"
    assert tracker.get_slot("memory")["given"] == ["delivery"]
    assert tracker.get_slot("decision")["answer"] == {
        "text": "On its way.",
        "source": {"title": "Where is it?", "url": "https://s.example"},
        "foreign": True,
        "again": False,
        "calm": True,
    }


def decided(policy: EscalationPolicy, heard: UserUttered) -> dict[str, Any]:
    """What the actions of a turn find in their slot."""
    tracker = DialogueStateTracker.from_events(
        "c1", [ActionExecuted(ACTION_LISTEN_NAME)], DOMAIN.slots
    )
    tracker.update(heard, DOMAIN)
    events = policy.predict_action_probabilities(tracker, DOMAIN).events
    tracker.update_with_events(events, DOMAIN)
    body: dict[str, Any] = tracker.get_slot("decision")
    return body


def test_the_last_choice_is_none_of_them_in_the_customers_language(
    policy: EscalationPolicy,
) -> None:
    unsure = {**FOUND, "unsure": True, "close": ["delivery", "tracking"]}
    body = decided(policy, message(lang="nl", faq=unsure))
    assert [one["question"] for one in body["choices"]] == ["Where is it?"] * 2
    assert body["none"] == "Iets anders"


def test_what_the_action_says_of_several_questions(policy: EscalationPolicy) -> None:
    pieces = {"answered": False, "pieces": [["where is it", "delivery"], ["who won", None]]}
    body = decided(policy, message(faq=pieces))
    assert [one["question"] for one in body["each"]] == ["where is it", "who won"]
    assert [one.get("text") for one in body["each"]] == ["On its way.", None]


def test_a_list_is_said_without_the_steps_that_were_tried(policy: EscalationPolicy) -> None:
    found = {**FOUND, "tried": ["I reset it"], "rests": {"delivery": ["I reset it", "2. Wait."]}}
    answer = decided(policy, message(faq=found))["answer"]
    assert (answer["tried"], answer["text"]) == ("I reset it", "2. Wait.")


@pytest.mark.parametrize(("channel", "said"), [("website", False), ("telegram", True)])
def test_the_bot_introduces_itself_where_nobody_else_has(
    policy: EscalationPolicy, channel: str, said: bool
) -> None:
    heard = message(faq=FOUND)
    heard.input_channel = channel
    assert ("utter_introduction" in run(policy, heard)) is said


def test_before_anybody_has_spoken_there_is_no_opinion(policy: EscalationPolicy) -> None:
    tracker = DialogueStateTracker.from_events("c1", [], DOMAIN.slots)
    assert not any(policy.predict_action_probabilities(tracker, DOMAIN).probabilities)
