"""Whose conversation it is, by what a platform calls its customers."""

from __future__ import annotations

import hashlib
import hmac
import re

from handoff import keys
from handoff.channels.contract import Incoming
from handoff.model import ConversationId, Owner
from handoff.store import Store, reaching
from handoff.text import clean_name
from handoff.tokens import new_conversation_id

LANGUAGE = re.compile(r"[a-z]{2,3}")
TOLD_AGAIN = 24 * 3600  # seconds until a group is told again that we do not talk there


class Customers:
    """All may raise Unavailable."""

    def __init__(self, store: Store) -> None:
        self.store = store

    async def conversation(self, channel: str, one: Incoming) -> tuple[ConversationId, Owner]:
        """The customer's conversation, made when there is none, and who owns it."""
        mapping = keys.external(channel, hashed(self.store, one.external))
        name, lang = clean_name(one.name) or "", language(one.lang)
        while True:
            cid = ConversationId(
                await self.store.run("find_external", [mapping], new_conversation_id(), again=True)
            )
            result = await self.store.on_conversation(
                "enter", cid, channel, one.external, mapping, lang, name
            )
            if result[0] == "OK":
                return cid, Owner(result[2].partition(":")[0])
            # Erased since: that conversation stays gone, this message begins another one.

    async def known(self, channel: str, external: str) -> ConversationId | None:
        """Their conversation, if there is one."""
        with reaching():
            found = await self.store.redis.get(keys.external(channel, hashed(self.store, external)))
        return ConversationId(found) if found else None

    async def external_of(self, cid: ConversationId) -> str:
        """What the platform calls the customer of this conversation; "" for none."""
        with reaching():
            found = await self.store.redis.hget(keys.conversation(cid), "external")
        return str(found or "")

    async def first_time_told(self, channel: str, external: str) -> bool:
        """True once a day: a group is told once that we do not talk there."""
        with reaching():
            key = keys.told(channel, hashed(self.store, external))
            return bool(await self.store.redis.set(key, "1", nx=True, ex=TOLD_AGAIN))

    async def first_time_asked(self, cid: ConversationId) -> bool:
        """True once: a platform that will not say who somebody is is not asked with each word."""
        with reaching():
            return bool(await self.store.redis.hsetnx(keys.conversation(cid), "introduced", "1"))

    async def introduced(self, cid: ConversationId, name: str, lang: str) -> None:
        """Their name and language, as the platform knows them."""
        known, tag = clean_name(name) or "", language(lang)
        if known or tag:
            await self.store.on_conversation("introduce", cid, known, tag)


def language(tag: str) -> str:
    """`nl` of `nl`, `nl-BE` and `nl_NL`; "" for what is no language."""
    found = LANGUAGE.fullmatch(tag.replace("_", "-").partition("-")[0].lower())
    return found[0] if found else ""


def hashed(store: Store, external: str) -> str:
    """Of fixed length and alphabet, whatever a platform calls its customers; and in key names,
    which logs and monitors show, no id of anybody."""
    digest = hmac.new(store.epoch.encode(), external.encode(), hashlib.sha256)
    return digest.hexdigest()[:40]
