"""Runs development tasks through the index that the bot searches."""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.answering.measures import Outcomes
from benchmarks.answering.task import Task
from bot.faq.entries import FaqEntry
from bot.nlu.encoder import Encoder, Vectors, models_folder
from bot.search.calibration import Costs
from bot.search.index import FaqIndex


class CachingEncoder(Encoder):
    """The encoder, remembering every text in a file under models/ (git-ignored)."""

    def __init__(self, folder: Path, *, threads: int = 1, max_tokens: int | None = None) -> None:
        super().__init__(folder, threads=threads, max_tokens=max_tokens)
        name = f"vectors-{self.manifest.content_hash[:16]}.pkl"
        self._path = models_folder() / "benchmarks" / name
        self._seen: dict[str, Vectors] = (
            pickle.loads(self._path.read_bytes()) if self._path.exists() else {}
        )

    def encode(self, texts: Sequence[str]) -> Vectors:
        missing = [text for text in dict.fromkeys(texts) if text not in self._seen]
        if missing:
            self._seen.update(zip(missing, super().encode(missing), strict=True))
        shape = (len(texts), self.dimension)
        return np.array([self._seen[text] for text in texts], dtype=np.float32).reshape(shape)

    def keep(self) -> None:
        """Write the file whole: another benchmark may be reading it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        made = self._path.with_suffix(f".{os.getpid()}")
        made.write_bytes(pickle.dumps(self._seen))
        os.replace(made, self._path)


def entries_of(task: Task) -> list[FaqEntry]:
    return [FaqEntry(e.id, task.lang, "", e.questions, e.answer) for e in task.entries]


def run(task: Task, encoder: Encoder, costs: Costs | None = None) -> Outcomes:
    """Build the task's index and ask it every query, one by one, as the bot does."""
    index = FaqIndex.build(entries_of(task), encoder, costs=costs)
    place = {entry.id: i for i, entry in enumerate(task.entries)}
    texts = [index.spelled(query.text, task.lang, encoder.is_word) for query in task.queries]
    vectors = encoder.encode(texts)
    firsts, scores, answered = [], [], []
    for text, vector in zip(texts, vectors, strict=True):
        matches = index.search(text, vector, task.lang)
        firsts.append(place[matches[0].id] if matches else -2)
        scores.append(matches[0].score if matches else 0.0)
        answered.append(index.decide(matches, task.lang) is not None)
    return outcomes_of(task, firsts, scores, answered)


def outcomes_of(
    task: Task, firsts: Sequence[int], scores: Sequence[float], answered: Sequence[bool]
) -> Outcomes:
    """What came of the task's queries, in their order: the first entry's place in the task (-2
    without one), its score, whether it was said."""
    place = {entry.id: i for i, entry in enumerate(task.entries)}
    return Outcomes(
        np.array([place[q.gold] if q.gold is not None else -1 for q in task.queries]),
        np.array(firsts),
        np.array(scores, dtype=float),
        np.array(answered),
        np.array([q.kind == "chat" for q in task.queries]),
    )
