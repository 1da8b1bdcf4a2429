"""Training of `bot.nlu.frustration`: first the message by itself, then the dialogue."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from benchmarks.dialogue import corpora, tone
from benchmarks.dialogue.tone import Toned
from benchmarks.dialogue.vectors import VectorStore
from bot.nlu.dialogue import Outcome, Turn
from bot.nlu.frustration import Weights, of_dialogue, of_message
from bot.nlu.tone import Head, Looks, Reading, Words

Floats = npt.NDArray[np.float64]
FOLDS = 5
# How much of the single public texts goes into the model of a message, beside own dialogues.
PUBLIC_WEIGHT = {"goemotions": 0.05, "semeval": 0.3, "xed": 0.03}
MESSAGE_C, DIALOGUE_C = 0.3, 1.0


def own_turns(part: str = "train") -> list[Toned]:
    return [
        Toned(turn.text, d.lang, turn.mood, "own")
        for d in corpora.own_dialogues(part)
        for turn in d.turns
    ]


def upset_head(store: VectorStore, own: Sequence[Toned]) -> Head:
    return tone.head(own, store, text_c=1.0, vector_c=0.5)[0]


def readings(
    texts: Sequence[str], anger: Floats, upset: Floats
) -> list[Reading]:
    words = Words()
    found = []
    for text, a, u in zip(texts, anger, upset, strict=True):
        read, counts, _ = words.read(text)
        found.append(Reading(read, counts, Looks.of(text), float(a), float(u)))
    return found


def logits(head: Head, examples: Sequence[Toned], store: VectorStore) -> Floats:
    words = Words()
    vectors = store([e.text for e in examples])
    return np.array(
        [
            np.clip(head.logit(words.read(e.text)[2], v, e.lang == "en"), -8, 8)
            for e, v in zip(examples, vectors, strict=True)
        ]
    )


def unseen_upset(own: Sequence[Toned], parts: npt.NDArray[np.int64], store: VectorStore) -> Floats:
    """The upset logit of each own turn, from a head that has not seen its dialogue."""
    found = np.zeros(len(own))
    for k in range(FOLDS):
        head = upset_head(store, [e for e, p in zip(own, parts, strict=True) if p != k])
        here = [e for e, p in zip(own, parts, strict=True) if p == k]
        found[parts == k] = logits(head, here, store)
    return found


def _logistic(c: float, x: Floats, y: Floats, w: Floats) -> LogisticRegression:
    scale = np.maximum(x.std(axis=0), 1e-6)
    rows = np.concatenate([x, x]) / scale
    labels = np.concatenate([np.ones(len(y)), np.zeros(len(y))])
    weights = np.concatenate([w * y, w * (1 - y)])
    keep = weights > 0
    model = LogisticRegression(C=c, max_iter=2000).fit(rows[keep], labels[keep], weights[keep])
    model.coef_ = model.coef_ / scale
    return model


def train(store: VectorStore, anger: Head, upset: Head, offer: float, hand_over: float) -> Weights:
    dialogues = corpora.own_dialogues("train")
    own = [Toned(t.text, d.lang, t.mood, "own") for d in dialogues for t in d.turns]
    parts = np.array(
        [zlib.crc32(d.name.encode()) % FOLDS for d in dialogues for _ in d.turns]
    )
    own_read = readings(
        [e.text for e in own], logits(anger, own, store), unseen_upset(own, parts, store)
    )
    public, public_anger = unseen_public(store)
    public_read = readings(
        [e.text for e in public], public_anger, logits(upset, public, store)
    )
    names = list(of_message(own_read[0]))
    x = np.array([[of_message(r)[n] for n in names] for r in [*own_read, *public_read]])
    y = np.array([e.label for e in [*own, *public]])
    w = np.array([e.weight for e in [*own, *public]])
    message = _logistic(MESSAGE_C, x, y, w)
    logit = x[: len(own)] @ message.coef_[0] + message.intercept_[0]
    dialogue, between = dialogue_model(dialogues, own_read, logit, store)
    return Weights(
        message=dict(zip(names, map(float, message.coef_[0]), strict=True)),
        message_bias=float(message.intercept_[0]),
        dialogue=dict(zip(between, map(float, dialogue.coef_[0]), strict=True)),
        dialogue_bias=float(dialogue.intercept_[0]),
        offer=offer,
        hand_over=hand_over,
    )


def unseen_public(store: VectorStore) -> tuple[list[Toned], Floats]:
    examples = tone.angry_texts()
    _, unseen = tone.head(examples, store)
    weighted = [
        replace(e, weight=PUBLIC_WEIGHT[e.group.split("-")[0]]) for e in examples
    ]
    return weighted, unseen


def dialogue_model(
    dialogues: Sequence[corpora.OwnDialogue], read: list[Reading], logit: Floats, store: VectorStore
) -> tuple[LogisticRegression, list[str]]:
    """Every dialogue is learnt from twice: with what the bot made of each turn, and without it
    (an outside judge is not told)."""
    rows: list[dict[str, float]] = []
    y: list[float] = []
    at = 0
    for d in dialogues:
        vectors = store([t.text for t in d.turns])
        for blind in (False, True):
            turns = [
                Turn(t.text, v, d.lang, Outcome.NONE if blind else Outcome(t.outcome))
                for t, v in zip(d.turns, vectors, strict=True)
            ]
            for i in range(len(turns)):
                here = slice(at, at + i + 1)
                signals, _ = of_dialogue(turns[: i + 1], read[here], list(map(float, logit[here])))
                rows.append({"message": float(logit[at + i]), **signals})
                y.append(d.turns[i].mood)
        at += len(d.turns)
    names = list(rows[0])
    x = np.array([[row[n] for n in names] for row in rows])
    return _logistic(DIALOGUE_C, x, np.array(y), np.ones(len(y)) / 2), names


def save(weights: Weights, path: Path) -> None:
    def rounded(value: object) -> object:
        if isinstance(value, dict):
            return {k: rounded(v) for k, v in value.items()}
        return round(value, 5) if isinstance(value, float) else value

    path.write_text(json.dumps(rounded(asdict(weights)), indent=1) + "\n", "utf-8")
