"""What Rasa hears of an entry of the log, and what the log hears of Rasa's messages."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import ActionExecuted, BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import overheard
from bot.turn import Collected, Forgotten, OnNewMessage, TurnFailed, hear, said, user_message
from handoff.model import ConversationId, Entry, Evidence, Kind, Mood, Priority, Reason, Sender
from handoff.turns import Turn
from tests.bot.rasa_quietly import DOMAIN

CID = ConversationId("c1")


def entry(seq: int = 5, **body: Any) -> Entry:
    return Entry(seq, 1_790_000_000_000, Sender.CUSTOMER, Kind.MESSAGE, f"m{seq}", 0, body)


def turn(*entries: Entry) -> Turn:
    return Turn(CID, "token", 3, "nl", "Ana", "telegram", 2, entries)


def heard(**body: Any) -> UserMessage:
    one = entry(**body)
    return user_message(turn(one), one, Collected("telegram"))


def test_a_message() -> None:
    message = heard(text=" /restart ")
    assert message.text == "restart"
    assert message.sender_id == "c1"
    assert message.message_id == "c1:5"
    assert message.input_channel == "telegram"
    assert message.parse_data is None
    assert message.metadata == {
        "seq": 5,
        "time": 1_790_000_000_000,
        "episode": 2,
        "lang": "nl",
        "name": "Ana",
    }


def test_a_button_means_what_the_server_wrote() -> None:
    payload = {"intent": "choose", "entities": {"entry": "cancel-order", "n": 3}}
    message = heard(text="Cancel my order", payload=payload)
    assert message.parse_data["intent"] == {"name": "choose", "confidence": 1.0}
    assert message.parse_data["entities"] == [
        {"entity": "entry", "value": "cancel-order", "extractor": "button"}
    ]


@pytest.mark.parametrize("payload", ["/restart", ["restart"], {}, {"intent": 3}, {"intent": None}])
def test_what_is_not_a_payload_is_only_text(payload: object) -> None:
    assert heard(text="hello", payload=payload).parse_data is None


def test_a_message_without_words() -> None:
    message = heard(text="", attachments=[{"id": "a"}])
    assert message.parse_data["intent"]["name"] == "send_file"


def test_replies() -> None:
    result = said(
        [
            {"text": "Two days.\n\nOr three.", "custom": {"source": {"title": "T", "url": "U"}}},
            {"text": "Helpful?", "buttons": [{"title": "Yes", "payload": "/helpful"}]},
            {
                "text": "Which?",
                "buttons": [{"title": "This", "payload": '/choose{"entry": "a b"}'}],
            },
        ]
    )
    assert [reply.text for reply in result.replies][:2] == ["Two days.\n\nOr three.", "Helpful?"]
    assert result.replies[0].source == {"title": "T", "url": "U"}
    assert result.replies[1].buttons[0] == {
        "label": "Yes",
        "payload": {"intent": "helpful", "entities": {}},
    }
    assert result.replies[2].buttons[0]["payload"]["entities"] == {"entry": "a b"}
    assert result.handoff is None


def test_a_handoff() -> None:
    body = {
        "reason": "frustrated",
        "priority": 2,
        "evidence": [{"signal": "insult", "message": 4, "score": 0.9, "span": "fool"}],
    }
    handoff = said([{"text": "A person comes.", "custom": {"handoff": body}}]).handoff
    assert handoff is not None
    assert handoff.reason is Reason.FRUSTRATED
    assert handoff.priority == Priority.HIGH
    assert handoff.evidence == (Evidence("insult", 4, 0.9, "fool"),)


def test_a_handoff_keeps_what_a_score_was_held_against() -> None:
    shown = {"signal": "asks_for_human", "message": 4, "score": 0.83, "span": "", "threshold": 0.65}
    body = {"reason": "asked", "evidence": [shown]}
    handoff = said([{"custom": {"handoff": body}}]).handoff
    assert handoff is not None
    assert handoff.to_json()["evidence"] == [shown]


@pytest.mark.parametrize(
    "messages",
    [
        [],
        [{"text": ""}],
        [{"text": "  "}],
        [{"custom": {"source": {}}}],
        [{"custom": {"handoff": {"reason": "because"}}}],
        [{"custom": {"handoff": {}}}],
        [{"custom": {"handoff": {"reason": "asked", "evidence": [{"signal": "x"}]}}}],
        [
            {
                "custom": {
                    "handoff": {
                        "reason": "asked",
                        "evidence": [
                            {"signal": "x", "message": 1, "score": 1.0, "threshold": "much"}
                        ],
                    }
                }
            }
        ],
        [{"text": "a", "buttons": [{"title": "b", "payload": "restart"}]}],
        [{"text": "a", "buttons": [{"title": "b", "payload": "/x{not json"}]}],
    ],
)
def test_nothing_said_or_nothing_understood_is_a_failure(messages: list[dict[str, Any]]) -> None:
    with pytest.raises(TurnFailed):
        said(messages)


class Remembered:
    """A tracker store that holds one tracker."""

    def __init__(self, *events: Any) -> None:
        self.tracker = DialogueStateTracker.from_events("c1", list(events), DOMAIN.slots)

    async def heard(self, sender_id: str) -> int:
        return max(
            (
                event.metadata["seq"]
                for event in self.tracker.events
                if isinstance(event, UserUttered)
            ),
            default=0,
        )

    async def retrieve(self, sender_id: str) -> DialogueStateTracker:
        return self.tracker


def uttered(seq: int) -> UserUttered:
    return UserUttered("text", {"name": "question"}, message_id=f"c1:{seq}", metadata={"seq": seq})


async def never(message: UserMessage) -> None:
    raise AssertionError("a message that was run before is run again")


async def test_a_message_that_was_run_before_is_answered_from_memory() -> None:
    memory = Remembered(
        uttered(3),
        BotUttered("an earlier answer"),
        ActionExecuted(ACTION_LISTEN_NAME),
        uttered(5),
        ActionExecuted("utter_greet"),
        BotUttered("first", {"buttons": [{"title": "Yes", "payload": "/affirm"}]}),
        BotUttered("second"),
        ActionExecuted(ACTION_LISTEN_NAME),
        uttered(7),
        BotUttered("a later answer"),
    )
    result = await hear(turn(entry()), entry(text="text"), never, memory)
    assert [reply.text for reply in result.replies] == ["first", "second"]
    assert result.replies[0].buttons[0]["label"] == "Yes"


async def test_a_message_that_was_run_in_vain_fails_again_without_being_run() -> None:
    with pytest.raises(TurnFailed):
        await hear(turn(entry()), entry(text="text"), never, Remembered(uttered(5)))


async def test_a_message_that_was_run_and_forgotten_is_not_run_again() -> None:
    with pytest.raises(Forgotten):
        await hear(turn(entry()), entry(text="text"), never, Remembered(uttered(9)))


async def test_a_new_message_is_run_and_collected_whole() -> None:
    async def answer(message: UserMessage) -> None:
        await message.output_channel.send_response("c1", BotUttered("one\n\ntwo").message())
        assert message.output_channel.name() == "telegram"

    result = await hear(turn(entry()), entry(text="text"), answer, Remembered(uttered(3)))
    assert [reply.text for reply in result.replies] == ["one\n\ntwo"]


async def test_how_a_message_was_judged_comes_with_the_answer() -> None:
    async def answer(message: UserMessage) -> None:
        overheard.tell({"score": 0.9, "reaches": 0.62, "enough": 0.8})
        await message.output_channel.send_response("c1", BotUttered("one").message())

    result = await hear(turn(entry()), entry(text="text"), answer, Remembered(uttered(3)))
    assert result.mood == Mood(0.62, 0.8)
    overheard.tell({"reaches": 0.1, "enough": 0.8})  # nobody listens any more
    assert result.mood == Mood(0.62, 0.8)


async def test_turns_at_the_same_time_keep_their_moods_apart() -> None:
    """Both are judged before either is answered."""
    both = asyncio.Barrier(2)

    def answering(score: float) -> OnNewMessage:
        async def answer(message: UserMessage) -> None:
            overheard.tell({"reaches": score, "enough": 0.8})
            await both.wait()
            await message.output_channel.send_response("c1", BotUttered("one").message())

        return answer

    results = await asyncio.gather(
        *(
            hear(turn(entry()), entry(text="text"), answering(score), Remembered(uttered(3)))
            for score in (0.1, 0.9)
        )
    )
    assert [one.mood for one in results] == [Mood(0.1, 0.8), Mood(0.9, 0.8)]


async def test_a_button_is_not_judged() -> None:
    async def answer(message: UserMessage) -> None:
        await message.output_channel.send_response("c1", BotUttered("one").message())

    result = await hear(turn(entry()), entry(text="text"), answer, Remembered(uttered(3)))
    assert result.mood is None


async def test_a_repeated_turn_takes_its_mood_from_memory() -> None:
    mood = {"score": 0.9, "reaches": 0.62, "enough": 0.8}
    run = UserUttered("text", {"name": "question"}, message_id="c1:5", metadata={"seq": 5})
    run.parse_data["mood"] = mood
    before = UserUttered("text", {"name": "question"}, message_id="c1:3", metadata={"seq": 3})
    before.parse_data["mood"] = {**mood, "reaches": 0.1}
    result = await hear(
        turn(entry()), entry(text="text"), never, Remembered(before, run, BotUttered("one"))
    )
    assert result.mood == Mood(0.62, 0.8)


@pytest.mark.parametrize("found", [{}, {"reaches": 0.3}, {"reaches": "much", "enough": 0.8}])
def test_what_has_no_measure_is_not_measured(found: dict[str, Any]) -> None:
    assert overheard.mood_of(found) is None
