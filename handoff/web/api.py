"""The console's HTTP API, as docs/protocol.md lists it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import structlog
from aiohttp import web

from handoff import keys
from handoff.accounts import Role
from handoff.model import Availability, ConversationId
from handoff.web.context import CONTEXT, Context
from handoff.web.frames import NAME
from handoff.web.hints import Hint, Hinted
from handoff.web.limits import address_of
from handoff.web.people import Person
from handoff.web.security import problem
from handoff.web.sessions import Session

log = structlog.get_logger()

routes = web.RouteTableDef()

BODY_WITHIN = 10.0
WINDOW = 15 * 60  # seconds in which failed sign-ins are counted
PER_ACCOUNT = 5  # for one name from one address
MINUTE = 60
PER_ADDRESS = 20  # attempts from one address in a minute


class Unsaid(Exception):
    """A field of the body is missing or of the wrong kind."""


@web.middleware
async def spoken(request: web.Request, handler: Any) -> web.StreamResponse:
    """Bodies that say nothing we could act on."""
    try:
        return await handler(request)  # type: ignore[no-any-return]
    except Unsaid as error:
        return problem(400, "bad_request", str(error))


async def body_of(request: web.Request, *names: str) -> list[str]:
    """The named text fields of the JSON body. Raises Unsaid."""
    if request.content_type != "application/json":
        raise Unsaid("The body must be JSON (Content-Type: application/json).")
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = json.loads(await request.read())
    except TimeoutError:
        raise Unsaid("The body did not arrive in time.") from None
    except (ValueError, RecursionError):
        raise Unsaid("The body is not JSON.") from None
    said = body if isinstance(body, dict) else {}
    values = [value for name in names if isinstance(value := said.get(name), str)]
    if len(values) < len(names):
        raise Unsaid(f"The body needs {', '.join(names)}, each a text.")
    return values


async def signed_in(request: web.Request) -> Session:
    """The session; 401 without one."""
    session = await request.app[CONTEXT].sessions.of(request)
    if session is None:
        raise web.HTTPUnauthorized(text="Please sign in.")
    return session


def me(desk: Context, session: Session) -> dict[str, Any]:
    account = session.account
    known = desk.people.everybody.get(account.id) or Person(
        account.id,
        account.name,
        account.role.value,
        Availability.OFFLINE,
        0,
        desk.people.capacity_of(account),
    )
    return known.to_json()


@routes.get("/api/session")
async def session(request: web.Request) -> web.Response:
    found = await signed_in(request)
    return web.json_response({"agent": me(request.app[CONTEXT], found)})


@routes.post("/api/login")
async def login(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    name, password = await body_of(request, "name", "password")
    address = address_of(request, desk.settings.proxies)
    account_key = keys.attempts("account", f"{name.strip().casefold()[:64]}:{address}")
    wait = await _count(desk, keys.attempts("address", address), PER_ADDRESS, MINUTE)
    # Counted before the password is looked at, so that many at once get no more tries than one by
    # one.
    wait = wait or await _count(desk, account_key, PER_ACCOUNT, WINDOW)
    if wait:
        desk.metrics.sign_ins.labels("wait").inc()
        return problem(
            429, "wait", f"Too many attempts. Try again in {_minutes(wait)}.", retry=wait
        )
    account = await desk.accounts.sign_in(name, password)
    if account is None:
        desk.metrics.sign_ins.labels("wrong").inc()
        log.warning("sign_in.wrong", address=address)
        return problem(401, "wrong", "The name or the password is wrong.")
    await desk.store.redis.delete(account_key)
    desk.metrics.sign_ins.labels("ok").inc()
    log.info("sign_in.ok", agent=account.id)
    return await _enter(desk, Session("", account))


@routes.post("/api/logout")
async def logout(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    session = await desk.sessions.of(request)
    response = web.Response(status=204)
    if session is not None:
        await desk.sessions.end(session)
        await desk.hints.publish(Hint(Hinted.SIGNED_OUT, session.id))
        log.info("sign_out", agent=session.account.id)
    desk.sessions.forget(response)
    return response


@routes.post("/api/welcome")
async def welcome(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    token, name, display, password = await body_of(request, "token", "name", "display", "password")
    address = address_of(request, desk.settings.proxies)
    wait = await _count(desk, keys.attempts("welcome", address), PER_ADDRESS, MINUTE)
    if wait:
        return problem(
            429, "wait", f"Too many attempts. Try again in {_minutes(wait)}.", retry=wait
        )
    account = await desk.accounts.accept(token, name, display, password)
    log.info("account.made", agent=account.id, role=account.role.value)
    await desk.people.refresh()
    return await _enter(desk, Session("", account))


@routes.post("/api/invitations")
async def invite(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    if session.account.role is not Role.ADMIN:
        raise web.HTTPForbidden(text="Only an admin invites.")
    (role,) = await body_of(request, "role")
    if role not in list(Role):
        raise Unsaid("The role is agent, lead or admin.")
    token = await desk.accounts.invite(Role(role))
    log.info("account.invited", by=session.account.id, role=role)
    base = desk.settings.public_url or f"{request.scheme}://{request.host}"
    return web.json_response({"link": f"{base.rstrip('/')}/console/#welcome={token}"})


@routes.get("/api/desk")
async def desk_state(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    cursor = await desk.feed.end()  # first: what changes during the reading is told again
    await desk.people.refresh()
    conversations = await desk.summaries.desk()
    return web.json_response(
        {
            "me": me(desk, session),
            "cursor": cursor,
            "conversations": conversations,
            "roster": [person.to_json() for person in desk.people.everybody.values()],
            "settings": {
                "dispositions": list(desk.settings.dispositions),
                "capacity": desk.settings.agent_capacity,
                "grace": desk.settings.agent_grace,
            },
        }
    )


@routes.get("/api/conversations/{id}")
async def conversation(request: web.Request) -> web.Response:
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    cid = ConversationId(request.match_info["id"])
    found = await desk.summaries.of([cid]) if NAME.fullmatch(cid) else []
    if not found:
        return problem(404, "not_found", "There is no such conversation.")
    entries = await desk.log.read(cid)
    log.info("conversation.read", conversation=cid, agent=session.account.id)
    return web.json_response(
        {"summary": found[0], "entries": [entry.for_agent() for entry in entries]}
    )


@routes.post("/api/ticket")
async def ticket(request: web.Request) -> web.Response:
    session = await signed_in(request)
    return web.json_response({"ticket": await request.app[CONTEXT].sessions.ticket(session)})


async def _enter(desk: Context, session: Session) -> web.Response:
    token = await desk.sessions.start(session.account.id)
    response = web.json_response({"agent": me(desk, session)})
    desk.sessions.remember(response, token)
    return response


async def _count(desk: Context, key: str, most: int, window: int) -> int:
    """Count one attempt; the seconds to wait when there were too many, else 0."""
    count, left = await desk.store.run("count_attempt", [key], window * 1000)
    return max(1, round(left / 1000)) if count > most else 0


def _minutes(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"
