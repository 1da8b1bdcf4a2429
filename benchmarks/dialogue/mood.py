"""Training of `bot.nlu.frustration`: first the message by itself, then the dialogue."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

from benchmarks.dialogue import corpora, tone
from benchmarks.dialogue.tone import Toned
from benchmarks.dialogue.vectors import VectorStore
from bot.nlu.dialogue import Outcome, Turn
from bot.nlu.frustration import Weights
from bot.nlu.signals import eased, of_dialogue, of_message
from bot.nlu.tone import Head, Looks, Reading, Words

Floats = npt.NDArray[np.float64]
FOLDS = 5


def own_turns() -> list[Toned]:
    return [
        Toned(turn.text, d.lang, turn.mood, "own")
        for d in corpora.own_dialogues("train")
        for turn in d.turns
    ]


def upset_head(store: VectorStore, own: Sequence[Toned]) -> Head:
    return tone.head(own, store, text_c=1.0, vector_c=0.5)[0]


def patience_head(store: VectorStore, own: Sequence[Toned]) -> Head:
    """As `upset_head`, with single messages to a company and the shop's calm questions as well:
    what tells lost patience from trouble told plainly. It ranks real support dialogues, where all
    have trouble, worse than `upset`, so it has the smaller weight and bounds what is decided."""
    said = [replace(e, weight=min(e.weight, 1.0)) for e in tone.said_texts()]
    return upset_head(store, [*own, *said])


# Learnt from own turns: what is trained on top must not see a logit of the turn's own label.
OWN_HEADS = {"upset": upset_head, "patience": patience_head}


def readings(examples: Sequence[Toned], logits_of: dict[str, Floats]) -> list[Reading]:
    words = Words()
    found = []
    for i, example in enumerate(examples):
        read, counts, _ = words.read(example.text, example.lang)
        own = {name: float(values[i]) for name, values in logits_of.items()}
        found.append(Reading(read, counts, Looks.of(example.text), **own))
    return found


def logits(head: Head, examples: Sequence[Toned], store: VectorStore) -> Floats:
    words = Words()
    vectors = store([e.text for e in examples])
    return np.array(
        [
            np.clip(head.logit(words.read(e.text, e.lang)[2], v, e.lang == "en"), -8, 8)
            for e, v in zip(examples, vectors, strict=True)
        ]
    )


def unseen(
    fit: Callable[[VectorStore, Sequence[Toned]], Head],
    own: Sequence[Toned],
    parts: npt.NDArray[np.int64],
    store: VectorStore,
) -> Floats:
    """A logit of each own turn, from a head that has not seen its dialogue."""
    found = np.zeros(len(own))
    for k in range(FOLDS):
        head = fit(store, [e for e, p in zip(own, parts, strict=True) if p != k])
        here = [e for e, p in zip(own, parts, strict=True) if p == k]
        found[parts == k] = logits(head, here, store)
    return found


def logistic(x: Floats, y: Floats, w: Floats, prior: Floats, hold: Floats) -> tuple[Floats, float]:
    """Logistic regression on soft labels that is held to `prior` weights, each by its `hold`.

    Minimises the weighted log loss plus sum(hold * (scale * (weights - prior))^2) / 2, where
    `scale` is the spread of each column. Returns weights and bias.
    """
    scale = np.maximum(x.std(axis=0), 1e-3)

    def loss(theta: Floats) -> tuple[float, Floats]:
        z = x @ theta[:-1] + theta[-1]
        away = scale * (theta[:-1] - prior)
        value = float(w @ (np.logaddexp(0, z) - y * z) + (hold * away**2).sum() / 2)
        slope = w * (1 / (1 + np.exp(-z)) - y)
        return value, np.append(x.T @ slope + hold * scale * away, slope.sum())

    best = minimize(loss, np.append(prior, 0.0), jac=True, method="L-BFGS-B").x
    return best[:-1], float(best[-1])


# Where the weights of a message start from: what ranks the turns of real support and task dialogues
# (chosen on MAIA-DQE and USS, which are measured on and never trained on). Own dialogues move them
# from there.
MESSAGE_PRIOR = {
    "anger": 1.0, "negative": 0.8, "upset": 1.3, "patience": 0.6, "words": 0.8,
    "TROUBLE": 0.4, "THREAT": 0.5,
    "PROFANITY": 0.2, "INSULT": 0.2, "ANGER": 0.2, "URGENT": 0.1, "WAIT": 0.3, "AGAIN": 0.1,
    "CORRECTION": 0.6, "DOUBT": 0.5, "GIVEUP": 0.5, "denies": 0.6, "NO": 0.3, "NEVER": 0.2,
    "TIMES": 1.8,
    "sneer": 0.9, "capitals": 1.2, "angry_signs": 0.5, "happy_signs": -0.6, "glad": -0.3,
    "CLOSING": -0.3, "glad_loud": -0.5, "questions": 0.4,
}  # fmt: skip
DIALOGUE_PRIOR = {
    "message": 0.8, "repeats": 1.4, "insists": 1.0, "failures": 0.5, "rejections": 0.3,
    "carried": 0.2, "manners": 0.1, "turn": 0.0, "knocks": 0.5, "silence": 0.15,
}  # fmt: skip
# A first message that is no service talk, as ranked by the anger of short public texts (SemEval,
# GoEmotions dev). The constant says where it lies beside service talk of the prior's weights.
SOCIAL, SOCIAL_BIAS = {"anger": 1.2, "negative": 0.2}, 1.5
# How hard the weights are held. The first few decide over single messages and are all but fixed.
# In dialogues written to show lost patience it always comes late and after good manners; real
# customers often begin with it, so neither may be learnt here.
MESSAGE_HOLD, DIALOGUE_HOLD, FIXED = 700.0, 300.0, 1e5
# The written dialogues have no times: the two signals of time keep their modest prior.
HELD = frozenset(
    {"anger", "negative", "words", "TROUBLE", "CORRECTION", "DOUBT", "GIVEUP", "denies", "NO"}
    | {"NEVER", "TIMES", "CLOSING", "insists", "carried", "manners", "turn", "knocks", "silence"}
)


def train(store: VectorStore, heads: dict[str, Head], offer: float, hand_over: float) -> Weights:
    dialogues = corpora.own_dialogues("train")
    own = own_turns()
    parts = np.array([zlib.crc32(d.name.encode()) % FOLDS for d in dialogues for _ in d.turns])
    of_own = {
        name: logits(head, own, store) for name, head in heads.items() if name not in OWN_HEADS
    }
    of_own |= {name: unseen(fit, own, parts, store) for name, fit in OWN_HEADS.items()}
    own_read = readings(own, of_own)
    names = list(of_message(own_read[0]))
    x = np.array([[of_message(r)[n] for n in names] for r in own_read])
    y = np.array([e.label for e in own])
    prior = np.array([MESSAGE_PRIOR.get(n, 0.0) for n in names])
    hold = np.array([FIXED if n in HELD else MESSAGE_HOLD for n in names])
    message, bias = logistic(x, y, np.ones(len(y)), prior, hold)
    moved = float(np.mean(x @ (message - prior))) + bias
    usual = dict(zip(names, map(float, x[y == 0].mean(axis=0)), strict=True))
    dialogue, dialogue_bias = dialogue_model(
        dialogues, own_read, np.array([eased(z) for z in x @ message + bias]), store
    )
    return Weights(
        message=dict(zip(names, map(float, message), strict=True)),
        message_bias=bias,
        social=SOCIAL,
        social_bias=SOCIAL_BIAS + moved,
        usual=usual,
        dialogue=dialogue,
        dialogue_bias=dialogue_bias,
        offer=offer,
        hand_over=hand_over,
    )


def dialogue_model(
    dialogues: Sequence[corpora.OwnDialogue], read: list[Reading], logit: Floats, store: VectorStore
) -> tuple[dict[str, float], float]:
    """Every dialogue is learnt from twice: with what the bot made of each turn, and without it
    (an outside judge is not told)."""
    rows: list[dict[str, float]] = []
    y: list[float] = []
    at = 0
    store([t.text for d in dialogues for t in d.turns])
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
    prior = np.array([DIALOGUE_PRIOR[n] for n in names])
    hold = np.array([FIXED if n in HELD else DIALOGUE_HOLD for n in names])
    weights, bias = logistic(x, np.array(y), np.full(len(y), 0.5), prior, hold)
    return dict(zip(names, map(float, weights), strict=True)), bias


def save(weights: Weights, path: Path) -> None:
    def rounded(value: object) -> object:
        if isinstance(value, dict):
            return {k: rounded(v) for k, v in value.items()}
        return round(value, 5) if isinstance(value, float) else value

    path.write_text(json.dumps(rounded(asdict(weights)), indent=1) + "\n", "utf-8")
