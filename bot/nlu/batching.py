"""Turns that wait for the encoder together are encoded together."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from threading import Lock

from bot.nlu.encoder import Encode, Vectors


@dataclass
class Waiting:
    """Texts of one thread, until somebody has encoded them."""

    texts: Sequence[str]
    vectors: Vectors | None = None
    error: Exception | None = None


class Batching:
    """`encode` for many threads: while one encodes, the texts of the others gather, and whoever is
    next encodes them all at once. Nobody waits for a batch to fill."""

    def __init__(self, encode: Encode) -> None:
        self._encode = encode
        self._encoding = Lock()
        self._waiting: deque[Waiting] = deque()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder.encode`; raises what that raised for the batch."""
        mine = Waiting(texts)
        self._waiting.append(mine)
        with self._encoding:
            if mine.vectors is None and mine.error is None:
                self._encode_waiting()
        if mine.error is not None:
            raise mine.error
        assert mine.vectors is not None
        return mine.vectors

    def _encode_waiting(self) -> None:
        batch = [self._waiting.popleft() for _ in range(len(self._waiting))]
        try:
            vectors = self._encode([text for one in batch for text in one.texts])
        except Exception as error:
            for one in batch:
                one.error = error
            return
        start = 0
        for one in batch:
            one.vectors = vectors[start : start + len(one.texts)]
            start += len(one.texts)
