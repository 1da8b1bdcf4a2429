"""A message read within its conversation: real encoder, a small knowledge base."""

from __future__ import annotations

import threading

import pytest
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components import handoff, shared
from bot.components.faq import as_left
from bot.components.heard import heard_in
from bot.components.shared import Remembered, entry_of
from bot.faq import FaqEntry
from bot.judgement import Judge
from bot.nlu.dialogue import Outcome
from bot.nlu.encoder import Encoder, Vectors
from bot.nlu.evidence import Evidence as Shown
from bot.nlu.frustration import Mood
from bot.nlu.human import Request
from bot.nlu.questions import split
from bot.policies.memory import Memory
from bot.reading import Piece, read
from bot.search.index import FaqIndex
from tests.bot.rasa_quietly import DOMAIN


def entry(id: str, *questions: str, lang: str = "en", answer: str = "") -> FaqEntry:
    return FaqEntry(id, lang, "", questions, answer or f"About {id}.")


FAQ = (
    entry("track", "Where is my order?", "track my parcel", "has my order been sent"),
    entry("address", "Can I change the delivery address?", "new address for my order"),
    entry("countries", "Which countries do you deliver to?", "do you ship to Norway"),
    entry("pay", "How can I pay?", "payment methods", "do you take PayPal"),
    entry("instalments", "Can I pay in instalments?", "pay in three parts", "pay later"),
    entry("return", "How do I return something?", "send it back", "return an item"),
    entry("return-cost", "What does a return cost?", "is returning free", "price of a return"),
    entry("hours", "When are your shops open?", "opening hours", "open on Sunday"),
    entry("jobs", "Do you have any jobs?", "vacancies", "work for you"),
    entry("track", "Waar is mijn bestelling?", "volg mijn pakket", lang="nl"),
)


@pytest.fixture(scope="module")
def judge() -> Judge:
    encoder = Encoder.load()
    return Judge(encoder, FaqIndex.build(FAQ, encoder))


def entries(pieces: tuple[Piece, ...]) -> list[str | None]:
    return [piece.entry for piece in pieces]


def test_several_questions_have_each_their_answer_in_order(judge: Judge) -> None:
    text = "Where is my order and can I change the delivery address? Also do you ship to Norway?"
    reading = read(judge, text, "en")
    assert entries(reading.pieces) == ["track", "address", "countries"]
    assert reading.pieces[2].text == "Also do you ship to Norway?"


def test_one_of_two_has_no_answer(judge: Judge) -> None:
    reading = read(judge, "Where is my order? And who painted the Mona Lisa?", "en")
    assert entries(reading.pieces) == ["track", None]


def test_what_is_only_told_is_not_called_a_question_without_an_answer(judge: Judge) -> None:
    text = "They came and are lovely, we had a party. Where is my order? Do you ship to Norway?"
    assert entries(read(judge, text, "en").pieces) == ["track", "countries"]


@pytest.mark.parametrize(
    "text",
    ["Where is my order?", "Where is my order? Has my order been sent?", "Hello, can you help me?"],
)
def test_one_question_is_one(judge: Judge, text: str) -> None:
    assert read(judge, text, "en").pieces == ()


def test_a_plain_question_is_encoded_once_and_its_parts_in_one_batch(judge: Judge) -> None:
    batches: list[list[str]] = []

    def encode(texts: list[str]) -> Vectors:
        batches.append(list(texts))
        return judge.encoder.encode(texts)

    vector = judge.encode("How can I pay?")
    read(judge, "How can I pay?", "en", vector, "track", encode)  # type: ignore[arg-type]
    assert batches == []
    text = "Where is my order? How can I pay?"
    read(judge, text, "en", judge.encode(text), None, encode)  # type: ignore[arg-type]
    assert batches == [["Where is my order?", "How can I pay?"]]


def test_a_warm_message_costs_no_encoding_on_the_event_loop(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slips, strange numbers, the sentences of a story and the questions of several are encoded
    beside it, in its thread, whether or not the conversation's language is known."""
    monkeypatch.setattr(shared, "judge", lambda: judge)
    story = " ".join(["My sister bought a lamp in spring and we like it very much."] * 6)
    several = "wher is my ordr? Also, I would like to know how to pay in instalmnts"
    assert len(split(several)) == 2
    for text, hint in (
        ("wher is my ordr", "en"),
        ("where is my order 443122", None),
        (f"{story} How can I pay?", None),
        (several, None),
    ):
        lang = judge.language(text, hint).lang
        assert lang == "en"
        shared.warm(text, hint)
        batches = shared.batches()
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(batches, "encode", lambda texts: pytest.fail(f"encodes {texts}"))
            assert read(judge, text, lang, shared.vector_of(text), None, shared.vectors_of).asked


def test_what_goes_on_from_the_last_answer(judge: Judge) -> None:
    text = "and what does that cost?"
    follows = read(judge, text, "en", given="return").follows
    assert follows is not None
    assert follows[0] == "return-cost"
    assert read(judge, text, "en").follows is None, "nothing was answered before"
    assert read(judge, "do you have any jobs?", "en", given="return").follows is None


def test_what_is_left_on_the_message_is_small(judge: Judge) -> None:
    left = as_left(read(judge, "How can I pay?", "en"))
    assert set(left) == {"answered", "unsure", "close", "matches"}
    assert len(left["matches"]) <= 5


def test_the_fall_back_order_says_whose_answer_is_given(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "judge", lambda: judge)
    assert entry_of("track", "nl").lang == "nl"
    assert entry_of("track", "et").lang == "en"
    assert entry_of("jobs", "nl").lang == "en"
    with pytest.raises(KeyError):
        entry_of("nothing", "en")


def test_a_swapped_index_is_noticed(judge: Judge) -> None:
    other = Judge(judge.encoder, judge.index)
    assert other.question("jobs", "en") == "Do you have any jobs?"
    other.learn([entry("jobs", "Are you hiring?")])
    assert other.question("jobs", "en") == "Are you hiring?"
    assert other.question("pay", "en") is None


def test_a_language_without_entries_is_searched_in_the_fall_back(judge: Judge) -> None:
    asked = judge.ask("PayPal?", "pt")
    assert asked.ranked[0].entry.lang == "en"


def test_patience_is_judged_by_what_became_of_each_turn(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handoff, "vector_of", judge.encode)
    outcomes = {"1": Outcome.ANSWERED, "3": Outcome.MISSED, "7": Outcome.REJECTED}
    said = [UserUttered(f"text {seq}", metadata={"seq": seq}) for seq in (1, 3, 7, 9)]
    remembered = SlotSet("memory", Memory(episode=2, outcomes=outcomes).to_slot())
    tracker = DialogueStateTracker.from_events("c1", [*said, remembered], DOMAIN.slots)
    earlier = handoff.earlier_turns(tracker, episode=2)
    assert [(seq, turn.outcome) for seq, turn in earlier] == [
        (3, Outcome.MISSED),
        (7, Outcome.REJECTED),
        (9, Outcome.NONE),
    ]


def test_a_judgement_tells_what_its_score_was_held_against() -> None:
    asks = Shown("asks_for_human", 1, 0.83, "a person")
    told = handoff.human(Request(0.83, True, True, (asks,)), [3, 7], decide_at=0.65)
    assert told["evidence"] == [{**asks.to_json(), "message": 7, "threshold": 0.65}]
    cross = Shown("insult", 0, 0.6, "fools")
    for hand_over, threshold in ((True, 0.8), (False, 0.5)):
        told = handoff.mood(Mood(0.83, True, hand_over, (cross,)), [3, 7], 0.5, 0.8)
        assert told["evidence"] == [
            {**cross.to_json(), "message": 3},
            {"signal": "losing_patience", "message": 7, "score": 0.83, "threshold": threshold},
        ]
    calm = handoff.mood(Mood(0.2, False, False, (cross,)), [3, 7], 0.5, 0.8)
    assert calm["evidence"] == [{**cross.to_json(), "message": 3}]
    left = handoff.mood(Mood(0.6, True, False, (cross,)), [3, 7], 0.5, 0.8)
    heard = heard_in(UserUttered("no!", parse_data={"mood": left}, metadata={"seq": 7}))
    assert [one.threshold for one in heard.mood] == [None, 0.5]


def test_vectors_are_remembered_and_forgotten_in_turn(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "judge", lambda: judge)
    memory = Remembered(2)
    first = memory.of(["a", "b", "a"])
    assert first[0] is memory.of(["a"])[0]
    memory.of(["c"])  # "b" was asked for longest ago
    assert memory.of(["a"])[0] is first[0]
    assert memory.of(["b"])[0] is not first[1]
    threads = [threading.Thread(target=memory.of, args=([str(n % 4)],)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(memory.of(["0", "1", "2"])) == 3
