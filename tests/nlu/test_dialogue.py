"""The small types that judges of a dialogue share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from bot.nlu.dialogue import FAILURES, Dialogue, Outcome, Turn
from bot.nlu.evidence import Evidence


def test_the_last_turn_is_the_current_one() -> None:
    turns = [Turn("one"), Turn("two"), Turn("three")]
    dialogue = Dialogue(turns)
    assert dialogue.current is turns[2]
    assert list(dialogue.earlier) == turns[:2]


def test_an_empty_dialogue_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one turn"):
        Dialogue([])


def test_a_turn_with_a_vector_can_be_a_key() -> None:
    vector = np.zeros(3, dtype=np.float32)
    turn = Turn("hello", vector)
    assert turn in {turn}
    assert turn != Turn("hello", vector)


def test_failures_are_what_the_bot_did_not_manage() -> None:
    assert {Outcome.MISSED, Outcome.REJECTED} == FAILURES


def test_evidence_goes_over_the_wire() -> None:
    evidence = Evidence("profanity", 2, 0.123456, "hell")
    assert json.loads(json.dumps(evidence.to_json())) == {
        "signal": "profanity",
        "message": 2,
        "score": 0.123,
        "span": "hell",
    }
