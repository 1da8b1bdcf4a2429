"""Rasa's logistic regression, with letters that weigh the same at any length, kept as plain arrays.

Counted as they come, the n-grams of a long question outweigh its vector and make the model sure of
whatever it resembles: one question in fifty of a bank was "small talk" to it.

Stock Rasa keeps it with skops, whose import walks through all of scikit-learn: two fifths of the
whole time that `rasa run` took to start.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix, hstack, vstack
from scipy.sparse.linalg import norm

LEARNT = "learnt.npz"
# All that scikit-learn's predict_proba reads of a fitted model, besides its settings.
ATTRIBUTES = ("classes_", "coef_", "intercept_")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):  # type: ignore[misc]
    """Leaves `intent` and `intent_ranking`, as the stock component does; one setting more:
    `letters`, the length to which the counted features of each message are scaled."""

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {**LogisticRegressionClassifier.get_default_config(), "letters": 8.0}

    def __init__(
        self,
        config: dict[str, Any],
        name: str,
        model_storage: ModelStorage,
        resource: Resource,
    ) -> None:
        super().__init__(config, name, model_storage, resource)
        # Most of what customers write is a question: the shares of the examples may say so.
        self.clf.set_params(class_weight=None)

    def _create_X(self, messages: list[Message]) -> csr_matrix:
        """(messages, features): counted features scaled, then the sentence vector."""
        return vstack([self._row(message) for message in messages]).tocsr()

    def _row(self, message: Message) -> csr_matrix:
        _, counted = message.get_sparse_features(attribute=TEXT)
        _, dense = message.get_dense_features(attribute=TEXT)
        parts = []
        if counted:
            row = csr_matrix(counted.features, dtype=float)
            parts.append(row * (self.config["letters"] / max(norm(row), 1e-9)))
        if dense:
            parts.append(csr_matrix(dense.features))
        return hstack(parts)

    def persist(self) -> None:
        with self._model_storage.write_to(self._resource) as folder:
            learnt = {name: np.asarray(getattr(self.clf, name)) for name in ATTRIBUTES}
            np.savez(folder / LEARNT, **{**learnt, "classes_": learnt["classes_"].astype(str)})

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> IntentClassifier:
        """What `persist` wrote; raises ValueError when the model holds no such thing."""
        component = cls(config, execution_context.node_name, model_storage, resource)
        with (
            model_storage.read_from(resource) as folder,
            np.load(folder / LEARNT, allow_pickle=False) as learnt,
        ):
            for name in ATTRIBUTES:
                setattr(component.clf, name, learnt[name])
        return component
