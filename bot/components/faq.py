"""What the FAQ has to say about a message: Rasa's ResponseSelector, with a right to say nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.component import MessageComponent, lang_of, leave, text_of
from bot.components.heard import FAQ
from bot.components.shared import judge, vector_of
from bot.faq import FaqEntry
from bot.importer import ENTRY
from bot.judgement import Asked
from bot.nlu.index import FaqIndex

MOST = 5  # matches left on the message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class FaqRetriever(MessageComponent):
    """Leaves `faq`: `{answered, unsure, close: [id], matches: [[id, probability]]}`, best first.

    `unsure`: one of the two `close` ones is meant, and a question tells which. Training builds and
    calibrates the index from the FAQ entries of the training data; the model carries it.
    """

    def __init__(self, model_storage: ModelStorage, resource: Resource) -> None:
        self._model_storage = model_storage
        self._resource = resource

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> FaqRetriever:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        index = FaqIndex.build(entries_of(training_data), judge().encoder)
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
            judge().index = FaqIndex.load(folder / "index", judge().encoder)
        return cls(model_storage, resource)

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            text, lang = text_of(message), lang_of(message)
            leave(message, FAQ, as_left(judge().ask(text, lang, vector_of(text))))
        return messages


def as_left(asked: Asked) -> dict[str, Any]:
    """What stays on the message: ids and numbers."""
    part = judge().index.part(asked.lang)
    together = sum(match.score for match in asked.choices)
    unsure = part is not None and not asked.answered and together >= part.calibration.threshold
    return {
        "answered": asked.answered,
        "unsure": bool(asked.choices) and unsure,
        "close": [match.id for match in asked.choices],
        "matches": [[match.id, round(match.score, 4)] for match in asked.ranked[:MOST]],
    }


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
