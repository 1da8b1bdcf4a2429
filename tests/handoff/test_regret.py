"""Late handoffs: logs by hand, and what must hold for any log."""

from __future__ import annotations

import asyncio
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handoff.desk import Desk
from handoff.episodes import QUIET, Ending, Episode, episodes
from handoff.history import LookBack
from handoff.log import Log
from handoff.model import (
    AgentId,
    ConversationId,
    Entry,
    Handoff,
    Kind,
    Mood,
    Reason,
    Sender,
)
from handoff.regret import THRESHOLDS, Figures, History, lines, quantiles
from handoff.store import Store
from handoff.turns import Reply, Turns

C = ConversationId("c")
LATER = 10 * QUIET
HELPED: dict[str, Any] = {"payload": {"intent": "helpful", "entities": {}}}
OFFER: dict[str, Any] = {
    "buttons": [{"label": "Yes", "payload": {"intent": "affirm", "entities": {}}}]
}


class Story:
    """A log by hand; an entry a second."""

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def _add(self, sender: Sender, kind: Kind, **body: Any) -> Story:
        seq = len(self.entries) + 1
        self.entries.append(Entry(seq, seq * 1000, sender, kind, f"e{seq}", 0, body))
        return self

    def says(self, **body: Any) -> Story:
        return self._add(Sender.CUSTOMER, Kind.MESSAGE, text="…", **body)

    def bot(self, score: float | None = None, **body: Any) -> Story:
        """Answers the last message, judged `score`."""
        mood = {"message": len(self.entries), "score": score, "threshold": 0.8}
        judged = {} if score is None else {"mood": mood}
        return self._add(Sender.BOT, Kind.MESSAGE, text="…", **judged, **body)

    def turn(self, score: float | None = None, **body: Any) -> Story:
        return self.says().bot(score, **body)

    def owner(self, owner: str, **body: Any) -> Story:
        return self._add(Sender.DESK, Kind.OWNER, owner=owner, **body)

    def person(self, reason: str = "asked") -> Story:
        return self.owner("queue", cause="handoff", reason=reason)

    def back(self) -> Story:
        return self.owner("agent", agent="ana", cause="claimed").owner("bot", cause="resolved")

    def episodes(self, now: int = LATER) -> list[Episode]:
        return list(episodes(C, self.entries, now))


def measured(*stories: Story) -> list[Episode]:
    return [one for story in stories for one in story.episodes() if one.threshold is not None]


def test_late_are_the_turns_and_seconds_from_the_first_message_that_reaches_it() -> None:
    # messages 1, 3, 5, 7; handed over by entry 9
    story = Story().turn(0.1).turn(0.6).turn(0.3).turn(0.7).person()
    (one,) = story.episodes()
    assert (one.ended, one.reason, one.until) == (Ending.PERSON, Reason.ASKED, 9000)
    first = one.first(0.5)
    assert first is not None
    assert (first.message, first.turns, first.seconds) == (3, 2, 6.0)
    assert [rise.score for rise in one.rises] == [0.1, 0.6, 0.7]
    figures = Figures.of([one], 0.5)
    assert (figures.late, figures.turns, figures.seconds) == (1, (2, 2), (6.0, 6.0))


def test_a_handoff_in_the_turn_of_the_evidence_itself_is_not_late() -> None:
    figures = Figures.of(measured(Story().turn(0.1).turn(0.9).person("frustrated")), 0.8)
    assert (figures.late, figures.turns, figures.kept) == (0, None, 0)


def test_evidence_on_the_handoff_itself_counts() -> None:
    mood = {"message": 1, "score": 0.9, "threshold": 0.8}
    story = Story().says().owner("queue", cause="handoff", reason="frustrated", mood=mood)
    (one,) = story.episodes()
    assert one.peak == 0.9


@pytest.mark.parametrize(
    ("story", "ended"),
    [
        (Story().turn(0.6).says(**HELPED).bot(), Ending.HELPED),
        (Story().turn(0.6).says(**HELPED).bot().turn(0.6, **OFFER), Ending.OFFERED),
        (Story().turn(0.6, **OFFER).says().bot(), Ending.SILENT),  # the offer was answered
        (Story().turn(0.6).bot(**OFFER), Ending.OFFERED),  # the second of two replies
        (Story().turn(0.6, **OFFER).bot(), Ending.OFFERED),
        (Story().turn(0.6).says(), Ending.UNANSWERED),
        (Story().turn(0.6), Ending.SILENT),
        (Story().turn(0.6).person(), Ending.PERSON),
        (Story().turn(0.6).owner("agent", agent="ana", cause="taken_over"), Ending.PERSON),
    ],
)
def test_how_an_episode_ended(story: Story, ended: Ending) -> None:
    assert story.episodes()[-1].ended is ended
    still = ended if ended is Ending.PERSON else Ending.OPEN
    assert story.episodes(now=len(story.entries) * 1000 + QUIET - 1)[-1].ended is still


def test_an_episode_begins_with_the_return_to_the_bot() -> None:
    story = Story().turn(0.9).person().back().turn(0.2).owner("agent", agent="a").owner("bot")
    before, after = story.episodes()
    assert [one.peak for one in (before, after)] == [0.9, 0.2]
    assert after.reason is Reason.TAKEOVER
    assert after.rises[0].turns == 0


def test_what_was_never_measured_is_not_zero() -> None:
    (one,) = Story().turn().turn().person().episodes()
    assert (one.threshold, one.rises) == (None, ())
    assert Story().person().back().episodes() == []  # nobody said anything


def test_who_would_have_been_caught_and_how_they_ended() -> None:
    found = measured(
        Story().turn(0.6, **OFFER),
        Story().turn(0.6).says(**HELPED).bot(),
        Story().turn(0.6),
        Story().turn(0.2, **OFFER),
    )
    figures = Figures.of(found, 0.5)
    assert (figures.caught, figures.abandoned, figures.helped) == (3, 1, 1)
    assert (figures.late, figures.kept) == (0, 0)


def test_a_higher_threshold_keeps_handoffs_of_its_own_making_only() -> None:
    found = measured(
        Story().turn(0.85).person("frustrated"),
        Story().turn(0.55).turn(0.1).person("frustrated"),  # took the offer of a person
        Story().turn(0.85).person("asked"),
    )
    assert [Figures.of(found, t).kept for t in (0.8, 0.9)] == [0, 1]


def test_quantiles_are_values_that_occurred() -> None:
    assert quantiles([]) is None
    assert quantiles([3]) == (3, 3)
    assert quantiles(range(1, 11)) == (5, 9)


scores = st.none() | st.floats(0, 1).map(lambda x: round(x, 3))
story_of = st.builds(
    lambda turns, end, more: (turns, end, more),
    st.lists(scores, min_size=1, max_size=8),
    st.sampled_from(["asked", "frustrated", "offer", "helped", "silence", "unanswered"]),
    st.lists(scores, max_size=3),
)


def told(turns: Sequence[float | None], end: str, more: Sequence[float | None]) -> Story:
    story = Story()
    for score in turns:
        story.turn(score)
    if end in ("asked", "frustrated"):
        story.person(end).back()
        for score in more:
            story.turn(score)
    elif end == "offer":
        story.bot(**OFFER)
    elif end == "helped":
        story.says(**HELPED).bot()
    elif end == "unanswered":
        story.says()
    return story


@given(st.lists(story_of, max_size=5))
def test_a_higher_threshold_never_catches_more_nor_acts_earlier(logs: list[Any]) -> None:
    found = measured(*(told(*one) for one in logs))
    table = [Figures.of(found, threshold) for threshold in THRESHOLDS]
    for lower, higher in itertools.pairwise(table):
        assert higher.late <= lower.late
        assert higher.caught <= lower.caught
        assert higher.abandoned <= lower.abandoned
        assert higher.helped <= lower.helped
        assert higher.kept >= lower.kept
    for one in found:
        for low, high in itertools.pairwise(THRESHOLDS):
            early, late = one.first(low), one.first(high)
            assert late is None or (early is not None and early.turns >= late.turns)


@given(story_of)
def test_turns_are_counted_as_anybody_would(log: tuple[list[float | None], str, list[Any]]) -> None:
    """By hand: the messages of the first episode after the first score that is enough."""
    turns, end, _ = log
    one = told(*log).episodes()[0]
    for threshold in THRESHOLDS:
        at = next((i for i, s in enumerate(turns) if s is not None and s >= threshold), None)
        rise = one.first(threshold)
        assert (rise is None) == (at is None)
        if rise and at is not None:
            extra = end in ("helped", "unanswered")
            assert rise.turns == len(turns) - 1 - at + extra


def test_the_threshold_in_use_is_in_the_table_and_marked() -> None:
    one = measured(Story().turn(0.62).turn(0.1).person())[0]
    history = History((Episode(C, one.ended, one.until, one.rises, 0.73, one.reason),), 3, True)
    assert history.threshold == 0.73
    assert [row.threshold for row in history.table()] == sorted({*THRESHOLDS, 0.73})
    said = list(lines(history))
    assert said[0] == "1 of 3 episodes are measured, older ones were not read."
    assert [line.split()[:2] for line in said if "*" in line][1:] == [["0.73*", "0"]]
    assert list(lines(History((), 2, False))) == ["0 of 2 episodes are measured."]


async def episode(store: Store, cid: str, *scores: float) -> ConversationId:
    """A customer who says so many things, judged so, and asks for a person then."""
    log, turns, name = Log(store), Turns(store), ConversationId(cid)
    for n, score in enumerate(scores):
        await log.append_customer(name, f"{cid}-{n}-{os.urandom(4).hex()}", "…")
        turn = await turns.take()
        assert turn is not None
        await turns.commit(turn, turn.entries[-1].seq, [Reply("…")], mood=Mood(score, 0.8))
    await Desk(store).request_human(name, f"h-{os.urandom(4).hex()}", Handoff(Reason.ASKED))
    return name


async def test_the_look_back_reads_the_newest_and_says_when_it_stopped(store: Store) -> None:
    for n in range(25):
        await episode(store, f"c{n:02}", 0.6, n / 100)
    whole = await LookBack(store).over(30)
    assert (len(whole.measured), whole.read, whole.cut) == (25, 25, False)
    assert whole.threshold == 0.8
    some = await LookBack(store).over(30, most=12)
    assert (len(some.measured), some.read, some.cut) == (12, 12, True)
    newest = {ConversationId(f"c{n:02}") for n in range(13, 25)}
    assert {one.conversation for one in some.measured} == newest


async def test_the_look_back_stops_at_so_many_entries(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(9):
        await episode(store, f"c{n}", 0.6, 0.1)
    monkeypatch.setattr("handoff.history.ENTRIES", 21)  # five of each; read by four conversations
    found = await LookBack(store).over(30)
    assert (found.read, found.cut) == (8, True)


async def test_several_episodes_of_one_conversation(store: Store) -> None:
    name = await episode(store, "c", 0.6, 0.1)
    await Desk(store).claim(name, "k", AgentId("ana"), "Ana", 4)
    await Desk(store).resolve(name, "r", AgentId("ana"), "Ana", "solved")
    await episode(store, "c", 0.2)
    found = await LookBack(store).over(30)
    assert sorted(one.peak for one in found.measured) == [0.2, 0.6]
    assert (await LookBack(store).over(30, most=1)).measured[0].peak == 0.2


async def test_of_a_very_long_log_only_whole_episodes_are_read(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await episode(store, "c", 0.9, 0.1, 0.1)
    monkeypatch.setattr("handoff.history.LONGEST", 6)  # of seven entries
    assert (await LookBack(store).over(30)).read == 0
    monkeypatch.setattr("handoff.history.LONGEST", 7)
    assert (await LookBack(store).over(30)).read == 1


async def test_at_a_terminal(store: Store, redis_url: str, tmp_path: Path) -> None:
    await episode(store, "c", 0.6, 0.1)
    made = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "handoff", "regret", "--days", "7"),
        env={**os.environ, "REDIS_URL": redis_url, "VAR_FOLDER": str(tmp_path)},
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await made.communicate()
    assert made.returncode == 0
    rows = {line.split()[0]: line.split()[1:3] for line in out.decode().splitlines()[3:]}
    assert (rows["0.60"], rows["0.80*"]) == (["1", "1"], ["0", "-"])
