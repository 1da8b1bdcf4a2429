"""What was tried in vain, and what that leaves of an answer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.encoder import Vectors
from bot.nlu.tried import Left, attempts, left_of, named, steps


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("I already restarted it, still dead", ("I already restarted it",)),
        ("resetting didn't help", ("resetting didn't help",)),
        ("I wiped the panel and changed the battery, still no light", 2),
        ("ik heb het al opnieuw opgestart", 1),
        ("já limpei o cache", 1),
        ("olen juba proovinud teise kaardiga", 1),
        ("я уже перезагружал", 1),
        ("ek het dit reeds herbegin", 1),
    ],
)
def test_tried(text: str, found: tuple[str, ...] | int) -> None:
    said = attempts(text)
    assert said == found if isinstance(found, tuple) else len(said) == found


@pytest.mark.parametrize(
    "text",
    [
        "should I try restarting?",
        "I tried to order but the page was empty",
        "that didn't help",
        "I already paid",
        "I have not tried that yet",
        "moet ik hem opnieuw opstarten?",
        "Já paguei",
        "kas patareide vahetamine aitab?",
        "\u0430 если это не поможет?",
        "ek het reeds betaal",
        "",
    ],
)
def test_not_tried(text: str) -> None:
    assert attempts(text) == ()


LAMP = "1. Check the switch.\n2. Wipe the panel clean.\n3. Put in a new battery."
LAMP_NL = "1. Controleer de schakelaar.\n2. Maak het paneel schoon.\n3. Vervang de batterij."


@pytest.mark.parametrize(
    ("text", "answer", "lang", "found"),
    [
        ("new batteries", LAMP, "en", ("new batteries",)),
        ("I wiped the panel", LAMP, "en", ("I wiped the panel",)),
        (
            "the switch, and the panel is clean",
            LAMP,
            "en",
            ("the switch", "and the panel is clean"),
        ),
        ("de batterij vervangen", LAMP_NL, "nl", ("de batterij vervangen",)),
        ("ik heb het paneel gepoetst", LAMP_NL, "nl", ("ik heb het paneel gepoetst",)),
        ("nothing yet", LAMP, "en", ()),
        ("no", LAMP, "en", ()),
        ("I didn't change the battery", LAMP, "en", ()),
        ("should I change the battery?", LAMP, "en", ()),
        ("nog niets", LAMP_NL, "nl", ()),
    ],
)
def test_named_when_asked(text: str, answer: str, lang: str, found: tuple[str, ...]) -> None:
    assert named(text, answer, lang) == found


@given(st.text(max_size=200))
def test_spans_are_the_customers_own_words(text: str) -> None:
    plain = "".join(text.split())
    for span in attempts(text):
        assert len(span) <= 120
        assert "".join(span.split())[:5] in plain or not text.isascii()


LIST = "1. Press reset for ten seconds.\n2. Wait an hour.\n3. Charge the battery."


@pytest.mark.parametrize(
    ("lang", "answer", "count"),
    [
        ("en", LIST, 3),
        ("en", "We ask the carrier. It takes five days.", 0),
        ("en", "Look in your spam folder too. If it is not there, tell us your name.", 2),
        ("nl", "Wacht even en gebruik dan de link.", 2),
        ("pt", "Verifique o cartão. Depois tente de novo.", 2),
        ("et", "Oodake veidi ja vajutage nuppu.", 2),
        ("ru", "Подождите и нажмите кнопку.", 2),
        ("af", "Kyk eers in jou gemorspos.", 1),
    ],
)
def test_steps(lang: str, answer: str, count: int) -> None:
    assert len(steps(answer, lang)) == count


def test_what_is_left() -> None:
    assert left_of(LIST, (), "en") == Left()
    assert left_of("The shop is open.", ("I reset it",), "en") == Left()
    some = left_of(LIST, ("I pressed reset",), "en")
    assert some == Left(span="I pressed reset", text="2. Wait an hour.\n3. Charge the battery.")
    every = ("I pressed reset", "waited an hour", "charged the battery")
    assert left_of(LIST, every, "en").spent


@pytest.mark.parametrize(
    ("lang", "answer", "said"),
    [
        ("nl", "Kijk ook bij je ongewenste mail.", "ik heb al in mijn ongewenste mail gekeken"),
        ("pt", "Veja também a pasta de spam.", "já vi na pasta de spam"),
        ("et", "Vaadake ka rämpsposti kausta.", "rämpsposti kausta juba vaatasin"),
        ("ru", "Перезагрузите телефон.", "телефон уже перезагружал"),
        ("af", "Kyk ook in jou gemorspos.", "ek het al in my gemorspos gekyk"),
    ],
)
def test_the_only_step_was_tried(lang: str, answer: str, said: str) -> None:
    (span,) = attempts(said)
    assert left_of(answer, (span,), lang).spent


def test_in_english_a_vector_may_tell_what_words_do_not() -> None:
    def alike(texts: Sequence[str]) -> Vectors:
        return np.ones((len(texts), 1), dtype=np.float32)

    said = ("I rebooted the thing",)
    assert not left_of("Restart your phone.", said, "en").spent
    assert left_of("Restart your phone.", said, "en", alike).spent
