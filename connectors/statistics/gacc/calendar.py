"""GACC's yearly announcement of release days, from a reviewed file: when a month's table is due. Pure.

The announcement (公布时间表) is Chinese only, stands behind the wall of www.customs.gov.cn and appears between December and
March for the year it is for, so people copy it into ``gacc_calendar.csv``, each day with the announcement it stands in.
A month that no line names is left to the usual lag (``Dataset.expected_lag_days``). January's and February's figures are
released together in March. No hour is announced: the day alone is known.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from pathlib import Path

from connectors.formats.delimited import Delimited, Line, cell_at, cell_locator, header_of, read_delimited
from connectors.months import last_of_month
from connectors.release_rows import Release, releases
from connectors.statistics.gacc.pages import SHANGHAI
from connectors.statistics.gacc.titles import BULLETIN, PRELIM
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Batch, Document

DATASET = "gacc.calendar"
FILE = Path(__file__).with_name("gacc_calendar.csv")
COLUMNS = ("dataset", "period_end", "released_on", "source")
KEY = ("dataset", "period_end")



def read_calendar(document: Document) -> Batch:
    """One batch of ``ref.release`` rows. Raises SchemaDrift naming the first line that breaks a rule, Incomplete."""
    url = document.fetch.url
    table = read_delimited(document.body, needs=COLUMNS, dataset=DATASET, url=url)
    if table.ragged:
        raise SchemaDrift(f"line {table.ragged[0].number}: not {len(table.header)} cells", dataset=DATASET, url=url)
    rows: list[Release] = []
    seen: set[tuple[str, date]] = set()
    for line in table.lines:
        try:
            row = _row(table, line)
            if row[:2] in seen:
                raise ValueError("this month was given before")
        except ValueError as error:
            raise SchemaDrift(f"line {line.number}: {error}", dataset=DATASET, url=url) from error
        seen.add(row[:2])
        rows.append(row)
    if not rows:
        raise Incomplete("the file holds no release", dataset=DATASET, url=url)
    return Batch(dataset=DATASET, name="releases", frames=(releases(rows),), scope=None,
                 columns_seen=table.header)


def is_calendar(body: bytes) -> bool:
    """By the header."""
    return set(header_of(body)) >= set(COLUMNS)


def read_cell(body: bytes, locator: str) -> str:
    """The day of a locator as written. Raises NotReadable where these bytes have no such cell."""
    return cell_at(body, locator, KEY)


def _row(table: Delimited, line: Line) -> Release:
    cell = {name: line.cells[table.column(name)].strip() for name in COLUMNS}
    if cell["dataset"] not in (PRELIM, BULLETIN):
        raise ValueError(f"{cell['dataset'][:60]!r} is neither {PRELIM} nor {BULLETIN}")
    end, on = date.fromisoformat(cell["period_end"]), date.fromisoformat(cell["released_on"])
    if end != last_of_month(end):
        raise ValueError(f"{end} is not the end of a month")
    if not 0 < (on - end).days < 60:
        raise ValueError(f"{on} is no day for the release of {end:%Y-%m}")
    if not cell["source"]:
        raise ValueError("a day without the announcement it stands in")
    at = datetime.combine(on, time.min, SHANGHAI).astimezone(UTC)
    where = cell_locator(line.number, (cell["dataset"], cell["period_end"]), "released_on")
    return cell["dataset"], end, at, "day", "official", None, where
