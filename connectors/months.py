"""Calendar months, as publishers' rows need them. Pure. The kind of a period is the pipeline's (warehouse.load.staging)."""

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
