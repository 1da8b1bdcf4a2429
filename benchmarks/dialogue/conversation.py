"""What the bot makes of a message in its conversation, on the project's own lists.

    python -m benchmarks.dialogue.conversation [--part develop|frozen] [--errors] [--public]

Several questions in one message, follow-ups, what was tried, and what a question between two close
entries costs and saves. `--errors` prints single ones, of the development part only.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from benchmarks.answering.run import CachingEncoder, entries_of
from benchmarks.answering.task import Task
from benchmarks.answering.tasks import tasks
from bot.faq import read_folder
from bot.judgement import Judge
from bot.nlu.encoder import encoder_folder
from bot.nlu.tried import attempts
from bot.reading import read
from bot.search.index import FaqIndex

ROOT = Path(__file__).resolve().parents[2]
LISTS = ROOT / "data" / "judgement"
ASKING = 0.3  # what one clarifying question costs, of a wrong answer
# Families of public sets, for the question between two; the large ones add time and nothing else.
PUBLIC = (
    "hint3-sofmattress", "askubuntu", "webapplications", "xsid-en-held30", "xsid-nl-held30",
    "bitext-4-held30", "aia-bde-held30", "banking77-8-held30", "clinc150-3-held30",
)  # fmt: skip
Row = Mapping[str, Any]


def rows(name: str, part: str) -> list[Row]:
    path = LISTS / name / f"{part}.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


@cache
def shop() -> Judge:
    """The demo shop's FAQ, as it is."""
    encoder = CachingEncoder(encoder_folder())
    return Judge(encoder, FaqIndex.build(read_folder(ROOT / "data" / "faq"), encoder))


@dataclass
class Told:
    """Counts by group, and the single errors."""

    counts: defaultdict[str, Counter[str]]
    errors: list[str]

    @classmethod
    def empty(cls) -> Told:
        return cls(defaultdict(Counter), [])

    def add(self, group: str, **what: int) -> None:
        for one in (group, "all"):
            self.counts[one].update({"n": 1, **what})


def questions(part: str) -> Told:
    """`right`: as the label says, in order. `torn`: a single question answered in pieces."""
    told = Told.empty()
    for row in rows("questions", part):
        reading = read(shop(), row["text"], row["lang"])
        asked = reading.asked
        alone = asked.ranked[0].id if asked.answered else None
        got = [piece.entry for piece in reading.pieces] or [alone]
        want = row["entries"]
        several = len(want) > 1
        told.add(
            f"{row['lang']}, {'several' if several else 'one'}",
            right=int(got == want),
            torn=int(not several and len(got) > 1),
            **{"wrong answers": len({*got} - {*want, None})},
        )
        if got != want:
            told.errors.append(f"{row['lang']} {row['text']!r}: {got}, not {want}")
    return told


def follow_ups(part: str) -> Told:
    """`right` with the conversation, `alone` without it."""
    told = Told.empty()
    for row in rows("follow_up", part):
        reading = read(shop(), row["text"], row["lang"], given=row["given"])
        alone = reading.asked.ranked[0].id if reading.asked.answered else None
        got = reading.follows[0] if reading.follows else alone
        if reading.quote:
            got = row["given"]
        told.add(row["lang"], right=int(got == row["entry"]), alone=int(alone == row["entry"]))
        if got != row["entry"]:
            told.errors.append(f"{row['lang']} {row['before']!r} {row['text']!r}: {got}")
    return told


def tried(part: str) -> Told:
    """`found`: a span holds the words of the label. `false`: something found where nothing is."""
    told = Told.empty()
    for row in rows("tried", part):
        spans = attempts(row["text"])
        want = row["tried"]
        found = bool(want) and any(want.casefold() in span.casefold() for span in spans)
        told.add(
            row["lang"],
            tried=int(bool(want)),
            found=int(found),
            false=int(bool(spans) and not want),
        )
        if found != bool(want) or (spans and not want):
            told.errors.append(f"{row['lang']} {row['text']!r}: {spans}")
    return told


def public(only: Sequence[str] = PUBLIC) -> Iterator[Task]:
    return (task for task in tasks() if task.name in only)


def asking(found: Iterable[Task]) -> Told:
    """Costs per query: a wrong answer 1, a known question unanswered 1, a question asked ASKING."""
    told = Told.empty()
    encoder = CachingEncoder(encoder_folder())
    for task in found:
        judge = Judge(encoder, FaqIndex.build(entries_of(task), encoder))
        for query in task.queries:
            asked = judge.ask(query.text, task.lang)
            first = asked.ranked[0].id if asked.answered else None
            before = float(first != query.gold)
            hit = query.gold in {match.id for match in asked.choices}
            miss = float(not hit and query.gold is not None)
            after = ASKING + miss if asked.unsure else before
            told.add(
                task.name,
                asked=int(asked.unsure),
                **{"hit after asking": int(asked.unsure and hit)},
                **{"cost without, in 1000": round(1000 * before)},
                **{"cost with, in 1000": round(1000 * after)},
                **{"torn": int(len(read(judge, query.text, task.lang).pieces) > 1)},
                **{"tried": int(bool(attempts(query.text)))},
            )
    return told


def shown(title: str, told: Told) -> str:
    names = list(dict.fromkeys(name for count in told.counts.values() for name in count))
    lines = [
        f"### {title}",
        "",
        "| | " + " | ".join(names) + " |",
        "| --- " * (len(names) + 1) + "|",
    ]
    for group, count in sorted(told.counts.items(), key=lambda one: (one[0] == "all", one[0])):
        lines.append(f"| {group} | " + " | ".join(str(count[name]) for name in names) + " |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.dialogue.conversation", description=__doc__
    )
    parser.add_argument("--part", choices=("develop", "frozen"), default="develop")
    parser.add_argument("--errors", action="store_true")
    parser.add_argument("--public", action="store_true", help="the question between two as well")
    given = parser.parse_args()
    found = {
        "Several questions": questions(given.part),
        "Follow-ups": follow_ups(given.part),
        "Tried": tried(given.part),
    }
    if given.public:
        found["One question between two"] = asking(public())
    for title, told in found.items():
        print(shown(title, told))
        if given.errors and given.part == "develop":
            print("\n".join(told.errors), end="\n\n")


if __name__ == "__main__":
    main()
