"""What a Rasa user has today: a keyword rule or an intent for handing over, VADER for tone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.answering.diet import small_talk
from benchmarks.dialogue import corpora
from benchmarks.rasa.trained import DIET, FALLBACK_CLASSIFIER, FEATURES, Lesson, Report, teach
from bot.faq.entries import read_folder

ASK_HUMAN = "ask_human"
DATA = Path(__file__).resolve().parents[2] / "data"
# One good hour of a developer's time: the nouns of each language, and "call me".
KEYWORDS = re.compile(
    r"\b(humans?|real person|person|agents?|operators?|representatives?|somebody|someone|manager|"
    r"supervisor|call me|medewerkers?|mens|persoon|iemand|collega|bel me|konsultant|operateur|"
    r"bel my|atendentes?|humano|pessoa|alguém|operador|inimene|inimest|inimesega|teenindaja\w*|"
    r"operaator)\b|оператор|человек|сотрудник|перезвон",
    re.IGNORECASE,
)


def keyword_rule(text: str) -> bool:
    return KEYWORDS.search(text) is not None


def intent_lesson(texts: Sequence[str]) -> Lesson:
    """One DIET in six languages: `ask_human` and its look-alikes from our own training part,
    small talk, and two phrasings of each of the shop's questions."""
    examples: dict[str, list[str]] = {ASK_HUMAN: [], "other": [], "question": []}
    for one in corpora.own_human("train"):
        examples[ASK_HUMAN if one.label else "other"].append(one.text)
    for entry in read_folder(DATA / "faq"):
        examples["question"].extend(entry.questions[:2])
    for lang in ("en", "nl", "pt", "et", "ru", "af"):
        for intent, said in small_talk(lang, DATA / "nlu" / "smalltalk.yml").items():
            if intent != ASK_HUMAN:
                examples.setdefault(intent, []).extend(said)
    asked = list(dict.fromkeys(texts))
    return Lesson("ask-human", examples, asked, [*FEATURES, DIET, FALLBACK_CLASSIFIER])


def intent_rule(texts: Sequence[str]) -> tuple[npt.NDArray[np.bool_], Report]:
    """Whether Rasa's first intent for each text is `ask_human`. Trains for minutes, once."""
    lesson = intent_lesson(texts)
    report = teach(lesson)
    decided = {
        text: heard.intent == ASK_HUMAN
        for text, heard in zip(lesson.texts, report.heard, strict=True)
    }
    return np.array([decided[text] for text in texts]), report


def vader() -> Callable[[Sequence[str]], list[float]] | None:
    """Negative tone of texts by VADER, or None where it is not installed (dev dependency)."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    judge = SentimentIntensityAnalyzer()
    return lambda texts: [-judge.polarity_scores(text)["compound"] for text in texts]
