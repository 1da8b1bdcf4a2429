"""A desk to try a front end against: `python -m tests.web.scratch [port]`.

Starts a Redis of its own in a temporary folder and a desk with the accounts `ana` (admin) and `ben`
(password: correct horse battery), and stops both on Ctrl-C. There is no bot: after ten seconds an
unanswered message goes to the queue, as it does in real life when Rasa is down.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from handoff.accounts import Role
from handoff.web import logs
from tests.redis_server import RedisServer
from tests.web.desk import PASSWORD, running_desk


async def scratch(port: int) -> None:
    logs.configure("info")
    with tempfile.TemporaryDirectory(prefix="baton-") as name:
        redis = RedisServer(Path(name))
        redis.start()
        try:
            async with running_desk(redis.url, Path(name), port) as desk:
                await desk.account("ana", "Ana", Role.ADMIN)
                await desk.account("ben", "Ben")
                print(f"customer  {desk.url}/")
                print(f"agent     {desk.url}/console/  (ana or ben, {PASSWORD})")
                print(f"redis     {redis.url}", flush=True)
                await asyncio.Event().wait()
        finally:
            redis.stop()


if __name__ == "__main__":
    try:
        asyncio.run(scratch(int(sys.argv[1]) if sys.argv[1:] else 0))
    except KeyboardInterrupt:
        pass
