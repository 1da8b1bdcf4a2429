"""Training of `bot.nlu.human`: its examples, its two linear models, how they are added."""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
import numpy.typing as npt
import yaml
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from benchmarks.dialogue import corpora
from benchmarks.dialogue.corpora import Labelled
from benchmarks.dialogue.vectors import VectorStore
from bot.faq.entries import read_folder
from bot.nlu.asking import BITS, WORDS, Features
from bot.nlu.human import Weights
from bot.nlu.lexicon import Lexicon, read_words

Floats = npt.NDArray[np.float64]
FOLDS = 5
SHORT_TURN = 3
# NLU++ labels these `handoff`; the first says the opposite, the second is for the other judge.
MISLABELLED = frozenset(
    {"No, you don't need to transfer me to a real person", "this is really frustrating"}
)
SLOT = re.compile(r"{(\w+)}")
CALL = re.compile(
    r"\b(call(?!s? service)|agent|contact|representative|get in touch)\b", re.IGNORECASE
)


def labelled_public() -> list[Labelled]:
    """Public examples. bitext's `contact_customer_service` ("what hours can I reach …?") stays a
    negative: the FAQ answers it, and `Request.offer` still catches what leans to a request."""
    found = [
        Labelled(text, "en", int(intent == "contact_human_agent"), f"bitext-{intent}")
        for text, intent in corpora.bitext()
    ]
    for text, intents, fold in corpora.nlupp():
        if text in MISLABELLED:
            continue
        found.append(Labelled(text, "en", int("handoff" in intents), f"nlupp-{fold}"))
    for text, _ in corpora.clinc("train"):
        found.append(Labelled(text, "en", 0, "clinc"))
    for text, _ in corpora.banking():
        found.append(Labelled(text, "en", 0, "banking"))
    for text, intent in corpora.rasa_examples():
        found.append(Labelled(text, "en", int(intent == "human_handoff"), "rasa"))
    for text, label in corpora.hint3():
        if "i am calling" not in text.lower():
            asks = label == "LEAD_GEN" and bool(CALL.search(text))
            found.append(Labelled(text, "en", int(asks), "hint3"))
    for lang in ("en", "nl"):
        found += [Labelled(text, lang, 0, "xsid") for text, _ in corpora.xsid(lang)]
    return [*found, *shop_questions()]


def own_turns() -> list[Labelled]:
    """Customer turns of the own dialogues, training part. A request of a word or two ("yes please")
    is one only after an offer, which this judge does not see: left out."""
    return [
        Labelled(turn.text, dialogue.lang, int(turn.wants_human), "own-turn")
        for dialogue in corpora.own_dialogues("train")
        for turn in dialogue.turns
        if not turn.wants_human or len(turn.text.split()) > SHORT_TURN
    ]


def foreign_lines(each: int = 700) -> list[Labelled]:
    """Ordinary lines of each language, none of them a request for a person."""
    found = []
    for lang in ("nl", "pt", "ru", "et"):
        lines = [text for text, _ in corpora.xed(lang)]
        found += random.Random(7).sample([(lang, t) for t in lines], min(each, len(lines)))
    for lang in ("af", "pt", "ru"):
        lines = [text for text, _ in corpora.semeval(lang, "train")]
        found += random.Random(7).sample([(lang, t) for t in lines], each)
    return [Labelled(text, lang, 0, "lines") for lang, text in found]


def patterned(most: int = 8, seed: int = 9) -> list[Labelled]:
    """The patterns of `patterns.yml`, each with up to `most` fillings of its lists."""
    chance = random.Random(seed)
    found = []
    raw = yaml.safe_load((Path(__file__).parent / "patterns.yml").read_text("utf-8"))
    for lang, given in raw.items():
        for key, label in (("ask", 1), ("not", 0)):
            for pattern in given[key]:
                names = sorted(set(SLOT.findall(pattern)))
                every = [dict(zip(names, f, strict=True)) for f in product(*map(given.get, names))]
                fillings = chance.sample(every, min(most, len(every)))
                filled = {pattern.format_map(filling) for filling in fillings}
                # Many fillings of one pattern are one lesson, not many.
                weight = "pattern" if len(filled) > 1 else "phrase"
                found += [Labelled(text, lang, label, weight) for text in sorted(filled)]
    return found


def shop_questions() -> list[Labelled]:
    """The questions of the shop's own FAQ: each has an answer, none asks for a person."""
    return [
        Labelled(question, entry.lang, 0, f"shop-{entry.id}")
        for entry in read_folder(corpora.ROOT / "data" / "faq")
        for question in entry.questions
    ]


def joined(examples: Sequence[Labelled], each: int, seed: int = 3) -> list[Labelled]:
    """Longer messages: a request before or after something else, and two other things together."""
    chance = random.Random(seed)
    found = []
    langs = sorted({e.lang for e in examples})
    for lang in langs:
        ask = [e for e in examples if e.lang == lang and e.label]
        other = [e for e in examples if e.lang == lang and not e.label and len(e.text) < 160]
        for _ in range(each if ask and other else 0):
            a, b, c = chance.choice(ask), chance.choice(other), chance.choice(other)
            glue = chance.choice([" ", ". ", ", ", "! ", "\n", "... "])
            first, second = (a, b) if chance.random() < 0.5 else (b, a)
            found.append(replace(a, text=f"{first.text}{glue}{second.text}", group="joined"))
            found.append(replace(b, text=f"{b.text}{glue}{c.text}", group="joined"))
    return found


def misspelt(examples: Sequence[Labelled], each: int, seed: int = 5) -> list[Labelled]:
    """Copies with one or two slips of the keyboard."""
    chance = random.Random(seed)
    found = []
    for e in chance.sample(list(examples), min(each, len(examples))):
        letters = list(e.text)
        for _ in range(1 + (len(letters) > 25)):
            i = chance.randrange(len(letters))
            if not letters[i].isalpha():
                continue
            kind = chance.randrange(3)
            if kind == 0:
                letters[i] = ""
            elif kind == 1:
                letters[i] *= 2
            elif i + 1 < len(letters):
                letters[i], letters[i + 1] = letters[i + 1], letters[i]
        found.append(replace(e, text="".join(letters), group="misspelt"))
    return found


def matrix(texts: Sequence[str]) -> sparse.csr_matrix:
    features = Features(Lexicon(read_words(WORDS)))
    rows, columns, values = [], [], []
    for i, text in enumerate(texts):
        for found, value in features.of_words(features.words(text)):
            rows.append(np.full(len(found), i))
            columns.append(found)
            values.append(np.full(len(found), value))
    data = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return sparse.csr_matrix(data, shape=(len(texts), 1 << BITS))


@dataclass(frozen=True, eq=False)
class Fit:
    text: LogisticRegression
    vector: LogisticRegression
    mix: LogisticRegression
    alone: LogisticRegression

    def logits(self, texts: sparse.csr_matrix, vectors: Floats) -> tuple[Floats, Floats]:
        return self.text.decision_function(texts), self.vector.decision_function(vectors)

    def score(self, texts: sparse.csr_matrix, vectors: Floats) -> Floats:
        found: Floats = self.mix.predict_proba(np.stack(self.logits(texts, vectors), axis=1))
        return found[:, 1]


TEXT_C, VECTOR_C = 30.0, 5.0


def _linear(c: float) -> LogisticRegression:
    return LogisticRegression(C=c, solver="liblinear", max_iter=300)


def fit(examples: Sequence[Labelled], weights: Floats, store: VectorStore) -> Fit:
    """Fit both models, and how to add them on what each says of the folds it has not seen."""
    texts = matrix([e.text for e in examples])
    vectors = store([e.text for e in examples])
    y = np.array([e.label for e in examples])
    part = np.array([zlib.crc32(e.text.encode()) % FOLDS for e in examples])
    unseen = np.zeros((len(y), 2))
    for k in range(FOLDS):
        there, here = part != k, part == k
        a = _linear(TEXT_C).fit(texts[there], y[there], weights[there])
        b = _linear(VECTOR_C).fit(vectors[there], y[there], weights[there])
        unseen[here, 0] = a.decision_function(texts[here])
        unseen[here, 1] = b.decision_function(vectors[here])
    mix = LogisticRegression(C=1.0).fit(unseen, y, weights)
    alone = LogisticRegression(C=1.0).fit(unseen[:, :1], y, weights)
    return Fit(
        _linear(TEXT_C).fit(texts, y, weights),
        _linear(VECTOR_C).fit(vectors, y, weights),
        mix,
        alone,
    )


def training_set(
    public: Sequence[Labelled], own: Sequence[Labelled], joins: int = 400, slips: int = 4000
) -> tuple[list[Labelled], Floats]:
    """Examples and their weights: own examples count more, they are few and hard. A pattern may
    come to what stands in the frozen part ("bel me terug"): left out."""
    frozen = {e.text.casefold() for e in corpora.own_human("frozen")}
    base = [e for e in (*public, *own, *patterned()) if e.text.casefold() not in frozen]
    asks = [e for e in base if e.label]
    examples = [
        *base,
        *own_turns(),
        *foreign_lines(),
        *joined(base, joins),
        *misspelt([*own, *asks], slips),
    ]
    weight = {"own-train": 5.0, "own-turn": 2.0, "pattern": 0.6, "phrase": 2.0}
    return examples, np.array([weight.get(e.group, 1.0) for e in examples])


def packed(fitted: Fit, decide: float, offer: float) -> Weights:
    mix, alone = fitted.mix, fitted.alone
    return Weights(
        text=fitted.text.coef_[0].astype(np.float32),
        text_bias=float(fitted.text.intercept_[0]),
        vector=fitted.vector.coef_[0].astype(np.float32),
        vector_bias=float(fitted.vector.intercept_[0]),
        mix=(float(mix.coef_[0, 0]), float(mix.coef_[0, 1]), float(mix.intercept_[0])),
        alone=(float(alone.coef_[0, 0]), float(alone.intercept_[0])),
        decide=decide,
        offer=offer,
    )
