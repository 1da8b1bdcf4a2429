"""Nothing that a customer types becomes a command of Rasa's, and nothing of it shows in a log."""

from __future__ import annotations

import json
import logging
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from rasa.core.actions.action import RemoteAction
from rasa.core.channels.channel import UserMessage
from rasa.core.tracker_store import FailSafeTrackerStore, InMemoryTrackerStore
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.nlu.training_data.message import Message

from bot import guards
from handoff.text import LONGEST

SPACES = "\xa0\u3000\x1c\x85\u2028\u1680\n\t \u200b"
COMMANDS = [
    "/restart",
    '/inform{"role":"admin"}',
    "/greet@0.9",
    "/session_start",
    "/back",
    "//greet",
    "/ /greet",
    "EXTERNAL: greet",
    "EXTERNAL: /greet",
    "/EXTERNAL: greet",
    "/x{" + "[" * 100_000,
    '/inform{"order_id":NaN}',
]


def as_rasa_reads(text: str) -> Message:
    """What the handler that is part of every Rasa pipeline makes of a text."""
    heard = UserMessage(text)
    domain = Domain.from_dict({"version": "3.1", "intents": ["greet", "inform", "restart", "x"]})
    handler = RegexMessageHandler()
    return handler.process([Message(data={"text": heard.text})], domain)[0]


@given(
    st.text(alphabet=st.characters(), max_size=60),
    st.sampled_from(["", *SPACES, "/", "/ ", "EXTERNAL:", "EXTERNAL: "]),
    st.sampled_from(["", "/", "/greet", "EXTERNAL:"]),
)
def test_no_text_in_unicode_is_a_command(body: str, before: str, command: str) -> None:
    text = guards.plain(before + command + body)
    message = as_rasa_reads(text)
    assert not UserMessage(text).text.startswith(("/", "EXTERNAL:"))
    assert message.get("intent") is None
    assert message.get("entities") is None
    text.encode("utf-8")


@pytest.mark.parametrize("command", COMMANDS, ids=lambda text: text[:30])
@pytest.mark.parametrize("space", ["", *SPACES])
def test_commands_become_plain_text(command: str, space: str) -> None:
    assert as_rasa_reads(guards.plain(space + command)).get("intent") is None


def test_the_word_behind_a_slash_is_kept() -> None:
    assert guards.plain(" /human") == "human"
    assert guards.plain("/") == guards.LONE_SLASH
    assert guards.plain("either/or") == "either/or"


def test_rasa_sees_a_thousand_characters_at_most() -> None:
    assert len(guards.plain("é" * 100_000)) == LONGEST, "whatever the log keeps"


def test_lone_surrogates_and_nulls_do_not_reach_rasa() -> None:
    assert guards.plain("a\ud800b\x00c").isprintable()


@pytest.mark.parametrize(
    "given_entities",
    [None, [], "x", {"a": 1}, {"a": {"b": 1}}, {"a": float("nan")}, {"a": "x" * 201}, {1: "x"}],
)
def test_only_short_strings_are_entity_values(given_entities: object) -> None:
    assert guards.entities(given_entities) == []


def test_a_buttons_entity() -> None:
    assert guards.entities({"entry": "cancel-order"}) == [
        {"entity": "entry", "value": "cancel-order", "extractor": "button"}
    ]


class BrokenStore(InMemoryTrackerStore):  # type: ignore[misc]
    async def retrieve(self, sender_id: str) -> Any:
        raise ConnectionError("away")

    async def save(self, tracker: Any) -> None:
        raise ConnectionError("away")


async def test_a_tracker_store_error_fails_the_turn() -> None:
    store = FailSafeTrackerStore(BrokenStore(Domain.empty()))
    agent = SimpleNamespace(tracker_store=store)
    # Rasa as it is: a read that fails is a stranger's conversation.
    assert await store.retrieve("x") is None
    guards.fail_openly(agent, BrokenStore)
    with pytest.raises(ConnectionError):
        await store.retrieve("x")
    with pytest.raises(ConnectionError):
        await store.save(None)


def test_another_tracker_store_is_refused() -> None:
    agent = SimpleNamespace(
        tracker_store=FailSafeTrackerStore(InMemoryTrackerStore(Domain.empty()))
    )
    with pytest.raises(guards.NotOurs, match="InMemoryTrackerStore, not BrokenStore"):
        guards.fail_openly(agent, BrokenStore)


def test_action_answers_are_still_checked() -> None:
    guards.compile_action_check()
    action = RemoteAction("action_answer", None)
    assert action._validate_action_result({"events": [], "responses": [{"text": "a"}]})
    with pytest.raises(Exception, match="is not of type 'array'"):
        action._validate_action_result({"events": "none"})


def caught(caplog: pytest.LogCaptureFixture) -> str:
    return "\n".join(caplog.handler.format(record) for record in caplog.records)


@pytest.mark.parametrize(
    "words", ["my card is 4111", 'say "quote"\nand line', "не работает", "olé"]
)
def test_customers_words_do_not_show_in_logs(caplog: pytest.LogCaptureFixture, words: str) -> None:
    caplog.handler.addFilter(guards.Unquoted())
    log = logging.getLogger("rasa.somewhere")
    with guards.unquoted(words):
        log.warning("got %s", words)
        log.warning("got %r", words)
        log.warning(json.dumps({"text": words}))
        try:
            raise ValueError(words)
        except ValueError:
            log.exception("failed")
    log.warning("the end")
    text = caught(caplog)
    assert words not in text
    assert json.dumps(words)[1:-1] not in text
    assert text.count("[…]") >= 4
    assert text.endswith("the end")


def test_structlogs_tracebacks_show_no_local_variables() -> None:
    processors: list[Any] = [
        structlog.processors.dict_tracebacks,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(processors=processors)
    try:
        guards.quiet_logs()
        assert structlog.processors.dict_tracebacks not in processors
        assert len(processors) == 2
    finally:
        structlog.reset_defaults()
