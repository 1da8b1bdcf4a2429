"""The FAQ index: ranked matches with a probability each, and an answer or nothing.

One `Part` per language; a search never mixes languages. An index is never changed in place: adding
and removing make a new one (unchanged texts keep their vectors), and swapping is one assignment.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from bot.faq.entries import FaqEntry
from bot.nlu import courtesy
from bot.nlu.encoder import Encoder, Vectors
from bot.search.calibration import Calibration, Costs
from bot.search.nearest import Rounded
from bot.search.part import KnownVectors, Match, Part, build_part, knowledge_of, read_of, texts_of
from bot.search.words import Words

FORMAT = 1
FALL_BACK = ("en",)
# Share of the first match's probability from which on the second is close enough to ask about:
# where a question costs less than the wrong answers it saves (docs/evaluation/conversation.md).
CLOSE = 0.4


class IndexMismatch(RuntimeError):
    """A saved index was made by another encoder or another version; it must be built again."""


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
        vectors = KnownVectors(encoder, known_vectors or {})
        by_lang: dict[str, list[FaqEntry]] = {}
        for entry in entries:
            by_lang.setdefault(entry.lang, []).append(entry)
        vectors.add(text for some in by_lang.values() for entry in some for text in texts_of(entry))
        parts = {
            lang: build_part(lang, some, vectors, costs) for lang, some in sorted(by_lang.items())
        }
        return cls(Recipe.of(encoder), parts, costs)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self.parts)

    @property
    def entries(self) -> tuple[FaqEntry, ...]:
        return tuple(e for part in self.parts.values() for e in part.knowledge.entries)

    def part(self, lang: str | None) -> Part | None:
        """The language's own part, or the first of the fall-back order that there is."""
        return next(self._serving(lang), None)

    def entry(self, id: str, lang: str | None) -> FaqEntry | None:
        """The entry in the language, or in the first of the fall-back order that has it."""
        return next((part.by_id[id] for part in self._serving(lang) if id in part.by_id), None)

    def _serving(self, lang: str | None) -> Iterator[Part]:
        wanted = (lang, *self.fall_back, *self.parts)
        return (self.parts[one] for one in wanted if one and one in self.parts)

    def spelled(self, text: str, lang: str | None, is_word: Callable[[str], bool]) -> str:
        """The text as it should be encoded and searched for: without courtesies, without slips of
        the keyboard."""
        part = self.parts.get(lang or "")
        asked = courtesy.without(text)
        return part.spelling.corrected(asked, is_word) if part else asked

    def search(self, text: str, vector: Vectors, lang: str | None = None) -> list[Match]:
        """Entries ranked for a message; empty when the index is."""
        return self.search_each([text], vector.reshape(1, -1), lang)[0] if text.strip() else []

    def search_each(
        self, texts: Sequence[str], vectors: Vectors, lang: str | None = None
    ) -> list[list[Match]]:
        """As `search`, for several texts at once, which takes a small part of the time; `vectors`:
        (texts, dimension)."""
        part = self.part(lang)
        return part.rank(texts, vectors) if part else [[] for _ in texts]

    def decide(self, matches: Sequence[Match], lang: str | None = None) -> Answer | None:
        """The answer for matches of `search`, or None: the threshold belongs to the index."""
        part = self.part(lang)
        if not matches or part is None or matches[0].score < part.calibration.threshold:
            return None
        return Answer(matches[0].entry, matches[0].score)

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
                phrasings, answers = base.vectors()
                known.update(zip(texts, phrasings, strict=True))
                known.update(zip(map(read_of, base.entries), answers, strict=True))
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
            parts = {lang: _read_part(lang, part, stored) for lang, part in raw["parts"].items()}
        return cls(empty.recipe, parts, empty.costs, empty.fall_back)


def _write(index: FaqIndex, folder: Path) -> None:
    arrays: dict[str, npt.NDArray[Any]] = {}
    for lang, part in index.parts.items():
        for name, vectors in zip(("phrasings", "answers"), part.knowledge.vectors(), strict=True):
            arrays[f"{lang}.{name}"] = vectors
            if part.knowledge.is_large:  # rounded already: nothing is lost
                rounded = Rounded.of(vectors)
                arrays[f"{lang}.{name}"], arrays[f"{lang}.{name}.steps"] = (
                    rounded.codes,
                    rounded.steps,
                )
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


def _read_vectors(name: str, stored: Mapping[str, npt.NDArray[Any]]) -> Vectors:
    kept, steps = stored[name], f"{name}.steps"
    return Rounded(kept, stored[steps]).vectors() if steps in stored else kept


def _read_part(lang: str, raw: dict[str, Any], stored: Mapping[str, npt.NDArray[Any]]) -> Part:
    entries = [FaqEntry(**{**e, "questions": tuple(e["questions"])}) for e in raw["entries"]]
    words = Words(lang)
    phrasings, answers = (_read_vectors(f"{lang}.{n}", stored) for n in ("phrasings", "answers"))
    base = knowledge_of(words, entries, phrasings, answers, whole=False)
    base.settle()
    return Part(lang, words, base, Calibration.from_json(raw["calibration"]))
