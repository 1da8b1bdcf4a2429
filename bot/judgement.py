"""The judgements of one message, in one place: the running bot and the judge come through here.

Which entry answers, whether any does, whether a person is asked for, whether patience runs out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.faq.entries import FaqEntry
from bot.nlu.dialogue import Dialogue, Turn
from bot.nlu.encoder import Encode, Encoder, Vectors, models_folder
from bot.nlu.frustration import Frustration, Mood
from bot.nlu.human import HumanRequest, Request
from bot.nlu.language import Guess, Languages
from bot.nlu.text import told
from bot.search.calibration import Costs
from bot.search.index import FALL_BACK, Answer, FaqIndex
from bot.search.part import Match

ROOT = Path(__file__).parent.parent
CONFIG = ROOT / "config.yml"
PEOPLE = ROOT / "data" / "people.yml"


def set_for(component: str, path: Path = CONFIG) -> Mapping[str, Any]:
    """What config.yml sets for a component of the pipeline, named without its module."""
    pipeline = yaml.safe_load(path.read_text("utf-8"))["pipeline"] if path.exists() else ()
    return next((one for one in pipeline if one["name"].split(".")[-1] == component), {})


def people_words(path: Path = PEOPLE) -> dict[str, list[str]] | None:
    """The nouns that mean a person, by language, where a shop says so; None: the usual ones."""
    said = yaml.safe_load(path.read_text("utf-8")) if path.exists() else None
    return {
        str(lang): [str(noun) for noun in nouns] for lang, nouns in (said or {}).items()
    } or None


@dataclass(frozen=True)
class Asked:
    """What the index says to a message: `answer` is None where it says "I don't know"."""

    lang: str
    ranked: tuple[Match, ...]
    answer: Answer | None
    choices: tuple[Match, ...]  # two close ones
    unsure: bool = False  # one of `choices` is meant, and one question would tell which

    @property
    def answered(self) -> bool:
        return self.answer is not None

    @property
    def score(self) -> float:
        """Probability that the first match is right, 0 without any."""
        return self.ranked[0].score if self.ranked else 0.0


@dataclass(frozen=True)
class Judged:
    """What a customer's turn means for the handoff."""

    request: Request
    mood: Mood


class Judge:
    """Encoder, index and detectors of one assistant. The index is swapped whole, by assignment."""

    def __init__(self, encoder: Encoder, index: FaqIndex | None = None) -> None:
        self.encoder = encoder
        self.index = index or FaqIndex.build((), encoder)

    @classmethod
    def load(cls, models: Path | None = None, *, encoder: Encoder | None = None) -> Judge:
        """The encoder and the saved index under `models`; an index that is missing stays empty."""
        encoder = encoder or Encoder.load()
        folder = (models or models_folder()) / "faq"
        index = FaqIndex.load(folder, encoder) if (folder / "index.json").exists() else None
        return cls(encoder, index)

    @classmethod
    def as_set(cls, encoder: Encoder, config: Path = CONFIG) -> Judge:
        """Without entries, with the costs, languages and thresholds that the bot would be trained
        with. Raises ValueError, naming the setting, for one that cannot be."""
        faq, patience = set_for("FaqRetriever", config), set_for("HandoffDetector", config)
        index = FaqIndex.build((), encoder, costs=Costs.of(faq.get("costs", {})))
        judge = cls(encoder, replace(index, fall_back=tuple(faq.get("fall_back", FALL_BACK))))
        judge.moods = Frustration.load(
            offer=patience.get("offer"), hand_over=patience.get("hand_over")
        )
        return judge

    @cached_property
    def languages(self) -> Languages:
        return Languages.load()

    @cached_property
    def requests(self) -> HumanRequest:
        return HumanRequest.load(people=people_words())

    @cached_property
    def moods(self) -> Frustration:
        return Frustration.load()

    def encode(self, text: str) -> Vectors:
        """The one vector of a message, (dimension,), used for everything."""
        vector: Vectors = self.encoder.encode([text])[0]
        return vector

    def question(self, entry: str, lang: str | None) -> str | None:
        """How an entry is asked for where `lang` is searched; None where it is not there."""
        part = self.index.part(lang)
        found = part.by_id.get(entry) if part else None
        return found.question if found else None

    def language(self, text: str, hint: str | None = None) -> Guess:
        """Language of a message, helped by the conversation's and by what the entries know."""
        return self.languages.detect(text, hint, self.index.known_words(text))

    def learn(self, entries: Sequence[FaqEntry]) -> None:
        """Replace the whole index, calibrated anew, at the same costs."""
        index = FaqIndex.build(entries, self.encoder, costs=self.index.costs)
        self.index = replace(index, fall_back=self.index.fall_back)

    def searched(self, text: str, lang: str) -> tuple[str, ...]:
        """What is looked up for a message: itself without slips and strange numbers, and after it
        the sentences of a story, one of which asks while the others only drown it."""
        spelled = self.index.spelled(text, lang, self.encoder.is_word)
        return (spelled, *told(spelled))

    def ask(
        self,
        text: str,
        lang: str | None = None,
        vector: Vectors | None = None,
        encode: Encode | None = None,
    ) -> Asked:
        """Ranked matches for a message and the answer, or None where there is none to give.

        `encode` makes the vectors of `searched` that `vector` is not; by default the encoder.
        """
        index, encode = self.index, encode or self.encoder.encode
        known = index.languages
        if lang is None or lang not in known:
            lang = known[0] if len(known) == 1 else lang or self.language(text).lang
        if not text.strip():
            return Asked(lang, (), None, ())
        wanted = self.searched(text, lang)
        if vector is None or wanted != (text,):
            vectors = encode(wanted)
        else:
            vectors = np.asarray(vector, dtype=np.float32).reshape(1, -1)
        each = index.search_each(wanted, vectors, lang)
        ranked = max(each, key=lambda found: found[0].score if found else 0.0)
        close = index.closest(ranked)
        part = index.part(lang)
        together = sum(match.score for match in close)
        unsure = bool(close) and part is not None and together >= part.calibration.threshold
        return Asked(lang, tuple(ranked), index.decide(ranked, lang), close, unsure)

    def turn(
        self,
        history: Sequence[Turn],
        text: str,
        lang: str | None = None,
        vector: Vectors | None = None,
        at: float | None = None,
    ) -> Judged:
        """Judge a customer's turn after the earlier ones of the episode, oldest first; `at` is when
        it was said, in seconds of the clock of `history`."""
        lang = lang or self.language(text).lang
        vector = self.encode(text) if vector is None else np.asarray(vector, dtype=np.float32)
        now = Turn(text, vector, lang, at=at)
        return Judged(
            self.requests.judge(text, vector, lang, message=len(history)),
            self.moods.judge(Dialogue((*history, now))),
        )
