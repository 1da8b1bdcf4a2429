"""Which language the customer writes."""

from __future__ import annotations

from typing import Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.components.component import MessageComponent, hint_of, leave, text_of
from bot.components.heard import LANGUAGE
from bot.components.shared import judge
from bot.vocabulary import Slot


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class LanguageDetector(MessageComponent):
    """Leaves `language`: `{code, confidence}`. What the conversation was in before counts too."""

    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa reads no `| None`
    ) -> list[Message]:
        before = tracker.get_slot(Slot.LANG) if tracker else None
        for message in messages:
            guess = judge().language(text_of(message), before or hint_of(message))
            found = {"code": guess.lang, "confidence": round(guess.confidence, 3)}
            leave(message, LANGUAGE, found)
        return messages
