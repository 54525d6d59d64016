"""Preliminary tables (5) and (6), major exports and imports by quantity and value, as rows of ``stats.trade``. Pure.

Three real pages were seen, of (5): February and June 2026. Their header names what each pair of columns is: the month, January to it, the
same months of the year before as they stand now, and growth. Of (6), and of years before 2026, none was seen: what has another header is
refused. A commodity's code is its label; which HS codes it means stands in the coverage workbook (``coverage``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from connectors.formats.grids import MARK, Grid, place
from connectors.formats.rows import Rows
from connectors.statistics.gacc.tables import Number, is_blank, number_of
from connectors.statistics.gacc.titles import Flow, Months, Unit, is_growth, span_of, squash
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Check, Rejected, Value

LISTS: dict[Flow, str] = {"export": "GACC-MAJOR-EXPORTS", "import": "GACC-MAJOR-IMPORTS"}
"""Classifications: GACC's own lists."""
VALUATION = {"export": "FOB", "import": "CIF"}
VALUE_LIMIT = Decimal(10) ** 17
GROWTH_LIMIT = Decimal(10) ** 7
HEADER_WITHIN = 8
LEAST = 10
"""Commodities below which a whole table is no table."""
MOST_WRONG = 0.2
"""A larger share of values that their printed growth contradicts means that columns are not what the header says."""
FOOTWEAR = ("Footwear", "10,000 Pairs", Decimal(1000))
"""The English pages of 2026 print footwear in 10,000 pairs where table (17) and the coverage workbook count 100 million: 42.9 in half a
year is 4.29 billion pairs. Below the last figure the printed unit cannot be right."""
ALIASES = {"Rare-earth ore, metals and compounds": "Rare-earth ore, metals, compounds", "Agricultural products": "Agriculture products"}
"""Labels of table (17) of June 2026, and of the notes, that mean a commodity with another label in table (5)."""
_NOTE = re.compile(r"^\s*(?:notes?\b|注)", re.IGNORECASE)
_YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
_NO_UNIT = frozenset(("", "-", "—", "–", "--"))

Kind = Literal["quantity", "value"]


@dataclass(frozen=True)
class Column:
    """What one column holds: quantity or value, of which months."""

    at: int
    kind: Kind
    start: date | None
    """First day of its months; None for growth."""
    end: date
    header: str


@dataclass(frozen=True)
class Line:
    """One printed commodity."""

    table: int
    at: int
    label: str
    """As printed, in one line."""
    unit: str
    cells: tuple[str, ...]

    def place(self, column: Column | None = None) -> str:
        if column is None:
            return place(self.table, self.at + 1, self.label)
        return place(self.table, self.at + 1, self.label, column.at + 1, column.header)

    def cell(self, column: Column) -> str:
        return self.cells[column.at] if column.at < len(self.cells) else ""


def commodity(label: str) -> str:
    """A label as the code of its commodity: in one line, without the star of what overlaps others, brackets as usual ones.

    ``Mechanical and electrical products *`` and ``…products*`` are one, as are both forms of ``Motor vehicles（including …)``.
    """
    bare = re.sub(r"\s*\(", " (", squash(label.split(MARK)[0].translate(str.maketrans("（），", "(),"))).rstrip("* ").replace("\0", ""))
    return ALIASES.get(bare, bare)


def is_star(label: str) -> bool:
    """Whether a commodity takes in others of the list (``Hi-tech products*``)."""
    return squash(label.split(MARK)[0]).endswith("*")


def unit_of(printed: str) -> str:
    """A unit of quantity as printed; empty where a commodity has none."""
    bare = squash(printed)
    return "" if bare in _NO_UNIT else bare


def read(grid: Grid, months: Months, unit: Unit, flow: Flow, *, whole: bool) -> tuple[Rows, list[Check]]:
    """The rows of a table, and its checks. Raises SchemaDrift, Incomplete."""
    columns, after = _header(grid, months)
    lines = list(_lines(grid, columns, after))
    if not lines or (whole and len(lines) < LEAST):
        raise Incomplete(f"the table has {len(lines)} commodities")
    rows = Rows("stats.trade", doubled="the table has two figures for this commodity and months")
    wrong, amounts = _against_growth(lines, columns, "value"), _against_growth(lines, columns, "quantity")
    for line in lines:
        _take(rows, line, columns, unit, flow, wrong)
    checks = [Check("growth", "warn" if wrong else "info", f"{len(wrong)} of {len(lines)} values are not what their printed growth says",
                    "none", "January to the month beside the same months a year before, as printed")]
    if amounts:
        checks.append(Check("quantity_growth", "warn", f"quantities of {len(amounts)}, first {next(iter(amounts))[:60]}", "none",
                            "Quantities are not what their printed growth says."))
    for what, found in (("values", wrong), ("quantities", amounts)):
        if len(found) > MOST_WRONG * sum(1 for line in lines if what == "values" or line.unit):
            raise SchemaDrift(f"the printed growth of {len(found)} of {len(lines)} commodities contradicts their {what}, first "
                              f"{next(iter(found))!r}: the columns are not the ones their header names")
    if not len(rows) or not any(row["value"] for row in rows.kept()):
        raise Incomplete("every figure is nil: the table is not out yet")
    return rows, checks


def _header(grid: Grid, months: Months) -> tuple[list[Column], int]:
    """The columns, and the index of the first row below the header."""
    at = next((at for at, row in enumerate(grid.rows[:HEADER_WITHIN]) if row and squash(row[0]).casefold() == "commodity"
               and any(squash(cell).casefold() in ("quantity", "value") for cell in row[2:])), None)
    if at is None or at == 0:
        raise SchemaDrift("no header with commodity, quantity unit, quantity and value")
    if "unit" not in squash(grid.rows[at][1] if len(grid.rows[at]) > 1 else "").casefold():
        raise SchemaDrift("no column for the unit of quantity")
    columns = []
    for place_, (above, kind) in enumerate(zip(grid.rows[at - 1], grid.rows[at], strict=False)):
        if place_ < 2:
            continue
        told = squash(kind).casefold()
        if told not in ("quantity", "value"):
            raise SchemaDrift(f"a column is {squash(kind)[:40]!r}, neither quantity nor value")
        start, end = _span(squash(above), months)
        columns.append(Column(place_, "quantity" if told == "quantity" else "value", start, end, f"{squash(above)}, {squash(kind)}"))
    spans = [(column.kind, column.start, column.end) for column in columns]
    if len(set(spans)) != len(spans) or not any(start == date(months.year, 1, 1) for _, start, _ in spans):
        raise SchemaDrift("the columns are not the month, January to the month and the year before: "
                          + " | ".join(column.header for column in columns)[:300])
    return columns, at + 1


def _span(printed: str, months: Months) -> tuple[date | None, date]:
    """First and last day of the months that a header names; no first day for growth. Raises SchemaDrift for others than the title's."""
    if is_growth(printed):
        return None, months.end
    years = _YEAR.findall(printed)
    found = span_of(re.sub(r"total|[,，]|(?:19|20)[0-9]{2}", " ", printed.casefold()).strip())
    year = int(years[0]) if years else months.year
    if found is None or found[1] != months.last or year not in (months.year, months.year - 1) or len(years) > 1:
        raise SchemaDrift(f"a column is headed {printed[:60]!r}, which is not of {months}")
    of = Months(year, months.first, months.last)
    return of.start(found[0]), of.end


def _lines(grid: Grid, columns: Sequence[Column], after: int) -> Iterator[Line]:
    last = columns[-1].at
    for at in range(after, len(grid.rows)):
        cells = grid.rows[at]
        filled = {squash(cell) for cell in cells if not is_blank(cell)}
        label = squash(cells[0]) if cells else ""
        if not filled or len(filled) == 1 or _NOTE.match(label):
            continue  # a blank row, or a note over the whole width
        if not label or len(cells) <= last or any(not is_blank(cell) for cell in cells[last + 1:]):
            raise SchemaDrift(f"row {at + 1} has {len(cells)} cells where the header has {last + 1}: {' | '.join(cells)[:120]}")
        yield Line(grid.number, at, label, unit_of(cells[1]), cells)


def _against_growth(lines: Sequence[Line], columns: Sequence[Column], kind: Kind) -> dict[str, Line]:
    """Commodities whose values or quantities, this year's and last year's, are not what the printed growth says, beyond rounding."""
    by_start = {column.start: column for column in columns if column.kind == kind and column.start}
    years = sorted(start for start in by_start if (start.month, start.day) == (1, 1))
    growth = next((column for column in columns if column.kind == kind and column.start is None), None)
    if len(years) != 2 or growth is None:
        return {}
    found = {}
    for line in lines:
        now, before, told = (number_of(line.cell(column)) for column in (by_start[years[1]], by_start[years[0]], growth))
        if now is None or before is None or told is None or told.nil or not before.value:
            continue
        # Half a unit of the last digit of each, and of the growth.
        digit = Decimal(1).scaleb(-max(now.decimals, before.decimals)) / 2
        room = 100 * digit * (1 + now.value / before.value) / before.value + Decimal("0.051")
        if abs(100 * (now.value / before.value - 1) - told.value) > room:
            found[line.label] = line
    return found


def _take(rows: Rows, line: Line, columns: Sequence[Column], unit: Unit, flow: Flow, wrong: dict[str, Line]) -> None:
    product = commodity(line.label)
    numbers = {column: number_of(line.cell(column)) for column in columns if not is_blank(line.cell(column))}
    growth = {column.kind: number for column, number in numbers.items() if column.start is None and number is not None and not number.nil}
    month = {column.start: number for column, number in numbers.items() if column.kind == "value" and column.start and number}
    for column in columns:
        if column.kind != "value" or column.start is None or column not in numbers:
            continue
        number = numbers[column]
        whose: dict[str, Value] = {"product": product, "period_start": column.start, "period_end": column.end}
        if number is None or not 0 <= number.value * unit.multiplier < VALUE_LIMIT:
            cell = line.cell(column)
            said = f"{cell.strip()[:40]!r} is no value of trade"
            rows.unread.add(Rejected(line.place(column), "not_a_number", said, cell[:200]), **whose)
            continue
        ytd = date(column.end.year, 1, 1)
        whole = month.get(ytd)
        if column.start != ytd and whole is not None and number.value > whole.value:
            said = "a month is more than the year to it"
            rows.unread.add(Rejected(line.place(column), "identity", said, line.cell(column)[:200]), **whose)
            continue
        beside = next((other for other in columns
                       if other.kind == "quantity" and (other.start, other.end) == (column.start, column.end)), None)
        amount = numbers.get(beside) if beside else None
        if beside and beside in numbers and amount is None:
            cell = line.cell(beside)
            rows.unread.add(Rejected(line.place(beside), "not_a_number", f"{cell.strip()[:40]!r} is no quantity", cell[:200]), **whose)
            continue
        current = column.start == ytd and column.end.year == max(other.end.year for other in columns)
        rows.add(line.cell(column)[:200], flow=flow, valuation=VALUATION[flow], classification=LISTS[flow], product=product,
                 product_level=1 if is_star(line.label) else 2, period_start=column.start, period_end=column.end,
                 value=number.value * unit.multiplier, decimals=number.decimals,
                 quantity=None if amount is None or amount.nil else float(amount.value),
                 quantity_unit=line.unit or None if amount is not None and not amount.nil else None,
                 published_yoy_pct=_growth(growth.get("value")) if current else None,
                 flags=_flags(line, number, amount, growth if current else {}, wrong), locator=line.place(column))


def _growth(number: Number | None) -> Decimal | None:
    return None if number is None or abs(number.value) >= GROWTH_LIMIT else number.value


def _flags(line: Line, value: Number, amount: Number | None, growth: dict[Kind, Number], wrong: dict[str, Line]) -> str:
    label, unit, least = FOOTWEAR
    slip = amount is not None and (commodity(line.label), line.unit) == (label, unit) and 0 < amount.value < least
    told = growth.get("value")
    return ";".join([*(["printed=-"] if value.nil else []), *([f"quantity_yoy={growth['quantity'].value}"] if "quantity" in growth else []),
                     *([f"yoy={told.value}"] if told is not None and abs(told.value) >= GROWTH_LIMIT else []),
                     *(["doubtful=unit, 100 million pairs by table (17)"] if slip else []),
                     *(["doubtful=growth contradicted by values"] if growth and line.label in wrong else [])])
