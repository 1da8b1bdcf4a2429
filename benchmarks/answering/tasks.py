"""Development tasks: knowledge bases and queries, from public data that nobody here wrote.

A query's gold entry is None when the knowledge base has no answer to it. Sets marked † in
`data/README.md` (AIA-BDE) are read for evaluation only; nothing learnt from them ships.
"""

from __future__ import annotations

import csv
import html
import json
import os
import random
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

DATA = Path(os.environ.get("BATON_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


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


def _entries(rows: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for text, label in rows:
        found[label].append(text)
    return dict(found)


def _held_out(task: Task, share: float, seed: int, name: str) -> Task:
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


def _few(
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


def hint3() -> Iterator[Task]:
    folder = DATA / "hint3/dataset/v2"
    with (folder / "train/sofmattress_train.csv").open(encoding="utf-8") as file:
        found = _entries((r["sentence"], r["label"]) for r in csv.DictReader(file))
    with (folder / "test/sofmattress_test.csv").open(encoding="utf-8") as file:
        queries = tuple(
            Query(r["sentence"], r["label"])
            if r["label"] != "NO_NODES_DETECTED"
            else Query(r["sentence"], None, "domain")
            for r in csv.DictReader(file)
        )
    entries = tuple(Entry(label, tuple(texts)) for label, texts in found.items())
    yield Task("hint3-sofmattress", "en", entries, queries)


def clinc() -> Iterator[Task]:
    data = json.loads((DATA / "clinc150/data/data_full_train_val.json").read_text("utf-8"))
    found = _entries(data["train"])
    unknown = tuple(Query(text, None, "domain") for text, _ in data["oos_train"] + data["oos_val"])
    asked = tuple(Query(text, label) for text, label in data["val"])
    entries = tuple(Entry(label, tuple(texts)) for label, texts in found.items())
    yield Task("clinc150-full", "en", entries, asked + unknown)
    for n in (3, 10):
        few, _ = _few(found, n, 0, n)
        task = Task(f"clinc150-{n}", "en", few, asked[::3] + unknown)
        yield task
        yield _held_out(task, 0.3, n, f"clinc150-{n}-held30")


def banking() -> Iterator[Task]:
    with (DATA / "banking77/banking_data/train.csv").open(encoding="utf-8") as file:
        found = _entries((r["text"], r["category"]) for r in csv.DictReader(file))
    for n in (1, 3, 8, 25):
        entries, queries = _few(found, n, 10, n)
        task = Task(f"banking77-{n}", "en", entries, queries)
        yield task
        yield _held_out(task, 0.3, n, f"banking77-{n}-held30")


def aia() -> Iterator[Task]:
    entries: list[Entry] = []
    google: list[Entry] = []
    queries: list[Query] = []
    current: dict[str, list[str]] = {}

    def close() -> None:
        if not current.get("P"):
            return
        id = f"f{len(entries)}"
        answer = " ".join(current.get("R", []))
        entries.append(Entry(id, (current["P"][0],), answer))
        google.append(
            Entry(id, tuple(current["P"] + current.get("VG1", []) + current.get("VG2", [])), answer)
        )
        queries.extend(Query(text, id) for text in current.get("VIN", []))
        current.clear()

    for line in (DATA / "aia-bde/AIA-BDE_v2.1_dev.txt").read_text("utf-8").splitlines():
        tag, _, text = line.partition(":")
        if tag == "P":
            close()
        if tag in {"P", "VG1", "VG2", "VIN", "R"} and text.strip():
            current.setdefault(tag, []).append(text.strip())
    close()
    chat = tuple(Query(text, None, "chat") for text in subtitles("pt")[-300:])
    plain = Task("aia-bde", "pt", tuple(entries), tuple(queries[::2]) + chat)
    yield plain
    yield _held_out(plain, 0.3, 1, "aia-bde-held30")
    many = Task("aia-bde-3", "pt", tuple(google), tuple(queries[::2]) + chat)
    yield many
    yield _held_out(many, 0.3, 2, "aia-bde-3-held30")
    # A question against answers alone: what "question to passage" sets ask.
    yield Task(
        "aia-bde-passages",
        "pt",
        tuple(Entry(e.id, (), e.answer) for e in entries),
        tuple(Query(e.questions[0], e.id) for e in entries),
    )


def ask_ubuntu() -> Iterator[Task]:
    passages: list[Entry] = []
    titles: list[Query] = []
    for name in ("AskUbuntuCorpus", "WebApplicationsCorpus"):
        data = json.loads((DATA / f"webapps-askubuntu/{name}.json").read_text("utf-8"))
        found = _entries((s["text"], s["intent"]) for s in data["sentences"] if s["training"])
        found.pop("None", None)
        queries = tuple(
            Query(s["text"], s["intent"])
            if s["intent"] in found
            else Query(s["text"], None, "domain")
            for s in data["sentences"]
            if not s["training"]
        )
        entries = tuple(Entry(label, tuple(texts)) for label, texts in found.items())
        yield Task(name.removesuffix("Corpus").lower(), "en", entries, queries)
        for sentence in data["sentences"]:
            given = (sentence.get("answer") or {}).get("text") or ""
            answer = html.unescape(re.sub(r"<[^>]+>", " ", given))
            if len(answer.split()) > 5:
                passages.append(Entry(f"p{len(passages)}", (), " ".join(answer.split())))
                titles.append(Query(sentence["text"], passages[-1].id))
    yield Task("stackexchange-passages", "en", tuple(passages), tuple(titles))


def xsid() -> Iterator[Task]:
    for lang in ("en", "nl"):
        parts = []
        for part in ("valid", "test"):
            rows: list[tuple[str, str]] = []
            text = ""
            for line in (DATA / f"xsid/{lang}.{part}.conll").read_text("utf-8").splitlines():
                if line.startswith("# text = ") or line.startswith("# text: "):
                    text = line[9:].strip()
                elif line.startswith("# intent") and text:
                    rows.append((text, line[10:].strip().split(":")[-1].strip()))
            parts.append(_entries(rows))
        known, asked = parts
        entries = tuple(Entry(label, tuple(texts[:20])) for label, texts in known.items())
        task = Task(
            f"xsid-{lang}",
            lang,
            entries,
            tuple(Query(t, label) for label, ts in asked.items() for t in ts if label in known),
        )
        yield task
        yield _held_out(task, 0.3, 3, f"xsid-{lang}-held30")


def bitext() -> Iterator[Task]:
    path = DATA / "bitext/data/train/Bitext_Sample_Customer_Service_Training_Dataset.csv"
    with path.open(encoding="utf-8") as file:
        found = _entries((r["utterance"], r["intent"]) for r in csv.DictReader(file))
    entries, queries = _few(found, 4, 20, 1)
    yield _held_out(Task("bitext-4", "en", entries, queries), 0.3, 1, "bitext-4-held30")


def subtitles(lang: str) -> list[str]:
    """Film lines: small talk to any knowledge base."""
    path = DATA / f"xed/Projections/{lang}-projections.tsv"
    lines = path.read_text("utf-8").splitlines()
    picked = [line.split("\t")[0].strip() for line in lines]
    picked = [text for text in picked if 2 <= len(text.split()) <= 20]
    random.Random(7).shuffle(picked)
    return picked


def tasks(only: str = "") -> Iterator[Task]:
    """Every development task whose data is there and whose name contains `only`."""
    for make in (hint3, ask_ubuntu, xsid, bitext, aia, banking, clinc):
        try:
            for task in make():
                if only in task.name:
                    yield task
        except FileNotFoundError:
            continue
