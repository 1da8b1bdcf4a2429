"""Rasa's logistic regression, kept as plain arrays.

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

LEARNT = "learnt.npz"
# All that scikit-learn's predict_proba reads of a fitted model, besides its settings.
ATTRIBUTES = ("classes_", "coef_", "intercept_")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class IntentClassifier(LogisticRegressionClassifier):  # type: ignore[misc]
    """Leaves `intent` and `intent_ranking`, as the stock component does; same settings."""

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
