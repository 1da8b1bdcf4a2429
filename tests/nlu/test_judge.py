"""`python -m bot.judge`: one JSON line in, one out, whatever comes in."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.faq import FaqEntry
from bot.judgement import Judge
from bot.nlu.encoder import Encoder


class Process:
    """A judge in a process of its own."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot.judge"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )

    def say(self, request: Any) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        line = request if isinstance(request, str) else json.dumps(request)
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        reply: dict[str, Any] = json.loads(self.process.stdout.readline())
        return reply


@pytest.fixture(scope="module")
def judge() -> Iterator[Process]:
    process = Process()
    yield process
    assert process.process.stdin
    assert process.process.stdout
    process.process.stdin.close()
    assert process.process.stdout.read() == "", "nothing but the replies"
    assert process.process.wait(20) == 0
    process.process.stdout.close()


def entry(id: object, questions: list[str], answer: str) -> dict[str, object]:
    return {"id": id, "questions": questions, "answer": answer, "lang": "en"}


FAQ = [
    entry("parcel", ["Where is my parcel?", "track my order"], "Follow the link."),
    entry(7, ["Can I pay with PayPal?", "payment methods"], "Yes."),
    entry("refund", ["How do I get a refund?", "money back"], "Send it back."),
    {"id": "hours", "questions": [], "answer": "The shop is open from nine to five on Saturday."},
]


def test_answers_and_declines(judge: Process) -> None:
    assert judge.say({"op": "load_faq", "faq": FAQ}) == {"ok": True}
    found = judge.say({"op": "ask", "id": 1, "text": "track my order", "lang": "en"})
    assert set(found) == {"id", "answered", "score", "ranked"}
    assert found["id"] == 1
    assert found["answered"] is True
    assert found["ranked"][0] == ["parcel", found["score"]]
    paid = judge.say({"op": "ask", "id": "x", "text": "what payment methods are there"})
    assert paid["ranked"][0][0] == 7, "an id comes back as it was given"
    open_ = judge.say({"op": "ask", "id": "y", "text": "is the shop open on Saturday"})
    assert open_["ranked"][0][0] == "hours", "an entry may have no question"
    unknown = judge.say({"op": "ask", "id": 2, "text": "why is the sky so blue tonight"})
    assert unknown["answered"] is False
    assert unknown["ranked"]


def test_loading_replaces_the_whole_index(judge: Process) -> None:
    judge.say({"op": "load_faq", "faq": FAQ})
    judge.say(
        {
            "op": "load_faq",
            "faq": [{"id": "new", "questions": ["Tere"], "answer": "Tere!", "lang": "et"}],
        }
    )
    found = judge.say({"op": "ask", "id": 1, "text": "track my order", "lang": "en"})
    assert [id for id, _ in found["ranked"]] == ["new"]
    assert judge.say({"op": "load_faq", "faq": []}) == {"ok": True}
    empty = judge.say({"op": "ask", "id": 1, "text": "track my order"})
    assert (empty["answered"], empty["ranked"]) == (False, [])


def test_entries_that_do_not_say_their_language_are_of_the_one_that_they_are_written_in(
    judge: Process,
) -> None:
    """Estonian needs no stems of English, and another weighing of the evidence."""
    faq = [
        {"id": "parcel", "questions": ["Kus mu pakk on?"], "answer": "Vaata linki."},
        {"id": "pay", "questions": ["Kuidas saab maksta?"], "answer": "Kaardiga."},
        {"id": "refund", "questions": ["Millal saan raha tagasi?"], "answer": "Nädala jooksul."},
    ]
    judge.say({"op": "load_faq", "faq": faq})
    silent = judge.say({"op": "ask", "id": 1, "text": "kas pakk on juba teel"})
    judge.say({"op": "load_faq", "faq": [{**entry, "lang": "et"} for entry in faq]})
    assert judge.say({"op": "ask", "id": 1, "text": "kas pakk on juba teel"}) == silent
    judge.say({"op": "load_faq", "faq": [{**entry, "lang": "en"} for entry in faq]})
    assert judge.say({"op": "ask", "id": 1, "text": "kas pakk on juba teel"}) != silent


def test_a_polite_customer_is_answered_like_any_other(judge: Process) -> None:
    judge.say({"op": "load_faq", "faq": FAQ})
    plain = judge.say({"op": "ask", "id": 1, "text": "can i pay with paypal", "lang": "en"})
    text = "Hello, I have a question: can i pay with paypal please? Thank you in advance!"
    polite = judge.say({"op": "ask", "id": 1, "text": text, "lang": "en"})
    assert polite == plain


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "[]",
        "null",
        '{"op":"fly"}',
        '{"op":"ask","id":3}',
        '{"op":"ask","id":3,"text":5}',
        '{"op":"ask","id":3,"text":"hi","lang":9}',
        '{"op":"load_faq"}',
        '{"op":"load_faq","faq":[{"questions":["a"]}]}',
        '{"op":"load_faq","faq":[{"id":1,"questions":[1]}]}',
        '{"op":"load_faq","faq":[{"id":1,"answer":"a"},{"id":1,"answer":"b"}]}',
        '{"op":"turn","id":1,"session":"s"}',
        '{"op":"turn","id":1,"text":"hi"}',
        '{"op":"ask","id":NaN,"text":"hi"}',
        '{"op":"ask","id":-Infinity,"text":"hi"}',
        '{"op":"ask","id":1e999,"text":"hi"}',
        '{"op":"turn","session":"s","id":1e999,"text":"hi"}',
        "",
        "[" * 100_000,
    ],
)
def test_a_malformed_line_is_answered_and_the_next_one_read(judge: Process, line: str) -> None:
    assert "error" in judge.say(line)
    assert judge.say({"op": "reset", "session": "nobody"}) == {"ok": True}


def test_an_id_that_is_no_unicode_comes_back_as_it_was_given(judge: Process) -> None:
    judge.say({"op": "load_faq", "faq": [entry("a\ud800", ["Where is my parcel?"], "There.")]})
    found = judge.say({"op": "ask", "id": "\udfff", "text": "where is my parcel"})
    assert (found["id"], found["ranked"][0][0]) == ("\udfff", "a\ud800")


def test_a_byte_order_mark_is_no_part_of_the_request(judge: Process) -> None:
    assert judge.say('\ufeff{"op":"reset","session":"nobody"}') == {"ok": True}


def test_entries_of_several_languages_may_be_silent_about_it(judge: Process) -> None:
    texts = ["Where is my parcel?", "Waar blijft mijn pakket?", "Где моя посылка?"]
    faq = [{"id": "parcel", "questions": [text], "answer": ""} for text in texts]
    assert judge.say({"op": "load_faq", "faq": faq}) == {"ok": True}
    for text in texts:
        assert judge.say({"op": "ask", "id": 1, "text": text})["ranked"][0][0] == "parcel"


def test_sessions_are_told_apart_and_messages_counted_on(judge: Process) -> None:
    furious = "This is the worst service ever, I am furious!!!"
    for number in range(60):
        judge.say({"op": "turn", "id": number, "session": 5, "text": f"question {number}"})
    late = judge.say({"op": "turn", "id": 60, "session": 5, "text": furious})
    assert {one["message"] for one in late["evidence"]} >= {60}
    other = judge.say({"op": "turn", "id": 1, "session": "5", "text": furious})
    assert {one["message"] for one in other["evidence"]} == {0}


@pytest.mark.parametrize("text", ["", "   ", "🙂", "\ud800", "a" * 5000, "\x00", "?" * 300])
def test_any_text_gets_an_answer(judge: Process, text: str) -> None:
    assert judge.say({"op": "load_faq", "faq": [*FAQ, entry("any", [text], text)]}) == {"ok": True}
    assert "answered" in judge.say({"op": "ask", "id": 1, "text": text})


def test_a_turn_is_judged_with_the_memory_of_its_session(judge: Process) -> None:
    asked = judge.say(
        {"op": "turn", "id": 1, "session": "a", "text": "I want to talk to a human", "lang": "en"}
    )
    assert set(asked) == {"id", "handoff", "handoff_score", "frustrated", "frustration", "evidence"}
    assert asked["handoff"] is True
    said = "my parcel has not come and nobody can tell me where it is"
    moods = [
        judge.say({"op": "turn", "id": n, "session": "b", "text": said, "lang": "en"})[
            "frustration"
        ]
        for n in range(3)
    ]
    assert moods[2] > moods[0], "saying it three times is worse than saying it once"
    fresh = judge.say({"op": "turn", "id": 4, "session": "c", "text": said, "lang": "en"})
    assert fresh["frustration"] == moods[0], "another session does not remember it"
    assert judge.say({"op": "reset", "session": "b"}) == {"ok": True}
    again = judge.say({"op": "turn", "id": 5, "session": "b", "text": said, "lang": "en"})
    assert again["frustration"] == moods[0]


def test_asking_is_quick(judge: Process) -> None:
    judge.say({"op": "load_faq", "faq": FAQ})
    times = []
    for n in range(40):
        start = time.perf_counter()
        judge.say({"op": "ask", "id": n, "text": f"where is my order number {n}", "lang": "en"})
        times.append(time.perf_counter() - start)
    # A machine shared with other tests is several times slower; the aim of 15 ms is a benchmark's.
    assert sorted(times)[len(times) // 2] < 0.1


CONFIG = """
pipeline:
  - name: WhitespaceTokenizer
  - name: bot.components.faq.FaqRetriever
    fall_back: [nl, en]
    costs: {wrong_answer: 3}
  - name: bot.components.handoff.HandoffDetector
    offer: 0.4
    hand_over: 0.9
"""


def test_it_judges_as_the_bot_is_set(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(CONFIG)
    set_so = Judge.as_set(Encoder.load(), tmp_path / "config.yml")
    set_so.learn([FaqEntry("parcel", "en", "", ("Where is my parcel?",), "On its way.")])
    assert set_so.index.costs.threshold == 0.75
    assert set_so.index.fall_back == ("nl", "en")
    assert (set_so.moods.offer_at, set_so.moods.hand_over_at) == (0.4, 0.9)


def test_settings_that_cannot_be_are_named(tmp_path: Path) -> None:
    (tmp_path / "config.yml").write_text(CONFIG.replace("3", "-3"))
    with pytest.raises(ValueError, match="wrong_answer"):
        Judge.as_set(Encoder.load(), tmp_path / "config.yml")
