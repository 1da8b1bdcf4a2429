"""What lexical evidence sees of a text: folded words, stems and character n-grams.

Everything is folded to plain Latin letters, on both sides: a customer without a Portuguese keyboard
writes "nao", one without a Cyrillic one writes "kak vernut dengi", and both must meet the entry.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import snowballstemmer

# Afrikaans has no Snowball stemmer; its endings are close enough to Dutch ones.
STEMMERS = {
    "en": "english",
    "nl": "dutch",
    "af": "dutch",
    "pt": "portuguese",
    "et": "estonian",
    "ru": "russian",
    "de": "german",
    "fr": "french",
    "es": "spanish",
    "it": "italian",
    "fi": "finnish",
    "sv": "swedish",
    "da": "danish",
    "no": "norwegian",
}
LONGEST = 8000
WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W_]+)*")
SENTENCE = re.compile(r"(?<=[.!?\u2026])\s+|\n+")
# Words from which on a message is a story with a question somewhere in it. Shorter ones are better
# understood whole (docs/evaluation/answering.md).
STORY = 60
MOST_SENTENCES = 40
CYRILLIC = re.compile(r"[\u0400-\u04ff]")

# One Latin spelling per Russian letter. What people type varies (ya/ja, kh/h, ju/yu), so variants
# of Latin spellings are folded onto these as well, see `LATIN_VARIANTS`.
ROMAN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєґ",
        "a b v g d e e zh z i i k l m n o p r s t u f h c ch sh sh  y  e iu ia i i e g".split(" "),
        strict=True,
    )
)
LATIN_VARIANTS = (
    ("shch", "sh"),
    ("sch", "sh"),
    ("tch", "ch"),
    ("kh", "h"),
    ("ts", "c"),
    ("tz", "c"),
    ("yo", "e"),
    ("jo", "e"),
    ("yu", "iu"),
    ("ju", "iu"),
    ("ya", "ia"),
    ("ja", "ia"),
    ("ye", "e"),
    ("je", "e"),
    ("yy", "y"),
    ("iy", "y"),
    ("ii", "y"),
    ("j", "i"),
    ("w", "v"),
    ("x", "ks"),
    ("'", ""),
    ("y", "i"),
)
CYRILLIC_OF = (
    ("shch", "щ"),
    ("sch", "щ"),
    ("zh", "ж"),
    ("kh", "\u0445"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ju", "ю"),
    ("ya", "я"),
    ("ja", "я"),
    ("yo", "ё"),
    ("jo", "ё"),
    *zip("abvgdeziyjklmnoprstufhcwqx'", "абвгдезиййклмнопрстуфхцвкхь", strict=True),
)


def clean(text: str) -> str:
    """One line, compatibility forms unified, at most LONGEST characters."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).split())


def without_marks(text: str) -> str:
    """Letters without diacritics: "não" and "nao" are the same word to a search."""
    if text.isascii():
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")


def words(text: str) -> list[str]:
    """Lower-case words in their own script, numbers included, punctuation left out."""
    return WORD.findall(clean(text).casefold())


def tokens(text: str) -> list[str]:
    """Lower-case words as a text has them, one for each that WORD finds; one kind of apostrophe."""
    return [found[0].casefold().replace("\u2019", "'") for found in WORD.finditer(text)]


def told(text: str) -> list[str]:
    """The sentences of a story, of two words at least; none of a message of usual length."""
    if len(text.split()) < STORY:
        return []
    return [one for one in SENTENCE.split(text) if len(one.split()) > 1][:MOST_SENTENCES]


def is_latin(text: str) -> bool:
    return CYRILLIC.search(text) is None


@lru_cache(maxsize=200_000)
def fold(word: str, lang: str) -> str:
    """A word in plain Latin letters, Russian in one canonical transliteration."""
    if CYRILLIC.search(word):
        word = "".join(ROMAN.get(letter, letter) for letter in word)
    elif lang == "ru":
        for variant, canonical in LATIN_VARIANTS:
            word = word.replace(variant, canonical)
    if lang == "ru":
        return without_marks(word).replace("y", "i")
    return without_marks(word)


def cyrillic(word: str) -> str:
    """The likeliest Cyrillic spelling of a transliterated Russian word."""
    for latin, letter in CYRILLIC_OF:
        word = word.replace(latin, letter)
    return word


@lru_cache(maxsize=32)
def _stemmer(lang: str) -> Any:
    name = STEMMERS.get(lang)
    return snowballstemmer.stemmer(name) if name else None


@lru_cache(maxsize=200_000)
def stem(word: str, lang: str) -> str:
    """The stem of a word in its language, folded; languages without a stemmer keep the word."""
    stemmer = _stemmer(lang)
    if lang == "ru" and is_latin(word) and word.isalpha():
        word = cyrillic(word)
    if stemmer is None or not word.isalpha():
        return fold(word, lang)
    return fold(stemmer.stemWord(word), lang)


def stems(text: str, lang: str) -> list[str]:
    return [stem(word, lang) for word in words(text)]


def character_ngrams(text: str, lang: str, shortest: int = 3, longest: int = 5) -> list[str]:
    """Character n-grams of the folded words, each word padded by one blank on both sides."""
    found: list[str] = []
    for word in words(text):
        found.extend(_ngrams_of_word(fold(word, lang), shortest, longest))
    return found


@lru_cache(maxsize=100_000)
def _ngrams_of_word(word: str, shortest: int, longest: int) -> tuple[str, ...]:
    padded = f" {word} "
    return tuple(
        padded[start : start + size]
        for size in range(shortest, longest + 1)
        for start in range(max(len(padded) - size + 1, 1))
    )
