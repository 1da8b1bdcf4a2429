"""One customer message through Rasa: in as a `UserMessage`, out as replies and a handoff."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.shared.constants import INTENT_MESSAGE_PREFIX
from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot import guards, overheard
from bot.components.heard import MOOD
from bot.vocabulary import HANDOFF, SOURCE, Intent
from handoff.model import Entry, Evidence, Handoff, Mood, Priority, Reason
from handoff.turns import Reply, Turn

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class TurnFailed(RuntimeError):
    """Rasa ran the message and has nothing to show for it, or something that is not understood."""


class Forgotten(RuntimeError):
    """The message was run before, and the tracker has since forgotten what was answered."""


@dataclass(frozen=True)
class Said:
    """What the bot answers to one message."""

    replies: tuple[Reply, ...] = ()
    handoff: Handoff | None = None
    lang: str | None = None  # that the customer writes
    mood: Mood | None = None  # in which they wrote; None where no words were judged


@dataclass
class Collected(OutputChannel):  # type: ignore[misc]
    """Takes what the bot says, one message per utterance, under the customer's channel's name."""

    channel: str
    messages: list[dict[str, Any]] = field(default_factory=list)

    def name(self) -> str:
        """Rasa asks the instance: a response may have a variation for one channel."""
        return self.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Whole: Rasa's own channels split a text at its blank lines into several messages."""
        self.messages.append(message)


def message_id(turn: Turn, entry: Entry) -> str:
    """The message's id for Rasa: the same whenever the message is run again."""
    return f"{turn.conversation}:{entry.seq}"


def user_message(turn: Turn, entry: Entry, output: OutputChannel) -> UserMessage:
    """The entry as Rasa hears it. What a button means the server wrote into the log."""
    pressed = entry.body.get("payload")
    text = guards.plain(entry.text)
    parsed = None
    if isinstance(pressed, Mapping) and isinstance(pressed.get("intent"), str):
        parsed = _parsed(text, pressed["intent"], guards.entities(pressed.get("entities")))
    elif not text:
        parsed = _parsed("", Intent.SEND_FILE, [])
    return UserMessage(
        text=text,
        output_channel=output,
        sender_id=turn.conversation,
        parse_data=parsed,
        input_channel=turn.channel,
        message_id=message_id(turn, entry),
        metadata={
            "seq": entry.seq,
            "time": entry.time,
            "episode": turn.episode,
            "lang": turn.lang,
            "name": turn.name,
        },
    )


def _parsed(text: str, intent: str, entities: list[dict[str, str]]) -> dict[str, Any]:
    sure = {"name": intent, "confidence": 1.0}
    return {"text": text, "intent": sure, "intent_ranking": [sure], "entities": entities}


class Memory(Protocol):
    """The part of the tracker store that tells whether a message was run before."""

    async def heard(self, sender_id: str) -> int: ...

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None: ...


async def hear(turn: Turn, entry: Entry, on_new_message: OnNewMessage, memory: Memory) -> Said:
    """What the bot says to `entry`; a message that was run before is not run again.

    Raises TurnFailed, Forgotten, and whatever Rasa raises: store errors, with
    `guards.fail_openly`.
    """
    if await memory.heard(turn.conversation) >= entry.seq:
        tracker = await memory.retrieve(turn.conversation)
        before = said_before(tracker, turn, entry) if tracker else None
        if tracker is None or before is None:
            raise Forgotten(f"{message_id(turn, entry)} was run before, and is forgotten")
        return replace(said(before), mood=mood_before(tracker, turn, entry))
    output = Collected(turn.channel)
    with overheard.listening() as found:
        await on_new_message(user_message(turn, entry, output))
    return replace(said(output.messages), mood=found.mood)


def said_before(
    tracker: DialogueStateTracker, turn: Turn, entry: Entry
) -> list[dict[str, Any]] | None:
    """What the bot said when this message was run; None if the tracker does not show it."""
    wanted = message_id(turn, entry)
    messages: list[dict[str, Any]] | None = None
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if messages is not None:
                break
            if event.message_id == wanted:
                messages = []
        elif isinstance(event, BotUttered) and messages is not None:
            messages.append(event.message())
    return messages


def mood_before(tracker: DialogueStateTracker, turn: Turn, entry: Entry) -> Mood | None:
    """The mood that was judged when this message was run; None if the tracker does not show it."""
    wanted = message_id(turn, entry)
    for event in tracker.events:
        if isinstance(event, UserUttered) and event.message_id == wanted:
            return overheard.mood_of(event.parse_data.get(MOOD) or {})
    return None


def said(messages: Iterable[Mapping[str, Any]]) -> Said:
    """Rasa's messages as replies and handoff. Raises TurnFailed when there is neither."""
    replies: list[Reply] = []
    handoff: Handoff | None = None
    for message in messages:
        custom = message.get("custom")
        custom = custom if isinstance(custom, Mapping) else {}
        if isinstance(custom.get(HANDOFF), Mapping):
            handoff = handoff_of(custom[HANDOFF])
        text = (message.get("text") or "").strip()
        if text:
            source = custom.get(SOURCE)
            buttons = tuple(_button(one) for one in message.get("buttons") or ())
            replies.append(Reply(text=text, buttons=buttons, source=source or None))
    if not replies and handoff is None:
        raise TurnFailed("Rasa said nothing and handed nothing over")
    return Said(tuple(replies), handoff)


def _button(button: Mapping[str, Any]) -> dict[str, Any]:
    """`{title, payload: '/intent{"entity": "value"}'}` as Rasa writes it, for the log."""
    payload = str(button.get("payload", ""))
    if not payload.startswith(INTENT_MESSAGE_PREFIX):
        raise TurnFailed(f"A button's payload is no intent: {payload!r}")
    intent, brace, rest = payload.removeprefix(INTENT_MESSAGE_PREFIX).partition("{")
    try:
        given = json.loads(brace + rest) if brace else {}
    except ValueError as error:
        raise TurnFailed(f"A button's payload is not understood: {payload!r}") from error
    return {
        "label": str(button["title"]),
        "payload": {"intent": intent, "entities": given},
    }


def handoff_of(body: Mapping[str, Any]) -> Handoff:
    """A handoff as the policy and the actions write it. Raises TurnFailed when it is none."""
    try:
        return Handoff(
            reason=Reason(body["reason"]),
            evidence=tuple(
                Evidence(
                    signal=str(one["signal"]),
                    message=int(one["message"]),
                    score=float(one["score"]),
                    span=str(one.get("span", "")),
                    threshold=None if one.get("threshold") is None else float(one["threshold"]),
                )
                for one in body.get("evidence") or ()
            ),
            priority=min(max(int(body.get("priority", Priority.NORMAL)), 0), Priority.URGENT),
            note=str(body.get("note", "")),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise TurnFailed(f"A handoff that is not understood: {sorted(body)}") from error
