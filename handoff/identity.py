"""One person on several channels: linked when they prove it, or by an agent; every link can be
undone.

Conversations stay what they are, each with its channel, owner and log. Links are edges between two
of them; a person is all that hangs together. Only agents see it: a customer never reads on one
channel what was said on another.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from handoff import keys
from handoff.log import NotFound, appended, encoded
from handoff.model import FOR_AGENTS, ConversationId, Kind, Sender
from handoff.store import Store, reaching

LIFE = 30 * 60  # seconds during which a link of the website's leads on
PREFIX = "c_"  # how a link that continues a conversation begins, among others that one may make
CUSTOMER = "customer"
MOST = 100  # conversations of one person that are looked for


@dataclass(frozen=True)
class Link:
    """Why two conversations are one person's. `by` is `customer` or `agent:<id>`."""

    id: str
    by: str
    first: ConversationId
    second: ConversationId
    time: int

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "by": self.by,
            "conversations": [self.first, self.second],
            "time": self.time,
        }


class Identity:
    """All may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def offer(self, cid: ConversationId) -> str:
        """A word that whoever has this conversation's token may carry to another channel. Good for
        30 minutes and for one use; fits into a deep link."""
        token = PREFIX + secrets.token_urlsafe(24)
        with reaching():
            await self.store.redis.set(keys.continuing(_hashed(token)), cid, ex=LIFE)
        return token

    async def redeem(self, token: str, cid: ConversationId) -> bool:
        """The customer of `cid` brought this word along: they are one person. False when it is too
        old, was used, or was never given out."""
        with reaching():
            origin = await self.store.redis.getdel(keys.continuing(_hashed(token)))
        if not origin or origin == cid:
            return False
        try:
            await self.link(ConversationId(origin), cid, CUSTOMER)
        except NotFound:
            return False
        return True

    async def link(self, first: ConversationId, second: ConversationId, by: str) -> Link | None:
        """They are one person's. None when that was known. Raises NotFound."""
        if first == second or second in await self.conversations(first):
            return None
        with reaching():
            seconds, _ = await self.store.redis.time()
        link = Link(secrets.token_hex(8), by, first, second, int(seconds) * 1000)
        ends = (first, second)
        names = [*map(keys.conversation, ends), *map(keys.links, ends)]
        if not await self.store.run("link", names, link.id, encoded(asdict(link)), again=True):
            raise NotFound("one of the conversations is not there")
        await self._note(link, "linked", by)
        return link

    async def undo(self, cid: ConversationId, id: str, by: str) -> None:
        """They are not. `cid` is any conversation of the person's. Raises NotFound."""
        link = next((one for one in await self.links(cid) if one.id == id), None)
        if link is None:
            raise NotFound("no such link")
        names = [keys.links(link.first), keys.links(link.second)]
        await self.store.run("unlink", names, id, again=True)
        await self._note(link, "unlinked", by)

    async def conversations(self, cid: ConversationId) -> Sequence[ConversationId]:
        """The person's other conversations."""
        links = await self.links(cid)
        ends = {end for link in links for end in (link.first, link.second)}
        return sorted(ends - {cid})

    async def links(self, cid: ConversationId) -> Sequence[Link]:
        """How the person's conversations hang together, oldest first."""
        found: dict[str, Link] = {}
        known: set[ConversationId] = set()
        new = {cid}
        while new and len(known) < MOST:
            with reaching():
                async with self.store.redis.pipeline(transaction=False) as pipe:
                    for one in new:
                        pipe.hvals(keys.links(one))
                    rows = await pipe.execute()
            known |= new
            links = [Link(**json.loads(text)) for texts in rows for text in texts]
            found |= {link.id: link for link in links}
            new = {end for link in links for end in (link.first, link.second)} - known
        return sorted(found.values(), key=lambda link: (link.time, link.id))

    async def _note(self, link: Link, notice: str, by: str) -> None:
        """In both logs, for agents: who they turned out to be, and since when."""
        for cid, other in ((link.first, link.second), (link.second, link.first)):
            params = {"link": link.id, "conversation": other, "by": by}
            body = encoded({"notice": notice, "for": FOR_AGENTS, "params": params})
            try:
                appended(
                    await self.store.on_conversation(
                        "append_desk", cid, Sender.DESK, Kind.NOTICE, f"{notice}-{link.id}", body
                    )
                )
            except NotFound:
                continue  # erased meanwhile


def _hashed(token: str) -> str:
    return sha256(token.encode("utf-8", "replace")).hexdigest()
