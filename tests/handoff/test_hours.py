"""What is promised to somebody who comes when nobody is there."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from handoff.hours import Hours
from handoff.settings import Settings, WrongSetting

SHOP = Hours("Mo-Fr 09:00-18:00; Sa 10:00-16:00; Dec 25 off", "Europe/Amsterdam")


@pytest.mark.parametrize(
    ("now", "back"),
    [
        ("2026-11-22T13:00", "2026-11-23T08:00"),  # Sunday: Monday at nine, Amsterdam's time
        ("2026-11-23T08:00", None),  # Monday, open
        ("2026-11-23T17:30", "2026-11-24T08:00"),  # Monday evening
        ("2026-07-17T18:00", "2026-07-18T08:00"),  # Friday evening in summer: Saturday at ten
        ("2026-12-24T18:00", "2026-12-26T09:00"),  # over the holiday
    ],
)
def test_back_at(now: str, back: str | None) -> None:
    given = datetime.fromisoformat(now).replace(tzinfo=UTC)
    opens = SHOP.opens_after(given)
    assert (opens and opens.astimezone(UTC).strftime("%Y-%m-%dT%H:%M")) == back
    assert SHOP.open_at(given) == (back is None)


def test_never_is_not_promised() -> None:
    assert Hours("off", "UTC").opens_after(datetime(2026, 1, 1, tzinfo=UTC)) is None


@pytest.mark.parametrize(
    ("env", "names"),
    [
        ({"SUPPORT_HOURS": "nine to five"}, "SUPPORT_HOURS"),
        ({"TIME_ZONE": "Europe/Atlantis"}, "TIME_ZONE"),
    ],
)
def test_what_cannot_be_read_is_said_at_start(env: dict[str, str], names: str) -> None:
    with pytest.raises(WrongSetting, match=names):
        Settings.from_env(env)
