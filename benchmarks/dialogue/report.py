"""The report: what is measured, on which data, beside which baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.dialogue import baselines, corpora
from benchmarks.dialogue.corpora import Labelled
from benchmarks.dialogue.measures import (
    Decisions,
    Share,
    auroc,
    average_precision,
    bootstrap,
    precision_at,
)
from benchmarks.dialogue.vectors import VectorStore
from bot.nlu.dialogue import Dialogue, Outcome, Turn
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest

LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")


def human_sets() -> dict[str, list[Labelled]]:
    """What is measured and was not trained on."""
    frozen = corpora.own_human("frozen")
    sets = {f"own frozen, {lang}": [e for e in frozen if e.lang == lang] for lang in LANGUAGES}
    sets["own dialogues frozen"] = [
        Labelled(t.text, d.lang, int(t.wants_human), "dialogues")
        for d in corpora.own_dialogues("frozen")
        for t in d.turns
    ]
    if corpora.public().exists():
        sets["clinc150 validation"] = [
            Labelled(text, "en", 0, "clinc") for text, _ in corpora.clinc("val")
        ]
        for lang in ("en", "nl"):
            sets[f"xsid test, {lang}"] = [
                Labelled(text, lang, 0, "xsid") for text, _ in corpora.xsid(lang, "test")
            ]
    return sets


def human_table(judge: HumanRequest, store: VectorStore) -> Iterator[str]:
    yield (
        "| set | n | requests | precision | recall | F1 | false alarms "
        "| keyword rule: F1 / false alarms |"
    )
    yield "|---|--:|--:|---|---|--:|---|---|"
    for name, examples in human_sets().items():
        vectors = store([e.text for e in examples])
        labels = np.array([bool(e.label) for e in examples])
        decided = np.array(
            [judge.judge(e.text, v, e.lang).decided for e, v in zip(examples, vectors, strict=True)]
        )
        ours = Decisions.of(labels, decided)
        rule = Decisions.of(labels, np.array([baselines.keyword_rule(e.text) for e in examples]))
        found = f"{ours.precision} | {ours.recall} | {ours.f1:.3f}" if labels.any() else "- | - | -"
        theirs = f"{rule.f1:.3f}" if labels.any() else "-"
        yield (
            f"| {name} | {len(labels)} | {labels.sum()} | {found} | {ours.false_alarm_rate} "
            f"| {theirs} / {rule.false_alarm_rate.value:.3f} |"
        )


@dataclass(frozen=True)
class Scored:
    """Dialogues with a label for each turn and whether the bot's outcomes are told."""

    name: str
    lang: str
    texts: list[list[str]]
    labels: list[list[bool]]
    outcomes: list[list[Outcome]] | None = None


GRIEVANCE = {"frustration", "anger", "disappointment"}


def mood_sets() -> list[Scored]:
    found = []
    frozen = corpora.own_dialogues("frozen")
    for lang in LANGUAGES:
        mine = [d for d in frozen if d.lang == lang]
        texts = [[t.text for t in d.turns] for d in mine]
        outcomes = [[Outcome(t.outcome) for t in d.turns] for d in mine]
        upset = [[t.mood == 1 for t in d.turns] for d in mine]
        found.append(Scored(f"own frozen, {lang}", lang, texts, upset))
        found.append(Scored(f"own frozen, {lang}, outcomes told", lang, texts, upset, outcomes))
    if not corpora.public().exists():
        return found
    for translated in (True, False):
        lang = "en" if translated else "pt"
        for name, emotions in (
            ("frustration, anger", GRIEVANCE - {"disappointment"}),
            ("and disappointment", GRIEVANCE),
        ):
            dialogues = corpora.maia(translated)
            found.append(
                Scored(
                    f"MAIA-DQE {lang}: {name}",
                    lang,
                    [[text for text, _ in d] for d in dialogues],
                    [[bool(e & emotions) for _, e in d] for d in dialogues],
                )
            )
    rated = corpora.uss()
    found.append(
        Scored(
            "USS (MWOZ): rated below 2.5",
            "en",
            [[text for text, _ in d] for d in rated],
            [[rating < 2.5 for _, rating in d] for d in rated],
        )
    )
    for lang in ("af", "pt", "ru", "en"):
        lines = corpora.semeval(lang, "dev")
        angry = [[bool(e.get("anger"))] for _, e in lines]
        found.append(Scored(f"SemEval dev, {lang}: anger", lang, [[t] for t, _ in lines], angry))
    lines2 = corpora.goemotions("dev")
    angry2 = [[bool(e & {"anger", "annoyance"})] for _, e in lines2]
    found.append(Scored("GoEmotions dev: anger, annoyance", "en", [[t] for t, _ in lines2], angry2))
    valence = [(t, v) for t, v in corpora.est_valence() if v != "vastuoluline"]
    found.append(
        Scored(
            "EKI valence, et: negative",
            "et",
            [[t] for t, _ in valence],
            [[v == "negatiivne"] for _, v in valence],
        )
    )
    return found


def scores(judge: Frustration, given: Scored, store: VectorStore) -> list[list[float]]:
    store([text for texts in given.texts for text in texts])
    found = []
    for i, texts in enumerate(given.texts):
        turns: list[Turn] = []
        mine = []
        for j, (text, vector) in enumerate(zip(texts, store(texts), strict=True)):
            turns.append(Turn(text, vector, given.lang))
            mine.append(judge.judge(Dialogue(turns)).score)
            if given.outcomes:
                turns[-1] = Turn(text, vector, given.lang, given.outcomes[i][j])
        found.append(mine)
    return found


def mood_table(judge: Frustration, store: VectorStore) -> Iterator[str]:
    tone = baselines.vader()
    yield "| set | turns | upset | AUROC | AP | precision at recall .5 | per dialogue | VADER |"
    yield "|---|--:|--:|---|--:|--:|--:|--:|"
    for given in mood_sets():
        per_turn = scores(judge, given, store)
        s = np.array([x for mine in per_turn for x in mine])
        y = np.array([x for mine in given.labels for x in mine])
        low, high = bootstrap(auroc, y, s)
        whole = np.array([any(mine) for mine in given.labels])
        several = max(map(len, given.labels)) > 1 and whole.any() and not whole.all()
        dialogue = f"{auroc(whole, np.array([max(m) for m in per_turn])):.3f}" if several else "-"
        theirs = "-"
        if tone and given.lang == "en":
            theirs = f"{auroc(y, np.array(tone([t for ts in given.texts for t in ts]))):.3f}"
        yield (
            f"| {given.name} | {len(y)} | {y.sum()} | {auroc(y, s):.3f} ({low:.2f}-{high:.2f}) "
            f"| {average_precision(y, s):.3f} | {precision_at(0.5, y, s):.3f} | {dialogue} "
            f"| {theirs} |"
        )


def regret_table(
    judge: Frustration,
    store: VectorStore,
    part: str = "frozen",
    thresholds: Sequence[float] = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9),
) -> Iterator[str]:
    """Late-handoff regret: how long customers who lost patience go on with the bot, and what acting
    earlier costs the others."""
    dialogues = corpora.own_dialogues(part)
    given = Scored(
        part,
        "",
        [[t.text for t in d.turns] for d in dialogues],
        [[t.mood == 1 for t in d.turns] for d in dialogues],
        [[Outcome(t.outcome) for t in d.turns] for d in dialogues],
    )
    found = scores(judge, given, store)
    yield (
        "| threshold | noticed, of dialogues that turn bad | in the turn itself or before "
        "| turns too late, mean | alarm in calm dialogues |"
    )
    yield "|--:|---|---|--:|---|"
    for threshold in thresholds:
        noticed, in_time, late, calm_alarm, bad, calm = 0, 0, 0, 0, 0, 0
        for mine, labels, d in zip(found, given.labels, dialogues, strict=True):
            acted = next((i for i, s in enumerate(mine) if s >= threshold), None)
            if any(labels):
                bad += 1
                since = labels.index(True)
                noticed += acted is not None
                in_time += acted is not None and acted <= since
                late += max((len(labels) if acted is None else acted) - since, 0)
            elif not any(t.mood for t in d.turns):
                calm += 1
                calm_alarm += acted is not None
        yield (
            f"| {threshold:.1f} | {Share(noticed, bad)} | {Share(in_time, bad)} "
            f"| {late / max(bad, 1):.2f} | {Share(calm_alarm, calm)} |"
        )
