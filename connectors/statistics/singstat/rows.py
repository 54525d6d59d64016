"""Tables of trade as rows of ``stats.trade``: whose flow, which market or product, in whole Singapore dollars. Pure."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.formats.delimited import grouped_number, rounded
from connectors.formats.rows import Rows
from connectors.statistics.singstat.publisher import LABELS, PUBLISHER
from connectors.statistics.singstat.tables import Series, Table
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

MARKET, COMMODITY = "singstat.market", "singstat.commodity"
ZONE = ZoneInfo(PUBLISHER.tz)
VALUATION = {"import": "CIF", "export": "FOB", "domestic-export": "FOB", "re-export": "FOB", "total": "CIF+FOB", "balance": "FOB-CIF"}
OWN = "SINGSTAT"
"""Its own list: OIL and NON-OIL."""
MARKS = {"na": "not available", "n.a.": "not available", "": "blank", "-": "nil or negligible"}
REGIONS = ("AMERICAS", "ASIA", "EUROPE", "OCEANIA", "AFRICA")
_LARGEST = Decimal(10) ** 17
_LEAST, _MOST = Decimal(10) ** 8, Decimal(10) ** 12
"""A month of all goods was S$1.2 bn in 1976 and S$60 bn in 2022; a hundred times more or less is another unit."""
_MOST_DECIMALS = 6
_DRIFT_SHARE = 0.2
_NOT_TRADE = re.compile(r"seasonally|ind(?:ex|ices)|constant|volume|chained|per ?cent|change|growth|unit value", re.IGNORECASE)
_WORDS = (("domestic-export", r"domestic exports?"), ("re-export", r"re ?exports?"), ("import", r"imports?"), ("export", r"exports?"),
          ("balance", r"trade balance|balance of trade"), ("total", r"trade"))
_FLOWS = tuple((flow, re.compile(rf"(?:total )?(?:merchandise )?(?P<oil>non oil |oil )?(?:merchandise )?(?:{words})(?: nodx)?"
                                 r"(?: at current prices)?")) for flow, words in _WORDS)
_SITC = re.compile(r"(?:\(SITC (?P<a>[0-9]{1,3})\)|(?:SITC )?(?P<b>[0-9]{1,3})\s+[-–]?\s*(?=[A-Z]))", re.ASCII)


@dataclass(frozen=True)
class Subject:
    """What a title or a label says of the flow."""

    flow: str
    product: str


def kind_of(title: str) -> str:
    """The dataset of a table by its title. Raises NotReadable, quoting it, for one of which none is made."""
    if by := None if _NOT_TRADE.search(title) else re.search(r"\b(trade|imports|exports)\b.*?\bby\b(.+)", title, re.IGNORECASE):
        if re.search(r"country|region|market", by[2], re.IGNORECASE):
            return MARKET
        if re.search(r"commodit|division|section|product|sitc|\btype", by[2], re.IGNORECASE):
            return COMMODITY
    raise NotReadable(f"a table of Table Builder that is not read: {title[:200]!r}")


def batch_of(table: Table, document: Document) -> Batch:
    """One table's rows. It is complete for the flows, markets or products and periods that it prints, and nothing else.

    Raises SchemaDrift where a unit cannot be told or totals and regions contradict it, Incomplete without a figure.
    """
    return _Read(table, document).batch()


class _Read:
    """A table on its way to rows."""

    def __init__(self, table: Table, document: Document) -> None:
        self.table, self.dataset = table, kind_of(table.title)
        self.where = {"dataset": self.dataset, "url": document.fetch.url}
        self.asked = document.fetch.asked_at.astimezone(ZONE).date()
        self.rows = Rows("stats.trade")
        self.not_asked: Counter[str] = Counter()
        self.titled = _subject(re.split(r"\bby\b", table.title, maxsplit=1, flags=re.IGNORECASE)[0])
        self.printed: dict[tuple[str, str, date], Decimal] = {}
        for series in table.series:
            self._take(series)

    def _take(self, series: Series) -> None:
        own = _subject(series.label)
        found = own or next((found for name in reversed(series.parents) if (found := _subject(name))), None) or self.titled
        if found is None:
            self._aside(series, "flow", "neither its label nor the table says which flow it is")
            return
        partner, classification, product = "WLD", "-" if found.product == "TOTAL" else OWN, found.product
        if self.dataset == MARKET and own is None:
            market = _market(series.label, self.table)
            if market is None:
                alike = ", ".join(LABELS.spelt_like(series.label)[:3])
                self._aside(series, "area", f"no market is known by this label{f'; alike: {alike}' if alike else ''}")
                return
            partner = market
        elif self.dataset == COMMODITY and own is None:
            goods = _product(series.label)
            if goods is None or (found.product != "TOTAL" and goods[0] != OWN):
                self._aside(series, "product", "no product is known by this label" if goods is None else
                            "a product within oil or non-oil, for which no column is there")
                return
            classification, product = goods
        if series.multiplier is None:
            if re.search(r"per ?cent|index|tonne|number", series.unit, re.IGNORECASE):
                self.not_asked[f"in {series.unit.casefold()[:40]}"] += len(series.cells)
                return
            raise SchemaDrift(f"the unit of {series.locator} cannot be told"
                              + (f": it says {series.unit[:60]!r}" if series.unit else ""), **self.where)
        self._put(series, found.flow, partner, classification, product)

    def _put(self, series: Series, flow: str, partner: str, classification: str, product: str) -> None:
        numbers = {cell: grouped_number(cell.printed) for cell in series.cells}
        # Trailing zeros are not printed in a cell that is a number: the series has as many decimals as any of its cells.
        decimals = min(max((-int(str(n.as_tuple().exponent)) for n in numbers.values() if n is not None), default=0), _MOST_DECIMALS)
        multiplier = series.multiplier or 1
        for cell, number in numbers.items():
            key: dict[str, Value] = {"partner": partner, "flow": flow, "classification": classification, "product": product,
                                     "period_start": cell.start, "period_end": cell.end}
            said = cell.printed.strip()
            if said.casefold() in MARKS:
                self.not_asked[MARKS[said.casefold()]] += 1
            elif cell.start > self.asked:
                self.rows.unread.rejected.append(Rejected(cell.locator, "period", "it begins after the day of the fetch", said[:200]))
            elif number is None or number * multiplier >= _LARGEST or (number < 0 and flow != "balance"):
                self.rows.unread.add(Rejected(cell.locator, "number", f"{said[:40]!r} is no value of trade", said[:200]), **key)
            else:
                value = rounded(number * multiplier, 3)
                self.printed[flow, f"{partner} {product}", cell.start] = value
                self.rows.add(said[:200], **key, valuation=VALUATION[flow], value=value, unit_multiplier=multiplier, decimals=decimals,
                              product_level=0 if product == "TOTAL" else len(product) if classification.startswith("SITC") else 1,
                              partner_kind=areas.kind_of(partner), locator=cell.locator)

    def _aside(self, series: Series, rule: str, reason: str) -> None:
        # Of what was never stored nothing can be missed: the batch's scope has what was read alone.
        self.rows.unread.rejected.append(Rejected(series.locator, rule, reason, series.label[:200]))

    def batch(self) -> Batch:
        if not len(self.rows):
            if self.rows.unread.rejected:
                raise SchemaDrift(f"not one figure could be read: {self.rows.unread.rejected[0].reason}", **self.where)
            raise Incomplete("the table holds no figure", **self.where)
        checks = [*self._sizes(), *self._regions(), *self.rows.unread.checks()]
        self._within()
        frame = self.rows.frame("period_start", "period_end", "flow", "partner", "classification", "product")
        first, last = min(start for start, _ in self.table.periods), max(end for _, end in self.table.periods)
        released = self.table.released
        return Batch(
            dataset=self.dataset,
            name=f"table {self.table.number}: {self.table.title[:120]}, {first} to {last}",
            frames=(frame,),
            constants={"dataset": self.dataset, "reporter": PUBLISHER.area, "currency": PUBLISHER.currency},
            scope={name: tuple(dict.fromkeys(frame[name].to_list())) for name in ("flow", "partner", "classification", "product")}
            | {"period_start": tuple(dict.fromkeys(start for start, _ in self.table.periods)),
               "period_end": tuple(dict.fromkeys(end for _, end in self.table.periods))},
            released_at=datetime.combine(released, time(), ZONE).astimezone(UTC) if released else None,
            released_basis="page" if released else None,
            not_read=tuple(self.rows.unread.not_read),
            not_asked=dict(self.not_asked),
            rejected=tuple(self.rows.unread.rejected),
            columns_seen=("label", "unit", "periods"),
            spans=len(self.table.periods),
            checks=tuple(checks),
        )

    def _sizes(self) -> Iterator[Check]:
        """All goods of a month in whole dollars lie where Singapore's trade can lie, whatever unit the table claims."""
        months = {start for start, end in self.table.periods if (end - start).days < 32}
        totals = [value for (flow, what, start), value in self.printed.items()
                  if what == "WLD TOTAL" and start in months and flow in ("import", "export", "total")]
        if totals and (min(totals) <= _LEAST or max(totals) >= _MOST):
            raise SchemaDrift(f"all goods of a month lie between {min(totals):,.0f} and {max(totals):,.0f} dollars by the unit that is "
                              "printed: it is another", **self.where)
        if totals:
            yield Check(check="unit", level="info", observed=f"all goods of a month between {min(totals):,.0f} and {max(totals):,.0f}",
                        expected=f"between {_LEAST:,.0f} and {_MOST:,.0f}", said="The unit is the one that is printed, by its size.")

    def _within(self) -> None:
        """No market and no product is more than all. Raises SchemaDrift: its unit is not what it says."""
        for (flow, what, start), value in self.printed.items():
            whole = self.printed.get((flow, "WLD TOTAL", start))
            if flow != "balance" and whole is not None and value - whole > max(Decimal(1_000_000), whole / 10_000):
                raise SchemaDrift(f"{flow}s of {what} are {value:,.0f} in {start:%Y-%m}, all together {whole:,.0f}: its unit is not what "
                                  "it says", **self.where)

    def _regions(self) -> Iterator[Check]:
        """America, Asia, Europe, Oceania and Africa are all: where the five do not add up, their unit is not what it says."""
        for flow in ("import", "export"):
            gaps = []
            for start in dict.fromkeys(start for start, _ in self.table.periods):
                held = [self.printed.get((flow, f"{region} TOTAL", start)) for region in ("WLD", *REGIONS)]
                if None not in held:
                    whole, *parts = [value for value in held if value is not None]
                    gaps.append((abs(whole - sum(parts)), whole, start))
            failing = [(gap, start) for gap, whole, start in gaps if gap > max(Decimal(300_000), whole / 10_000)]
            if failing and len(failing) > _DRIFT_SHARE * len(gaps):
                raise SchemaDrift(f"the five regions do not add up to all {flow}s in {len(failing)} of {len(gaps)} periods, first in "
                                  f"{failing[0][1]:%Y-%m} by {failing[0][0]:,.0f}: their unit is not what it says", **self.where)
            if gaps:
                yield Check(check="identity", level="warn" if failing else "info", subject=f"regions of {flow}s",
                            observed=f"{len(failing)} of {len(gaps)} periods differ", expected="rounding alone",
                            said="The five regions add up to the total.")


def _subject(label: str) -> Subject | None:
    """The flow that a label or the beginning of a title names, for all goods or oil or what is none; None for any other label."""
    folded = areas.fold(label)
    for flow, words in _FLOWS:
        if found := words.fullmatch(folded):
            oil = (found["oil"] or "").strip()
            return Subject(flow, oil.upper().replace(" ", "-") or "TOTAL")
    return None


def _market(label: str, table: Table) -> str | None:
    on = table.periods[0][0] if table.periods else date.min
    if areas.fold(label).startswith("european union"):
        return _union(table)
    return LABELS.area_of(label, on) or None


def _union(table: Table) -> str:
    """The Union that an edition means, for all of its years: that of its own note, else that of the day it was made."""
    note = re.search(r"European Union comprises ([^.]{1,600})", table.notes)
    if note:
        return "EU28" if "United Kingdom" in note[1] else "EU27_2020"
    return "EU28" if table.released and table.released < date(2020, 2, 1) else "EU27_2020"


def _product(label: str) -> tuple[str, str] | None:
    """Classification and code: where the label says its code of the SITC, else by the section's own name."""
    if found := _SITC.search(label):
        code = found["a"] or found["b"]
        return ("SITC4-1" if len(code) == 1 else "SITC4"), code
    return _products().get(areas.fold(label))


@cache
def _products() -> Mapping[str, tuple[str, str]]:
    with Path(__file__).with_name("commodities.csv").open(encoding="utf-8", newline="") as file:
        return {areas.fold(row["label"]): (row["classification"], row["product"]) for row in csv.DictReader(file)}
