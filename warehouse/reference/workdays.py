"""Days on which rates are published: those on which the euro area's payment system TARGET runs, and plain weekdays. Pure.

TARGET is closed on Saturdays and Sundays, New Year's Day, Good Friday, Easter Monday, 1 May, 25 and 26 December: the system's long-term
calendar, unchanged since 2002; its announcement is named in docs/publishers/, with the rates.
"""

from __future__ import annotations

from datetime import date, timedelta


def easter(year: int) -> date:
    """Easter Sunday by the anonymous Gregorian computation (Meeus, Astronomical Algorithms, chapter 8)."""
    a, (b, c) = year % 19, divmod(year, 100)
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    moon = (32 + 2 * e + 2 * i - h - k) % 7
    m = (a + 11 * h + 22 * moon) // 451
    month, day = divmod(h + moon - 7 * m + 114, 31)
    return date(year, month, day + 1)


def is_target_day(day: date) -> bool:
    """Whether TARGET runs on a day."""
    if day.weekday() >= 5 or (day.month, day.day) in ((1, 1), (5, 1), (12, 25), (12, 26)):
        return False
    return (day - easter(day.year)).days not in (-2, 1)


def next_target_day(day: date) -> date:
    """The first such day after ``day``."""
    day += timedelta(days=1)
    while not is_target_day(day):
        day += timedelta(days=1)
    return day


def next_weekday(day: date) -> date:
    """The first Monday to Friday after ``day``."""
    return day + timedelta(days=max(1, 7 - day.weekday()) if day.weekday() >= 4 else 1)
