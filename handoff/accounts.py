"""Who may sign in to the desk. Nobody has a default password: accounts are made through one-time
links."""

from __future__ import annotations

import asyncio
import re
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from handoff import keys
from handoff.model import AgentId
from handoff.store import Store, reaching
from handoff.text import clean_name

LINK_LIFE = 7 * 24 * 3600  # seconds an invitation can be accepted
FIRST_LINK_LIFE = 24 * 3600
SHORTEST, LONGEST = 12, 128  # characters of a password (reliability.md, section 7)
LOGIN = re.compile(r"[a-z0-9][a-z0-9._-]{1,31}")


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"


class Refused(Exception):
    """The wish cannot be granted. `message` is a sentence for the person who asked."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Account:
    """`id` is what one signs in with, `name` what customers and colleagues read."""

    id: AgentId
    name: str
    role: Role
    capacity: int | None = None  # conversations at a time, where it differs from the setting


class Passwords:
    """Argon2id with OWASP's parameters, two at a time and off the loop: hashing must not stop the
    chat."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
        self._two = asyncio.Semaphore(2)
        self._nobody = ""

    async def hash(self, password: str) -> str:
        async with self._two:
            return await asyncio.to_thread(self._hasher.hash, _normal(password))

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Takes as long for an account that does not exist (`hashed` is None) as for one that
        does."""
        if not self._nobody:
            self._nobody = await self.hash(secrets.token_hex(16))
        async with self._two:
            found = await asyncio.to_thread(self._verify, hashed or self._nobody, password)
        return found and hashed is not None

    def outdated(self, hashed: str) -> bool:
        return self._hasher.check_needs_rehash(hashed)

    def _verify(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, _normal(password))
        except (VerifyMismatchError, InvalidHashError):
            return False


class Accounts:
    """The accounts in Redis. Raises Unavailable where Redis is away."""

    def __init__(self, store: Store, passwords: Passwords | None = None) -> None:
        self.store = store
        self.passwords = passwords or Passwords()

    async def sign_in(self, login: str, password: str) -> Account | None:
        """The account whose name and password these are. The answer is None, after the same time,
        for a wrong name
        and for a wrong password."""
        id = AgentId(login.strip().casefold())
        fields: dict[str, str] = {}
        if LOGIN.fullmatch(id):
            with reaching():
                fields = await self.store.redis.hgetall(keys.account(id))
        hashed = fields.get("hash")
        if len(password) > LONGEST or not await self.passwords.matches(hashed, password):
            return None
        if hashed and self.passwords.outdated(hashed):
            fresh = await self.passwords.hash(password)
            with reaching():
                await self.store.redis.hset(keys.account(id), "hash", fresh)
        return _account(id, fields)

    async def get(self, id: AgentId) -> Account | None:
        with reaching():
            fields = await self.store.redis.hgetall(keys.account(id))
        return _account(id, fields) if fields else None

    async def all(self) -> list[Account]:
        """Everybody, by name."""
        with reaching():
            ids = sorted(await self.store.redis.smembers(keys.ACCOUNTS))
            pipe = self.store.redis.pipeline(transaction=False)
            for id in ids:
                pipe.hgetall(keys.account(AgentId(id)))
            found = await pipe.execute()
        return [
            _account(AgentId(id), fields) for id, fields in zip(ids, found, strict=True) if fields
        ]

    async def has_admin(self) -> bool:
        with reaching():
            return bool(await self.store.redis.scard(keys.ADMINS))

    async def invite(self, role: Role, *, first: bool = False) -> str:
        """A one-time token for a new account. `first`: worthless as soon as there is an admin."""
        token = secrets.token_urlsafe(32)
        key = keys.invitation(hash_of(token))
        with reaching():
            pipe = self.store.redis.pipeline()
            pipe.hset(key, mapping={"role": role.value, "first": int(first)})
            pipe.expire(key, FIRST_LINK_LIFE if first else LINK_LIFE)
            await pipe.execute()
        return token

    async def accept(self, token: str, login: str, name: str, password: str) -> Account:
        """Makes the account that the link was for. Raises Refused with a sentence that says what to
        change."""
        id = AgentId(login.strip().casefold())
        if not LOGIN.fullmatch(id):
            raise Refused(
                "name",
                "The sign-in name has 2 to 32 letters a-z, digits, dots, dashes or underscores, "
                "and begins with a letter or a digit.",
            )
        shown = clean_name(name, 40)
        if shown is None:
            raise Refused("display", "Say the name that customers will read, for example Ana.")
        check_password(password, id)
        names = [
            keys.invitation(hash_of(token)),
            keys.account(id),
            keys.ACCOUNTS,
            keys.ADMINS,
        ]
        with reaching():  # before the hashing, which costs something
            known = await self.store.redis.exists(names[0])
        done = "GONE"
        if known:
            hashed = await self.passwords.hash(password)
            done = await self.store.run("accept_invitation", names, id, shown, hashed)
        if done == "TAKEN":
            raise Refused("taken", "That sign-in name is taken. Please choose another.")
        if done == "GONE":
            raise Refused(
                "gone",
                "This link has been used or has expired. If your account was just made, sign in; "
                "otherwise ask for a new link.",
            )
        account = await self.get(id)
        assert account is not None
        return account


def check_password(password: str, login: str) -> None:
    """Raises Refused with a plain sentence."""
    length = len(_normal(password))
    if not SHORTEST <= length <= LONGEST:
        raise Refused(
            "password",
            f"The password has {SHORTEST} to {LONGEST} characters; this one has {length}. "
            "A few words in a row are easy to remember.",
        )
    if len(set(password)) < 5 or (len(login) > 3 and login in password.casefold()):
        raise Refused(
            "password",
            "That password is easy to guess: use more different characters, "
            "and not the sign-in name.",
        )


def hash_of(token: str) -> str:
    """What is kept of a token: whoever reads the database cannot use it."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _normal(password: str) -> str:
    """One form for what different keyboards make of the same letters (NIST SP 800-63B)."""
    plain = password.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return unicodedata.normalize("NFKC", plain)


def _account(id: AgentId, fields: dict[str, str]) -> Account:
    capacity = fields.get("capacity")
    return Account(id, fields["name"], Role(fields["role"]), int(capacity) if capacity else None)
