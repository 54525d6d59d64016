"""Rows of ``stats.trade`` from a table by its mapping: long and wide layouts, one by one as they come. Pure.

A row that is not understood is set aside with its reason and never guessed at; what the mapping leaves out is counted.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache

from connectors.formats.delimited import rounded
from connectors.formats.rows import Cell
from connectors.statistics.mapped import mapping as mappings
from connectors.statistics.mapped.mapping import Column
from connectors.statistics.mapped.tables import Row, Table, shortened
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Rejected, Value

MOST = 3_000_000
"""Figures of a file: they are held in memory until their doubles are known."""
KEPT_DECIMALS = 3
"""Of a whole currency unit, as ``stats.trade`` has them."""
_LARGEST = Decimal(10) ** 17
_ASIDE = "a figure of it was set aside"
_HALF = "the file ends in this cell, which may be the first half of one: where the file is whole, end its last line"
_MONTHS = {name: number for number, names in enumerate((
    "jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august", "sep sept september",
    "oct october", "nov november", "dec december"), 1) for name in names.split()}
_YEAR = re.compile(r"((?:18|19|20)[0-9]{2})(?:\.0)?", re.ASCII)
_MONTH = re.compile(r"((?:18|19|20)[0-9]{2})[-/]?M?(0?[1-9]|1[0-2])(?:-01)?", re.ASCII)
_QUARTER = re.compile(r"((?:18|19|20)[0-9]{2})[- ]?Q([1-4])", re.ASCII)
_NAMED = re.compile(r"([A-Za-z]{3,9})\.?[ -]((?:18|19|20)[0-9]{2})", re.ASCII)
_TWO_YEARS = re.compile(r"(?:FY ?)?((?:18|19|20)[0-9]{2})[-/\u2013](?:20)?([0-9]{2})", re.ASCII)
_DIGITS = re.compile(r"[0-9]{1,10}", re.ASCII)


@cache
def period_of(text: str) -> tuple[date, date] | None:
    """First and last day of 2024, 2024-06, 2024M06, 202406, 2024Q2 or Jun 2024; None for what is no period."""
    if found := _YEAR.fullmatch(text):
        return date(int(found[1]), 1, 1), date(int(found[1]), 12, 31)
    if found := _QUARTER.fullmatch(text):
        year, last = int(found[1]), 3 * int(found[2])
        return date(year, last - 2, 1), date(year, last, monthrange(year, last)[1])
    year, month = 0, 0
    if found := _MONTH.fullmatch(text):
        year, month = int(found[1]), int(found[2])
    elif (found := _NAMED.fullmatch(text)) and found[1].casefold() in _MONTHS:
        year, month = int(found[2]), _MONTHS[found[1].casefold()]
    return (date(year, month, 1), date(year, month, monthrange(year, month)[1])) if month else None


def _refuse_two_years(text: str, where: str) -> None:
    """Raise SchemaDrift where a period is a year from one calendar year into the next: beside 2012-13, 2011-12 is no December."""
    if (found := _TWO_YEARS.fullmatch(text.strip())) and int(found[2]) == (int(found[1]) + 1) % 100:
        raise SchemaDrift(f"{text[:20]!r} in {where} is a year that begins in one calendar year and ends in the next: such years are not "
                          "kept, and 2010-11 beside it would be read as a month")


@dataclass(frozen=True)
class _Total:
    """What the products of one partner come to."""

    value: Decimal
    decimals: int
    cells: int
    estimated: bool
    label: str
    column: int


@dataclass
class Reader:
    """A table read by a mapping: figures as they come, what was set aside, what was left out, what was not known."""

    table: Table
    mapping: mappings.Mapping
    rejected: list[tuple[Rejected, Mapping[str, Value]]] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    """Labels of areas that nobody knows."""
    cut: bool = False
    """The last line of the text has no end."""

    def __post_init__(self) -> None:
        its = self.mapping
        self._reporter = self._place(its.reporter.column, "reporter.column")
        self._partner = self._place(its.partner.column, "partner.column")
        self._flow = self._place(its.flow.column, "flow.column")
        self._period = self._place(its.period, "period.column")
        self._product = self._place(its.product.column, "product.column")
        roles = (self._reporter, self._partner, self._flow, self._period)
        self._called = [at for at in roles if at is not None]
        self._one_period = period_of(its.period_is) if its.period_is else None
        if its.period_is and self._one_period is None:
            raise SchemaDrift(f"the mapping has period.is = {its.period_is[:40]!r}: it takes 2024, 2024-06, 2024Q2 or Jun 2024")
        self._columns: list[tuple[int, str, tuple[date, date] | None]] = []
        if its.across:
            for name in self.table.header:
                _refuse_two_years(name, "the header")
            found = ((at, period_of(name)) for at, name in enumerate(self.table.header))
            self._columns = [(at, "", span) for at, span in found if span is not None]
            if not self._columns:
                raise SchemaDrift("the mapping has period.across, and no column of the header is a period; it reads "
                                  f"{shortened(', '.join(self.table.header))}. table.header says which row it is")
        else:
            self._columns = [(self._at(column, "value.columns"), flow, None) for column, flow in its.columns.items()]
        self._totals: dict[tuple[Value, ...], _Total] = {}
        self._spoilt: dict[tuple[Value, ...], str] = {}
        """Sums that are not known, and why."""
        self._added: set[tuple[Value, ...]] = set()
        """Sums with the products that are in them."""

    def _at(self, column: Column, key: str) -> int:
        return self.table.at(column, key)

    def _place(self, column: Column | None, key: str) -> int | None:
        return None if column is None else self._at(column, key)

    def label(self, row: Row, _column: int = 0) -> str:
        """What a row is called: its cells that say whose, of what and when."""
        where = [*self._called, self._product] if self._product is not None else self._called
        return ", ".join(row.cell(at) for at in where)

    def label_of_sum(self, row: Row, _column: int = 0) -> str:
        """The same without the product."""
        return ", ".join(row.cell(at) for at in self._called)

    def summed(self, row: Row) -> bool:
        """Whether a row is one of those that are added up."""
        assert self._product is not None
        return areas.fold(row.cell(self._product)) not in self.mapping.product.skip

    def figures(self) -> Iterator[dict[str, Cell]]:
        """Every figure as a row of ``stats.trade``, those for all goods that are added up last."""
        for row in self.table.rows:
            yield from self._row(row)
        for key, total in self._totals.items():
            reporter, partner, flow, start, end, valuation = key
            assert isinstance(reporter, str) and isinstance(partner, str)
            locator = self.table.sum_place(total.cells, total.label, total.column)
            if key in self._spoilt:
                self._set_aside(locator, "sum", f"{self._spoilt[key]}, so the sum is not known", "", reporter=reporter,
                                partner=partner, flow=flow, period_end=end)
                continue
            yield self._made(reporter, partner, str(flow), start, end, str(valuation), "-", "TOTAL", 0, total.value, total.decimals,  # type: ignore[arg-type]
                             total.estimated, locator, f"derived=sum of {total.cells} {self.mapping.product.classification} figures")

    def _row(self, row: Row) -> Iterator[dict[str, Cell]]:
        its = self.mapping
        self.cut = row.open
        if row.open and its.product.summed:
            raise Incomplete(f"line {row.number}, the last, has no end: where the file is cut off its sums would lack products. Where it "
                             "is whole, end its last line")
        if row.open and len(row.cells) - 1 in {*self._called, self._product}:
            self._set_aside(self.table.place(row.number, self.label(row), len(row.cells) - 1), "cut", _HALF, row.cells[-1][:200])
            return
        if self._leaves_out(row, self._reporter, its.reporter.skip, "reporter") or self._leaves_out(
                row, self._partner, its.partner.skip, "partner") or self._leaves_out(row, self._product, its.product.skip, "product"):
            return
        if all(not row.cell(at) for at in self._called) and self._called:
            self.left_out["row without labels"] += 1
            return
        for at, flow, span in self._columns:
            cell = row.cell(at)
            if row.open and at == len(row.cells) - 1:
                self._set_aside(self.table.place(row.number, self.label(row), at), "cut", _HALF, cell[:200])
                continue
            if cell in its.missing:
                self.left_out["no figure"] += 1
                continue
            read = self._cell(row, at, cell, flow, span)
            if read is not None:
                yield read

    def _leaves_out(self, row: Row, at: int | None, skip: frozenset[str], what: str) -> bool:
        if at is None or not skip or areas.fold(row.cell(at)) not in skip:
            return False
        self.left_out[f"{what} that the mapping skips"] += 1
        return True

    def _cell(self, row: Row, at: int, cell: str, flow: str, span: tuple[date, date] | None) -> dict[str, Cell] | None:
        its, locator, raw = self.mapping, self.table.place(row.number, self.label(row), at), cell[:200]
        when = span or self._one_period or (period_of(row.cell(self._period)) if self._period is not None else None)
        if when is None:
            text = row.cell(self._period) if self._period is not None else ""
            _refuse_two_years(text, locator)
            self._set_aside(locator, "period", f"{text[:40]!r} is no period: 2024, 2024-06, 2024Q2 and Jun 2024 are", raw)
            return None
        start, end = when
        known: dict[str, Value] = {"period_end": end}
        flow = flow or its.flow.flow or its.flow.values.get(areas.fold(row.cell(self._flow or 0)), "")
        if not flow:
            self._set_aside(locator, "flow", f"{row.cell(self._flow or 0)[:60]!r} is no flow: add it to flow.values", raw, **known)
            return None
        known["flow"] = flow
        reporter = its.reporter.area or self._area(row.cell(self._reporter or 0), end)
        if not reporter:
            self._no_area(locator, row.cell(self._reporter or 0), raw, known)
            return None
        known["reporter"] = reporter
        partner = its.partner.area or self._area(row.cell(self._partner or 0), end)
        if not partner:
            self._no_area(locator, row.cell(self._partner or 0), raw, known)
            return None
        known["partner"] = partner
        estimated = bool(its.estimate) and cell.endswith(its.estimate)
        number = mappings.number(cell.removesuffix(its.estimate) if estimated else cell, its)
        valuation = its.valuation[flow]
        key = (reporter, partner, flow, start, end, valuation)
        if number is None or abs(number[0]) * its.unit * its.factor >= _LARGEST:
            self._spoilt[key] = _ASIDE
            if number is None and (marks := mappings.otherwise(cell, its)):
                raise SchemaDrift(f"{cell[:40]!r} in {locator} shows that {marks}: write the numbers with a point before the decimals, "
                                  "and say in value.thousands what parts the thousands")
            self._set_aside(locator, "value", f"{cell[:40]!r} is no number: value.thousands, value.missing or value.estimate may "
                                                     "say what it means", raw, **known)
            return None
        classification, product, level = self._goods(row)
        if not product:
            self._spoilt[key] = _ASIDE
            self._set_aside(locator, "product", f"{row.cell(self._product or 0)[:40]!r} is no code of {its.product.classification}",
                                   raw, **known)
            return None
        if its.product.summed:
            if (*key, product) in self._added:
                self._spoilt[key] = f"the product {product} stands in it twice"
            self._added.add((*key, product))
            self._add(key, number, estimated, self.label_of_sum(row), at)
        return self._made(reporter, partner, flow, start, end, valuation, classification, product, level, *number, estimated, locator, "")

    def _goods(self, row: Row) -> tuple[str, str, int]:
        """Classification, product and level; no product where the cell is no code."""
        its = self.mapping.product
        if self._product is None:
            return "-", "TOTAL", 0
        code = row.cell(self._product)
        if its.total and areas.fold(code) == its.total:
            return "-", "TOTAL", 0
        if its.digits:
            code = code.removesuffix(".0")
            if not _DIGITS.fullmatch(code) or len(code) > its.digits:
                return "", "", 0
            code = code.zfill(its.digits)
        good = 0 < len(code) <= 60 and code.isprintable() and code != "TOTAL"
        return (its.classification, code, len(code) if _DIGITS.fullmatch(code) else 1) if good else ("", "", 0)

    def _add(self, key: tuple[Value, ...], number: tuple[Decimal, int], estimated: bool, label: str, column: int) -> None:
        value, decimals = number
        held = self._totals.get(key)
        self._totals[key] = _Total(value, decimals, 1, estimated, label, column) if held is None else _Total(
            held.value + value, max(held.decimals, decimals), held.cells + 1, held.estimated or estimated, held.label, held.column)

    def _made(self, reporter: str, partner: str, flow: str, start: date, end: date, valuation: str, classification: str, product: str,
              level: int, printed: Decimal, decimals: int, estimated: bool, locator: str, derived: str) -> dict[str, Cell]:
        its = self.mapping
        one = its.unit * its.factor
        # Decimals beyond what the table keeps say nothing of how exact the stored figure is.
        kept = min(decimals, KEPT_DECIMALS + len(str(one)) - 1)
        flags = [derived, f"factor={its.factor}" if its.factor > 1 else "",
                 f"mark={_plain(its.estimate)}" if estimated else "", "processed=1" if its.processed else ""]
        return {
            "reporter": reporter, "partner": partner, "flow": flow, "classification": classification, "product": product,
            "valuation": valuation, "period_start": start, "period_end": end, "value": rounded(printed * one, KEPT_DECIMALS),
            "decimals": kept, "status": "E" if estimated else "A", "flags": ";".join(mark for mark in flags if mark),
            "partner_kind": "self" if reporter == partner else areas.kind_of(partner), "product_level": level, "locator": locator}

    def _area(self, label: str, on: date) -> str:
        return _area(self.mapping, label, on) or ""

    def _no_area(self, locator: str, label: str, raw: str, known: Mapping[str, Value]) -> None:
        self.unknown[label] += 1
        self._set_aside(locator, "area", f"no area is known as {label[:60]!r}: add it to [areas] with the area it means, or to "
                                                "partner.skip", raw, **known)

    def _set_aside(self, locator: str, rule: str, reason: str, raw: str, **whose: Value) -> None:
        self.rejected.append((Rejected(locator, rule, reason, raw), whose))


@cache
def _area_of(text: str, on: date) -> str | None:
    return areas.named(text, on)


def _area(mapping: mappings.Mapping, label: str, on: date) -> str | None:
    folded = areas.fold(label)
    return mapping.areas.get(folded) or _area_of(label, on) or mappings.coded(label)


def _plain(mark: str) -> str:
    return re.sub(r"[;=\s]+", " ", mark).strip()[:20]
