"""Long series of totals by month (``d41ma.csv``, CP932, thousand yen): one file the world, or an area. Pure.

The rest of the year stands in the file as zeros or dashes, and a month may stay so for hours after its release: at the end of a file these
are months to come, and no figures.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from connectors.formats.delimited import cell_at, cell_locator, printed_number, raw_of, read_delimited
from connectors.formats.rows import Rows
from connectors.months import month_of
from connectors.statistics.mofjp.publisher import LABELS, PUBLISHER, REGIONS, VALUATIONS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected

DATASET = "mofjp.series"
MULTIPLIER = 1000
MONTH = "Years/Months"
COLUMNS: Mapping[str, str] = {"Exp-Total": "export", "Imp-Total": "import"}
_ENGLISH = re.compile(r"(.{1,60}?)\s+Monthly Data\s*\(a thousand yen\)", re.ASCII)
_JAPANESE = re.compile(r"《(.{1,40})》\s*【月別】\s*[（(]単位：千円[）)]")
_LARGEST = Decimal(10) ** 14


def recognised(head: bytes) -> str | None:
    """The dataset of a series of totals. Raises NotReadable for the series of principal commodities, which begin alike."""
    start = head[:4096]
    if b"Monthly Data" not in start or MONTH.encode() not in head[:65_536]:
        return None
    if b"Exp-Total" not in start:
        raise NotReadable("a series of Japan's customs that is not read: of those by principal commodity (d51ma, d61ma) only the columns "
                          "are known, and of those by partner (d52ma, d62ma) nothing")
    return DATASET


def read(document: Document) -> Batch:
    """A file as one batch, complete for its area. Raises SchemaDrift (another unit, header or layout), Incomplete, NotReadable for an area
    of its own."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    text, area = _opened(document.body, where)
    table = read_delimited(text, needs=(MONTH, *COLUMNS), **where)
    if table.ragged:
        raise SchemaDrift(f"line {table.ragged[0].number} has {len(table.ragged[0].cells)} cells, the header {len(table.header)}", **where)
    months = []
    for line in table.lines:
        cells = {name: line.cells[table.column(name)].strip() for name in (MONTH, *COLUMNS)}
        months.append((line, cells, month_of(f"{cells[MONTH].replace('/', '-')}-01")))
    if not months:
        raise Incomplete("the file holds no month", **where)
    # Months to come stand in it too, so a whole file ends with a December.
    if (end := months[-1][2]) is not None and end[0].month != 12:
        raise Incomplete(f"the file breaks off in {months[-1][1][MONTH][:40]}: a whole one ends with a December", **where)
    given = [at for at, (_, cells, _) in enumerate(months) if any(cells[column] not in ("0", "-", "") for column in COLUMNS)]
    last = max(given, default=-1)
    rows = Rows("stats.trade")
    for line, cells, month in months[:last + 1]:
        place = cell_locator(line.number, (cells[MONTH],), "{}")
        if month is None:
            rows.unread.add(Rejected(f"line {line.number}", "period", f"{cells[MONTH][:40]!r} is no month", raw_of(line)))
            continue
        for column, flow in COLUMNS.items():
            number = printed_number(cells[column])
            if number is None or not 0 < number < _LARGEST or number != number.to_integral_value():
                rows.unread.add(Rejected(place.format(column), "value", f"{cells[column][:40]!r} is no month's trade in thousand yen",
                                         raw_of(line)), partner=area, flow=flow, period_start=month[0])
                continue
            rows.add(cells[column], flow=flow, valuation=VALUATIONS[flow], period_start=month[0], period_end=month[1],
                     value=number * MULTIPLIER, locator=place.format(column))
    if not len(rows):
        raise SchemaDrift("not one month could be read" if rows.unread.rejected else "the file holds months to come alone", **where)
    frame = rows.frame("period_start", "flow")
    return Batch(
        dataset=DATASET, name=f"{area} {frame['period_start'][0]:%Y-%m} to {frame['period_start'][-1]:%Y-%m}", frames=(frame,),
        constants={"dataset": DATASET, "reporter": PUBLISHER.area, "partner": area, "partner_kind": areas.kind_of(area),
                   "currency": PUBLISHER.currency, "unit_multiplier": MULTIPLIER, "decimals": 0},
        scope={"partner": (area,)}, not_read=tuple(rows.unread.not_read), rejected=tuple(rows.unread.rejected),
        not_asked={"not yet": len(COLUMNS) * (len(months) - last - 1)} if last + 1 < len(months) else {}, columns_seen=table.header,
        checks=tuple(rows.unread.checks()))


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    text, _ = _opened(document.body, {"dataset": document.dataset, "url": document.fetch.url})
    return cell_at(text, locator, (MONTH,)).strip()


def _opened(body: bytes, where: Mapping[str, str]) -> tuple[bytes, str]:
    """The table as UTF-8 with its two lines of title left blank, so that lines keep their numbers, and the area that the title names."""
    try:
        text = body.decode("cp932")
    except UnicodeDecodeError as error:
        raise SchemaDrift(f"the file is not CP932 text (byte {error.start})", **where) from error
    lines = text.splitlines(keepends=True)
    if len(lines) < 4:
        raise Incomplete("the file has no line below its title", **where)
    japanese, english = (lines[at].strip().rstrip(",").strip() for at in (0, 1))
    ours, theirs = _JAPANESE.fullmatch(japanese), _ENGLISH.fullmatch(english)
    if not (ours and theirs):
        raise SchemaDrift(f"the title is {japanese[:80]!r}, {english[:80]!r}: no table of months in thousand yen", **where)
    meant = {LABELS.area_of(told[1].strip(), date.max) for told in (ours, theirs)}
    area = meant.pop() if len(meant) == 1 else None
    if area is None:
        label = f"{theirs[1]} ({ours[1]})"
        grouped = theirs[1].strip().upper() in REGIONS
        own = "a group of countries of its own, which is not read" if grouped else "no area here; add it to areas.csv"
        raise NotReadable(f"the series of {label[:80]!r}: {own}", **where)
    return ("\n\n" + "".join(lines[2:])).encode(), area
