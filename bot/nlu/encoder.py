"""The sentence encoder: text to unit vectors, on ONNX Runtime, without torch.

`bot.nlu.export` writes the folder that is loaded here; nothing in this module downloads anything.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

DEFAULT_MODEL = "all-MiniLM-L6-v2"
MODEL_FILE = "model.onnx"
TOKENIZER_FILE = "tokenizer.json"
MANIFEST_FILE = "manifest.json"
# Tokens per batch, padding included. Beyond it a batch leaves the processor's cache: of 128 tokens,
# four texts at once take a quarter less time than 32.
BATCH_TOKENS = 512


class Precision(StrEnum):
    """How the weights are stored; `docs/evaluation/answering.md` has what each costs."""

    FLOAT32 = "float32"
    INT8 = "int8"


class EncoderError(RuntimeError):
    """The exported encoder is missing, damaged or not the one that was asked for."""


@dataclass(frozen=True)
class Manifest:
    """What the export wrote and how well it agreed with the original."""

    model: str
    dimension: int
    precision: Precision
    max_tokens: int
    content_hash: str
    worst_cosine: float
    mean_cosine: float
    exported_with: str

    @classmethod
    def read(cls, folder: Path) -> Manifest:
        """Read `manifest.json`; raises EncoderError when it is missing or not understood."""
        path = folder / MANIFEST_FILE
        if not path.exists():
            raise EncoderError(
                f"No encoder in {folder}: run `python -m bot.nlu.export` once "
                "(needs sentence-transformers; set-up does it)."
            )
        try:
            raw = json.loads(path.read_text("utf-8"))
            known = {name: raw[name] for name in cls.__dataclass_fields__}
            return cls(**{**known, "precision": Precision(known["precision"])})
        except (KeyError, ValueError, TypeError) as error:
            raise EncoderError(f"{path} is not an encoder manifest: {error}") from error

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        (folder / MANIFEST_FILE).write_text(text, "utf-8")


def models_folder() -> Path:
    """Where trained things live: `BATON_MODELS`, or `models/` beside the `bot` package."""
    named = os.environ.get("BATON_MODELS")
    return Path(named) if named else Path(__file__).resolve().parents[2] / "models"


def encoder_folder(model: str | None = None) -> Path:
    """Folder of an exported model; the model's name is a setting (`BATON_ENCODER`)."""
    name = model or os.environ.get("BATON_ENCODER") or DEFAULT_MODEL
    return models_folder() / "encoder" / name.replace("/", "--")


def file_hash(path: Path) -> str:
    """sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def batched(lengths: Sequence[int]) -> list[list[int]]:
    """Texts by number, of so many tokens each, in batches of at most BATCH_TOKENS or of one text.

    Equal lengths side by side: padding is what a batch wastes. The longest come first, so that no
    thread is left with them at the end.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= BATCH_TOKENS:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


class Encoder:
    """Turns texts into vectors whose dot product is their cosine.

    Safe to share between threads: neither the session nor the tokenizer is changed after loading.
    """

    def __init__(self, folder: Path, *, threads: int = 1, max_tokens: int | None = None) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        self.manifest = Manifest.read(folder)
        model = folder / MODEL_FILE
        if not model.exists() or file_hash(model) != self.manifest.content_hash:
            raise EncoderError(
                f"{model} is not the file its manifest describes: export it again with "
                "`python -m bot.nlu.export`."
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        # A spinning pool would take the core that the next message needs.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(model), options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {given.name for given in self._session.get_inputs()}
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER_FILE))
        self._tokenizer.enable_truncation(min(max_tokens or 10**6, self.manifest.max_tokens))
        self._tokenizer.no_padding()
        self._workers = min(4, len(os.sched_getaffinity(0)))

    @classmethod
    def load(
        cls,
        model: str | None = None,
        *,
        folder: Path | None = None,
        threads: int = 1,
        max_tokens: int | None = None,
    ) -> Encoder:
        """Load an exported encoder; raises EncoderError and says which command makes one."""
        return cls(folder or encoder_folder(model), threads=threads, max_tokens=max_tokens)

    def is_word(self, word: str) -> bool:
        """Whether the model knows this (lower-case) as one word, not as scraps of others."""
        return self._tokenizer.token_to_id(word) is not None

    @property
    def dimension(self) -> int:
        return self.manifest.dimension

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts as an (n, dimension) float32 array of unit length rows, in order."""
        if isinstance(texts, str):
            raise TypeError("encode() takes a sequence of texts; put the one text into a list")
        result = np.zeros((len(texts), self.dimension), dtype=np.float32)
        if not texts:
            return result
        encodings = self._tokenizer.encode_batch([text or " " for text in texts])
        batches = batched([len(encoding.ids) for encoding in encodings])

        def run(rows: list[int]) -> None:
            result[rows] = self._run([encodings[i].ids for i in rows])

        if len(batches) == 1:
            run(batches[0])
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                list(pool.map(run, batches))
        return result

    def _run(self, rows: list[list[int]]) -> Vectors:
        width = max(map(len, rows))
        ids = np.zeros((len(rows), width), dtype=np.int64)
        mask = np.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row)] = row
            mask[i, : len(row)] = 1
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        (vectors,) = self._session.run(
            None, {name: value for name, value in given.items() if name in self._inputs}
        )
        return np.asarray(vectors, dtype=np.float32)
