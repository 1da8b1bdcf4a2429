"""Which language a message is in, from the message alone and from what the knowledge base knows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.nlu.text import CYRILLIC, fold, words

SUPPORTED = ("en", "nl", "pt", "et", "ru", "af")
# A message in the language of the conversation so far is likelier than one in another.
HINT_WEIGHT = 3.0
# "ok" or "hallo" says next to nothing about its language.
TOO_SHORT = 6
HINT_WEIGHT_OF_A_WORD = 12.0
# Transliterated Russian is not in any detector's training text; its commonest words give it away.
RUSSIAN_IN_LATIN = frozenset(
    fold(word, "ru")
    for word in (
        # None that is a word of another language here: not "my", "net", "operator".
        "ya vy kak gde kogda chto eto etot moy moya moyu mne menya zakaz zakaza zakazal pochemu"
        " mozhno nado hochu khochu nuzhno dengi vernut oplata oplatit dostavka tovar spasibo"
        " pozhaluysta pozhalujsta privet zdravstvuyte zdravstvujte skolko vozvrat chelovek"
        " chelovekom pomogite rabotaet prishel prishla dolgo deneg kakoy kakaya poluchil"
        " pogovorit operatorom moego posylka posylku"
    ).split()
)
RUSSIAN_ALONE = 0.34


@dataclass(frozen=True)
class Guess:
    """A language and how sure it is, 0..1."""

    lang: str
    confidence: float


class Languages:
    """Language detection among the languages that the assistant speaks."""

    def __init__(self, supported: tuple[str, ...] = SUPPORTED) -> None:
        from lingua import IsoCode639_1, LanguageDetectorBuilder

        self.supported = supported
        codes = [getattr(IsoCode639_1, lang.upper()) for lang in supported]
        self._only = supported[0] if len(supported) == 1 else None
        self._detector: Any = (
            None if self._only else LanguageDetectorBuilder.from_iso_codes_639_1(*codes).build()
        )

    @classmethod
    @lru_cache(maxsize=4)
    def load(cls, supported: tuple[str, ...] = SUPPORTED) -> Languages:
        return cls(supported)

    def detect(
        self, text: str, hint: str | None = None, known: Mapping[str, float] | None = None
    ) -> Guess:
        """The likeliest language of `text`.

        `hint` is the language of the conversation so far. `known` is, per language, the share of
        the words (0..1) that the knowledge base of that language has: "tagastus" is Estonian to a
        shop whose Estonian pages are about returns, whatever a general detector thinks.
        """
        scores = self._scores(text)
        if hint in scores:
            short = len(text.strip()) < TOO_SHORT
            scores[hint] *= HINT_WEIGHT_OF_A_WORD if short else HINT_WEIGHT
        for lang, share in (known or {}).items():
            if lang in scores:
                scores[lang] *= 0.25 + share
        total = sum(scores.values()) or 1.0
        best = max(scores, key=lambda lang: scores[lang])
        return Guess(best, scores[best] / total)

    def _scores(self, text: str) -> dict[str, float]:
        if self._only:
            return {self._only: 1.0}
        scores = dict.fromkeys(self.supported, 0.01)
        if "ru" in scores and _russian_in_latin(text):
            scores["ru"] = 1.0
            return scores
        for value in self._detector.compute_language_confidence_values(text[:500]):
            scores[value.language.iso_code_639_1.name.lower()] = value.value + 0.01
        return scores


def _russian_in_latin(text: str) -> bool:
    if CYRILLIC.search(text):
        return False
    found = words(text)
    hits = sum(fold(word, "ru") in RUSSIAN_IN_LATIN for word in found)
    return hits >= 2 and hits / len(found) >= RUSSIAN_ALONE
