"""Text as hashed n-grams, the same for every language.

`bot.nlu.text` folds by language, for searching. Weights in `pretrained/` are bound to the folding
here, which knows no language: a customer's language is often unknown at the first word, and one
word ("operator", "агент", "agent") should count in all of them.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import numpy.typing as npt

Buckets = npt.NDArray[np.int64]

LONGEST = 1500
ROMAN = str.maketrans(
    dict(
        zip(
            "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
            "a b v g d e e zh z i i k l m n o p r s t u f h c ch sh sh  i  e iu ia i i e g".split(
                " "
            ),
            strict=True,
        )
    )
)
# Spellings of one Russian sound in Latin letters, applied to every language: harmless there.
VARIANTS = (
    (re.compile("shch|sch"), "sh"),
    (re.compile("kh"), "h"),
    (re.compile("t[sz]"), "c"),
    (re.compile("[yj]o"), "e"),
    (re.compile("[yj]u"), "iu"),
    (re.compile("[yj]a"), "ia"),
    (re.compile("[yj]"), "i"),
    (re.compile("ii+"), "i"),
    (re.compile("x"), "ks"),
    (re.compile("w"), "v"),
)
LENGTHENED = re.compile(r"(.)\1{2,}")
APOSTROPHE = re.compile("['\u2019\u02bc`\u00b4]")
TOKEN = re.compile(r"[a-z0-9]+")


@lru_cache(maxsize=50_000)
def fold_word(word: str) -> str:
    """A word in plain Latin letters: no case, no diacritics, Russian transliterated one way."""
    word = word.casefold().translate(ROMAN)
    if not word.isascii():
        word = "".join(
            c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)
        )
    word = LENGTHENED.sub(r"\1\1", word)
    for pattern, spelling in VARIANTS:
        word = pattern.sub(spelling, word)
    return word


def tokens(text: str) -> list[str]:
    """The folded words of a text, of at most LONGEST characters of it."""
    plain = APOSTROPHE.sub("", text[:LONGEST])
    return [token for word in plain.split() for token in TOKEN.findall(fold_word(word))]


def bucket(feature: str, bits: int) -> int:
    return zlib.crc32(feature.encode()) & ((1 << bits) - 1)


def buckets(features: Iterable[str], bits: int) -> Buckets:
    """The distinct buckets of some features."""
    mask = (1 << bits) - 1
    return np.unique(np.fromiter((zlib.crc32(f.encode()) & mask for f in features), dtype=np.int64))


@lru_cache(maxsize=50_000)
def _word_grams(word: str, shortest: int, longest: int) -> tuple[str, ...]:
    padded = f"^{word}$"
    return tuple(
        padded[start : start + size]
        for size in range(shortest, longest + 1)
        for start in range(len(padded) - size + 1)
    )


def characters(words: Iterable[str], shortest: int = 2, longest: int = 5) -> set[str]:
    """Character n-grams inside words, ends of words marked."""
    found: set[str] = set()
    for word in words:
        found.update(_word_grams(word, shortest, longest))
    return found


def sequences(words: list[str], longest: int = 3) -> set[str]:
    """Word n-grams up to `longest` words."""
    return {
        " ".join(words[start : start + size])
        for size in range(1, longest + 1)
        for start in range(len(words) - size + 1)
    }
