"""The page's own tests (`*.test.mjs`) run with pytest, by the node that Playwright brings along."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from bot.nlu.lexicon import read_words
from bot.nlu.text import without_marks
from bot.nlu.tried import WORDS

HERE = Path(__file__).parent
TRIED = HERE.parents[1] / "handoff" / "console" / "tried.js"
SUITES = sorted(HERE.glob("*.test.mjs"))


def test_there_are_suites() -> None:
    assert len(SUITES) >= 5


@pytest.mark.parametrize("suite", SUITES, ids=lambda path: path.name)
def test_suite(suite: Path) -> None:
    node, _ = compute_driver_executable()
    done = subprocess.run(
        [node, "--test", str(suite)], capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_page_and_the_bot_leave_out_the_same_words() -> None:
    """What tells that something was tried, not what: `silent` of bot/nlu/tried_words.yml."""
    node, _ = compute_driver_executable()
    script = (
        f"import({json.dumps(TRIED.as_uri())}).then((m) => console.log([...m.SILENT].join(' ')))"
    )
    done = subprocess.run(
        [node, "-e", script], capture_output=True, text=True, timeout=50, check=True
    )
    listed = {word for words in read_words(WORDS)["silent"].values() for word in words}
    assert {without_marks(word) for word in done.stdout.split()} == set(map(without_marks, listed))
