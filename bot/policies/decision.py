"""The decision of a turn: answer, offer a person, or hand over now. Plain Python, no Rasa.

Evidence comes in (`Heard`), a plan goes out (`Decision`). The order of the questions in `decide` is
the order of their importance: a request for a person comes before everything.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bot.nlu.dialogue import Outcome
from bot.policies import remedy
from bot.policies.hearing import SURE, Heard, Piece, Rest
from bot.policies.memory import MOST, Memory
from bot.vocabulary import Act, Intent
from handoff.model import Evidence, Handoff, Priority, Reason

INTRODUCING = frozenset({Intent.GREET, Intent.BOT_CHALLENGE})  # their responses say "I'm a bot"
GIVE_UP = 3  # misses in a row after which a person takes over, unless the customer declined one


@dataclass(frozen=True)
class Decision:
    """`plan` in order; empty leaves the turn to the rules (small talk)."""

    plan: tuple[Act, ...]
    memory: Memory
    answer: str | None = None  # the entry that ANSWER gives
    again: bool = False  # … after a first answer that did not help
    rest: Rest | None = None  # … where some of its steps were tried
    calm: bool = True  # False: no questions about how helpful we were
    choices: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()  # the questions that ANSWER_EACH answers, or owns up to
    handoff: Handoff | None = None


def decide(heard: Heard, memory: Memory) -> Decision:
    """What to do about `heard`, given what is remembered of the episode."""
    memory = memory.of_episode(heard.episode).with_tried(heard.seq, heard.tried)
    if heard.upset:
        memory = replace(memory, tense=Reason.FRUSTRATED.value)
    elif heard.means(Intent.HELPFUL):
        memory = replace(memory, tense=None)
    if heard.asks_human or (heard.pressed and heard.intent == Intent.ASK_HUMAN):
        return _hand_over(heard, memory, Reason.ASKED, heard.human)
    if memory.offer and heard.means(Intent.AFFIRM) and not _asks_more(heard):
        threshold = None if heard.pressed else SURE
        accepted = Evidence("accepted_offer", heard.seq, heard.confidence, threshold=threshold)
        reason = Reason(memory.offer)
        return _hand_over(heard, memory, reason, (*memory.failures, *heard.upsetting, accepted))
    if heard.furious:
        return _hand_over(
            heard, memory, Reason.FRUSTRATED, (*memory.failures, *heard.mood), Priority.HIGH
        )
    if memory.offer and heard.means(Intent.DENY) and not _asks_more(heard):
        memory = replace(memory, offer=None, refused=True).with_outcome(heard.seq, Outcome.NONE)
        return Decision((Act.CONTINUE,), memory)
    entry, memory = remedy.told(heard, memory)
    decision = _give(heard, memory, entry) if entry else _answer(heard, memory)
    return _first_words(heard, memory, decision)


def _asks_more(heard: Heard) -> bool:
    """ "Yes, and where is my parcel?" is a question, not an answer to ours."""
    return (heard.answered or bool(heard.pieces)) and not heard.talk


def _answer(heard: Heard, memory: Memory) -> Decision:
    if heard.chosen:
        return _give(heard, memory, heard.chosen)
    if heard.intent == Intent.CHOOSE and heard.pressed:  # "something else"
        ruled_out = replace(memory, rejected=(*memory.rejected, *memory.choices), choices=())
        return Decision((Act.REPHRASE,), ruled_out.with_outcome(heard.seq, Outcome.NONE))
    if heard.intent == Intent.SEND_FILE and heard.pressed:
        return _offer(heard, memory, Act.OFFER_FILE, Reason.UNANSWERED, Outcome.MISSED)
    if memory.last and not _asks_more(heard) and _says_no_to_the_answer(heard, memory):
        return _rejected(heard, memory.with_last_rejected())
    if heard.talk:
        return _small_talk(heard, memory)
    return _question(heard, memory)


def _question(heard: Heard, memory: Memory) -> Decision:
    spent = memory.last in heard.spent
    if heard.quote and memory.last and not spent and not _sells(heard, memory, memory.last):
        quoting, plan = _given(heard, memory, (), Act.ANSWER, memory.close)
        rest = Rest("", heard.quote)
        return Decision(plan, quoting, answer=memory.last, rest=rest, calm=_calm(memory))
    if heard.pieces:
        several = _give_each(heard, memory)
        if several:
            return several
    if heard.unsure and not heard.follows:
        fresh = _fresh(heard, memory, heard.close)
        if len(fresh) == 1:
            return _give(heard, memory, fresh[0], again=heard.answered and fresh != heard.close[:1])
        # One question between two; somebody upset, or just asked, is not asked (again).
        if fresh and not heard.upset and memory.latest is not Outcome.CLARIFIED:
            memory = replace(memory, offer=None, choices=fresh)
            memory = memory.with_outcome(heard.seq, Outcome.CLARIFIED)
            return Decision((Act.CLARIFY,), memory, choices=fresh)
    return _give(heard, memory, heard.best.entry) if heard.best else _missed(heard, memory)


def _fresh(heard: Heard, memory: Memory, entries: Iterable[str]) -> tuple[str, ...]:
    """Those of `entries` that may be given unasked."""
    gone = {*memory.given, *memory.rejected, *heard.spent}
    return tuple(one for one in entries if one not in gone and not _sells(heard, memory, one))


def _sells(heard: Heard, memory: Memory, entry: str) -> bool:
    """Whether this entry would sell something to somebody who is upset, or not helped yet."""
    return memory.tense is not None and entry in heard.promotes


def _says_no_to_the_answer(heard: Heard, memory: Memory) -> bool:
    """Under an answer a bare "no" means that it did not help."""
    return heard.means(Intent.NOT_HELPFUL) or (
        heard.means(Intent.DENY) and memory.latest is Outcome.ANSWERED
    )


def _small_talk(heard: Heard, memory: Memory) -> Decision:
    """The rules answer. Somebody who is upset is offered a person instead of a pleasantry."""
    if heard.upset and _may_offer(memory):
        return _offer(heard, memory, Act.OFFER_UPSET, Reason.FRUSTRATED, Outcome.OFFERED)
    if heard.means(Intent.NOT_HELPFUL):  # nothing was answered that could be meant
        return _missed(heard, memory)
    offer = memory.offer if heard.intent in (Intent.CHITCHAT, Intent.GREET) else None
    misses = 0 if heard.means(Intent.HELPFUL) else memory.misses
    introduced = memory.introduced or heard.intent in INTRODUCING
    memory = replace(memory, offer=offer, misses=misses, introduced=introduced)
    return Decision((), memory.with_outcome(heard.seq, Outcome.NONE))


def _give(heard: Heard, memory: Memory, entry: str, again: bool = False) -> Decision:
    """Give `entry`, once: what was said before is not said again, nor what was tried in vain."""
    if entry in memory.given:
        return _missed(heard, memory, Act.OFFER_SAID_BEFORE, Reason.REJECTED)
    close = _fresh(heard, memory, (one for one in heard.close if one != entry))
    if entry in heard.spent or _sells(heard, memory, entry):
        if close:
            return _give(heard, memory, close[0])
        if entry in heard.spent:
            return _offer(heard, memory, Act.OFFER_TRIED, Reason.UNANSWERED, Outcome.OFFERED)
        act = Act.OFFER_UPSET if heard.upset and _may_offer(memory) else Act.OFFER_UNSETTLED
        return _offer(heard, memory, act, Reason(memory.tense or Reason.REJECTED), Outcome.OFFERED)
    if not (heard.upset or again) and remedy.asks_first(heard, memory, entry):
        memory = replace(memory, offer=None, choices=(), misses=0, remedy=entry, inquired=True)
        memory = memory.with_outcome(heard.seq, Outcome.CLARIFIED)
        return Decision((Act.ASK_TRIED,), memory)
    memory, plan = _given(heard, memory, (entry,), Act.ANSWER, close)
    rest = heard.rests.get(entry)
    return Decision(plan, memory, answer=entry, again=again, rest=rest, calm=_calm(memory))


def _may_offer(memory: Memory) -> bool:
    """No offer of a person stands, and none was declined."""
    return not memory.offer and not memory.refused


def _calm(memory: Memory) -> bool:
    """Whether they may be asked how helpful we were."""
    return memory.tense != Reason.FRUSTRATED


def _give_each(heard: Heard, memory: Memory) -> Decision | None:
    """Every question of a message that can be answered and was not before; None: as one question.

    One that has no answer is named, and a person offered for it.
    """
    known = {one.entry: one for one in reversed(heard.pieces) if one.entry}
    fresh = _fresh(heard, memory, reversed(known))
    missed = [one for one in heard.pieces if not one.entry][:1]
    if not fresh or (len(known) == 1 and not missed):
        return None
    memory, plan = _given(heard, memory, fresh, Act.ANSWER_EACH, ())
    if missed:
        memory, plan = replace(memory, offer=Reason.UNANSWERED.value), (Act.ANSWER_EACH,)
    wanted = [*(known[entry] for entry in fresh), *missed]
    pieces = tuple(one for one in dict.fromkeys(heard.pieces) if one in wanted)
    return Decision(plan, memory, pieces=pieces, calm=_calm(memory))


def _given(
    heard: Heard, memory: Memory, entries: Sequence[str], act: Act, close: tuple[str, ...]
) -> tuple[Memory, tuple[Act, ...]]:
    """Memory and plan of a turn that gives `entries`; somebody upset is offered a person too."""
    offers = heard.upset and _may_offer(memory)
    memory = replace(
        memory,
        given=(*memory.given, *entries)[-MOST:],
        close=close,
        choices=(),
        misses=0,
        offer=Reason.FRUSTRATED.value if offers else None,
    ).with_outcome(heard.seq, Outcome.ANSWERED)
    return memory, (act, Act.OFFER_UPSET) if offers else (act,)


def _rejected(heard: Heard, memory: Memory) -> Decision:
    """The last answer did not help: the next best one if it was close, else a person."""
    memory = replace(memory, tense=memory.tense or Reason.REJECTED.value)
    fresh = _fresh(heard, memory, memory.close)
    if fresh and not heard.upset:
        return _give(heard, memory, fresh[0], again=True)
    return _offer(heard, memory, Act.OFFER_REJECTED, Reason.REJECTED, Outcome.OFFERED)


def _missed(
    heard: Heard,
    memory: Memory,
    act: Act = Act.OFFER_MISSED,
    reason: Reason = Reason.UNANSWERED,
) -> Decision:
    """No (new) answer: say so and offer a person; hand over when the same is asked in other words.

    `act` says it the first time.
    """
    if (heard.may_ask_human or heard.means(Intent.ASK_HUMAN)) and not memory.refused:
        return _offer(heard, memory, Act.OFFER_ASKED, Reason.ASKED, Outcome.OFFERED)
    misses = memory.misses + 1
    memory = replace(memory, misses=misses)
    if misses >= 2 and not memory.refused and (heard.repeats or misses >= GIVE_UP):
        memory = memory.with_outcome(heard.seq, Outcome.MISSED)
        return _hand_over(heard, memory, reason, memory.failures)
    if heard.upset and _may_offer(memory):
        return _offer(heard, memory, Act.OFFER_UPSET, Reason.FRUSTRATED, Outcome.MISSED)
    said = act if misses == 1 else Act.OFFER_MISSED_AGAIN
    return _offer(heard, memory, said, reason, Outcome.MISSED)


def _offer(heard: Heard, memory: Memory, act: Act, reason: Reason, outcome: Outcome) -> Decision:
    memory = replace(memory, offer=reason.value).with_outcome(heard.seq, outcome)
    return Decision((act,), memory, calm=_calm(memory))


def _hand_over(
    heard: Heard,
    memory: Memory,
    reason: Reason,
    evidence: Sequence[Evidence],
    priority: int = Priority.NORMAL,
) -> Decision:
    memory = replace(memory, offer=None).with_outcome(heard.seq, Outcome.OFFERED)
    handoff = Handoff(reason, (*evidence, *memory.attempts), priority)
    return Decision((Act.HAND_OVER,), memory, handoff=handoff)


def _first_words(heard: Heard, memory: Memory, decision: Decision) -> Decision:
    """Before its first answer the bot says that it is one, where nobody else has said so."""
    if heard.greeted or memory.introduced or not decision.plan or decision.handoff:
        return decision
    introduced = replace(decision.memory, introduced=True)
    return replace(decision, plan=(Act.INTRODUCE, *decision.plan), memory=introduced)
