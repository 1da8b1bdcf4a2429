"""What stands between customers' words and Rasa 3.6: each guard names what it prevents.

docs/guards.md lists them all, with what Rasa does without them.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, NoReturn

import structlog
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from rasa.core.actions.action import RemoteAction
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.constants import EXTERNAL_MESSAGE_PREFIX

# Characters, as many as the log keeps: a stock pipeline took 38 s for 100 kB, ours .05 s for these.
TEXT_LIMIT = 4_000
VALUE_LIMIT = 200  # characters of an entity's value
LONE_SLASH = "\u2215"
SHORTEST_SECRET = 3  # masking every "a" of a log would hide the log


class NotOurs(RuntimeError):
    """Rasa runs with something else than what this project configured."""


def plain(text: str) -> str:
    """`text` as Rasa may see it: TEXT_LIMIT characters at most, never a command, always UTF-8.

    Rasa strips a message and takes a leading slash for an intent with slots, and EXTERNAL: for a
    trigger. Somebody who types "/human" means the word, so the slash goes and the word stays.
    """
    text = text.encode("utf-8", "replace").decode("utf-8").replace("\x00", " ")
    text = text[:TEXT_LIMIT].strip()
    external = EXTERNAL_MESSAGE_PREFIX.strip()
    while text.startswith((INTENT_MESSAGE_PREFIX, external)):
        if text.startswith(INTENT_MESSAGE_PREFIX):
            text = text.lstrip(INTENT_MESSAGE_PREFIX).strip() or LONE_SLASH
        else:
            text = (text[: len(external) - 1] + " " + text[len(external) :]).strip()
    return text


def entities(given: object) -> list[dict[str, str]]:
    """A button's entities as Rasa takes them: short strings only, whatever the payload holds."""
    if not isinstance(given, Mapping):
        return []
    return [
        {"entity": name, "value": value, "extractor": "button"}
        for name, value in given.items()
        if isinstance(name, str) and isinstance(value, str) and len(value) <= VALUE_LIMIT
    ]


def reraise(error: Exception) -> NoReturn:
    """In place of Rasa's own handler, which answers as if to a stranger when a read fails."""
    raise error


def fail_openly(agent: Any, expected: type) -> None:
    """Make tracker store errors fail the turn, and refuse to run with another tracker store.

    Rasa falls back to a store in memory, silently, when `endpoints.yml` names a class that it
    cannot import; raises NotOurs then.
    """
    wrapper = agent.tracker_store
    inner = getattr(wrapper, "_tracker_store", wrapper)
    if not isinstance(inner, expected):
        raise NotOurs(
            f"The tracker store is {type(inner).__name__}, not {expected.__name__}: "
            "check tracker_store.type in endpoints.yml and the log of its import."
        )
    wrapper._on_tracker_store_error = reraise


def compile_action_check() -> None:
    """Check action servers' answers against the same schema, compiled once.

    Rasa checks the schema itself anew at every call, which takes longer than the rest of the turn.
    """
    schema = RemoteAction.action_response_format_spec()
    check = validator_for(schema)(schema)

    def validated(self: RemoteAction, result: dict[str, Any]) -> bool:
        check.validate(result)
        return True

    RemoteAction._validate_action_result = validated


_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)
_heard: ContextVar[tuple[str, ...]] = ContextVar("heard", default=())


@contextlib.contextmanager
def unquoted(*words: str) -> Iterator[None]:
    """While this lasts, log lines of this task do not show `words`, a customer's."""
    secrets = sorted({word for word in words if len(word) >= SHORTEST_SECRET}, key=len)
    token = _heard.set(tuple(reversed(secrets)))
    try:
        yield
    finally:
        _heard.reset(token)


def masked(text: str) -> str:
    """`text` without what the customer of this turn has said, also as repr and JSON show it."""
    for secret in _heard.get():
        for form in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            text = text.replace(form, "[…]")
    return text


class Unquoted(logging.Filter):
    """Keeps customers' words out of a handler's records, tracebacks included."""

    def filter(self, record: logging.LogRecord) -> bool:
        if not _heard.get():
            return True
        record.msg, record.args = masked(record.getMessage()), None
        if record.exc_info:
            record.exc_text = masked(logging.Formatter().formatException(record.exc_info))
        return True


def quiet_logs() -> None:
    """Put the filter on every handler of the root logger, once. structlog ends there too.

    Its tracebacks show the local variables, cut off so that no filter knows them: no more.
    """
    processors = structlog.get_config()["processors"]
    processors[:] = [
        _TRACEBACKS if one is structlog.processors.dict_tracebacks else one for one in processors
    ]
    for handler in logging.getLogger().handlers:
        if not any(isinstance(one, Unquoted) for one in handler.filters):
            handler.addFilter(Unquoted())
