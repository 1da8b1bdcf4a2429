"""Tokens: whoever does not have the secret has nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.tokens import ConversationTokens, new_conversation_id, secret_from_file, tokens_for

OLD, NEW = "o" * 40, "n" * 40


def test_a_token_opens_its_conversation_and_no_other() -> None:
    tokens = ConversationTokens(NEW)
    one, two = new_conversation_id(), new_conversation_id()
    assert one != two
    ticket = tokens.read(tokens.issue(one))
    assert ticket
    assert (ticket.conversation, ticket.stale) == (one, False)


@given(st.text(st.characters(codec=None), max_size=200))
def test_made_up_tokens_open_nothing(text: str) -> None:
    assert ConversationTokens(NEW).read(text) is None


@given(st.data())
def test_a_changed_token_opens_nothing(data: st.DataObject) -> None:
    tokens = ConversationTokens(NEW)
    token = tokens.issue(new_conversation_id())
    # The last character of base64 may carry bits that count for nothing.
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.characters(codec="ascii").filter(lambda c: c != token[place]))
    assert tokens.read(token[:place] + other + token[place + 1 :]) is None


def test_a_new_secret_reads_what_the_old_one_signed() -> None:
    cid = new_conversation_id()
    issued = ConversationTokens(OLD).issue(cid)
    assert ConversationTokens(NEW).read(issued) is None
    ticket = ConversationTokens(OLD, NEW).read(issued)
    assert ticket
    assert ticket.conversation == cid


def test_the_secret_is_made_once_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "token-secret"
    with ThreadPoolExecutor(16) as pool:
        secrets = set(pool.map(lambda _: secret_from_file(path), range(64)))
    assert len(secrets) == 1
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["token-secret"]


def test_a_secret_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "token-secret"
    secret_from_file(path)
    path.chmod(0o644)
    with pytest.raises(PermissionError, match="chmod 600"):
        secret_from_file(path)


def test_a_short_secret_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="32 characters"):
        tokens_for(["short"], tmp_path)
