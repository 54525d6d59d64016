"""How the day of a release is written for people: the day it was at its publisher's place, in every line, footnote and page.

18 January 2025 at midnight east of Greenwich is still the 17th in UTC. The queries give that day as ``released_on`` (the publisher's
zone is ``ref.dataset.tz``); here it is written. What our own clock says is shown in the home's zone, by the command line.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo


def day_at(at: datetime, zone: str) -> date:
    """The day that a moment is in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def short(day: date | None) -> str:
    """``18 Jan 2025``, for a line of a table."""
    return f"{day:%-d %b %Y}" if day else "–"


def spelt(text: str) -> str:
    """A text whose days are written as ``short`` writes them: ``1 Oct 2026 to 20 Oct 2026`` for ``2026-10-01 to 2026-10-20``."""
    return re.sub(r"\b\d{4}-\d{2}-\d{2}\b", lambda found: short(date.fromisoformat(found[0])), text)


def long(day: date | None) -> str:
    """``18 January 2025``, for a sentence."""
    return f"{day:%-d %B %Y}" if day else "a day that is not known"
