"""Eurostat's release days of Comext, from a reviewed file: when a month is out, and with it what was rewritten before it. Pure.

Each release brings one new month and rewrites earlier ones; only the newest state is kept at the addresses. So what is held is asked
again once after each release, and not in between. A month that the file does not name is taken to come 46 days after its end.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.formats.delimited import Delimited, Line, cell_at, cell_locator, header_of, read_delimited
from connectors.months import last_of_month
from connectors.release_rows import Release, releases
from connectors.statistics.eurostat.publisher import PUBLISHER
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Batch, Document

DATASET = "eurostat.calendar"
FILE = Path(__file__).with_name("comext_calendar.csv")
COLUMNS = ("period_end", "released_on", "source")
KEY = ("period_end",)
DATASETS = ("eurostat.comext", "eurostat.ds-045409")
"""What a release brings."""
ZONE = ZoneInfo(PUBLISHER.tz)
HOUR = time(11, 0)
LAG = timedelta(days=46)


def read_calendar(document: Document) -> Batch:
    """One batch of ``ref.release`` rows. Raises SchemaDrift naming the first line that breaks a rule, Incomplete."""
    url = document.fetch.url
    table = read_delimited(document.body, needs=COLUMNS, dataset=DATASET, url=url)
    if table.ragged:
        raise SchemaDrift(f"line {table.ragged[0].number}: not {len(table.header)} cells", dataset=DATASET, url=url)
    rows: list[Release] = []
    seen: set[date] = set()
    for line in table.lines:
        try:
            end, at, where = _row(table, line)
            if end in seen:
                raise ValueError("this month was given before")
        except ValueError as error:
            raise SchemaDrift(f"line {line.number}: {error}", dataset=DATASET, url=url) from error
        seen.add(end)
        rows += [(dataset, end, at, "minute", "official", None, where) for dataset in DATASETS]
    if not rows:
        raise Incomplete("the file holds no release", dataset=DATASET, url=url)
    return Batch(dataset=DATASET, name="releases", frames=(releases(rows),), scope=None, columns_seen=table.header)


def is_calendar(body: bytes) -> bool:
    """By the header."""
    return header_of(body) == COLUMNS


def read_cell(body: bytes, locator: str) -> str:
    """The day of a locator as written. Raises NotReadable where these bytes have no such cell."""
    return cell_at(body, locator, KEY)


def _row(table: Delimited, line: Line) -> tuple[date, datetime, str]:
    cell = {name: line.cells[table.column(name)].strip() for name in COLUMNS}
    end, on = date.fromisoformat(cell["period_end"]), date.fromisoformat(cell["released_on"])
    if not 1988 <= end.year < 2200 or end != last_of_month(end):
        raise ValueError(f"{end} is not the end of a month")
    if not 0 < (on - end).days < 100:
        raise ValueError(f"{on} is no day for the release of {end:%Y-%m}")
    if not cell["source"]:
        raise ValueError("a day without its source")
    return end, _moment(on), cell_locator(line.number, (cell["period_end"],), "released_on")


def released(end: date) -> datetime:
    """When the month that ends on a day is, or was, first out: as announced, else as usual."""
    return _announced().get(end) or _moment(end + LAG)


def newest(now: datetime) -> date:
    """The last day of the newest month that is out at a moment."""
    end = last_of_month(now.astimezone(ZONE).date())
    while released(end) > now:
        end = before(end)
    return end


def before(end: date) -> date:
    """The last day of the month before."""
    return end.replace(day=1) - timedelta(days=1)


@cache
def _announced() -> dict[date, datetime]:
    table = read_delimited(FILE.read_bytes(), needs=COLUMNS)
    return {end: at for end, at, _ in (_row(table, line) for line in table.lines)}


def _moment(on: date) -> datetime:
    return datetime.combine(on, HOUR, ZONE).astimezone(UTC)
