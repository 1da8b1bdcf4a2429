"""Conversation tokens: what a customer's browser keeps. Signed, expiring, good for one
conversation."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from handoff.model import ConversationId

LIFE = 180 * 24 * 3600  # seconds; as long as the log of a resting conversation is kept
RENEW_AFTER = 24 * 3600
SHORTEST_SECRET = 32
PURPOSE = "baton.conversation.v1"


def new_conversation_id() -> ConversationId:
    """Unguessable by itself (128 bits), so that an id in a log line is no key to anything."""
    return ConversationId(secrets.token_hex(16))


@dataclass(frozen=True)
class Ticket:
    """A token that was read: the conversation it opens; `stale` asks for a fresh one."""

    conversation: ConversationId
    stale: bool


class ConversationTokens:
    """Signs and reads tokens. The newest secret comes last and signs; older ones are still read."""

    def __init__(self, *keys: str) -> None:
        if not keys or any(len(key) < SHORTEST_SECRET for key in keys):
            raise ValueError(f"a token secret has at least {SHORTEST_SECRET} characters")
        self._signer = URLSafeTimedSerializer(
            list(keys), salt=PURPOSE, signer_kwargs={"digest_method": sha256}
        )

    def issue(self, conversation: ConversationId) -> str:
        return str(self._signer.dumps(conversation))

    def read(self, token: str) -> Ticket | None:
        """What this token opens; None for forged, foreign, expired or mangled ones."""
        if not token.isascii():  # the signer would raise on a lone surrogate
            return None
        try:
            conversation, signed = self._signer.loads(token, max_age=LIFE, return_timestamp=True)
        except BadData:
            return None
        if not isinstance(conversation, str):
            return None
        stale = time.time() - signed.timestamp() > RENEW_AFTER
        return Ticket(ConversationId(conversation), stale)


def secret_from_file(path: Path) -> str:
    """The secret kept in `path`, made at the first start; desks starting at once agree on one."""
    try:
        return _checked(path)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, fresh = tempfile.mkstemp(dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        # A link either appears with its whole content or somebody else's is there already.
        os.link(fresh, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(fresh)
    return _checked(path)


def _checked(path: Path) -> str:
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"{path} can be read by others: run `chmod 600 {path}`")
    secret = path.read_text().strip()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"{path} holds no usable secret: remove it and all customers start anew")
    return secret


def tokens_for(setting: Sequence[str], folder: Path) -> ConversationTokens:
    """From the setting where there is one (several machines share it), else from the var folder."""
    return ConversationTokens(*(setting or [secret_from_file(folder / "token-secret")]))
