"""Which language a message is in, from the message alone and from what the knowledge base knows."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from bot.nlu import courtesy
from bot.nlu.text import CYRILLIC, fold, words

SUPPORTED = ("en", "nl", "pt", "et", "ru", "af")
# A message in the language of the conversation so far is likelier than one in another.
HINT_WEIGHT = 3.0
# "ok" or "hallo" says next to nothing about its language.
TOO_SHORT = 6
HINT_WEIGHT_OF_A_WORD = 12.0
UNLIKELY = 0.01  # of a language that the detector rules out
ENOUGH = 3  # words
# Transliterated Russian is not in any detector's training text; its commonest words give it away.
RUSSIAN_IN_LATIN = frozenset(
    fold(word, "ru")
    for word in (
        # None that is a word of another language here: not "my", "net", "operator".
        "ya vy kak gde kogda chto eto etot moy moya moyu mne menya zakaz zakaza zakazal pochemu"
        " mozhno nado hochu khochu nuzhno dengi vernut oplata oplatit dostavka tovar spasibo"
        " pozhaluysta pozhalujsta privet zdravstvuyte zdravstvujte skolko vozvrat chelovek"
        " chelovekom pomogite rabotaet prishel prishla dolgo deneg kakoy kakaya poluchil"
        " pogovorit operatorom moego posylka posylku pozovite operatora soedinite zhivogo zhivoy"
        " zhivym cheloveka perezvonite govorit nuzhen nuzhna dayte dajte menedzhera svyazhites mnoy"
        " pomoshch bolshoe rabota otmenit otmenite kupil kupila vernite tovara dostavki"
    ).split()
)
RUSSIAN_ALONE = 0.34
CYRILLIC_ENOUGH = 0.3  # share of letters: a name in Latin ones makes no English
KNOWN_BETTER = 1.5
ONE_IS_ENOUGH = 6  # letters of a word that no other language here has
# Dutch and Afrikaans share most letters; these words only one of the two has.
MARKS = {
    "nl": frozenset(
        "ik een niet mijn mij jij jouw jullie wij hij zij zijn ben bent heb hebt hebben heeft de"
        " deze naar wordt worden gaat ze je uw alstublieft alsjeblieft dank"
        " bedankt waarom iets niets bij gewoon zou kunt kunnen"
        " gisteren morgen goedemorgen fijn fijne prettige".split()
    ),
    "af": frozenset(
        "ek nie jy julle vir asseblief hê baie dankie sê môre hierdie daardie kry hoekom sy hulle"
        " gister goeie goeiemôre lekker dis moenie asb wees kyk terugbel gesels hou almal"
        " totsiens goeienaand goeiedag nou vanaand reg".split()
    ),
}
MARKED = 1.5
# What says nothing about the language: links, addresses, commands, numbers of orders.
NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|(?<!\S)/\w+|\S*\d\S*")


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
        text, known = NOISE.sub(" ", _telling(text)), known or {}
        scores = self._scores(text)
        if "ru" in scores and _is_russian(text, known):
            scores = dict.fromkeys(scores, UNLIKELY) | {"ru": 1.0}
        if hint in scores:
            short = len(text.strip()) < TOO_SHORT
            scores[hint] *= HINT_WEIGHT_OF_A_WORD if short else HINT_WEIGHT
        for lang, share in known.items():
            if lang in scores:
                scores[lang] *= 0.25 + share
        total = sum(scores.values()) or 1.0
        best = max(scores, key=lambda lang: scores[lang])
        return Guess(best, scores[best] / total)

    def _scores(self, text: str) -> dict[str, float]:
        if self._only:
            return {self._only: 1.0}
        scores = dict.fromkeys(self.supported, UNLIKELY)
        for value in self._detector.compute_language_confidence_values(text[:500]):
            scores[value.language.iso_code_639_1.name.lower()] = value.value + UNLIKELY
        marked = _marked(text)
        if marked in scores:
            scores[marked] = MARKED * sum(scores.pop(lang, 0.0) for lang in MARKS)
        return scores


def _telling(text: str) -> str:
    """What is asked, where that is enough to go by: many say "hi" and "thanks" who write no word
    of English else."""
    asked = courtesy.without(text)
    return asked if len(asked.split()) >= ENOUGH else text


def _marked(text: str) -> str | None:
    """Dutch or Afrikaans, where the text has words of only one of the two."""
    found = set(re.findall(r"[^\W\d_]+", text.casefold()))
    langs = [lang for lang, marks in MARKS.items() if found & marks]
    return langs[0] if len(langs) == 1 else None


def _is_russian(text: str, known: Mapping[str, float]) -> bool:
    """By its letters; written in Latin ones, by its commonest words or by those of the entries."""
    if cyrillic := len(CYRILLIC.findall(text)):
        return cyrillic >= CYRILLIC_ENOUGH * sum(map(str.isalpha, text))
    others = max((share for lang, share in known.items() if lang != "ru"), default=0.0)
    # Entries tell only what they know, so they must know it clearly better than the others.
    told = known.get("ru", 0.0) >= max(RUSSIAN_ALONE, KNOWN_BETTER * others)
    return told or _russian_in_latin(text)


def _russian_in_latin(text: str) -> bool:
    found = words(text)
    hits = [word for word in found if fold(word, "ru") in RUSSIAN_IN_LATIN]
    enough = len(hits) >= 2 or any(len(word) >= ONE_IS_ENOUGH for word in hits)
    return enough and len(hits) / len(found) >= RUSSIAN_ALONE
