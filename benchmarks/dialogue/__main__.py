"""`python -m benchmarks.dialogue [--refit] [--rasa]` prints the report as Markdown.

`--refit` also trains the request model without NLU++ and without a fifth of bitext and BANKING77,
to measure there: the shipped weights have seen those sets. `--rasa` trains an intent `ask_human`
with Rasa's DIET as a baseline. Each takes some minutes.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from benchmarks.dialogue import regret, report
from benchmarks.dialogue.refit import refit_table
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import Figures
from bot.nlu.encoder import Encoder
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest


def show(title: str, lines: Iterable[str]) -> None:
    print(f"\n### {title}\n")
    for line in lines:
        print(line, flush=True)


def main(options: list[str]) -> None:
    store = VectorStore(Encoder.load())
    figures: Figures = {}
    requests = HumanRequest.load()
    with_rasa = "--rasa" in options
    show("Requests for a person", report.human_table(requests, store, figures, with_rasa=with_rasa))
    judge = Frustration.load()
    show("Lost patience", report.mood_table(judge, store, figures))
    show("Late-handoff regret (own frozen dialogues)", regret.table(regret.courses(judge, store)))
    if "--refit" in options:
        show("Requests, trained without the set", refit_table(store, figures))


if __name__ == "__main__":
    main(sys.argv[1:])
