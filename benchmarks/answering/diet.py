"""What a Rasa user has today: DIET with FallbackClassifier, as `rasa init` sets them up, on the
same data.

Runs in a process of its own: `python -m benchmarks.answering.diet TASK` prints one JSON line per
query.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import yaml

from benchmarks.answering.measures import Outcomes
from benchmarks.answering.run import CachingEncoder
from benchmarks.answering.tasks import Task, tasks

PIPELINE = [
    {"name": "WhitespaceTokenizer"},
    {"name": "RegexFeaturizer"},
    {"name": "LexicalSyntacticFeaturizer"},
    {"name": "CountVectorsFeaturizer"},
    {"name": "CountVectorsFeaturizer", "analyzer": "char_wb", "min_ngram": 1, "max_ngram": 4},
    {"name": "DIETClassifier", "epochs": 100, "constrain_similarities": True},
    {"name": "FallbackClassifier", "threshold": 0.3, "ambiguity_threshold": 0.1},
]
FALLBACK = "nlu_fallback"


def diet(task: Task, encoder: CachingEncoder) -> Outcomes:
    """Train and ask, with Rasa's own threshold. `encoder` is not used: DIET learns its own."""
    env = {
        **os.environ,
        "RASA_TELEMETRY_ENABLED": "false",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "PYTHONWARNINGS": "ignore",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    ran = subprocess.run(
        [sys.executable, "-m", "benchmarks.answering.diet", task.name],
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [json.loads(line) for line in ran.stdout.splitlines() if line.startswith("{")]
    place = {entry.id: i for i, entry in enumerate(task.entries)}
    return Outcomes(
        np.array([place[q.gold] if q.gold is not None else -1 for q in task.queries]),
        np.array([place.get(row["first"], -2) for row in rows]),
        np.array([row["score"] for row in rows], dtype=float),
        np.array([row["answered"] for row in rows]),
        np.array([q.kind == "chat" for q in task.queries]),
    )


def ask(task: Task) -> None:
    from rasa.core.agent import load_agent
    from rasa.model_training import train_nlu

    names = {f"faq_{i}": entry.id for i, entry in enumerate(task.entries)}
    with tempfile.TemporaryDirectory(prefix="baton-diet-") as scratch:
        folder = Path(scratch)
        config = {"recipe": "default.v1", "language": "en", "pipeline": PIPELINE}
        (folder / "config.yml").write_text(yaml.safe_dump(config))
        examples = [
            {"intent": name, "examples": "".join(f"- {_line(q)}\n" for q in entry.questions)}
            for name, entry in zip(names, task.entries, strict=True)
        ]
        (folder / "nlu.yml").write_text(yaml.safe_dump({"version": "3.1", "nlu": examples}))
        model = train_nlu(str(folder / "config.yml"), str(folder / "nlu.yml"), str(folder))
        asyncio.run(_ask(load_agent, str(model), task, names))


async def _ask(load_agent: object, model: str, task: Task, names: dict[str, str]) -> None:
    assert callable(load_agent)
    agent = await load_agent(model_path=model)
    for query in task.queries:
        parsed = await agent.parse_message(_line(query.text))
        ranking = [one for one in parsed["intent_ranking"] if one["name"] != FALLBACK]
        print(
            json.dumps(
                {
                    "first": names.get(ranking[0]["name"]) if ranking else None,
                    "score": ranking[0]["confidence"] if ranking else 0.0,
                    "answered": parsed["intent"]["name"] != FALLBACK,
                }
            )
        )


def _line(text: str) -> str:
    """One line without Rasa's own markup."""
    return " ".join(text.replace("[", "(").replace("]", ")").replace("{", "(").split()).lstrip("/-")


if __name__ == "__main__":
    ask(next(task for task in tasks(sys.argv[1]) if task.name == sys.argv[1]))
