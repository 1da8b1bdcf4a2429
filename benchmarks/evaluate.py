"""`make evaluate`: how well the assistant answers, abstains, hears and notices, in one report.

    python -m benchmarks.evaluate [--only TASK] [--no-rasa] [--no-refit] [--out FOLDER]
    python -m benchmarks.evaluate --precision    float32 beside int8, nothing else
    python -m benchmarks.evaluate --record       also add a line to docs/evaluation/README.md

Reads public development data from BATON_DATA (or ../shared/data) where it is there; without it,
only our own frozen parts are measured.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from benchmarks import aims, frozen, history, plots, precision, rough
from benchmarks.answering import __main__ as answering
from benchmarks.answering.__main__ import BASELINES, OURS, Measured
from benchmarks.answering.measures import MEASURES
from benchmarks.answering.run import CachingEncoder
from benchmarks.answering.tasks import tasks
from benchmarks.dialogue import conversation, corpora, regret, report
from benchmarks.dialogue.refit import refit_table
from benchmarks.dialogue.vectors import VectorStore
from benchmarks.provenance import MEANING, Figures, head, row
from bot.judgement import Judge
from bot.nlu import frustration
from bot.nlu.encoder import Encoder, encoder_folder
from bot.nlu.frustration import Frustration
from bot.nlu.human import HumanRequest

SHOWN_PROBABILITIES = ("hint3-sofmattress", "clinc150-10", "aia-bde-3-held30")
SHOWN_RISKS = ("hint3-sofmattress", "clinc150-10", "aia-bde-3-held30")


class Sheet:
    """The report as it grows: shown at once, kept whole."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.lines: list[str] = []
        self.figures: Figures = {}

    def say(self, *lines: str) -> None:
        print(*lines, sep="\n", flush=True)
        self.lines += lines

    def keep(self) -> None:
        (self.out / "report.md").write_text("\n".join(self.lines) + "\n", "utf-8")
        (self.out / "figures.json").write_text(json.dumps(self.figures, indent=1) + "\n", "utf-8")


def main() -> None:
    given = arguments()
    given.out.mkdir(parents=True, exist_ok=True)
    sheet = Sheet(given.out)
    if given.precision:
        sheet.say("# float32 beside int8", "", *precision.table())
        (given.out / "precision.md").write_text("\n".join(sheet.lines) + "\n", "utf-8")
        return
    sheet.say(
        "# How well the assistant judges",
        "",
        f"Commit {history.commit()}. Intervals are 95 %. {MEANING}",
    )
    own_frozen(sheet)
    questions(sheet, given.only, with_rasa=not given.no_rasa)
    people(sheet, with_rasa=not given.no_rasa, with_refit=not given.no_refit)
    sheet.say("", "## Aims", "", *aims.table(sheet.figures))
    added = history.now(sheet.figures)
    sheet.say("", "## The line for the history", "", *history.titles(), added)
    sheet.keep()
    if given.record:
        history.record(history.PAGE, added, aims.table(sheet.figures))
    print(f"\nKept in {given.out / 'report.md'}, with its plots.")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", default="", help="answering tasks whose name contains this")
    parser.add_argument("--no-rasa", action="store_true", help="train no Rasa (minutes, once)")
    parser.add_argument("--no-refit", action="store_true", help="train no request model (minutes)")
    parser.add_argument("--precision", action="store_true", help="float32 beside int8, only")
    parser.add_argument("--record", action="store_true", help="add the line to the history")
    parser.add_argument("--out", type=Path, default=Path("var/evaluation"))
    return parser.parse_args()


def own_frozen(sheet: Sheet) -> None:
    sheet.say(
        "", "## Our own frozen parts", "", "The small part that CI runs. Saw: checked, own.", ""
    )
    sheet.say(*head(("figure", "value", "noise")))
    for name, one in frozen.measure().items():
        sheet.figures[f"frozen/{name}"] = one.value
        sheet.say(row((name, one.value, f"± {one.noise}")))


def questions(sheet: Sheet, only: str, *, with_rasa: bool) -> None:
    encoder = CachingEncoder(encoder_folder())
    sheet.say("", "## Answering and abstaining", "")
    sheet.say(
        "Baselines other than Rasa's have the best threshold *on the test itself*; Baton's own saw "
        "no labelled query. Rasa's are those that `rasa init` ships (.3, ambiguity .1), and once "
        "more the best in hindsight.",
        "",
    )
    sheet.say(*head((*answering.COLUMNS, *MEASURES)))
    found: list[Measured] = []
    for task in tasks(only):
        one = answering.measured(task, encoder, baselines=True, stock=with_rasa)
        sheet.say(*one.lines())
        found.append(one)
        encoder.keep()
    sheet.figures |= answering.figures_of(found)
    if not found:
        return
    if any(one.trained for one in found):
        sheet.say("", *answering.trainings(found))
    sheet.say(
        "", "### Per language (means over the tasks above)", "", *answering.by_language(found)
    )
    pictures(sheet, {one.task.name: one for one in found})
    if not only:
        sheet.say("", "## Typed as people type (the same messages, clean → rough)", "")
        sheet.say(*rough.table(Judge(encoder), encoder, sheet.figures))
        encoder.keep()


def pictures(sheet: Sheet, found: dict[str, Measured]) -> None:
    calibrated = {name: found[name].outcomes[OURS] for name in SHOWN_PROBABILITIES if name in found}
    if calibrated:
        plots.reliability(calibrated, sheet.out / "reliability.png")
        sheet.say("", "![Probability shown against share right](reliability.png)")
    risks = {
        name: {
            answerer.strip("*"): outcomes
            for answerer, outcomes in found[name].outcomes.items()
            if answerer in (OURS, *BASELINES, *answering.STOCK)
        }
        for name in SHOWN_RISKS
        if name in found
    }
    if risks:
        plots.risk_coverage(risks, sheet.out / "risk-coverage.png")
        sheet.say("", "![Share answered against share wrong](risk-coverage.png)")


def people(sheet: Sheet, *, with_rasa: bool, with_refit: bool) -> None:
    store = VectorStore(Encoder.load())
    requests, judge = HumanRequest.load(), Frustration.load()
    sheet.say("", "## Requests for a person", "")
    sheet.say(*report.human_table(requests, store, sheet.figures, with_rasa=with_rasa))
    if with_refit and corpora.public().exists():
        sheet.say("", "### … trained without the set", "", *refit_table(store, sheet.figures))
    sheet.say("", "## A message in its conversation (own frozen lists; saw: measured, own)", "")
    for title, told in (
        ("Several questions in one message", conversation.questions("frozen")),
        ("Follow-ups", conversation.follow_ups("frozen")),
        ("What the customer says was tried", conversation.tried("frozen")),
    ):
        sheet.say(conversation.shown(title, told))
    sheet.say("", "## Lost patience", "", *report.mood_table(judge, store, sheet.figures))
    sheet.say("", "## Late-handoff regret (own frozen dialogues; saw: checked, own)", "")
    courses = regret.courses(judge, store)
    sheet.say(*regret.table(courses))
    weights = frustration.Weights.read(frustration.WEIGHTS)
    plots.late_handoff(courses, weights.offer, weights.hand_over, sheet.out / "late-handoff.png")
    sheet.say(
        "",
        f"A person is offered from {weights.offer} on, the conversation handed over from "
        f"{weights.hand_over} on; both were chosen on the training dialogues.",
        "",
        "![Threshold against noticed, alarms and turns late](late-handoff.png)",
    )


if __name__ == "__main__":
    main()
