"""Which data each number saw, said beside the number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum


class Saw(StrEnum):
    """What a set was used for before it was measured on."""

    FITTED = "fitted"  # weights were fitted on this very part, or on one like it
    CHOSEN = "chosen"  # weights did not see it; a constant was chosen with its figure in view
    MEASURED = "measured"  # nothing was fitted to it or chosen on it
    CHECKED = "checked"  # choices made elsewhere were looked at here


MEANING = (
    "*Saw* says what a set was used for before: **fitted**: evidence weights were fitted on this "
    "family of sets; **chosen**: nothing was fitted on it, but a constant was chosen with its "
    "figure in view; **checked**: choices made elsewhere were looked at here; **measured**: only "
    "measured. *own* marks what this project wrote and labelled itself. So *fitted* and *chosen* "
    "are development figures; a final test is taken elsewhere, on data that is not here."
)

# Values of a run by "part/set/measure": what aims and history are told from.
Figures = dict[str, float]

# By the beginning of a task's or set's name.
ANSWERING: Mapping[str, Saw] = {
    "hint3": Saw.FITTED,
    "askubuntu": Saw.FITTED,
    "webapplications": Saw.FITTED,
    "stackexchange": Saw.FITTED,
    "xsid": Saw.FITTED,
    "bitext": Saw.FITTED,
    "banking77": Saw.FITTED,
    "clinc150": Saw.FITTED,
    "nlupp": Saw.FITTED,
    "shop": Saw.FITTED,
    "aia-bde": Saw.CHECKED,
}
DIALOGUE: Mapping[str, Saw] = {
    "own frozen": Saw.CHECKED,
    "own dialogues frozen": Saw.CHECKED,
    "own shop's questions": Saw.CHECKED,
    "AIA-BDE": Saw.CHECKED,
    "clinc150 validation": Saw.CHECKED,
    "xsid test": Saw.MEASURED,
    "NLU++": Saw.MEASURED,
    "bitext": Saw.MEASURED,
    "BANKING77": Saw.MEASURED,
    "own shop's FAQ": Saw.CHECKED,
    "MAIA-DQE": Saw.CHOSEN,
    "USS": Saw.CHOSEN,
    "SemEval dev, af": Saw.FITTED,  # its texts were read before word lists were written
    "SemEval dev": Saw.CHOSEN,
    "GoEmotions dev": Saw.CHOSEN,
    "EKI valence": Saw.CHECKED,
}


def saw(name: str, by: Mapping[str, Saw]) -> Saw | None:
    """None where nobody has said it: the report then says so, and a test fails."""
    return next((seen for start, seen in by.items() if name.startswith(start)), None)


def told(name: str, by: Mapping[str, Saw]) -> str:
    seen = saw(name, by)
    own = ", own" if name.startswith("own") else ""
    return f"{seen.value}{own}" if seen else "**not stated**"


def row(cells: Iterable[object]) -> str:
    """One line of a Markdown table."""
    return "| " + " | ".join(map(str, cells)) + " |"


def head(columns: Iterable[str]) -> list[str]:
    names = list(columns)
    return [row(names), row("---" for _ in names)]
