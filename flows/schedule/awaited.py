"""What is expected of every dataset now: what the lake holds of it, set against its publisher's calendar.

Shared by the night (what to ask), the status (what to say), the calendar command and the release watch. The rule itself is
``warehouse.ask.expected``; what came of the last asking is ``asked``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from flows.home import clock, registry
from flows.home.house import House
from warehouse.ask import expected
from warehouse.ask.answers import rows
from warehouse.ask.expected import Calendar, Due, Release
from warehouse.lake.opening import connect
from warehouse.reference.periods import Period
from warehouse.schema.travel import Dataset

if TYPE_CHECKING:
    import duckdb

HELD = " UNION ALL ".join(
    # Of the periods that end last, the shortest: March and not January to March.
    f"SELECT dataset, max_by(period_start, (period_end, period_start)) AS first, max(period_end) AS last FROM {table} "
    "WHERE {which} GROUP BY dataset" for table in ("stats.trade", "stats.fx_rate", "stats.indicator"))
RECENT = timedelta(days=3 * 366)
"""Where a dataset has a period that ended so lately its newest is looked for there: the files of older ones are not opened."""
LOADS = "SELECT dataset, max(recorded_at) AS last_new FROM ops.load GROUP BY dataset"
BEGUN = "period_start <= CAST(first_seen_at AS DATE) + 1"
"""A period that begins after it was seen is none: a lake of older versions may have one, and nothing would be late for decades."""
EXCERPTS = "FROM ops.fetch WHERE starts_with(source_note, 'excerpt ')"
"""Documents that a person imported as a part of what was printed: no period is here because of them."""
RELEASES = "SELECT dataset, period_end, scheduled_at, precision, source, embargo_until FROM ref.release ORDER BY ALL"


Stands = Literal["past", "due", "overdue", "coming", "never loaded"]


@dataclass(frozen=True)
class Standing:
    """One dataset: what is held of it, and its announced releases."""

    dataset: Dataset
    newest: Period | None = None
    """The newest period held, None where no figure is."""
    last_new: datetime | None = None
    calendar: Calendar = field(default_factory=dict)
    excerpts: int = 0
    """Parts of documents that a person imported."""

    @property
    def awaited(self) -> bool:
        """Whether it can be late at all: a statement comes when it comes, and what is kept and not read has no period."""
        return self.dataset.account in ("reported", "mixed", "reconciled") and self.newest is not None

    def due(self, now: datetime) -> Due:
        """Where its next period stands; nothing is expected of what is not awaited."""
        if not self.awaited:
            return Due("none_expected", None)
        return expected.due(self.newest.end if self.newest else None, now, self.dataset, self.calendar)

    def stands(self, release: Release, now: datetime) -> Stands:
        """Where one release stands at a moment: never worse than the dataset itself does, so that a calendar and a status agree.

        Of what was never loaded nothing is late, and a period cannot be late before the one that is to come first.
        """
        if self.newest and release.period_end <= self.newest.end:
            return "past"
        said = expected.stage(release, now, self.dataset).expected
        if said == "none_expected":
            return "coming"
        if not self.awaited:
            return "never loaded"
        worst = self.due(now).expected
        return "coming" if worst == "none_expected" else "due" if worst == "due" else said


def standings(house: House) -> dict[str, Standing]:
    """Every dataset of the connectors by name, in their order. In an empty home nothing is held of any."""
    if house.place.current() is None:
        return {name: Standing(dataset) for name, dataset in registry.datasets().items()}
    con = connect(house.place)
    try:
        return standings_in(con)
    finally:
        con.close()


def standings_in(con: duckdb.DuckDBPyConnection) -> dict[str, Standing]:
    """The same from an open lake."""
    known = registry.datasets()
    excerpts = dict(con.execute(f"SELECT dataset, count(*) {EXCERPTS} GROUP BY dataset").fetchall())
    loaded = dict(con.execute(LOADS).fetchall())
    held = _held(con, loaded, BEGUN + (f" AND fetch_id NOT IN (SELECT fetch_id {EXCERPTS})" if excerpts else ""))
    calendars: dict[str, dict[date, Release]] = {}
    for row in rows(con, RELEASES):
        calendars.setdefault(row["dataset"], {})[row["period_end"]] = Release(
            row["period_end"], row["scheduled_at"], row["precision"], row["source"], row["embargo_until"])
    return {name: Standing(dataset, held.get(name), loaded.get(name), calendars.get(name, {}), excerpts.get(name, 0))
            for name, dataset in known.items()}


def _held(con: duckdb.DuckDBPyConnection, loaded: Iterable[str], whole: str) -> dict[str, Period]:
    """The newest period of each dataset: among recent ones, and of what has none there among all."""
    since = (clock.now() - RECENT).date()
    found = con.execute(HELD.format(which=f"{whole} AND period_end >= $since"), {"since": since}).fetchall()
    if others := sorted(set(loaded) - {name for name, _, _ in found}):
        # A parameter for each, and not a list of them: then files of other datasets are not opened either.
        names = ", ".join(f"${number}" for number in range(1, len(others) + 1))
        found += con.execute(HELD.format(which=f"{whole} AND dataset IN ({names})"), others).fetchall()
    return {name: Period(first, last) for name, first, last in found}
