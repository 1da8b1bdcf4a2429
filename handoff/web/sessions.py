"""Who is signed in. Sessions live in Redis under the hash of their token; the token itself is only
in the cookie.

aiohttp-session was weighed: it keeps the token itself as the key, knows no absolute end and cannot
list an agent's
sessions, so what remains of it here would be the cookie.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from aiohttp import web

from handoff import keys
from handoff.accounts import Account, Accounts, hash_of
from handoff.model import AgentId
from handoff.store import Store, reaching

IDLE = 30 * 60  # seconds without a request and without an open console
LONGEST = 8 * 3600  # seconds after which one signs in again, come what may
TICKET_LIFE = 30


@dataclass(frozen=True)
class Session:
    """`id` is the hash of the token: it names the session and opens nothing."""

    id: str
    account: Account


class Sessions:
    """Raises Unavailable where Redis is away."""

    def __init__(self, store: Store, accounts: Accounts, *, secure: bool) -> None:
        self._store = store
        self._accounts = accounts
        self._secure = secure
        # The prefix makes browsers refuse the cookie from a sub-domain or over plain HTTP.
        self._cookie = "__Host-baton" if secure else "baton"

    async def start(self, agent: AgentId) -> str:
        """A new token, always: a session that somebody planted before signing in is worth
        nothing."""
        token = secrets.token_urlsafe(32)
        id = hash_of(token)
        with reaching():
            seconds, micros = await self._store.redis.time()
            async with self._store.redis.pipeline(transaction=True) as pipe:
                started = seconds * 1000 + micros // 1000
                pipe.hset(keys.session(id), mapping={"agent": agent, "started": started})
                pipe.expire(keys.session(id), IDLE)
                pipe.sadd(keys.sessions(agent), id)
                pipe.expire(keys.sessions(agent), LONGEST)
                await pipe.execute()
        return token

    async def use(self, id: str) -> Session | None:
        """The session, if it lasts, and another half hour for it."""
        agent = await self._store.run(
            "use_session", [keys.session(id)], IDLE * 1000, LONGEST * 1000, again=True
        )
        account = await self._accounts.get(AgentId(agent)) if agent else None
        return Session(id, account) if account else None

    async def of(self, request: web.Request) -> Session | None:
        """The session of the request's cookie."""
        token = request.cookies.get(self._cookie)
        return await self.use(hash_of(token)) if token else None

    async def end(self, session: Session) -> None:
        with reaching():
            async with self._store.redis.pipeline(transaction=True) as pipe:
                pipe.delete(keys.session(session.id))
                pipe.srem(keys.sessions(session.account.id), session.id)
                await pipe.execute()

    async def ticket(self, session: Session) -> str:
        """Opens one socket within 30 s, so that a socket needs more than a cookie that browsers
        send unasked."""
        ticket = secrets.token_urlsafe(24)
        with reaching():
            await self._store.redis.set(
                keys.ticket(hash_of(ticket)), session.id, ex=TICKET_LIFE, nx=True
            )
        return ticket

    async def redeem(self, ticket: str) -> Session | None:
        """The session of a ticket, once."""
        with reaching():
            id = await self._store.redis.getdel(keys.ticket(hash_of(ticket)))
        return await self.use(id) if id else None

    def remember(self, response: web.StreamResponse, token: str) -> None:
        response.set_cookie(
            self._cookie,
            token,
            max_age=LONGEST,
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="Strict",
        )

    def forget(self, response: web.StreamResponse) -> None:
        response.del_cookie(
            self._cookie, path="/", httponly=True, secure=self._secure, samesite="Strict"
        )
