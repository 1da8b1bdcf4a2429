"""The demo knowledge base: its format, its size, one set of facts in six languages."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.faq.entries import FaqEntry, read_markdown

FAQ = Path(__file__).parents[2] / "data" / "faq"
LEAST_ENTRIES = {"en": 66, "nl": 24, "pt": 24, "et": 24, "ru": 24, "af": 24}
# Other people's pages, kept as they stand by `python -m bot.faq import`; ours to read, not to edit.
IMPORTED = {FAQ / "et" / "kasutajatugi.md"}
LONGEST_ANSWER = 600  # characters: what fits on a phone without scrolling
LONGEST_SENTENCE = 30  # words

# The reader forgives more than this; what we ship is written as the documentation shows it.
FRONT_MATTER = re.compile(r"---\nlang: [a-z]{2}\nsubject: \S.*\n---\n\n## ")
HEADING = re.compile(r"## \S.*\S \{#[a-z0-9]+(-[a-z0-9]+)*\}")


def files(lang: str) -> list[Path]:
    return sorted(set((FAQ / lang).glob("*.md")) - IMPORTED)


def entries(lang: str) -> list[FaqEntry]:
    return [entry for path in files(lang) for entry in read_markdown(path)]


def heard(phrasing: str) -> str:
    """What a careless reader keeps of a phrasing: no case, no marks, no punctuation."""
    plain = unicodedata.normalize("NFKD", phrasing.casefold())
    words = re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))
    return " ".join(words)


def sentences(answer: str) -> Iterator[str]:
    for line in answer.split("\n"):
        yield from re.split(r"(?<=[.!?])\s+", re.sub(r"^\d\. ", "", line))


def numbers(answer: str) -> set[str]:
    """The figures in an answer, whichever way its language writes 4.95, 1,200 or 1 200."""
    text = re.sub(r"^\d\. ", "", answer, flags=re.MULTILINE)
    text = re.sub(r"(?<=\d)[.,](?=\d)|(?<=\d)[ \u00a0](?=\d{3}\b)", "", text)
    return set(re.findall(r"\d+", text))


@pytest.fixture(params=LEAST_ENTRIES)
def lang(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_only_known_languages_are_there() -> None:
    assert {path.parent.name for path in FAQ.glob("*/*.md")} == set(LEAST_ENTRIES)


def test_enough_entries(lang: str) -> None:
    assert len(entries(lang)) >= LEAST_ENTRIES[lang]


def test_english_is_kept_in_eight_to_ten_files() -> None:
    assert 8 <= len(files("en")) <= 10


def test_files_are_written_as_documented(lang: str) -> None:
    for path in files(lang):
        text = path.read_text("utf-8")
        assert FRONT_MATTER.match(text), path
        for line in re.findall(r"^#.*$", text, re.MULTILINE):
            assert HEADING.fullmatch(line), f"{path}: {line}"
        for entry in read_markdown(path):
            assert entry.lang == lang, path
            assert entry.link, f"{path}#{entry.id}: no link to the article"
            assert not re.search(r"^(- |#|More)", entry.answer, re.MULTILINE), f"{path}#{entry.id}"


def test_an_id_occurs_once_in_a_language(lang: str) -> None:
    ids = [entry.id for entry in entries(lang)]
    assert sorted(ids) == sorted(set(ids))


def test_an_entry_stands_in_the_same_file_as_its_english_twin(lang: str) -> None:
    english = {e.id: path.name for path in files("en") for e in read_markdown(path)}
    for path in files(lang):
        for entry in read_markdown(path):
            assert english.get(entry.id) == path.name, f"{path}#{entry.id}"


def test_three_to_eight_phrasings(lang: str) -> None:
    for entry in entries(lang):
        assert 3 <= len(entry.questions) - 1 <= 8, f"{lang}#{entry.id}"


def test_no_phrasing_stands_twice(lang: str) -> None:
    found = defaultdict(list)
    for entry in entries(lang):
        for phrasing in entry.questions:
            found[heard(phrasing)].append(entry.id)
    assert {phrasing: ids for phrasing, ids in found.items() if len(ids) > 1} == {}


def test_phrasings_are_not_permutations_of_each_other(lang: str) -> None:
    for entry in entries(lang):
        bags = [frozenset(heard(each).split()) for each in entry.questions]
        assert len(set(bags)) == len(bags), f"{lang}#{entry.id}"


def test_answers_are_short(lang: str) -> None:
    for entry in entries(lang):
        assert 0 < len(entry.answer) <= LONGEST_ANSWER, f"{lang}#{entry.id}"
        for sentence in sentences(entry.answer):
            words = re.findall(r"\w[\w'\u2019.,:-]*", sentence)
            assert len(words) <= LONGEST_SENTENCE, f"{lang}#{entry.id}: {sentence}"


def test_answers_are_plain_text(lang: str) -> None:
    for entry in entries(lang):
        assert not re.search(r"[*_`<\[\]]|\t| {2}", entry.answer), f"{lang}#{entry.id}"


def test_every_language_gives_the_same_figures(lang: str) -> None:
    english = {entry.id: numbers(entry.answer) for entry in entries("en")}
    for entry in entries(lang):
        # Time zones: the hours of customer service are also given in local time.
        local = {"8", "17", "11", "19", "15"} if entry.id == "opening-hours" else set()
        strange = numbers(entry.answer) - english[entry.id] - local
        assert not strange, f"{lang}#{entry.id} says {strange}, English does not"


def test_links_lead_to_pages_in_the_same_language(lang: str) -> None:
    folder = "" if lang == "en" else f"/{lang}"
    for entry in entries(lang):
        assert entry.link is not None
        assert entry.link.startswith(f"https://veldt-vine.example{folder}/")
