"""Whether the customer asks for a person."""

from __future__ import annotations

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.nlu.training_data.message import Message

from bot.components.component import MessageComponent, leave, number_of, text_of
from bot.components.heard import HUMAN, evidence_json
from bot.components.shared import judge


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class HumanRequestDetector(MessageComponent):
    """Leaves `human`: `{score, decided, offer, evidence}`."""

    def process(self, messages: list[Message]) -> list[Message]:
        for message in messages:
            request = judge().human(text_of(message))
            leave(
                message,
                HUMAN,
                {
                    "score": round(request.score, 4),
                    "decided": request.decided,
                    "offer": request.offer,
                    "evidence": evidence_json(request.evidence, [number_of(message)]),
                },
            )
        return messages
