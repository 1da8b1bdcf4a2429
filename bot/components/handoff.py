"""Whether a person is needed: asked for, or by how the customer takes it over the dialogue."""

from __future__ import annotations

import time
from typing import Any, Optional

from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.training_data.message import Message

from bot import overheard
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
from bot.nlu.frustration import Frustration, Mood
from bot.nlu.human import Request
from bot.policies.memory import Memory
from bot.vocabulary import Slot

REPEATS = "repeats_self"
ALL_IN_ALL = "losing_patience"  # the score that the signals of a mood add up to


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class HandoffDetector(MessageComponent):
    """Leaves `human` and `mood`. Their evidence names messages by their numbers in the log.

    `offer` and `hand_over` in config.yml: scores of lost patience from which on a person is
    offered, and the conversation goes to one; by default those that were found in training.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"offer": None, "hand_over": None}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> HandoffDetector:
        """Raises ValueError for thresholds that cannot be."""
        if config["offer"] is not None or config["hand_over"] is not None:
            judge().moods = Frustration.load(offer=config["offer"], hand_over=config["hand_over"])
        return cls()

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
            found = judge().turn(
                [turn for _, turn in earlier],
                text,
                lang_of(message),
                vector_of(text),
                at=time.time(),
            )
            seqs = [seq for seq, _ in earlier] + [number_of(message)]
            leave(message, HUMAN, human(found.request, seqs, judge().requests.decide_at))
            moods = judge().moods
            found_mood = mood(found.mood, seqs, moods.offer_at, moods.hand_over_at)
            leave(message, MOOD, found_mood)
            overheard.tell(found_mood)
        return messages


def human(request: Request, seqs: list[int], decide_at: float) -> dict[str, Any]:
    return {
        "score": round(request.score, 4),
        "decided": request.decided,
        "offer": request.offer,
        "evidence": [
            {**one, "threshold": decide_at} for one in evidence_json(request.evidence, seqs)
        ],
    }


def mood(mood: Mood, seqs: list[int], offer_at: float, hand_over_at: float) -> dict[str, Any]:
    """Its signals have no thresholds of their own: what they add up to is held against one."""
    evidence = evidence_json(mood.evidence, seqs)
    if mood.frustrated or mood.hand_over:
        threshold = hand_over_at if mood.hand_over else offer_at
        score = round(mood.score, 4)
        whole = {"signal": ALL_IN_ALL, "message": seqs[-1], "score": score, "threshold": threshold}
        evidence.append(whole)
    return {
        "score": round(mood.score, 4),
        "reaches": round(mood.reaches, 3),
        "enough": round(hand_over_at, 4),
        "frustrated": mood.frustrated,
        "hand_over": mood.hand_over,
        "repeats": any(one.signal == REPEATS for one in mood.evidence),
        "evidence": evidence,
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
