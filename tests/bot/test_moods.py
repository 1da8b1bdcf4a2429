"""The thresholds of lost patience, as config.yml may set them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from bot.components import handoff
from bot.components.handoff import HandoffDetector
from bot.nlu.frustration import Frustration
from tests.bot.rasa_quietly import DOMAIN  # noqa: F401 - Rasa's own warnings come with its import


def made_with(monkeypatch: pytest.MonkeyPatch, **config: Any) -> Frustration:
    """The judge's moods after a pipeline with this was made."""
    judge = SimpleNamespace(moods=Frustration.load())
    monkeypatch.setattr(handoff, "judge", lambda: judge)
    given = {**HandoffDetector.get_default_config(), **config}
    HandoffDetector.create(given, None, None, None)  # type: ignore[arg-type]
    moods: Frustration = judge.moods
    return moods


def test_a_threshold_is_set_and_the_other_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    trained = Frustration.load()
    moods = made_with(monkeypatch, hand_over=0.65)
    assert (moods.offer_at, moods.hand_over_at) == (trained.offer_at, 0.65)


def test_without_a_setting_they_are_as_trained(monkeypatch: pytest.MonkeyPatch) -> None:
    moods, trained = made_with(monkeypatch), Frustration.load()
    assert (moods.offer_at, moods.hand_over_at) == (trained.offer_at, trained.hand_over_at)


@pytest.mark.parametrize("config", [{"hand_over": 0.1}, {"hand_over": 1.5}, {"offer": 0}])
def test_thresholds_that_cannot_be_are_refused(
    monkeypatch: pytest.MonkeyPatch, config: dict[str, float]
) -> None:
    with pytest.raises(ValueError, match="offered at"):
        made_with(monkeypatch, **config)
