"""Lost patience over a dialogue: what must raise it, what must not, and what the evidence says."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.dialogue.corpora import shop_questions
from bot.nlu.dialogue import Dialogue, Outcome, Turn
from bot.nlu.encoder import Encoder
from bot.nlu.frustration import WEIGHTS, Frustration, Mood, Weights
from bot.nlu.tone import Tone


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


TROUBLE = {
    "en": ("I can't sign in to my account", "I already tried that and it did not work"),
    "nl": ("ik kan niet inloggen op mijn account", "dat heb ik al geprobeerd en het werkte niet"),
    "pt": ("não consigo entrar na minha conta", "já tentei isso e não funcionou"),
    "et": ("ma ei saa oma kontole sisse logida", "seda ma juba proovisin, ei aidanud"),
    "ru": ("не могу войти в аккаунт", "я это уже попробовал, не сработало"),
    "af": (
        "ek kan nie by my rekening aanmeld nie",
        "ek het dit al probeer, dit werk nie",
    ),
}


@pytest.mark.parametrize(
    ("lang", "text"), [(lang, text) for lang, both in TROUBLE.items() for text in both]
)
def test_trouble_told_plainly_is_no_anger_in_any_language(judge, lang: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not judge(lang, text).frustrated


def test_calm_questions_of_the_shop_are_rarely_taken_for_lost_patience(
    frustration: Frustration, encoder: Encoder
) -> None:
    asked = shop_questions(unseen=True)
    vectors = encoder.encode([text for text, _ in asked])
    wrong = [
        text
        for (text, lang), vector in zip(asked, vectors, strict=True)
        if frustration.judge(Dialogue([Turn(text, vector, lang)])).frustrated
    ]
    assert len(wrong) < 0.02 * len(asked), wrong


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "I hate the taste of liquorice"),
        ("af", "My dom buurman het my heining omgery"),
        ("nl", "ik haat de smaak van drop"),
    ],
)
def test_tastes_and_third_parties_are_not_ours(judge, lang: str, text: str) -> None:  # type: ignore[no-untyped-def]
    assert not judge(lang, text).frustrated


@pytest.mark.parametrize(
    ("lang", "text"),
    [
        ("en", "This is so annoying, I can't log in"),
        ("en", "I am frustrated"),
        ("nl", "ik ben teleurgesteld, mijn pakket is weer te laat"),
        ("pt", "estou desapontada, a encomenda está outra vez atrasada"),
        ("et", "olen pettunud, pakk hilineb jälle"),
        ("ru", "я разочарован, посылка опять опаздывает"),
    ],
)
def test_who_says_how_they_feel_is_heard(judge, lang: str, text: str) -> None:  # type: ignore[no-untyped-def]
    """Told plainly, with trouble that by itself is calm."""
    assert judge(lang, text).frustrated


def test_a_feeling_that_is_denied_is_none(judge) -> None:  # type: ignore[no-untyped-def]
    assert not judge("en", "I'm not upset, just asking when it arrives").frustrated


def test_asking_the_same_again_and_again_is_heard_without_outcomes(judge) -> None:  # type: ignore[no-untyped-def]
    asked = "Where is my parcel?"
    assert not judge("en", asked, asked).frustrated
    mood = judge("en", *[asked] * 4, "hello??? parcel???")
    assert mood.frustrated
    assert "repeats_self" in {e.signal for e in mood.evidence}
    assert judge("en", *["thank you very much"] * 5).score < 0.1


CORRECTIONS = [
    ("en", "book a room in the south", "No, I said the north, not the south"),
    ("nl", "een kamer in het zuiden graag", "Nee, ik zei het noorden, niet het zuiden"),
    ("pt", "queria um quarto na zona sul", "Não, eu disse zona norte, não foi isso que pedi"),
    ("et", "sooviksin tuba lõunas", "Ei, ma ütlesin ju põhjas, see on vale"),
    ("ru", "нужен номер на юге города", "Нет, я же сказал на севере, вы не поняли"),
    ("af", "ek soek 'n kamer in die suide", "Nee, ek het gesê die noorde, dis verkeerd"),
]


@pytest.mark.parametrize(("lang", "asked", "corrected"), CORRECTIONS)
def test_a_correction_is_heard(judge, lang: str, asked: str, corrected: str) -> None:  # type: ignore[no-untyped-def]
    mood = judge(lang, asked, corrected)
    assert "corrects_us" in {e.signal for e in mood.evidence}
    assert mood.score > 2 * judge(lang, asked, asked).score


@pytest.mark.parametrize(
    "text", ["no, thank you, that's all", "actually make it five people", "no thanks"]
)
def test_a_polite_no_or_a_change_of_mind_is_calm(judge, text: str) -> None:  # type: ignore[no-untyped-def]
    assert judge("en", "a table for four please", text).score < 0.2


def test_failures_alone_call_nobody_frustrated(judge) -> None:  # type: ignore[no-untyped-def]
    missed = [(f"question {i} about the {n}", Outcome.REJECTED) for i, n in enumerate("abcdef")]
    mood = judge("en", *missed, "what are your opening hours")
    assert not mood.frustrated
    assert not mood.hand_over


def test_saying_it_again_in_calm_words_hands_nobody_over(judge) -> None:  # type: ignore[no-untyped-def]
    text = "where is my parcel with the garden chairs"
    assert not judge("en", *[(text, Outcome.REJECTED)] * 6, text).hand_over


def test_knocking_within_seconds_raises_it_and_unknown_times_do_not(
    frustration: Frustration, encoder: Encoder
) -> None:
    said = dialogue(encoder, "en", "is the invoice ready by now", "???").turns

    def score(*at: float | None) -> float:
        timed = [replace(turn, at=a) for turn, a in zip(said, at, strict=True)]
        return frustration.judge(Dialogue(timed)).score

    assert score(100, 108) > score(100, 220)
    assert score(100, 100 + 7200) > score(100, 220)
    assert score(None, 108) == score(None, None) == score(100, None) == score(100, 220)
    assert score(100, 5) == score(100, 220)  # a clock that was set back says nothing


def test_the_world_is_judged_by_its_anger_and_customers_by_more() -> None:
    weights = Weights.read(WEIGHTS)
    signals = dict.fromkeys(weights.social, 0.0)
    reading = Tone.load().read("i hate mondays, stupid traffic", None, "en")
    world, ours = replace(reading, service=-9.0), replace(reading, service=9.0)
    assert weights.first(world, signals, 5.0) == pytest.approx(weights.social_bias, abs=0.01)
    assert weights.first(ours, signals, 5.0) == pytest.approx(5.0, abs=0.01)


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


AGAIN = "where is my parcel with the garden chairs"


@pytest.mark.parametrize(
    "said",
    [
        *((text,) for _, text in (FURIOUS[0], CALM[0])),
        ("this is really annoying, it still does not work",),
        (*[(AGAIN, Outcome.REJECTED)] * 6, AGAIN),
    ],
)
def test_what_a_message_reaches_is_told_whatever_threshold_is_in_use(
    encoder: Encoder, said: tuple[tuple[str, Outcome] | str, ...]
) -> None:
    """`reaches` is told by a judge with one threshold; judges with others act on it."""
    spoken = dialogue(encoder, "en", *said)
    reaches = Frustration.load().judge(spoken).reaches
    for threshold in (reaches - 0.01, reaches + 0.01):
        if 0.002 < threshold < 1:
            acting = Frustration.load(offer=0.001, hand_over=threshold).judge(spoken)
            assert acting.hand_over == (threshold < reaches)
            assert acting.reaches == reaches


def test_calm_words_said_again_reach_less_than_their_score(judge) -> None:  # type: ignore[no-untyped-def]
    mood = judge("en", *[(AGAIN, Outcome.REJECTED)] * 6, AGAIN)
    assert 0 < mood.reaches < mood.score


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
