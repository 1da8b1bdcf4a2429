"""Files that people send: what is known of each is in Redis beside the log, the content on a shelf.

A file belongs to one conversation, under an id that is unique in it. Its content is put away once
and never changed.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, BinaryIO

from handoff import keys
from handoff.channels.errors import DeliveryError, Problem
from handoff.file_types import SHOWN, kind_of, type_of
from handoff.log import encoded
from handoff.model import ConversationId
from handoff.pictures import redrawn
from handoff.settings import Settings
from handoff.shelves import Bucket, Folder, Shelf
from handoff.store import Store, reaching
from handoff.text import clean_name


class State(StrEnum):
    WANTED = "wanted"  # the platform has it, we shall fetch it
    KEPT = "kept"
    LOST = "lost"  # it could not be fetched; `why` says why


@dataclass(frozen=True)
class Attachment:
    """What is known of a file. `size` in bytes; `type` is what we found it to be, once kept."""

    id: str
    kind: str
    name: str = ""
    size: int = 0
    type: str = "application/octet-stream"
    state: State = State.WANTED
    by: str = "customer"  # or "agent:<id>"
    channel: str = ""
    ref: str = ""  # the adapter fetches it by this
    tries: int = 0
    why: str = ""

    def to_json(self) -> dict[str, Any]:
        """As an entry of the log tells of it."""
        shown = {"id": self.id, "kind": self.kind, "size": self.size, "type": self.type}
        return {**shown, "name": self.name} if self.name else shown


class Files:
    """The attachments of all conversations. All may raise Unavailable."""

    def __init__(self, store: Store, shelf: Shelf, most: int) -> None:
        """`most` bytes of one file."""
        self.store = store
        self.shelf = shelf
        self.most = most
        self.room = asyncio.Semaphore(4)  # whole files in memory, each perhaps a picture at work

    async def describe(self, cid: ConversationId, id: str) -> Attachment | None:
        with reaching():
            found = await self.store.redis.hget(keys.attachments(cid), id)
        if not found:
            return None
        known = json.loads(found)
        return Attachment(**{**known, "state": State(known["state"])})

    async def want(self, cid: ConversationId, it: Attachment) -> None:
        """To be fetched from its platform, once, by whichever desk gets to it."""
        with reaching():
            await self.store.redis.hsetnx(keys.attachments(cid), it.id, encoded(asdict(it)))
        known = await self.describe(cid, it.id)
        if known is not None and known.state is State.WANTED:
            with reaching():
                await self.store.redis.zadd(keys.FETCHING, {f"{cid} {it.id}": 0}, nx=True)

    async def try_again(self, cid: ConversationId, it: Attachment, seconds: float) -> None:
        """It could not be fetched now."""
        await self._write(cid, replace(it, tries=it.tries + 1))
        with reaching():
            now, _ = await self.store.redis.time()
            due = int((now + seconds) * 1000)
            await self.store.redis.zadd(keys.FETCHING, {f"{cid} {it.id}": due}, xx=True)

    async def orphans(self) -> list[ConversationId]:
        """Conversations that have files on the shelf, and are not (any more) in the database."""
        found = [ConversationId(one) for one in await asyncio.to_thread(self.shelf.conversations)]
        if not found:
            return []
        with reaching():
            async with self.store.redis.pipeline(transaction=False) as pipe:
                for cid in found:
                    pipe.exists(keys.conversation(cid))
                there = await pipe.execute()
        return [cid for cid, is_there in zip(found, there, strict=True) if not is_there]

    async def keep(self, cid: ConversationId, it: Attachment, content: bytes) -> Attachment:
        """Put a file away; what it is follows from its content, not from what somebody says of it.
        Raises DeliveryError(TOO_BIG)."""
        if len(content) > self.most:
            raise DeliveryError(Problem.TOO_BIG)
        return await self._put(cid, replace(it, type=type_of(content, it.type)), content)

    async def _put(self, cid: ConversationId, it: Attachment, content: bytes) -> Attachment:
        kind = it.kind if it.kind in ("voice", "sticker") else kind_of(it.type)
        kept = replace(it, size=len(content), kind=kind, state=State.KEPT, ref="")
        await asyncio.to_thread(self.shelf.put, cid, shelf_name(it.id), content)
        if not await self._write(cid, kept):
            await self.forget(cid)  # erased while it was on its way
        return kept

    async def upload(
        self, cid: ConversationId, by: str, name: str, type: str, content: bytes
    ) -> Attachment:
        """A file that an agent or a customer of the website hands in. Of a picture only the picture
        is kept. Raises DeliveryError(TOO_BIG), TooDetailed, OSError."""
        found = type_of(content, type)
        if kind_of(found) == "image":
            drawn = await asyncio.to_thread(redrawn, content)
            if drawn is None:
                found = "application/octet-stream"  # it begins like a picture and is none
            content = drawn or content
        if len(content) > self.most:
            raise DeliveryError(Problem.TOO_BIG)
        id = f"u{secrets.token_hex(12)}"
        it = Attachment(id, "file", clean_name(name, 120) or "", type=found, by=by)
        return await self._put(cid, it, content)

    async def open(self, conversation: ConversationId, id: str) -> BinaryIO:
        """The content, to be read and closed in a thread. Raises DeliveryError(FILE_GONE)."""
        try:
            return await asyncio.to_thread(self.shelf.open, conversation, shelf_name(id))
        except FileNotFoundError:
            raise DeliveryError(Problem.FILE_GONE, id) from None

    async def read(self, conversation: ConversationId, id: str) -> bytes:
        """The content. Raises DeliveryError(FILE_GONE)."""
        with await self.open(conversation, id) as file:
            return await asyncio.to_thread(file.read)

    async def lose(self, cid: ConversationId, it: Attachment, why: str) -> None:
        await self._write(cid, replace(it, state=State.LOST, why=why, ref=""))

    async def forget(self, cid: ConversationId) -> None:
        """The contents of an erased conversation, and of one that never came to be."""
        await asyncio.to_thread(self.shelf.clear, cid)
        with reaching():
            if not await self.store.redis.exists(keys.conversation(cid)):
                await self.store.redis.delete(keys.attachments(cid))

    async def _write(self, cid: ConversationId, it: Attachment) -> bool:
        """False: the conversation was erased meanwhile, and nothing of it is written down."""
        with reaching():
            await self.store.redis.hset(keys.attachments(cid), it.id, encoded(asdict(it)))
            # Looked for afterwards: whichever comes second clears up.
            if not await self.store.redis.exists(keys.erased(cid)):
                return True
            await self.store.redis.delete(keys.attachments(cid))
            return False


def files_for(settings: Settings, store: Store) -> Files:
    shelf: Shelf = (
        Bucket(settings.files_bucket, settings.files_endpoint)
        if settings.files_bucket
        else Folder(settings.var_folder / "files")
    )
    return Files(store, shelf, settings.file_limit * 1024 * 1024)


def shelf_name(id: str) -> str:
    """A platform's ids may hold anything: on the shelf they are of one alphabet and length."""
    return hashlib.sha256(id.encode("utf-8", "surrogatepass")).hexdigest()[:40]


__all__ = [
    "SHOWN",
    "Attachment",
    "Bucket",
    "Files",
    "Folder",
    "Shelf",
    "State",
    "files_for",
    "kind_of",
    "type_of",
]
