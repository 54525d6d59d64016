"""How the day of a release is written for people: the day it was at its publisher's place, in every line, footnote and page.

18 January 2025 at midnight east of Greenwich is still the 17th in UTC. The queries give that day as ``released_on`` (the publisher's
zone is ``ref.dataset.tz``); here it is written. What our own clock says is shown in the home's zone, by the command line.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_at(at: datetime, zone: str) -> date:
    """The day that a moment is in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def short(day: date | None) -> str:
    """``18 Jan 2025``, for a line of a table."""
    return f"{day:%-d %b %Y}" if day else "–"


def long(day: date | None) -> str:
    """``18 January 2025``, for a sentence."""
    return f"{day:%-d %B %Y}" if day else "a day that is not known"
