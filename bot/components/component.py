"""What our message components have in common: nothing to train, nothing to configure."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import Any, Self

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import METADATA, TEXT
from rasa.shared.nlu.training_data.message import Message

from bot.components.heard import LANGUAGE, seq_of
from bot.nlu.encoder import MANIFEST_FILE, encoder_folder

BOT = Path(__file__).resolve().parents[1]


@cache
def cores() -> str:
    """Hash of the cores and of the encoder in use: what they made before is trained anew when they
    change, though Rasa's own fingerprint sees only the component's class."""
    whole = hashlib.sha256()
    made_by = (*BOT.glob("nlu/*.py"), *BOT.glob("search/*.py"), *BOT.glob("search/pretrained/*"))
    for file in sorted(made_by):
        whole.update(file.read_bytes())
    whole.update((encoder_folder() / MANIFEST_FILE).read_bytes())
    return whole.hexdigest()


class MessageComponent(GraphComponent):  # type: ignore[misc]
    """Leaves what a core finds on each message, in `parse_data`."""

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        return cores()

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
