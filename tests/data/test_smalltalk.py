"""Small talk that the assistant is taught: enough of it, in six languages, no contradictions."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

from bot.faq.entries import read_folder

DATA = Path(__file__).parents[2] / "data"
LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")
INTENTS = (
    "greet",
    "thanks",
    "goodbye",
    "affirm",
    "deny",
    "helpful",
    "not_helpful",
    "bot_challenge",
    "chitchat",
)
LEAST_EXAMPLES = 12


def examples() -> dict[tuple[str, str], list[str]]:
    """Examples by (intent, language), in the order of the file."""
    content = yaml.safe_load((DATA / "nlu" / "smalltalk.yml").read_text("utf-8"))
    assert content["version"] == "3.1"
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for block in content["nlu"]:
        for line in block["examples"].splitlines():
            assert line.startswith("- "), line
            found[block["intent"], block["metadata"]["lang"]].append(line[2:])
    return found


def heard(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("intent", INTENTS)
def test_enough_different_examples(intent: str, lang: str) -> None:
    assert len({heard(text) for text in examples()[intent, lang]}) >= LEAST_EXAMPLES


def test_no_other_intents_or_languages() -> None:
    assert set(examples()) == {(intent, lang) for intent in INTENTS for lang in LANGUAGES}


def test_nothing_is_said_twice_in_a_language() -> None:
    for (intent, lang), texts in examples().items():
        said = [heard(text) for text in texts]
        assert sorted(said) == sorted(set(said)), f"{intent} in {lang}"


def test_nothing_stands_under_two_intents_even_across_languages() -> None:
    intents = defaultdict(set)
    for (intent, _), texts in examples().items():
        for text in texts:
            intents[heard(text)].add(intent)
    for block in yaml.safe_load((DATA / "nlu" / "ask_human.yml").read_text("utf-8"))["nlu"]:
        for line in block["examples"].splitlines():
            intents[heard(line[2:])].add(block["intent"])
    assert {text: found for text, found in intents.items() if len(found) > 1} == {}


def test_small_talk_is_never_a_phrasing_of_an_entry() -> None:
    said = {heard(text) for texts in examples().values() for text in texts}
    asked = {
        heard(text): entry.id for entry in read_folder(DATA / "faq") for text in entry.questions
    }
    assert {text: asked[text] for text in said & set(asked)} == {}


def test_no_example_reads_as_an_entity_annotation() -> None:
    """Rasa takes square brackets in an example for an entity."""
    assert not [text for texts in examples().values() for text in texts if set(text) & set("[]{}")]
