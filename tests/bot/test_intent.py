"""The intent classifier says after loading what it said after training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.components.intent import IntentClassifier

DATA = Path(__file__).parents[2] / "data"
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


def counted(counts: list[float]) -> Message:
    made = message([0.3, 0.4])
    made.add_features(Features(csr_matrix([counts]), "sentence", TEXT, "letters"))
    return made


def test_letters_weigh_the_same_at_any_length(
    storage: LocalModelStorage, context: ExecutionContext
) -> None:
    classifier = IntentClassifier.create(CONFIG, storage, Resource("intent"), context)
    short, long, silent = classifier._create_X(
        [counted([1, 2, 0]), counted([10, 20, 0]), counted([0, 0, 0])]
    ).toarray()
    assert short == pytest.approx(long)
    assert np.linalg.norm(short[:3]) == pytest.approx(CONFIG["letters"])
    assert silent == pytest.approx([0, 0, 0, 0.3, 0.4])


def test_what_small_talk_is_measured_on_is_not_taught() -> None:
    held = (DATA / "judgement" / "smalltalk" / "heldout.jsonl").read_text("utf-8").splitlines()
    blocks = yaml.safe_load((DATA / "nlu" / "smalltalk.yml").read_text("utf-8"))["nlu"]
    taught = {line[2:].casefold() for block in blocks for line in block["examples"].splitlines()}
    assert not taught & {json.loads(line)["text"].casefold() for line in held}


def test_questions_of_other_companies_are_questions_alone() -> None:
    said: dict[str, set[str]] = {"smalltalk.yml": set(), "questions.yml": set()}
    for name, texts in said.items():
        for block in yaml.safe_load((DATA / "nlu" / name).read_text("utf-8"))["nlu"]:
            assert (block["intent"] == "question") == (name == "questions.yml")
            texts.update(line[2:].casefold() for line in block["examples"].splitlines())
    assert not said["smalltalk.yml"] & said["questions.yml"]
