"""domain.yml says everything the bot can say, in six languages."""

from __future__ import annotations

import re

import pytest

from bot.turn import said
from bot.vocabulary import LANGUAGES, Act, Intent, Slot
from handoff.model import Reason
from tests.bot.rasa_quietly import DOMAIN

# The FAQ's own words, and the customer's, and nothing else
UNWORDED = {"utter_answer_plainly", "utter_answer_of_several"}
NOT_OURS = re.compile(r"sorry|apolog|unfortunately|inconvenience|valued|happy to", re.IGNORECASE)
responses = pytest.mark.parametrize("name", sorted(DOMAIN.responses))


def language_of(variation: dict[str, object]) -> str:
    condition = variation.get("condition")
    return condition[0]["value"] if condition else "en"  # type: ignore[index,no-any-return]


@responses
def test_each_sentence_is_there_in_six_languages(name: str) -> None:
    spoken = [language_of(variation) for variation in DOMAIN.responses[name]]
    assert spoken == (["en"] if name in UNWORDED else list(LANGUAGES))


@responses
def test_no_sentence_is_left_in_another_language(name: str) -> None:
    texts = [variation["text"] for variation in DOMAIN.responses[name]]
    quoted = any("{answer}" in text for text in texts)
    assert quoted or len(set(texts)) == len(texts)


@responses
def test_buttons_mean_what_the_worker_understands(name: str) -> None:
    for variation in DOMAIN.responses[name]:
        for button in (
            said([{"text": "x", "buttons": variation.get("buttons", [])}]).replies[0].buttons
        ):
            assert button["payload"]["intent"] in set(DOMAIN.intents)


@responses
def test_the_bot_is_short_and_does_not_gush(name: str) -> None:
    for variation in DOMAIN.responses[name]:
        assert len(variation["text"]) <= 140
        assert not NOT_OURS.search(variation["text"])


def test_every_act_can_be_done() -> None:
    assert {act.value for act in Act} <= set(DOMAIN.action_names_or_texts)


def test_every_reason_of_the_bots_has_a_sentence() -> None:
    for reason in (Reason.ASKED, Reason.FRUSTRATED, Reason.UNANSWERED, Reason.REJECTED):
        assert f"utter_hand_over_{reason}" in DOMAIN.responses


def test_intents_and_slots_are_the_ones_of_the_vocabulary() -> None:
    ours = set(DOMAIN.intents) - {
        "back",
        "nlu_fallback",
        "out_of_scope",
        "restart",
        "session_start",
    }
    assert ours == {intent.value for intent in Intent}
    assert {slot.value for slot in Slot} <= {slot.name for slot in DOMAIN.slots}


def test_sessions_do_not_expire() -> None:
    assert not DOMAIN.session_config.are_sessions_enabled()
