"""Text that people write without asking this bot anything: what "unknown" looks like.

Shipped with the product (`pretrained/background.json`, sources and licences in its README).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PATH = Path(__file__).parent / "pretrained" / "background.json"


@dataclass(frozen=True)
class Background:
    """Lines of small talk and comment per language."""

    by_lang: Mapping[str, Sequence[str]]

    @classmethod
    @cache
    def load(cls, path: Path = PATH) -> Background:
        raw = json.loads(path.read_text("utf-8"))
        return cls({lang: tuple(lines) for lang, lines in raw["lines"].items()})

    def texts(self, lang: str) -> list[str]:
        return list(self.by_lang.get(lang, ()))
