"""A task: a knowledge base and queries with the entry that answers each; and smaller ones of it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Entry:
    id: str
    questions: tuple[str, ...]
    answer: str = ""


@dataclass(frozen=True)
class Query:
    text: str
    gold: str | None
    kind: str = "in"  # in | domain (unknown, same domain) | chat (small talk, anything)


@dataclass(frozen=True)
class Task:
    name: str
    lang: str
    entries: tuple[Entry, ...]
    queries: tuple[Query, ...]


def by_label(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for text, label in rows:
        found[label].append(text)
    return dict(found)


def held_out(task: Task, share: float, seed: int, name: str) -> Task:
    """The same task with a share of the entries taken away: their queries become unknown."""
    ids = [entry.id for entry in task.entries]
    gone = set(random.Random(seed).sample(ids, round(share * len(ids))))
    return replace(
        task,
        name=name,
        entries=tuple(entry for entry in task.entries if entry.id not in gone),
        queries=tuple(
            replace(q, gold=None, kind="domain") if q.gold in gone else q for q in task.queries
        ),
    )


def few_of(
    found: dict[str, list[str]], n: int, queries: int, seed: int
) -> tuple[tuple[Entry, ...], tuple[Query, ...]]:
    """n phrasings of every label as its entry, others as queries."""
    pick = random.Random(seed)
    entries, asked = list[Entry](), list[Query]()
    for label, texts in sorted(found.items()):
        shuffled = pick.sample(texts, len(texts))
        entries.append(Entry(label, tuple(shuffled[:n])))
        asked.extend(Query(text, label) for text in shuffled[n : n + queries])
    return tuple(entries), tuple(asked)
