"""Requests for a person on public sets that a refitted model has not seen."""

from __future__ import annotations

import zlib
from collections.abc import Callable

import numpy as np

from benchmarks.dialogue import baselines, corpora, human
from benchmarks.dialogue.corpora import Labelled
from benchmarks.dialogue.measures import Decisions
from benchmarks.dialogue.report import beside, found
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import DIALOGUE, Figures, head, row, told
from bot.nlu.human import HumanRequest

FIFTH = 5


def _left_out(example: Labelled) -> bool:
    return zlib.crc32(example.text.encode()) % FIFTH == 0


def _entry_left_out(example: Labelled) -> bool:
    """An entry of the shop in all six languages."""
    return example.group.startswith("shop-") and zlib.crc32(example.group.encode()) % FIFTH == 0


def refit_table(store: VectorStore, figures: Figures) -> list[str]:
    """NLU++ banking as a domain never seen; a fifth of bitext, BANKING77 and the shop's entries."""
    public = human.labelled_public()
    sets: dict[str, Callable[[Labelled], bool]] = {
        "NLU++ banking, domain unseen": lambda e: e.group.startswith("nlupp"),
        "bitext, one fifth": lambda e: e.group.startswith("bitext") and _left_out(e),
        "BANKING77, one fifth": lambda e: e.group == "banking" and _left_out(e),
        "own shop's FAQ, one entry of five": _entry_left_out,
    }
    examples, weights = human.training_set(
        [e for e in public if not any(out(e) for out in sets.values())],
        corpora.own_human("train"),
    )
    thresholds = HumanRequest.load()
    judge = HumanRequest(
        human.packed(human.fit(examples, weights, store), thresholds.decide_at, thresholds.offer_at)
    )
    lines = head(
        (
            *("set", "saw", "n", "requests", "precision", "recall", "F1", "false alarms"),
            "keyword rule: F1 / false alarms",
        )
    )
    for name, out in sets.items():
        mine = [e for e in public if out(e)]
        labels = np.array([bool(e.label) for e in mine])
        decided = np.array(
            [
                judge.judge(e.text, v, "en").decided
                for e, v in zip(mine, store([e.text for e in mine]), strict=True)
            ]
        )
        ours = Decisions.of(labels, decided)
        rule = Decisions.of(labels, np.array([baselines.keyword_rule(e.text) for e in mine]))
        figures[f"requests/{name}/false alarms"] = ours.false_alarm_rate.value
        if labels.any():
            figures[f"requests/{name}/F1"] = ours.f1
        lines.append(
            row(
                (
                    *(name, told(name, DIALOGUE), len(labels), labels.sum()),
                    *found(ours, labels, decided),
                    *(ours.false_alarm_rate, beside(rule)),
                )
            )
        )
    return lines
