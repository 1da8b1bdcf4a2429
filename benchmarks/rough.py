"""The same messages as people type them: with a slip, without diacritics, in Latin letters, mixed.

    python -m benchmarks.rough

A message that a way of typing leaves as it was is left out, so that both columns are of the same
messages. The language is told without the conversation's, with what the shop's *answers* in six
languages know.
"""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.answering.measures import decisions, first_hit
from benchmarks.answering.run import CachingEncoder, run
from benchmarks.answering.task import Task
from benchmarks.answering.tasks import tasks
from benchmarks.dialogue import corpora
from benchmarks.frozen import f1
from benchmarks.provenance import Figures, head, row
from bot.faq.entries import read_folder
from bot.judgement import Judge
from bot.nlu.encoder import encoder_folder
from bot.nlu.text import CYRILLIC

ASKED = (
    "banking77-8-held30",
    "aia-bde-3-held30",
    "shop-nl-3-held30",
    "shop-et-3-held30",
    "shop-ru-3-held30",
    "shop-af-3-held30",
)
# BGN/PCGN 1947, as passports and maps have it; not the spelling that `bot.nlu.text` folds to.
LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        "a b v g d e yo zh z i y k l m n o p r s t u f kh ts ch sh shch  y  e yu ya".split(" "),
        strict=True,
    )
)
LONG = 5  # letters of a word in which slips happen

Typing = Callable[[str, random.Random], str]


def slip(text: str, chance: random.Random) -> str:
    """One letter of one longer word left out, doubled, or swapped with the next."""
    words = text.split(" ")
    long = [i for i, word in enumerate(words) if len(word) >= LONG and word.isalpha()]
    if not long:
        return text
    at = chance.choice(long)
    word, i = words[at], chance.randrange(1, len(words[at]) - 1)
    words[at] = chance.choice(
        (word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:], _swapped(word, i))
    )
    return " ".join(words)


def _swapped(word: str, i: int) -> str:
    return word[:i] + word[i + 1] + word[i] + word[i + 2 :]


def without_diacritics(text: str, _: random.Random) -> str:
    """ "não" as "nao". Cyrillic keeps its marks: "й" is a letter."""
    if CYRILLIC.search(text):
        return text
    parts = unicodedata.normalize("NFD", text)
    return "".join(letter for letter in parts if unicodedata.category(letter) != "Mn")


def in_latin(text: str, _: random.Random) -> str:
    if not CYRILLIC.search(text):
        return text
    return "".join(LATIN.get(letter, letter) for letter in text.casefold())


def shouted(text: str, _: random.Random) -> str:
    return text.upper()


def mixed(text: str, _: random.Random) -> str:
    """In an English frame, as people write who speak both."""
    return f"hi, sorry, {text} please? thanks"


TYPED: dict[str, Typing] = {
    "one slip": slip,
    "no diacritics": without_diacritics,
    "Latin letters": in_latin,
    "shouted": shouted,
    "among English": mixed,
}


def roughened(texts: Sequence[str], how: str) -> list[str]:
    """The texts typed so, in order; the same every time."""
    return [TYPED[how](text, random.Random(f"{how} {text}")) for text in texts]


def table(judge: Judge, encoder: CachingEncoder, figures: Figures) -> list[str]:
    """Answering and requests for a person, clean → rough, as lines of Markdown."""
    judge.learn([replace(entry, questions=()) for entry in read_folder(Path("data/faq"))])
    lines = head(
        ("asked", "language", "typed", "messages", "first hit", "decisions", "language told")
    )
    for task in (one for name in ASKED for one in tasks(name)):
        for how in TYPED:
            lines += _asked(task, how, encoder, judge, figures)
    lines += ["", *head(("requests", "language", "typed", "messages", "F1"))]
    for lang in judge.languages.supported:
        for how in TYPED:
            lines += _requested(judge, lang, how, figures)
    return lines


def _asked(
    task: Task, how: str, encoder: CachingEncoder, judge: Judge, figures: Figures
) -> list[str]:
    texts = roughened([query.text for query in task.queries], how)
    pairs = [(q, text) for q, text in zip(task.queries, texts, strict=True) if q.text != text]
    if not pairs or (how == "among English" and task.lang == "en"):
        return []
    clean = replace(task, queries=tuple(query for query, _ in pairs))
    rough = replace(task, queries=tuple(replace(query, text=text) for query, text in pairs))
    found = [run(one, encoder) for one in (clean, rough)]
    told = [
        np.mean([judge.language(query.text).lang == task.lang for query in one.queries])
        for one in (clean, rough)
    ]
    for name, measure in (("first hit", first_hit), ("decisions", decisions)):
        figures[f"rough/{task.name}/{how}/{name}"] = measure(found[1])
    cells = [
        f"{before:.3f} → {after:.3f}"
        for before, after in (map(first_hit, found), map(decisions, found), told)
    ]
    return [row((task.name, task.lang, how, len(pairs), *cells))]


def _requested(judge: Judge, lang: str, how: str, figures: Figures) -> list[str]:
    examples = [one for one in corpora.own_human("frozen") if one.lang == lang]
    texts = roughened([one.text for one in examples], how)
    pairs = [(e, text) for e, text in zip(examples, texts, strict=True) if e.text != text]
    if not pairs or (how == "among English" and lang == "en"):
        return []
    labels = np.array([bool(example.label) for example, _ in pairs])
    clean, rough = (
        f1(labels, np.array([judge.turn((), text, lang).request.decided for text in some]))
        for some in ([example.text for example, _ in pairs], [text for _, text in pairs])
    )
    figures[f"rough/requests {lang}/{how}/F1"] = rough
    return [row(("own frozen", lang, how, len(pairs), f"{clean:.3f} → {rough:.3f}"))]


def main() -> None:
    encoder = CachingEncoder(encoder_folder())
    print(*table(Judge(encoder), encoder, {}), sep="\n", flush=True)
    encoder.keep()


if __name__ == "__main__":
    main()
