"""Who is who across channels: the widget's "continue on …", and the links that agents make."""

from __future__ import annotations

import structlog
from aiohttp import web

from handoff import keys
from handoff.log import NotFound
from handoff.model import ConversationId
from handoff.web.api import body_of, signed_in
from handoff.web.context import CONTEXT
from handoff.web.files import caller_of, shared
from handoff.web.frames import NAME
from handoff.web.security import problem

log = structlog.get_logger()

routes = web.RouteTableDef()

OFFERS = 5  # links of one conversation in a minute
MINUTE = 60_000  # ms


@routes.options("/widget/continue")
async def preflight(request: web.Request) -> web.StreamResponse:
    if not request.app[CONTEXT].origins.widget(request):
        raise web.HTTPForbidden
    headers = {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Authorization",
    }
    return shared(request, web.Response(status=204, headers=headers))


@routes.post("/widget/continue")
async def go_on_elsewhere(request: web.Request) -> web.StreamResponse:
    """Links that carry this customer over to another channel, as the same person."""
    desk = request.app[CONTEXT]
    caller = await caller_of(request, "")
    if caller is None or caller.by != "customer":
        return shared(request, problem(401, "unauthorized", "This needs the chat's token."))
    counter = keys.attempts("continue", caller.conversation)
    count, _ = await desk.store.run("count_attempt", [counter], MINUTE)
    if int(count) > OFFERS:
        return shared(request, problem(429, "rate", "Try again in a minute.", retry=60))
    settings, found = desk.settings, {}
    if "telegram" in settings.elsewhere:
        token = await desk.identity.offer(caller.conversation)
        bot = str(settings.telegram_verify).removeprefix("@")
        found["telegram"] = f"https://t.me/{bot}?start={token}"
    if "messenger" in settings.elsewhere:
        token = await desk.identity.offer(caller.conversation)
        found["messenger"] = f"https://m.me/{settings.messenger_page}?ref={token}"
    return shared(request, web.json_response({"links": found}))


@routes.get("/api/conversations/{id}/person")
async def person(request: web.Request) -> web.Response:
    """The person's other conversations, with how we know."""
    desk = request.app[CONTEXT]
    await signed_in(request)
    cid = _named(request)
    others = await desk.identity.conversations(cid)
    links = await desk.identity.links(cid)
    return web.json_response(
        {
            "conversations": await desk.summaries.of(others),
            "links": [link.to_json() for link in links],
        }
    )


@routes.post("/api/conversations/{id}/link")
async def link(request: web.Request) -> web.Response:
    """An agent says that two conversations are one person's."""
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    cid = _named(request)
    (other,) = await body_of(request, "conversation")
    if not NAME.fullmatch(other) or other == cid:
        return problem(400, "bad_request", "Name another conversation.")
    try:
        made = await desk.identity.link(
            cid, ConversationId(other), keys.held_value(session.account.id)
        )
    except NotFound:
        return problem(404, "not_found", "There is no such conversation.")
    log.info("person.linked", conversation=cid, agent=session.account.id)
    return web.json_response({"link": made.id if made else None})


@routes.post("/api/conversations/{id}/unlink")
async def unlink(request: web.Request) -> web.Response:
    """… and that it was a mistake."""
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    cid = _named(request)
    (id,) = await body_of(request, "link")
    try:
        await desk.identity.undo(cid, id, keys.held_value(session.account.id))
    except NotFound:
        return problem(404, "not_found", "There is no such link.")
    log.info("person.unlinked", conversation=cid, agent=session.account.id)
    return web.json_response({})


def _named(request: web.Request) -> ConversationId:
    id = request.match_info["id"]
    if not NAME.fullmatch(id):
        raise web.HTTPNotFound
    return ConversationId(id)
