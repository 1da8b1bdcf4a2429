"""The demo knowledge base: its format, its size, one set of facts in six languages."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

FAQ = Path(__file__).parents[2] / "data" / "faq"
LEAST_ENTRIES = {"en": 66, "nl": 24, "pt": 24, "et": 24, "ru": 24, "af": 24}
LONGEST_ANSWER = 600  # characters: what fits on a phone without scrolling
LONGEST_SENTENCE = 30  # words

FRONT_MATTER = re.compile(r"\A---\nlang: (?P<lang>[a-z]{2})\nsubject: (?P<subject>\S.*)\n---\n\n")
HEADING = re.compile(r"(?P<question>\S.*\S) \{#(?P<id>[a-z0-9]+(?:-[a-z0-9]+)*)\}")
MORE = re.compile(r"More: (?P<url>https://veldt-vine\.example/\S+)")


@dataclass(frozen=True)
class Entry:
    file: str
    id: str
    question: str
    phrasings: tuple[str, ...]
    answer: str
    url: str | None


def read(path: Path) -> list[Entry]:
    """Every entry of one file; raises AssertionError for anything outside the documented format."""
    text = path.read_text(encoding="utf-8")
    head = FRONT_MATTER.match(text)
    assert head, f"{path}: front matter with lang and subject is missing"
    assert head["lang"] == path.parent.name, f"{path}: lang differs from its folder"
    before, *blocks = re.split(r"^## ", text[head.end() :], flags=re.MULTILINE)
    assert not before.strip(), f"{path}: text before the first question: {before!r}"
    return [_entry(path, block.rstrip("\n")) for block in blocks]


def _entry(path: Path, block: str) -> Entry:
    first, *lines = block.split("\n")
    heading = HEADING.fullmatch(first)
    assert heading, f"{path}: not a question with an id: {first!r}"
    where = f"{path.parent.name}/{path.name}#{heading['id']}"
    phrasings = []
    while lines and lines[0].startswith("- "):
        phrasings.append(lines.pop(0)[2:])
    assert lines, f"{where}: no answer"
    assert lines.pop(0) == "", f"{where}: no blank line after the phrasings"
    more = MORE.fullmatch(lines[-1])
    if more:
        assert lines[-2] == "", f"{where}: no blank line before More"
        lines = lines[:-2]
    assert not any(line.startswith(("- ", "#", "More")) for line in lines), f"{where}: stray line"
    answer = "\n".join(lines)
    assert answer == answer.strip(), f"{where}: blank line too many"
    return Entry(
        f"{path.parent.name}/{path.name}",
        heading["id"],
        heading["question"],
        tuple(phrasings),
        answer,
        more["url"] if more else None,
    )


def entries(lang: str) -> list[Entry]:
    return [entry for path in sorted((FAQ / lang).glob("*.md")) for entry in read(path)]


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
    assert {path.parent.name for path in FAQ.rglob("*.md")} == set(LEAST_ENTRIES)


def test_enough_entries(lang: str) -> None:
    assert len(entries(lang)) >= LEAST_ENTRIES[lang]


def test_english_is_kept_in_eight_to_ten_files() -> None:
    assert 8 <= len(list((FAQ / "en").glob("*.md"))) <= 10


def test_an_id_occurs_once_in_a_language(lang: str) -> None:
    ids = [entry.id for entry in entries(lang)]
    assert sorted(ids) == sorted(set(ids))


def test_an_entry_stands_in_the_same_file_as_its_english_twin(lang: str) -> None:
    english = {entry.id: Path(entry.file).name for entry in entries("en")}
    for entry in entries(lang):
        assert english.get(entry.id) == Path(entry.file).name, f"{entry.file}#{entry.id}"


def test_three_to_eight_phrasings(lang: str) -> None:
    for entry in entries(lang):
        assert 3 <= len(entry.phrasings) <= 8, f"{entry.file}#{entry.id}"


def test_no_phrasing_stands_twice(lang: str) -> None:
    found = defaultdict(list)
    for entry in entries(lang):
        for phrasing in (entry.question, *entry.phrasings):
            found[heard(phrasing)].append(entry.id)
    assert {phrasing: ids for phrasing, ids in found.items() if len(ids) > 1} == {}


def test_phrasings_are_not_permutations_of_each_other(lang: str) -> None:
    for entry in entries(lang):
        bags = [frozenset(heard(each).split()) for each in (entry.question, *entry.phrasings)]
        assert len(set(bags)) == len(bags), f"{entry.file}#{entry.id}"


def test_answers_are_short(lang: str) -> None:
    for entry in entries(lang):
        assert 0 < len(entry.answer) <= LONGEST_ANSWER, f"{entry.file}#{entry.id}"
        for sentence in sentences(entry.answer):
            words = re.findall(r"\w[\w'\u2019.,:-]*", sentence)
            assert len(words) <= LONGEST_SENTENCE, f"{entry.file}#{entry.id}: {sentence}"


def test_answers_are_plain_text(lang: str) -> None:
    for entry in entries(lang):
        assert not re.search(r"[*_`<\[\]]|\t| {2}", entry.answer), f"{entry.file}#{entry.id}"


def test_every_language_gives_the_same_figures(lang: str) -> None:
    english = {entry.id: numbers(entry.answer) for entry in entries("en")}
    for entry in entries(lang):
        # Time zones: the hours of customer service are also given in local time.
        local = {"8", "17", "11", "19", "15"} if entry.id == "opening-hours" else set()
        strange = numbers(entry.answer) - english[entry.id] - local
        assert not strange, f"{entry.file}#{entry.id} says {strange}, English does not"


def test_links_lead_to_pages_in_the_same_language(lang: str) -> None:
    folder = "" if lang == "en" else f"/{lang}"
    for entry in entries(lang):
        assert entry.url is None or entry.url.startswith(f"https://veldt-vine.example{folder}/")
