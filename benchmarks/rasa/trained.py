"""A stock Rasa that is trained on given examples and asked given texts, in a process of its own.

What it answered is kept under models/benchmarks, named by the content of all that it was given: a
second run reads it from there and says when it was made.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import yaml

from bot.nlu.encoder import models_folder

SEED = 42
FALLBACK = "nlu_fallback"
NOTHING = "nothing"
# The pipeline that `rasa init` ships, with its thresholds; seeds added, entities left out.
FEATURES: tuple[dict[str, Any], ...] = (
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
)
LEARNT = {"epochs": 100, "constrain_similarities": True, "random_seed": SEED}
DIET = {"name": "DIETClassifier", **LEARNT}
SELECTOR = {"name": "ResponseSelector", **LEARNT}
FALLBACK_CLASSIFIER = {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1}
# Two cores may be wanted elsewhere, and one thread makes a training repeatable.
QUIETLY = {
    "RASA_TELEMETRY_ENABLED": "false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "TF_INTRA_OP_PARALLELISM_THREADS": "1",
    "TF_INTER_OP_PARALLELISM_THREADS": "1",
    "PYTHONWARNINGS": "ignore",
    "PYTHONHASHSEED": "0",
    "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
}


@dataclass(frozen=True)
class Lesson:
    """What a Rasa is taught and then asked."""

    name: str
    examples: Mapping[str, Sequence[str]]  # intent, or retrieval intent `faq/…` -> phrasings
    texts: Sequence[str]
    pipeline: Sequence[Mapping[str, Any]]

    def key(self) -> str:
        """The same for the same content, whatever made it."""
        whole = json.dumps([asdict(self), version("rasa"), SEED], sort_keys=True, default=list)
        return hashlib.sha256(whole.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Heard:
    """What Rasa made of one text. `entry` is the ResponseSelector's first, if there is one."""

    intent: str  # what FallbackClassifier left: an intent, or `nlu_fallback`
    ranking: tuple[tuple[str, float], ...]  # intents without the fallback, best first
    entry: str = ""
    entry_score: float = 0.0


@dataclass(frozen=True)
class Report:
    """The answers to a lesson's texts, in order; `made` is the day of the training."""

    heard: tuple[Heard, ...]
    made: str
    seconds: float
    remembered: bool

    @property
    def source(self) -> str:
        how = "remembered" if self.remembered else "trained now"
        return f"{how}, {self.made}, {self.seconds:.0f} s"


def teach(lesson: Lesson) -> Report:
    """Train and ask, or read what the same lesson gave before."""
    kept = models_folder() / "benchmarks" / f"rasa-{lesson.name}-{lesson.key()}.json"
    if not kept.exists():
        phrasings = sum(map(len, lesson.examples.values()))
        print(
            f"Training Rasa on {lesson.name}: {phrasings} phrasings of "
            f"{len(lesson.examples)} intents, 100 epochs …",
            file=sys.stderr,
            flush=True,
        )
        _run(lesson, kept)
        return _read(kept, remembered=False)
    return _read(kept, remembered=True)


def _run(lesson: Lesson, kept: Path) -> None:
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="baton-rasa-") as scratch:
        folder = Path(scratch)
        (folder / "lesson.json").write_text(json.dumps(asdict(lesson), default=list))
        ran = subprocess.run(
            [sys.executable, "-m", "benchmarks.rasa.trained", str(folder)],
            env={**os.environ, **QUIETLY},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if ran.returncode:
            raise RuntimeError(f"Rasa could not be trained on {lesson.name}:\n{ran.stdout[-3000:]}")
        heard = json.loads((folder / "heard.json").read_text())
    made = {
        "made": date.today().isoformat(),
        "seconds": round(time.monotonic() - began, 1),
        "heard": heard,
    }
    kept.parent.mkdir(parents=True, exist_ok=True)
    beside = kept.with_suffix(f".{os.getpid()}")
    beside.write_text(json.dumps(made))
    beside.replace(kept)


def _read(kept: Path, *, remembered: bool) -> Report:
    made = json.loads(kept.read_text())
    heard = tuple(
        Heard(one["intent"], tuple((n, s) for n, s in one["ranking"]), *one["entry"])
        for one in made["heard"]
    )
    return Report(heard, made["made"], made["seconds"], remembered)


def line(text: str) -> str:
    """One line without Rasa's own markup."""
    return " ".join(text.replace("[", "(").replace("]", ")").replace("{", "(").split()).lstrip("/-")


def train_and_ask(folder: Path) -> None:
    """In the process of its own: `lesson.json` to `heard.json`."""
    from rasa.core.agent import load_agent
    from rasa.model_training import train_nlu

    lesson = json.loads((folder / "lesson.json").read_text())
    config = {"recipe": "default.v1", "language": "en", "pipeline": lesson["pipeline"]}
    (folder / "config.yml").write_text(yaml.safe_dump(config))
    examples = [
        {"intent": intent, "examples": "".join(f"- {line(text)}\n" for text in texts)}
        for intent, texts in lesson["examples"].items()
    ]
    responses = {
        f"utter_{intent}": [{"text": intent}] for intent in lesson["examples"] if "/" in intent
    }
    data = {"version": "3.1", "nlu": examples, "responses": responses}
    (folder / "nlu.yml").write_text(yaml.safe_dump(data))
    model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
    heard = asyncio.run(_ask(load_agent, str(model), lesson["texts"]))
    (folder / "heard.json").write_text(json.dumps(heard))


async def _ask(load_agent: Any, model: str, texts: Sequence[str]) -> list[dict[str, Any]]:
    agent = await load_agent(model_path=model)
    found = []
    for text in texts:
        parsed = await agent.parse_message(line(text) or NOTHING)
        selected = parsed.get("response_selector", {}).get("default", {}).get("ranking") or [{}]
        best = selected[0]
        found.append(
            {
                "intent": parsed["intent"]["name"],
                "ranking": [
                    (one["name"], round(one["confidence"], 6))
                    for one in parsed["intent_ranking"]
                    if one["name"] != FALLBACK
                ],
                "entry": (best.get("intent_response_key", ""), best.get("confidence", 0.0)),
            }
        )
    return found


if __name__ == "__main__":
    train_and_ask(Path(sys.argv[1]))
