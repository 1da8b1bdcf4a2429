"""What a turn's time goes to, in a running Rasa: one turn at a time, whole path."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import fmean, median

import aiohttp
import yaml

from benchmarks.speed.customer import Customer
from benchmarks.speed.figures import ms, percentile
from benchmarks.speed.timed import TIMES, TimedChannel
from ops.places import ROOT
from tests.stack import Stack

WARMING, COUNTED = 4, 30  # conversations
PER_CONVERSATION = 5  # then somebody else begins


class TimedStack(Stack):
    """A whole Baton whose Rasa writes down where its turns spent their time."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.times = folder / "times.jsonl"
        super().__init__(folder, **{TIMES: str(self.times), **settings})
        usual = yaml.safe_load((ROOT / "credentials.yml").read_text("utf-8"))
        (given,) = usual.values()
        named = f"{TimedChannel.__module__}.{TimedChannel.__qualname__}"
        credentials = folder / "credentials.yml"
        credentials.write_text(yaml.safe_dump({named: given}))
        rasa = self._plans["rasa"]
        command = (*rasa.command, "--credentials", str(credentials))
        self._plans["rasa"] = replace(rasa, command=command)


async def measure_judging(stack: TimedStack, say: Callable[[str], None]) -> None:
    async with aiohttp.ClientSession() as http:
        await _talk(stack, http, WARMING)
        before = len(_laps(stack))
        await _talk(stack, http, COUNTED)
    laps = _laps(stack)[before:]
    whole = [sum(lap.values()) for lap in laps]
    names = sorted(
        {name for lap in laps for name in lap},
        key=lambda name: -sum(lap.get(name, 0.0) for lap in laps),
    )
    say(f"## What a turn's time goes to, in a running Rasa ({len(laps)} turns, one at a time)\n")
    say("From having taken the turn to having committed the answer. A part's time is without that")
    say("of parts within it, so the shares add up to the turn.\n")
    say("| part | mean | median | 95th percentile | share |")
    say("|---|---|---|---|---|")
    for name in names:
        taken = [lap.get(name, 0.0) for lap in laps]
        share = sum(taken) / sum(whole)
        say(
            f"| {name} | {ms(fmean(taken))} | {ms(median(taken))} | {ms(percentile(taken, 0.95))} "
            f"| {share:.1%} |"
        )
    say(
        f"| **the turn** | {ms(fmean(whole))} | {ms(median(whole))} | "
        f"{ms(percentile(whole, 0.95))} | 100.0% |"
    )


async def _talk(stack: TimedStack, http: aiohttp.ClientSession, conversations: int) -> None:
    for _ in range(conversations):
        customer = await Customer.arrives(http, stack.url)
        for _ in range(PER_CONVERSATION):
            await customer.turn()
        await customer.close()


def _laps(stack: TimedStack) -> list[dict[str, float]]:
    if not stack.times.exists():
        return []
    return [json.loads(line) for line in stack.times.read_text().splitlines()]
