"""What a running bot has in its memory, read from the running process itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rasa.processes import Customer, Process

pytestmark = [pytest.mark.rasa, pytest.mark.slow, pytest.mark.timeout(300)]


def loaded(process: int) -> set[str]:
    """File names of the libraries that a process has mapped."""
    maps = Path(f"/proc/{process}/maps").read_text().splitlines()
    return {Path(line.split()[-1]).name for line in maps if ".so" in line}


async def test_a_running_bot_has_no_torch_in_its_memory(bot: Process, customer: Customer) -> None:
    """After a turn, so that whatever loads late has loaded. The encoder's library is there: the
    test would see torch's."""
    await customer.say("how long does delivery take?")
    assert bot.running is not None
    libraries = loaded(bot.running.pid)
    assert any(name.startswith("onnxruntime") for name in libraries)
    assert not [name for name in libraries if "torch" in name]
