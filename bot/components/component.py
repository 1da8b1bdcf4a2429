"""What our message components have in common: nothing to train, nothing to configure."""

from __future__ import annotations

from typing import Any, Self

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.heard import LANGUAGE, seq_of


class MessageComponent(GraphComponent):  # type: ignore[misc]
    """Leaves what a core finds on each message, in `parse_data`."""

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> Self:
        return cls()


def text_of(message: Message) -> str:
    return str(message.get(TEXT) or "")


def number_of(message: Message) -> int:
    """The log's number of the message."""
    return seq_of(message.get(METADATA))


def hint_of(message: Message) -> str | None:
    """The language that the channel knows of the customer."""
    lang = (message.get(METADATA) or {}).get("lang")
    return lang if isinstance(lang, str) else None


def episode_of(message: Message) -> int:
    """The log's number of the last return to the bot."""
    return int((message.get(METADATA) or {}).get("episode") or 0)


def lang_of(message: Message) -> str | None:
    """The language that was found in the message."""
    code = (message.get(LANGUAGE) or {}).get("code")
    return code if isinstance(code, str) else None


def leave(message: Message, key: str, found: dict[str, Any]) -> None:
    message.set(key, found, add_to_output=True)
