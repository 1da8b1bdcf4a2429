"""Before steps are prescribed, a question: what has been tried already?

Nobody wants to be told to switch it off and on again who has just done so. Only entries that say so
of themselves (`Remedy: yes`) are held back for it, and only once in an episode: a question that
comes again and again is worse than a step too many.
"""

from __future__ import annotations

from dataclasses import replace

from bot.policies.hearing import Heard
from bot.policies.memory import Memory
from bot.vocabulary import Intent

ANSWERS = frozenset({Intent.AFFIRM, Intent.DENY, Intent.NOT_HELPFUL})  # small talk that tells


def asks_first(heard: Heard, memory: Memory, entry: str) -> bool:
    """Whether to ask before `entry` is given: not those who have said what they tried, nor anybody
    who has waited long enough for help."""
    if entry not in heard.remedies or memory.inquired or memory.tried:
        return False
    return memory.tense is None


def told(heard: Heard, memory: Memory) -> tuple[str | None, Memory]:
    """The entry to give now that its question is answered, else None; and memory without it.

    Whatever is no other question, no small talk and no word of a person is taken for an answer:
    "new batteries", "nothing", "why do you ask?".
    """
    entry, memory = memory.remedy, replace(memory, remedy=None)
    if entry is None or heard.chosen or heard.intent == Intent.CHOOSE:
        return None, memory
    if heard.tried:
        return entry, memory
    if heard.talk:
        return (entry if heard.intent in ANSWERS else None), memory
    other = heard.best is not None and heard.best.entry != entry
    if other or heard.unsure or heard.pieces or heard.may_ask_human:
        return None, memory
    return (None if heard.means(Intent.ASK_HUMAN) else entry), memory
