"""Periods as people write them: 2024, 2024-06, June 2024, Q2 2024, H1 2024, 2009-2024, 2024-01..2024-06, latest, last 12 months. Pure.

The one parser of what is typed where a period is wanted. A text is read in one way or not at all: ``June`` alone, ``2024-13``,
``last year`` are answered with what is missing in them. What is newest (``Recent``) only the lake knows: ``warehouse.ask.coverage``.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import month_name, monthrange
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from warehouse.schema.errors import NotKnown

MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MONTH = {name.casefold(): number for number, name in enumerate(month_name) if name} | {
    name.casefold(): number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_PARTS = {"q": ("quarter", 3), "h": ("half", 6), "s": ("half", 6)}
"""Parts of a year by their letter, with their months; S is SDMX's, of semester."""
_UNITS = {"month": 1, "quarter": 3, "half": 6, "year": 12}

YEARS = (1700, 2199)
"""Years that can be asked for: before them no table of trade begins, and dates are reckoned beyond a period's own."""
MOST = 1200
"""So many months at most are counted back from the newest."""
FORMS = "write 2024, 2024-06, June 2024, Q2 2024, H1 2024, 2009-2024, 2024-01..2024-06, latest or last 12 months"


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

    def each_month(self) -> list[Period]:
        """Its months, where it is made of whole ones; none of a span of days."""
        if self.start.day != 1 or self.end != month_end(self.end):
            return []
        count = (self.end.year - self.start.year) * 12 + self.end.month - self.start.month + 1
        return [_back(self.end, count - 1 - step) for step in range(count)]

    @property
    def years(self) -> int:
        """How many whole years it is; 0 where it is no span of these."""
        whole = (self.start.month, self.start.day, self.end.month, self.end.day) == (1, 1, 12, 31)
        return self.end.year - self.start.year + 1 if whole else 0


    @property
    def parts(self) -> str:
        """Of what it is made where nobody prints it as one: year, month, or empty."""
        return "year" if self.years > 1 else "month" if len(self.each_month()) > 1 else ""

    def without(self, held: Collection[Period]) -> list[Period]:
        """Its months that lie in none of these periods, each run of them as one period."""
        left: list[Period] = []
        for month in self.each_month():
            if any(one.start <= month.start and month.end <= one.end for one in held):
                continue
            if left and left[-1].end + timedelta(days=1) == month.start:
                left[-1] = Period(left[-1].start, month.end)
            else:
                left.append(month)
        return left


@dataclass(frozen=True)
class Recent:
    """The newest period that is held, or so many months, quarters, halves or years that end with the newest one."""

    count: int = 1
    unit: str = ""
    """month, quarter, half, year; empty for the newest of any length."""

    @property
    def months(self) -> int:
        """How long one is; 0 for any length."""
        return _UNITS.get(self.unit, 0)

    def ending(self, newest: Period) -> Period:
        """The period that is meant where the newest one of its unit is this."""
        if not self.months:
            return newest
        return Period(_back(newest.end, self.count * self.months - 1).start, newest.end)


def month_end(day: date) -> date:
    """Last day of a day's month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def months(year: int, first: int, last: int) -> Period:
    return Period(date(year, first, 1), month_end(date(year, last, 1)))


def _back(day: date, count: int) -> Period:
    """The month that lies so many months before a day's."""
    year, month = divmod(day.year * 12 + day.month - 1 - count, 12)
    return months(year, month + 1, month + 1)


def parse(text: str, today: date | None = None) -> Period:
    """Read a period that stands by itself; raises NotKnown with what is missing in it, the nearest, or the forms there are.

    ``today``: where nothing that is held is asked for, ``latest`` and ``last 12 months`` end with the newest that is over on this day.
    """
    found = read(text)
    if isinstance(found, Period):
        return found
    if today is None:
        raise NotKnown(f"no period {text[:60]!r} here: what is newest is known where figures are asked for; write a period with its year",
                       what="period", typed=text)
    over = _back(today, 1)
    over = _back(over.end, over.end.month % max(found.months, 1))
    return Recent(found.count, found.unit or "month").ending(over)


def read(text: str) -> Period | Recent:
    """Read a period, or one that only the lake can date (``latest``, ``last 12 months``). Raises NotKnown as ``parse`` does."""
    wrote = _plain(text)
    try:
        found = (_recent(wrote) or _single(wrote) or _span(wrote)) if len(wrote) <= 60 else None
    except ValueError:  # a year 0, the 30th of February
        found = None
    if found is None:
        raise _unknown(text, wrote)
    if isinstance(found, Period):
        if found.start > found.end:
            raise NotKnown(f"no period {text[:60]!r}: it ends before it begins", what="period", typed=text)
        if not YEARS[0] <= found.start.year <= found.end.year <= YEARS[1]:
            raise NotKnown(f"no period {text[:60]!r}: years from {YEARS[0]} to {YEARS[1]} are taken", what="period", typed=text)
    elif not 1 <= found.count * max(found.months, 1) <= MOST:
        raise NotKnown(f"no period {text[:60]!r}: from 1 to {MOST // max(found.months, 1):,} {found.unit}s are counted back",
                       what="period", typed=text)
    return found


def _plain(text: str) -> str:
    """One spelling of it: no full-width forms, digits of any script as ASCII, one kind of dash, single blanks, no case."""
    # A superscript or a figure in a circle is no digit.
    usual = "".join(char if unicodedata.category(char) in ("No", "Nl") else unicodedata.normalize("NFKC", char) for char in text)
    digits = "".join(str(unicodedata.decimal(char)) if unicodedata.category(char) == "Nd" else
                     "-" if unicodedata.category(char) == "Pd" or char == "−" else char for char in usual)
    return " ".join(digits.casefold().split())


def _recent(wrote: str) -> Recent | None:
    if match := re.fullmatch(rf"(?:the )?(?:latest|newest)(?: ({'|'.join(_UNITS)}))?", wrote):
        return Recent(1, match[1] or "")
    if match := re.fullmatch(rf"(?:the )?(?:last|latest|past) (\d{{1,9}}) ({'|'.join(_UNITS)})s?", wrote.replace("halves", "halfs")):
        return Recent(int(match[1]), match[2])
    return None


def _single(wrote: str) -> Period | None:
    """A year, a part of one, a month or a day, by any of their spellings."""
    if match := re.fullmatch(r"\d{4}", wrote):
        return months(int(wrote), 1, 12)
    if match := re.fullmatch(r"(\d{4})(?:-|-?m)(\d{1,2})", wrote):
        return _in_year(int(match[1]), int(match[2]), 1)
    if match := re.fullmatch(r"(\d{4})[- ]?([qhs])(\d)", wrote):
        return _in_year(int(match[1]), int(match[3]), _PARTS[match[2]][1])
    if match := re.fullmatch(r"(?:([qh])(\d)|(\d)([qh]))[- ,]{0,2}(\d{4})", wrote):
        return _in_year(int(match[5]), int(match[2] or match[3]), _PARTS[match[1] or match[4]][1])
    if (match := re.fullmatch(r"([a-z]+)[-., ]{1,2}(\d{4})", wrote)) and match[1] in _MONTH:
        return _in_year(int(match[2]), _MONTH[match[1]], 1)
    if (match := re.fullmatch(r"(\d{4})[- ]([a-z]+)\.?", wrote)) and match[2] in _MONTH:
        return _in_year(int(match[1]), _MONTH[match[2]], 1)
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", wrote):
        return Period(date.fromisoformat(wrote), date.fromisoformat(wrote))
    return None


def _in_year(year: int, number: int, length: int) -> Period | None:
    """The so-manieth part of a year of so many months."""
    return months(year, (number - 1) * length + 1, number * length) if 1 <= number <= 12 // length else None


def _span(wrote: str) -> Period | None:
    """From one period to another; the first one's year may stand with the second alone (Jan-Jun 2024). None where it is none or several."""
    found = set()
    bare = wrote.removeprefix("from ")
    for match in re.finditer(r" ?(?:\.{2,3}|\bto\b|\bthrough\b|-) ?", bare):
        before, after = bare[:match.start()], bare[match.end():]
        last = _single(after)
        if last is None:
            continue
        first = _single(before) or (_single(f"{before} {last.start.year}") if re.fullmatch(r"[a-z]+\.?|[qh]\d", before) else None)
        if first is not None:
            found.add(Period(first.start, last.end))
    return found.pop() if len(found) == 1 else None


def _unknown(text: str, wrote: str) -> NotKnown:
    """Why a text is no period, by the first thing that is odd in it."""
    shown = f"no period {text[:60]!r}"
    why, nearest = "", ""
    if (match := re.search(r"(?:^|\b)([qhs])(\d+)", wrote)) and not 1 <= int(match[2][:9]) <= 12 // _PARTS[match[1]][1]:
        name, length = _PARTS[match[1]]
        letter, last = match[1].upper(), 12 // length
        why = f"a year has {last} {'halves' if name == 'half' else 'quarters'}, {letter}1 to {letter}{last}"
    elif re.fullmatch(r"(?:[a-z]+\.?|[qh]\d|\d[qh])", wrote) and (wrote.rstrip(".") in _MONTH or wrote[0].isdigit() or wrote[1:].isdigit()):
        why = f"of which year? Write it too, as in {text.strip()} 2024"
    elif re.fullmatch(r"\d{4}-?m?\d{1,2}", wrote):
        why = "a year has months 01 to 12" + ("; for years write both in full, 2009-2024" if "-" in wrote else "")
    elif re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", wrote):
        why = "there is no such day; days are written 2024-06-28"
    elif re.fullmatch(r"(?:this|last|past|previous|current) (?:day|week|month|quarter|half|year)|ytd|year to date|"
                      r"today|yesterday|now", wrote):
        why = "it depends on the day of asking: write the period itself, latest (the newest held) or last 12 months"
    elif re.search(r"\bfy ?\d|\bfiscal|\bfinancial|\d{4}/\d{2,4}$", wrote):
        why = "financial years differ from country to country: write its months, 2024-04..2025-03"
    elif re.fullmatch(r"(?:[a-z]+\.?[ -]|[qh]\d ?|\d[qh] ?)?'?\d{2}", wrote):
        why = "a year has four digits"
    elif near := _nearest(wrote):
        nearest = near
    if why:
        return NotKnown(f"{shown}: {why}", what="period", typed=text)
    if nearest:
        return NotKnown(f"{shown}; nearest: {nearest}", what="period", typed=text, nearest=(nearest,))
    return NotKnown(f"{shown}: {FORMS}", what="period", typed=text)


def _nearest(wrote: str) -> str:
    """The same text with a misspelt word mended, where that makes a period."""
    from difflib import get_close_matches  # only here: a right word must not pay for a wrong one

    known = [*(name for name in _MONTH if len(name) > 3), "latest", "last", "months", "quarters", "years"]
    mended = re.sub(r"[a-z]{3,}", lambda found: found[0] if found[0] in (*_MONTH, *known) else
                    next(iter(get_close_matches(found[0], known, 1, 0.7)), found[0]), wrote)
    try:
        return re.sub(r"[a-z]+", lambda found: found[0].title() if found[0] in _MONTH else found[0], mended) if mended != wrote and (
            _recent(mended) or _single(mended) or _span(mended)) else ""
    except ValueError:
        return ""
