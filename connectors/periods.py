"""Calendar months and the kind of a period, as every publisher's rows need them. Pure; time zones live elsewhere."""

from __future__ import annotations

import re
from datetime import date, timedelta


def month_of(text: str) -> tuple[date, date] | None:
    """First and last day of the month that ``YYYY-MM-01`` stands for, None for anything else."""
    if not re.fullmatch(r"(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-01", text.strip(), re.ASCII):
        return None
    first = date.fromisoformat(text.strip())
    return first, last_of_month(first)


def last_of_month(day: date) -> date:
    """The last day of the month of ``day``."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def period_kind(start: date, end: date) -> str:
    """M, Q, A, YTD or SPAN, from the two dates alone: a whole month, a calendar quarter, a year, whole months from
    January on, anything else. January is M, January to March Q, January to December A."""
    whole = start.day == 1 and end == last_of_month(end)
    if not whole or start.year != end.year:
        return "SPAN"
    months = end.month - start.month + 1
    if months == 1:
        return "M"
    if months == 3 and start.month % 3 == 1:
        return "Q"
    if months == 12:
        return "A"
    return "YTD" if start.month == 1 else "SPAN"
