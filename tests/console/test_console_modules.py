"""The page's own tests (`*.test.mjs`) run with pytest, by the node that Playwright brings along."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

HERE = Path(__file__).parent
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
