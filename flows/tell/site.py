"""The site of a home (``warehouse.pages.site``): what it is told beside its lake, and how it is written into a folder."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from flows.home import clock
from flows.home.house import House
from flows.schedule import calendar
from flows.tell.status import overview
from warehouse.pages.site import folder
from warehouse.pages.site.whole import PAIRS, Around, Release, Site
from warehouse.reference.dates import short

if TYPE_CHECKING:
    import duckdb

BACK, AHEAD = timedelta(days=21), timedelta(days=45)
"""Days of the calendar before today and after it."""


def around(house: House, *, address: str = "", pairs: int = PAIRS, asked: Sequence[tuple[str, str]] = (), served: bool = False) -> Around:
    """What the lake does not say: the calendar, what is late, where the site will be, of which pairs pages are wanted."""
    now = clock.now()
    today = now.astimezone(ZoneInfo(house.settings.tz)).date()
    releases = tuple(Release(one.dataset, one.period, one.day, one.source, one.stands)
                     for one in calendar.listed(house, [], today - BACK, today + AHEAD, now))
    late = tuple((line.dataset, f"since {short(line.overdue_since)}") for line in overview(house).lines if line.expected == "overdue")
    return Around(today, house.settings.tz, releases, late, address, pairs, tuple(asked), served)


def write(house: House, con: duckdb.DuckDBPyConnection, to: Path, *, address: str = "", pairs: int = PAIRS,
          asked: Sequence[tuple[str, str]] = ()) -> folder.Written:
    """Make every page and write the site into a folder that is ours, new or empty. Raises UsageError, Busy, EntrepotError."""
    to = folder.refuse(to)
    site = Site(con, around(house, address=address, pairs=pairs, asked=asked))
    return folder.write(to, ((path, site.make(path)) for path in site.paths()))
