"""Thresholds that a knowledge base finds by asking itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.faq.entries import FaqEntry
from bot.judgement import Judge
from bot.nlu.encoder import Encoder
from bot.search.arrays import Floats, Numbers
from bot.search.calibration import EXCERPT, Calibration, Costs, Samples, calibrate, sample
from bot.search.index import FaqIndex
from bot.search.knowledge import Knowledge
from bot.search.words import Prepared, Words

PRIOR = Calibration(slope=1.0, offset=0.0, threshold=0.5)


def samples(known: float, unknown: float, chat: float, n: int = 400) -> Samples:
    pick = np.random.default_rng(0)
    return Samples(
        known=pick.normal(known, 1, n),
        right=np.ones(n, dtype=bool),
        unknown=pick.normal(unknown, 1, n),
        chat=pick.normal(chat, 1, n),
    )


def test_the_curve_separates_what_it_was_shown() -> None:
    found = calibrate(samples(10, 5, 0), Costs(), PRIOR)
    assert found.probability(10) > 0.9
    assert found.probability(5) < 0.3
    assert found.probability(0) < 0.05


def test_two_knowledge_bases_get_two_curves() -> None:
    low, high = (calibrate(samples(m + 4, m, m - 4), Costs(), PRIOR) for m in (0, 20))
    assert low.probability(4) > 0.8 > 0.2 > high.probability(4)


def test_probabilities_are_calibrated_on_the_stated_mixture() -> None:
    shown = samples(6, 3, 0, 4000)
    costs = Costs(unknown_in_domain=0.3, unknown_chat=0.2)
    found = calibrate(shown, costs, PRIOR)
    asked = np.concatenate([shown.known[:2000], shown.unknown[:1200], shown.chat[:800]])
    right = np.repeat([1.0, 0.0, 0.0], [2000, 1200, 800])
    p = found.probabilities(asked)
    bins = np.array_split(np.argsort(p), 10)
    error = np.mean([abs(p[some].mean() - right[some].mean()) for some in bins])
    assert error < 0.04
    assert abs(p.mean() - right.mean()) < 0.02


def test_a_dear_wrong_answer_raises_the_threshold() -> None:
    assert Costs(wrong_answer=3, missed_answer=1).threshold == pytest.approx(0.75)
    assert Costs(wrong_answer=1, missed_answer=3).threshold == pytest.approx(0.25)


def test_many_phrasings_mean_fewer_unknown_questions() -> None:
    few, many = Costs().unknown(1), Costs().unknown(100)
    assert many < few
    assert Costs().unknown(1) == Costs().unknown(3)
    assert Costs().unknown(40)[0] == pytest.approx(2 * Costs().unknown(80)[0])


def test_a_knowledge_base_that_cannot_tell_its_own_questions_still_answers_most() -> None:
    """Unknown questions that score as known ones do would else silence it."""
    shown = samples(5, 5, 0)
    costs = Costs(unknown_in_domain=0.5, unknown_chat=0.1)
    found = calibrate(shown, costs, PRIOR)
    answered = found.probabilities(shown.known) >= found.threshold
    assert found.threshold < costs.threshold
    assert answered.mean() == pytest.approx(costs.least_answered, abs=0.02)
    assert calibrate(samples(10, 5, 0), costs, PRIOR).threshold == costs.threshold


def test_nothing_to_ask_about_falls_back_on_small_talk_then_on_the_prior() -> None:
    nothing = np.zeros(0)
    chat = np.random.default_rng(0).normal(2, 1, 100)
    found = calibrate(Samples(nothing, nothing.astype(bool), nothing, chat), Costs(), PRIOR)
    assert found.probability(2) < 0.2
    assert found.probability(8) > 0.9
    empty = Samples(nothing, nothing.astype(bool), nothing, nothing)
    assert calibrate(empty, Costs(), PRIOR) == PRIOR


@given(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6))
def test_a_higher_score_is_never_less_probable(a: float, b: float) -> None:
    curve = Calibration(slope=0.7, offset=-2, threshold=0.5)
    low, high = sorted((a, b))
    assert 0 <= curve.probability(low) <= curve.probability(high) <= 1


def test_a_curve_survives_its_file() -> None:
    curve = Calibration(slope=0.7, offset=-2.5, threshold=0.4)
    assert Calibration.from_json(curve.to_json()) == curve


def test_entries_with_two_phrasings_answer_rewordings() -> None:
    """Holding one of two phrasings out must not change how the rest is searched and scored.

    These entries differ by a word: only who expects few unknown questions answers.
    """
    things = ("parcel", "invoice", "password", "refund", "voucher", "address", "size", "colour")
    entries = [
        FaqEntry(
            f"{verb} {thing}", "en", "", (f"how do I {verb} my {thing}", f"{verb} {thing}"), ""
        )
        for thing in things
        for verb in ("change", "find", "cancel")
    ]
    encoder = Encoder.load()
    index = FaqIndex.build(entries, encoder, costs=Costs(unknown_in_domain=0.2))
    asked = [
        f"I would like to {verb} my {thing} please"
        for thing in things
        for verb in ("find", "change")
    ]
    judge = Judge(encoder, index)
    assert sum(judge.ask(text, "en").answered for text in asked) >= 12


def test_a_smaller_knowledge_base_is_searched_like_the_whole() -> None:
    words = Words("en")
    entries = [FaqEntry(str(n), "en", "", (f"question {n}", f"another {n}"), "") for n in range(6)]
    vectors = np.eye(12, dtype=np.float32)
    texts = [text for entry in entries for text in entry.questions]
    phrasings = words.prepare(texts, vectors, learn=True)
    answers = words.prepare([""] * 6, np.zeros((6, 12), dtype=np.float32))
    owners = np.repeat(np.arange(6), 2)
    whole = Knowledge(entries, phrasings, owners, answers)
    assert whole.has_head
    rows = [0, 2, 4, 6, 8, 10]
    alone = Knowledge(entries, phrasings.part(rows), owners[rows], answers)
    assert not alone.has_head
    assert Knowledge(entries, phrasings.part(rows), owners[rows], answers, like=whole).has_head


def test_nobody_asks_with_a_whole_passage() -> None:
    """A passage given as a question stands for customers who ask about a line of it."""
    words = Words("en")
    texts = [" ".join(f"w{n}n{i}" for i in range(100)) for n in range(8)]
    entries = [FaqEntry(str(n), "en", "", (text,), "") for n, text in enumerate(texts)]
    nothing = np.zeros((8, 4), dtype=np.float32)
    phrasings = words.prepare(texts, nothing, learn=True)
    whole = Knowledge(entries, phrasings, np.arange(8), words.prepare([""] * 8, nothing))
    asked: list[str] = []

    def prepare(some: list[str]) -> Prepared:
        asked.extend(some)
        return words.prepare(some, np.zeros((len(some), 4), dtype=np.float32))

    def score(_: Knowledge, queries: Prepared) -> tuple[Floats, Numbers]:
        return np.zeros(len(queries)), np.zeros(len(queries), dtype=np.int64)

    sample(whole, score, prepare, Prepared.nothing(0))
    assert asked
    assert all(2 <= len(text.split()) <= EXCERPT for text in asked)


def test_costs_are_a_setting() -> None:
    assert Costs.of({}) == Costs()
    assert Costs.of({"wrong_answer": 3}).threshold == pytest.approx(0.75)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"wrong_anwser": 2}, "wrong_anwser"),
        ({"wrong_answer": "2"}, "wrong_answer"),
        ({"missed_answer": 0}, "missed_answer"),
        ({"missed_answer": float("nan")}, "missed_answer"),
        ({"wrong_answer": True}, "wrong_answer"),
    ],
)
def test_what_is_no_cost_is_named(given: dict[str, object], named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Costs.of(given)
