"""What a text must be before it enters the log: cleaned at the edge, once."""

from __future__ import annotations

import re
import unicodedata

LONGEST = 4000  # characters of a message that the log keeps
MARKS = 8  # combining marks kept on one character; more is «zalgo», which covers its neighbours

# Controls except tab and line feed; lone surrogates become U+FFFD before this runs.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
# Invisible characters that alone make no message, and overrides that turn the reading direction of
# what follows.
_INVISIBLE = re.compile(
    r"[\u200b-\u200f\u2060-\u2064\ufeff\u00ad\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0]"
)
_OVERRIDES = re.compile(r"[\u202a-\u202e\u2066-\u2069]")


class TextRefused(Exception):
    """The text can never be a message. `code` is `empty` or `too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def clean(text: str, longest: int = LONGEST) -> str:
    """The text as it may be stored and shown. Raises TextRefused."""
    if len(text) > longest * 4:  # before any work is spent on it
        raise TextRefused("too_long")
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    text = _CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    text = _few_marks(text).strip()
    if not _visible(text):
        raise TextRefused("empty")
    if len(text) > longest:
        raise TextRefused("too_long")
    return text


def clean_name(name: str, longest: int = 80) -> str | None:
    """A name or a title given by a customer or a platform: one line, no direction tricks; None
    when nothing is left."""
    try:
        name = clean(_OVERRIDES.sub("", name)[: longest * 2])
    except TextRefused:
        return None
    return " ".join(_INVISIBLE.sub("", name).split())[:longest] or None


def _visible(text: str) -> bool:
    return any(
        unicodedata.category(c)[0] not in "MCZ"
        for c in _INVISIBLE.sub("", _OVERRIDES.sub("", text))
    )


def _few_marks(text: str) -> str:
    if not any(unicodedata.combining(c) for c in text):
        return text
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS:
            kept.append(character)
    return "".join(kept)
