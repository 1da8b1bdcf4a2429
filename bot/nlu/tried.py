"""What the customer has tried already, and which steps of an answer that leaves.

Nobody wants to be told to do what they have just said they did. `attempts` finds the clauses that
say so, `steps` the orders in an answer, and `left_of` what is still worth proposing. Figures:
docs/evaluation/conversation.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from bot.nlu.encoder import Encode
from bot.nlu.lexicon import read_words
from bot.nlu.text import clean, fold, stem, tokens, without_marks

WORDS = Path(__file__).with_name("tried_words.yml")
LONGEST_SPAN = 120
# Clauses end at marks, and where the outcome is told: "I reset it but it still does not work".
CLAUSE = re.compile(
    r"[.!;:\n]+|(?<=\?)|,\s*|\s+(?:but|and|maar|mas|aga|ja|\u043d\u043e|\u0430|e|en)\s+(?=\S+\s+\S)",
    re.IGNORECASE,
)
SENTENCE = re.compile(r"(?<=[.!?])\s+")
# Within a sentence an answer goes on with another order: "Go to A, press B and wait."
ORDER = re.compile(r",\s+|;\s+|\s+(?:and|en|e|ja|и)\s+|:\s+")
NUMBERED = re.compile(r"^\d+[.)]\s+")
ESTONIAN_ORDER = re.compile(r"^\w{2,}(ge|ke)$")
RUSSIAN_ORDER = re.compile(r"^\w{2,}(йте|ите|ьте|йтесь|итесь|ьтесь)$")
LIKE = 0.62  # cosine from which on two English clauses name the same deed
SHARED = 0.5  # share of the telling words of the shorter side
SAME_LETTERS = 4  # of two words, when their languages inflect them differently


@cache
def _lists() -> dict[str, dict[str, list[str]]]:
    return read_words(WORDS)


@cache
def _pattern(name: str) -> re.Pattern[str]:
    listed = (one for some in _lists()[name].values() for one in some)
    return re.compile("|".join(f"(?:{one})" for one in listed))


def _plain(text: str) -> str:
    """Lower-case words without diacritics or apostrophes, single blanks between them."""
    return " ".join(without_marks(word.replace("'", "")) for word in tokens(text))


def _says(text: str, name: str) -> bool:
    return _pattern(name).search(text) is not None


@lru_cache(maxsize=4096)
def attempts(text: str) -> tuple[str, ...]:
    """The clauses of a message that say what was done in vain, in the customer's own words."""
    whole = _plain(text)
    if not any(_says(whole, name) for name in ("spent", "vain", "useless")):
        return ()
    return tuple(said for said in _clauses(text) if _is_deed(_plain(said)))


def _clauses(text: str) -> Iterator[str]:
    """The clauses that may tell what was tried: no questions, nothing left undone."""
    for clause in CLAUSE.split(clean(text)):
        said = clause.strip(" ,")
        plain = _plain(said)
        if plain and not (said.endswith("?") or _says(plain, "undone") or _says(plain, "facts")):
            yield said[:LONGEST_SPAN]


def _is_deed(plain: str) -> bool:
    done = _says(plain, "deeds") and not _says(plain, "denied")
    return done or _says(plain, "useless")


@dataclass(frozen=True)
class Step:
    """One thing that an answer tells to do, and the line that tells it."""

    text: str
    line: str


@lru_cache(maxsize=2048)
def steps(answer: str, lang: str) -> tuple[Step, ...]:
    """What an answer tells to do, in order; empty for one that only tells how things are."""
    return tuple(
        Step(told, line)
        for line in answer.split("\n")
        for sentence in SENTENCE.split(NUMBERED.sub("", line.strip()))
        for told in _orders_of(sentence, lang)
    )


def _orders_of(sentence: str, lang: str) -> Iterator[str]:
    told = ""
    for part in ORDER.split(sentence):
        words = tokens(part)
        while words and words[0] in _words("before_orders", lang):
            words = words[1:]
        if words and _orders(words[0], lang):
            if told:
                yield told
            told = part
        elif told:  # "look at the date, the name and the number" is one step
            told = f"{told} {part}"
    if told:
        yield told


@cache
def _words(name: str, lang: str | None = None) -> frozenset[str]:
    """A list of a language, or of all together."""
    lists = _lists()[name]
    return frozenset(lists.get(lang, ())) if lang else frozenset().union(*lists.values())


def _orders(word: str, lang: str) -> bool:
    if lang == "ru":
        return bool(RUSSIAN_ORDER.match(word))
    plain = without_marks(word)
    return plain in _words("orders", lang) or (lang == "et" and bool(ESTONIAN_ORDER.match(plain)))


@lru_cache(maxsize=8192)
def telling(text: str, lang: str) -> frozenset[str]:
    """The stems that carry a clause's meaning."""
    silent = _words("silent")
    kept = (word for word in tokens(text) if len(word) > 2 and word not in silent)
    return frozenset(stem(word, lang) for word in kept if fold(word, lang) not in silent)


def covers(attempt: str, step: Step, lang: str, likeness: float = 0.0) -> bool:
    """Whether the attempt is the step: by their words, and in English by their vectors too."""
    tried, told = telling(attempt, lang), telling(step.text, lang)
    if not tried or not told:
        return False
    shared = sum(any(alike(one, other) for other in told) for one in tried)
    if shared / min(len(tried), len(told)) >= SHARED:
        return True
    return lang == "en" and likeness >= LIKE


def alike(one: str, other: str, share: float = 0.7) -> bool:
    """Equal stems, or stems that begin alike: "restart" and "restarted", "поискать" and "ищите"."""
    if one == other:
        return True
    least = min(len(one), len(other))
    same = next((i for i in range(least) if one[i] != other[i]), least)
    return same >= max(SAME_LETTERS, round(share * max(len(one), len(other))))


def named(text: str, answer: str, lang: str, encode: Encode | None = None) -> tuple[str, ...]:
    """What a message names as tried, where the question before it was what that is: deeds, also
    without "already" or "in vain", and bare steps of `answer` ("the battery, and the switch")."""
    return tuple(
        said
        for said in _clauses(text)
        if not _says(_plain(said), "denied")
        and (_is_deed(_plain(said)) or left_of(answer, [said], lang, encode).span)
    )


@dataclass(frozen=True)
class Left:
    """What an answer still offers: nothing, all of it, or the part that was not tried."""

    spent: bool = False  # all of its steps were tried
    span: str = ""  # the customer's words about the first step that was
    text: str = ""  # of a numbered list, what was not tried


def left_of(
    answer: str,
    tried: Sequence[str],
    lang: str,
    encode: Encode | None = None,
) -> Left:
    """What `tried` leaves of `answer`. `encode` is asked once, and in English only."""
    told = steps(answer, lang)
    if not told or not tried:
        return Left()
    likeness = np.zeros((len(tried), len(told)), dtype=np.float32)
    if encode is not None and lang == "en":
        vectors = encode([*tried, *(step.text for step in told)])
        likeness = vectors[: len(tried)] @ vectors[len(tried) :].T
    done = {
        j: i
        for j, step in enumerate(told)
        for i, one in enumerate(tried)
        if covers(one, step, lang, float(likeness[i, j]))
    }
    if not done:
        return Left()
    span = tried[min(done.values())]
    if len(done) == len(told):
        return Left(spent=True, span=span)
    lines = answer.split("\n")
    gone = {told[j].line for j in done} - {
        step.line for j, step in enumerate(told) if j not in done
    }
    kept = [line for line in lines if line not in gone]
    listed = sum(bool(NUMBERED.match(line)) for line in lines) >= 2
    text = "\n".join(kept).strip() if listed and len(kept) < len(lines) else ""
    return Left(span=span, text=text)
