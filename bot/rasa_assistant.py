"""Rasa as the worker sees it: somebody who answers a message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import aiohttp
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg.response import TemplatedNaturalLanguageGenerator
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot import guards
from bot.components.shared import warm
from bot.tracker_store import BoundedTrackerStore
from bot.turn import Collected, Said, TurnFailed, handoff_of, hear, message_id, mood_before
from bot.vocabulary import FALLBACK_LANGUAGE, LANGUAGES, Act, Slot
from handoff.model import Entry
from handoff.turns import Reply, Turn

ACTION_TIMEOUT = 10.0  # seconds; Rasa's own is 300
ACTION_ANSWER_LIMIT = 256 * 1024  # bytes
PROBE = "hello"


class RasaAssistant:
    """Answers through `on_new_message`, with the guards that Rasa itself does not have."""

    def __init__(self, agent: Any, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> None:
        self._agent = agent
        self._on_new_message = on_new_message

    async def prove(self, name: str) -> None:
        """Check that this Rasa is the configured one and can answer, by a real turn.

        Rasa says that it is up and running when no model could be loaded. Raises NotOurs.
        """
        if self._agent is None or not self._agent.is_ready():
            raise guards.NotOurs(
                "Rasa has loaded no model: train one (`make train`) and look above."
            )
        guards.fail_openly(self._agent, BoundedTrackerStore)
        guards.compile_action_check()
        if not isinstance(self._agent.processor.action_endpoint, PatientEndpoint):
            self._agent.processor.action_endpoint = PatientEndpoint.like(
                self._agent.processor.action_endpoint
            )
        conversation = f"probe:{name}"
        await self._memory.forget(conversation)
        await asyncio.to_thread(warm, PROBE)
        output = Collected("baton")
        await self._on_new_message(UserMessage(PROBE, output, conversation, input_channel="baton"))
        await self._memory.forget(conversation)
        if not output.messages:
            raise guards.NotOurs("Rasa answers nothing to a greeting: the model does not work.")

    @property
    def _memory(self) -> BoundedTrackerStore:
        store: BoundedTrackerStore = self._agent.tracker_store._tracker_store
        return store

    async def answer(self, turn: Turn, entry: Entry) -> Said:
        """What the bot says to `entry`. Raises TurnFailed, Forgotten, and store errors."""
        # Rasa runs its NLU on the event loop; encoding there would hold up all conversations.
        lang = await asyncio.to_thread(warm, guards.plain(entry.text), turn.lang)
        try:
            said = await hear(turn, entry, self._on_new_message, self._memory)
        except TurnFailed:
            decided = await self._decided(turn, entry)
            if decided is None:
                raise
            said = decided
        return replace(said, lang=lang)

    async def _decided(self, turn: Turn, entry: Entry) -> Said | None:
        """The handoff that the policy decided on, when only its action could not be run.

        Whoever asks for a person gets one, whether or not the action server lives.
        """
        tracker = await self._memory.retrieve(turn.conversation)
        if tracker is None or tracker.latest_message is None:
            return None
        if tracker.latest_message.message_id != message_id(turn, entry):
            return None
        body = (tracker.get_slot(Slot.DECISION) or {}).get("handoff")
        if not body:
            return None
        decided = handoff_of(body)
        words = self._worded(f"utter_hand_over_{decided.reason}", tracker.get_slot(Slot.LANG), turn)
        return Said((words,), decided, mood=mood_before(tracker, turn, entry))

    def apology(self, turn: Turn) -> Reply:
        """What is said when there is no answer to be had: honest, in the customer's language."""
        return self._worded(Act.UNAVAILABLE, turn.lang, turn)

    def _worded(self, response: str, lang: str | None, turn: Turn) -> Reply:
        known = lang if lang in LANGUAGES else FALLBACK_LANGUAGE
        worded = TemplatedNaturalLanguageGenerator(
            self._agent.domain.responses
        ).generate_from_slots(response, {Slot.LANG.value: known}, turn.channel)
        if not worded:
            raise TurnFailed(f"domain.yml has no {response} in {known}")
        return Reply(text=worded["text"])


class PatientEndpoint(EndpointConfig):  # type: ignore[misc]
    """The action endpoint with a kept connection, a time limit and a size limit."""

    _session: aiohttp.ClientSession | None = None

    @classmethod
    def like(cls, endpoint: EndpointConfig | None) -> PatientEndpoint:
        if endpoint is None or not endpoint.url:
            raise guards.NotOurs("endpoints.yml names no action_endpoint.")
        return cls(url=endpoint.url, headers=endpoint.headers, **endpoint.kwargs)

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """As the base class, for Rasa's `RemoteAction`, which passes `json` and a time limit."""
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=ACTION_TIMEOUT, connect=2.0)
            )
        async with self._session.request(
            method, self.url, json=kwargs.get("json"), headers=self.headers
        ) as answer:
            raw = await answer.content.read(ACTION_ANSWER_LIMIT + 1)
            while len(raw) <= ACTION_ANSWER_LIMIT and not answer.content.at_eof():
                raw += await answer.content.read(ACTION_ANSWER_LIMIT + 1 - len(raw))
            if len(raw) > ACTION_ANSWER_LIMIT:
                raise aiohttp.ClientPayloadError("the action server's answer is too long")
            if answer.status >= 400:
                # The body is left out: the SDK's error page quotes the whole conversation.
                raise ClientResponseError(answer.status, answer.reason, "")
            return json.loads(raw)

    async def close(self) -> None:
        if self._session:
            await self._session.close()
