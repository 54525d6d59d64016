"""The calendar as people read it: releases that are past, due and coming, official or by the usual lag.

Which release is next and whether it is late is ``awaited``; here the announced days are listed, and where an announcement
ends, the usual lag goes on, marked as formula.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from flows.home import registry
from flows.home.house import House
from flows.home.sources import off
from flows.schedule.awaited import Standing, standings, standings_in
from warehouse.ask.expected import DAYS, Release, following, period_that_ends, release_of

if TYPE_CHECKING:
    import duckdb

Stands = Literal["past", "due", "overdue", "coming", "never loaded", "not in the sample"]


@dataclass(frozen=True)
class Listed:
    """One release of one dataset."""

    dataset: str
    period: str
    at: datetime
    day: date
    """At the publisher's place."""
    precision: str
    source: str
    embargo_until: datetime | None
    stands: Stands
    """past: held. due, overdue: its hour is over and it is not held, as ``entrepot status`` says. never loaded: nothing of the
    dataset is here, so nothing of it is late. A demo holds what its sample has."""


def listed(house: House, names: list[str], first: date, last: date, now: datetime,
           con: duckdb.DuckDBPyConnection | None = None) -> list[Listed]:
    """Releases of the named datasets (all that are on where none is named) whose day lies between two days, in order of time.

    ``con``: an open lake, such as one as it was on another day, in place of the present one.
    """
    chosen = {name for under in registry.wanted(names, off(house)).values() for name in under}
    found = [Listed(name, str(period_that_ends(release.period_end, standing.dataset)), release.at, day, release.precision, release.source,
                    release.embargo_until, _stands(release, standing, now, demo=house.demo))
             for name, standing in (standings(house) if con is None else standings_in(con)).items() if name in chosen
             for release, day in _of(name, standing, first, last)]
    return sorted(found, key=lambda one: (one.at, one.dataset, one.period))


def _of(name: str, standing: Standing, first: date, last: date) -> Iterator[tuple[Release, date]]:
    """The releases of a dataset between two days at its publisher's place."""
    zone = ZoneInfo(standing.dataset.tz)
    for release in _releases(standing, first, last):
        if first <= (day := release.on(zone)) <= last:
            yield release, day


def _stands(release: Release, standing: Standing, now: datetime, *, demo: bool) -> Stands:
    said = standing.stands(release, now)
    return "not in the sample" if demo and said not in ("past", "coming") else said


def _releases(standing: Standing, first: date, last: date) -> Iterator[Release]:
    """Announced ones, and the usual ones of periods that were not announced."""
    yield from standing.calendar.values()
    # Two years back reach every period that could be released from ``first`` on; the days of a rate, half a year.
    newest: date | None = first - (timedelta(days=180) if standing.dataset.periods in DAYS else timedelta(days=730))
    while newest and newest <= last:
        newest = following(newest, standing.dataset)
        release = release_of(newest, standing.dataset, standing.calendar) if newest and newest not in standing.calendar else None
        if release:
            yield release
