"""Slips of the keyboard, put right before the message is looked up, and numbers that say nothing.

The encoder reads an unknown word as scraps of others: "how do i cancle my ordr" lies far from
"cancel my order". Character n-grams bridge a part of this in the languages that they carry.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA, JaroWinkler

from bot.nlu.text import WORD, cyrillic

SHORTEST = 4  # letters; shorter words have too many neighbours
# Where nobody but the entries says which words there are, and endings vary.
SHORTEST_UNSURE = 5
LONG = 8  # letters from which two slips are forgiven instead of one
TIED = 8  # candidates looked at
# From so many digits on a word is the number of an order, a parcel, an account: whose it is, not
# what is asked. "where is my parcel? order 4431" looked .2 less certain than without it.
DIGITS = 3
HOLLOW = re.compile(r"[#№](?=\s|$|[.,;:!?)])|[(\[]\s*[)\]]")


class Spelling:
    """Knows the words of a knowledge base, and which words are words elsewhere."""

    def __init__(self, texts: Iterable[str], lang: str = "en") -> None:
        counts = Counter(word.lower() for text in texts for word in WORD.findall(text))
        self._lang = lang
        self._shortest = SHORTEST if lang == "en" else SHORTEST_UNSURE
        # Often used first: of two words equally near, the usual one is meant.
        self._known: dict[int, list[str]] = defaultdict(list)  # by length
        for word, _ in counts.most_common():
            if len(word) >= self._shortest:
                self._known[len(word)].append(word)
        self._set = set(counts)
        # A message is put right in its thread, to be encoded, and again where it is looked up.
        self._nearest = lru_cache(maxsize=4096)(self._find_nearest)

    def corrected(self, text: str, is_word: Callable[[str], bool]) -> str:
        """The text with each word that is none (neither known here nor to `is_word`) replaced by
        the nearest known one, if one is near, and without long numbers that no entry has."""
        put_right = WORD.sub(lambda found: self._word(found[0], is_word), text)
        if put_right == text:
            return text
        bare = HOLLOW.sub("", put_right).strip()
        return bare if WORD.search(bare) else text

    def _word(self, word: str, is_word: Callable[[str], bool]) -> str:
        low = word.lower()
        if sum(map(str.isdigit, low)) >= DIGITS:
            return word if low in self._set else ""
        if self._lang == "ru" and low.isascii() and low.isalpha() and low not in self._set:
            letters = cyrillic(low)  # "gde moy zakaz", of a keyboard without Russian letters
            if letters in self._set or not is_word(low):
                return self._word(letters, is_word)
        if len(low) < self._shortest or not low.isalpha() or low in self._set or is_word(low):
            return word
        return self._nearest(low) or word

    def _find_nearest(self, low: str) -> str | None:
        slips = 2 if len(low) >= LONG else 1
        lengths = range(len(low) - slips, len(low) + slips + 1)
        alike = [known for length in lengths for known in self._known.get(length, ())]
        near = process.extract(low, alike, scorer=OSA.distance, score_cutoff=slips, limit=TIED)
        if not near:
            return None
        # Equally many slips: people get the beginning right.
        return str(min(near, key=lambda one: (one[1], -JaroWinkler.similarity(low, one[0])))[0])
