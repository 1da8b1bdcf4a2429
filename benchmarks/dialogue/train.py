"""`python -m benchmarks.dialogue.train [human|tone|frustration ...]`: makes `bot/nlu/pretrained/`.

Reads the public development data (`BATON_DATA`) and the training halves of `data/judgement`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from benchmarks.dialogue import corpora, human, mood, tone
from benchmarks.dialogue.vectors import VectorStore
from bot.nlu import frustration
from bot.nlu import tone as reading
from bot.nlu.encoder import Encoder
from bot.nlu.human import WEIGHTS, Weights

# Chosen on the training halves and the public development sets; see docs/evaluation/dialogue.md.
DECIDE, OFFER = 0.65, 0.2
PERSON_OFFERED, HANDED_OVER = 0.5, 0.8


def save_human(weights: Weights, path: Path, encoder: str) -> None:
    np.savez_compressed(
        path,
        text=weights.text.astype(np.float16),
        text_bias=weights.text_bias,
        vector=weights.vector.astype(np.float16),
        vector_bias=weights.vector_bias,
        mix=weights.mix,
        alone=weights.alone,
        decide=weights.decide,
        offer=weights.offer,
        encoder=encoder,
    )


def train_human(store: VectorStore, encoder: str) -> None:
    examples, weights = human.training_set(human.labelled_public(), corpora.own_human("train"))
    fitted = human.fit(examples, weights, store)
    save_human(human.packed(fitted, DECIDE, OFFER), WEIGHTS, encoder)
    print(f"human: {len(examples)} examples, mix {fitted.mix.coef_[0].round(3)}")


def train_tone(store: VectorStore, encoder: str) -> None:
    heads = {
        "anger": tone.head(tone.angry_texts(), store)[0],
        "negative": tone.head(tone.negative_texts(), store)[0],
        "upset": mood.upset_head(store, mood.own_turns()),
        "service": tone.head(tone.service_texts(), store)[0],
        "patience": mood.patience_head(store, mood.own_turns()),
    }
    stored = {key: part for name, head in heads.items() for key, part in head.stored(name).items()}
    np.savez_compressed(reading.WEIGHTS, encoder=encoder, **stored)
    print("tone:", {name: (head.english, head.other) for name, head in heads.items()})


def train_frustration(store: VectorStore) -> None:
    with np.load(reading.WEIGHTS) as stored:
        heads = {name: reading.Head.read(stored, name) for name in reading.HEADS}
    weights = mood.train(store, heads, PERSON_OFFERED, HANDED_OVER)
    mood.save(weights, frustration.WEIGHTS)
    print("frustration:", weights)


def main(parts: list[str]) -> None:
    encoder = Encoder.load()
    store = VectorStore(encoder)
    if not parts or "human" in parts:
        train_human(store, encoder.manifest.model)
    if not parts or "tone" in parts:
        train_tone(store, encoder.manifest.model)
    if not parts or "frustration" in parts:
        train_frustration(store)


if __name__ == "__main__":
    main(sys.argv[1:])
