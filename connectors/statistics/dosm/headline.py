"""``trade_headline.csv``: Malaysia's trade with the world by month, since 2000. Pure: bytes in, one batch out.

One file holds three tables: ``series`` is ``abs`` (ringgit), ``growth_yoy`` or ``growth_mom`` (per cent) over the same
columns. A figure and its two printed growths become one row of ``stats.trade``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.formats.delimited import Delimited, Line, cell_locator, printed_number, raw_of, read_delimited, rounded
from connectors.formats.rows import Once, Unread, typed
from connectors.months import month_of
from connectors.statistics.dosm.rules import (
    LARGEST,
    LEAST_IN_RM,
    Identity,
    added_columns,
    asked_on,
    constants,
    identity_checks,
    newest,
    nothing_read,
    of_other_width,
    set_aside,
    to_come,
)
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

DATASET = "dosm.headline"
KEY = ("series", "date")
FLOWS: Mapping[str, tuple[str, str]] = {
    "exports": ("export", "FOB"),
    "exports_domestic": ("domestic-export", "FOB"),
    "re_exports": ("re-export", "FOB"),
    "imports": ("import", "CIF"),
    "imports_retained": ("retained-import", "CIF"),
    "total": ("total", "CIF+FOB"),
    "balance": ("balance", "FOB-CIF"),
}
"""Column → flow and valuation. Retained imports are imports less re-exports, in DOSM's own words."""
COLUMNS = (*KEY, *FLOWS)
SERIES = ("abs", "growth_yoy", "growth_mom")
DECIMALS = 0
"""The ringgit is the file's unit and its last printed digit: every one of the 1,924 figures in the file of April 2026
is whole once the noise of the floats it was written from is gone (``759875757.9999946``, ``245196680769.99997``).
Rounding, halves to even, therefore changes no figure and keeps that noise from looking like a revision."""

IDENTITIES = (
    Identity("exports + imports = total", {"exports": 1, "imports": 1, "total": -1}),
    Identity("exports - imports = balance", {"exports": 1, "imports": -1, "balance": -1}),
    Identity("exports_domestic + re_exports = exports", {"exports_domestic": 1, "re_exports": 1, "exports": -1}),
    Identity("imports_retained + re_exports = imports", {"imports_retained": 1, "re_exports": 1, "imports": -1}),
)


_LARGEST_GROWTH = 10**7
_LEAST_IN_MILLION = Decimal(10) ** 4
"""Malaysia's total trade of a month has been over RM 44,000 million since 2000."""
_Key = tuple[date, date, str]
"""First day, last day, column."""


@dataclass(frozen=True)
class _Row:
    line: Line
    period: tuple[date, date]


def read_headline(document: Document) -> list[Batch]:
    """One batch, complete for the whole dataset but for the figures of rows that had to be set aside.

    Raises SchemaDrift (another header, columns that do not add up as their names say) and Incomplete (no figures).
    """
    url = document.fetch.url
    table = read_delimited(document.body, needs=COLUMNS, dataset=DATASET, url=url)
    unread = Unread()
    for row, line in zip(of_other_width(table), table.ragged, strict=True):
        unread.add(row, **_month_of_torn(table, line))
    rows = _rows_by_series(table, unread)
    not_yet = _without_months_to_come(table, rows, asked_on(document), unread.rejected)
    levels, blank = _levels(table, rows["abs"], unread)
    if not levels:
        raise nothing_read(unread.rejected, dataset=DATASET, url=url)
    _whole_series(rows, max(start for start, _, _ in levels), url)
    _in_ringgit(levels, url)
    yoy = _growth(table, "growth_yoy", rows["growth_yoy"], levels, unread)
    mom = _growth(table, "growth_mom", rows["growth_mom"], levels, unread)
    values = {key: rounded(printed, DECIMALS) for key, (printed, _) in levels.items()}
    checks = [
        *added_columns(table, COLUMNS),
        *identity_checks(IDENTITIES, values, tolerance=Decimal(2), dataset=DATASET, url=url),
        *_whole_ringgit(levels),
    ]
    provisional = newest(2, (start for start, _, _ in levels))
    order = sorted(levels, key=lambda key: (key[0], list(FLOWS).index(key[2])))
    frame = typed("stats.trade", {
        "flow": [FLOWS[column][0] for _, _, column in order],
        "valuation": [FLOWS[column][1] for _, _, column in order],
        "period_start": [start for start, _, _ in order],
        "period_end": [end for _, end, _ in order],
        "value": [values[key] for key in order],
        "status": ["P" if start in provisional else "A" for start, _, _ in order],
        "published_yoy_pct": [yoy.get(key) for key in order],
        "published_mom_pct": [mom.get(key) for key in order],
        "locator": [cell_locator(levels[key][1].number, ("abs", key[0].isoformat()), key[2]) for key in order],
    })
    return [Batch(
        dataset=DATASET,
        name=f"{order[0][0]:%Y-%m} to {order[-1][0]:%Y-%m}",
        frames=(frame,),
        constants=constants(DATASET, unit_multiplier=1, decimals=DECIMALS),
        scope={},
        not_read=tuple(unread.not_read),
        not_asked={name: count for name, count in (("blank", blank), ("not yet", not_yet)) if count},
        rejected=tuple(unread.rejected),
        columns_seen=table.header,
        checks=(*checks, *unread.checks()),
    )]


def _month_of_torn(table: Delimited, line: Line) -> dict[str, Value]:
    """The month of a line with cells too few or too many, where series and date stand in their places; else nothing is known of it."""
    cells = dict(zip(table.header, (cell.strip() for cell in line.cells), strict=False))
    period = month_of(cells.get("date", ""))
    return {"period_start": period[0]} if period and cells.get("series") in SERIES else {}


def _rows_by_series(table: Delimited, unread: Unread) -> dict[str, dict[date, _Row]]:
    """Rows by series and month. Equal doubles are one row; doubles that differ are both set aside, since nothing on the
    page says which is meant."""
    at_series, at_date = table.column("series"), table.column("date")
    rows: dict[str, Once[date, _Row]] = {
        series: Once(lambda held, row: held if _figures(table, held.line) == _figures(table, row.line) else None) for series in SERIES}
    for line in table.lines:
        series, printed = line.cells[at_series].strip(), line.cells[at_date].strip()
        where = f"line {line.number} ({series[:40]}, {printed[:40]})"
        period = month_of(printed)
        if series not in SERIES:
            said = f"'{series[:40]}' is none of {', '.join(SERIES)}"
            unread.add(Rejected(where, "series", said, raw_of(line)), **({"period_start": period[0]} if period else {}))
        elif period is None:
            unread.add(Rejected(where, "date", f"'{printed[:40]}' is not the first of a month", raw_of(line)))
        else:
            for row, other in rows[series].take(period[0], _Row(line, period)):
                unread.add(Rejected(f"line {row.line.number} ({series}, {printed})", "double",
                                    f"line {other.line.number} gives other figures for the month", raw_of(row.line)),
                           period_start=period[0])
    return {series: once.kept for series, once in rows.items()}


def _without_months_to_come(table: Delimited, rows: dict[str, dict[date, _Row]], asked: date, rejected: list[Rejected]) -> int:
    """Take out the lines of months that are no data yet; returns how many lines of zeros there were.

    A month that begins after the day of the fetch is set aside by name. A run of months at the end whose exports, imports or
    total are zero is not out yet: the world's trade with Malaysia is never nothing, and a balance over one missing side is none.
    """
    def counted(month: date) -> bool:
        line = rows["abs"][month].line
        return not any(printed_number(line.cells[table.column(name)].strip()) == 0 for name in ("exports", "imports", "total"))

    none = to_come(rows["abs"], asked, counted)
    zeros = 0
    for series in SERIES:
        for month in [month for month in rows[series] if month in none or month > asked]:
            line = rows[series].pop(month).line
            if month > asked:
                rejected.append(set_aside(line, f"line {line.number} ({series}, {month})", month, asked))
            else:
                zeros += 1
    return zeros


def _whole_series(rows: Mapping[str, Mapping[date, object]], last: date, url: str) -> None:
    """Each of the three series reaches the last month that has amounts; in a file cut between two lines one does not.

    Raises Incomplete. A file of amounts alone, or with a single stray growth, is left to the gates, which know what it printed before.
    """
    if sum(len(rows[series]) for series in SERIES[1:]) < 2:
        return
    ends = {series: max(rows[series], default=None) for series in SERIES[1:]}
    for series, end in ends.items():
        if end is None or end < last:
            has = f"ends with {end:%Y-%m}" if end else "is missing"
            raise Incomplete(f"the series {series} {has}, the amounts end with {last:%Y-%m}: the file is cut", dataset=DATASET, url=url)


def _in_ringgit(levels: Mapping[_Key, tuple[Decimal, Line]], url: str) -> None:
    """Raise SchemaDrift where the months are as large as Malaysia's are in thousands or millions of ringgit."""
    most = max(number for number, _ in levels.values())
    if _LEAST_IN_MILLION < most < LEAST_IN_RM:
        raise SchemaDrift(f"the largest month is {most:,}: Malaysia's are over 10^9 in ringgit, so the file is in another unit",
                          dataset=DATASET, url=url)


def _figures(table: Delimited, line: Line) -> list[Decimal | str]:
    texts = (line.cells[table.column(name)].strip() for name in FLOWS)
    return [text if (number := printed_number(text)) is None else number for text in texts]


@dataclass(frozen=True)
class _Cell:
    key: _Key
    text: str
    locator: str
    line: Line

    @property
    def figure(self) -> dict[str, Value]:
        """The figure that the cell is of, by columns of the dataset."""
        start, _, column = self.key
        return {"period_start": start, "flow": FLOWS[column][0]}


def _cells(table: Delimited, series: str, rows: Mapping[date, _Row]) -> Iterator[_Cell]:
    for row in rows.values():
        for column in FLOWS:
            text = row.line.cells[table.column(column)].strip()
            locator = cell_locator(row.line.number, (series, row.period[0].isoformat()), column)
            yield _Cell((*row.period, column), text, locator, row.line)


def _levels(table: Delimited, rows: Mapping[date, _Row], unread: Unread) -> tuple[dict[_Key, tuple[Decimal, Line]], int]:
    """Amounts as printed with their lines, and how many cells were blank: domestic exports, re-exports and retained
    imports are from 2000 to 2007."""
    levels: dict[_Key, tuple[Decimal, Line]] = {}
    blank = 0
    for cell in _cells(table, "abs", rows):
        number = printed_number(cell.text)
        if not cell.text:
            blank += 1
        elif number is None or abs(number) >= LARGEST:
            said = f"'{cell.text[:40]}' is not an amount in ringgit"
            unread.add(Rejected(cell.locator, "number", said, raw_of(cell.line)), **cell.figure)
        elif number < 0 and cell.key[2] != "balance":
            unread.add(Rejected(cell.locator, "negative", "only a balance can be negative", raw_of(cell.line)), **cell.figure)
        else:
            levels[cell.key] = (number, cell.line)
    return levels, blank


def _growth(table: Delimited, series: str, rows: Mapping[date, _Row], levels: Mapping[_Key, object],
            unread: Unread) -> dict[_Key, Decimal]:
    """Printed growth of the very same month and column, in per cent."""
    growth: dict[_Key, Decimal] = {}
    for cell in _cells(table, series, rows):
        number = printed_number(cell.text)
        if not cell.text:
            continue
        if number is None or abs(number) >= _LARGEST_GROWTH:
            said = f"'{cell.text[:40]}' is not a growth in per cent"
            unread.add(Rejected(cell.locator, "number", said, raw_of(cell.line)), **cell.figure)
        elif cell.key not in levels:
            said = "no amount stands for this month and column"
            unread.add(Rejected(cell.locator, "growth without figure", said, raw_of(cell.line)), **cell.figure)
        else:
            growth[cell.key] = rounded(number, 2)
    return growth


def _whole_ringgit(levels: Mapping[_Key, tuple[Decimal, Line]]) -> list[Check]:
    """Warns when the file begins to print sen: rounding to ``DECIMALS`` would then cut real digits."""
    sen = [key for key, (printed, _) in levels.items() if abs(printed - rounded(printed, DECIMALS)) >= Decimal("0.005")]
    if not sen:
        return []
    start, _, column = min(sen)
    return [Check(check="decimals", level="warn", observed=f"{len(sen)} figures, first {column} of {start:%Y-%m}",
                  expected="whole ringgit", said="The file prints parts of a ringgit, which are rounded away.")]
