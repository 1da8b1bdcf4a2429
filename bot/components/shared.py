"""The one judge of this process, and the vector of each message, encoded once for everything."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from functools import cache
from threading import Lock

import numpy as np

from bot.faq import FaqEntry
from bot.judgement import Judge
from bot.nlu.batching import Batching
from bot.nlu.encoder import Encoder, Vectors
from bot.reading import looked_up

# Texts whose vectors are kept, 6 MB: earlier messages of a dialogue are compared with the present.
REMEMBERED = 4096


@cache
def judge() -> Judge:
    """Encoder and detectors; `bot.components.faq` puts the index in. Raises if one is missing."""
    return Judge(Encoder.load())


@cache
def batches() -> Batching:
    """Messages that wait for the encoder at the same time are encoded together."""
    return Batching(judge().encoder.encode)


class Remembered:
    """Vectors of the last texts; safe to ask from any thread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = Lock()

    def of(self, texts: Sequence[str]) -> list[Vectors]:
        """The unit vectors of `texts`, each (dimension,); what is not known is encoded at once."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            for text, vector in zip(missing, batches().encode(missing), strict=True):
                vector.flags.writeable = False
                known[text] = vector
        with self._lock:
            for text in texts:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > self._most:
                self._vectors.popitem(last=False)
        return [known[text] for text in texts]


REMEMBER = Remembered(REMEMBERED)


def vectors_of(texts: Sequence[str]) -> Vectors:
    """The unit vectors of `texts`, (n, dimension); those not known are encoded in one batch."""
    return np.array(REMEMBER.of(texts), dtype=np.float32)


def vector_of(text: str) -> Vectors:
    """The unit vector of `text`, (dimension,). Safe to call from any thread."""
    return REMEMBER.of([text])[0]


def warm(text: str, hint: str | None = None) -> str | None:
    """Encode `text` now, in this thread, and what will be looked up for it; whoever needs one of
    their vectors next finds it remembered. Its language, or `hint`, that of the conversation so
    far, when there are no words."""
    if not text:
        return hint
    lang = judge().language(text, hint).lang
    REMEMBER.of([text, *looked_up(judge(), text, lang)])
    return lang


def entry_of(name: str, lang: str) -> FaqEntry:
    """The entry in `lang`, or in the first fall-back language; raises KeyError when none has it."""
    found = judge().index.entry(name, lang)
    if found is None:
        raise KeyError(f"There is no FAQ entry {name!r}")
    return found
