"""The intent classifier says after loading what it said after training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.components.intent import IntentClassifier

CONFIG = IntentClassifier.get_default_config() | {"max_iter": 300}
EXAMPLES = [("greeting", [1.0, 0.1]), ("thanks", [0.1, 1.0]), ("question", [-1.0, -1.0])]


def message(vector: list[float], intent: str | None = None) -> Message:
    made = Message({TEXT: "some words", INTENT: intent} if intent else {TEXT: "some words"})
    made.add_features(Features(np.array([vector]), "sentence", TEXT, "test"))
    return made


@pytest.fixture
def storage(tmp_path: Path) -> LocalModelStorage:
    return LocalModelStorage(tmp_path)


@pytest.fixture
def context() -> ExecutionContext:
    return ExecutionContext(GraphSchema({}), "model", node_name="intent")


def ranking(classifier: IntentClassifier, vector: list[float]) -> list[dict[str, Any]]:
    (heard,) = classifier.process([message(vector)])
    said: list[dict[str, Any]] = heard.get("intent_ranking")
    return said


def test_a_loaded_classifier_says_the_same(
    storage: LocalModelStorage, context: ExecutionContext
) -> None:
    resource = Resource("intent")
    trained = IntentClassifier.create(CONFIG, storage, resource, context)
    trained.train(TrainingData([message(vector, intent) for intent, vector in EXAMPLES * 4]))
    loaded = IntentClassifier.load(CONFIG, storage, resource, context)
    for intent, vector in EXAMPLES:
        said = ranking(loaded, vector)
        assert said == ranking(trained, vector)
        assert said[0]["name"] == intent
        assert sum(one["confidence"] for one in said) == pytest.approx(1.0)


def test_a_model_without_it_is_refused(
    storage: LocalModelStorage, context: ExecutionContext
) -> None:
    with pytest.raises(ValueError, match="intent"):
        IntentClassifier.load(CONFIG, storage, Resource("intent"), context)
