"""One message of the customer's with all that was made of it: what a decision is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.vocabulary import Intent
from handoff.model import Evidence

SURE = 0.5  # probability of an intent that is acted upon
TALK = frozenset(
    {
        Intent.GREET,
        Intent.THANKS,
        Intent.GOODBYE,
        Intent.AFFIRM,
        Intent.DENY,
        Intent.HELPFUL,
        Intent.NOT_HELPFUL,
        Intent.BOT_CHALLENGE,
        Intent.CHITCHAT,
    }
)


@dataclass(frozen=True)
class Match:
    """A FAQ entry and the probability that it is the right one."""

    entry: str
    score: float


@dataclass(frozen=True)
class Piece:
    """One question of several in a message: the customer's words, and what answers it."""

    text: str
    entry: str | None = None


@dataclass(frozen=True)
class Rest:
    """The part of an answer that is said. After what the customer has tried: `span` are their words
    about it; `text` is the list without those steps, empty where the answer is no list."""

    span: str
    text: str = ""


@dataclass(frozen=True)
class Heard:
    """`seq` is the message's number in the log."""

    seq: int
    episode: int
    intent: str
    confidence: float
    pressed: bool = False  # a button: no doubt about its meaning
    chosen: str | None = None  # the entry that a button of a clarifying question names
    greeted: bool = False  # the channel itself says who is talking
    asks_human: bool = False
    may_ask_human: bool = False
    human: tuple[Evidence, ...] = ()
    upset: bool = False  # as judged over the dialogue, not for the bot's failures alone
    furious: bool = False  # … not to be offered a person but given one
    mood: tuple[Evidence, ...] = ()
    answered: bool = False  # the first of `matches` is good enough to say
    unsure: bool = False  # one of `close` is meant, but which?
    close: tuple[str, ...] = ()  # entries nearly as likely as each other
    matches: tuple[Match, ...] = ()
    repeats: bool = False  # says again, in other words, what was said before in this episode
    pieces: tuple[Piece, ...] = ()  # two or three questions in one message
    follows: Match | None = None  # what is meant, as it goes on from the answer before
    quote: str = ""  # what the last answer says of a message that only goes on from it
    tried: tuple[str, ...] = ()  # what this message says was tried, in its words
    spent: frozenset[str] = frozenset()  # entries that propose nothing but what was tried
    rests: Mapping[str, Rest] = field(default_factory=dict)  # entries that propose more than that
    promotes: frozenset[str] = frozenset()  # entries that sell something
    remedies: frozenset[str] = frozenset()  # entries that prescribe steps: ask first what was tried

    @property
    def sure(self) -> bool:
        return self.pressed or self.confidence >= SURE

    def means(self, intent: Intent) -> bool:
        return self.intent == intent and self.sure

    @property
    def talk(self) -> bool:
        """Small talk, and not a question that happens to begin politely."""
        if self.intent not in TALK or not self.sure:
            return False
        if self.pieces:  # "Thanks! Where is it? And how do I pay?"
            return False
        best = self.matches[0].score if self.answered and self.matches else 0.0
        return self.pressed or self.confidence >= best

    @property
    def upsetting(self) -> tuple[Evidence, ...]:
        return self.mood if self.upset else ()

    @property
    def best(self) -> Match | None:
        """The entry that answers, if one does."""
        if self.follows:
            return self.follows
        return self.matches[0] if self.answered and self.matches else None
