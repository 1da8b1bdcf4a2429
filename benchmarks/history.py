"""The line of `docs/evaluation/README.md` that a run adds: before and after, change by change."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from statistics import fmean

from benchmarks.provenance import head, row

PAGE = Path("docs/evaluation/README.md")
# Tasks by name: a mean over other tasks would be another figure under the same heading.
FAMILIES: Mapping[str, tuple[str, ...]] = {
    "shop (HINT3)": ("hint3-sofmattress",),
    "communities": ("askubuntu", "webapplications"),
    "passages": ("stackexchange-passages", "aia-bde-passages"),
    "xSID": ("xsid-en", "xsid-en-held30", "xsid-nl", "xsid-nl-held30"),
    "Bitext": ("bitext-4-held30",),
    "AIA-BDE": ("aia-bde", "aia-bde-held30", "aia-bde-3", "aia-bde-3-held30"),
    "BANKING77": tuple(f"banking77-{n}{held}" for n in (1, 3, 8, 25) for held in ("", "-held30")),
    "CLINC150": (
        *("clinc150-full", "clinc150-3", "clinc150-3-held30"),
        *("clinc150-10", "clinc150-10-held30"),
    ),
    "own shop, et ru af": tuple(f"shop-{lang}-3-held30" for lang in ("et", "ru", "af")),
}
LANGUAGES = ("en", "nl", "pt", "et", "ru", "af")
COLUMNS = (
    "date",
    "commit",
    *(f"MCC, {family}" for family in FAMILIES),
    "request F1, en / nl / pt / et / ru / af",
    "patience AUROC, MAIA en / pt",
    "… own, mean of six",
)


def mcc_of(family: str, figures: Mapping[str, float]) -> float | None:
    """Mean over the family's tasks; None where one is missing."""
    found = [figures.get(f"answering/{task}/MCC") for task in FAMILIES[family]]
    known = [value for value in found if value is not None]
    return fmean(known) if len(known) == len(found) else None


def line(figures: Mapping[str, float], commit: str, day: str) -> str:
    requests = " / ".join(
        _shown(figures.get(f"requests/own frozen, {lang}/F1")) for lang in LANGUAGES
    )
    maia = " / ".join(
        _shown(figures.get(f"mood/MAIA-DQE {lang}: frustration, anger/AUROC"))
        for lang in ("en", "pt")
    )
    own = [figures.get(f"mood/own frozen, {lang}/AUROC") for lang in LANGUAGES]
    known = [value for value in own if value is not None]
    cells: Iterable[str] = (
        day,
        commit,
        *(_shown(mcc_of(family, figures)) for family in FAMILIES),
        requests,
        maia,
        _shown(fmean(known) if known else None),
    )
    return row(cells)


def _shown(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}".removeprefix("0")


def commit() -> str:
    """The commit that is measured; `+` where the files differ from it."""
    said = subprocess.run(
        ["git", "describe", "--always", "--dirty=+", "--exclude=*"],
        capture_output=True,
        text=True,
        check=False,
    )
    return said.stdout.strip() or "?"


def now(figures: Mapping[str, float]) -> str:
    return line(figures, commit(), date.today().isoformat())


def titles() -> list[str]:
    return head(COLUMNS)


def record(page: Path, added: str, aims: Iterable[str]) -> None:
    """Add the line to the page's history and put the aims' table in the place of the old one.

    Raises ValueError when the page has lost its marks.
    """
    text = page.read_text("utf-8")
    for mark in ("<!-- aims -->", "<!-- /aims -->", "<!-- /history -->"):
        if text.count(mark) != 1:
            raise ValueError(f"{page} needs {mark} once")
    before, _, rest = text.partition("<!-- aims -->")
    _, _, after = rest.partition("<!-- /aims -->")
    table = "\n".join(aims)
    text = f"{before}<!-- aims -->\n{table}\n<!-- /aims -->{after}"
    page.write_text(text.replace("<!-- /history -->", f"{added}\n<!-- /history -->"), "utf-8")
