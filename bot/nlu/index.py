"""The FAQ index: ranked matches with a probability each, and an answer or nothing.

One `Part` per language; a search never mixes languages. An index is never changed in place: adding
and removing make a new one (unchanged texts keep their vectors), and swapping is one assignment.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.faq.entries import FaqEntry
from bot.nlu.background import Background
from bot.nlu.calibration import Calibration, Costs, calibrate, sample
from bot.nlu.encoder import Encoder, Vectors
from bot.nlu.knowledge import KINDS, Knowledge, Prepared, Words, log_softmax
from bot.nlu.spelling import Spelling

FORMAT = 1
Floats = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]
FALL_BACK = ("en",)
SPELLED = frozenset({"en"})  # where the encoder carries most, and stumbles over every slip
# Share of the first match's probability from which on the second is close enough to ask about.
CLOSE = 0.5
MOST = 50

# How much each kind of evidence counts, learnt on development data (docs/evaluation/answering.md).
# English has an encoder that knows it; in other languages characters carry most, and in Russian
# the encoder knows nothing at all.
WEIGHTS: Mapping[str, Mapping[str, Mapping[str, float]]] = {
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
PRIOR = Calibration(slope=0.9, offset=-2.5, threshold=0.5)


class IndexMismatch(RuntimeError):
    """A saved index was made by another encoder or another version; it must be built again."""


@dataclass(frozen=True)
class Match:
    """An entry that may answer, with the probability that it does and its closest phrasing."""

    entry: FaqEntry
    score: float

    @property
    def id(self) -> str:
        return self.entry.id


@dataclass(frozen=True)
class Answer:
    """What is said: the first match where it is probable enough."""

    entry: FaqEntry
    score: float


@dataclass(frozen=True)
class Recipe:
    """What the vectors were made by; an index is used with exactly that."""

    model: str
    dimension: int
    content_hash: str
    precision: str
    format: int = FORMAT

    @classmethod
    def of(cls, encoder: Encoder) -> Recipe:
        made = encoder.manifest
        return cls(made.model, made.dimension, made.content_hash, str(made.precision))


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
        return Spelling(text for e in self.knowledge.entries for text in (*e.questions, e.answer))

    def rank(self, text: str, vector: Vectors) -> list[Match]:
        """At most MOST entries, likeliest first; the scores are probabilities of being right."""
        query = self.words.prepare([text], vector.reshape(1, -1))
        combined = combine(self.knowledge.evidence(query), self.knowledge, self.lang)
        scores, _ = certainty(combined)
        row = combined[0]
        most = min(MOST, len(row))
        found = np.argpartition(-row, most - 1)[:most]
        found = found[np.lexsort((found, -row[found]))]
        # Each further match has the first one's probability times its share against it.
        first = self.calibration.probability(float(scores[0]))
        shares = np.exp(row[found] - row[found[0]]) * first
        return [
            Match(self.knowledge.entries[i], float(share))
            for i, share in zip(found.tolist(), shares, strict=True)
        ]


@dataclass(frozen=True)
class FaqIndex:
    """Everything that can be answered, by language."""

    recipe: Recipe
    parts: Mapping[str, Part]
    costs: Costs = field(default_factory=Costs)
    fall_back: tuple[str, ...] = FALL_BACK

    @classmethod
    def build(
        cls,
        entries: Iterable[FaqEntry],
        encoder: Encoder,
        *,
        costs: Costs | None = None,
        known_vectors: Mapping[str, Vectors] | None = None,
    ) -> FaqIndex:
        """Index entries and calibrate each language; texts in `known_vectors` are not encoded."""
        costs = costs or Costs()
        vectors = _Vectors(encoder, known_vectors or {})
        by_lang: dict[str, list[FaqEntry]] = {}
        for entry in entries:
            by_lang.setdefault(entry.lang, []).append(entry)
        vectors.add(text for some in by_lang.values() for entry in some for text in _texts(entry))
        parts = {lang: _part(lang, some, vectors, costs) for lang, some in sorted(by_lang.items())}
        return cls(Recipe.of(encoder), parts, costs)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def entries(self) -> tuple[FaqEntry, ...]:
        return tuple(e for part in self.parts.values() for e in part.knowledge.entries)

    def part(self, lang: str | None) -> Part | None:
        """The language's own part, or the first of the fall-back order that there is."""
        wanted = (lang, *self.fall_back, *self.parts)
        return next((self.parts[one] for one in wanted if one and one in self.parts), None)

    def spelled(self, text: str, lang: str | None, is_word: Callable[[str], bool]) -> str:
        """The text without slips of the keyboard, as it should be encoded and searched for."""
        part = self.parts.get(lang or "")
        return part.spelling.corrected(text, is_word) if part and lang in SPELLED else text

    def search(self, text: str, vector: Vectors, lang: str | None = None) -> list[Match]:
        """Entries ranked for a message; empty when the index is."""
        part = self.part(lang)
        return part.rank(text, vector) if part and text.strip() else []

    def decide(self, matches: Sequence[Match], lang: str | None = None) -> Answer | None:
        """The answer for matches of `search`, or None: the threshold belongs to the index."""
        part = self.part(lang)
        if not matches or part is None or matches[0].score < part.calibration.threshold:
            return None
        return Answer(matches[0].entry, matches[0].score)

    def answer(self, text: str, vector: Vectors, lang: str | None = None) -> Answer | None:
        return self.decide(self.search(text, vector, lang), lang)

    def closest(self, matches: Sequence[Match]) -> tuple[Match, ...]:
        """Two matches that one clarifying question can tell apart, or none."""
        if len(matches) < 2 or matches[1].score < CLOSE * matches[0].score:
            return ()
        return (matches[0], matches[1])

    def known_words(self, text: str) -> dict[str, float]:
        """Per language, the share of the message's words that its entries have, 0..1."""
        return {
            lang: part.knowledge.known_share(part.words.stem_bags([text]))
            for lang, part in self.parts.items()
        }

    def changed(
        self,
        encoder: Encoder,
        *,
        add: Iterable[FaqEntry] = (),
        remove: Iterable[tuple[str, str]] = (),
    ) -> FaqIndex:
        """A new index with entries added (or replaced) and (lang, id) pairs removed.

        Only new texts are encoded, and only languages that changed are built again.
        """
        self.check(encoder)
        gone = set(remove)
        added = {(entry.lang, entry.id): entry for entry in add}
        kept = {(e.lang, e.id): e for e in self.entries if (e.lang, e.id) not in gone}
        touched = {lang for lang, _ in gone | set(added)}
        after = [entry for key, entry in {**kept, **added}.items() if key[0] in touched]
        fresh = FaqIndex.build(
            after, encoder, costs=self.costs, known_vectors=self._known_vectors(touched)
        )
        same = {lang: part for lang, part in self.parts.items() if lang not in touched}
        return FaqIndex(self.recipe, {**same, **fresh.parts}, self.costs, self.fall_back)

    def _known_vectors(self, langs: Iterable[str]) -> dict[str, Vectors]:
        known: dict[str, Vectors] = {}
        for lang in langs:
            if lang in self.parts:
                base = self.parts[lang].knowledge
                texts = [text for entry in base.entries for text in entry.questions]
                known.update(zip(texts, base.phrasings.vectors, strict=True))
                known.update(zip(map(_read, base.entries), base.answers.vectors, strict=True))
        return known

    def check(self, encoder: Encoder) -> None:
        """Raises IndexMismatch, naming both sides, unless `encoder` made this index."""
        ours, theirs = asdict(self.recipe), asdict(Recipe.of(encoder))
        different = [name for name in ours if ours[name] != theirs[name]]
        if different:
            told = ", ".join(f"{name} {ours[name]!r} (now {theirs[name]!r})" for name in different)
            raise IndexMismatch(
                f"The FAQ index was made with another encoder: {told}. "
                "Build it again with `python -m bot.faq build`."
            )

    def save(self, folder: Path) -> None:
        """Write the index, whole or not at all."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".faq-") as made:
            _write(self, Path(made))
            aside = folder.with_name(f".{folder.name}.old")
            shutil.rmtree(aside, ignore_errors=True)
            if folder.exists():
                os.replace(folder, aside)
            shutil.copytree(made, folder)
            shutil.rmtree(aside, ignore_errors=True)

    @classmethod
    def load(cls, folder: Path, encoder: Encoder) -> FaqIndex:
        """Read a saved index; raises IndexMismatch or FileNotFoundError with what to do."""
        path = folder / "index.json"
        if not path.exists():
            raise FileNotFoundError(
                f"No FAQ index in {folder}: build it with `python -m bot.faq build`."
            )
        raw = json.loads(path.read_text("utf-8"))
        if raw.get("recipe", {}).get("format") != FORMAT:
            raise IndexMismatch(
                f"{path} is of format {raw.get('recipe', {}).get('format')!r}, this version reads "
                f"{FORMAT}. Build it again with `python -m bot.faq build`."
            )
        empty = cls(Recipe(**raw["recipe"]), {}, Costs(**raw["costs"]), tuple(raw["fall_back"]))
        empty.check(encoder)
        with np.load(folder / "vectors.npz", allow_pickle=False) as stored:
            parts = {
                lang: _read_part(lang, part, dict(stored)) for lang, part in raw["parts"].items()
            }
        return cls(empty.recipe, parts, empty.costs, empty.fall_back)


class _Vectors:
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


def _texts(entry: FaqEntry) -> tuple[str, ...]:
    return (*entry.questions, _read(entry))


def _read(entry: FaqEntry) -> str:
    """The answer as far as the encoder reads it: not at all where its vector counts for nothing."""
    known = any("answer_encoder" in (by.get(entry.lang) or by["other"]) for by in WEIGHTS.values())
    return entry.answer if known else ""


def _knowledge(
    words: Words, entries: Sequence[FaqEntry], phrasings: Vectors, answers: Vectors
) -> Knowledge:
    texts = [text for entry in entries for text in entry.questions]
    owners = np.array([i for i, e in enumerate(entries) for _ in e.questions], dtype=np.int64)
    asked = words.prepare(texts, phrasings, learn=True)
    answered = words.prepare([entry.answer for entry in entries], answers, learn=True)
    # The answers' terms came later: the phrasings' bags are widened to the whole vocabulary.
    return Knowledge(entries, _widened(asked, answered), owners, answered)


def _widened(some: Prepared, whole: Prepared) -> Prepared:
    for bags, like in ((some.stems, whole.stems), (some.characters, whole.characters)):
        bags.counts.resize(bags.counts.shape[0], like.counts.shape[1])
    return some


def _part(lang: str, entries: Sequence[FaqEntry], vectors: _Vectors, costs: Costs) -> Part:
    words = Words(lang)
    base = _knowledge(
        words,
        entries,
        vectors.of([text for entry in entries for text in entry.questions]),
        vectors.of([_read(entry) for entry in entries]),
    )
    said = Background.load().texts(lang)
    vectors.add(said)

    def prepare(texts: list[str]) -> Prepared:
        return words.prepare(texts, vectors.fresh(texts))

    def score(knowledge: Knowledge, queries: Prepared) -> tuple[Floats, Rows]:
        return certainty(combine(knowledge.evidence(queries), knowledge, lang))

    chat = words.prepare(said, vectors.of(said))
    samples = sample(base, score, prepare, chat)
    return Part(lang, words, base, calibrate(samples, costs, PRIOR))


def combine(evidence: Mapping[str, Vectors], knowledge: Knowledge, lang: str) -> Vectors:
    """All kinds of evidence as one score per entry, (queries, entries)."""
    form = "head" if knowledge.has_head else "phrasings" if len(knowledge.phrasings) else "answers"
    known = WEIGHTS[form]
    weights = known.get(lang) or known["other"]
    total = np.zeros_like(evidence[KINDS[0]])
    for kind, weight in weights.items():
        total += np.float32(weight) * evidence[kind]
    return total


# How far the share of the first among all may pull the certainty down: beyond, it says no more.
LEAST_SHARE = -3.0


def certainty(combined: Vectors) -> tuple[Floats, Rows]:
    """One number per query that grows with "this is right", and the first entry of each.

    The height of the first match tells unknown questions, its share among all close ones.
    """
    top = combined.argmax(axis=1)
    rows = np.arange(len(combined))
    height = combined[rows, top].astype(np.float64)
    share = log_softmax(combined)[rows, top].astype(np.float64)
    return height + np.maximum(share, LEAST_SHARE), top


def _write(index: FaqIndex, folder: Path) -> None:
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    for lang, part in index.parts.items():
        arrays[f"{lang}.phrasings"] = part.knowledge.phrasings.vectors
        arrays[f"{lang}.answers"] = part.knowledge.answers.vectors
    np.savez(folder / "vectors.npz", **arrays)
    raw = {
        "recipe": asdict(index.recipe),
        "costs": asdict(index.costs),
        "fall_back": index.fall_back,
        "parts": {
            lang: {
                "calibration": part.calibration.to_json(),
                "entries": [asdict(entry) for entry in part.knowledge.entries],
            }
            for lang, part in index.parts.items()
        },
    }
    text = json.dumps(raw, ensure_ascii=False, indent=1) + "\n"
    (folder / "index.json").write_text(text, "utf-8")


def _read_part(lang: str, raw: dict, stored: dict[str, Vectors]) -> Part:  # type: ignore[type-arg]
    entries = [FaqEntry(**{**e, "questions": tuple(e["questions"])}) for e in raw["entries"]]
    words = Words(lang)
    base = _knowledge(words, entries, stored[f"{lang}.phrasings"], stored[f"{lang}.answers"])
    return Part(lang, words, base, Calibration.from_json(raw["calibration"]))
