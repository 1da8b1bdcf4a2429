"""Messages that need the one before them."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.follow_up import joined_vector, leans, weigh


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "and to Norway?"),
        ("en", "what about gift cards?"),
        ("en", "how long does that take?"),
        ("nl", "en hoe lang duurt dat?"),
        ("pt", "e se for usado?"),
        ("et", "aga Norrasse?"),
        ("ru", "\u0430 в Эстонию?"),
        ("af", "en na Noorweë?"),
        (None, "и сколько это стоит"),
    ],
)
def test_leans(lang: str | None, text: str) -> None:
    assert leans(text, lang)


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "how do I cancel my order?"),
        ("en", "and could you please tell me where I can find the invoice of my last order"),
        ("af", "wie het die beker in Maart gewen"),
        ("en", ""),
        ("en", "?"),
    ],
)
def test_stands_by_itself(lang: str, text: str) -> None:
    assert not leans(text, lang)


def test_an_entry_must_fit_both_readings() -> None:
    alone = {"delivery-cost": 0.8, "return-cost": 0.43}
    joined = {"return-how": 0.9, "return-cost": 0.3}
    found = weigh(alone, joined)
    assert found is not None
    assert found[0] == "return-cost"
    assert found[1] == pytest.approx(0.359, abs=0.001)
    assert weigh({"x": 0.1}, {"y": 0.1}) is None
    assert weigh({}, {}) is None


def test_two_unit_vectors_make_one() -> None:
    one, other = np.eye(2, dtype=np.float32)
    both = joined_vector(one, other)
    assert np.linalg.norm(both) == pytest.approx(1)
    assert both[0] == pytest.approx(both[1])
    assert np.array_equal(joined_vector(one, -one), -one), "opposites leave the message's own"
