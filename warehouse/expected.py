"""What is expected of a dataset on a day: nothing, due, or overdue. Pure: dates in, words out.

The publisher's calendar first (``ref.release``), the lag of ``ref.dataset`` where there is none (LESSONS 19).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from warehouse.periods import month_end

Expected = Literal["none_expected", "due", "overdue"]


@dataclass(frozen=True)
class Due:
    """The next period of a dataset and where it stands."""

    expected: Expected
    period_end: date | None
    on: date | None
    """The day it is to appear."""
    basis: str
    """official, formula, or why nothing can be said."""


def due(newest: date | None, today: date, *, calendar: dict[date, date], lag_days: int | None, grace_days: int,
        daily: bool = False) -> Due:
    """Where the period after ``newest`` stands today.

    ``daily`` tables have a period for each day; the others one for each month. ``calendar`` maps period ends to release
    days. Between the day and the end of the grace it is due, then overdue.
    """
    if newest is None:
        return Due("due", None, None, "never loaded")
    following = newest + timedelta(days=1) if daily else month_end(newest + timedelta(days=1))
    if following in calendar:
        on, basis = calendar[following], "official"
    elif lag_days is not None:
        on, basis = following + timedelta(days=lag_days), "formula"
    else:
        return Due("none_expected", following, None, "no calendar and no usual lag")
    if today < on:
        return Due("none_expected", following, on, basis)
    return Due("due" if today <= on + timedelta(days=grace_days) else "overdue", following, on, basis)
