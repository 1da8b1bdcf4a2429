"""What a simpler bot would do with the same entries.

Each baseline gets the best single threshold there is for it in its own scores: the one that settles
most queries rightly *on the test itself*. That flatters it; no bot could know it.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from benchmarks.answering.measures import Outcomes
from benchmarks.answering.task import Task
from bot.nlu.encoder import Encoder
from bot.search.lexical import Field
from bot.search.words import Prepared, Words

Scores = npt.NDArray[np.float32]


def bm25(task: Task, encoder: Encoder) -> Outcomes:
    """BM25 over stems of each entry's phrasings and answer."""
    words, _, queries = _prepared(task, encoder)
    texts = [" ".join((*entry.questions, entry.answer)) for entry in task.entries]
    whole = words.prepare(texts, np.zeros((len(texts), 1), dtype=np.float32))
    return _outcomes(task, Field(whole.stems).bm25(queries.stems))


def bare_encoder(task: Task, encoder: Encoder) -> Outcomes:
    """Cosine of the nearest phrasing (or answer, where there is no phrasing)."""
    _, shown, queries = _prepared(task, encoder)
    return _outcomes(task, _best(task, queries.vectors @ shown.vectors.T))


def grams_and_encoder(task: Task, encoder: Encoder) -> Outcomes:
    """Best phrasing by cosine plus half of its character n-gram cosine."""
    _, shown, queries = _prepared(task, encoder)
    grams = Field(shown.characters).cosine(queries.characters)
    return _outcomes(task, _best(task, queries.vectors @ shown.vectors.T + grams / 2))


def _shown(task: Task) -> list[tuple[int, str]]:
    return [
        (i, text)
        for i, entry in enumerate(task.entries)
        for text in (entry.questions or (entry.answer,))
    ]


def _prepared(task: Task, encoder: Encoder) -> tuple[Words, Prepared, Prepared]:
    words = Words(task.lang)
    texts = [text for _, text in _shown(task)]
    asked = [query.text for query in task.queries]
    nothing = np.zeros((1, 1), dtype=np.float32)
    words.prepare([entry.answer for entry in task.entries], nothing, learn=True)
    shown = words.prepare(texts, encoder.encode(texts), learn=True)
    return words, shown, words.prepare(asked, encoder.encode(asked))


def _best(task: Task, scores: Scores) -> Scores:
    owners = np.array([owner for owner, _ in _shown(task)])
    starts = np.unique(owners, return_index=True)[1]
    return np.asarray(np.maximum.reduceat(scores, starts, axis=1))


def _outcomes(task: Task, scores: Scores) -> Outcomes:
    place = {entry.id: i for i, entry in enumerate(task.entries)}
    gold = np.array([place[q.gold] if q.gold is not None else -1 for q in task.queries])
    first, best = scores.argmax(axis=1), scores.max(axis=1).astype(float)
    right = first == gold
    limits = np.quantile(best, np.linspace(0, 1, 101))
    settled = [float(np.where(best >= limit, right, gold < 0).mean()) for limit in limits]
    answered = best >= limits[int(np.argmax(settled))]
    chat = np.array([query.kind == "chat" for query in task.queries])
    spread = np.clip((best - best.min()) / max(float(np.ptp(best)), 1e-9), 0, 1)
    return Outcomes(gold, first, spread, answered, chat)
