"""Files of e-Stat: trade by statistical code (nine digits, the first six of them HS), of the world or by country, months side by side,
in thousand yen. Pure.

Months that are still to come stand as zeros: every month after the last one in which any line has a value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from connectors.formats.delimited import Line, Streamed, cell_at, cell_locator, header_of, raw_of
from connectors.formats.rows import Unread, typed
from connectors.months import last_of_month
from connectors.statistics.mofjp.publisher import LABELS, PUBLISHER, VALUATIONS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected

WORLD, COUNTRY = "mofjp.hs", "mofjp.hs.country"
MULTIPLIER = 1000
FLOWS = {"1": "export", "2": "import"}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
KEY = ("Exp or Imp", "Year", "HS", "Unit1", "Unit2")
AT_ONCE = 100_000
"""Rows of a frame."""
_CODE = re.compile(r"'?([0-9]{9})'?", re.ASCII)
_WHOLE = re.compile(r"[0-9]{1,16}", re.ASCII)


def recognised(head: bytes) -> str | None:
    """By the header. Raises NotReadable for a file by custom house, which has the same columns and one more."""
    header = header_of(head)
    if not {*KEY, "Value-Year"} <= set(header):
        return None
    others = [name for name in header if name not in (*KEY, "Country") and not re.fullmatch(r"(Quantity[12]|Value)-[A-Z][a-z]{2,3}", name)]
    if others:
        raise NotReadable(f"a file of Japan's trade by {others[0][:40]!r}, which is not read: take that by commodity, or by "
                          "commodity and country")
    return COUNTRY if "Country" in header else WORLD


def read(document: Document, *, complete: bool) -> Iterator[Batch]:
    """One batch. ``complete``: the file is all of its flow and months. Raises SchemaDrift, Incomplete."""
    reading = _Reading(document)
    frames = list(reading.frames())
    yield reading.batch(frames, complete=complete)


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    return cell_at(document.content, locator, _named(document.dataset)).strip()


def _named(dataset: str) -> tuple[str, ...]:
    return ("HS", "Country") if dataset == COUNTRY else ("HS",)


class _Figure(NamedTuple):
    flow: str
    partner: str
    product: str
    month: int
    value: Decimal
    quantity: float | None
    unit: str | None
    kilograms: float | None
    flags: str
    locator: str


class _Reading:
    def __init__(self, document: Document) -> None:
        self._document, self._dataset = document, document.dataset
        self._where = {"dataset": document.dataset, "url": document.fetch.url}
        self._needs = (*KEY, *(("Country",) if self._dataset == COUNTRY else ()), "Value-Year", "Value-Jan")
        self.unread = Unread()
        self.columns: tuple[str, ...] = ()
        self.year, self.last = self._looked_through()
        self.flows: set[str] = set()
        self.not_yet = self.count = self._off = 0
        self._taken: set[tuple[str, str, str]] = set()

    def _lines(self) -> Iterator[tuple[Line, Mapping[str, str]]]:
        table = Streamed(self._document.content, needs=self._needs, dataset=self._dataset, url=self._document.fetch.url)
        self.columns = table.header
        if ("Country" in table.header) != (self._dataset == COUNTRY):
            raise SchemaDrift("the file has a column Country, or lacks it: it is the other table", **self._where)
        if {f"{what}-{month}" for what in ("Quantity1", "Quantity2", "Value") for month in (*MONTHS, "Year")} - set(table.header):
            raise SchemaDrift(f"the header has not quantities and values of twelve months and the year: {', '.join(table.header)[:200]}",
                              **self._where)
        for line in table.whole():
            yield line, dict(zip(table.header, line.cells, strict=True))

    def _looked_through(self) -> tuple[int, int]:
        """The year, and the last month in which any line has a value."""
        years, last, number = set(), 0, 0
        for number, (_, cells) in enumerate(self._lines(), 1):  # noqa: B007  # the last one counts them
            years.add(cells["Year"].strip())
            # Only later months can move it on.
            last = max((at for at in range(last + 1, 13) if cells[f"Value-{MONTHS[at - 1]}"].strip() not in ("0", "")), default=last)
        if not number or not last:
            raise Incomplete("the file holds no figure", **self._where)
        if len(years) != 1 or not re.fullmatch(r"(19|20)[0-9]{2}", year := years.pop(), re.ASCII):
            raise SchemaDrift(f"the file has not one year: {', '.join(sorted(map(str, years)))[:60] or 'none'}", **self._where)
        return int(year), last

    def frames(self) -> Iterator[Any]:
        waiting: list[_Figure] = []
        for line, cells in self._lines():
            waiting += self._figures(line, cells)
            if len(waiting) >= AT_ONCE:
                yield self._frame(waiting)
                waiting = []
        if waiting:
            yield self._frame(waiting)

    def _figures(self, line: Line, cells: Mapping[str, str]) -> Iterable[_Figure]:
        """The months of a line, or none where it is set aside."""
        code, flow = _CODE.fullmatch(cells["HS"].strip()), FLOWS.get(cells["Exp or Imp"].strip())
        partner = "WLD" if self._dataset == WORLD else self._partner(cells["Country"].strip())
        why = rule = ""
        values = {month: cells[f"Value-{month}"].strip() for month in (*MONTHS, "Year")}
        if code is None or flow is None:
            rule, why = "code", f"{cells['HS'][:20]!r}, {cells['Exp or Imp'][:10]!r} are no statistical code and flow"
        elif partner is None:
            rule, why = "area", f"no area is known by the customs' code {cells['Country'][:20]!r}"
        elif not all(_WHOLE.fullmatch(text) for text in values.values()):
            rule, why = "value", "a value is no whole number of thousand yen"
        elif sum(int(values[month]) for month in MONTHS) != int(values["Year"]):
            rule, why = "sum", "its months do not add up to the value of its year"
        if why:
            self.unread.add(Rejected(f"line {line.number}", rule, why, raw_of(line)),
                            **({"flow": flow, "product": code[1]} if code and flow else {}))
            return ()
        assert code is not None and flow is not None and partner is not None
        key = (flow, partner, code[1])
        if key in self._taken:
            raise SchemaDrift(f"line {line.number} is a second line of {', '.join(key)}", **self._where)
        self._taken.add(key)
        self.flows.add(flow)
        self.not_yet += 12 - self.last
        # Months of a quantity that do not come to its year are left out: which of them is wrong, nothing tells.
        counted = [which for which in "12" if _adds_up(cells, f"Quantity{which}")]
        self._off += 2 - len(counted)
        return [self._figure(line, cells, flow, partner, code[1], at, counted) for at in range(1, self.last + 1)]

    def _partner(self, code: str) -> str | None:
        return LABELS.area_of(code, date(self.year, 1, 1)) if re.fullmatch(r"[0-9]{3}", code, re.ASCII) else None

    def _figure(self, line: Line, cells: Mapping[str, str], flow: str, partner: str, code: str, at: int,
                counted: Collection[str]) -> _Figure:
        month = MONTHS[at - 1]
        told = {named: number for which in counted if (named := cells[f"Unit{which}"].strip())
                and (number := _quantity(cells[f"Quantity{which}-{month}"])) is not None}
        # KG is the second unit where there are two; a ship has a count and a tonnage.
        unit: str | None = next((name for name in told if name != "KG"), next(iter(told), None))
        more = [name for name in told if name not in (unit, "KG")]
        return _Figure(flow, partner, code, at, Decimal(cells[f"Value-{month}"].strip()) * MULTIPLIER, told[unit] if unit else None, unit,
                       told.get("KG"), ";".join(f"quantity2={told[name]:.0f} {name}" for name in more),
                       cell_locator(line.number, [cells[name].strip() for name in _named(self._dataset)], f"Value-{month}"))

    def _frame(self, figures: list[_Figure]) -> Any:
        self.count += len(figures)
        starts = [date(self.year, figure.month, 1) for figure in figures]
        return typed("stats.trade", {
            "partner": [figure.partner for figure in figures],
            "partner_kind": ["self" if figure.partner == PUBLISHER.area else areas.kind_of(figure.partner) for figure in figures],
            "flow": [figure.flow for figure in figures], "valuation": [VALUATIONS[figure.flow] for figure in figures],
            "product": [figure.product for figure in figures], "period_start": starts,
            "period_end": [last_of_month(start) for start in starts], "value": [figure.value for figure in figures],
            "quantity": [figure.quantity for figure in figures], "quantity_unit": [figure.unit for figure in figures],
            "net_weight_kg": [figure.kilograms for figure in figures], "flags": [figure.flags for figure in figures],
            "locator": [figure.locator for figure in figures]})

    def batch(self, frames: list[Any], *, complete: bool) -> Batch:
        if not frames:
            raise SchemaDrift(f"not one line could be read: {self.unread.rejected[0].reason}", **self._where)
        ends = tuple(last_of_month(date(self.year, month, 1)) for month in range(1, self.last + 1))
        return Batch(
            dataset=self._dataset, name=f"{' and '.join(sorted(self.flows))} {self.year} to {MONTHS[self.last - 1]}", frames=frames,
            constants={"dataset": self._dataset, "reporter": PUBLISHER.area, "currency": PUBLISHER.currency,
                       "classification": f"JPHS{self.year}", "product_level": 9, "unit_multiplier": MULTIPLIER, "decimals": 0},
            scope={"flow": tuple(sorted(self.flows)), "period_end": ends} if complete else None, not_read=tuple(self.unread.not_read),
            not_asked={"not yet": self.not_yet} if self.not_yet else {}, rejected=tuple(self.unread.rejected), columns_seen=self.columns,
            checks=(*self._quantities(), *self.unread.checks()))

    def _quantities(self) -> Iterator[Check]:
        if self._off:
            yield Check("quantities", "warn", f"{self._off} of lines do not", "none",
                        "Quantities whose months do not add up to their year are left out; the values of those lines do.")


def _adds_up(cells: Mapping[str, str], what: str) -> bool:
    """Whether the months of a quantity come to its year; so does one of which a cell is no number, which is no quantity anyway."""
    told = [cells[f"{what}-{month}"].strip() for month in (*MONTHS, "Year")]
    return not all(_WHOLE.fullmatch(text) for text in told) or sum(map(int, told[:-1])) == int(told[-1])


def _quantity(text: str) -> float | None:
    return float(text.strip()) if _WHOLE.fullmatch(text.strip()) else None
