"""Lost patience over a dialogue: what must raise it, what must not, and what the evidence says."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bot.nlu.dialogue import Dialogue, Outcome, Turn
from bot.nlu.encoder import Encoder
from bot.nlu.frustration import Frustration, Mood


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


@pytest.fixture(scope="module")
def frustration() -> Frustration:
    return Frustration.load()


def dialogue(encoder: Encoder, lang: str, *said: tuple[str, Outcome] | str) -> Dialogue:
    turns = [(s, Outcome.NONE) if isinstance(s, str) else s for s in said]
    vectors = encoder.encode([text for text, _ in turns])
    return Dialogue(
        [Turn(text, v, lang, outcome) for (text, outcome), v in zip(turns, vectors, strict=True)]
    )


@pytest.fixture(scope="module")
def judge(frustration: Frustration, encoder: Encoder):  # type: ignore[no-untyped-def]
    def judged(lang: str, *said: tuple[str, Outcome] | str) -> Mood:
        return frustration.judge(dialogue(encoder, lang, *said))

    return judged


FURIOUS = [
    ("en", "This is a disgrace, you are all liars and I want my money back NOW"),
    ("nl", "Schandalig, jullie zijn oplichters, ik ben woedend"),
    ("pt", "Que vergonha, seus ladrões, vou processar vocês"),
    ("et", "Häbi, te olete petised, ma olen maruvihane"),
    ("ru", "Позор, вы мошенники, я в бешенстве, подам в суд"),
    ("af", "Skandelik, julle is skelms, ek is woedend"),
]
CALM = [
    ("en", "Hi, what time do you open tomorrow?"),
    ("nl", "Hoi, hoe laat gaan jullie morgen open?"),
    ("pt", "Oi, que horas vocês abrem amanhã?"),
    ("et", "Tere, mis kell te homme avate?"),
    ("ru", "Здравствуйте, во сколько вы завтра открываетесь?"),
    ("af", "Hallo, hoe laat maak julle môre oop?"),
]


@pytest.mark.parametrize(("lang", "text"), FURIOUS)
def test_fury_is_frustration(judge, lang: str, text: str) -> None:  # type: ignore[no-untyped-def]
    mood = judge(lang, text)
    assert mood.frustrated
    assert mood.evidence


@pytest.mark.parametrize(("lang", "text"), CALM)
def test_a_question_is_not(judge, lang: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not judge(lang, text).frustrated


def test_joy_in_capitals_is_not_anger(judge) -> None:  # type: ignore[no-untyped-def]
    assert not judge("en", "IT WORKED!!! THANK YOU SO MUCH, I LOVE IT!!!").frustrated


def test_failures_and_repetition_raise_it(judge) -> None:  # type: ignore[no-untyped-def]
    text = "where is my parcel with the garden chairs"
    once = judge("en", text)
    again = judge("en", (text, Outcome.MISSED), (text, Outcome.MISSED), text)
    assert again.score > once.score
    signals = {e.signal: e for e in again.evidence}
    assert {"repeats_self", "failed_turns"} & signals.keys()


def test_the_same_words_without_failures_say_less(judge) -> None:  # type: ignore[no-untyped-def]
    text = "where is my parcel with the garden chairs"
    told = judge("en", (text, Outcome.MISSED), (text, Outcome.REJECTED), text)
    untold = judge("en", text, text, text)
    assert told.score > untold.score


def test_evidence_points_at_the_message_that_was_repeated(judge) -> None:  # type: ignore[no-untyped-def]
    mood = judge(
        "en",
        "hello there",
        ("my router drops the line every evening around eight", Outcome.REJECTED),
        ("I restarted it as you said", Outcome.REJECTED),
        "my router still drops the line every single evening around eight!!",
    )
    repeats = [e for e in mood.evidence if e.signal == "repeats_self"]
    assert repeats
    assert repeats[0].message == 1
    assert repeats[0].span.startswith("my router")


def test_messages_are_numbered_from_the_start_of_a_long_episode(judge) -> None:  # type: ignore[no-untyped-def]
    mood = judge(
        "en", *[f"question number {i}" for i in range(12)], "you idiots, this is outrageous"
    )
    assert mood.evidence
    assert {e.message for e in mood.evidence if e.signal != "was_upset"} == {12}


def test_thresholds_are_parameters(encoder: Encoder) -> None:
    spoken = dialogue(encoder, "en", "this is really annoying, it still does not work")
    eager = Frustration.load(offer=0.001, hand_over=0.002).judge(spoken)
    patient = Frustration.load(offer=0.999, hand_over=1.0).judge(spoken)
    assert eager.frustrated
    assert eager.hand_over
    assert not patient.frustrated
    assert eager.score == patient.score


def test_an_offer_above_the_handing_over_is_refused() -> None:
    with pytest.raises(ValueError, match=r"offered at 0\.9"):
        Frustration.load(offer=0.9, hand_over=0.5)


def test_a_probability_for_whatever_is_typed(frustration: Frustration) -> None:
    for text in ("", "???", "a" * 5000, "\x00", "👍"):
        assert 0 <= frustration.judge(Dialogue([Turn(text)])).score <= 1


def test_it_takes_less_than_a_millisecond(frustration: Frustration, encoder: Encoder) -> None:
    turns = list(dialogue(encoder, "en", *[f"message {i} about my order" for i in range(5)]).turns)
    took = []
    for i in range(60):
        now = Turn(f"and number {i} is still not here, please have a look", turns[0].vector, "en")
        start = time.process_time()
        frustration.judge(Dialogue([*turns, now]))
        took.append(time.process_time() - start)
    assert np.median(took) < 1e-3
