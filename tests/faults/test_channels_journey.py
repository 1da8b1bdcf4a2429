"""From a question to a person and back to the bot, on platforms, with the
desk killed after every step. What the customer read is compared with the log."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from handoff import keys
from handoff.audit import audit
from handoff.channels.parts import parts_of
from handoff.desk import Desk
from handoff.log import Log
from handoff.model import AgentId, ConversationId, Evidence, Handoff, Reason
from handoff.store import Store
from handoff.turns import Reply, Turns
from handoff.wording import Words
from tests.channels.conftest import until_async
from tests.channels.standins import BotApi, GraphApi, StandIn, page
from tests.channels.test_telegram import message
from tests.faults.test_channels import Process, external_conversation, free_port

ANA = AgentId("ana")


def telegram(number: int, text: str) -> Any:
    return message(number, text)


def messenger(number: int, text: str) -> Any:
    return page(
        {
            "sender": {"id": "4711"},
            "recipient": {"id": GraphApi.PAGE},
            "timestamp": 1790000000000 + number,
            "message": {"mid": f"m_in{number}", "text": text},
        }
    )


class Journey:
    """One customer on one platform, a desk that is killed again and again, a bot and an agent who
    work on the log as they do in life."""

    def __init__(
        self,
        channel: str,
        platform: StandIn,
        store: Store,
        folder: Path,
        update: Callable[[int, str], Any],
    ) -> None:
        self.channel = channel
        self.platform = platform
        self.store = store
        self.folder = folder
        self.update = update
        self.log, self.desk, self.turns = Log(store), Desk(store), Turns(store)
        self.port = free_port()
        self.kills = 0
        self._said = 0
        self._process: Process | None = None
        self._stack = AsyncExitStack()

    async def start(self) -> None:
        running = Process.running(self.store.url, self.folder, self.platform, self.port)
        self._process = await self._stack.enter_async_context(running)

    async def die(self) -> None:
        assert self._process is not None
        await self._process.kill()
        self.kills += 1
        await self.start()

    async def stop(self) -> None:
        await self._stack.aclose()

    async def says(self, text: str) -> None:
        """The platform redelivers until it is answered 200."""
        self._said += 1
        for _ in range(200):
            if (
                self._process
                and await self._process.post(self.update(self._said, text), self.channel) == 200
            ):
                return
            await asyncio.sleep(0.1)
        raise AssertionError("no desk took it")

    async def redelivers(self, event: Any) -> None:
        for _ in range(600):
            if self._process and await self._process.post(event, self.channel) == 200:
                return
            await asyncio.sleep(0.1)

    async def conversation(self) -> ConversationId:
        return await external_conversation(self.store, "4711", self.channel)

    async def bot(self, *texts: str, handoff: Handoff | None = None) -> None:
        turn = await until_async(self.turns.take)
        replies = [Reply(text) for text in texts]
        await self.turns.commit(turn, turn.entries[-1].seq, replies, handoff)

    async def delivered(self) -> None:
        cid = await self.conversation()

        async def done() -> bool:
            at, seq = await self.store.redis.hmget(keys.conversation(cid), "delivered", "seq")
            return int(at) >= int(seq)

        await until_async(done, within=70)  # a dead courier's lease lasts 30 s


@pytest.mark.faults
@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("channel", "platform", "update"),
    [("telegram", BotApi, telegram), ("messenger", GraphApi, messenger)],
    ids=["telegram", "messenger"],
)
async def test_a_journey_with_a_desk_that_dies_after_every_step(
    redis_url: str,
    tmp_path: Path,
    channel: str,
    platform: type[StandIn],
    update: Callable[[int, str], Any],
) -> None:
    store = await Store.open(redis_url)
    async with platform.running() as standin:
        it = Journey(channel, standin, store, tmp_path, update)
        if isinstance(standin, GraphApi):
            standin.echo_to = it.redelivers
        try:
            await it.start()
            await it.says("How long does delivery take?")
            await it.die()
            await it.bot("Two to four working days.")
            await it.die()
            await it.says("A person, please!")
            evidence = (Evidence("asked", 3, 0.98, "a person"),)
            await it.bot("Of course.", handoff=Handoff(Reason.ASKED, evidence))
            await it.die()
            cid = await it.conversation()
            await it.says("hello?")
            await it.desk.claim(cid, "claim", ANA, "Ana", 4)
            await it.die()
            for text in ("Hi, this is Ana.", "I am looking at your order.", "It left today."):
                await it.log.append_agent(cid, text[:20], ANA, "Ana", text)
            await it.die()
            await it.says("Thank you!")
            await it.desk.resolve(cid, "resolve", ANA, "Ana", "solved")
            await it.die()
            await it.says("And what does it cost?")
            await it.bot("Nothing from 20 euros.")
            await it.delivered()

            entries = await it.log.read(cid)
            lang = str(await store.redis.hget(keys.conversation(cid), "lang") or "en")
            owed = [
                part.text for entry in entries for part in parts_of(entry, Words(lang), 2000, cid)
            ]
            got = standin.got("4711")
            once = [text for n, text in enumerate(got) if n == 0 or text != got[n - 1]]
            assert once == owed, "lost, or out of order"
            unknown = int(await store.redis.hget(keys.STATS, "delivery_unknown") or 0)
            repeated = len(got) - len(once)
            assert repeated <= min(unknown, it.kills)
            if channel == "messenger":
                assert repeated == 0, "its echo tells"
            said = [entry.text for entry in entries if entry.sender == "customer"]
            assert said == [
                "How long does delivery take?",
                "A person, please!",
                "hello?",
                "Thank you!",
                "And what does it cost?",
            ]
            assert await audit(store) == {}
        finally:
            await it.stop()
            await store.close()
