"""The desk.

    python -m handoff                        serve until SIGTERM
    python -m handoff admin-link             print the first admin's one-time link, if there is none
    python -m handoff admin-link --another   print a link for one more admin in any case
    python -m handoff telegram set-webhook   tell Telegram where to send its updates
    python -m handoff audit                  check every promise on every conversation
    python -m handoff review [FILE]          how often agents found handoffs right; the marked ones
                                             into FILE, a JSON object per line
    python -m handoff regret [--days 30]     what another threshold would have meant

Settings come from the environment (docs/operations.md). To run a desk alone, beside a Redis for
trying things out:

    redis-server --port 0 --unixsocket /tmp/scratch.sock --save "" &
    REDIS_URL=unix:///tmp/scratch.sock DESK_PORT=8099 VAR_FOLDER=/tmp/scratch python -m handoff
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import structlog

from handoff.accounts import Accounts, Role
from handoff.audit import audit
from handoff.channels import telegram_webhook
from handoff.history import LookBack
from handoff.log import encoded
from handoff.regret import lines
from handoff.review import Review, Verdict, agreement
from handoff.settings import Settings, WrongSetting
from handoff.store import ForeignDatabase, Store, Unavailable
from handoff.web import logs
from handoff.web.server import serve

log = structlog.get_logger()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m handoff", description="The desk of Baton.")
    commands = parser.add_subparsers(dest="command")
    link = commands.add_parser("admin-link", help="print the one-time link of the first admin")
    link.add_argument("--another", action="store_true", help="even when there is an admin already")
    commands.add_parser("audit", help="check every promise on every conversation")
    review = commands.add_parser("review", help="how often agents found handoffs right")
    review.add_argument("into", nargs="?", type=Path, help="file for the marked ones, JSON lines")
    regret = commands.add_parser("regret", help="what another threshold would have meant")
    regret.add_argument("--days", type=int, default=30, help="how far to look back")
    telegram = commands.add_parser("telegram", help="where Telegram sends its updates")
    telegram.add_argument("action", choices=telegram_webhook.ACTIONS)
    given = parser.parse_args()
    try:
        settings = Settings.from_env()
        logs.configure(settings.log_level)
        if given.command == "admin-link":
            return asyncio.run(admin_link(settings, another=given.another))
        if given.command == "audit":
            return asyncio.run(check(settings))
        if given.command == "review":
            return asyncio.run(look_back(settings, given.into))
        if given.command == "regret":
            return asyncio.run(regretted(settings, given.days))
        if given.command == "telegram":
            status, said = asyncio.run(telegram_webhook.manage(given.action, settings))
            print(said, file=sys.stderr if status else sys.stdout)
            return status
        return asyncio.run(run(settings))
    except (WrongSetting, Unavailable, ForeignDatabase, PermissionError, ValueError) as error:
        print(f"The desk cannot start: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"The desk cannot listen: {error.strerror or error}", file=sys.stderr)
        return 2


async def run(settings: Settings) -> int:
    store = await opened(settings)
    try:
        if not await Accounts(store).has_admin():
            if sys.stderr.isatty():
                print(f"\nMake the first admin: {await first_link(store, settings)}\n", flush=True)
            else:  # a log is read by more people than should become admin
                log.warning("no_admin", how="run `python -m handoff admin-link` and open the link")
        return await serve(settings, store)
    finally:
        await store.close()


async def admin_link(settings: Settings, *, another: bool) -> int:
    store = await opened(settings)
    try:
        if another:
            token = await Accounts(store).invite(Role.ADMIN)
            print(link_to(settings, token))
        elif await Accounts(store).has_admin():
            print("There is an admin already; --another makes one more.", file=sys.stderr)
        else:
            print(await first_link(store, settings))
        return 0
    finally:
        await store.close()


async def check(settings: Settings) -> int:
    store = await opened(settings)
    try:
        broken = await audit(store)
    finally:
        await store.close()
    for cid, promises in broken.items():
        for promise in promises:
            print(f"{cid}: {promise}")
    print(
        f"{len(broken)} conversations with a broken promise."
        if broken
        else "Every promise is kept."
    )
    return 1 if broken else 0


async def look_back(settings: Settings, into: Path | None) -> int:
    store = await opened(settings)
    try:
        handoffs = [one async for one in Review(store).everything()]
    finally:
        await store.close()
    if into is not None:
        marked = [one for one in handoffs if one.verdict is not Verdict.NONE]
        try:
            write(into, (encoded(one.to_json()) for one in marked))
        except OSError as error:
            print(f"{into} cannot be written: {error.strerror or error}", file=sys.stderr)
            return 2
    print("\n".join(agreement(handoffs)))
    return 0


async def regretted(settings: Settings, days: int) -> int:
    store = await opened(settings)
    try:
        print("\n".join(lines(await LookBack(store).over(days))))
        return 0
    finally:
        await store.close()


def write(into: Path, lines: Iterable[str]) -> None:
    """A new file, or an old one's new contents, for its owner's eyes: they are customers' words."""
    with open(os.open(into, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)
        file.truncate()
        file.writelines(line + "\n" for line in lines)


async def opened(settings: Settings) -> Store:
    if not settings.redis_url:
        raise WrongSetting("REDIS_URL is missing: `make run` sets it, or name a Redis of your own")
    return await Store.open(settings.redis_url)


async def first_link(store: Store, settings: Settings) -> str:
    return link_to(settings, await Accounts(store).invite(Role.ADMIN, first=True))


def link_to(settings: Settings, token: str) -> str:
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(settings.desk_host, settings.desk_host)
    base = settings.public_url or f"http://{host}:{settings.desk_port}"
    return f"{base.rstrip('/')}/console/#welcome={token}"


if __name__ == "__main__":
    sys.exit(main())
