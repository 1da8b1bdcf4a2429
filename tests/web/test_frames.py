"""Whatever comes in is a frame we know or a BadFrame: never anything else."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handoff.web import frames

NAMES = sorted({*frames.WIDGET, *frames.CONSOLE, "type", "id", "text", "seq", "after", "token"})
FIELDS = sorted(
    {
        field.name
        for kind in (*frames.WIDGET.values(), *frames.CONSOLE.values())
        for field in fields(kind)
    }
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None), max_size=80)
    | st.sampled_from(NAMES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200)
    | VALUES.map(json.dumps)
    | st.dictionaries(st.sampled_from([*FIELDS, "type"]), VALUES).map(json.dumps)
)
def test_nothing_else_comes_out(raw: str) -> None:
    for kinds in (frames.WIDGET, frames.CONSOLE):
        told: Any = None
        try:
            told = frames.read(raw, kinds)
        except frames.BadFrame as bad:
            told = bad
        if isinstance(told, frames.BadFrame):
            assert json.dumps({"code": told.code, "id": told.id}).isascii()
        else:
            assert type(told) in kinds.values()


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(sorted(frames.WIDGET)), st.data())
def test_a_whole_frame_is_read_and_unknown_fields_are_ignored(name: str, data: Any) -> None:
    kind = frames.WIDGET[name]
    whole = {
        field.name: data.draw(
            st.integers(0, frames.BIGGEST)
            if field.name in ("after", "entry", "button", "seq")
            else st.from_regex(frames.ID, fullmatch=True)
        )
        for field in fields(kind)
    }
    frame = frames.read(json.dumps({"type": name, "more": [1], **whole}), frames.WIDGET)
    assert {field.name: getattr(frame, field.name) for field in fields(kind)} == whole


@pytest.mark.parametrize(
    ("kinds", "title"), [(frames.WIDGET, "## Widget"), (frames.CONSOLE, "## Console ⇄")]
)
def test_the_protocol_lists_every_frame(kinds: dict[str, type], title: str) -> None:
    text = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()
    section = text[text.index(title) :].split("\n## ")[0]
    for name in kinds:
        assert f'"type":"{name}"' in section or f"`{name}`" in section
