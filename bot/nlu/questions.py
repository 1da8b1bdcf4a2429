"""Several questions in one message: where one ends and the next begins.

Only a proposal. Whether the pieces really ask different things is told by what answers them
(`bot.reading.read`); so this may split too often, and must not miss a seam. The words of all
languages are looked for in every message: customers mix them, and a wrong guess at the language
would cost an answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from bot.nlu.phrases import Phrases
from bot.nlu.text import WORD, tokens

WORDS = Path(__file__).with_name("questions_words.yml")
LISTS = Phrases(WORDS)
begins = LISTS.begins
MOST = 4  # pieces; a longer list of questions is for a person
SHORTEST = 2  # words of a question of its own
HELLO = 2  # words of a greeting before a plea
PLEASE = 3  # words that may follow a plea: "can you help me out please"
# Pronouns that follow a verb only in a question (or an order, which nobody gives a shop).
INVERTED = frozenset({"you", "ik", "je", "jij", "jullie", "u", "ek", "jy", "julle"})
LONGEST_JOINED = 40  # words of a piece to which what was said before still belongs

SENTENCE = re.compile(r"(?<=[?!])\s*(?=\S)|(?<=[;\u2026])\s+|\n+")
STOP = re.compile(r"(?<=\.)\s+")


def asks(words: list[str], at: int = 0, lang: str | None = None) -> bool:
    """Whether a question begins here: by its first words, or by a verb before its subject.

    `lang`: only in this language; "do" begins a question in English and none in Portuguese.
    """
    if at >= len(words) or begins(words, "hangs", at, lang):
        return False
    if begins(words, "asks", at, lang) or begins(words, "wonders", at, lang):
        return True
    subject = begins(words, "subjects", at, lang)
    return not subject and at + 1 < len(words) and words[at + 1] in INVERTED


def _turns(words: list[str], at: int) -> int:
    """Words that join one more question in `words` at `at`, both in one language; 0 if none do."""
    for lang in LISTS.languages("joins"):
        joined = begins(words, "joins", at, lang)
        if joined:
            joined += begins(words, "joins", at + joined, lang)
            if asks(words, at + joined, lang):
                return joined
    return 0


def is_question(text: str) -> bool:
    """Whether it asks, by its mark or its first words; a trouble that is told does not."""
    words = tokens(text)
    return text.rstrip().endswith("?") or asks(words, begins(words, "joins"))


def phatic(text: str) -> bool:
    """Whether a piece asks nothing that could be answered by itself: "Can you help me?"."""
    words = tokens(text)
    start = begins(words, "joins")
    for at in range(start, min(start + HELLO, len(words)) + 1):
        said = begins(words, "phatic", at)
        if said and len(words) - at - said <= PLEASE:
            return True
    return False


# A message is split in its thread, to be encoded, and again where it is read.
@lru_cache(maxsize=1024)
def split(text: str) -> tuple[str, ...]:
    """The pieces of a message that may be questions of their own, in its own words and order.

    What is told before a question stays with it. A message of one question is one piece.
    """
    pieces: list[str] = []
    told = ""
    for sentence in _sentences(text):
        for clause in _clauses(sentence):
            words = tokens(clause)
            if not words:
                continue
            piece = f"{told} {clause}".strip()
            one_more = bool(begins(words, "joins")) and len(words) > SHORTEST
            start = begins(words, "joins")
            if is_question(clause) and len(words) - start >= SHORTEST:
                if one_more and told:  # "I forgot my password. Also, how do I pay?"
                    pieces.append(told)
                    piece = clause
                pieces.append(piece)
                told = ""
            elif one_more and told and len(tokens(told)) > SHORTEST:
                pieces.append(told)  # "My code does not work. Also the parcel is late."
                told = clause
            elif pieces and len(words) <= SHORTEST:
                continue  # "Thanks."
            else:
                told = piece if len(tokens(piece)) <= LONGEST_JOINED else clause
    if told and (begins(tokens(told), "joins") or not pieces):
        pieces.append(told)
    return tuple(pieces[:MOST]) if len(pieces) > 1 else (text.strip(),)


def _sentences(text: str) -> Iterable[str]:
    """Sentences; a full stop ends one only before a capital or a question ("nov. in Tallinn")."""
    for sentence in SENTENCE.split(text):
        kept = ""
        for part in STOP.split(sentence):
            fresh = part[:1].isupper() or begins(tokens(part), "joins") or asks(tokens(part))
            if kept and fresh:
                yield kept
                kept = part
            else:
                kept = f"{kept} {part}".strip()
        yield kept


def _clauses(sentence: str) -> Iterable[str]:
    """A sentence cut before each "and where", "en kan ik", ", e quanto"."""
    found = list(WORD.finditer(sentence))
    words = tokens(sentence)
    start = first = 0
    at = 1
    while at < len(words):
        joined = _turns(words, at)
        before = sentence[found[at - 1].end() : found[at].start()]
        cut = joined or ("," in before and _asks_plainly(words, at))
        if cut and at - first - _lead(words[first:at]) >= SHORTEST:
            yield sentence[start : found[at].start()].strip(" ,")
            start, first = found[at].start(), at
            at += joined
        at += 1
    yield sentence[start:].strip()


def _lead(words: list[str]) -> int:
    """How many words only lead up to a question: "Also, I would like to know"."""
    joined = begins(words, "joins")
    return joined + begins(words, "wonders", joined)


def bare(text: str) -> str:
    """A question without the words that lead up to it."""
    found = list(WORD.finditer(text))
    lead = _lead(tokens(text))
    return text[found[lead].start() :] if 0 < lead < len(found) else text


def _asks_plainly(words: list[str], at: int) -> bool:
    """After a mere comma: a question word, or a verb with its subject, of one language."""
    for lang in LISTS.languages("asks"):
        size = begins(words, "asks", at, lang)
        if size and asks(words, at, lang):
            verb = len(words[at]) <= 3
            if not verb or begins(words, "subjects", at + size, lang):
                return True
    return False


def shortened(text: str, most: int = 60) -> str:
    """A customer's own words as a heading: without what leads up to them, cut at a word."""
    plain = " ".join(bare(text).split()).strip(" ,;")
    if len(plain) <= most:
        return plain
    return plain[: most - 1].rsplit(" ", 1)[0].rstrip(" ,;.") + "\u2026"
