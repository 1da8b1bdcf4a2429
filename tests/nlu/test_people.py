"""What counts as a person is for the shop to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.judgement import people_words
from bot.nlu.human import HumanRequest

NOWHERE = np.zeros(384, dtype=np.float32)


def test_a_ship_names_its_quartermaster(tmp_path: Path) -> None:
    said = tmp_path / "people.yml"
    said.write_text("en: [quartermaster, person]\n")
    ship = HumanRequest.load(people=people_words(said))
    assert ship.judge("quartermaster please", NOWHERE, "en").decided
    assert not HumanRequest.load().judge("quartermaster please", NOWHERE, "en").decided


def test_a_shop_without_a_reception_takes_it_off(tmp_path: Path) -> None:
    said = tmp_path / "people.yml"
    said.write_text("en: [human, person, agent]\n")
    shop = HumanRequest.load(people=people_words(said))
    text = "can I speak to the reception please"
    assert HumanRequest.load().judge(text, NOWHERE, "en").decided
    assert shop.judge(text, NOWHERE, "en").score < HumanRequest.load().judge(text, None).score
    assert shop.judge("can I speak to a person please", NOWHERE, "en").decided


@pytest.mark.parametrize(
    "text",
    [
        "speak to the reception",
        "could you put me through to the front desk?",
        "I would like a word with the concierge",
        "let me talk to someone from your staff",
        "get me the manager",
        "can a person help me change my booking?",
    ],
)
def test_people_of_a_hotel_count_unless_taken_off(text: str) -> None:
    assert HumanRequest.load().judge(text, None, "en").decided


@pytest.mark.parametrize(
    "text",
    [
        "what time does reception open?",
        "is there a 24-hour reception?",
        "can I leave my bags at the front desk?",
        "does the hotel have a concierge?",
        "your staff were lovely",
    ],
)
def test_questions_about_them_do_not(text: str) -> None:
    assert not HumanRequest.load().judge(text, None, "en").decided


def test_nothing_said_keeps_the_usual_words(tmp_path: Path) -> None:
    assert people_words(tmp_path / "missing.yml") is None
    assert people_words() is None


SHIP = {"en": ["quartermaster", "person", "human"]}


@pytest.mark.parametrize(
    "text",
    [
        "I want to talk to an agent",
        "connect me with an operator",
        "I want to talk to reception",
        "put me through to a supervisor please",
        "an agent who can help me",
        "where is it? I want to speak to an advisor",
        "agent",
    ],
)
def test_a_noun_that_was_taken_off_makes_no_request(text: str) -> None:
    assert HumanRequest.load().judge(text, None).decided
    assert not HumanRequest.load(people=SHIP).judge(text, None).offer


@pytest.mark.parametrize(
    "text",
    [
        "your agent was rude, get me somebody",
        "I want to talk to a person, not to an agent",
        "get me somebody instead of this agent",
        "no agent, let me speak to the quartermaster",
        "call me back please, your agent hung up",
    ],
)
def test_what_is_asked_for_beside_it_still_counts(text: str) -> None:
    assert HumanRequest.load(people=SHIP).judge(text, None).decided
