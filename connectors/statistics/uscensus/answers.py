"""Answers of the Census API on international trade by HS: a row of names, then rows of text, countries, groups and the total mixed. Pure.

The total of all countries is tagged as detail (``DET``) like a country, so its code ``-`` tells it; groups are tagged ``CGP``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connectors.formats.json_records import Record, Records, cell_at, cell_locator
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.uscensus.publisher import PUBLISHER, area_of
from warehouse.reference import areas
from warehouse.reference.products import EDITIONS
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

DATASET = "uscensus.hs"
# Ten digits are the United States' own lists, by year: HTS of imports, Schedule B of exports.
MEASURES: Mapping[str, tuple[str, str, str]] = {
    "ALL_VAL_MO": ("export", "FAS", "QTY_1_MO"), "GEN_VAL_MO": ("import", "CUSTOMS", "GEN_QY1_MO"),
    "GEN_CIF_MO": ("import", "CIF", "GEN_QY1_MO")}
"""Value of a month → flow, valuation, quantity. Exports are domestic and foreign goods together, valued alongside ship; imports are
general imports at their customs value, which leaves out freight and insurance."""
COMMODITY = {"export": "E_COMMODITY", "import": "I_COMMODITY"}
MOST = 256 * 1024 * 1024
_KNOWN = re.compile(r"CTY_CODE|CTY_NAME|SUMMARY_LVL|SUMMARY_LVL2|COMM_LVL|YEAR|MONTH|time|LAST_UPDATE|UNIT_QY[12]"
                    r"|[EI]_COMMODITY(_[SL]DESC)?|[A-Z0-9_]{3,20}_(MO|YR)(_FLAG)?")
_NUMBER = re.compile(r"[0-9]{1,15}", re.ASCII)
_CODE = re.compile(r"[0-9]{2}|[0-9]{4}|[0-9]{6}|[0-9]{10}", re.ASCII)
_GROUP = re.compile(r"[0-9]XXX|00[0-9]{2}", re.ASCII)
_CONTINENT = re.compile(r"[1-7]XXX", re.ASCII)
AND = " + "
"""Between the cells of a sum, and between their places."""
_COUNTRY = re.compile(r"[1-7][0-9]{3}", re.ASCII)
"""The first digit is that of the continent, and the seven continents (``1XXX`` to ``7XXX``) are the world."""
TOGETHER = ("5082", "5083")
"""Gaza and the West Bank, two countries of Schedule C, are one area here: their figures are added, and the locator names both."""
_REGIONS = ("12", "3", "4", "5", "6", "7")
"""Mexico (2010) counts as North America, so the first two are looked at together (exports of August 2026)."""


def recognised(head: bytes) -> str | None:
    """By the row of names. Raises NotReadable for what the Census says instead of figures, and for its other tables of trade."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    if re.match(rb"error: .{0,60}(variable|predicate|time)", start):
        raise NotReadable(f"an error of the Census API: {start[:200].decode('utf-8', errors='replace')}")
    names = re.match(rb'\[\s*\[((?:\s*"[A-Za-z0-9_]{1,40}"\s*,?)+)\]', start)
    if not names or b'"CTY_' not in names[1]:
        return None
    columns = re.findall(r'"([^"]+)"', names[1].decode())
    if not set(MEASURES) & set(columns) or "CTY_CODE" not in columns:
        raise NotReadable(f"an answer of the Census without a month's value by country that is known: {', '.join(columns)[:200]}")
    if strange := _strange(columns):
        raise NotReadable(f"an answer of the Census by {', '.join(strange)[:100]}, which is not read: ask for that by country "
                          "and item alone")
    return DATASET


def _strange(columns: list[str]) -> list[str]:
    return [name for name in columns if not _KNOWN.fullmatch(name)]


def read(document: Document, *, complete: Mapping[str, tuple[Value, ...]] | None) -> Batch:
    """One batch. Raises SchemaDrift, Incomplete (as ``Records`` too)."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    records = Records(document.content, most=MOST, dataset=document.dataset, url=document.fetch.url)
    columns = list(records.header)
    measures = {name: told for name, told in MEASURES.items() if name in columns}
    if not measures or "CTY_CODE" not in columns or not ({"YEAR", "MONTH"} <= set(columns) or "time" in columns):
        raise SchemaDrift(f"the answer has not country, month and value: {', '.join(columns)[:200] or 'no row of names'}", **where)
    if strange := _strange(columns):
        raise SchemaDrift(f"the answer is cut by {', '.join(strange)[:100]} as well", **where)
    flows = {flow for flow, _, _ in measures.values()}
    if len(flows) > 1:
        raise SchemaDrift("the answer has exports and imports in one row", **where)
    reading = _Reading(measures, COMMODITY[flows.pop()])
    reading.add_up(records)
    for record in records:
        reading.take(record)
    reading.together()
    if not len(reading.rows):
        if reading.rows.unread.rejected:
            raise SchemaDrift(f"not one figure could be read: {reading.rows.unread.rejected[0].reason}", **where)
        raise Incomplete("the answer holds no figure", **where)
    return reading.batch(document, complete, tuple(columns))


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    header = Records(document.content, most=MOST).header
    return AND.join(cell_at(document.content, one, (), _named(header), most=MOST) for one in re.split(r" \+ (?=record )", locator))


def edition(code: str, month: date) -> str:
    """The edition of the HS that a code of up to six digits is of: in force from January of its year on (not verified to the month)."""
    return next((name for name in reversed(EDITIONS) if int(name[2:]) <= month.year), EDITIONS[0])


def _named(columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name for name in ("CTY_CODE", "E_COMMODITY", "I_COMMODITY", "YEAR", "MONTH", "time") if name in columns)


@dataclass(frozen=True)
class _Part:
    """A figure of one country of Schedule C on its way to a row."""

    code: str
    why: str
    """Why it cannot stand; empty where it can."""
    raw: str
    columns: Mapping[str, Any]


class _Reading:
    """Rows of an answer, sorted into figures, groups that are counted, and what is set aside."""

    def __init__(self, measures: Mapping[str, tuple[str, str, str]], commodity: str) -> None:
        self._measures, self._commodity = measures, commodity
        self.rows = Rows("stats.trade")
        self.not_asked: Counter[str] = Counter()
        self._sums: dict[tuple[str, str, date], list[Decimal]] = {}
        """By measure, product and month: what countries add up to, and the total."""
        self._off: dict[tuple[str, str, date, str], str] = {}
        """By measure, product, month and region: why its countries cannot all be right."""
        self._together: dict[tuple[str, str, date], list[_Part]] = {}
        """By measure, product and month: figures of ``TOGETHER``, added at the end."""

    def add_up(self, records: Iterable[Record]) -> None:
        """Find the countries that do not come to the total, in what has every continent, and these come to it.

        Those of one region where that alone is off by as much, else all of them.
        """
        sums: dict[tuple[str, str, date], dict[str, int]] = {}
        for record in records:
            cells, month = record.cells, _month(record.cells)
            code, product = cells["CTY_CODE"].strip(), cells.get(self._commodity, "").strip()
            told = code if code == "-" or _CONTINENT.fullmatch(code) else code[0] if _COUNTRY.fullmatch(code) else ""
            for measure in self._measures:
                if month is not None and told and _NUMBER.fullmatch(text := cells[measure].strip()):
                    held = sums.setdefault((measure, product if product != "-" else "", month), {})
                    held[told] = held.get(told, 0) + int(text)
        for (measure, product, month), held in sums.items():
            groups = [value for name, value in held.items() if _CONTINENT.fullmatch(name)]
            off = sum(held.get(first, 0) for first in "1234567") - (total := held.get("-", 0))
            if len(groups) < 7 or sum(groups) != total or not off:
                continue
            regions = [region for region in _REGIONS if sum(held.get(first, 0) - held[f"{first}XXX"] for first in region) == off]
            for first in regions[0] if len(regions) == 1 else "1234567":
                self._off[measure, product, month, first] = f"the countries add up to {total + off} in {measure}, not to the total {total}"

    def take(self, record: Record) -> None:
        cells = record.cells
        month = _month(cells)
        code, product = cells["CTY_CODE"].strip(), cells.get(self._commodity, "").strip()
        raw = ", ".join(cells.values())[:500]
        if month is None:
            self.rows.unread.add(Rejected(self._place(record, "YEAR" if "YEAR" in cells else "time"), "period", "no month", raw))
            return
        # All goods are "-" where the answer is by commodity: a blank there is a code that is lost.
        if product != "-" and self._commodity in cells and not _CODE.fullmatch(product):
            self.rows.unread.add(Rejected(self._place(record, self._commodity), "product", f"{product[:20]!r} is no code of the HS", raw),
                                 period_start=month)
            return
        name = cells.get("CTY_NAME", "").strip()
        group = cells.get("SUMMARY_LVL", "") == "CGP" or _GROUP.fullmatch(code) is not None
        partner = "WLD" if code == "-" else area_of(code, "" if group else name, month)
        if partner is None and group:
            self.not_asked["group of its own"] += len(self._measures)
            return
        if partner is None or (partner == "WLD") != (code == "-"):
            self.rows.unread.add(Rejected(self._place(record, "CTY_CODE"), "area",
                                          f"no area is known by {code[:10]!r}, {name[:40]!r}", raw), period_start=month)
            return
        for measure in self._measures:
            self._figure(record, measure, partner, product if product != "-" else "", month, raw)

    def _figure(self, record: Record, measure: str, partner: str, product: str, month: date, raw: str) -> None:
        flow, valuation, counted = self._measures[measure]
        text = record.cells[measure].strip()
        why = (f"{text[:40]!r} is no value in dollars" if not _NUMBER.fullmatch(text) else self._off.get(
            (measure, product, month, record.cells["CTY_CODE"].strip()[:1]), "") or _contradicted(record.cells, measure))
        unit, quantity = record.cells.get("UNIT_QY1", "-").strip(), record.cells.get(counted, "").strip()
        number = float(quantity) if unit not in ("-", "", "X") and _NUMBER.fullmatch(quantity) else None
        kind = "self" if partner == PUBLISHER.area else areas.kind_of(partner)
        if not why and kind in ("country", "world"):
            sums = self._sums.setdefault((measure, product, month), [Decimal(0), Decimal(-1)])
            sums[kind == "world"] = Decimal(text) + (sums[0] if kind == "country" else 0)
        listed = ("HTS" if flow == "import" else "SCHB") + str(month.year)
        part = _Part(record.cells["CTY_CODE"].strip(), why, raw, {
            "partner": partner, "partner_kind": kind, "flow": flow, "valuation": valuation, "product": product or "TOTAL",
            "classification": "-" if not product else listed if len(product) == 10 else edition(product, month),
            "product_level": len(product), "period_start": month, "period_end": last_of_month(month),
            "value": Decimal(0 if why else text), "quantity": number, "quantity_unit": unit if number is not None else None,
            "net_weight_kg": number if unit == "KG" else None, "locator": self._place(record, measure)})
        if part.code in TOGETHER:
            self._together.setdefault((measure, product, month), []).append(part)
        else:
            self._put([part])

    def together(self) -> None:
        """Add what the answer has of areas that are several countries to the Census."""
        for parts in self._together.values():
            self._put(parts)

    def _put(self, parts: Sequence[_Part]) -> None:
        """A figure, or the sum of the parts of an area; where one part cannot be read, none of them is a figure of the area."""
        if len({part.code for part in parts}) < len(parts):
            for part in parts:  # a code twice: the rule for doubles decides
                self._put([part])
            return
        whole = dict(parts[0].columns)
        if why := next((part.why for part in parts if part.why), ""):
            for part in parts:
                said = part.why or f"with another part of the area, of which {why}"
                self.rows.unread.add(Rejected(str(part.columns["locator"]), "value", said, part.raw),
                                     **{name: whole[name] for name in ("partner", "flow", "valuation", "period_start", "product")})
            return
        if len(parts) > 1:
            whole["value"] = sum(part.columns["value"] for part in parts)
            whole["locator"] = AND.join(part.columns["locator"] for part in parts)
            counted = None not in (told := [part.columns["quantity"] for part in parts]) and len(
                {part.columns["quantity_unit"] for part in parts}) == 1
            whole["quantity"] = sum(told) if counted else None
            whole["quantity_unit"] = whole["quantity_unit"] if counted else None
            whole["net_weight_kg"] = whole["quantity"] if whole["quantity_unit"] == "KG" else None
        self.rows.add(AND.join(part.raw for part in parts), **whole)

    @staticmethod
    def _place(record: Record, field: str) -> str:
        return cell_locator(record, _named(tuple(record.cells)), field)

    def batch(self, document: Document, complete: Mapping[str, tuple[Value, ...]] | None, columns: tuple[str, ...]) -> Batch:
        frame = self.rows.frame("period_start", "flow", "product", "partner")
        level = sorted(set(frame["product_level"]))
        if complete is not None and set(level) - set(complete["product_level"]):
            complete = None  # other levels than asked for: nobody knows what it is complete for
        unread = self.rows.unread
        return Batch(
            dataset=DATASET, frames=(frame,),
            name=f"{frame['flow'][0]} {frame['period_start'][0]:%Y-%m} to {frame['period_start'][-1]:%Y-%m}, "
                 f"{' and '.join(map(str, level))} digits, {' to '.join(str(code) for code in _ends(frame['product']))}",
            constants={"dataset": DATASET, "reporter": PUBLISHER.area, "currency": "USD", "unit_multiplier": 1, "decimals": 0},
            scope=complete, not_read=tuple(unread.not_read), not_asked=dict(self.not_asked), rejected=tuple(unread.rejected),
            columns_seen=columns, checks=(*self._adds_up(document), *unread.checks()))

    def _adds_up(self, document: Document) -> list[Check]:
        """Countries against the total. Raises SchemaDrift where they are more: a group is taken for a country."""
        held = {key: sums for key, sums in self._sums.items() if sums[1] >= 0 and sums[0]}
        for (measure, product, month), (added, total) in held.items():
            if added > total:
                raise SchemaDrift(f"{measure} of {product or 'all goods'} in {month:%Y-%m}: countries add up to {added}, more than the "
                                  f"total {total}", dataset=document.dataset, url=document.fetch.url)
        less = [key for key, (added, total) in held.items() if added < total]
        return [Check("countries", "warn", observed=f"less than the total in {len(less)} of {len(held)} products and months",
                      expected="the total", said="The countries of the answer are fewer than those of its total.")] if less else []


def _contradicted(cells: Mapping[str, str], measure: str) -> str:
    """Why a value cannot be right by those that stand beside it; empty where they agree."""
    parts = [int(text) for name in ("AIR_VAL_MO", "VES_VAL_MO") if _NUMBER.fullmatch(text := cells.get(name, "").strip())]
    if measure == "ALL_VAL_MO" and sum(parts) > int(cells[measure]):
        return f"by air and by vessel are {sum(parts)}, more than the {cells[measure].strip()} of all ways"
    customs, cif = (cells.get(name, "").strip() for name in ("GEN_VAL_MO", "GEN_CIF_MO"))
    if _NUMBER.fullmatch(customs) and _NUMBER.fullmatch(cif) and int(cif) < int(customs):
        return f"with freight and insurance it is {cif}, less than the {customs} without"
    return ""


def _ends(products: Iterable[str]) -> tuple[str, str]:
    codes = sorted(products)
    return codes[0], codes[-1]


def _month(cells: Mapping[str, str]) -> date | None:
    text = f"{cells['YEAR'].strip()}-{cells['MONTH'].strip()}" if {"YEAR", "MONTH"} <= set(cells) else cells.get("time", "").strip()
    found = re.fullmatch(r"((?:19|20)[0-9]{2})-(0[1-9]|1[0-2])", text, re.ASCII)
    return date(int(found[1]), int(found[2]), 1) if found else None
