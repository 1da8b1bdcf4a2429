"""What a button says may be typed: some customers answer with its words instead of pressing it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from bot.nlu.text import tokens
from bot.policies.hearing import Heard
from bot.vocabulary import Intent


def typed(heard: Heard, text: str, buttons: Iterable[Mapping[str, Any]]) -> Heard:
    """`heard`, with the meaning of the button that is labelled `text`, if one is.

    `buttons`: `{title, payload: '/intent{"entity": "value"}'}` of the bot's last turn. Case and
    punctuation are not compared. A request for a person stays one.
    """
    said = tokens(text)
    if heard.pressed or heard.asks_human or not said:
        return heard
    for button in buttons:
        if tokens(str(button.get("title", ""))) == said:
            intent, brace, rest = str(button.get("payload", "")).removeprefix("/").partition("{")
            entry = json.loads(brace + rest).get("entry") if brace else None
            return replace(
                heard,
                intent=intent,
                confidence=1.0,
                pressed=True,
                chosen=entry if intent == Intent.CHOOSE else None,
            )
    return heard
