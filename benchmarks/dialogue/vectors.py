"""Vectors of many texts, encoded once and kept on disk beside the encoder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from bot.nlu.encoder import Encoder, models_folder

CHUNK = 4096


class VectorStore:
    """`store(texts)` gives float32 (n, dimension); what was asked for once is read from disk."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        recipe = encoder.manifest.content_hash[:12]
        self._path = models_folder() / "cache" / f"dialogue-{recipe}.npz"
        self._known: dict[str, npt.NDArray[np.float16]] = {}
        if self._path.exists():
            with np.load(self._path) as stored:
                self._known = dict(zip(stored["keys"].tolist(), stored["vectors"], strict=True))

    def __call__(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        keys = [hashlib.blake2b(text.encode(), digest_size=8).hexdigest() for text in texts]
        new = list(
            {
                key: text for key, text in zip(keys, texts, strict=True) if key not in self._known
            }.items()
        )
        for start in range(0, len(new), CHUNK):
            part = new[start : start + CHUNK]
            vectors = self._encoder.encode([text for _, text in part])
            self._known.update(
                {key: v.astype(np.float16) for (key, _), v in zip(part, vectors, strict=True)}
            )
        if new:
            self._save()
        if not texts:
            return np.zeros((0, self._encoder.dimension), dtype=np.float32)
        return np.stack([self._known[key] for key in keys]).astype(np.float32)

    def _save(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        beside = self._path.with_suffix(f".{os.getpid()}.tmp.npz")
        np.savez(
            beside, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values()))
        )
        beside.replace(self._path)
