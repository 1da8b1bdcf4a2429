"""The project's own lists of messages in their conversation: whole, and heard as labelled."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from bot.faq import read_folder
from bot.nlu.questions import split
from bot.nlu.tried import attempts
from bot.vocabulary import LANGUAGES
from ops.places import ROOT

LISTS = ROOT / "data" / "judgement"
PARTS = ("develop", "frozen")
NAMES = ("questions", "follow_up", "tried")
ENTRIES = {(entry.lang, entry.id) for entry in read_folder(ROOT / "data" / "faq")}


def rows(name: str, *parts: str) -> list[dict[str, Any]]:
    texts = [(LISTS / name / f"{part}.jsonl").read_text("utf-8") for part in parts]
    return [json.loads(line) for text in texts for line in text.splitlines()]


@pytest.mark.parametrize("name", NAMES)
def test_each_list_has_six_languages_and_nothing_twice(name: str) -> None:
    found = rows(name, *PARTS)
    assert len(found) >= 120
    counts = Counter(row["lang"] for row in found)
    assert set(counts) == set(LANGUAGES)
    assert min(counts.values()) >= 18
    assert len({(row.get("before"), row["text"]) for row in found}) == len(found)


def test_labels_are_entries_of_the_shop() -> None:
    for row in rows("questions", *PARTS):
        assert {(row["lang"], one) for one in row["entries"] if one} <= ENTRIES, row
    for row in rows("follow_up", *PARTS):
        named = {row["given"], row["entry"]} - {None}
        assert {(row["lang"], one) for one in named} <= ENTRIES, row


def test_messages_with_several_questions_are_cut() -> None:
    several = [row for row in rows("questions", "develop") if len(row["entries"]) > 1]
    missed = [row["text"] for row in several if len(split(row["text"])) < len(row["entries"])]
    assert len(missed) <= 0.03 * len(several), missed


def test_what_was_tried_is_heard_and_its_look_alikes_are_not() -> None:
    found = rows("tried", "develop")
    missed = [row["text"] for row in found if row["tried"] and not attempts(row["text"])]
    false = [row["text"] for row in found if not row["tried"] and attempts(row["text"])]
    assert len(missed) <= 0.03 * len(found), missed
    assert len(false) <= 0.03 * len(found), false
