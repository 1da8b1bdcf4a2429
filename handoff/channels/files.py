"""What an adapter needs of the files: the content of one."""

from __future__ import annotations

from typing import Protocol

from handoff.model import ConversationId


class Content(Protocol):
    async def read(self, conversation: ConversationId, id: str) -> bytes:
        """The stored file. Raises DeliveryError(FILE_GONE)."""
