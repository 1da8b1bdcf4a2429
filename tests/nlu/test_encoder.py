"""The exported encoder: unit vectors that mean something, safe to share, refused when damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.encoder import (
    BATCH_TOKENS,
    MANIFEST_FILE,
    MODEL_FILE,
    Encoder,
    EncoderError,
    batched,
    encoder_folder,
)


@pytest.fixture(scope="module")
def encoder() -> Encoder:
    return Encoder.load()


def test_vectors_have_unit_length_and_the_dimension_of_the_manifest(encoder: Encoder) -> None:
    vectors = encoder.encode(["Where is my parcel?", "ok", "", "🙂", "a " * 3000])
    assert vectors.shape == (5, encoder.dimension)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_a_rewording_is_closer_than_another_question(encoder: Encoder) -> None:
    asked, reworded, other = encoder.encode(
        ["Where is my parcel?", "my package has not come yet", "Can I pay with PayPal?"]
    )
    assert asked @ reworded > asked @ other + 0.2


def test_order_and_company_in_a_batch_change_nothing(encoder: Encoder) -> None:
    texts = [f"question number {i} " + "about my order " * (i % 7) for i in range(70)]
    together = encoder.encode(texts)
    alone = np.vstack([encoder.encode([text]) for text in texts[::10]])
    np.testing.assert_allclose(together[::10], alone, atol=1e-4)


@given(st.lists(st.integers(1, 600), max_size=80))
def test_batches_hold_every_text_once_and_few_tokens(lengths: list[int]) -> None:
    batches = batched(lengths)
    assert sorted(row for rows in batches for row in rows) == list(range(len(lengths)))
    for rows in batches:
        longest = max(lengths[row] for row in rows)
        assert len(rows) == 1 or len(rows) * longest <= BATCH_TOKENS


def test_threads_share_one_encoder(encoder: Encoder) -> None:
    texts = [f"how do I return item {i}" for i in range(24)]
    expected = encoder.encode(texts)
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda text: encoder.encode([text])[0], texts))
    np.testing.assert_allclose(np.array(found), expected, atol=1e-4)


def test_no_texts_are_no_vectors(encoder: Encoder) -> None:
    assert encoder.encode([]).shape == (0, encoder.dimension)


def test_one_text_instead_of_a_list_is_refused(encoder: Encoder) -> None:
    with pytest.raises(TypeError, match="list"):
        encoder.encode("hello")


def test_a_missing_export_says_which_command_makes_it(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"python -m bot\.nlu\.export"):
        Encoder.load(folder=tmp_path)


def test_a_damaged_model_is_refused(tmp_path: Path) -> None:
    whole = encoder_folder()
    shutil.copy(whole / MANIFEST_FILE, tmp_path)
    content = bytearray((whole / MODEL_FILE).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / MODEL_FILE).write_bytes(content)
    with pytest.raises(EncoderError, match="not the file its manifest describes"):
        Encoder.load(folder=tmp_path)


def test_the_export_agreed_with_the_original(encoder: Encoder) -> None:
    assert encoder.manifest.worst_cosine >= 0.96


def test_judging_imports_no_torch() -> None:
    script = "import sys; import bot.judge, bot.judgement; print('torch' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "False"
