"""How the customer takes it, over the dialogue."""

from __future__ import annotations

from typing import Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.components.component import MessageComponent, leave, number_of, text_of
from bot.components.heard import LANGUAGE, MOOD, evidence_json, seq_of
from bot.components.shared import judge
from bot.nlu.dialogue import Outcome
from bot.policies.memory import Memory
from bot.vocabulary import Slot


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class MoodDetector(MessageComponent):
    """Leaves `mood`: `{score, upset, furious, repeats, evidence}`; `message` counts as the log does."""

    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa reads no `| None`
    ) -> list[Message]:
        for message in messages:
            earlier = earlier_turns(tracker, message)
            seqs = [seq for seq, _, _ in earlier] + [number_of(message)]
            lang = (message.get(LANGUAGE) or {}).get("code")
            mood = judge().mood(
                [(text, outcome) for _, text, outcome in earlier], text_of(message), lang
            )
            leave(
                message,
                MOOD,
                {
                    "score": round(mood.score, 4),
                    "upset": mood.frustrated,
                    "furious": mood.hand_over,
                    "repeats": mood.repeats,
                    "evidence": evidence_json(mood.evidence, seqs),
                },
            )
        return messages


def earlier_turns(
    tracker: DialogueStateTracker | None, message: Message
) -> list[tuple[int, str, Outcome]]:
    """The customer's turns of this episode before `message`: number, text, what the bot made of it."""
    if tracker is None:
        return []
    episode = int((message.get("metadata") or {}).get("episode") or 0)
    memory = Memory.from_slot(tracker.get_slot(Slot.MEMORY)).of_episode(episode)
    return [
        (seq_of(event.metadata), event.text or "", memory.outcomes.get(str(seq_of(event.metadata)), Outcome.NONE))
        for event in tracker.events
        if isinstance(event, UserUttered) and seq_of(event.metadata) > episode
    ]
