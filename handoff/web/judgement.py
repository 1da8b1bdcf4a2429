"""What leads see of the bot's judgement: late handoffs, by threshold, on the site's own history."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from handoff import keys
from handoff.accounts import Role
from handoff.web.api import MINUTE, Unsaid, signed_in
from handoff.web.context import CONTEXT
from handoff.web.security import problem

routes = web.RouteTableDef()

LEADS = frozenset({Role.LEAD, Role.ADMIN})
LONGEST = 365  # days
LOOKS = 20  # of one account in a minute


@routes.get("/api/judgement")
async def judgement(request: web.Request) -> web.Response:
    """No message's words are in it."""
    desk = request.app[CONTEXT]
    session = await signed_in(request)
    if session.account.role not in LEADS:
        raise web.HTTPForbidden(text="Only leads and admins see this.")
    days = _days(request.query.get("days", "30"))
    counter = keys.attempts("judgement", session.account.id)
    count, left = await desk.store.run("count_attempt", [counter], MINUTE * 1000)
    if count > LOOKS:
        wait = max(1, round(left / 1000))
        return problem(429, "wait", "Too many looks. Try again in a minute.", retry=wait)
    history = await desk.look_back.over(days)
    # Reckoned beside the loop: some ten thousand comparisons when there is much to see.
    found: dict[str, Any] = await asyncio.to_thread(history.to_json)
    return web.json_response({"days": days, **found})


def _days(given: str) -> int:
    days = int(given) if given.isascii() and given.isdigit() and len(given) < 5 else 0
    if not 1 <= days <= LONGEST:
        raise Unsaid(f"`days` is a number from 1 to {LONGEST}.")
    return days
