"""FAQ files that people already have, as entries."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from bot.faq.entries import FaqEntry, FaqError, parse_markdown, slug
from bot.faq.readers import Found, reader_of


def import_file(
    path: Path, lang: str | None = None, subject: str | None = None
) -> tuple[FaqEntry, ...]:
    """The entries of a file in any known format; raises FaqError that says what is missing."""
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError as error:
        raise FaqError(f"{path} does not exist.") from error
    except UnicodeDecodeError as error:
        told = f"{path} is not UTF-8 text: save it as UTF-8 and import it again."
        raise FaqError(told) from error
    if not text.strip():
        raise FaqError(f"{path} is empty.")
    suffix = path.suffix.casefold()
    if suffix in {".md", ".markdown"} and re.search(r"^##\s", text, re.MULTILINE):
        language = lang or _guess(text)
        entries = parse_markdown(text, lang=language, name=path.name)
        return tuple(replace(e, lang=lang or e.lang, subject=subject or e.subject) for e in entries)
    title, found = reader_of(suffix, text)(text)
    if not found:
        raise FaqError(
            f"No question with an answer was found in {path}. Known forms: Markdown with "
            "`## Question?` headings, text with each question on a line of its own above its "
            "answer, CSV with columns question and answer, schema.org FAQPage JSON-LD."
        )
    language = lang or _guess(" ".join(f"{f.questions[0]} {f.answer}" for f in found))
    return _entries(found, language, subject or title or path.stem)


def _entries(found: list[Found], lang: str, subject: str) -> tuple[FaqEntry, ...]:
    ids: dict[str, int] = {}
    entries = []
    for one in found:
        base = one.id or slug(one.questions[0])
        ids[base] = ids.get(base, 0) + 1
        id = base if ids[base] == 1 else f"{base}-{ids[base]}"
        entries.append(FaqEntry(id, lang, subject, one.questions, one.answer, one.link))
    return tuple(entries)


def _guess(text: str) -> str:
    from bot.nlu.language import Languages

    guess = Languages.load().detect(text[:2000])
    if guess.confidence < 0.5:
        raise FaqError("The language could not be told: name it with --lang.")
    return guess.lang
