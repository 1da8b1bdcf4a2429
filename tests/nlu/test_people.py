"""What counts as a person is for the shop to say."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from bot.judgement import people_words
from bot.nlu.human import HumanRequest

NOWHERE = np.zeros(384, dtype=np.float32)


def test_a_hotel_names_its_reception(tmp_path: Path) -> None:
    said = tmp_path / "people.yml"
    said.write_text("en: [reception, person]\n")
    hotel = HumanRequest.load(people=people_words(said))
    usual = HumanRequest.load(people=None)
    text = "can I speak to the reception please"
    assert hotel.judge(text, NOWHERE, "en").decided
    assert not usual.judge(text, NOWHERE, "en").decided


def test_nothing_said_keeps_the_usual_words(tmp_path: Path) -> None:
    assert people_words(tmp_path / "missing.yml") is None
    assert people_words() is None
