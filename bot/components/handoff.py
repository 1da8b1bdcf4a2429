"""Whether a person is needed: asked for, or by how the customer takes it over the dialogue."""

from __future__ import annotations

import time
from typing import Any, Optional

from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot.components.component import (
    MessageComponent,
    episode_of,
    lang_of,
    leave,
    number_of,
    text_of,
)
from bot.components.heard import HUMAN, LANGUAGE, MOOD, evidence_json, seq_of
from bot.components.shared import judge, vector_of
from bot.nlu.dialogue import Outcome, Turn
from bot.nlu.frustration import Mood
from bot.nlu.human import Request
from bot.policies.memory import Memory
from bot.vocabulary import Slot

REPEATS = "repeats_self"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class HandoffDetector(MessageComponent):
    """Leaves `human` and `mood`. Their evidence names messages by their numbers in the log."""

    def process(
        self,
        messages: list[Message],
        tracker: Optional[DialogueStateTracker] = None,  # noqa: UP045 - Rasa reads no `| None`
    ) -> list[Message]:
        for message in messages:
            text = text_of(message)
            if not text:
                continue
            earlier = earlier_turns(tracker, episode_of(message))
            judged = judge().turn(
                [turn for _, turn in earlier],
                text,
                lang_of(message),
                vector_of(text),
                at=time.time(),
            )
            seqs = [seq for seq, _ in earlier] + [number_of(message)]
            leave(message, HUMAN, human(judged.request, seqs))
            leave(message, MOOD, mood(judged.mood, seqs))
        return messages


def human(request: Request, seqs: list[int]) -> dict[str, Any]:
    return {
        "score": round(request.score, 4),
        "decided": request.decided,
        "offer": request.offer,
        "evidence": evidence_json(request.evidence, seqs),
    }


def mood(mood: Mood, seqs: list[int]) -> dict[str, Any]:
    return {
        "score": round(mood.score, 4),
        "frustrated": mood.frustrated,
        "hand_over": mood.hand_over,
        "repeats": any(one.signal == REPEATS for one in mood.evidence),
        "evidence": evidence_json(mood.evidence, seqs),
    }


def earlier_turns(tracker: DialogueStateTracker | None, episode: int) -> list[tuple[int, Turn]]:
    """The customer's turns of this episode so far, by their numbers, with what came of each."""
    if tracker is None:
        return []
    memory = Memory.from_slot(tracker.get_slot(Slot.MEMORY)).of_episode(episode)
    heard = [
        (seq_of(event.metadata), event)
        for event in tracker.events
        if isinstance(event, UserUttered) and event.text and seq_of(event.metadata) > episode
    ]
    return [
        (
            seq,
            Turn(
                text=event.text,
                vector=vector_of(event.text),
                lang=(event.parse_data.get(LANGUAGE) or {}).get("code"),
                outcome=memory.outcomes.get(str(seq), Outcome.NONE),
                at=event.timestamp,
            ),
        )
        for seq, event in heard
    ]
