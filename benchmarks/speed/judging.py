"""What the parts of a judgement cost, one thread, beside each other."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from benchmarks.speed.customer import ASKS
from benchmarks.speed.figures import ms, percentile
from bot.faq.entries import read_folder
from bot.judgement import Judge
from bot.nlu.dialogue import Dialogue, Turn

T = TypeVar("T")
REPEATS = 40


def measure_judging(say: Callable[[str], None]) -> None:
    judge = Judge.load()
    judge.learn(read_folder(Path("data/faq")))
    texts = [f"{ask} {n}" for n in range(REPEATS) for ask in ASKS]
    taken: dict[str, list[float]] = {
        name: [] for name in ("encoder", "language", "FAQ index", "human", "frustration")
    }

    def timed(name: str, work: Callable[[], T]) -> T:
        began = time.perf_counter()
        result = work()
        taken[name].append(time.perf_counter() - began)
        return result

    history: list[Turn] = []
    for text in texts:
        vector = timed("encoder", lambda text=text: judge.encode(text))
        timed("language", lambda text=text: judge.language(text))
        timed("FAQ index", lambda text=text, v=vector: judge.ask(text, "en", v))
        timed("human", lambda text=text, v=vector: judge.requests.judge(text, v, "en"))
        turn = Turn(text, vector, "en")
        dialogue = Dialogue((*history, turn))
        timed("frustration", partial(judge.moods.judge, dialogue))
        history = [*history[-5:], turn]
    whole = sum(median(samples) for samples in taken.values())
    say("## What a judgement costs (one thread, the demo's knowledge base)\n")
    say("| part | median | 95th percentile | share |")
    say("|---|---|---|---|")
    for name, samples in taken.items():
        share = median(samples) / whole
        say(f"| {name} | {ms(median(samples))} | {ms(percentile(samples, 0.95))} | {share:.0%} |")
