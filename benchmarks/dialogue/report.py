"""The report: what is measured, on which data, beside which baseline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.dialogue import baselines, corpora
from benchmarks.dialogue.corpora import Labelled
from benchmarks.dialogue.measures import (
    Decisions,
    Share,
    auroc,
    average_precision,
    bootstrap,
    f1,
    precision_at,
)
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import DIALOGUE, Figures, head, row, told
from bot.nlu.dialogue import Dialogue, Outcome, Turn
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest

Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]
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


def human_table(
    judge: HumanRequest, store: VectorStore, figures: Figures, *, with_rasa: bool = False
) -> list[str]:
    """Per set: precision, recall, F1 and false alarms, beside a keyword rule and, if wanted, an
    intent `ask_human` that Rasa's DIET has learnt."""
    sets = human_sets()
    lines = head(
        (
            *("set", "saw", "n", "requests", "precision", "recall", "F1", "false alarms"),
            "keyword rule: F1 / false alarms",
            *(("Rasa intent (DIET): F1 / false alarms",) if with_rasa else ()),
        )
    )
    intents: Bools | None = None
    if with_rasa:
        texts = [e.text for examples in sets.values() for e in examples]
        intents, made = baselines.intent_rule(texts)
    at = 0
    for name, examples in sets.items():
        vectors = store([e.text for e in examples])
        labels = np.array([bool(e.label) for e in examples])
        decided = np.array(
            [judge.judge(e.text, v, e.lang).decided for e, v in zip(examples, vectors, strict=True)]
        )
        ours = Decisions.of(labels, decided)
        others = [np.array([baselines.keyword_rule(e.text) for e in examples])]
        if intents is not None:
            others.append(intents[at : at + len(examples)])
        at += len(examples)
        figures[f"requests/{name}/false alarms"] = ours.false_alarm_rate.value
        if labels.any():
            figures[f"requests/{name}/F1"] = ours.f1
        lines.append(
            row(
                (
                    *(name, told(name, DIALOGUE), len(labels), labels.sum()),
                    *found(ours, labels, decided),
                    ours.false_alarm_rate,
                    *(beside(Decisions.of(labels, one)) for one in others),
                )
            )
        )
    if intents is not None:
        lines += [
            "",
            "Rasa's intent: one DIET in six languages, taught `ask_human` and its look-alikes from "
            "our own training part, the bot's small talk and the shop's questions; the fallback of "
            f"`rasa init` (.3, ambiguity .1). {made.source}.",
        ]
    return lines


def found(ours: Decisions, labels: Bools, decided: Bools) -> tuple[object, ...]:
    """Precision, recall and F1 with their intervals."""
    if not labels.any():
        return ("-", "-", "-")
    low, high = bootstrap(f1, labels, decided.astype(float))
    return (ours.precision, ours.recall, f"{ours.f1:.3f} ({low:.2f}-{high:.2f})")


def beside(theirs: Decisions) -> str:
    """A baseline's F1 and false alarms; no F1 where nobody asks for a person."""
    shown = f"{theirs.f1:.3f}" if theirs.positives else "-"
    return f"{shown} / {theirs.false_alarm_rate.value:.3f}"


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


def calm_sets() -> dict[str, list[tuple[str, str]]]:
    """Questions nobody is upset about, with their language: each is a first message."""
    asked = corpora.shop_questions(unseen=True)
    sets = {
        f"own shop's questions, unseen half, {lang}": [one for one in asked if one[1] == lang]
        for lang in LANGUAGES
    }
    if corpora.public().exists():
        sets["AIA-BDE, users' wordings"] = [(text, "pt") for text in corpora.aia_bde()]
        sets["clinc150 validation"] = [(text, "en") for text, _ in corpora.clinc("val")]
        for lang in ("en", "nl"):
            found = corpora.xsid(lang, "test")
            sets[f"xsid test, {lang}"] = [(text, lang) for text, _ in found]
    return sets


def calm_table(judge: Frustration, store: VectorStore, figures: Figures) -> list[str]:
    """Per set of calm questions: how many are called frustrated, how many handed over."""
    lines = head(("calm questions", "saw", "n", "called frustrated", "handed over"))
    for name, asked in calm_sets().items():
        vectors = store([text for text, _ in asked])
        moods = [
            judge.judge(Dialogue([Turn(text, vector, lang)]))
            for (text, lang), vector in zip(asked, vectors, strict=True)
        ]
        offered = Share(sum(mood.frustrated for mood in moods), len(moods))
        handed = Share(sum(mood.hand_over for mood in moods), len(moods))
        figures[f"mood/{name}/called frustrated"] = offered.value
        lines.append(row((name, told(name, DIALOGUE), len(moods), offered, handed)))
    return lines


def mood_table(judge: Frustration, store: VectorStore, figures: Figures) -> list[str]:
    """Per set: AUROC, average precision and precision at fixed recall, beside VADER in English.

    Intervals are over dialogues.
    """
    tone = baselines.vader()
    lines = head(
        (
            *("set", "saw", "turns", "upset", "AUROC", "average precision"),
            *("precision at recall .5", "at .8", "AUROC per dialogue", "VADER: AUROC / AP"),
        )
    )
    for given in mood_sets():
        per_turn = scores(judge, given, store)
        s = np.array([x for mine in per_turn for x in mine])
        y = np.array([x for mine in given.labels for x in mine])
        whose = [i for i, mine in enumerate(per_turn) for _ in mine]
        whole = np.array([any(mine) for mine in given.labels])
        several = max(map(len, given.labels)) > 1 and whole.any() and not whole.all()
        figures[f"mood/{given.name}/AUROC"] = auroc(y, s)
        dialogue = "-"
        if several:
            most = np.array([max(mine) for mine in per_turn])
            figures[f"mood/{given.name}/AUROC per dialogue"] = auroc(whole, most)
            dialogue = within(auroc, whole, most)
        theirs = "-"
        if tone and given.lang == "en":
            v = np.array(tone([t for ts in given.texts for t in ts]))
            theirs = f"{auroc(y, v):.3f} / {average_precision(y, v):.3f}"
        lines.append(
            row(
                (
                    *(given.name, told(given.name, DIALOGUE), len(y), y.sum()),
                    *(within(auroc, y, s, whose), within(average_precision, y, s, whose)),
                    *(f"{precision_at(recall, y, s):.3f}" for recall in (0.5, 0.8)),
                    *(dialogue, theirs),
                )
            )
        )
    return [*lines, "", *calm_table(judge, store, figures)]


def within(
    measure: Callable[[Bools, Floats], float],
    labels: Bools,
    scores: Floats,
    groups: Sequence[int] | None = None,
) -> str:
    low, high = bootstrap(measure, labels, scores, groups)
    return f"{measure(labels, scores):.3f} ({low:.2f}-{high:.2f})"
