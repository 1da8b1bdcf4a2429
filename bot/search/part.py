"""The entries of one language: searched, and calibrated on themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bot.faq.entries import FaqEntry
from bot.nlu.encoder import Encoder, Vectors
from bot.search.arrays import Array, Floats, Numbers
from bot.search.background import Background
from bot.search.calibration import Calibration, Costs, calibrate, sample
from bot.search.knowledge import Knowledge
from bot.search.spelling import Spelling
from bot.search.weighing import certainty, combine, reads_answers, weights_of
from bot.search.words import Prepared, Words

MOST = 50
# Entries that a large knowledge base is calibrated on: docs/evaluation/speed.md.
ASKED = 10_000
PRIOR = Calibration(slope=0.9, offset=-2.5, threshold=0.5)


@dataclass(frozen=True)
class Match:
    """An entry that may answer, with the probability that it does and its closest phrasing."""

    entry: FaqEntry
    score: float

    @property
    def id(self) -> str:
        return self.entry.id


@dataclass(frozen=True)
class Part:
    """The entries of one language with their calibration."""

    lang: str
    words: Words
    knowledge: Knowledge
    calibration: Calibration

    @cached_property
    def spelling(self) -> Spelling:
        """The words that this language's entries are written in."""
        texts = (text for e in self.knowledge.entries for text in (*e.questions, e.answer))
        return Spelling(texts, self.lang)

    @cached_property
    def by_id(self) -> Mapping[str, FaqEntry]:
        return {entry.id: entry for entry in self.knowledge.entries}

    def rank(self, texts: Sequence[str], vectors: Vectors) -> list[list[Match]]:
        """For each text at most MOST entries, likeliest first; scores are probabilities of being
        right. `vectors`: (texts, dimension)."""
        ranked: list[list[Match]] = []
        for found in self.knowledge.found(self.words.prepare(texts, vectors)):
            combined = combine(found.kinds, self.knowledge, self.lang)
            scores, _ = certainty(combined)
            for row, score in zip(combined, scores.tolist(), strict=True):
                ranked.append(self._matches(found.entries, row, score))
        return ranked

    def _matches(self, entries: Numbers, row: Array, score: float) -> list[Match]:
        """The best of `entries` by their combined evidence `row`, (entries,); `score` is how
        certain the first one is."""
        most = min(MOST, len(row))
        found = np.argpartition(-row, most - 1)[:most]
        found = found[np.lexsort((found, -row[found]))]
        # Each further match has the first one's probability times its share against it.
        first = self.calibration.probability(score)
        shares = np.exp(row[found] - row[found[0]]) * first
        return [
            Match(self.knowledge.entries[i], float(share))
            for i, share in zip(entries[found].tolist(), shares, strict=True)
        ]


class KnownVectors:
    """Vectors by text: each text is encoded once, known ones never."""

    def __init__(self, encoder: Encoder, known: Mapping[str, Vectors]) -> None:
        self._encoder, self._known = encoder, dict(known)

    def add(self, texts: Iterable[str]) -> None:
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(missing, self._encoder.encode(missing), strict=True))

    def fresh(self, texts: Sequence[str]) -> Vectors:
        """Vectors of texts that nobody will ask for again."""
        return self._encoder.encode(texts)

    def of(self, texts: Sequence[str]) -> Vectors:
        shape = (len(texts), self._encoder.dimension)
        return np.array([self._known[text] for text in texts], dtype=np.float32).reshape(shape)


def texts_of(entry: FaqEntry) -> tuple[str, ...]:
    """All that is encoded of an entry."""
    return (*entry.questions, read_of(entry))


def read_of(entry: FaqEntry) -> str:
    """The answer as far as the encoder reads it: not at all where its vector counts for nothing."""
    return entry.answer if reads_answers(entry.lang) else ""


def knowledge_of(
    words: Words,
    entries: Sequence[FaqEntry],
    phrasings: Vectors,
    answers: Vectors,
    *,
    whole: bool = True,
) -> Knowledge:
    """Entries made searchable; unless `whole`, by the kinds of evidence alone that count."""
    texts = [text for entry in entries for text in entry.questions]
    owners = np.array([i for i, e in enumerate(entries) for _ in e.questions], dtype=np.int64)
    asked = words.prepare(texts, phrasings, learn=True)
    answered = words.prepare([entry.answer for entry in entries], answers, learn=True)
    # The answers' terms came later: the phrasings' bags are widened to the whole vocabulary.
    lang = words.lang
    return Knowledge(
        entries,
        _widened(asked, answered),
        owners,
        answered,
        wanted=None if whole else lambda form: weights_of(form, lang),
    )


def _widened(some: Prepared, whole: Prepared) -> Prepared:
    stems, characters = whole.stems.width, whole.characters.width
    return replace(
        some, stems=some.stems.widened(stems), characters=some.characters.widened(characters)
    )


def build_part(lang: str, entries: Sequence[FaqEntry], vectors: KnownVectors, costs: Costs) -> Part:
    words = Words(lang)
    base = knowledge_of(
        words,
        entries,
        vectors.of([text for entry in entries for text in entry.questions]),
        vectors.of([read_of(entry) for entry in entries]),
        whole=False,
    )
    said = Background.load().texts(lang)
    vectors.add(said)

    def prepare(texts: list[str]) -> Prepared:
        return words.prepare(texts, vectors.fresh(texts))

    def score(knowledge: Knowledge, queries: Prepared) -> tuple[Floats, Numbers]:
        found = [
            (one.entries, *certainty(combine(one.kinds, knowledge, lang)))
            for one in knowledge.found(queries)
        ]
        scores = np.concatenate([scores for _, scores, _ in found])
        return scores, np.concatenate([entries[top] for entries, _, top in found])

    chat = words.prepare(said, vectors.of(said))
    samples = sample(base.sampled(ASKED), score, prepare, chat)
    base.settle()
    return Part(lang, words, base, calibrate(samples, costs, PRIOR))
