"""The FAQ formats that people already have: plain text, CSV, JSON-LD, HTML."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from bot.faq.entries import FaqError

QUESTION_COLUMNS = ("question", "questions", "vraag", "pergunta", "küsimus", "вопрос", "frage", "q")
ANSWER_COLUMNS = ("answer", "antwoord", "resposta", "vastus", "ответ", "antwort", "a")
LINK_COLUMNS = ("link", "url", "more")
PHRASING_COLUMNS = ("phrasings", "variants", "alternatives", "paraphrases")
FAQ_TITLES = re.compile(
    r"^(frequently asked questions|faqs?|veelgestelde vragen|perguntas (mais )?frequentes"
    r"|korduma kippuvad küsimused|kkk|часто задаваемые вопросы|частые вопросы|gereelde vrae"
    r"|algemene vrae|häufig gestellte fragen|questions fréquentes|preguntas frecuentes)\s*:?$",
    re.IGNORECASE,
)
END = re.compile(r"[.!?…:;]['\"”»)]*$")


@dataclass(frozen=True)
class Found:
    """One question and answer as a reader found them."""

    questions: tuple[str, ...]
    answer: str
    link: str | None = None
    id: str | None = None


def reader_of(suffix: str, text: str) -> Callable[[str], tuple[str | None, list[Found]]]:
    """What reads a file with this ending and this text: to its title, if it has one, and what was
    found."""
    if suffix in {".csv", ".tsv"}:
        return _csv
    if suffix in {".jsonld", ".json"}:
        return _json_ld
    if suffix in {".html", ".htm", ".xhtml"} or re.match(r"\s*<(!doctype|html)", text, re.I):
        return _html
    if text.lstrip().startswith(("{", "[")):
        return _json_ld
    return _plain


def _plain(text: str) -> tuple[str | None, list[Found]]:
    """Text: a line that asks is a question, the paragraph lines below it are the answer.

    A page often goes on after its questions with advertising: headlines, and then questions that
    ask the reader something. So once a block of questions has begun, the first heading that is
    not a question ends it. Before the block ("Frequently Asked Questions") a title that asks is
    a question as well, with the running text as its answer.
    """
    lines = [" ".join(line.split()) for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if FAQ_TITLES.match(line)), None)
    title = next((line for line in lines if line), None)
    if start is None:
        return title if title and not _asks(title) else None, _blocks(lines, strict=False)
    before = _blocks(lines[:start], strict=False)
    return (title.rstrip("?") if title else None), before + _blocks(lines[start + 1 :], strict=True)


def _asks(line: str) -> bool:
    return bool(re.search(r"[?\uff1f]['\"”»)]*$", line)) and len(line) <= 200


def _blocks(lines: list[str], *, strict: bool) -> list[Found]:
    found: list[Found] = []
    question, answer = None, list[str]()

    def close() -> None:
        if question and answer:
            found.append(Found((question,), "\n\n".join(answer)))

    for line in lines:
        if not line:
            continue
        if _asks(line):
            close()
            question, answer = line, []
        elif strict and answer and _is_heading(line):
            close()
            return found
        elif question:
            answer.append(line)
    close()
    return found


def _is_heading(line: str) -> bool:
    return len(line) <= 90 and not END.search(line) and not line.startswith(("-", "*", "•"))


def _csv(text: str) -> tuple[str | None, list[Found]]:
    rows = max((_rows(text, delimiter) for delimiter in ";,\t|"), key=_regular)
    header = [cell.casefold() for cell in rows[0]]
    question = _column(header, QUESTION_COLUMNS)
    answer = _column(header, ANSWER_COLUMNS)
    if question is None or answer is None:
        if len(rows[0]) < 2:
            raise FaqError("The CSV file needs two columns at least: question and answer.")
        question, answer, body, first_line = 0, 1, rows, 1
    else:
        body, first_line = rows[1:], 2
    link, id = _column(header, LINK_COLUMNS), _column(header, ("id",))
    more = _column(header, PHRASING_COLUMNS)
    named = {question, answer, link, id, more} if body is not rows else None
    found = []
    for number, row in enumerate(body, start=first_line):
        if len(row) <= max(question, answer) or not row[question] or not row[answer]:
            raise FaqError(f"CSV row {number} has no question or no answer: {row}")
        extra = row[more].split("|") if more is not None and len(row) > more else []
        if named is not None:
            # Further columns called question2, question 3 … are other phrasings.
            extra += [
                cell
                for i, cell in enumerate(row)
                if i not in named
                and i < len(header)
                and header[i].startswith(("question", "phrasing"))
            ]
        phrasings = [row[question], *(cell.strip() for cell in extra)]
        found.append(
            Found(
                tuple(dict.fromkeys(p for p in phrasings if p)),
                row[answer],
                _cell(row, link),
                _cell(row, id),
            )
        )
    return None, found


def _rows(text: str, delimiter: str) -> list[list[str]]:
    read = csv.reader(io.StringIO(text), delimiter=delimiter)
    return [row for row in ([cell.strip() for cell in line] for line in read) if any(row)]


def _regular(rows: list[list[str]]) -> tuple[int, int]:
    """How well rows look like a table: how many are as wide as the first, then how wide."""
    width = len(rows[0]) if rows else 0
    return (sum(len(row) == width for row in rows) if width > 1 else 0, width)


def _column(header: list[str], names: tuple[str, ...]) -> int | None:
    return next((header.index(name) for name in names if name in header), None)


def _cell(row: list[str], column: int | None) -> str | None:
    return row[column] or None if column is not None and column < len(row) else None


def _json_ld(text: str) -> tuple[str | None, list[Found]]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise FaqError(
            "The JSON-LD is not valid JSON "
            f"(line {error.lineno}, column {error.colno}: {error.msg})."
        ) from error
    pages = [thing for thing in _things(document) if _is(thing, "FAQPage")]
    questions = [q for page in pages for q in _things(page.get("mainEntity")) if _is(q, "Question")]
    if not pages:
        # Some sites publish the questions without the page around them.
        questions = [thing for thing in _things(document) if _is(thing, "Question")]
    name = next((str(page["name"]) for page in pages if page.get("name")), None)
    found = []
    for question in questions:
        asked = _text(question.get("name") or question.get("text"))
        answers = question.get("acceptedAnswer") or question.get("suggestedAnswer")
        answer = next((_text(a.get("text")) for a in _things(answers) if a.get("text")), "")
        alternate = question.get("alternateName") or []
        others = [alternate] if isinstance(alternate, str) else list(alternate)
        link = question.get("url")
        if asked and answer:
            found.append(
                Found((asked, *map(_text, others)), answer, link if isinstance(link, str) else None)
            )
    return name, found


def _things(value: Any) -> Iterator[dict[str, Any]]:
    """The nodes of a JSON-LD value, through lists and @graph."""
    if isinstance(value, list):
        for item in value:
            yield from _things(item)
    elif isinstance(value, dict):
        yield value
        yield from _things(value.get("@graph"))


def _is(thing: dict[str, Any], kind: str) -> bool:
    kinds = thing.get("@type")
    named = kinds if isinstance(kinds, list) else [kinds]
    return any(str(one).rsplit("/", 1)[-1] == kind for one in named)


class _Scripts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.lang: str | None = None
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = (dict(attrs).get("type") or "").split(";")[0].strip().casefold()
        if tag == "script" and kind == "application/ld+json":
            self._inside = True
            self.found.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.found[-1] += data


def _html(text: str) -> tuple[str | None, list[Found]]:
    page = _Scripts()
    page.feed(text)
    if not page.found:
        raise FaqError(
            'The page has no <script type="application/ld+json">. Save its text and import that.'
        )
    name, found = None, list[Found]()
    for script in page.found:
        one, more = _json_ld(script)
        name, found = name or one, found + more
    return name, found


def _text(value: Any) -> str:
    """Plain text of a value that may hold HTML: paragraphs and list items on lines of their own."""
    if not isinstance(value, str):
        return ""
    broken = re.sub(r"<li[^>]*>", "\n- ", value, flags=re.I)
    broken = re.sub(r"<(br|/p|/div|/ul|/ol|/h\d)[^>]*>", "\n", broken, flags=re.I)
    plain = html.unescape(re.sub(r"<[^>]+>", "", broken))
    lines = [" ".join(line.split()) for line in plain.splitlines()]
    return "\n".join(line for line in lines if line)
