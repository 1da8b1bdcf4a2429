"""What the desk says, in the customer's language, where it is sent out as text.

The widget words the same entries by the same rules (`handoff/widget/texts.js`), from the same file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

FALLBACK = "en"
_PLACE = re.compile(r"\{(\w+)\}")


@cache
def _texts() -> Mapping[str, Mapping[str, str]]:
    loaded: dict[str, dict[str, str]] = json.loads(
        (files("handoff") / "texts.json").read_text("utf-8")
    )
    return loaded


class Words:
    """The texts of one language, with English where it lacks one."""

    def __init__(self, *wanted: str | None) -> None:
        """The first of the wanted languages that there is (`pt-BR` is `pt`)."""
        tags = ((one or "").replace("_", "-").split("-")[0].lower() for one in wanted)
        self.lang = next((tag for tag in tags if tag in _texts()), FALLBACK)

    def has(self, key: str) -> bool:
        return key in _texts()[self.lang] or key in _texts()[FALLBACK]

    def say(self, key: str, values: Mapping[str, Any]) -> str:
        """The sentence with its `{places}` filled in; a place without a value stays as it is."""
        sentence = _texts()[self.lang].get(key) or _texts()[FALLBACK].get(key) or key
        return _PLACE.sub(
            lambda place: str(values[place[1]]) if values.get(place[1]) is not None else place[0],
            sentence,
        )

    def notice(self, owner: bool, body: Mapping[str, Any]) -> str | None:
        """The sentence of a change of owner, or of a notice; None for one that is not known. The
        fullest wording wins whose values are there."""
        key = f"notice.{body.get('cause') if owner else body.get('notice')}"
        params = body.get("params")
        values = {**body, **(params if isinstance(params, Mapping) else {})}
        variants = (
            (values.get("position") and values.get("low") and values.get("high"), f"{key}.range"),
            (values.get("position"), f"{key}.position"),
            (values.get("reason"), f"{key}.{values.get('reason')}"),
            (True, key),
        )
        for there, variant in variants:
            if there and self.has(variant):
                return self.say(variant, values)
        return values.get("text")
