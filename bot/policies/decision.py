"""The decision of a turn: answer, offer a person, or hand over now. Plain Python, no Rasa.

Evidence comes in (`Heard`), a plan goes out (`Decision`). The order of the questions in `decide` is
the order of their importance: a request for a person comes before everything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.nlu.dialogue import Outcome
from bot.policies.memory import MOST, Memory
from bot.vocabulary import Act, Intent
from handoff.model import Evidence, Handoff, Priority, Reason

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
INTRODUCING = frozenset({Intent.GREET, Intent.BOT_CHALLENGE})  # their responses say "I'm a bot"
GIVE_UP = 3  # misses in a row after which a person takes over, unless the customer declined one


# Signals of what the bot did, and of what is over. The misses are counted and answered by an offer
# of their own, so alone these say nothing of how the customer takes the present turn.
NOT_THEIRS = frozenset({"failed_turns", "was_upset"})
NOT_LOUD = NOT_THEIRS | {"repeats_self", "rejected_answers"}


@dataclass(frozen=True)
class Match:
    """A FAQ entry and the probability that it is the right one."""

    entry: str
    score: float


@dataclass(frozen=True)
class Heard:
    """One message of the customer's with all that was made of it."""

    seq: int
    episode: int
    intent: str
    confidence: float
    pressed: bool = False  # a button: no doubt about its meaning
    chosen: str | None = None  # the entry that a button of a clarifying question names
    asks_human: bool = False
    may_ask_human: bool = False
    human: tuple[Evidence, ...] = ()
    frustrated: bool = False  # as judged over the dialogue: offer a person
    furious: bool = False  # … hand over now
    mood: tuple[Evidence, ...] = ()
    answered: bool = False  # the first of `matches` is good enough to say
    unsure: bool = False  # one of `close` is meant, but which?
    close: tuple[str, ...] = ()  # entries nearly as likely as each other
    matches: tuple[Match, ...] = ()
    repeats: bool = False  # says again, in other words, what was said before in this episode

    def means(self, intent: Intent) -> bool:
        return self.intent == intent and (self.pressed or self.confidence >= SURE)

    @property
    def talk(self) -> bool:
        """Small talk, and not a question that happens to begin politely."""
        if self.intent not in TALK or not (self.pressed or self.confidence >= SURE):
            return False
        best = self.matches[0].score if self.answered and self.matches else 0.0
        return self.pressed or self.confidence >= best

    @property
    def upset(self) -> bool:
        """Frustrated, and it shows in what they say."""
        return self.frustrated and any(one.signal not in NOT_THEIRS for one in self.mood)

    @property
    def had_enough(self) -> bool:
        """Not to be offered a person but given one."""
        return self.furious and any(one.signal not in NOT_LOUD for one in self.mood)

    @property
    def upsetting(self) -> tuple[Evidence, ...]:
        return self.mood if self.upset else ()

    @property
    def best(self) -> Match | None:
        return self.matches[0] if self.matches else None


@dataclass(frozen=True)
class Decision:
    """`plan` in order; empty leaves the turn to the rules (small talk)."""

    plan: tuple[Act, ...]
    memory: Memory
    answer: str | None = None  # the entry that ANSWER gives
    again: bool = False  # … after a first answer that did not help
    calm: bool = True  # False: no questions about how helpful we were
    choices: tuple[str, ...] = ()
    handoff: Handoff | None = None


def decide(heard: Heard, memory: Memory) -> Decision:
    """What to do about `heard`, given what is remembered of the episode."""
    memory = memory.of_episode(heard.episode)
    if heard.asks_human or (heard.pressed and heard.intent == Intent.ASK_HUMAN):
        return _hand_over(heard, memory, Reason.ASKED, heard.human)
    if memory.offer and heard.means(Intent.AFFIRM) and not _asks_more(heard):
        accepted = Evidence("accepted_offer", heard.seq, heard.confidence)
        reason = Reason(memory.offer)
        return _hand_over(heard, memory, reason, (*failures(memory), *heard.upsetting, accepted))
    if heard.had_enough:
        return _hand_over(
            heard, memory, Reason.FRUSTRATED, (*failures(memory), *heard.mood), Priority.HIGH
        )
    if memory.offer and heard.means(Intent.DENY) and not _asks_more(heard):
        memory = replace(memory, offer=None, refused=True).with_outcome(heard.seq, Outcome.NONE)
        return Decision((Act.CONTINUE,), memory)
    return _first_words(heard, memory, _answer(heard, memory))


def _asks_more(heard: Heard) -> bool:
    """ "Yes, and where is my parcel?" is a question, not an answer to ours."""
    return heard.answered and not heard.talk


def _answer(heard: Heard, memory: Memory) -> Decision:
    if heard.chosen:
        return _give(heard, memory, heard.chosen)
    if heard.intent == Intent.SEND_FILE and heard.pressed:
        return _offer(heard, memory, Act.OFFER_FILE, Reason.UNANSWERED, Outcome.MISSED)
    if memory.last and not _asks_more(heard) and _says_no_to_the_answer(heard, memory):
        return _rejected(heard, memory.with_last_rejected())
    if heard.talk:
        return _small_talk(heard, memory)
    if heard.answered and heard.best:
        return _give(heard, memory, heard.best.entry)
    if heard.unsure:
        fresh = tuple(one for one in heard.close if one not in memory.given)
        if len(fresh) == 1:
            return _give(heard, memory, fresh[0])
        if fresh:
            memory = replace(memory, offer=None).with_outcome(heard.seq, Outcome.CLARIFIED)
            return Decision((Act.CLARIFY,), memory, choices=fresh)
    return _missed(heard, memory)


def _says_no_to_the_answer(heard: Heard, memory: Memory) -> bool:
    """Under an answer a bare "no" means that it did not help."""
    return heard.means(Intent.NOT_HELPFUL) or (
        heard.means(Intent.DENY) and memory.latest is Outcome.ANSWERED
    )


def _small_talk(heard: Heard, memory: Memory) -> Decision:
    """The rules answer. Somebody who is upset is offered a person instead of a pleasantry."""
    if heard.upset and not memory.offer and not memory.refused:
        return _offer(heard, memory, Act.OFFER_UPSET, Reason.FRUSTRATED, Outcome.OFFERED)
    if heard.means(Intent.NOT_HELPFUL):  # nothing was answered that could be meant
        return _missed(heard, memory)
    offer = memory.offer if heard.intent in (Intent.CHITCHAT, Intent.GREET) else None
    misses = 0 if heard.means(Intent.HELPFUL) else memory.misses
    introduced = memory.introduced or heard.intent in INTRODUCING
    memory = replace(memory, offer=offer, misses=misses, introduced=introduced)
    return Decision((), memory.with_outcome(heard.seq, Outcome.NONE))


def _give(heard: Heard, memory: Memory, entry: str, again: bool = False) -> Decision:
    """Give `entry`, once: what was said before is not said again."""
    if entry in memory.given:
        return _offer(heard, memory, Act.OFFER_SAID_BEFORE, Reason.REJECTED, Outcome.OFFERED)
    close = tuple(one for one in heard.close if one != entry)
    offers = heard.upset and not memory.offer and not memory.refused
    memory = replace(
        memory,
        given=(*memory.given, entry)[-MOST:],
        close=close,
        misses=0,
        offer=Reason.FRUSTRATED.value if offers else None,
    ).with_outcome(heard.seq, Outcome.ANSWERED)
    plan = (Act.ANSWER, Act.OFFER_UPSET) if offers else (Act.ANSWER,)
    return Decision(plan, memory, answer=entry, again=again, calm=not heard.upset)


def _rejected(heard: Heard, memory: Memory) -> Decision:
    """The last answer did not help: the next best one if it was close, else a person."""
    fresh = [one for one in memory.close if one not in memory.given]
    if fresh and not heard.upset:
        return _give(heard, memory, fresh[0], again=True)
    return _offer(heard, memory, Act.OFFER_REJECTED, Reason.REJECTED, Outcome.OFFERED)


def _missed(heard: Heard, memory: Memory) -> Decision:
    """No answer: say so and offer a person; hand over when the same is asked in other words."""
    if (heard.may_ask_human or heard.means(Intent.ASK_HUMAN)) and not memory.refused:
        return _offer(heard, memory, Act.OFFER_ASKED, Reason.ASKED, Outcome.OFFERED)
    misses = memory.misses + 1
    memory = replace(memory, misses=misses)
    if misses >= 2 and not memory.refused and (heard.repeats or misses >= GIVE_UP):
        memory = memory.with_outcome(heard.seq, Outcome.MISSED)
        return _hand_over(heard, memory, Reason.UNANSWERED, failures(memory))
    if heard.upset and not memory.offer and not memory.refused:
        return _offer(heard, memory, Act.OFFER_UPSET, Reason.FRUSTRATED, Outcome.MISSED)
    act = Act.OFFER_MISSED if misses == 1 else Act.OFFER_MISSED_AGAIN
    return _offer(heard, memory, act, Reason.UNANSWERED, Outcome.MISSED)


def _offer(heard: Heard, memory: Memory, act: Act, reason: Reason, outcome: Outcome) -> Decision:
    memory = replace(memory, offer=reason.value).with_outcome(heard.seq, outcome)
    return Decision((act,), memory, calm=not heard.upset)


def _hand_over(
    heard: Heard,
    memory: Memory,
    reason: Reason,
    evidence: Sequence[Evidence],
    priority: int = Priority.NORMAL,
) -> Decision:
    memory = replace(memory, offer=None).with_outcome(heard.seq, Outcome.OFFERED)
    handoff = Handoff(reason, tuple(evidence), priority)
    return Decision((Act.HAND_OVER,), memory, handoff=handoff)


def _first_words(heard: Heard, memory: Memory, decision: Decision) -> Decision:
    """Before its first answer the bot says that it is one."""
    if memory.introduced or not decision.plan or decision.handoff:
        return decision
    introduced = replace(decision.memory, introduced=True)
    return replace(decision, plan=(Act.INTRODUCE, *decision.plan), memory=introduced)


SIGNALS = {Outcome.MISSED: "missed", Outcome.REJECTED: "rejected"}


def failures(memory: Memory) -> tuple[Evidence, ...]:
    """The turns of the episode that went wrong, as evidence."""
    return tuple(
        Evidence(SIGNALS[outcome], int(seq), 1.0)
        for seq, outcome in memory.outcomes.items()
        if outcome in SIGNALS
    )
