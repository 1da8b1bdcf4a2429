"""Without a browser: the texts are whole, the README says everything, the widget is small."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest

from handoff.model import Cause, Reason

HANDOFF = Path(__file__).parents[2] / "handoff"
WIDGET = HANDOFF / "widget"
MODULES = sorted(path for path in WIDGET.glob("*.js") if path.name != "demo.js")
SOURCE = "\n".join(path.read_text() for path in MODULES)
LATER = ("files.js", "elsewhere.js")  # not part of the page's load: asked for when the chat stands
README = (WIDGET / "README.md").read_text()
TEXTS: dict[str, dict[str, str]] = json.loads((HANDOFF / "texts.json").read_text())
LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")
MOST = 17 * 1024  # bytes of the widget over the wire, without its texts
MOST_LATER = 4 * 1024


def parameters(sentence: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentence))


def test_every_language_has_every_sentence() -> None:
    assert tuple(TEXTS) == LANGUAGES
    for lang in LANGUAGES:
        assert TEXTS[lang].keys() == TEXTS["en"].keys(), lang
        assert all(TEXTS[lang].values()), lang


@pytest.mark.parametrize("key", TEXTS["en"])
def test_a_sentence_takes_the_same_parameters_in_every_language(key: str) -> None:
    for lang in LANGUAGES:
        assert parameters(TEXTS[lang][key]) == parameters(TEXTS["en"][key]), lang


@pytest.mark.parametrize("cause", Cause)
def test_every_change_of_owner_has_its_words(cause: Cause) -> None:
    assert f"notice.{cause}" in TEXTS["en"]


def test_wordings_by_reason_are_of_reasons_that_exist() -> None:
    variants = {key.split(".")[2] for key in TEXTS["en"] if key.startswith("notice.handoff.")}
    assert variants - {"position", "range"} <= {reason.value for reason in Reason}


def test_no_sentence_is_left_over() -> None:
    """Each is asked for by name somewhere, or by its first part and a state; `channel.` ones are
    the courier's own."""
    asked = set(re.findall(r'(?:say|has)\("([\w.]+)"', SOURCE))
    asked |= set(re.findall(r'[?:=] "([a-z]+\.[a-z]+)"', SOURCE))  # chosen before it is said
    families = {match for match in re.findall(r"`([\w.]+)\.\$\{", SOURCE)}
    asked |= {key for key in TEXTS["en"] if key.split(".")[0] in families}
    asked |= {"name", "dir", "human", "human.asked", "open", "close"}
    asked |= {key for key in TEXTS["en"] if key.startswith("channel.")}
    assert TEXTS["en"].keys() - asked == set()
    assert asked - TEXTS["en"].keys() == set()


def test_a_name_has_no_markup_or_foreign_quotes() -> None:
    for lang in LANGUAGES:
        for key, sentence in TEXTS[lang].items():
            assert not re.search(r"[<>&]", sentence), (lang, key)


def test_readme_names_every_custom_property() -> None:
    used = {name.removesuffix("-dark") for name in re.findall(r"--support-chat-[\w-]+", SOURCE)}
    told = set(re.findall(r"--support-chat-[\w-]+", README))
    assert used == told


@pytest.mark.parametrize("theme", ["LIGHT", "DARK"])
def test_readme_shows_the_default_colours(theme: str) -> None:
    block = re.search(rf"const {theme} = `(.*?)`", SOURCE, re.DOTALL)
    assert block
    column = 3 if theme == "LIGHT" else 4
    found = re.findall(r"^\s+--[\w-]+: (var\(--support-chat-.*);$", block[1], re.MULTILINE)
    assert len(found) == 12
    for value in found:
        name = re.match(r"var\((--support-chat-[\w-]+)", value)
        assert name
        colour = re.search(r"(#\w{6})\)+$", value)
        assert colour
        row = next(
            line
            for line in README.splitlines()
            if line.startswith(f"| `{name[1].removesuffix('-dark')}` |")
        )
        assert row.split("|")[column].strip(" `") == colour[1], name[1]


def test_readme_names_every_event_attribute_and_part() -> None:
    events = re.findall(r'#tell\((?:open \? )?"(\w+)"(?: : "(\w+)")?', SOURCE)
    for event in {name for pair in events for name in pair if name}:
        assert f"| `support-chat:{event}` |" in README
    observed = re.search(r"observedAttributes = \[(.*?)\]", SOURCE)
    assert observed
    for attribute in [*re.findall(r'"(\w+)"', observed[1]), "position", "theme"]:
        assert f"| `{attribute}` |" in README
    for parts in re.findall(r'part: "([\w ]+)"', SOURCE):
        assert f"::part({parts.split()[0]})" in README


def test_text_never_becomes_markup() -> None:
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", SOURCE)


@pytest.mark.parametrize(("later", "most"), [(False, MOST), (True, MOST_LATER)])
def test_the_widget_is_small(later: bool, most: int) -> None:
    """As a bundler joins it, which keeps all names: without comments, blanks and imports. (esbuild
    --bundle --minify, which shortens names as well, takes off another eighth.)"""
    source = "\n".join(path.read_text() for path in MODULES if (path.name in LATER) == later)
    bare = re.sub(r"/\*[\s\S]*?\*/|(?:^|\s)// .*$|^import .*$", "", source, flags=re.MULTILINE)
    bare = re.sub(r"\s*([{}()\[\]=<>+*/?:;,&|!-])\s*|\n\s*", r"\1", bare)
    size = len(gzip.compress(bare.encode(), 9))
    print(f"widget: {size} bytes gzipped, {len(source.encode())} as written")
    assert size <= most
