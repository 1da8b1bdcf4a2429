"""An entry as the parts that a platform can take: always the same ones for the same entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handoff.channels.contract import File, Part
from handoff.channels.inbox import INBOX
from handoff.model import Entry, Kind, Sender
from handoff.wording import Words

LONGEST_LABEL = 64  # characters of a button


def length(text: str) -> int:
    """UTF-16 units: what Telegram counts, and never fewer than characters."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def split(text: str, longest: int) -> list[str]:
    """Pieces of at most `longest` UTF-16 units, cut at the best place in the last half: a blank
    line, a line, a sentence, a word; inside a word only when there is no other place. Nothing but
    white space at the cuts is lost."""
    pieces = []
    rest = text.strip()
    while length(rest) > longest:
        head = _prefix(rest, longest)
        cut = _place(head)
        pieces.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    if rest or not pieces:
        pieces.append(rest)
    return pieces


def _prefix(text: str, longest: int) -> str:
    """The longest beginning of at most `longest` units that cuts no character in two."""
    head = text[:longest]
    while length(head) > longest:
        head = head[: len(head) - max(1, (length(head) - longest) // 2)]
    return head


def _place(head: str) -> int:
    half = len(head) // 2
    for mark in ("\n\n", "\n", ". ", "! ", "? ", " "):
        at = head.rfind(mark, half)
        if at > 0:
            return at + len(mark)
    # A joined character (family, flag, accent) is kept whole where that is possible.
    cut = len(head)
    while cut > half and head[cut - 1] in "\u200d\ufe0f":
        cut -= 1
    return cut


def parts_of(entry: Entry, words: Words, longest: int, mark: str) -> tuple[Part, ...]:
    """What is sent of an entry; nothing of the customer's own, of notes, and of notices for
    agents."""
    body = entry.body
    if entry.sender is Sender.CUSTOMER or entry.for_agents_only or entry.kind is Kind.EDIT:
        return ()
    if body.get("agent") == INBOX:  # the customer has it already, from the platform itself
        return ()
    said = (
        entry.text
        if entry.kind is Kind.MESSAGE
        else words.notice(entry.kind is Kind.OWNER, body) or ""
    )
    source = body.get("source")
    if isinstance(source, Mapping) and source.get("url"):
        named = words.say("source", {"title": source.get("title") or ""})
        said = f"{said}\n\n{named}\n{source['url']}"
    texts = split(said, longest) if said.strip() else []
    files = [_file(one) for one in body.get("attachments") or () if one.get("id")]
    labels = tuple(
        str(button.get("label", ""))[:LONGEST_LABEL] for button in body.get("buttons") or ()
    )
    total = len(texts) + len(files)

    def part(number: int, **more: Any) -> Part:
        return Part(
            entry.seq,
            number,
            number == total - 1,
            entry.sender,
            mark=f"{mark}:{entry.seq}.{number}.{total}",
            **more,
        )

    # Files first: the text, with its buttons, is what the customer reads last.
    return (
        *(part(n, file=file) for n, file in enumerate(files)),
        *(
            part(n, text=text, buttons=labels if n == total - 1 else ())
            for n, text in enumerate(texts, start=len(files))
        ),
    )


def _file(one: Mapping[str, Any]) -> File:
    return File(
        str(one["id"]),
        str(one.get("kind") or "file"),
        str(one.get("name") or ""),
        str(one.get("type") or "application/octet-stream"),
        int(one.get("size") or 0),
    )
