"""FAQ entries and the Markdown that people write them in.

    ---
    lang: en
    subject: Delivery
    ---

    ## Where is my parcel? {#where-is-my-parcel}

    - track my order
    - parcel has not arrived

    You can follow it with the link in your confirmation mail.

    More: https://shop.example/tracking

An answer that sells something ends with a line `Promotes: yes`; nobody who is upset is given it.
One that prescribes steps against a fault ends with `Remedy: yes`; before it comes the question what
was tried already.
The same id in two languages is the same entry in two languages.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.nlu.text import ROMAN, without_marks

HEADING = re.compile(r"^##\s+(?P<question>.+?)\s*(?:\{#(?P<id>[^}\s]+)\})?\s*$")
MORE = re.compile(r"^More:\s*<?(?P<link>\S+?)>?\s*$", re.IGNORECASE)
MARK = re.compile(r"^(?P<mark>Promotes|Remedy):\s*(?P<said>yes|no)\s*$", re.IGNORECASE)
MARKS = ("promotes", "remedy")
LINK_SCHEMES = ("https://", "http://", "/")


class FaqError(ValueError):
    """A FAQ file cannot be read; the message names the file, the line and what to do."""


@dataclass(frozen=True)
class FaqEntry:
    """One answer and the ways of asking for it; `questions[0]` is the one that is shown."""

    id: str
    lang: str
    subject: str
    questions: tuple[str, ...]
    answer: str
    link: str | None = None
    promotes: bool = False  # sells something: never said to somebody who is upset
    remedy: bool = False  # prescribes steps: what was tried already is asked first

    @property
    def question(self) -> str:
        return self.questions[0] if self.questions else self.id


def read_folder(folder: Path) -> tuple[FaqEntry, ...]:
    """All entries under data/faq/<lang>/*.md; an id may occur once per language."""
    if not folder.is_dir():
        raise FaqError(f"{folder} is not a folder of FAQ files (data/faq/<lang>/*.md).")
    seen: dict[tuple[str, str], Path] = {}
    entries: list[FaqEntry] = []
    for path in sorted(folder.glob("*/*.md")):
        for entry in read_markdown(path, lang=path.parent.name):
            key = (entry.lang, entry.id)
            if key in seen:
                raise FaqError(
                    f"{path}: the entry {{#{entry.id}}} is already in {seen[key]}; "
                    "an id may occur once per language."
                )
            seen[key] = path
            entries.append(entry)
    return tuple(entries)


def read_markdown(path: Path, lang: str | None = None) -> tuple[FaqEntry, ...]:
    """The entries of one file; the front matter's language wins over `lang`."""
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FaqError(f"{path} is not UTF-8 text: save it as UTF-8.") from error
    return parse_markdown(text, lang=lang, name=str(path))


def parse_markdown(
    text: str, *, lang: str | None = None, name: str = "FAQ"
) -> tuple[FaqEntry, ...]:
    """Entries of Markdown text; raises FaqError with the line that is wrong."""
    lines = text.splitlines()
    head, start = _front_matter(lines, name)
    language = head.get("lang") or lang
    if not language:
        raise FaqError(f"{name}: no language; begin with front matter `lang: en` or name one.")
    subject = head.get("subject") or Path(name).stem
    entries: list[FaqEntry] = []
    for number, question, id, body in _sections(lines, start):
        if not question.strip():
            raise FaqError(f"{name}, line {number}: a heading without a question.")
        entry = _entry(question.strip(), id, body, language, subject)
        if not entry.answer:
            raise FaqError(
                f"{name}, line {number}: “{question.strip()}” has no answer; "
                "write it as a paragraph below the question."
            )
        if any(entry.id == other.id for other in entries):
            raise FaqError(f"{name}, line {number}: the id {{#{entry.id}}} occurs twice.")
        entries.append(entry)
    return tuple(entries)


def _front_matter(lines: list[str], name: str) -> tuple[dict[str, str], int]:
    if not lines or lines[0].strip() != "---":
        return {}, 0
    for end, line in enumerate(lines[1:], start=1):
        if line.strip() == "---":
            pairs = (line.partition(":") for line in lines[1:end] if ":" in line)
            return {key.strip(): value.strip().strip("\"'") for key, _, value in pairs}, end + 1
    raise FaqError(f"{name}: the front matter that begins in line 1 is never closed with `---`.")


def _sections(lines: list[str], start: int) -> Iterator[tuple[int, str, str | None, list[str]]]:
    found: tuple[int, str, str | None] | None = None
    body: list[str] = []
    for number, line in enumerate(lines[start:], start=start + 1):
        heading = HEADING.match(line)
        if heading:
            if found:
                yield (*found, body)
            found, body = (number, heading["question"], heading["id"]), []
        elif found:
            body.append(line)
    if found:
        yield (*found, body)


def _entry(question: str, id: str | None, body: list[str], lang: str, subject: str) -> FaqEntry:
    link, marks = None, dict.fromkeys(MARKS, False)
    while body:
        last = body[-1].strip()
        if more := MORE.match(last):
            link = more["link"]
        elif found := MARK.match(last):
            marks[found["mark"].lower()] = found["said"].lower() == "yes"
        elif last:
            break
        body.pop()
    phrasings = [question]
    # Phrasings come directly below the question; a list further down belongs to the answer.
    while body and (not body[0].strip() or body[0].lstrip().startswith("- ")):
        line = body.pop(0).strip()
        if line:
            phrasings.append(line[2:].strip())
    return FaqEntry(
        id=id or slug(question),
        lang=lang,
        subject=subject,
        questions=tuple(dict.fromkeys(p for p in phrasings if p)),
        answer="\n".join(body).strip(),
        link=link,
        **marks,
    )


def slug(question: str) -> str:
    """A readable id made of a question, in plain letters."""
    latin = "".join(ROMAN.get(letter, letter) for letter in question.casefold())
    plain = without_marks(unicodedata.normalize("NFKC", latin))
    return "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-") or "entry"


def write_markdown(entries: Iterable[FaqEntry]) -> str:
    """The text of a file that `parse_markdown` reads back as the same entries."""
    listed = list(entries)
    if not listed:
        raise FaqError("There are no entries to write.")
    parts = [f"---\nlang: {listed[0].lang}\nsubject: {listed[0].subject}\n---\n"]
    for entry in listed:
        parts.append(f"## {entry.question} {{#{entry.id}}}\n")
        if entry.questions[1:]:
            parts.append("\n".join(f"- {phrasing}" for phrasing in entry.questions[1:]) + "\n")
        parts.append(entry.answer + "\n")
        if entry.link:
            parts.append(f"More: {entry.link}\n")
        parts.extend(f"{mark.capitalize()}: yes\n" for mark in MARKS if getattr(entry, mark))
    return "\n".join(parts)
