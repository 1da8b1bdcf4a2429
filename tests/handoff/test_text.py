"""What may enter the log as a text, whatever is sent."""

from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.text import LONGEST, MARKS, TextRefused, clean, clean_name

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("  hello  ", "hello"),
        ("two\r\nlines\rthree", "two\nlines\nthree"),
        ("he\x00llo\x07\x9b", "hello"),
        ("tab\there", "tab\there"),
        ("half \ud800 pair", "half \ufffd pair"),
        (FAMILY, FAMILY),
        ("/restart", "/restart"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("\u202eabc", "\u202eabc"),  # shown inside <bdi>; removed from names
    ],
)
def test_kept(given_text: str, kept: str) -> None:
    assert clean(given_text) == kept


@pytest.mark.parametrize(
    "nothing", ["", "   ", "\n\t", "\u200b", "\u200b\u2060", "\u0301\u0301", "\x00", "\u3164"]
)
def test_nothing_to_say(nothing: str) -> None:
    with pytest.raises(TextRefused) as refused:
        clean(nothing)
    assert refused.value.code == "empty"


@pytest.mark.parametrize("length", [LONGEST + 1, 20_000, 1_000_000])
def test_too_long(length: int) -> None:
    with pytest.raises(TextRefused) as refused:
        clean("x" * length)
    assert refused.value.code == "too_long"


def test_the_longest_text_is_kept() -> None:
    assert len(clean("x" * LONGEST)) == LONGEST


def test_zalgo_is_calmed() -> None:
    assert clean("a" + "\u0301" * 500 + "b") == "a" + "\u0301" * MARKS + "b"


@given(st.text(alphabet=st.characters(), max_size=300))
def test_whatever_comes_is_fit_for_redis_json_and_a_page(text: str) -> None:
    try:
        kept = clean(text)
    except TextRefused:
        return
    json.dumps(kept).encode()
    kept.encode("utf-8")
    assert not any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in kept)
    assert clean(kept) == kept


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("Ana", "Ana"),
        ("  Ana\nMaria ", "Ana Maria"),
        ("\u202esupport", "support"),
        ("\u2066x\u2069", "x"),
        ("\u200b", None),
        ("", None),
        ("x" * 300, "x" * 80),
    ],
)
def test_names(name: str, kept: str | None) -> None:
    assert clean_name(name) == kept
