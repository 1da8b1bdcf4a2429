"""The data that training and measuring read. Public sets lie beside the repository, see BATON_DATA.

Sets that may not be redistributed (MAIA-DQE, USS, EKI valence) are only ever measured on, and
only where they are; no weight is trained on them.
"""

from __future__ import annotations

import csv
import json
import os
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.faq.entries import read_folder

ROOT = Path(__file__).resolve().parents[2]
OWN = ROOT / "data" / "judgement"


def public() -> Path:
    """Folder of the public development data: `BATON_DATA`, or `../shared/data`."""
    return Path(os.environ.get("BATON_DATA") or ROOT.parent / "shared" / "data")


@dataclass(frozen=True)
class Labelled:
    """One text. `label` is 1 for what is looked for; `group` says where it comes from."""

    text: str
    lang: str
    label: int
    group: str


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def own_human(part: str) -> list[Labelled]:
    """Requests and look-alikes of this project; `part` is "train" or "frozen"."""
    lines = (OWN / "human" / f"{part}.jsonl").read_text("utf-8").splitlines()
    return [
        Labelled(r["text"], r["lang"], int(r["label"] == "ask_human"), f"own-{part}")
        for r in map(json.loads, lines)
    ]


def own_tone() -> list[tuple[str, str, str]]:
    """Short texts to nobody in particular (text, language, angry | dark | other), for languages in
    which there are hardly any public ones. All are for training."""
    return [line for line in _tone_lines() if line[2] not in MOODS]


def own_said() -> list[OwnDialogue]:
    """Single messages to a company, the same in six languages. All are for training."""
    return [
        OwnDialogue(text, lang, (OwnTurn(text, MOODS[label], False, "none"),))
        for text, lang, label in _tone_lines()
        if label in MOODS
    ]


def _tone_lines() -> list[tuple[str, str, str]]:
    lines = (OWN / "tone" / "train.jsonl").read_text("utf-8").splitlines()
    return [(r["text"], r["lang"], r["label"]) for r in map(json.loads, lines)]


def shop_questions(*, unseen: bool) -> list[tuple[str, str]]:
    """Questions of our own shop's FAQ and their language. Half of the entries may be trained on, as
    calm messages; the `unseen` half, the same entries in every language, is measured on."""
    return [
        (question, entry.lang)
        for entry in read_folder(ROOT / "data" / "faq")
        if zlib.crc32(entry.id.encode()) % 2 == int(unseen)
        for question in entry.questions
    ]


def bitext() -> list[tuple[str, str]]:
    path = public() / "bitext/data/train/Bitext_Sample_Customer_Service_Training_Dataset.csv"
    return [(r["utterance"], r["intent"]) for r in _rows(path)]


def nlupp() -> list[tuple[str, list[str], int]]:
    """Text, intents, fold."""
    found = []
    for fold in range(10):
        path = public() / f"nlupp/nlupp/data/banking/fold{fold}.json"
        for item in json.loads(path.read_text("utf-8")):
            found.append((item["text"], item.get("intents", []), fold))
    return found


def clinc(part: str) -> list[tuple[str, str]]:
    raw = json.loads((public() / "clinc150/data/data_full_train_val.json").read_text("utf-8"))
    return [(text, intent) for key in (part, f"oos_{part}") for text, intent in raw[key]]


def banking() -> list[tuple[str, str]]:
    return [
        (r["text"], r["category"]) for r in _rows(public() / "banking77/banking_data/train.csv")
    ]


def hint3() -> list[tuple[str, str]]:
    return [
        (r["sentence"], r["label"])
        for path in sorted((public() / "hint3/dataset/v2").glob("*/*.csv"))
        for r in _rows(path)
    ]


ENTITY = re.compile(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})")


def rasa_examples() -> list[tuple[str, str]]:
    found = []
    for path in (
        "helpdesk-assistant/data/nlu.yml",
        "rasa-nlu-training/banking/nlu.yml",
        "rasa-nlu-training/retail/nlu.yml",
    ):
        for item in yaml.safe_load((public() / path).read_text("utf-8"))["nlu"]:
            if "intent" not in item:
                continue
            for line in item["examples"].splitlines():
                text = ENTITY.sub(r"\1", line.strip().removeprefix("- ")).strip()
                if text:
                    found.append((text, item["intent"]))
    return found


def xsid(lang: str, part: str = "valid") -> list[tuple[str, str]]:
    found, text, intent = [], "", ""
    for line in (public() / f"xsid/{lang}.{part}.conll").read_text("utf-8").splitlines():
        if line.startswith("# text:") or line.startswith("# text ="):
            text = line.split(":" if ":" in line[:8] else "=", 1)[1].strip()
        elif line.startswith("# intent"):
            intent = line.split(":" if ":" in line[:10] else "=", 1)[1].strip()
            found.append((text, intent))
    return found


SEMEVAL = {"af": ("afr",), "pt": ("ptbr", "ptmz"), "ru": ("rus",), "en": ("eng",)}


def semeval(lang: str, part: str) -> list[tuple[str, dict[str, int]]]:
    """Short texts and their emotions; `part` is "train" or "dev"."""
    folder = public() / "semeval2025t11/task-dataset/semeval-2025-task11-dataset/track_a" / part
    return [
        (r["text"], {k: int(float(v)) for k, v in r.items() if k not in ("id", "text") and v})
        for name in SEMEVAL[lang]
        for r in _rows(folder / f"{name}.csv")
    ]


XED = ("anger", "anticipation", "disgust", "fear", "joy", "sadness", "surprise", "trust")


def xed(lang: str) -> list[tuple[str, set[str]]]:
    path = public() / f"xed/Projections/{lang}-projections.tsv"
    found = []
    for line in path.read_text("utf-8").splitlines():
        text, _, labels = line.rpartition("\t")
        if text:
            found.append((text, {XED[int(n) - 1] for n in labels.split(",") if n.strip() != "0"}))
    return found


def goemotions(part: str) -> list[tuple[str, set[str]]]:
    folder = public() / "goemotions/data/original"
    names = [*(folder / "labels.txt").read_text("utf-8").split()]
    found = []
    for line in (folder / f"{part}.tsv").read_text("utf-8").splitlines():
        text, labels, _ = line.split("\t")
        found.append((text, {names[int(n)] for n in labels.split(",")}))
    return found


@dataclass(frozen=True)
class OwnTurn:
    """One customer turn of an own dialogue; `outcome` is what the bot did after it."""

    text: str
    mood: float  # calm 0, strained 0.5, frustrated 1
    wants_human: bool
    outcome: str


@dataclass(frozen=True)
class OwnDialogue:
    name: str
    lang: str
    turns: tuple[OwnTurn, ...]


MOODS = {"calm": 0.0, "strained": 0.5, "frustrated": 1.0}


def own_dialogues(part: str) -> list[OwnDialogue]:
    """Support dialogues of this project, labelled turn by turn; `part` is "train" or "frozen"."""
    found = []
    for line in (OWN / "dialogues" / f"{part}.jsonl").read_text("utf-8").splitlines():
        raw = json.loads(line)
        turns: list[OwnTurn] = []
        for turn in raw["turns"]:
            if turn["who"] == "customer":
                turns.append(
                    OwnTurn(turn["text"], MOODS[turn["mood"]], turn["wants_human"], "none")
                )
            elif turns:
                last = turns[-1]
                turns[-1] = OwnTurn(last.text, last.mood, last.wants_human, turn["outcome"])
        found.append(OwnDialogue(raw["id"], raw["lang"], tuple(turns)))
    return found


def maia(translated: bool) -> list[list[tuple[str, set[str]]]]:
    """MAIA-DQE: customer turns of real dialogues and their sentences' emotions. Measured only."""
    folder = public() / "maia-dqe/Emotion/data/maia"
    names = (folder / "labels.txt").read_text("utf-8").split()
    found = []
    for path in sorted(folder.glob("*.json")):
        for dialogue in json.loads(path.read_text("utf-8")):
            turns = [
                (
                    " ".join(t["text_mt" if translated else "text_src"]),
                    {names[n] for n in t["Emotion"]},
                )
                for t in dialogue["turns"]
                if t["floor"] == "inbound"
            ]
            if turns:
                found.append(turns)
    return found


def uss() -> list[list[tuple[str, float]]]:
    """USS: customer turns and the mean rating of each (1 to 5). Measured only."""
    found: list[list[tuple[str, float]]] = [[]]
    for line in (public() / "uss/dataset/MWOZ.txt").read_text("utf-8").splitlines():
        cells = line.split("\t")
        if cells[0] == "USER" and cells[1] != "OVERALL":
            ratings = [int(n) for n in cells[3].split(",")]
            found[-1].append((cells[1], sum(ratings) / len(ratings)))
        elif not line.strip() and found[-1]:
            found.append([])
    return [turns for turns in found if turns]


def aia_bde() -> list[str]:
    """Users' wordings of Portuguese questions to a public service. Measured only."""
    lines = (public() / "aia-bde/AIA-BDE_v2.1_dev.txt").read_text("utf-8").splitlines()
    told = [line.split(":", 1) for line in lines if ":" in line]
    return [text for tag, text in told if tag in ("VIN", "VUC", "VMT")]


def est_valence() -> list[tuple[str, str]]:
    """Estonian paragraphs and their valence. Measured only."""
    with (public() / "est-valence/valence/korpus.csv").open(encoding="utf-8", newline="") as file:
        return [(row[1], row[0]) for row in csv.reader(file)]
