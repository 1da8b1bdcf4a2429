"""What the FAQ has to say about a message: Rasa's ResponseSelector, with a right to say nothing."""

from __future__ import annotations

from typing import Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.components.component import MessageComponent, leave, text_of
from bot.components.heard import FAQ, LANGUAGE
from bot.components.shared import judge
from bot.vocabulary import Slot

MOST = 5  # matches left on the message


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class FaqRetriever(MessageComponent):
    """Leaves `faq`: `{answered, unsure_between: [id], matches: [[id, probability]]}`, best first."""

    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa reads no `| None`
    ) -> list[Message]:
        before = tracker.get_slot(Slot.LANG) if tracker else None
        for message in messages:
            lang = (message.get(LANGUAGE) or {}).get("code") or before
            found = judge().ask(text_of(message), lang)
            leave(
                message,
                FAQ,
                {
                    "answered": found.answered,
                    "unsure_between": list(found.unsure_between),
                    "matches": [[id, round(score, 4)] for id, score in found.ranked[:MOST]],
                },
            )
        return messages
