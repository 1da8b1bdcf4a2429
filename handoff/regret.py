"""Late handoffs, and those that never came: what another threshold would have meant.

Reckoned from the logs. An *episode* is what was said from the beginning, or from the last return to
the bot, until a person was called for or came, or until the end. Every turn of the bot leaves in
the log which threshold of lost patience the customer's message would have reached (`Mood`). For a
threshold t, the first message of an episode that reaches it is the first evidence that could have
been acted on:

* an episode that went to a person is *late* if the customer wrote again after that message; late by
  as many messages, and by the seconds from it to the handoff (which may be for any reason, the
  customer's button and an agent who stepped in included);
* an episode that stayed with the bot is *caught* if it has such a message: it would have gone to a
  person;
* a handoff for lost patience is *kept* from people if it has none.

What was not measured (older entries, buttons, files) counts nowhere. Nobody knows how a handoff
that was not made would have ended.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from handoff.episodes import Ending, Episode
from handoff.model import Reason

THRESHOLDS = tuple(n / 20 for n in range(2, 20))  # .10, .15 … .95
ABANDONED = frozenset({Ending.OFFERED, Ending.UNANSWERED})


@dataclass(frozen=True)
class Figures:
    """What one threshold would have meant. Turns and seconds are of the late ones: median and 90th
    percentile, None where there is none."""

    threshold: float
    late: int
    turns: tuple[float, float] | None
    seconds: tuple[float, float] | None
    caught: int
    abandoned: int  # of the caught: ended with an offer that nobody took, or without an answer
    helped: int  # of the caught: ended with "that helped"
    kept: int

    @classmethod
    def of(cls, measured: Sequence[Episode], threshold: float) -> Figures:
        late, caught, kept = [], Counter[Ending](), 0
        for one in measured:
            rise = one.first(threshold)
            if one.ended is Ending.PERSON:
                if rise and rise.turns:
                    late.append(rise)
                held = one.reason is Reason.FRUSTRATED and one.peak >= (one.threshold or 0)
                kept += held and rise is None
            elif rise and one.ended is not Ending.OPEN:
                caught[one.ended] += 1
        return cls(
            threshold,
            len(late),
            quantiles([rise.turns for rise in late]),
            quantiles([rise.seconds for rise in late]),
            caught.total(),
            sum(caught[ending] for ending in ABANDONED),
            caught[Ending.HELPED],
            kept,
        )


def quantiles(values: Sequence[float]) -> tuple[float, float] | None:
    """Median and 90th percentile, each a value that occurs (nearest rank)."""
    if not values:
        return None
    ranked = sorted(values)
    return ranked[math.ceil(len(ranked) * 0.5) - 1], ranked[math.ceil(len(ranked) * 0.9) - 1]


@dataclass(frozen=True)
class History:
    """The measured episodes of a site, newest first; `read` counts all, `cut` says that there are
    older ones that were not read."""

    measured: tuple[Episode, ...]
    read: int
    cut: bool

    @property
    def threshold(self) -> float | None:
        """The one in use when the newest of these was measured."""
        return self.measured[0].threshold if self.measured else None

    def table(self) -> list[Figures]:
        """By threshold; the one in use is among them."""
        shown = {*THRESHOLDS, *([self.threshold] if self.threshold else ())}
        return [Figures.of(self.measured, one) for one in sorted(shown)]

    def to_json(self) -> dict[str, Any]:
        ended = Counter(one.ended for one in self.measured)
        concerned = (one for one in self.measured if one.peak >= THRESHOLDS[0])
        return {
            "read": self.read,
            "measured": len(self.measured),
            "persons": ended[Ending.PERSON],
            "open": ended[Ending.OPEN],
            "cut": self.cut,
            "threshold": self.threshold,
            "table": [vars(figures) for figures in self.table()] if self.measured else [],
            "episodes": [one.to_json() for one in concerned if one.ended is not Ending.OPEN],
        }


def lines(history: History) -> Iterator[str]:
    """The table for people at a terminal."""
    yield (
        f"{len(history.measured)} of {history.read} episodes are measured"
        f"{', older ones were not read' if history.cut else ''}."
    )
    if not history.measured:
        return
    yield f"Threshold in use: {history.threshold:.2f} (*)"
    yield (
        f"{'threshold':>10}{'late':>6}{'turns':>12}{'seconds':>16}"
        f"{'caught':>8}{'abandoned':>11}{'helped':>8}{'not made':>10}"
    )
    for one in history.table():
        mark = "*" if one.threshold == history.threshold else " "
        turns = "{:g} / {:g}".format(*one.turns) if one.turns else "-"
        seconds = "{:.0f} / {:.0f}".format(*one.seconds) if one.seconds else "-"
        yield (
            f"{one.threshold:>9.2f}{mark}{one.late:>6}{turns:>12}{seconds:>16}"
            f"{one.caught:>8}{one.abandoned:>11}{one.helped:>8}{one.kept:>10}"
        )
