"""The report's pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt

matplotlib.use("Agg")

from matplotlib import pyplot
from matplotlib.figure import Figure

from benchmarks.answering.measures import Outcomes, calibration_error
from benchmarks.dialogue.regret import DRAWN, Course, regret

LEAST = 5  # queries in a bin that is drawn
Floats = npt.NDArray[np.float64]
GREY = "#999"


def reliability(drawn: Mapping[str, Outcomes], path: Path) -> None:
    """Among matches shown with probability p, what share was right? On the diagonal, all is
    told."""
    figure, axes = pyplot.subplots(figsize=(5.2, 5.2))
    axes.plot([0, 1], [0, 1], color=GREY, linewidth=1)
    edges = np.linspace(0, 1, 11)
    for name, outcomes in drawn.items():
        bins = np.clip(np.digitize(outcomes.score, edges) - 1, 0, 9)
        full = [b for b in range(10) if (bins == b).sum() >= LEAST]
        shown = [outcomes.score[bins == b].mean() for b in full]
        right = [(outcomes.right & outcomes.known)[bins == b].mean() for b in full]
        label = f"{name}: ECE {calibration_error(outcomes):.3f}"
        axes.plot(shown, right, marker="o", label=label)
    axes.set(xlabel="probability shown", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend(fontsize=8)
    _keep(figure, path)


def risk_and_coverage(outcomes: Outcomes) -> tuple[Floats, Floats]:
    """Answering the surest queries first: the share answered, and the share of answers that are
    wrong (an unknown question has no right answer)."""
    right = (outcomes.right & outcomes.known)[np.argsort(-outcomes.score, kind="stable")]
    count = np.arange(1, len(right) + 1)
    return count / len(right), 1 - np.cumsum(right) / count


def risk_coverage(drawn: Mapping[str, Mapping[str, Outcomes]], path: Path) -> None:
    """A panel per task, a line per answerer; a dot where its own threshold puts it."""
    figure, panels = pyplot.subplots(
        1, len(drawn), figsize=(4.6 * len(drawn), 4.2), squeeze=False, sharey=True
    )
    for axes, (task, answerers) in zip(panels[0], drawn.items(), strict=True):
        for name, outcomes in answerers.items():
            coverage, risk = risk_and_coverage(outcomes)
            ours = name == "Baton"
            (line,) = axes.plot(coverage, risk, label=name, linewidth=2 if ours else 1)
            told = outcomes.answered
            if told.any():
                wrong = 1 - (outcomes.right & outcomes.known)[told].mean()
                axes.plot(told.mean(), wrong, marker="o", color=line.get_color())
        axes.set(title=task, xlabel="share of queries answered", xlim=(0, 1), ylim=(0, None))
    panels[0][0].set_ylabel("share of answers that are wrong")
    panels[0][0].legend(fontsize=7)
    _keep(figure, path)


def late_handoff(found: Sequence[Course], offer: float, hand_over: float, path: Path) -> None:
    """What acting from each threshold on would have meant, with the two thresholds in use."""
    drawn = [regret(found, threshold) for threshold in DRAWN]
    figure, axes = pyplot.subplots(figsize=(6.4, 4.2))
    later = axes.twinx()
    noticed = axes.plot(DRAWN, [r.noticed.value for r in drawn], label="noticed, of those lost")
    in_time = axes.plot(
        DRAWN, [r.in_time.value for r in drawn], "--", label="in the turn itself or before"
    )
    alarms = axes.plot(DRAWN, [r.calm_alarms.value for r in drawn], label="alarm in calm dialogues")
    late = later.plot(DRAWN, [r.late for r in drawn], color="#555", label="turns too late (right)")
    for at, name in ((offer, "offer"), (hand_over, "hand over")):
        axes.axvline(at, color=GREY, linewidth=1)
        axes.annotate(name, (at, 1.0), rotation=90, va="top", ha="right", fontsize=8)
    axes.set(xlabel="threshold", ylabel="share of dialogues", xlim=(0, 1), ylim=(0, 1))
    later.set(ylabel="turns too late, mean", ylim=(0, None))
    axes.legend(
        handles=[*noticed, *in_time, *alarms, *late],
        fontsize=8, ncol=2, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False,
    )  # fmt: skip
    _keep(figure, path)


def _keep(figure: Figure, path: Path) -> None:
    figure.savefig(path, dpi=110, bbox_inches="tight")
    pyplot.close(figure)
