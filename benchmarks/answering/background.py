"""Writes bot/search/pretrained/background.json: what people write who ask this bot nothing.

    python -m benchmarks.answering.background

From the first part of each source, so that evaluation can use the rest.
"""

from __future__ import annotations

import csv
import json
import random
import re
from collections.abc import Iterator

from benchmarks.answering.tasks import DATA, subtitles
from bot.search.background import PATH

LINES = 300
SEMEVAL = {"af": "afr", "ru": "rus", "pt": "ptbr"}


def comments() -> list[str]:
    path = DATA / "goemotions/data/original/train.tsv"
    lines = [line.split("\t")[0] for line in path.read_text("utf-8").splitlines()]
    return [line for line in lines if "[" not in line]


def tweets(lang: str) -> list[str]:
    folder = DATA / "semeval2025t11/task-dataset/semeval-2025-task11-dataset/track_a/train"
    path = folder / f"{SEMEVAL[lang]}.csv"
    with path.open(encoding="utf-8") as file:
        return [row["text"] for row in csv.DictReader(file)]


def sources() -> Iterator[tuple[str, list[str]]]:
    yield "en", comments()
    for lang in ("nl", "pt", "et", "ru"):
        yield lang, subtitles(lang)
    yield "af", tweets("af")


def usable(line: str) -> bool:
    return 2 <= len(line.split()) <= 20 and not re.search(r"https?:|@", line)


def main() -> None:
    lines = {}
    for lang, found in sources():
        kept = sorted({" ".join(line.split()) for line in found[:2000] if usable(line)})
        lines[lang] = random.Random(1).sample(kept, min(LINES, len(kept)))
    text = json.dumps({"lines": lines}, ensure_ascii=False, indent=0)
    PATH.write_text(text + "\n", "utf-8")
    print({lang: len(some) for lang, some in lines.items()})


if __name__ == "__main__":
    main()
