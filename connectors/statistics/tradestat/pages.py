"""A page of TradeStat: one commodity, all countries, a month and the months of the year to it, this year and the last. Pure.

What the page is of stands around its table: flow, commodity, unit, date, and what the values are in. A page is whole where it has its
total and its countries add up to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from connectors.formats.delimited import printed_number
from connectors.formats.grids import Grid, cell_at, place
from connectors.formats.html_tables import check_whole, grids_of, parsed
from connectors.months import last_of_month
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1)}
_HEADING = re.compile(r"(Export|Import)\s*::\s*([^<]{1,80})", re.IGNORECASE)
_COMMODITY = re.compile(r"Commodity:\s*([0-9]{2,8})\s+(.*?)\s*Unit:\s*(.{0,40}?)\s*(?:Report Dated|$)", re.DOTALL)
_DATED = re.compile(r"Report Dated:\s*([0-9]{1,2}) ([A-Za-z]{3})[a-z]* ([0-9]{4})")
_IN = re.compile(r"Values in\s+(Quantity|US ?\$ Million|(?:₹|Rs\.?|INR) ?Crore)", re.IGNORECASE)
_COLUMN = re.compile(r"([A-Z][a-z]{2})(?:-([A-Z][a-z]{2}))?[- ]?([0-9]{4})\s*(?:\(([A-Z]{1,3})\))?", re.ASCII)
_LEGEND = re.compile(r"\(([A-Z]{1,3})\)\s*(Final|Revised Final|Provisional|Quick Estimates?|Revised)", re.IGNORECASE)
_NUMBER = re.compile(r"-?[0-9]{1,3}((,[0-9]{2,3})*,[0-9]{3})?(\.[0-9]+)?|-?[0-9]+(\.[0-9]+)?", re.ASCII)
GROWTH, TOTAL = "%growth", "total"
_HEAD = ("s.no.", "country")


@dataclass(frozen=True)
class Column:
    """A column of figures: its period, the mark behind it, and where its growth stands."""

    at: int
    title: str
    start: date
    end: date
    mark: str
    growth_at: int | None


@dataclass(frozen=True)
class Cell:
    """One figure as printed."""

    label: str
    column: Column
    printed: str
    number: Decimal
    growth: Decimal | None
    locator: str
    total: bool


@dataclass(frozen=True)
class Page:
    """What a page is of."""

    flow: str
    code: str
    unit: str
    """Of a quantity; empty where the page leaves it out, as it does for headings."""
    measured: str
    """``quantity``, ``usd`` or ``inr``."""
    dated: date
    cells: tuple[Cell, ...]


def is_page(head: bytes) -> bool:
    """Whether bytes are a page of TradeStat."""
    return b"TRADESTAT" in head[:20_000].upper() and b"Ministry of Commerce" in head


def read(given: bytes | Content, **where: str) -> Page:
    """A page. Raises NotReadable for one of another question or without an answer, SchemaDrift for another layout, Incomplete."""
    content = Content.of(given)
    text = content.body.decode("utf-8", errors="replace")
    if not is_page(content.head):
        raise NotReadable("no page of TradeStat", **where)
    check_whole(text)
    page = parsed(text)
    words = " ".join(page.get_text(" ").split())
    heading = _HEADING.search(words)
    if heading is None or "commodity wise all countries" not in heading[2].casefold():
        raise NotReadable(f"a page of TradeStat that is not read: {heading[0][:80] if heading else 'it has no heading'}", **where)
    grid = next((grid for grid in grids_of(page) if grid.rows and tuple(cell.casefold() for cell in grid.rows[0][:2]) == _HEAD), None)
    commodity, dated, measured = _COMMODITY.search(words), _DATED.search(words), _IN.search(words[words.find("Report Dated"):])
    if grid is None or commodity is None or dated is None:
        raise NotReadable("the page has no answer: no table of countries, commodity or date", **where)
    if measured is None:
        raise SchemaDrift("the page does not say what its values are in", **where)
    legend = {mark: said.casefold() for mark, said in _LEGEND.findall(words)}
    said = measured[1].casefold()
    return Page(
        flow=heading[1].casefold(), code=commodity[1], unit=commodity[3].strip(" \xa0|"),
        measured="quantity" if said == "quantity" else "usd" if "million" in said else "inr",
        dated=_day(dated, where), cells=tuple(_cells(grid, legend, where)))


def read_cell(given: bytes | Content, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where these bytes have none."""
    content = Content.of(given)
    if not is_page(content.head):
        raise NotReadable("no page of TradeStat")
    return cell_at(grids_of(parsed(content.body.decode("utf-8", errors="replace"))), locator)


def _cells(grid: Grid, legend: dict[str, str], where: dict[str, str]) -> Iterator[Cell]:
    head = grid.rows[0]
    columns = list(_columns(head, legend, where))
    numbered, found = 0, False
    sums, digits = {column: Decimal(0) for column in columns}, dict.fromkeys(columns, 0)
    for at, row in enumerate(grid.rows[1:], 2):
        if len(row) != len(head):
            raise Incomplete(f"row {at} of the table has {len(row)} cells, its head {len(head)}", **where)
        label, total = " ".join(row[1].split()), " ".join(row[1].split()).casefold() == TOTAL
        if not total:
            numbered += 1
            if row[0].strip() != str(numbered):
                raise Incomplete(f"row {at} is number {row[0][:10]!r} where {numbered} is expected: rows are missing", **where)
        for column in columns:
            printed = row[column.at].strip()
            if printed in ("", "-"):
                continue
            number = printed_number(printed.replace(",", "")) if _NUMBER.fullmatch(printed) else None
            if number is None:
                raise SchemaDrift(f"{printed[:40]!r} in row {at} ({label[:40]}) is no figure", **where)
            growth = row[column.growth_at].strip() if column.growth_at is not None else ""
            growth = growth.replace(",", "") if _NUMBER.fullmatch(growth) else growth
            yield Cell(label, column, printed, number, printed_number(growth) if growth != "-" else None,
                       place(grid.number, at, label, column.at + 1, column.title), total)
            if total:
                # Each row is rounded to its last printed digit, so the sum may miss by half of it for each.
                if abs(sums[column] - number) > Decimal(numbered + 1) / 2 / 10 ** digits[column]:
                    raise Incomplete(f"the {numbered} countries add up to {sums[column]:,} in {column.title}, and the total is {printed}: "
                                     "rows are missing", **where)
            else:
                sums[column] += number
                digits[column] = max(digits[column], -int(str(number.as_tuple().exponent)))
        found = found or total
    if not found:
        raise Incomplete("the table does not end with its total: the page was cut off", **where)


def _columns(head: tuple[str, ...], legend: dict[str, str], where: dict[str, str]) -> Iterator[Column]:
    found: list[Column] = []
    for at, title in enumerate(head[2:], 2):
        if title.replace(" ", "").casefold() == GROWTH:
            if not found:
                raise SchemaDrift("a growth stands before any figure", **where)
            found[-1] = replace(found[-1], growth_at=at)
            continue
        printed = _COLUMN.fullmatch(title.strip())
        months = [_MONTHS.get(name.casefold()) for name in (printed[1], printed[2] or printed[1])] if printed else [None]
        if printed is None or None in months:
            raise SchemaDrift(f"a column is headed {title[:40]!r}, which is no period", **where)
        first, last = (month or 0 for month in months)
        if first > last:
            raise SchemaDrift(f"of {title[:40]!r} nobody can tell in which year it begins", **where)
        if printed[4] and printed[4] not in legend:
            raise SchemaDrift(f"the mark of {title[:40]!r} is not explained on the page", **where)
        year = int(printed[3])
        found.append(Column(at, title, date(year, first, 1), last_of_month(date(year, last, 1)), legend.get(printed[4] or "", ""), None))
    if not found:
        raise SchemaDrift("the table has no column of figures", **where)
    yield from found


def _day(found: re.Match[str], where: dict[str, str]) -> date:
    try:
        return date(int(found[3]), _MONTHS[found[2].casefold()], int(found[1]))
    except (KeyError, ValueError) as error:
        raise SchemaDrift(f"{found[0][:60]!r} is no day", **where) from error
