"""The assistant judges no worse than when its figures were recorded, beyond what chance moves.

What spoils the judgement on purpose has to be noticed: a guard that never fails guards nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from benchmarks.frozen import Figure, answers, measure, moods, recorded, requests, worse
from bot.faq.entries import FaqEntry
from bot.judgement import Judge
from bot.nlu import frustration
from bot.nlu.encoder import Encoder
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest
from bot.nlu.tone import Tone
from bot.search import weighing
from bot.search.calibration import Costs
from bot.search.index import FaqIndex

pytestmark = pytest.mark.timeout(400)  # a minute of processor time, on machines that are busy
REQUESTS, PATIENCE = "requests for a person", "lost patience"
FIRST_HIT, SETTLED = "first hit", "settled"
LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.mark.slow
def test_no_figure_of_the_frozen_part_has_become_worse(encoder: Encoder) -> None:
    assert worse(measure(Judge(encoder)), recorded()) == []


def test_a_loss_beyond_noise_is_noticed_and_chance_is_not() -> None:
    before = {"F1": Figure(0.90, 0.03), "hit": Figure(0.7, 0.1)}
    assert worse({"F1": Figure(0.88, 0.03), "hit": Figure(0.61, 0.1)}, before) == []
    (loss,) = worse({"F1": Figure(0.86, 0.03), "hit": Figure(0.7, 0.1)}, before)
    assert loss.startswith("F1: 0.86")
    assert len(worse({"F1": Figure(0.9, 0.03)}, before)) == 1


def test_every_language_is_held() -> None:
    for name in (f"{REQUESTS}, F1", FIRST_HIT, SETTLED):
        named = {f"{name}, {lang}" for lang in LANGUAGES}
        assert named <= recorded().keys()


@pytest.mark.slow
@pytest.mark.parametrize("decide", [0.02, 0.995])
def test_requests_decided_too_early_or_too_late_are_noticed(
    encoder: Encoder, decide: float
) -> None:
    judge = Judge(encoder)
    judge.requests = HumanRequest.load(decide=decide, offer=min(decide, 0.3))
    assert f"{REQUESTS}, F1" in losses(requests(judge))


@pytest.mark.slow
def test_a_mood_that_hears_no_tone_is_noticed(encoder: Encoder) -> None:
    judge = Judge(encoder)
    weights = frustration.Weights.read(frustration.WEIGHTS)
    judge.moods = Frustration(Tone.load(), replace(weights, message={}, social={}))
    assert f"{PATIENCE}, AUROC" in losses(moods(judge))


@pytest.mark.slow
def test_a_mood_that_never_offers_anybody_is_noticed(encoder: Encoder) -> None:
    judge = Judge(encoder)
    judge.moods = Frustration.load(offer=0.95, hand_over=0.95)
    assert losses(moods(judge)) == {f"{PATIENCE}, F1 of offers"}


class Careless(Judge):
    """Answers whatever it is asked: a missed answer costs far more than a wrong one."""

    def learn(self, entries: Sequence[FaqEntry]) -> None:
        careless = Costs(wrong_answer=0.02, missed_answer=1.0)
        self.index = FaqIndex.build(entries, self.encoder, costs=careless)


@pytest.mark.slow
def test_an_index_that_answers_everything_is_noticed(encoder: Encoder) -> None:
    assert losses(answers(Careless(encoder))) == {SETTLED}


@pytest.mark.slow
def test_evidence_that_is_weighed_badly_is_noticed(
    encoder: Encoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = {"entry_words": 3.0}
    bad = {
        form: {lang: alone if form != "answers" else weights for lang, weights in by.items()}
        for form, by in weighing.WEIGHTS.items()
    }
    monkeypatch.setattr(weighing, "WEIGHTS", bad)
    assert FIRST_HIT in losses(answers(Judge(encoder)))


def losses(now: dict[str, Figure]) -> set[str]:
    """Which of these figures count as a loss, of all languages together."""
    whole = {
        name: one
        for name, one in recorded().items()
        if name in now and not name.endswith(tuple(f", {lang}" for lang in LANGUAGES))
    }
    return {loss.partition(":")[0] for loss in worse(now, whole)}
