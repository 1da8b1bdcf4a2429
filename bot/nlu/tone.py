"""The tone of one message: how angry its words are, and what about its looks says so.

`anger` and `negative` (disappointed, sad, disgusted as well) are learnt from public short texts
with emotions, `upset` from this project's own support dialogues, `patience` (the less of it, the
higher) from these, single messages and the shop's questions, `service` from both; all are linear
in hashed words, characters, signs and word classes, plus the encoder's vector. The
weights are made by `python -m benchmarks.dialogue.train tone`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.nlu.dialogue import Vector
from bot.nlu.grams import LONGEST, Buckets, buckets, characters, sequences, tokens
from bot.nlu.lexicon import Lexicon, read_words

HERE = Path(__file__).parent
WORDS = HERE / "tone_words.yml"
WEIGHTS = HERE / "pretrained" / "tone.npz"
BITS = 16
HEADS = ("anger", "upset", "negative", "service", "patience")
CHARACTERS, SEQUENCES, CLASSES, SIGNS = 1.0, 1.0, 0.3, 0.5
SIGN = re.compile(r"[^\w\s]")
DOUBLED = re.compile(r"([!?().])\1+")

ANGRY_SIGNS = re.compile("[😠😡🤬👿😤🖕💢😒🙄😑😩😫😖😣👎💩]|:-?[(/\\\\@]|>:|:'\\(")
HAPPY_SIGNS = re.compile("[😀😁😂😃😄😅😆😊😍🥰😘🙂😉🤗🎉🥳👍❤💕💜🙏✨😎]|[:;]-?[)D]|<3|\\){2,}")
ENGLISH = frozenset(
    "the of and to is are was it that this you your i my we not do does did dont have has had be "
    "been with for on at from by but what how why when where there they he she can could would "
    "will just so if or as an me".split()
)


def looks_english(words: list[str]) -> bool:
    """For a message whose language nobody has told: are its small words English ones?"""
    return 5 * sum(word in ENGLISH for word in words) >= len(words)


@dataclass(frozen=True)
class Looks:
    """What is seen before a word is read."""

    capitals: float  # share of shouted words, 0 unless there are two of them
    exclamations: int
    questions: int  # question marks beyond the first
    dots: bool
    angry_signs: int
    happy_signs: int

    @classmethod
    def of(cls, text: str) -> Looks:
        words = [w for w in re.findall(r"[^\W\d_]{2,}", text) if w.upper() != w.lower()]
        shouted = sum(w.isupper() for w in words)
        # "my VAT number" shouts nothing, and neither does "OK".
        loud = sum(w.isupper() and len(w) > 2 for w in words)
        return cls(
            capitals=shouted / len(words) if loud >= 2 or (loud and len(words) == 1) else 0.0,
            exclamations=text.count("!"),
            questions=max(text.count("?") - 1, 0),
            dots="..." in text or "…" in text,
            angry_signs=len(ANGRY_SIGNS.findall(text)),
            happy_signs=len(HAPPY_SIGNS.findall(text)),
        )


@dataclass(frozen=True)
class Reading:
    """One message, read once: its words, the classes found in them, its looks, its logits."""

    words: list[str]
    classes: Mapping[str, int]  # class to how many words carry it
    looks: Looks
    anger: float
    upset: float
    negative: float
    service: float  # how far it is said to a company rather than to the world
    patience: float  # how far it is more than a question or a trouble told plainly


def signs(text: str, words: list[str]) -> set[str]:
    """What is no word: emoji and punctuation, each once and doubled; shouting; length."""
    text = text[:LONGEST]
    found = {f"s{sign}" for sign in SIGN.findall(text)}
    found |= {f"S{sign}" for sign in DOUBLED.findall(text)}
    letters = [c for c in text if c.isalpha()]
    if len(letters) > 8 and sum(c.isupper() for c in letters) > 0.6 * len(letters):
        found.add("sCAPITALS")
    if len(words) < 5:
        found.add("sSHORT")
    elif len(words) > 25:
        found.add("sLONG")
    return found


class Words:
    """Text to hashed features and class counts; shared by training and running."""

    def __init__(self) -> None:
        words = read_words(WORDS)
        self._all = Lexicon(words)
        # "no" denies in English and means "in the" in Portuguese: a known language counts alone.
        self._of = {
            lang: Lexicon(words, lang) for lang in sorted({n for by in words.values() for n in by})
        }

    def read(
        self, text: str, lang: str | None = None
    ) -> tuple[list[str], dict[str, int], list[tuple[Buckets, float]]]:
        """Words, how many words carry each class, and (buckets, value) blocks of features."""
        words = tokens(text)
        counts: dict[str, int] = {}
        for names in self._of.get(lang or "", self._all).classes(words):
            for name in names:
                counts[name] = counts.get(name, 0) + 1
        blocks: list[tuple[Buckets, float]] = []
        for found, value in (
            ({f"c{gram}" for gram in characters(words, 3, 6)}, CHARACTERS),
            ({f"w{run}" for run in sequences(words, 2)}, SEQUENCES),
            (signs(text, words), SIGNS),
        ):
            if found:
                of = buckets(found, BITS)
                blocks.append((of, value / math.sqrt(len(of))))
        if counts:
            kinds = {f"k{name}" for name in counts} | {
                f"K{name}" for name, n in counts.items() if n > 1
            }
            blocks.append((buckets(kinds, BITS), CLASSES))
        return words, counts, blocks


@dataclass(frozen=True, eq=False)
class Head:
    """A linear model of the text, and one of the vector each for English and for the rest.

    `english` and `other` say how text logit and vector logit are added: (text, vector, constant);
    `alone` is (slope, constant) of the text's logit where there is no vector.
    """

    text: npt.NDArray[np.float32]
    text_bias: float
    vectors: npt.NDArray[np.float32]  # (2, dimension): English, other
    vector_bias: tuple[float, ...]
    english: tuple[float, ...]
    other: tuple[float, ...]
    alone: tuple[float, ...]

    def logit(
        self, blocks: list[tuple[Buckets, float]], vector: Vector | None, english: bool
    ) -> float:
        by_text = self.text_bias + sum(
            value * float(self.text[found].sum()) for found, value in blocks
        )
        if vector is None or vector.shape[0] != self.vectors.shape[1]:
            return self.alone[0] * by_text + self.alone[1]
        row = 0 if english else 1
        by_vector = float(self.vectors[row] @ vector) + self.vector_bias[row]
        a, b, constant = self.english if english else self.other
        return a * by_text + b * by_vector + constant

    @classmethod
    def read(cls, stored: Mapping[str, npt.NDArray[Any]], name: str) -> Head:
        def floats(key: str) -> tuple[float, ...]:
            return tuple(float(x) for x in np.atleast_1d(stored[f"{name}_{key}"]))

        return cls(
            text=np.asarray(stored[f"{name}_text"], dtype=np.float32),
            text_bias=floats("text_bias")[0],
            vectors=np.asarray(stored[f"{name}_vectors"], dtype=np.float32),
            vector_bias=floats("vector_bias"),
            english=floats("english"),
            other=floats("other"),
            alone=floats("alone"),
        )

    def stored(self, name: str) -> dict[str, npt.NDArray[Any]]:
        return {
            f"{name}_text": self.text.astype(np.float16),
            f"{name}_text_bias": np.array(self.text_bias, dtype=np.float32),
            f"{name}_vectors": self.vectors.astype(np.float16),
            f"{name}_vector_bias": np.array(self.vector_bias, dtype=np.float32),
            f"{name}_english": np.array(self.english, dtype=np.float32),
            f"{name}_other": np.array(self.other, dtype=np.float32),
            f"{name}_alone": np.array(self.alone, dtype=np.float32),
        }


class Tone:
    """Reads messages."""

    def __init__(self, heads: Mapping[str, Head]) -> None:
        self._heads = heads
        self._words = Words()

    @classmethod
    def load(cls, path: Path = WEIGHTS) -> Tone:
        with np.load(path) as stored:
            return cls({name: Head.read(stored, name) for name in HEADS})

    def read(self, text: str, vector: Vector | None, lang: str | None = None) -> Reading:
        words, counts, blocks = self._words.read(text, lang)
        english = lang == "en" if lang else looks_english(words)
        logits = {
            name: max(-8.0, min(8.0, head.logit(blocks, vector, english)))
            for name, head in self._heads.items()
        }
        return Reading(words, counts, Looks.of(text), **logits)
