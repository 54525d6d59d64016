"""Bulletin tables (17) and (18), selected commodities by customs regime, and (5), all goods by it, as rows of ``stats.trade``. Pure.

All print a row of values and a row of growth in turn. A real page of (17) was seen (June 2026) and an excerpt of (5) (February 2026); of
(18), imports, none: it is read where its header is that of (17). Table (17) has a pair of columns for each regime and names no months but
the title's: its figures are of January to that month, since the four regimes of June 2026 add up to the half year of the preliminary
table (5) in each of its rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.formats.grids import Grid, place
from connectors.formats.rows import Rows
from connectors.statistics.gacc.commodities import GROWTH_LIMIT, LISTS, VALUATION, VALUE_LIMIT, commodity, is_star, unit_of
from connectors.statistics.gacc.tables import Number, is_blank, number_of
from connectors.statistics.gacc.titles import Flow, Months, Unit, flow_of, span_of, squash
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Check, Rejected, Value

LEAST = 10
HEADER_WITHIN = 8
WRONG = Decimal(20)
"""Thousands by which the regimes of table (5) may miss its total: half a unit of each."""
_NOTE = re.compile(r"^\s*(?:notes?\b|注)", re.IGNORECASE)
_TOTAL = re.compile(r"total|总值|合计", re.IGNORECASE)


@dataclass(frozen=True)
class Column:
    """What one column holds."""

    at: int
    kind: Literal["quantity", "value"]
    flow: Flow
    breakdown: str
    """``regime=Ordinary Trade``; ``-`` where the rows are the regimes."""
    start: date
    header: str


@dataclass(frozen=True)
class Pair:
    """The two printed rows of a label: values, and growth below them."""

    table: int
    at: int
    label: str
    unit: str
    values: tuple[str, ...]
    growth: tuple[str, ...]

    def place(self, column: Column | None = None) -> str:
        if column is None:
            return place(self.table, self.at + 1, self.label)
        return place(self.table, self.at + 1, self.label, column.at + 1, column.header)


def read(grid: Grid, months: Months, unit: Unit, flow: Flow | None, *, whole: bool) -> tuple[Rows, list[Check]]:
    """The rows of a table, and its checks. ``flow``: None for the table of all goods.

    Raises SchemaDrift where header and rows are not as known, Incomplete where there are too few.
    """
    columns, after = _selected(grid, months, flow) if flow else _all_goods(grid, months)
    pairs = list(_pairs(grid, columns, after))
    if not pairs or (whole and len(pairs) < LEAST):
        raise Incomplete(f"the table has {len(pairs)} rows with values")
    rows = Rows("stats.trade", doubled="the table has two figures for this row and regime")
    for pair in pairs:
        for column in columns:
            if column.kind == "value":
                _take(rows, pair, column, columns, months, unit, selected=flow is not None)
    if not len(rows) or not any(row["value"] for row in rows.kept()):
        raise Incomplete("every figure is nil: the table is not out yet")
    checks = [] if flow else [_adds_up(pairs, columns, whole=whole)]
    return rows, checks


def _selected(grid: Grid, months: Months, flow: Flow) -> tuple[list[Column], int]:
    """Columns of (17) and (18): quantity and value of each regime."""
    at = next((at for at, row in enumerate(grid.rows[1:HEADER_WITHIN], 1) if len(row) > 3
               and all(squash(cell).casefold() in ("quantity", "value") for cell in row[2:])
               and "unit" in squash(row[1]).casefold() and "commodit" in squash(row[0]).casefold()), None)
    if at is None:
        raise SchemaDrift("no header with commodities, quantity unit, and quantity and value of each regime")
    columns = [Column(place_, "quantity" if squash(kind).casefold() == "quantity" else "value", flow, f"regime={_regime(above)}",
                      months.start("ytd"), f"{squash(above)}, {squash(kind)}")
               for place_, (above, kind) in enumerate(zip(grid.rows[at - 1], grid.rows[at], strict=False)) if place_ > 1]
    regimes = {column.breakdown for column in columns}
    each = {(column.breakdown, column.kind) for column in columns}
    if len(each) != len(columns) or len(columns) != 2 * len(regimes) or "regime=" in regimes:
        raise SchemaDrift("the columns are not quantity and value of each regime: " + " | ".join(column.header for column in columns)[:300])
    return columns, at + 1


def _all_goods(grid: Grid, months: Months) -> tuple[list[Column], int]:
    """Columns of (5): exports and imports, of the month and of January to it."""
    for at, row in enumerate(grid.rows[1:HEADER_WITHIN], 1):
        found = []
        for place_, (above, below) in enumerate(zip(grid.rows[at - 1], row, strict=False)):
            span, flow = span_of(re.sub(r"(?<=[0-9])\s*to\s*(?=[0-9])", "-", squash(below))), flow_of(above)
            if place_ and span and flow in ("export", "import"):
                if span[1] != months.last:
                    raise SchemaDrift(f"the title is of {months}, a column ends in month {span[1]}")
                header = f"{squash(above)}, {squash(below)}"
                found.append(Column(place_, "value", flow, "-", months.start(span[0]), header))
        if found:
            if len(found) != len(row) - 1 or {column.flow for column in found} != {"export", "import"}:
                break
            return found, at + 1
    raise SchemaDrift("no header with exports and imports of the month and of January to it")


def _regime(printed: str) -> str:
    return squash(printed).replace("\0", "")[:120]


def _pairs(grid: Grid, columns: Sequence[Column], after: int) -> Iterator[Pair]:
    """Rows of values, each with the row of growth below it: under the same label where the label spans both, else without one."""
    last = columns[-1].at
    waiting: tuple[int, tuple[str, ...]] | None = None
    for at in range(after, len(grid.rows)):
        cells = grid.rows[at]
        filled = {squash(cell) for cell in cells if not is_blank(cell)}
        label = squash(cells[0]) if cells else ""
        if not filled or _NOTE.match(label) or (len(filled) == 1 and number_of(label) is None):
            continue
        if waiting is None:
            if len(cells) <= last or not label or number_of(cells[0]) is not None:
                raise SchemaDrift(f"row {at + 1} should have values and a label: {' | '.join(cells)[:120]}")
            waiting = at, cells
            continue
        first, values = waiting
        same = squash(cells[0]) == squash(values[0])
        growth = cells if same else ("",) * (len(values) - len(cells)) + cells
        if not same and (number_of(cells[0]) is None or len(cells) != len(values) - 1):
            raise SchemaDrift(f"row {at + 1} should have the growth of {squash(values[0])[:60]!r}: {' | '.join(cells)[:120]}")
        if any(number.decimals for column in columns if (number := number_of(values[column.at]))):
            raise SchemaDrift(f"row {first + 1} has decimals, which values do not: rows of values and of growth are not in turn")
        yield Pair(grid.number, first, squash(values[0]), unit_of(values[1]) if columns[0].at > 1 else "", values, growth)
        waiting = None
    if waiting is not None:
        raise Incomplete(f"the last row ({squash(waiting[1][0])[:60]}) has no growth below it: the table breaks off")


def _take(rows: Rows, pair: Pair, column: Column, columns: Sequence[Column], months: Months, unit: Unit, *, selected: bool) -> None:
    cell = pair.values[column.at]
    if is_blank(cell):
        return
    number = number_of(cell)
    product = commodity(pair.label) if selected else "TOTAL"
    breakdown = column.breakdown if selected else "-" if _total(pair) else f"regime={_regime(pair.label)}"
    whose: dict[str, Value] = {"product": product, "breakdown": breakdown, "flow": column.flow, "period_start": column.start}
    if number is None or not 0 <= number.value * unit.multiplier < VALUE_LIMIT:
        said = f"{cell.strip()[:40]!r} is no value of trade"
        rows.unread.add(Rejected(pair.place(column), "not_a_number", said, cell[:200]), **whose)
        return
    beside = next((other for other in columns if other.kind == "quantity" and other.breakdown == column.breakdown), None)
    amount = number_of(pair.values[beside.at]) if beside else None
    grown = number_of(pair.growth[column.at])
    quantity_grown = number_of(pair.growth[beside.at]) if beside else None
    rows.add(cell[:200], flow=column.flow, valuation=VALUATION[column.flow], classification=LISTS[column.flow] if selected else "-",
             product=product, product_level=0 if not selected else 1 if is_star(pair.label) else 2, breakdown=breakdown,
             period_start=column.start, period_end=months.end, value=number.value * unit.multiplier, decimals=number.decimals,
             quantity=None if amount is None or amount.nil else float(amount.value),
             quantity_unit=pair.unit or None if amount is not None and not amount.nil else None,
             published_yoy_pct=grown.value if grown and not grown.nil and abs(grown.value) < GROWTH_LIMIT else None,
             flags=_flags(number, grown, quantity_grown), locator=pair.place(column))


def _flags(value: Number, grown: Number | None, quantity_grown: Number | None) -> str:
    return ";".join([*(["printed=-"] if value.nil else []),
                     *([f"yoy={grown.value}"] if grown and abs(grown.value) >= GROWTH_LIMIT else []),
                     *([f"quantity_yoy={quantity_grown.value}"] if quantity_grown and not quantity_grown.nil else [])])


def _total(pair: Pair) -> bool:
    return _TOTAL.fullmatch(pair.label) is not None


def _adds_up(pairs: Sequence[Pair], columns: Sequence[Column], *, whole: bool) -> Check:
    """Hold the regimes of all goods against their total. Raises SchemaDrift where they do not add up to it, in a whole table."""
    totals = [pair for pair in pairs if _total(pair)]
    if whole and len(totals) != 1:
        raise SchemaDrift(f"{len(totals)} rows are the total of all regimes, and one is expected")
    off = []
    for column in columns if totals else ():
        told = number_of(totals[0].values[column.at])
        found = sum((number.value for pair in pairs if not _total(pair) and (number := number_of(pair.values[column.at]))), Decimal(0))
        if told is not None and abs(found - told.value) > WRONG:
            off.append(f"{column.header}: {found:,} is not {told.value:,}")
    if off and whole:
        raise SchemaDrift(f"the regimes do not add up to the total: {'; '.join(off)[:300]}")
    return Check("regimes", "info", "; ".join(off)[:300] or "every column adds up", "the total", "all regimes against the total as printed")
