"""Parts of a turn add up to the turn, whatever runs inside what."""

from __future__ import annotations

import asyncio
from collections import defaultdict

import pytest

from benchmarks.speed.timed import part


class Clock:
    """Tells the time that it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_part_is_counted_without_the_parts_within_it() -> None:
    clock, turn = Clock(), defaultdict[str, float](float)
    with part("turn", turn, clock):
        clock.now += 1
        with part("index", clock=clock):
            clock.now += 2
            with part("encoder", clock=clock):
                clock.now += 4
        with part("encoder", clock=clock):
            clock.now += 8
    assert dict(turn) == {"turn": 1, "index": 2, "encoder": 12}
    assert sum(turn.values()) == clock.now


def test_nothing_is_counted_outside_of_turns() -> None:
    turn = defaultdict[str, float](float)
    with part("index"):
        pass
    with part("turn", turn):
        pass
    assert set(turn) == {"turn"}


async def test_turns_at_the_same_time_do_not_mix() -> None:
    async def one(name: str) -> dict[str, float]:
        turn = defaultdict[str, float](float)
        with part("turn", turn):
            with part(name):
                await asyncio.sleep(0.01)
            await asyncio.to_thread(_in_thread, name)
        return dict(turn)

    first, second = await asyncio.gather(one("a"), one("b"))
    assert set(first) == {"turn", "a", "thread a"}
    assert set(second) == {"turn", "b", "thread b"}


def _in_thread(name: str) -> None:
    with part(f"thread {name}"):
        pass


def test_a_part_that_fails_is_counted_as_well() -> None:
    turn = defaultdict[str, float](float)
    with pytest.raises(ZeroDivisionError), part("turn", turn), part("index"):
        _ = 1 / 0
    assert set(turn) == {"turn", "index"}
