"""The Rasa policy that carries out `bot.policies.decision`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rasa.core.policies.policy import Policy, PolicyPrediction, SupportedData
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.heard import heard_in, language_of
from bot.components.shared import entry_of
from bot.policies.buttons import typed
from bot.policies.decision import Decision, decide
from bot.policies.hearing import Piece
from bot.policies.memory import Memory
from bot.vocabulary import Act, Slot

NONE_OF_THESE = "utter_none_of_these"  # label of a button
PRIORITY = 10  # above RulePolicy's 6: of two that are certain, this one decides


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class EscalationPolicy(Policy):  # type: ignore[misc]
    """Answer, offer a person, or hand over now; small talk is left to the rules.

    At a customer's message it decides, once, and leaves plan and memory in slots; then it
    carries the plan out, action by action.
    """

    @staticmethod
    def supported_data() -> SupportedData:
        return SupportedData.ML_AND_RULE_DATA

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"priority": PRIORITY}

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Any = None,
    ) -> None:
        config = {**self.get_default_config(), **config}
        super().__init__(config, model_storage, resource, execution_context, featurizer)

    def train(
        self,
        training_trackers: list[TrackerWithCachedStates],
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """Nothing is learnt here: the models behind the evidence are trained elsewhere."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        message, done = present_turn(tracker)
        if message is None:
            return self._prediction(self._default_predictions(domain))
        if done:
            if failed(tracker):
                return self._next([Act.UNAVAILABLE.value], 0, domain)
            plan = (tracker.get_slot(Slot.DECISION) or {}).get("plan", [])
            return self._next(plan, done, domain)
        heard = typed(heard_in(message), message.text or "", last_buttons(tracker))
        memory = Memory.from_slot(tracker.get_slot(Slot.MEMORY))
        decision = decide(heard, memory)
        lang = language_of(message, tracker.get_slot(Slot.LANG))
        body = as_slot(decision, lang, domain)
        slots = {Slot.LANG: lang, Slot.MEMORY: decision.memory.to_slot(), Slot.DECISION: body}
        events: list[Event] = [
            SlotSet(name.value, value)
            for name, value in slots.items()
            if tracker.get_slot(name) != value
        ]
        return self._next(body["plan"], 0, domain, events)

    def _next(
        self, plan: list[str], done: int, domain: Domain, events: list[Event] | None = None
    ) -> PolicyPrediction:
        """The plan's next action; without a plan no opinion, and only what is to be remembered."""
        probabilities = self._default_predictions(domain)
        if plan:
            name = plan[done] if done < len(plan) else ACTION_LISTEN_NAME
            probabilities[domain.index_for_action(name)] = 1.0
        return self._prediction(probabilities, events=events)


def present_turn(tracker: DialogueStateTracker) -> tuple[UserUttered | None, int]:
    """The message that is being answered, and how many actions were run for it."""
    done = 0
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return event, done
        if isinstance(event, ActionExecuted):
            done += 1
    return None, done


def last_buttons(tracker: DialogueStateTracker) -> list[dict[str, Any]]:
    """The buttons of the bot's last turn, before the message that is being answered."""
    buttons: list[dict[str, Any]] = []
    messages = 0
    for event in reversed(tracker.events):
        messages += isinstance(event, UserUttered)
        if messages > 1:
            break
        if isinstance(event, BotUttered):
            buttons += event.data.get("buttons") or ()
    return buttons


def failed(tracker: DialogueStateTracker) -> bool:
    """Whether the last action was to say something and could not be run: Rasa passes over that.

    Not for handing over: what the decision says of it, the worker still finds in its slot.
    """
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            return False
        if isinstance(event, ActionExecuted):
            return event.action_name in (Act.ANSWER, Act.ANSWER_EACH, Act.CLARIFY)
    return False


def as_slot(decision: Decision, lang: str, domain: Domain) -> dict[str, Any]:
    """The decision as the actions read it."""
    body: dict[str, Any] = {"plan": [act.value for act in decision.plan]}
    if decision.answer is not None:
        body["answer"] = _answer(decision, lang)
    if decision.pieces:
        body["each"] = [_piece(piece, lang) for piece in decision.pieces]
    if decision.choices:
        entries = (entry_of(name, lang) for name in decision.choices)
        body["choices"] = [{"entry": one.id, "question": one.question} for one in entries]
        body["none"] = worded(domain, NONE_OF_THESE, lang)
    if decision.handoff:
        body["handoff"] = {**decision.handoff.to_json(), "priority": decision.handoff.priority}
    return body


def worded(domain: Domain, response: str, lang: str) -> str:
    """A response's text in `lang`, for what is no message of its own: a button's label.

    Rasa puts a response's own buttons before those of an action; this one comes last.
    """
    variations: list[dict[str, Any]] = domain.responses[response]
    fitting = (
        one
        for one in variations
        if any(condition["value"] == lang for condition in one.get("condition", ()))
    )
    return str(next(fitting, variations[0])["text"])


def _said(name: str, lang: str) -> dict[str, Any]:
    entry = entry_of(name, lang)
    source = {"title": entry.question, "url": entry.link} if entry.link else None
    return {"text": entry.answer, "source": source, "foreign": entry.lang != lang}


def _answer(decision: Decision, lang: str) -> Mapping[str, Any]:
    body = _said(str(decision.answer), lang)
    if decision.rest:
        body["tried"] = decision.rest.span
        body["text"] = decision.rest.text or body["text"]
    return {**body, "again": decision.again, "calm": decision.calm}


def _piece(piece: Piece, lang: str) -> dict[str, Any]:
    """One question of several; without `text` where there is no answer to it."""
    return {"question": piece.text, **(_said(piece.entry, lang) if piece.entry else {})}
