"""Where everything was set up, a test that could not be run is a failure."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops.places import ROOT


@pytest.mark.parametrize("part", ["browser", "rasa"])
@pytest.mark.parametrize(("require_all", "status"), [("", 0), ("1", 1)])
def test_a_skipped_part(tmp_path: Path, part: str, require_all: str, status: int) -> None:
    file = tmp_path / "test_part.py"
    file.write_text(
        f"import pytest\n@pytest.mark.{part}\ndef test_it():\n    pytest.skip('no such part')\n"
    )
    options = ["-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    asked = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *options, str(file)],
        cwd=ROOT,
        env={**os.environ, "BATON_REQUIRE_ALL": require_all},
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == status, asked.stdout + asked.stderr
    assert ("skipped" in asked.stdout.splitlines()[-1]) == (status == 0)
