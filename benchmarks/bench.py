"""`make bench`: how fast Baton is, beside a stock Rasa on the same machine in the same run.

Prints Markdown; every figure that is compared comes in rounds that alternate, and the ratio is
given with its spread.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from benchmarks.speed.appends import measure_appends
from benchmarks.speed.desk import measure_desk
from benchmarks.speed.index import measure_index
from benchmarks.speed.judging import TimedStack, measure_judging
from benchmarks.speed.stock import StockRasa
from benchmarks.speed.turns import measure_growth, measure_turns
from tests.stack import Stack

FOLDER = Path("var/bench")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="alternating rounds per comparison")
    parser.add_argument("--conversations", type=int, default=200, help="open while agents write")
    parser.add_argument(
        "--entries", type=int, nargs="+", default=[10_000], help="sizes of the FAQ index"
    )
    parser.add_argument("--out", type=Path, default=FOLDER / "speed.md", help="kept here as well")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []

    def say(text: str) -> None:
        print(text, flush=True)
        lines.append(text)

    say("# Speed\n")
    with tempfile.TemporaryDirectory(prefix="baton-bench-") as scratch:
        folder = Path(scratch)
        (folder / "log").mkdir()
        (folder / "timed").mkdir()
        with TimedStack(folder / "timed", PROXIES="1") as timed:
            asyncio.run(measure_judging(timed, say))
        measure_index(say, given.entries)
        asyncio.run(measure_appends(folder / "log", given.rounds, say))
        (folder / "stack").mkdir()
        many = str(given.conversations + 50)
        with (
            StockRasa(FOLDER / "stock") as stock,
            Stack(folder / "stack", AGENT_CAPACITY=many, PROXIES="1") as stack,
        ):
            asyncio.run(measure_turns(stock, stack, given.rounds, say))
            asyncio.run(measure_growth(stack, say))
            asyncio.run(measure_desk(stack, given.conversations, say))
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text("\n".join(lines) + "\n")
    print(f"\nKept in {given.out}.")


if __name__ == "__main__":
    main()
