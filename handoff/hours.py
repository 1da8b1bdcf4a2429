"""When the team is there, in OpenStreetMap's notation: `Mo-Fr 09:00-18:00; Dec 25 off`."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

# The library's stub leaves ParserError out.
from opening_hours import OpeningHours, ParserError  # type: ignore[attr-defined]


class Hours:
    """Weekly hours with their exceptions, in one time zone."""

    def __init__(self, notation: str, zone: str) -> None:
        """Raises ValueError naming what cannot be read."""
        try:
            self._zone = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"{zone!r} is no time zone such as Europe/Amsterdam") from error
        try:
            self._hours = OpeningHours(notation, timezone=self._zone)
        except ParserError as error:
            raise ValueError(
                f"{notation!r} are no opening hours such as Mo-Fr 09:00-18:00; Dec 25 off"
            ) from error

    def open_at(self, when: datetime) -> bool:
        """Whether the team is there then. `when` knows its time zone."""
        return self._hours.is_open(when.astimezone(self._zone))

    def opens_after(self, when: datetime) -> datetime | None:
        """When the team is back, or None when it is there at `when` or will never be."""
        moment = when.astimezone(self._zone)
        if self._hours.is_open(moment):
            return None
        change: datetime | None = self._hours.next_change(moment)
        # From closed to unknown to open: only the last of these is a promise.
        while change is not None and not self._hours.is_open(change):
            change = self._hours.next_change(change)
        return change
