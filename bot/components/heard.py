"""What the components leave on a message, and how the policy reads it.

It travels as JSON in Rasa's `parse_data`, so it stays small: ids and numbers, no texts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rasa.shared.core.events import UserUttered

from bot.policies.hearing import Heard, Match, Piece, Rest
from bot.vocabulary import FALLBACK_LANGUAGE, LANGUAGES, Intent
from handoff.model import Evidence

# Keys of a Rasa message
LANGUAGE = "language"
FAQ = "faq"
HUMAN = "human"
MOOD = "mood"

# Channels whose customers are told before they write who is talking: the widget says so itself.
GREETING = frozenset({"website"})


def evidence_json(evidence: Iterable[Any], seqs: list[int]) -> list[dict[str, Any]]:
    """Evidence of the cores, which count messages from 0, with the log's numbers instead."""
    return [
        {**one.to_json(), "message": seqs[one.message]}
        for one in evidence
        if 0 <= one.message < len(seqs)
    ]


def _evidence(given: Iterable[Mapping[str, Any]]) -> tuple[Evidence, ...]:
    return tuple(
        Evidence(
            one["signal"],
            int(one["message"]),
            float(one["score"]),
            str(one.get("span", "")),
            one.get("threshold"),
        )
        for one in given
    )


def seq_of(metadata: Mapping[str, Any] | None) -> int:
    """The log's number of a message; 0 for one that is not from the log."""
    seq = (metadata or {}).get("seq")
    return seq if isinstance(seq, int) else 0


def heard_in(message: UserUttered) -> Heard:
    """A message as the decision takes it."""
    parsed = message.parse_data
    metadata = message.metadata or {}
    faq, human, mood = (parsed.get(key) or {} for key in (FAQ, HUMAN, MOOD))
    pressed = FAQ not in parsed  # a button's meaning comes with it, the pipeline does not run
    chosen = next((one["value"] for one in message.entities if one["entity"] == "entry"), None)
    follows = faq.get("follows")
    return Heard(
        seq=seq_of(metadata),
        episode=int(metadata.get("episode") or 0),
        intent=message.intent_name or "",
        confidence=float(message.intent.get("confidence") or 0.0),
        pressed=pressed,
        chosen=chosen if pressed and message.intent_name == Intent.CHOOSE else None,
        greeted=message.input_channel in GREETING,
        asks_human=bool(human.get("decided")),
        may_ask_human=bool(human.get("offer")),
        human=_evidence(human.get("evidence", ())),
        upset=bool(mood.get("frustrated")),
        furious=bool(mood.get("hand_over")),
        mood=_evidence(mood.get("evidence", ())),
        answered=bool(faq.get("answered")),
        unsure=bool(faq.get("unsure")),
        close=tuple(faq.get("close", ())),
        matches=tuple(Match(entry, score) for entry, score in faq.get("matches", ())),
        repeats=bool(mood.get("repeats")),
        pieces=tuple(Piece(text, entry) for text, entry in faq.get("pieces", ())),
        follows=Match(*follows) if follows else None,
        quote=faq.get("quote", ""),
        tried=tuple(faq.get("tried", ())),
        spent=frozenset(faq.get("spent", ())),
        rests={entry: Rest(*rest) for entry, rest in (faq.get("rests") or {}).items()},
        promotes=frozenset(faq.get("promotes", ())),
        remedies=frozenset(faq.get("remedies", ())),
    )


def language_of(message: UserUttered, before: str | None) -> str:
    """The language to answer in: of this message if it shows one, else of the conversation."""
    found = (message.parse_data.get(LANGUAGE) or {}).get("code")
    hint = (message.metadata or {}).get("lang")
    known = (one for one in (found, before, hint) if one in LANGUAGES)
    return next(known, FALLBACK_LANGUAGE)
