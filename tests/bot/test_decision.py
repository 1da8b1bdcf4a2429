"""What to do about a message: a table of situations, and what must hold in all of them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.nlu.dialogue import Outcome
from bot.policies.decision import Decision, decide
from bot.policies.hearing import Heard, Match, Piece, Rest
from bot.policies.memory import Memory
from bot.vocabulary import Act, Intent
from handoff.model import Evidence, Priority, Reason

ASKED = (Evidence("asks_for_human", 5, 0.98, "a person"),)
TRIED = "already_tried"
ANGRY = (Evidence("insult", 5, 0.9, "you fool"), Evidence("repeats_self", 3, 0.7))
KNOWN = Memory(introduced=True)  # the bot has said what it is


def question(**more: Any) -> Heard:
    return replace(Heard(seq=5, episode=0, intent="question", confidence=0.9), **more)


def answerable(entry: str = "delivery", score: float = 0.9, **more: Any) -> Heard:
    return question(answered=True, matches=(Match(entry, score),), **more)


def talk(intent: Intent, **more: Any) -> Heard:
    return replace(Heard(seq=5, episode=0, intent=intent, confidence=0.9), **more)


@dataclass(frozen=True)
class Case:
    name: str
    heard: Heard
    plan: tuple[Act, ...]
    memory: Memory = KNOWN
    reason: Reason | None = None


MISSED_ONCE = replace(KNOWN, misses=1, offer="unanswered", outcomes={"1": Outcome.MISSED})
ANSWERED = replace(KNOWN, given=("delivery",), outcomes={"1": Outcome.ANSWERED})
CLOSE = replace(ANSWERED, close=("tracking",))
OFFERED_UPSET = replace(KNOWN, offer="frustrated", tense="frustrated")
REJECTED = replace(ANSWERED, rejected=("delivery",), tense="rejected")

CLARIFIED = replace(KNOWN, choices=("delivery", "tracking"), outcomes={"1": Outcome.CLARIFIED})
TWO = (Piece("where is it", "delivery"), Piece("and the link", "tracking"))
ONE_OF_TWO = (Piece("where is it", "delivery"), Piece("and who won"))
SPENT = frozenset({"delivery"})
INTRODUCE = Act.INTRODUCE
INQUIRED = replace(KNOWN, remedy="delivery", inquired=True, outcomes={"1": Outcome.CLARIFIED})


def told(entry: str = "delivery", **more: Any) -> Heard:
    """A question that `entry`, which prescribes steps, answers."""
    return answerable(entry, remedies=frozenset({entry}), **more)


CASES = [
    Case("a question that has an answer", answerable(), (Act.ANSWER,)),
    Case("the first words say who speaks", answerable(), (Act.INTRODUCE, Act.ANSWER), Memory()),
    Case("a greeting is left to the rules", talk(Intent.GREET), (), Memory()),
    Case("a person is asked for", question(asks_human=True), (Act.HAND_OVER,), reason=Reason.ASKED),
    Case(
        "a person is asked for in the first message",
        question(asks_human=True),
        (Act.HAND_OVER,),
        Memory(),
        Reason.ASKED,
    ),
    Case(
        "a person is asked for, politely, in a question that has an answer",
        answerable(asks_human=True),
        (Act.HAND_OVER,),
        reason=Reason.ASKED,
    ),
    Case("perhaps a person is asked for", question(may_ask_human=True), (Act.OFFER_ASKED,)),
    Case(
        "perhaps a person is asked for, and there is an answer",
        answerable(may_ask_human=True),
        (Act.ANSWER,),
    ),
    Case(
        "only the intent classifier takes it for a request",
        talk(Intent.ASK_HUMAN),
        (Act.OFFER_ASKED,),
    ),
    Case("no answer", question(), (Act.OFFER_MISSED,)),
    Case("no answer again", question(), (Act.OFFER_MISSED_AGAIN,), MISSED_ONCE),
    Case(
        "no answer to the same in other words",
        question(repeats=True),
        (Act.HAND_OVER,),
        MISSED_ONCE,
        Reason.UNANSWERED,
    ),
    Case(
        "no answer for the third time",
        question(),
        (Act.HAND_OVER,),
        replace(MISSED_ONCE, misses=2),
        Reason.UNANSWERED,
    ),
    Case(
        "no answer for the third time to somebody who wants no person",
        question(repeats=True),
        (Act.OFFER_MISSED_AGAIN,),
        replace(MISSED_ONCE, misses=2, refused=True),
    ),
    Case("yes to an offer", talk(Intent.AFFIRM), (Act.HAND_OVER,), MISSED_ONCE, Reason.UNANSWERED),
    Case("no to an offer", talk(Intent.DENY), (Act.CONTINUE,), MISSED_ONCE),
    Case("yes to nothing", talk(Intent.AFFIRM), ()),
    Case("no to nothing", talk(Intent.DENY), ()),
    Case(
        "yes, and a question",
        answerable("returns", 0.95, intent="affirm", confidence=0.6),
        (Act.ANSWER,),
        MISSED_ONCE,
    ),
    Case(
        "yes to the offer for somebody upset",
        talk(Intent.AFFIRM),
        (Act.HAND_OVER,),
        OFFERED_UPSET,
        Reason.FRUSTRATED,
    ),
    Case("the same answer again", answerable(), (Act.OFFER_SAID_BEFORE,), ANSWERED),
    Case(
        "the same answer for the third time",
        answerable(),
        (Act.OFFER_MISSED_AGAIN,),
        replace(ANSWERED, misses=1),
    ),
    Case(
        "the same answer for the third time, asked in other words",
        answerable(repeats=True),
        (Act.HAND_OVER,),
        replace(ANSWERED, misses=1),
        Reason.REJECTED,
    ),
    Case("not helpful", talk(Intent.NOT_HELPFUL), (Act.OFFER_REJECTED,), ANSWERED),
    Case("a bare no under an answer", talk(Intent.DENY), (Act.OFFER_REJECTED,), ANSWERED),
    Case("not helpful, and another was close", talk(Intent.NOT_HELPFUL), (Act.ANSWER,), CLOSE),
    Case(
        "not that, but this",
        answerable("tracking", 0.95, intent="not_helpful", confidence=0.6),
        (Act.ANSWER,),
        ANSWERED,
    ),
    Case("helpful", talk(Intent.HELPFUL), (), ANSWERED),
    Case(
        "between two",
        question(unsure=True, close=("delivery", "tracking")),
        (Act.CLARIFY,),
    ),
    Case(
        "between two, one of which was given",
        question(unsure=True, close=("delivery", "tracking")),
        (Act.ANSWER,),
        ANSWERED,
    ),
    Case(
        "sure of one, and another is as likely",
        answerable(unsure=True, close=("delivery", "tracking")),
        (Act.CLARIFY,),
    ),
    Case(
        "between two, once more",
        answerable(unsure=True, close=("delivery", "tracking")),
        (Act.ANSWER,),
        CLARIFIED,
    ),
    Case(
        "between two, neither likely, once more",
        question(unsure=True, close=("delivery", "tracking")),
        (Act.OFFER_MISSED,),
        CLARIFIED,
    ),
    Case(
        "between two, and upset",
        answerable(unsure=True, close=("delivery", "tracking"), upset=True, mood=ANGRY),
        (Act.ANSWER, Act.OFFER_UPSET),
    ),
    Case("something else", talk(Intent.CHOOSE, pressed=True), (Act.REPHRASE,), CLARIFIED),
    Case(
        "between two, both ruled out",
        question(unsure=True, close=("delivery", "tracking")),
        (Act.OFFER_MISSED,),
        replace(KNOWN, rejected=("delivery", "tracking")),
    ),
    Case("two questions", question(pieces=TWO), (Act.ANSWER_EACH,)),
    Case(
        "two questions, first words", question(pieces=TWO), (INTRODUCE, Act.ANSWER_EACH), Memory()
    ),
    Case(
        "two questions, upset",
        question(pieces=TWO, upset=True, mood=ANGRY),
        (Act.ANSWER_EACH, Act.OFFER_UPSET),
    ),
    Case("two questions, one without an answer", question(pieces=ONE_OF_TWO), (Act.ANSWER_EACH,)),
    Case(
        "two questions, the answered one was given before",
        question(pieces=ONE_OF_TWO),
        (Act.OFFER_MISSED,),
        ANSWERED,
    ),
    Case(
        "goes on from the last answer",
        question(follows=Match("tracking", 0.4)),
        (Act.ANSWER,),
        ANSWERED,
    ),
    Case(
        "goes on from the last answer, which says it already",
        answerable("tracking", follows=Match("delivery", 0.4)),
        (Act.OFFER_SAID_BEFORE,),
        ANSWERED,
    ),
    Case(
        "goes on to what the last answer says",
        answerable("tracking", quote="Norway takes a week."),
        (Act.ANSWER,),
        ANSWERED,
    ),
    Case("tried in vain", answerable(spent=SPENT), (Act.OFFER_TRIED,)),
    Case(
        "tried in vain, and another is close",
        answerable(spent=SPENT, close=("delivery", "tracking")),
        (Act.ANSWER,),
    ),
    Case("asked for steps", answerable(remedies=SPENT), (Act.ASK_TRIED,)),
    Case("asked for steps, said what was tried", told(tried=("I reset it",)), (Act.ANSWER,)),
    Case("asked for steps, upset", told(upset=True, mood=ANGRY), (Act.ANSWER, Act.OFFER_UPSET)),
    Case("asked for steps, after an answer in vain", told("tracking"), (Act.ANSWER,), REJECTED),
    Case("asked for steps again", told("tracking"), (Act.ANSWER,), replace(KNOWN, inquired=True)),
    Case("tried: nothing", talk(Intent.DENY, remedies=SPENT), (Act.ANSWER,), INQUIRED),
    Case("tried: yes", talk(Intent.AFFIRM, remedies=SPENT), (Act.ANSWER,), INQUIRED),
    Case("tried: words that are in no entry", question(), (Act.ANSWER,), INQUIRED),
    Case(
        "tried: all of it",
        question(tried=("I reset it",), spent=SPENT),
        (Act.OFFER_TRIED,),
        INQUIRED,
    ),
    Case(
        "tried: words of another entry",
        answerable("returns", tried=("I reset it",)),
        (Act.ANSWER,),
        INQUIRED,
    ),
    Case("tried: thanks", talk(Intent.THANKS), (), INQUIRED),
    Case(
        "tried: not said, but perhaps a person",
        question(may_ask_human=True),
        (Act.OFFER_ASKED,),
        INQUIRED,
    ),
    Case("asked for what sells", answerable(promotes=SPENT), (Act.ANSWER,)),
    Case(
        "asked for what sells, upset",
        answerable(promotes=SPENT, upset=True, mood=ANGRY),
        (Act.OFFER_UPSET,),
    ),
    Case(
        "what sells, while an offer stands for somebody upset",
        answerable(promotes=SPENT),
        (Act.OFFER_UNSETTLED,),
        OFFERED_UPSET,
    ),
    Case(
        "what sells, when the last answer did not help",
        answerable("tracking", promotes=frozenset({"tracking"})),
        (Act.OFFER_UNSETTLED,),
        REJECTED,
    ),
    Case(
        "of two, one sells, upset",
        question(pieces=TWO, promotes=SPENT, upset=True, mood=ANGRY),
        (Act.ANSWER_EACH, Act.OFFER_UPSET),
    ),
    Case("a channel that greets", answerable(greeted=True), (Act.ANSWER,), Memory()),
    Case("a choice", talk(Intent.CHOOSE, pressed=True, chosen="tracking"), (Act.ANSWER,)),
    Case("a file without words", talk(Intent.SEND_FILE, pressed=True), (Act.OFFER_FILE,)),
    Case(
        "upset, with a question that has an answer",
        answerable(upset=True, mood=ANGRY),
        (Act.ANSWER, Act.OFFER_UPSET),
    ),
    Case("upset, without an answer", question(upset=True, mood=ANGRY), (Act.OFFER_UPSET,)),
    Case("upset thanks", talk(Intent.THANKS, upset=True, mood=ANGRY), (Act.OFFER_UPSET,)),
    Case(
        "upset, and has declined a person",
        answerable(upset=True, mood=ANGRY),
        (Act.ANSWER,),
        replace(KNOWN, refused=True),
    ),
    Case(
        "furious",
        answerable(upset=True, furious=True, mood=ANGRY),
        (Act.HAND_OVER,),
        reason=Reason.FRUSTRATED,
    ),
    Case(
        "furious, and has declined a person",
        question(upset=True, furious=True, mood=ANGRY),
        (Act.HAND_OVER,),
        replace(KNOWN, refused=True),
        Reason.FRUSTRATED,
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_situations(case: Case) -> None:
    decision = decide(case.heard, case.memory)
    assert decision.plan == case.plan
    assert (decision.handoff.reason if decision.handoff else None) == case.reason


def test_small_talk_is_not_taken_for_an_answer_to_an_unsure_intent() -> None:
    unsure = talk(Intent.AFFIRM, confidence=0.3)
    assert decide(unsure, MISSED_ONCE).handoff is None


def test_a_rejected_answer_is_remembered_as_such() -> None:
    decision = decide(talk(Intent.NOT_HELPFUL), ANSWERED)
    assert decision.memory.rejected == ("delivery",)
    assert decision.memory.outcomes["1"] is Outcome.REJECTED


def test_the_evidence_names_what_went_wrong() -> None:
    memory = replace(
        MISSED_ONCE, offer="unanswered", outcomes={"1": Outcome.MISSED, "3": Outcome.REJECTED}
    )
    handoff = decide(talk(Intent.AFFIRM), memory).handoff
    assert handoff is not None
    assert [(one.signal, one.message) for one in handoff.evidence] == [
        ("missed", 1),
        ("rejected", 3),
        ("accepted_offer", 5),
    ]


def test_anger_goes_first_in_line() -> None:
    handoff = decide(question(furious=True, mood=ANGRY), KNOWN).handoff
    assert handoff is not None
    assert handoff.priority == Priority.HIGH
    assert handoff.evidence == ANGRY


def test_nobody_upset_is_asked_for_feedback() -> None:
    upset = decide(answerable(upset=True, mood=ANGRY), KNOWN)
    assert upset.calm is False
    assert decide(answerable("tracking", seq=7), upset.memory).calm is False


def test_nothing_is_sold_until_something_helped() -> None:
    selling = answerable("tracking", promotes=frozenset({"tracking"}))
    upset = decide(answerable(upset=True, mood=ANGRY), KNOWN).memory
    for seq in (7, 8, 9):
        decision = decide(replace(selling, seq=seq), upset)
        assert decision.plan == (Act.OFFER_UNSETTLED,)
        upset = decision.memory
    helped = decide(talk(Intent.HELPFUL, seq=10), upset).memory
    assert decide(replace(selling, seq=11), helped).plan == (Act.ANSWER,)
    assert decide(replace(selling, seq=11, episode=10), upset).plan == (Act.ANSWER,)


def test_what_the_customer_tried_is_passed_on() -> None:
    first = decide(question(tried=("I reset it", "new batteries too")), KNOWN)
    later = decide(question(seq=7, asks_human=True, human=ASKED), first.memory)
    assert later.handoff is not None
    tried = [(one.message, one.span) for one in later.handoff.evidence if one.signal == TRIED]
    assert tried == [(5, "I reset it"), (5, "new batteries too")]


def test_what_was_tried_is_asked_once_and_left_out() -> None:
    asked = decide(answerable(remedies=SPENT), KNOWN)
    assert asked.plan == (Act.ASK_TRIED,)
    assert asked.memory.given == ()
    rest = Rest("new batteries", "2. Wait an hour.")
    reply = question(seq=7, tried=("new batteries",), rests={"delivery": rest}, remedies=SPENT)
    decision = decide(reply, asked.memory)
    assert (decision.answer, decision.rest) == ("delivery", rest)
    assert decision.memory.remedy is None
    later = decide(told("tracking", seq=9), replace(decision.memory, tried={}))
    assert later.answer == "tracking"


def test_another_question_is_answered_instead_of_the_steps() -> None:
    asked = decide(answerable(remedies=SPENT), KNOWN)
    other = decide(answerable("returns", seq=7), asked.memory)
    assert other.answer == "returns"
    assert decide(question(seq=9), other.memory).plan == (Act.OFFER_MISSED,)


def test_what_is_left_of_an_answer_is_said() -> None:
    rest = Rest("I reset it", "2. Wait an hour.")
    assert decide(answerable(rests={"delivery": rest}), KNOWN).rest == rest


def test_of_an_answer_given_before_only_what_is_asked_for_is_said_again() -> None:
    decision = decide(answerable("tracking", quote="Norway takes a week."), ANSWERED)
    assert (decision.answer, decision.rest) == ("delivery", Rest("", "Norway takes a week."))
    assert decision.memory.given == ANSWERED.given


def test_answers_of_one_turn_are_remembered_each() -> None:
    decision = decide(question(pieces=TWO), KNOWN)
    assert decision.memory.given == ("delivery", "tracking")
    assert decide(question(pieces=TWO, seq=7), decision.memory).plan == (Act.OFFER_MISSED,)


def test_the_question_without_an_answer_is_named_and_a_person_offered() -> None:
    decision = decide(question(pieces=ONE_OF_TWO), KNOWN)
    assert decision.pieces == ONE_OF_TWO
    accepted = decide(talk(Intent.AFFIRM, seq=7), decision.memory)
    assert accepted.handoff is not None
    assert accepted.handoff.reason is Reason.UNANSWERED


def test_something_else_rules_both_out_and_traps_nobody() -> None:
    other = decide(talk(Intent.CHOOSE, pressed=True), CLARIFIED)
    assert other.memory.rejected == ("delivery", "tracking")
    assert decide(answerable("returns", seq=7), other.memory).plan == (Act.ANSWER,)
    assert decide(answerable(seq=7), other.memory).plan == (Act.ANSWER,), "if clearly asked for"


def test_evidence_of_an_earlier_episode_does_not_count_again() -> None:
    memory = replace(MISSED_ONCE, misses=2, given=("delivery",), episode=0)
    again = decide(question(episode=20, seq=22), memory)
    assert again.plan == (Act.OFFER_MISSED,)
    assert again.memory.misses == 1
    assert decide(answerable(episode=20, seq=22), memory).plan == (Act.ANSWER,)
    assert decide(talk(Intent.AFFIRM, episode=20, seq=22), memory).plan == ()


intents = st.sampled_from([intent.value for intent in Intent] + ["nothing"])
entries = st.sampled_from(["a", "b", "c"])
messages = st.builds(
    Heard,
    seq=st.just(0),
    episode=st.just(0),
    intent=intents,
    confidence=st.floats(0, 1),
    pressed=st.booleans(),
    asks_human=st.booleans(),
    may_ask_human=st.booleans(),
    upset=st.booleans(),
    mood=st.sampled_from([(), ANGRY]),
    furious=st.just(False),
    answered=st.booleans(),
    unsure=st.booleans(),
    close=st.tuples(entries, entries),
    matches=st.lists(st.builds(Match, entries, st.floats(0, 1)), min_size=1, max_size=3).map(tuple),
    repeats=st.booleans(),
    pieces=st.lists(st.builds(Piece, st.just("so?"), st.none() | entries), max_size=3).map(tuple),
    follows=st.none() | st.builds(Match, entries, st.floats(0, 1)),
    quote=st.sampled_from(["", "Norway takes a week."]),
    tried=st.sampled_from([(), ("I reset it",)]),
    spent=st.frozensets(entries),
    promotes=st.frozensets(entries),
    remedies=st.frozensets(entries),
)


@given(st.lists(messages, max_size=25))
def test_whatever_is_said(dialogue: list[Heard]) -> None:
    """A person who is asked for comes; no answer is given twice; memory survives its slot."""
    memory = Memory()
    given_before: list[str] = []
    misses = inquired = 0
    for seq, heard in enumerate(dialogue, start=1):
        decision: Decision = decide(replace(heard, seq=seq), memory)
        assert not heard.asks_human or (decision.handoff and decision.handoff.reason == "asked")
        said = [decision.answer, *(piece.entry for piece in decision.pieces)]
        for entry in filter(None, said):
            assert entry not in given_before or (heard.quote and entry == memory.last)
            assert entry not in heard.spent or heard.chosen
            assert not (heard.upset and entry in heard.promotes)
            given_before.append(entry)
        assert (Act.HAND_OVER in decision.plan) == (decision.handoff is not None)
        assert (Act.ANSWER in decision.plan) == (decision.answer is not None)
        assert (Act.ANSWER_EACH in decision.plan) == bool(decision.pieces)
        inquired += Act.ASK_TRIED in decision.plan
        assert inquired <= 1, "nobody is asked twice what they have tried"
        # Two misses in a row: a person is there, or offered.
        missed = decision.memory.outcomes.get(str(seq)) is Outcome.MISSED
        misses = misses + 1 if missed else 0
        assert misses < 2 or decision.handoff or decision.memory.offer
        memory = Memory.from_slot(decision.memory.to_slot())
        assert memory == decision.memory
