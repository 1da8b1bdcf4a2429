"""The measures themselves, on cases that are known by hand, and properties that must hold."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.answering import measures as answering
from benchmarks.answering.diet import in_hindsight
from benchmarks.answering.measures import Outcomes
from benchmarks.dialogue.measures import Decisions, Share, auroc, bootstrap, f1, precision_at
from benchmarks.dialogue.regret import Course, regret
from benchmarks.plots import risk_and_coverage


def outcomes(*rows: tuple[int, int, float, bool]) -> Outcomes:
    """Rows of gold, first, score, answered."""
    gold, first, score, answered = zip(*rows, strict=True)
    none = np.zeros(len(rows), dtype=bool)
    return Outcomes(
        np.array(gold), np.array(first), np.array(score), np.array(answered, dtype=bool), none
    )


FOUR = outcomes((0, 0, 0.9, True), (1, 0, 0.8, True), (-1, 1, 0.3, False), (-1, 1, 0.7, True))


def test_answering_by_hand() -> None:
    assert answering.first_hit(FOUR) == 0.5
    assert answering.accuracy(FOUR) == 0.5
    assert answering.unknown_recall(FOUR) == 0.5
    assert answering.precision(FOUR) == pytest.approx(1 / 3)
    assert answering.decisions(FOUR) == 0.5
    assert answering.auroc(FOUR) == 1.0


def test_correlation_is_one_when_all_is_right_and_none_when_nothing_is_told() -> None:
    right = outcomes((0, 0, 0.9, True), (1, 1, 0.9, True), (-1, 0, 0.1, False))
    assert answering.matthews(right) == pytest.approx(1.0)
    silent = outcomes((0, 0, 0.1, False), (1, 1, 0.1, False), (-1, 0, 0.1, False))
    assert math.isnan(answering.matthews(silent))


def test_the_best_threshold_in_hindsight_settles_at_least_as_many() -> None:
    late = outcomes((0, 0, 0.9, False), (1, 1, 0.8, False), (-1, 1, 0.3, True), (-1, 1, 0.2, True))
    assert answering.decisions(late) == 0.0
    best = in_hindsight(late)
    assert answering.decisions(best) == 1.0
    assert best.score is late.score


rows = st.lists(
    st.tuples(st.integers(-1, 3), st.integers(0, 3), st.floats(0, 1), st.booleans()),
    min_size=2,
    max_size=40,
)


@given(rows)
def test_no_threshold_settles_more_than_the_one_in_hindsight(
    given_rows: list[tuple[int, int, float, bool]],
) -> None:
    o = outcomes(*given_rows)
    best = answering.decisions(in_hindsight(o))
    for limit in o.score:
        settled = np.where(o.score >= limit, o.right, ~o.known).mean()
        assert best >= settled - 1e-9


@given(rows)
def test_risk_at_full_coverage_is_the_share_of_wrong_first_matches(
    given_rows: list[tuple[int, int, float, bool]],
) -> None:
    o = outcomes(*given_rows)
    coverage, risk = risk_and_coverage(o)
    assert coverage[-1] == 1.0
    assert risk[-1] == pytest.approx(1 - (o.right & o.known).mean())
    assert (np.diff(coverage) > 0).all()


def test_the_surest_wrong_answer_is_a_risk_from_the_start() -> None:
    _, risk = risk_and_coverage(outcomes((0, 1, 0.9, True), (0, 0, 0.5, True)))
    assert risk.tolist() == [1.0, 0.5]


def test_decisions_by_hand() -> None:
    labels = np.array([True, True, False, False])
    found = Decisions.of(labels, np.array([True, False, True, False]))
    assert (found.precision.value, found.recall.value, found.f1) == (0.5, 0.5, 0.5)
    assert found.false_alarm_rate.value == 0.5
    assert f1(labels, np.array([1.0, 0.0, 1.0, 0.0])) == found.f1


@given(st.integers(0, 50), st.integers(1, 50))
def test_wilsons_interval_holds_the_share(k: int, n: int) -> None:
    share = Share(min(k, n), n)
    low, high = share.interval
    assert 0 <= low <= share.value + 1e-9
    assert share.value <= high + 1e-9 <= 1 + 1e-9


def test_wilsons_interval_by_hand() -> None:
    low, high = Share(0, 10).interval
    assert (low, round(high, 3)) == (0.0, 0.278)  # z² / (n + z²)


def test_turns_of_a_dialogue_are_drawn_together() -> None:
    """Ten dialogues of equal turns say as little as ten turns."""
    pick = np.random.default_rng(0)
    labels = pick.random(10) < 0.5
    scores = labels * 0.5 + pick.random(10)
    few = bootstrap(auroc, labels, scores)
    many = bootstrap(
        auroc, np.repeat(labels, 20), np.repeat(scores, 20), np.repeat(np.arange(10), 20).tolist()
    )
    alone = bootstrap(auroc, np.repeat(labels, 20), np.repeat(scores, 20))
    width = [high - low for low, high in (few, many, alone)]
    assert width[1] == pytest.approx(width[0], rel=0.05)
    assert width[2] < width[1] / 2


def test_precision_at_a_recall_takes_the_best_threshold_that_reaches_it() -> None:
    labels = np.array([True, True, False, True])
    assert precision_at(0.5, labels, np.array([0.9, 0.8, 0.7, 0.6])) == 1.0
    assert precision_at(1.0, labels, np.array([0.9, 0.8, 0.7, 0.6])) == 0.75


def test_regret_by_hand() -> None:
    lost_and_noticed_late = Course([0.1, 0.2, 0.3, 0.9], lost=1, calm=False)
    never_noticed = Course([0.1, 0.1, 0.2], lost=2, calm=False)
    noticed_before = Course([0.8, 0.9], lost=1, calm=False)
    calm, alarmed, strained = (
        Course([0.1], None, True),
        Course([0.1, 0.6], None, True),
        Course([0.9], None, False),
    )
    found = regret(
        [lost_and_noticed_late, never_noticed, noticed_before, calm, alarmed, strained], 0.5
    )
    assert (found.noticed.k, found.noticed.n) == (2, 3)
    assert (found.in_time.k, found.in_time.n) == (1, 3)
    assert found.late == pytest.approx((2 + 1 + 0) / 3)
    assert (found.calm_alarms.k, found.calm_alarms.n) == (1, 2)
