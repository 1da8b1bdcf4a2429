"""How the kinds of evidence for an entry become one score, and how certain the first one is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from bot.nlu.encoder import Vectors
from bot.search.arrays import Floats, Numbers
from bot.search.knowledge import Knowledge, log_softmax

# How much each kind of evidence counts, by form and language, learnt on development data by
# `python -m benchmarks.answering.weights`. English has an encoder that knows it; in other languages
# characters carry most, in Russian the encoder knows next to nothing.
PATH = Path(__file__).parent / "pretrained" / "evidence.json"
WEIGHTS: Mapping[str, Mapping[str, Mapping[str, float]]] = json.loads(PATH.read_text("utf-8"))

# How far the share of the first among all may pull the certainty down: beyond, it says no more.
LEAST_SHARE = -3.0


def reads_answers(lang: str) -> bool:
    """Whether the encoder's vector of an answer counts at all in a language."""
    return any("answer_encoder" in (by.get(lang) or by["other"]) for by in WEIGHTS.values())


def weights_of(form: str, lang: str) -> Mapping[str, float]:
    """The kinds of evidence that count where `form` carries most, with their weights."""
    return WEIGHTS[form].get(lang) or WEIGHTS[form]["other"]


def combine(evidence: Mapping[str, Vectors], knowledge: Knowledge, lang: str) -> Vectors:
    """All kinds of evidence as one score per entry, of the shape that the evidence has."""
    total = np.zeros_like(next(iter(evidence.values())))
    for kind, weight in weights_of(knowledge.form, lang).items():
        total += np.float32(weight) * evidence[kind]
    return total


def certainty(combined: Vectors) -> tuple[Floats, Numbers]:
    """One number per query that grows with "this is right", and the first entry of each.

    The height of the first match tells unknown questions, its share among all close ones.
    """
    top = combined.argmax(axis=1)
    rows = np.arange(len(combined))
    height = combined[rows, top].astype(np.float64)
    share = log_softmax(combined)[rows, top].astype(np.float64)
    return height + np.maximum(share, LEAST_SHARE), top
