"""DOSM's advance release calendar (``arc.csv``): when the trade figures of a month are due. Pure.

Of all DOSM's publications only monthly external trade is read. Two of them come out each month, told apart by their
ids, as printed in DOSM's publication metadata of 2026-08-23:

- ``trade_headline_2026-07`` (20 August 2026): the headline, noon, with MITI's statement;
- ``trade_2026-06`` (28 July 2026): the full release, noon, with the workbook by partner.

The two CSV files are renewed with the **full** release: three days after the headline of July 2026 their metadata still
gave June as the newest month and 28 August as the next update. So both datasets are due at the full release. Where the
headline is listed too, ``dosm.headline`` may be asked from then on: its embargo ends there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from connectors.formats.delimited import Line, cell_locator, raw_of, read_delimited
from connectors.months import last_of_month
from connectors.release_rows import releases
from connectors.statistics.dosm.rules import added_columns, of_other_width
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected

DATASET = "dosm.calendar"
KEY = ("publication_id",)
NEEDS = ("publication_id", "release_date")
COLUMNS = (*NEEDS, "title_en", "title_bm", "publication_type", "publication_type_en", "publication_type_bm",
           "frequency", "release_series", "release_series_date", "release_series_en", "release_series_bm")
ZONE = ZoneInfo("Asia/Kuala_Lumpur")
USUAL_HOUR = time(12, 0)
"""Every external trade release seen (2022 to 2026) was at noon; used where the calendar gives a day alone."""

# The headline's files are named the other way round (trade_2026-07_headline_en.xlsx), so both orders are taken.
_FULL = re.compile(r"trade_((?:19|20|21)[0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)
_HEADLINE = re.compile(r"trade_headline_((?:19|20|21)[0-9]{2})-(0[1-9]|1[0-2])"
                       r"|trade_((?:19|20|21)[0-9]{2})-(0[1-9]|1[0-2])_headline(?:_\w+)?", re.ASCII)
_MOMENT = re.compile(r"((?:19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2})"
                     r"(?:[ T]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?))?", re.ASCII)


@dataclass(frozen=True)
class _Due:
    moment: datetime
    precision: str
    line: Line
    publication: str


def read_calendar(document: Document) -> list[Batch]:
    """One batch of ``ref.release`` rows.

    Raises SchemaDrift where no monthly external trade is listed: then the ids have changed.
    """
    url = document.fetch.url
    table = read_delimited(document.body, needs=NEEDS, dataset=DATASET, url=url)
    at_id, at_date = table.column("publication_id"), table.column("release_date")
    rejected = of_other_width(table)
    headline: dict[date, _Due] = {}
    full: dict[date, _Due] = {}
    others = other_trade = 0
    for line in table.lines:
        publication = line.cells[at_id].strip()
        is_full, is_headline = _FULL.fullmatch(publication), _HEADLINE.fullmatch(publication)
        found = is_full or is_headline
        if not found:
            other_trade += publication.startswith("trade_")
            others += not publication.startswith("trade_")
            continue
        year, month = (int(part) for part in found.groups() if part)
        period_end = last_of_month(date(year, month, 1))
        locator = cell_locator(line.number, (publication,), "release_date")
        printed = line.cells[at_date].strip()
        due = _due(line, printed, publication)
        if due is None:
            rejected.append(Rejected(locator, "release_date", f"'{printed[:40]}' is no date", raw_of(line)))
            continue
        held = (full if is_full else headline).setdefault(period_end, due)
        if held.moment != due.moment:
            rejected.append(Rejected(locator, "double", f"line {held.line.number} gives another date", raw_of(line)))
    if not full and not headline:
        raise SchemaDrift("the calendar lists no monthly external trade (trade_YYYY-MM)", dataset=DATASET, url=url)
    not_asked = {"other publications": others, "other trade publications": other_trade}
    rows = _rows(headline, full)
    frame = releases(rows)
    return [Batch(
        dataset=DATASET,
        name="external trade",
        frames=(frame,),
        scope=None,
        not_asked={reason: count for reason, count in not_asked.items() if count},
        rejected=tuple(rejected),
        columns_seen=table.header,
        checks=tuple(added_columns(table, COLUMNS)),
    )]


_Release = tuple[str, date, datetime, str, str, datetime, str]
"""Dataset, period_end, scheduled_at, precision, source, embargo_until, locator."""


def _rows(headline: dict[date, _Due], full: dict[date, _Due]) -> list[_Release]:
    rows: list[_Release] = []
    for period_end, due in sorted({**headline, **full}.items()):
        opens = min(due.moment, headline.get(period_end, due).moment)
        where = cell_locator(due.line.number, (due.publication,), "release_date")
        rows.append(("dosm.headline", period_end, due.moment, due.precision, "official", opens, where))
        if period_end in full:
            rows.append(("dosm.sitc", period_end, due.moment, due.precision, "official", due.moment, where))
    return rows


def _due(line: Line, printed: str, publication: str) -> _Due | None:
    found = _MOMENT.fullmatch(printed)
    if not found:
        return None
    try:
        day = date.fromisoformat(found[1])
        clock = time.fromisoformat(found[2]) if found[2] else time(0, 0)
    except ValueError:
        return None
    # Midnight is how a date alone comes out of a timestamp column: nothing is released then.
    precision = "minute" if clock != time(0, 0) else "day"
    local = datetime.combine(day, clock if precision == "minute" else USUAL_HOUR, ZONE)
    return _Due(local.astimezone(UTC), precision, line, publication)
