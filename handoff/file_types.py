"""What a file is follows from its first bytes; what a sender says of it is believed only where it
does no harm."""

from __future__ import annotations

import re

import filetype  # type: ignore[import-untyped]

# What browsers show as it is. Nothing that could carry a script is among it.
SHOWN = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/webp", "audio/wav", "audio/ogg", "audio/mpeg"}
    | {"audio/mp4", "audio/webm", "video/mp4", "video/webm"}
)
SAME = {
    "audio/x-wav": "audio/wav",
    "video/x-m4v": "video/mp4",
    "video/quicktime": "video/mp4",  # an iPhone's; browsers play what is in it under this name only
}
# Of these the browser sees only a download; the name's ending tells people what it is.
TOLD = re.compile(r"(application|text)/[a-z0-9.+-]{1,80}")
RUN = re.compile(r"html|xml|svg|script")
SOUND_ONLY = {"video/webm": "audio/webm", "video/mp4": "audio/mp4", "video/ogg": "audio/ogg"}
LOOKED_AT = 8192  # bytes


def type_of(content: bytes, told: str) -> str:
    """The type by the first bytes; `application/octet-stream` for what might be run."""
    found = filetype.guess_mime(content[:LOOKED_AT]) if content else None
    found = SAME.get(found or "", found)
    if found and RUN.search(found):
        found = None
    if found in SOUND_ONLY and told == SOUND_ONLY[found]:
        return str(told)  # one container for both
    # Office documents are zips; more than the library knows.
    if found and not (found == "application/zip" and told.startswith("application/vnd.")):
        return str(found)
    if TOLD.fullmatch(told) and not RUN.search(told):
        return told
    return str(found or "application/octet-stream")


def kind_of(type: str) -> str:
    """image, audio or video for what browsers show; file for everything else."""
    return type.partition("/")[0] if type in SHOWN else "file"
