"""How evidence is weighed, and how the weights are learnt."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.answering.weights import START, Lesson, fit
from bot.search.materials import KINDS
from bot.search.weighing import LEAST_SHARE, WEIGHTS, certainty, reads_answers, weights_of

FORMS = ("head", "phrasings", "answers")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lang", ["en", "nl", "pt", "et", "ru", "af", "xx"])
def test_every_form_has_weights_in_every_language(form: str, lang: str) -> None:
    weights = weights_of(form, lang)
    assert set(weights) <= set(KINDS)
    assert max(weights.values()) > 0 <= min(weights.values())


def test_what_ships_has_the_forms_that_are_learnt() -> None:
    assert {form: set(langs) for form, langs in WEIGHTS.items()} == {
        form: set(langs) for form, langs in START.items()
    }
    assert all(
        set(WEIGHTS[form][lang]) == set(START[form][lang]) for form in START for lang in START[form]
    )


def test_russian_answers_are_not_encoded() -> None:
    assert not reads_answers("ru")
    assert reads_answers("pt")


def test_a_clear_first_match_is_more_certain_than_one_of_two() -> None:
    clear, close = certainty(np.array([[9, 2, 1], [9, 8.9, 1]], dtype=np.float32))[0]
    assert clear > close
    lost = certainty(np.zeros((1, 10_000), dtype=np.float32))[0]
    assert lost[0] == LEAST_SHARE


def lesson(family: str, telling: int, seed: int) -> Lesson:
    """Evidence of which one kind tells the right entry and the other is noise."""
    pick = np.random.default_rng(seed)
    gold = pick.integers(0, 5, 200)
    evidence = pick.random((200, 5, 2)).astype(np.float32)
    evidence[np.arange(200), gold, telling] += 0.5
    return Lesson(family, evidence, gold)


def test_weights_go_to_what_tells_the_right_entry() -> None:
    start = np.array([3.0, 3.0])
    learnt = fit([lesson("one", 0, 1), lesson("two", 0, 2)], start, penalty=0.01)
    assert learnt[0] > start[0] > learnt[1] >= 0
    shown = lesson("three", 0, 3)
    assert shown.first_hit(learnt) > shown.first_hit(start)


def test_a_strong_penalty_keeps_the_start_and_nothing_to_learn_from_too() -> None:
    start = np.array([3.0, 1.0])
    assert fit([lesson("one", 0, 1)], start, penalty=1e6) == pytest.approx(start, abs=0.01)
    assert fit([], start) == pytest.approx(start, abs=0.01)


def test_families_count_the_same_however_many_tasks_they_have() -> None:
    start = np.array([3.0, 3.0])
    many = [lesson("many", 0, seed) for seed in range(6)]
    learnt = fit([*many, lesson("single", 1, 7)], start, penalty=0.01)
    assert learnt[0] == pytest.approx(learnt[1], rel=0.35)
