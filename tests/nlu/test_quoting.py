"""A bare continuation is answered by the sentences of the last answer that name what it names."""

from __future__ import annotations

import pytest

from bot.nlu.quoting import quoted

EN = "Delivery takes 2 to 4 days in the EU. Norway takes 4 to 6 days. Pay by card or instant EFT."


@pytest.mark.parametrize(
    ("lang", "answer", "text", "said"),
    [
        ("en", EN, "and to Norway?", "Norway takes 4 to 6 days."),
        ("nl", "In de EU 2 dagen. Naar Noorwegen 4.", "en naar Noorwegen?", "Naar Noorwegen 4."),
        ("pt", "Na UE 2 dias. Para a Noruega são 4.", "e para a Noruega?", "Para a Noruega são 4."),
        ("et", "ELis 2 päeva. Norrasse kulub 4.", "aga Norrasse?", "Norrasse kulub 4."),
        ("ru", "Обычно 2 дня. Для Норвегии 4.", "как насчёт Норвегии?", "Для Норвегии 4."),
        ("af", "In die EU 2 dae. Sondag is ons toe.", "en op Sondae?", "Sondag is ons toe."),
    ],
)
def test_what_the_answer_says_of_it_is_quoted(lang: str, answer: str, text: str, said: str) -> None:
    assert quoted(answer, text, lang) == said


@pytest.mark.parametrize(
    "text",
    [
        "and to Japan?",  # it does not say
        "and how do I send it back from Norway?",  # asks something of its own
        "Norway",  # goes on from nothing
        "and in instalments?",  # no other ending of "instant"
        "and?",
        "",
    ],
)
def test_nothing_is_quoted_that_was_not_asked(text: str) -> None:
    assert quoted(EN, text, "en") == ""


def test_what_is_named_all_through_is_what_the_whole_answer_is_about() -> None:
    answer = "Norway is near. Norway is far. Norway is cold."
    assert quoted(answer, "and to Norway?", "en") == ""
