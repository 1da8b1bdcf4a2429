"""The assistant judges no worse than when its figures were recorded, beyond what chance moves."""

from __future__ import annotations

import pytest

from benchmarks.frozen import Figure, measure, recorded, worse


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_no_figure_of_the_frozen_part_has_become_worse() -> None:
    assert worse(measure(), recorded()) == []


def test_a_loss_beyond_noise_is_noticed_and_chance_is_not() -> None:
    before = {"F1": Figure(0.90, 0.03), "hit": Figure(0.7, 0.1)}
    assert worse({"F1": Figure(0.88, 0.03), "hit": Figure(0.61, 0.1)}, before) == []
    (loss,) = worse({"F1": Figure(0.86, 0.03), "hit": Figure(0.7, 0.1)}, before)
    assert loss.startswith("F1: 0.86")
    assert len(worse({"F1": Figure(0.9, 0.03)}, before)) == 1
