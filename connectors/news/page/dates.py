"""Times as publishers write them, read strictly: a form that is not known, or that can mean two things, is not read.

Pure: the same text gives the same time on any day. feedparser's own dates are not used, since they depend on today
("2016/6/29 15:07" became 2016-11-01) and take "… MYT" for UTC (tried with feedparser 6.0.14).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Literal
from zoneinfo import ZoneInfo

Precision = Literal["minute", "day", "month", "year", "none"]
FINENESS: dict[Precision, int] = {"none": 0, "year": 1, "month": 2, "day": 3, "minute": 4}


@dataclass(frozen=True)
class Published:
    """When something was published, how finely that is known, and the zone that had to be assumed."""

    at: datetime | None
    """In UTC. A day, month or year is its first moment in the publisher's zone."""
    precision: Precision
    tz_assumed: str = ""

    def within(self, other: Published, zone: ZoneInfo) -> bool:
        """Whether this may be another's moment, told more finely: the same minute, day, month or year in ``zone``."""
        if self.at is None or other.at is None:
            return False
        kept = {"minute": 5, "day": 3, "month": 2, "year": 1, "none": 0}[other.precision]
        return self.at.astimezone(zone).timetuple()[:kept] == other.at.astimezone(zone).timetuple()[:kept]


UNDATED = Published(None, "none")

_MONTHS = {name: number for number, names in enumerate(
    ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
     "sep sept september", "oct october", "nov november", "dec december"), start=1) for name in names.split()}

_ZONES = {"z": 0, "ut": 0, "utc": 0, "gmt": 0, "ict": 7, "wib": 7, "myt": 8, "sgt": 8, "hkt": 8, "pht": 8, "jst": 9,
          "kst": 9}
"""Names with one meaning among our sources. Left out on purpose: CST (China, or Chicago by RFC 822), IST, EST, MST."""

_CLOCK = r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d+)?)?(?:\s?(?P<half>[ap])\.?m\.?)?"
_ZONE = r"(?:\s?(?P<zone>[+-]\d{2}:?\d{2}|(?:gmt|utc)[+-]\d{1,2}|[a-z]{1,5}))?"
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s?)?"

_FORMS = tuple(re.compile(form, re.ASCII | re.IGNORECASE) for form in (
    # 2026-05-05T10:00:00+08:00 · 2026-05-05 10:00 · 2026-05-05 · 2026-05 · 2026
    rf"(?P<year>\d{{4}})(?:-(?P<month>\d{{2}})(?:-(?P<day>\d{{2}})(?:[t ]{_CLOCK}{_ZONE})?)?)?",
    # 2016/6/29 15:07 · 2026年5月5日 15:43 (no slash form with the year last: 05/03/2019 is two days)
    rf"(?P<year>\d{{4}})/(?P<month>\d{{1,2}})/(?P<day>\d{{1,2}})(?: {_CLOCK}{_ZONE})?",
    rf"(?P<year>\d{{4}})年(?P<month>\d{{1,2}})月(?P<day>\d{{1,2}})日(?: ?{_CLOCK}{_ZONE})?",
    # Tue, 05 May 2026 10:00:00 +0800 · 5 Sept 2026
    rf"{_WEEKDAY}(?P<day>\d{{1,2}}) (?P<word>[a-z]{{3,9}})\.?,? (?P<year>\d{{4}})(?:,? {_CLOCK}{_ZONE})?",
    # Mar 28, 2026 10:00 PM · Sept 29, 2026
    rf"{_WEEKDAY}(?P<word>[a-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})(?:,? {_CLOCK}{_ZONE})?",
    # 15:43, April 14, 2025 (People's Daily)
    rf"{_CLOCK},? (?P<word>[a-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}})",
))


_NUMERIC = {order: re.compile(rf"{_WEEKDAY}(?P<{first}>\d{{1,2}})[-/.](?P<{second}>\d{{1,2}})[-/.](?P<year>\d{{4}})"
                              rf"(?:,? (?:- )?{_CLOCK}{_ZONE})?", re.ASCII | re.IGNORECASE)
            for order, first, second in (("dmy", "day", "month"), ("mdy", "month", "day"))}


def read_published(text: str, zone: ZoneInfo, numeric: Literal["", "dmy", "mdy"] = "") -> Published | None:
    """A written time in UTC with its precision, ``zone`` assumed where it names none; None where it is not certain.

    A zone that is named but has two meanings (``CST``), a date without a year and, unless ``numeric`` tells how the site writes
    them, a day-first or month-first number (``05-05-2026``) are not certain.
    """
    plain = " ".join(text.split())
    if len(plain) > 64:
        return None
    for form in (*_FORMS, *([_NUMERIC[numeric]] if numeric else ())):
        if match := form.fullmatch(plain):
            return _published(match.groupdict(), zone)
    return None


EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""Before it no page was published on the web."""
LATEST = datetime(2100, 1, 1, tzinfo=UTC)


def believed(found: Published | None) -> Published:
    """A time that a page or a feed may have been published at; an undated one for any other (the year 1, 9999)."""
    return found if found is not None and found.at is not None and EARLIEST < found.at < LATEST else UNDATED


_MONTH_NAMES = "|".join(sorted(_MONTHS, key=len, reverse=True))
_DATELINE = re.compile(
    rf"^[^\n]{{2,80}}?\b(?P<word>{_MONTH_NAMES})\.? (?P<day>\d{{1,2}})(?:,? (?P<year>\d{{4}}))?"
    r"\s*[(（][A-Z][^)\n]{1,30}[)）]\s*[-–—]", re.MULTILINE | re.IGNORECASE)
_DATELINE_CHINESE = re.compile(r"^[^\n]{0,30}?(?P<month>\d{1,2})月(?P<day>\d{1,2})日电", re.MULTILINE)
_CLOCK_LINE = re.compile(
    rf"^(?:\([A-Z][\w' ]{{2,30}}\) )?(?P<written>\d{{1,2}}:\d{{2}}, (?:{_MONTH_NAMES})\.? \d{{1,2}}, \d{{4}})$",
    re.MULTILINE | re.IGNORECASE)


def dateline(text: str, zone: ZoneInfo, fetched_at: datetime | None) -> Published | None:
    """The day of a dateline in a text's first lines, or None: ``KUALA LUMPUR, Sept 29 (Bernama) --``, ``新华社北京4月24日电``,
    ``(Xinhua) 15:43, April 14, 2025``.

    One without a year means the last such day before the page was fetched; None where that is not known (a page that a person had).
    """
    head = text[:600]
    if clocked := _CLOCK_LINE.search(head):
        return read_published(clocked["written"], zone)
    found = _DATELINE.search(head) or _DATELINE_CHINESE.search(head)
    if not found:
        return None
    part = found.groupdict()
    month = _MONTHS[part["word"].lower()] if part.get("word") else int(part["month"])
    latest = fetched_at.astimezone(zone).date() + timedelta(days=1) if fetched_at else None
    years = [int(part["year"])] if part.get("year") else [latest.year, latest.year - 1] if latest else []
    for year in years:
        try:
            day = date(year, month, int(part["day"]))
        except ValueError:  # the 29th of February of another year, the 31st of June
            continue
        if part.get("year") or latest is None or day <= latest:
            return read_published(day.isoformat(), zone)
    return None


def _published(part: dict[str, str | None], zone: ZoneInfo) -> Published | None:
    month = _MONTHS.get(word.lower()) if (word := part.get("word")) else int(part.get("month") or 1)
    offset = _offset(part.get("zone"))
    hour = _hour(part.get("hour"), part.get("half"))
    if month is None or offset is False or hour is None:
        return None
    minute, second = int(part.get("minute") or 0), int(part.get("second") or 0)
    # Midnight without a zone is how a date alone comes out of a timestamp column: it is a day, not a time.
    timed = part.get("hour") and (offset or hour or minute or second)
    precision: Precision = "minute" if timed else "day" if part.get("day") else "month" if part.get("month") else "year"
    try:
        local = datetime(int(part["year"] or 0), month, int(part.get("day") or 1), hour, minute, second,
                         tzinfo=offset or zone)
        return Published(local.astimezone(UTC), precision, "" if offset else zone.key)
    except (ValueError, OverflowError):  # 31 February, 25:00, a year before the first
        return None


def _hour(hour: str | None, half: str | None) -> int | None:
    """Hour of the day, None where a clock of twelve hours is given more than twelve."""
    number = int(hour or 0)
    if not half:
        return number
    return number % 12 + (12 if half.lower() == "p" else 0) if 1 <= number <= 12 else None


def _offset(zone: str | None) -> timezone | Literal[False] | None:
    """The zone that is named; None where none is, False where its name is not certain."""
    if not zone:
        return None
    name = zone.lower()
    if name in _ZONES:
        return timezone(timedelta(hours=_ZONES[name]))
    signed = re.fullmatch(r"(?:gmt|utc)?([+-])(\d{1,2}):?(\d{2})?", name)
    if not signed:
        return False
    sign, hours, minutes = signed.groups()
    away = timedelta(hours=int(hours), minutes=int(minutes or 0))
    return timezone(-away if sign == "-" else away) if away <= timedelta(hours=14) else False
