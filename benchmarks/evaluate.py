"""`make evaluate`: how well the assistant answers, abstains, hears and notices, in one report.

python -m benchmarks.evaluate [--only TASK] [--no-diet] [--out FOLDER]

Reads public development data from BATON_DATA (or ../shared/data) where it is there; without it,
only our own frozen parts are measured.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from benchmarks import frozen
from benchmarks.answering.__main__ import BASELINES, cells, row
from benchmarks.answering.diet import diet
from benchmarks.answering.measures import MEASURES, Outcomes
from benchmarks.answering.run import CachingEncoder, run
from benchmarks.answering.tasks import tasks
from benchmarks.dialogue import report
from benchmarks.dialogue.vectors import VectorStore
from bot.nlu.encoder import Encoder, encoder_folder
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest

Say = Callable[[str], None]
# Training DIET takes minutes per task: where few phrasings and real queries meet, and one large
# set.
DIET_ON = ("hint3-sofmattress", "askubuntu", "webapplications", "xsid-nl", "clinc150-10")
DRAWN = ("hint3-sofmattress", "clinc150-10", "aia-bde-3")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluate", description=__doc__)
    parser.add_argument("--only", default="", help="answering tasks whose name contains this")
    parser.add_argument("--no-diet", action="store_true", help="without Rasa's DIET (minutes)")
    parser.add_argument("--out", type=Path, default=Path("var/evaluation"))
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    lines: list[str] = []

    def say(text: str) -> None:
        print(text, flush=True)
        lines.append(text)

    say("# How well the assistant judges\n\nWhich data each number saw: docs/evaluation/.\n")
    say("## Our own frozen parts\n\n| figure | value | noise |\n|---|---|---|")
    for name, one in frozen.measure().items():
        say(f"| {name} | {one.value} | ± {one.noise} |")
    answering(given.only, not given.no_diet, given.out, say)
    dialogue(given.out, say)
    (given.out / "report.md").write_text("\n".join(lines) + "\n")
    print(f"\nKept in {given.out / 'report.md'}, with its plots.")


def answering(only: str, with_diet: bool, out: Path, say: Say) -> None:
    encoder = CachingEncoder(encoder_folder())
    drawn: dict[str, Outcomes] = {}
    say("\n## Answering and abstaining (95 % bootstrap intervals)\n")
    say(row(["task", "answered by"], MEASURES))
    say(row(["---", "---"], ["---"] * len(MEASURES)))
    for task in tasks(only):
        ours = run(task, encoder)
        if task.name in DRAWN:
            drawn[task.name] = ours
        say(row([task.name, "**Baton**"], cells(ours, with_intervals=True)))
        baselines = dict(BASELINES)
        if with_diet and task.name in DIET_ON:
            baselines["Rasa DIET + FallbackClassifier"] = diet
        for name, baseline in baselines.items():
            say(row(["", name], cells(baseline(task, encoder), with_intervals=False)))
        encoder.keep()
    if drawn:
        reliability(drawn, out / "reliability.png")
        say("\n![Probability shown against share right](reliability.png)")


def dialogue(out: Path, say: Say) -> None:
    store = VectorStore(Encoder.load())
    judge = Frustration.load()
    for title, table in (
        (
            "Requests for a person, beside a keyword rule",
            report.human_table(HumanRequest.load(), store),
        ),
        ("Lost patience, beside VADER", report.mood_table(judge, store)),
        ("Late-handoff regret (own frozen dialogues)", report.regret_table(judge, store)),
    ):
        say(f"\n## {title}\n")
        for line in table:
            say(line)


def reliability(drawn: dict[str, Outcomes], path: Path) -> None:
    """Among matches shown with probability p, what share was right? On the diagonal, all is
    told."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(5, 5))
    axes.plot([0, 1], [0, 1], color="#999", linewidth=1)
    edges = np.linspace(0, 1, 11)
    for name, outcomes in drawn.items():
        bins = np.clip(np.digitize(outcomes.score, edges) - 1, 0, 9)
        full = [b for b in range(10) if (bins == b).sum() >= 5]
        shown = [outcomes.score[bins == b].mean() for b in full]
        right = [(outcomes.right & outcomes.known)[bins == b].mean() for b in full]
        axes.plot(shown, right, marker="o", label=name)
    axes.set(xlabel="probability shown", ylabel="share right", xlim=(0, 1), ylim=(0, 1))
    axes.legend()
    figure.savefig(path, dpi=120, bbox_inches="tight")


if __name__ == "__main__":
    main()
