"""Periods as people write them: 2024, 2024-06, 2024Q1, 2024H1, 2024-01..2024-06. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from warehouse.schema.errors import UsageError

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


@dataclass(frozen=True)
class Period:
    """First and last day, both inclusive."""

    start: date
    end: date

    def __str__(self) -> str:
        a, b = self.start, self.end
        if a.day != 1 or b != month_end(b):
            return a.isoformat() if a == b else f"{a} to {b}"
        if (a.month, b.month) == (1, 12) and a.year == b.year:
            return str(a.year)
        if (a.year, a.month) == (b.year, b.month):
            return f"{MONTHS[a.month - 1]} {a.year}"
        if a.year == b.year:
            return f"{MONTHS[a.month - 1]}–{MONTHS[b.month - 1]} {a.year}"
        return f"{MONTHS[a.month - 1]} {a.year} – {MONTHS[b.month - 1]} {b.year}"


def month_end(day: date) -> date:
    """Last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), month_end(date(year, last, 1)))


YEARS = (1700, 2199)
"""Years that can be asked for: before them no table of trade begins, and dates are reckoned beyond a period's own."""


def parse(text: str) -> Period:
    """Read one period; raises UsageError with the forms there are."""
    try:
        found = _parsed(text.strip())
    except ValueError:  # a year 0
        found = None
    if found is None:
        raise UsageError(f"no period {text!r}: write 2024, 2024-06, 2024Q1, 2024H1 or 2024-01..2024-06")
    if not YEARS[0] <= found.start.year <= found.end.year <= YEARS[1]:
        raise UsageError(f"no period {text!r}: years from {YEARS[0]} to {YEARS[1]} are taken")
    return found


def _parsed(wrote: str) -> Period | None:
    if match := re.fullmatch(r"(\d{4})", wrote):
        return months(int(match[1]), 1, 12)
    if (match := re.fullmatch(r"(\d{4})-(\d{1,2})", wrote)) and 1 <= int(match[2]) <= 12:
        return months(int(match[1]), int(match[2]), int(match[2]))
    if match := re.fullmatch(r"(\d{4})-?Q([1-4])", wrote, re.IGNORECASE):
        return months(int(match[1]), 3 * int(match[2]) - 2, 3 * int(match[2]))
    if match := re.fullmatch(r"(\d{4})-?H([12])", wrote, re.IGNORECASE):
        return months(int(match[1]), 6 * int(match[2]) - 5, 6 * int(match[2]))
    if match := re.fullmatch(r"(\S+?)\s*(?:\.\.|–|to)\s*(\S+)", wrote):
        first, last = _parsed(match[1]), _parsed(match[2])
        return Period(first.start, last.end) if first and last and first.start <= last.end else None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", wrote):
        return Period(date.fromisoformat(wrote), date.fromisoformat(wrote))
    return None
