"""How long the courier tries."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.channels.errors import DeliveryError, Problem, Tell, from_status
from handoff.patience import Limits, final, is_hopeless, pause_after

LIMITS = Limits()


@given(
    problem=st.sampled_from([one for one in Problem if one.retryable]),
    tries=st.integers(0, 100_000),
    asked=st.none() | st.floats(0, 1e6),
    echoes=st.booleans(),
)
def test_a_pause_is_never_shorter_than_asked_nor_longer_than_need_be(
    problem: Problem, tries: int, asked: float | None, echoes: bool
) -> None:
    pause = pause_after(LIMITS, DeliveryError(problem, retry_after=asked), tries, echoes)
    assert pause >= 0.5
    if problem is Problem.NOT_CONFIGURED:
        assert pause == LIMITS.not_configured
    elif asked is not None:
        assert asked <= pause <= max(asked, 0.5) + LIMITS.longest_pause * 0.2
    else:
        assert pause <= LIMITS.longest_pause


def test_pauses_grow_and_differ() -> None:
    error = DeliveryError(Problem.FAILED)
    means = [sum(pause_after(LIMITS, error, n, False) for _ in range(200)) / 200 for n in range(7)]
    assert means == sorted(means)
    assert len({pause_after(LIMITS, error, 3, False) for _ in range(50)}) > 40


@pytest.mark.parametrize("problem", Problem)
def test_every_problem_says_whether_to_try_again_whom_to_tell_and_what(problem: Problem) -> None:
    assert problem.sentence.endswith(".")
    assert "{" not in problem.sentence
    error = DeliveryError(problem)
    assert is_hopeless(LIMITS, error, 0, 1.0) is not problem.retryable
    assert is_hopeless(LIMITS, error, 0, 2 * LIMITS.expiry) is (problem is not Problem.UNCONFIRMED)
    # Whatever is given up in the end is told to somebody.
    assert final(error).tell is not Tell.NOBODY


def test_an_unknown_outcome_is_repeated_once() -> None:
    error = DeliveryError(Problem.UNCONFIRMED)
    assert not is_hopeless(LIMITS, error, 0, 1.0)
    assert is_hopeless(LIMITS, error, 1, 1.0)


@pytest.mark.parametrize(
    ("status", "problem"),
    [
        (429, Problem.THROTTLED),
        (401, Problem.TOKEN),
        (403, Problem.FORBIDDEN),
        (413, Problem.TOO_BIG),
        (500, Problem.FAILED),
        (503, Problem.FAILED),
        (400, Problem.REFUSED),
        (302, Problem.REFUSED),
    ],
)
def test_a_status_has_a_meaning(status: int, problem: Problem) -> None:
    assert from_status(status).problem is problem


def test_every_reason_is_explained_to_operators() -> None:
    from ops.places import ROOT

    page = (ROOT / "docs" / "channels.md").read_text("utf-8")
    assert [one.code for one in Problem if f"`{one.code}`" not in page] == []
