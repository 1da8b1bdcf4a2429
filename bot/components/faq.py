"""What the FAQ has to say about a message: Rasa's ResponseSelector, with a right to say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Optional

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.component import MessageComponent, episode_of, lang_of, leave, text_of
from bot.components.heard import FAQ
from bot.components.shared import entry_of, judge, vector_of, vectors_of
from bot.faq import FaqEntry
from bot.importer import ENTRY
from bot.nlu import courtesy
from bot.nlu.questions import shortened
from bot.nlu.tried import attempts, left_of, named
from bot.policies.memory import Memory
from bot.reading import Reading, read
from bot.search.calibration import Costs
from bot.search.index import FALL_BACK, FaqIndex
from bot.vocabulary import Slot

MOST = 5  # matches left on the message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqRetriever(MessageComponent):
    """Leaves `faq`: `{answered, unsure, close: [id], matches: [[id, probability]]}`, best first.

    `unsure`: either of the two `close` ones may be meant, and a question tells which. What else was
    heard comes with it where there is something: `pieces` of a message with several questions,
    `follows` for one that goes on from the last answer, what was `tried`, and what that leaves.
    Training builds and calibrates the index from the FAQ entries of the training data; the model
    carries it. `fall_back` in config.yml: languages whose entry is given where one's own has none;
    `costs`: of a wrong and of a missed answer, from which the thresholds follow (`Costs`).
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"fall_back": list(FALL_BACK), "costs": {}}

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, costs: Costs | None = None
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self._costs = costs

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqRetriever:
        """Raises ValueError, naming the setting, for costs that are none."""
        return cls(model_storage, resource, Costs.of(config["costs"]))

    def train(self, training_data: TrainingData) -> Resource:
        index = FaqIndex.build(entries_of(training_data), judge().encoder, costs=self._costs)
        with self._model_storage.write_to(self._resource) as folder:
            index.save(folder / "index")
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> FaqRetriever:
        """Raises IndexMismatch when the index was made with another encoder."""
        with model_storage.read_from(resource) as folder:
            index = FaqIndex.load(folder / "index", judge().encoder)
        judge().index = replace(index, fall_back=tuple(config.get("fall_back", FALL_BACK)))
        return cls(model_storage, resource)

    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa reads no `| None`
    ) -> list[Message]:
        for message in messages:
            text, lang = text_of(message), lang_of(message)
            slot = tracker.get_slot(Slot.MEMORY) if tracker else None
            memory = Memory.from_slot(slot).of_episode(episode_of(message))
            found = read(judge(), text, lang, vector_of(text), memory.last, vectors_of)
            leave(message, FAQ, {**as_left(found), **left_over(found, text, memory)})
        return messages


def as_left(reading: Reading) -> dict[str, Any]:
    """What stays on the message of how it was read: ids, numbers, and words of its own."""
    asked = reading.asked
    left: dict[str, Any] = {
        "answered": asked.answered,
        "unsure": asked.unsure,
        "close": [match.id for match in asked.choices],
        "matches": [[match.id, round(match.score, 4)] for match in asked.ranked[:MOST]],
    }
    if reading.pieces:
        left["pieces"] = [
            [shortened(courtesy.without(piece.text)), piece.entry] for piece in reading.pieces
        ]
    if reading.follows:
        entry, score = reading.follows
        left["follows"] = [entry, round(score, 4)]
    if reading.quote:
        left["quote"] = reading.quote
    return left


def left_over(reading: Reading, text: str, memory: Memory) -> dict[str, Any]:
    """What was tried, which of the entries at hand it leaves something of, and which ones sell."""
    said = attempts(text)
    if memory.remedy:  # the question was what they have tried
        asked_of = entry_of(memory.remedy, reading.asked.lang)
        said = named(text, asked_of.answer, asked_of.lang, vectors_of)
    entries = {match.id: match.entry for match in reading.asked.ranked[:MOST]}
    names = [piece.entry for piece in reading.pieces if piece.entry]
    names += [*([memory.remedy] if memory.remedy else ())]
    names += [*([reading.follows[0]] if reading.follows else ()), *memory.close]
    entries |= {name: entry_of(name, reading.asked.lang) for name in names if name not in entries}
    found: dict[str, Any] = {
        "promotes": [name for name, one in entries.items() if one.promotes],
        "remedies": [name for name, one in entries.items() if one.remedy],
    }
    if tried := list(dict.fromkeys([*memory.tried, *said])):
        lefts = {
            name: left_of(entry.answer, tried, entry.lang, vectors_of)
            for name, entry in entries.items()
        }
        found["tried"] = list(said)
        found["spent"] = [name for name, left in lefts.items() if left.spent]
        found["rests"] = {
            name: [left.span, left.text]
            for name, left in lefts.items()
            if left.span and not left.spent
        }
    return {key: value for key, value in found.items() if value}


def entries_of(training_data: TrainingData) -> Iterator[FaqEntry]:
    """The FAQ as `bot.importer` wove it into the training data."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for message in training_data.training_examples:
        entry = message.get(ENTRY)
        if entry:
            known = found.setdefault((entry["lang"], entry["id"]), {**entry, "questions": []})
            known["questions"].append(message.get(TEXT))
    for entry in found.values():
        yield FaqEntry(**{**entry, "questions": tuple(entry["questions"])})
