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
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.answering.task import Entry, Query, Task, by_label, few_of, held_out
from bot.faq.entries import FaqEntry, read_folder

DATA = Path(os.environ.get("BATON_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


def hint3() -> Iterator[Task]:
    folder = DATA / "hint3/dataset/v2"
    with (folder / "train/sofmattress_train.csv").open(encoding="utf-8") as file:
        found = by_label((r["sentence"], r["label"]) for r in csv.DictReader(file))
    with (folder / "test/sofmattress_test.csv").open(encoding="utf-8") as file:
        queries = tuple(
            Query(r["sentence"], r["label"])
            if r["label"] != "NO_NODES_DETECTED"
            else Query(r["sentence"], None, "domain")
            for r in csv.DictReader(file)
        )
    entries = tuple(Entry(label, tuple(texts)) for label, texts in found.items())
    task = Task("hint3-sofmattress", "en", entries, queries)
    yield task
    yield held_out(task, 0.3, 1, "hint3-held30")
    pick = random.Random(3)
    few = tuple(
        Entry(e.id, tuple(pick.sample(e.questions, min(3, len(e.questions))))) for e in entries
    )
    yield Task("hint3-3", "en", few, queries)


def clinc() -> Iterator[Task]:
    data = json.loads((DATA / "clinc150/data/data_full_train_val.json").read_text("utf-8"))
    found = by_label(data["train"])
    unknown = tuple(Query(text, None, "domain") for text, _ in data["oos_train"] + data["oos_val"])
    asked = tuple(Query(text, label) for text, label in data["val"])
    entries = tuple(Entry(label, tuple(texts)) for label, texts in found.items())
    yield Task("clinc150-full", "en", entries, asked + unknown)
    for n in (1, 3, 10):
        few, _ = few_of(found, n, 0, n)
        task = Task(f"clinc150-{n}", "en", few, asked[::3] + unknown)
        yield task
        yield held_out(task, 0.3, n, f"clinc150-{n}-held30")


def banking() -> Iterator[Task]:
    with (DATA / "banking77/banking_data/train.csv").open(encoding="utf-8") as file:
        found = by_label((r["text"], r["category"]) for r in csv.DictReader(file))
    for n in (1, 3, 8, 25):
        entries, queries = few_of(found, n, 10, n)
        task = Task(f"banking77-{n}", "en", entries, queries)
        yield task
        yield held_out(task, 0.3, n, f"banking77-{n}-held30")


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
    yield held_out(plain, 0.3, 1, "aia-bde-held30")
    many = Task("aia-bde-3", "pt", tuple(google), tuple(queries[::2]) + chat)
    yield many
    yield held_out(many, 0.3, 2, "aia-bde-3-held30")
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
        found = by_label((s["text"], s["intent"]) for s in data["sentences"] if s["training"])
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
            parts.append(by_label(rows))
        known, asked = parts
        entries = tuple(Entry(label, tuple(texts[:20])) for label, texts in known.items())
        task = Task(
            f"xsid-{lang}",
            lang,
            entries,
            tuple(Query(t, label) for label, ts in asked.items() for t in ts if label in known),
        )
        yield task
        yield held_out(task, 0.3, 3, f"xsid-{lang}-held30")


def bitext() -> Iterator[Task]:
    path = DATA / "bitext/data/train/Bitext_Sample_Customer_Service_Training_Dataset.csv"
    with path.open(encoding="utf-8") as file:
        found = by_label((r["utterance"], r["intent"]) for r in csv.DictReader(file))
    for n in (1, 2, 4):
        entries, queries = few_of(found, n, 20, 1)
        task = Task(f"bitext-{n}", "en", entries, queries)
        yield task
        yield held_out(task, 0.3, 1, f"bitext-{n}-held30")


def experts() -> Iterator[Task]:
    """NLU++: every combination of intents that five utterances share is an entry."""
    rows: list[tuple[str, str]] = []
    for path in sorted((DATA / "nlupp/nlupp/data/banking").glob("fold*.json")):
        for one in json.loads(path.read_text("utf-8")):
            rows.append((one["text"], "+".join(sorted(one.get("intents", ())))))
    found = {label: texts for label, texts in by_label(set(rows)).items() if len(texts) >= 5}
    found.pop("", None)
    for label in found:
        found[label].sort()
    entries, queries = few_of(found, 3, 6, 3)
    task = Task("nlupp-3", "en", entries, queries)
    yield task
    yield held_out(task, 0.3, 3, "nlupp-3-held30")


def shop() -> Iterator[Task]:
    """The shop's own FAQ, some phrasings of each entry held out; or nothing but its answers."""
    spoken: dict[str, list[FaqEntry]] = defaultdict(list)
    for entry in read_folder(Path(__file__).resolve().parents[2] / "data/faq"):
        spoken[entry.lang].append(entry)
    for lang, mine in sorted(spoken.items()):
        answers = {entry.id: entry.answer for entry in mine}
        phrasings = {entry.id: list(entry.questions) for entry in mine}
        for n in (1, 3):
            few, queries = few_of(phrasings, n, 100, n)
            entries = tuple(replace(entry, answer=answers[entry.id]) for entry in few)
            task = Task(f"shop-{lang}-{n}", lang, entries, queries)
            yield task
            yield held_out(task, 0.3, n, f"shop-{lang}-{n}-held30")
        silent = tuple(Entry(id, (), answer) for id, answer in answers.items())
        asked = tuple(Query(text, id) for id, texts in phrasings.items() for text in texts)
        yield Task(f"shop-{lang}-passages", lang, silent, asked)


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
    for make in (hint3, ask_ubuntu, xsid, bitext, experts, shop, aia, banking, clinc):
        try:
            for task in make():
                if only in task.name:
                    yield task
        except FileNotFoundError:
            continue
