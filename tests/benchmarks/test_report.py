"""What the report says of its numbers: where they come from, and what they are held against."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import aims, history
from benchmarks.answering.__main__ import STOCK_ON
from benchmarks.answering.measures import MEASURES
from benchmarks.answering.tasks import tasks
from benchmarks.dialogue.report import human_sets
from benchmarks.provenance import ANSWERING, DIALOGUE, saw
from benchmarks.rasa.trained import DIET, FEATURES, Lesson, line


# Where the public data is not, there are no tasks, and nothing is said wrongly.
def test_every_task_says_which_data_it_saw() -> None:
    assert [task.name for task in tasks() if saw(task.name, ANSWERING) is None] == []


def test_every_set_of_requests_says_which_data_it_saw() -> None:
    assert [name for name in human_sets() if saw(name, DIALOGUE) is None] == []


def test_aims_and_rasa_name_tasks_and_measures_that_there_are() -> None:
    proxies = [aim.proxy for aim in aims.AIMS if aim.proxy]
    named = [proxy.split("/") for proxy in proxies if proxy.startswith("answering/")]
    assert {measure for _, _, measure in named} <= MEASURES.keys()
    named += [["answering", task, "MCC"] for names in history.FAMILIES.values() for task in names]
    there = {task.name for task in tasks()}  # none where the public data is not
    assert not there or {*STOCK_ON, *(task for _, task, _ in named)} <= there


def test_an_aim_is_reached_on_its_own_side() -> None:
    assert aims.Aim("", "F1", 0.9, None).reached(0.9)
    assert not aims.Aim("", "F1", 0.9, None).reached(0.89)
    assert not aims.Aim("", "at most", 0.001, None, most=True).reached(0.002)


def test_a_missing_figure_is_said_to_be_missing() -> None:
    lines = aims.table({"answering/hint3-sofmattress/MCC": 0.7})
    assert "| 0.700 | yes |" in lines[2]
    assert all("not measured" in one for one in lines[3:])


def test_a_family_is_the_mean_of_its_tasks_and_of_nothing_else() -> None:
    figures = {
        "answering/askubuntu/MCC": 0.8,
        "answering/webapplications/MCC": 0.6,
        "answering/askubuntu-more/MCC": 0.1,
        "answering/askubuntu/first hit": 0.0,
    }
    assert history.mcc_of("communities", figures) == pytest.approx(0.7)
    del figures["answering/webapplications/MCC"]
    assert history.mcc_of("communities", figures) is None


def test_recording_adds_one_line_and_replaces_the_aims(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("a\n<!-- aims -->\nold\n<!-- /aims -->\nb\n| row |\n<!-- /history -->\nc\n")
    history.record(page, "| new |", ["| aim |"])
    history.record(page, "| newer |", ["| aim 2 |"])
    assert page.read_text() == (
        "a\n<!-- aims -->\n| aim 2 |\n<!-- /aims -->\nb\n| row |\n| new |\n| newer |\n"
        "<!-- /history -->\nc\n"
    )
    page.write_text("nothing")
    with pytest.raises(ValueError, match="needs"):
        history.record(page, "", [])


def test_the_page_can_be_recorded_into() -> None:
    text = history.PAGE.read_text("utf-8")
    for mark in ("<!-- aims -->", "<!-- /aims -->", "<!-- /history -->"):
        assert text.count(mark) == 1
    assert history.titles()[0] in text


def test_a_lesson_is_another_when_anything_in_it_is() -> None:
    lesson = Lesson("x", {"a": ("one",)}, ("asked",), [*FEATURES, DIET])
    same = Lesson("x", {"a": ["one"]}, ["asked"], [*FEATURES, DIET])
    assert lesson.key() == same.key()
    others = (
        Lesson("x", {"a": ("two",)}, ("asked",), [*FEATURES, DIET]),
        Lesson("x", {"a": ("one",)}, ("other",), [*FEATURES, DIET]),
        Lesson("x", {"a": ("one",)}, ("asked",), [*FEATURES, {**DIET, "epochs": 1}]),
    )
    assert len({lesson.key(), *(other.key() for other in others)}) == 4


@pytest.mark.parametrize(
    ("text", "said"),
    [("/restart now", "restart now"), ("- a [b](c)\nd", " a (b)(c) d".strip()), ("  x ", "x")],
)
def test_rasas_own_markup_is_not_taken_for_words(text: str, said: str) -> None:
    assert line(text).strip() == said
