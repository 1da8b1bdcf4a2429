"""What a Rasa user has today: a keyword rule for handing over, VADER for tone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

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


def vader() -> Callable[[Sequence[str]], list[float]] | None:
    """Negative tone of texts by VADER, or None where it is not installed (dev dependency)."""
    try:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer
    except ImportError:
        return None
    judge = SentimentIntensityAnalyzer()
    return lambda texts: [-judge.polarity_scores(text)["compound"] for text in texts]
