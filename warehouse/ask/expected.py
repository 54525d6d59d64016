"""What is expected of a dataset at a moment: nothing, due, or overdue. Pure: what is known goes in, words come out.

The publisher's calendar first (``ref.release``), the usual lag of the dataset where there is none (LESSONS 19). A release
is due from its hour, or from the beginning of its day where only the day is known, and overdue once its days of grace are
over. A calendar knows its publisher's holidays; for daily rates the days on which TARGET is closed, or weekends, count neither as
periods nor as grace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from warehouse.reference.periods import Period, month_end
from warehouse.reference.workdays import next_target_day, next_weekday
from warehouse.schema.travel import Dataset

Expected = Literal["none_expected", "due", "overdue"]


@dataclass(frozen=True)
class Release:
    """When one period of a dataset appears."""

    period_end: date
    at: datetime
    """The minute, or the beginning of the day at the publisher's place."""
    precision: Literal["minute", "day", "month"]
    source: Literal["official", "formula"]
    embargo_until: datetime | None = None

    def on(self, zone: ZoneInfo) -> date:
        """The day, at the publisher's place."""
        return self.at.astimezone(zone).date()

    @property
    def opens(self) -> datetime:
        """Nobody looks for it before this."""
        return max(self.at, self.embargo_until or self.at)


Calendar = Mapping[date, Release]
"""Period end → its release, as the publisher announced it."""


@dataclass(frozen=True)
class Due:
    """The next period of a dataset and where it stands."""

    expected: Expected
    release: Release | None
    """None where nothing can be said of it."""
    days_late: int = 0
    """Since the day it was to appear, once it is overdue."""
    overdue_since: date | None = None
    """The first day after its grace."""


MONTHS: Mapping[str, int] = {"month": 1, "quarter": 3, "half_year": 6, "year": 12}
"""Months of a period."""
DAYS: Mapping[str, Callable[[date], date]] = {"target_day": next_target_day, "weekday": next_weekday}
"""The day after one, where a period is a day."""
FLASH: Mapping[str, int] = {"first_ten_days": 10, "first_twenty_days": 20}
"""The last day of a period that begins with the month and ends within it."""


def following(newest: date, dataset: Dataset) -> date | None:
    """The end of the period after the one that ends on ``newest``: of a calendar month, quarter, half-year or year, a day, or the days of
    the next month.

    None where its periods follow no rule.
    """
    if dataset.periods in DAYS:
        return DAYS[dataset.periods](newest)
    if dataset.periods in FLASH:
        return (month_end(newest) + timedelta(days=1)).replace(day=FLASH[dataset.periods])
    if dataset.periods == "irregular":
        return None
    begins, length = newest + timedelta(days=1), MONTHS[dataset.periods]
    return month_end(begins.replace(month=((begins.month - 1) // length + 1) * length, day=1))


def period_that_ends(end: date, dataset: Dataset) -> Period:
    """The dataset's period that ends on a day; the day itself where its periods follow no rule."""
    if dataset.periods in FLASH:
        return Period(end.replace(day=1), end)
    length = MONTHS.get(dataset.periods)
    return Period(end.replace(month=max(1, end.month - length + 1), day=1) if length else end, end)


def usual(period_end: date, dataset: Dataset) -> Release | None:
    """When a period appears by the dataset's usual lag; None where it has none."""
    if dataset.expected_lag_days is None:
        return None
    closes, lag = period_end, dataset.expected_lag_days
    if dataset.january_with_february and closes.month == 1:
        closes = month_end(closes + timedelta(days=1))
    if closes.month % 3 == 0 and dataset.quarter_lag_days is not None:
        lag = dataset.quarter_lag_days
    hour = time.fromisoformat(dataset.release_time) if dataset.release_time else time.min
    at = datetime.combine(closes + timedelta(days=lag), hour, ZoneInfo(dataset.tz)).astimezone(UTC)
    return Release(period_end, at, "minute" if dataset.release_time else "day", "formula")


def release_of(period_end: date, dataset: Dataset, calendar: Calendar) -> Release | None:
    """When a period appears: as announced, else as usual."""
    return calendar.get(period_end) or usual(period_end, dataset)


def due(newest: date | None, now: datetime, dataset: Dataset, calendar: Calendar) -> Due:
    """Where the period after ``newest`` stands at a moment; a dataset of which nothing is held is due."""
    if newest is None:
        return Due("due", None)
    # A later period that was announced for an earlier day counts as well: where its day is over, the dataset is late.
    announced = [release for end, release in calendar.items() if end > newest]
    after = following(newest, dataset)
    coming = [release for release in (release_of(after, dataset, calendar) if after else None, *announced) if release]
    return stage(min(coming, key=lambda one: (one.at, one.period_end)), now, dataset) if coming else Due("none_expected", None)


def stage(release: Release, now: datetime, dataset: Dataset) -> Due:
    """Where a release that is not held stands at a moment."""
    if now < release.at:
        return Due("none_expected", release)
    zone = ZoneInfo(dataset.tz)
    today, on = now.astimezone(zone).date(), release.on(zone)
    graced = _graced(on, dataset)
    return Due("due", release) if today <= graced else Due("overdue", release, (today - on).days, graced + timedelta(days=1))


def _graced(on: date, dataset: Dataset) -> date:
    """The last day of grace."""
    if dataset.periods not in DAYS:
        return on + timedelta(days=dataset.grace_days)
    for _ in range(dataset.grace_days):
        on = DAYS[dataset.periods](on)
    return on
