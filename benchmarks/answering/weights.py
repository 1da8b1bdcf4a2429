"""Learns bot/search/pretrained/evidence.json: how much each kind of evidence counts.

    python -m benchmarks.answering.weights            compare, family by family
    python -m benchmarks.answering.weights --write    and keep what was learnt

Softmax regression over entries (conditional logit, McFadden 1974): the right entry of a query that
no entry was made of has to win. Every family of sets counts the same. A penalty pulls towards
START, so that a language or form with little data keeps sane weights. Only sets that may be
redistributed teach; AIA-BDE does not.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from benchmarks.answering import tasks
from benchmarks.answering.run import CachingEncoder, entries_of
from benchmarks.answering.task import Task
from bot.nlu.encoder import Encoder, encoder_folder
from bot.search.part import knowledge_of, read_of
from bot.search.spelling import Spelling
from bot.search.weighing import PATH
from bot.search.words import Words

Floats = npt.NDArray[np.float64]
Table = dict[str, dict[str, dict[str, float]]]

# Where the search starts: rounded by hand after looking at the same sets. It also says which kinds
# of evidence a form and language have at all: further ones were learnt to be worth next to nothing.
START: Mapping[str, Mapping[str, Mapping[str, float]]] = {
    "head": {
        "en": {
            "head": 16, "encoder": 5.5, "characters": 0.8, "entry_words": 1.5,
            "entry_characters": 1, "answer_encoder": 2.5, "answer_character_bm25": 1,
        },
        "other": {
            "head": 6.5, "encoder": 4, "characters": 5, "entry_words": 2.5, "entry_characters": 5,
            "answer_encoder": 1, "answer_character_bm25": 2,
        },
        "ru": {
            "head": 6.5, "encoder": 2, "characters": 5, "entry_words": 2.5, "entry_characters": 5,
            "answer_character_bm25": 2,
        },
    },
    "phrasings": {
        "en": {
            "encoder": 13.5, "entry_words": 1.5, "entry_characters": 1.5, "answer_encoder": 5,
            "answer_character_bm25": 1,
        },
        "other": {
            "encoder": 6, "characters": 6, "entry_words": 3, "entry_characters": 5,
            "answer_encoder": 2, "answer_character_bm25": 2,
        },
        "ru": {
            "encoder": 2, "characters": 6, "entry_words": 3, "entry_characters": 5,
            "answer_character_bm25": 3, "answer_words": 1,
        },
    },
    "answers": {
        "en": {"answer_encoder": 16, "answer_character_bm25": 1.5, "answer_words": 0.5},
        "other": {
            "answer_encoder": 5, "answer_words": 3, "answer_characters": 3.5,
            "answer_character_bm25": 4,
        },
        "ru": {"answer_words": 4, "answer_characters": 2, "answer_character_bm25": 5},
    },
}  # fmt: skip
# How hard the penalty pulls. A tenth of it gives the shop's terse phrasings four more points and
# takes four from Portuguese ones that people wrote at length.
PENALTY = 3.0
MOST = 1000  # queries per task


@dataclass(frozen=True)
class Lesson:
    """One task: all evidence for its queries, (queries, entries, kinds), and the right entries."""

    family: str
    evidence: npt.NDArray[np.float32]
    gold: npt.NDArray[np.int64]

    def loss(self, weights: Floats) -> tuple[float, Floats]:
        """Mean negative log likelihood and its gradient."""
        scores = (self.evidence @ weights.astype(np.float32)).astype(np.float64)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        shares /= shares.sum(axis=1, keepdims=True)
        rows = np.arange(len(self.gold))
        right = self.evidence[rows, self.gold].sum(axis=0)
        expected = np.einsum("qe,qek->k", shares.astype(np.float32), self.evidence)
        cost = -np.log(np.maximum(shares[rows, self.gold], 1e-20)).mean()
        return float(cost), ((expected - right) / len(rows)).astype(np.float64)

    def first_hit(self, weights: Floats) -> float:
        found = (self.evidence @ weights.astype(np.float32)).argmax(axis=1)
        return float((found == self.gold).mean())


def group(lang: str) -> str:
    """Languages that share their weights."""
    return lang if lang in {"en", "ru"} else "other"


def family(task: Task) -> str:
    """Sets that may resemble each other; each language of the shop's FAQ is one by itself."""
    first, *rest = task.name.split("-")
    return f"{first}-{task.lang}" if first == "shop" and rest else first


def teachers() -> Iterator[Task]:
    """Tasks that may teach: redistributable, every entry there."""
    made = (
        tasks.hint3, tasks.ask_ubuntu, tasks.xsid, tasks.bitext, tasks.banking, tasks.clinc,
        tasks.experts, tasks.shop,
    )  # fmt: skip
    for make in made:
        yield from (task for task in make() if "held30" not in task.name)


def lesson(task: Task, encoder: Encoder) -> tuple[str, Lesson]:
    """The form that a task's entries take, and what is to be learnt from it."""
    entries = entries_of(task)
    words = Words(task.lang)
    asked = [text for entry in entries for text in entry.questions]
    answers = [read_of(entry) for entry in entries]
    knowledge = knowledge_of(words, entries, encoder.encode(asked), encoder.encode(answers))
    place = {entry.id: i for i, entry in enumerate(task.entries)}
    queries = [query for query in task.queries if query.gold is not None]
    rows = np.random.default_rng(0).permutation(len(queries))[:MOST]
    spelling = Spelling((text for e in entries for text in (*e.questions, e.answer)), task.lang)
    texts = [spelling.corrected(queries[i].text, encoder.is_word) for i in rows]
    found = knowledge.evidence(words.prepare(texts, encoder.encode(texts)))
    kinds = START[knowledge.form][group(task.lang)]
    gold = np.array([place[str(queries[i].gold)] for i in rows])
    evidence = np.stack([found[kind] for kind in kinds], axis=2)
    return knowledge.form, Lesson(family(task), evidence, gold)


def fit(lessons: Iterable[Lesson], start: Floats, penalty: float = PENALTY) -> Floats:
    """Weights (kinds,), none below zero; every family counts the same."""
    families: dict[str, list[Lesson]] = defaultdict(list)
    for one in lessons:
        families[one.family].append(one)
    scale = np.maximum(start, 1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        away = (weights - start) / scale
        cost, slope = penalty * float(away @ away), 2 * penalty * away / scale
        for mine in families.values():
            for one in mine:
                part, gradient = one.loss(weights)
                cost, slope = cost + part / len(mine), slope + gradient / len(mine)
        return cost, slope

    bounds = [(0, None)] * len(start)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x.round(2))


def compared(lessons: list[Lesson], start: Floats, learnt: Floats) -> Iterator[str]:
    """Per family its first hits: at the start, learnt, and learnt from the other families."""
    for name in sorted({one.family for one in lessons}):
        mine = [one for one in lessons if one.family == name]
        others = [one for one in lessons if one.family != name]
        tried = [start, learnt, *([fit(others, start)] if others else [])]
        hits = [fmean(one.first_hit(weights) for one in mine) for weights in tried]
        yield f"{name} " + " ".join(f"{hit:.3f}" for hit in hits)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answering.weights")
    parser.add_argument("--write", action="store_true", help="keep what was learnt")
    encoder = CachingEncoder(encoder_folder())
    lessons: dict[tuple[str, str], list[Lesson]] = defaultdict(list)
    for task in teachers():
        form, one = lesson(task, encoder)
        lessons[form, group(task.lang)].append(one)
    learnt: Table = {}
    for form, languages in START.items():
        for lang, weights in languages.items():
            start = np.array(list(weights.values()), dtype=np.float64)
            found = fit(lessons[form, lang], start)
            print(f"{form}, {lang}: first hit at the start, learnt, learnt from the others")
            print("\n".join(f"  {line}" for line in compared(lessons[form, lang], start, found)))
            learnt.setdefault(form, {})[lang] = dict(zip(weights, found.tolist(), strict=True))
    if parser.parse_args().write:
        PATH.write_text(json.dumps(learnt, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
