"""What is said around a question: "Hello! … Thank you in advance."

No part of what is asked, but a search takes every word for one that its entry should have, so that
a polite customer was told "I don't know" (figures: docs/evaluation/answering.md). The words of all
languages are looked for in every message: who writes Portuguese may say "hi" and "thanks".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from bot.nlu import questions
from bot.nlu.phrases import Phrases
from bot.nlu.text import WORD, tokens

LISTS = Phrases(Path(__file__).with_name("courtesy_words.yml"))
LONGEST = 8  # words of a phrase
EDGE = " ,;:-\u2013\u2014"  # what is left over where something was taken away


# Asked for where the language is told, where a message is looked up, and where it is read on.
@lru_cache(maxsize=4096)
def without(text: str) -> str:
    """The message without its courtesies; unchanged where it has none, or is nothing else."""
    words = tokens(text)
    start, end = 0, len(words)
    while size := _begins(words, start):
        start += size
    while size := _ends(words[start:end]):
        end -= size
    kept = list(_telling(words[:end], start))
    if not 0 < len(kept) < len(words):
        return text
    found = list(WORD.finditer(text))
    ends = [one.start() for one in found[1:]] + [len(text)]
    said = ""
    for at in kept:
        said += text[found[at].start() : ends[at]]
        if at + 1 not in kept:
            said = f"{said.rstrip(EDGE)} "
    return said.strip()


def _begins(words: Sequence[str], at: int) -> int:
    """Words of a courtesy, or of what leads up to a question, that stands at `at`."""
    lead = questions.begins(words, "wonders", at)
    return max(lead, *(LISTS.begins(words, name, at) for name in ("both", "before", "anywhere")))


def _ends(words: Sequence[str]) -> int:
    """Words of the courtesy with which `words` end."""
    return next(
        (
            size
            for size in range(min(LONGEST, len(words)), 0, -1)
            for name in ("both", "after", "anywhere")
            if LISTS.begins(words, name, len(words) - size) == size
        ),
        0,
    )


def _telling(words: Sequence[str], at: int) -> Iterator[int]:
    """Where the words from `at` on stand that are no mere "please"."""
    while at < len(words):
        size = LISTS.begins(words, "anywhere", at)
        if not size:
            yield at
        at += max(size, 1)
