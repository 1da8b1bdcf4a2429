"""Whoever waits for the encoder is encoded with the others who wait, and gets their own vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from bot.components import shared
from bot.nlu.batching import Batching
from bot.nlu.encoder import Encoder, Vectors


class Counting:
    """Vectors that hold the length of their text; keeps what it was given at once."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.may = threading.Event()
        self.begun = threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.batches.append(list(texts))
        self.begun.set()
        assert self.may.wait(5)
        if "bad" in texts:
            raise ValueError("bad")
        return np.array([[len(text)] for text in texts], dtype=np.float32)


def test_those_who_wait_are_encoded_together() -> None:
    counting = Counting()
    batching = Batching(counting.encode)
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(batching.encode, ["a"])
        assert counting.begun.wait(5)
        others = [pool.submit(batching.encode, ["b" * n, "c"]) for n in range(2, 8)]
        _until(lambda: len(batching._waiting) == 6)
        counting.may.set()
        assert first.result().tolist() == [[1]]
        assert [one.result().tolist() for one in others] == [[[n], [1]] for n in range(2, 8)]
    assert [len(batch) for batch in counting.batches] == [1, 12]


def test_a_failure_reaches_those_of_the_batch_and_nobody_later() -> None:
    counting = Counting()
    counting.may.set()
    batching = Batching(counting.encode)
    with pytest.raises(ValueError, match="bad"):
        batching.encode(["bad"])
    assert batching.encode(["good"]).tolist() == [[4]]


def test_many_threads_get_what_they_would_get_alone() -> None:
    encoder = Encoder.load()
    texts = [f"where is parcel number {n}?" + " please" * (n % 5) for n in range(24)]
    alone = encoder.encode(texts)
    batching = Batching(encoder.encode)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: batching.encode([text])[0], texts))
    np.testing.assert_allclose(np.array(together), alone, atol=1e-5)


def test_messages_of_several_conversations_share_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the worker warms them: one thread per conversation."""
    counting = Counting()
    batching = Batching(counting.encode)
    monkeypatch.setattr(shared, "batches", lambda: batching)
    monkeypatch.setattr(shared, "REMEMBER", shared.Remembered(100))
    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(shared.warm, "first")
        assert counting.begun.wait(5)
        others = [pool.submit(shared.warm, f"message {n}") for n in range(4)]
        _until(lambda: len(batching._waiting) == 4)
        counting.may.set()
        for one in (first, *others):
            one.result()
    assert [len(batch) for batch in counting.batches] == [1, 4]
    assert shared.vector_of("message 3").tolist() == [9]
    assert len(counting.batches) == 2  # remembered


def _until(true: Callable[[], bool]) -> None:
    waited = threading.Event()
    for _ in range(500):
        if true():
            return
        waited.wait(0.01)
    raise AssertionError("did not come")
