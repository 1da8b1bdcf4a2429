"""Splitting: always the same way, nothing lost, nothing cut in two that belongs together."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from handoff.channels.parts import length, split

texts = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from(" \n.🙂é"), max_size=400)


@given(text=texts, longest=st.integers(2, 60))
def test_every_piece_fits_and_nothing_but_space_is_lost(text: str, longest: int) -> None:
    pieces = split(text, longest)
    assert all(length(piece) <= longest for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())
    assert pieces == split(text, longest)


@given(text=texts)
def test_what_fits_is_not_split(text: str) -> None:
    assert split(text, 2000) == [text.strip()]


def test_cuts_are_at_the_best_place() -> None:
    assert split("One two. Three four five", 18) == ["One two. Three", "four five"]
    assert split("One two three. Four five", 18) == ["One two three.", "Four five"]
    assert split("One two three.\nFour. Five", 20) == ["One two three.", "Four. Five"]
    assert split("One two.\n\nThree\nfour five", 14) == ["One two.", "Three\nfour", "five"]
