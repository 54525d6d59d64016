"""Records of the ministry's answers as rows of ``stats.trade``. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.formats.delimited import grouped_number, rounded
from connectors.formats.json_records import Record, cell_at, cell_locator
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.thmoc.answers import (
    COMMODITY,
    COUNTRY,
    HS,
    MONTHS,
    PUBLIC,
    REPORT,
    SUMMARY,
    Question,
    check_wall,
    dataset_of,
    form_of,
    month_of,
    needed,
    place_of,
    question_of,
    records_of,
)
from connectors.statistics.thmoc.publisher import LABELS, PUBLISHER, groups
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

REPORTER = "THA"
ZONE = ZoneInfo(PUBLISHER.tz)
LAG_DAYS, GRACE_DAYS = 25, 7
"""Days after its end when a month is out as a rule, and those until it is late: so long its zeros say that it is to come."""
VALUATION = {"export": "FOB", "import": "CIF"}
EDITIONS = ((2022, "HS2022"), (2017, "HS2017"), (2012, "HS2012"), (2007, "HS2007"))
"""The ministry's revisions of the HS (``harmonizestructure``), by the year from which each is in force."""
KEYS = {REPORT: ("country_id", "month_id", "ID"), MONTHS: ("country_id", "ShowCode"), PUBLIC: ("country_code", "year", "month"),
        SUMMARY: ("country_code",)}
MILLION = 10**6
SHARE_ROOM = Decimal("0.01")
"""Percentage points by which a printed share may miss the one that its values give."""
WHOLE_DOLLARS = (Decimal(10) ** 9, Decimal(2) * Decimal(10) ** 11)
"""Between these lies a month of Thailand's imports from everywhere, in dollars; below, figures are in thousands or millions."""
_UNIT = re.compile(r"\(([A-Z0-9 ]{1,8})\)")
_CODE = re.compile(r"[0-9]{2}(?:[0-9]{2}){0,2}|[0-9]{8}|[0-9]{11}", re.ASCII)
_TOTAL = "รวมทั้งสิ้น"
"""Grand total, of report 03."""
_LARGEST = Decimal(10) ** 17


@dataclass
class _Table:
    """What one reading of an answer gathers."""

    document: Document
    fields: frozenset[str]
    question: Question
    rows: Rows = field(default_factory=lambda: Rows("stats.trade", doubled="the answer gives two figures for this key"))
    not_asked: Counter[str] = field(default_factory=Counter)
    checks: list[Check] = field(default_factory=list)
    names: tuple[str, ...] = ()
    to_come: bool = False
    """Every figure is nil, and the month is not late yet."""

    def place(self, record: Record, name: str) -> str:
        return cell_locator(record, KEYS[self.fields], name)

    def aside(self, record: Record, name: str, rule: str, said: str, **whose: Value) -> None:
        printed = record.cells.get(name, "")
        raw = f"{record.cells.get('ProductName', '')} {printed}"[:200]
        self.rows.unread.add(Rejected(self.place(record, name), rule, said, raw), **whose)

    def partner(self, record: Record, name: str, on: date) -> str | None:
        """The area of a record; None where it is a group (counted) or unknown (set aside)."""
        code = record.cells.get(name, "").strip() or self.question.country
        if code in groups():
            self.not_asked["group of areas"] += 1
            return None
        area = LABELS.area_of(code, on)
        if area is None:
            self.aside(record, name, "unknown_partner", f"no area is known as {code[:40]!r}: add it to areas.csv")
        return area

    def add(self, record: Record, name: str, *, partner: str, flow: str, classification: str, product: str, level: int, start: date,
            end: date, quantity: str = "", unit: str = "", multiplier: int = 1, currency: str = "USD") -> None:
        printed = record.cells.get(name, "")
        number = grouped_number(printed)
        if number is None or not 0 <= number * multiplier < _LARGEST:
            self.aside(record, name, "value", f"{printed[:40]!r} is no value of trade", partner=partner, product=product,
                       period_start=start)
            return
        amount = grouped_number(quantity) if quantity else None
        # 0 stands for a quantity in several units, and for one that rounds to nothing; one below is none.
        told = float(amount) if amount is not None and amount > 0 else None
        self.rows.add(printed[:200], partner=partner, flow=flow, classification=classification, product=product, product_level=level,
                      period_start=start, period_end=end, valuation=VALUATION[flow], currency=currency, unit_multiplier=multiplier,
                      decimals=6 if multiplier == MILLION else 3, value=rounded(rounded(number, 6) * multiplier, 3), quantity=told,
                      quantity_unit=(unit or None) if told is not None else None, net_weight_kg=told if unit == "KG" else None,
                      partner_kind="self" if partner == REPORTER else areas.kind_of(partner), locator=self.place(record, name))


def batch(document: Document) -> Batch | None:
    """The one batch of an answer; None for a month by country that has zeros while it may still come.

    Raises SchemaDrift, Incomplete, NotReadable, Challenged.
    """
    fields = form_of(document.body)
    if fields is None:
        check_wall(document.body)
        records_of(document)  # says what it is, where it is no list of records
        raise SchemaDrift("these records are none that the ministry is known to answer")
    if dataset_of(fields) != document.dataset:
        raise SchemaDrift(f"this is an answer of {dataset_of(fields)}, asked for was {document.dataset}")
    table = _Table(document, fields, question_of(document))
    scope = {HS: _report if fields == REPORT else _public, COMMODITY: _months, COUNTRY: _summary}[document.dataset](table)
    if table.to_come:
        return None
    if not len(table.rows):
        rejected = table.rows.unread.rejected
        raise Incomplete(f"no figure could be read: {rejected[0].reason if rejected else 'no record is of a country'}")
    frame = table.rows.frame()
    return Batch(
        dataset=document.dataset, frames=(frame,),
        name=f"{table.question.flow or 'trade'} {min(frame['period_start'].to_list())} to {max(frame['period_end'].to_list())}",
        constants={"dataset": document.dataset, "reporter": REPORTER, "breakdown": "-", "status": "A"}, scope=scope,
        not_read=tuple(table.rows.unread.not_read), rejected=tuple(table.rows.unread.rejected), not_asked=dict(table.not_asked),
        columns_seen=table.names, checks=(*table.checks, *table.rows.unread.checks()))


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    fields = form_of(document.body)
    if fields is None:
        raise NotReadable("these bytes are no answer of the ministry")
    return cell_at(document.body, locator, place_of(document.body), KEYS[fields])


def _edition(year: int) -> str:
    return next((name for since, name in EDITIONS if year >= since), "HS2002")


# ── report 02: HS codes of a country ───────────────────────────────────────────────────────────────────────────────────────


def _report(table: _Table) -> dict[str, tuple[Value, ...]] | None:
    """Country by country and month by month: the total, which the shares must fit, and each code. Complete where its codes add up to it."""
    needed(table.question, "flow", "year")
    flow, currency = table.question.flow, table.question.currency or "USD"
    if not table.question.currency:
        said = "The answer does not name its currency. Those that were seen were in dollars, by prices; the file's name may say it."
        table.checks.append(Check("currency", "warn", "stated nowhere", "USD", said))
    parts: defaultdict[tuple[str, int, int], list[Record]] = defaultdict(list)
    for record in records_of(table.document):
        table.names = table.names or tuple(record.cells)
        year, month = month_of(record, table.question)
        parts[record.cells.get("country_id", "") or table.question.country, year, month].append(record)
    whole = True
    months: Counter[tuple[int, int]] = Counter()
    for (country, year, month), records in parts.items():
        start, end = date(year, month, 1), last_of_month(date(year, month, 1))
        totals = [record for record in records if record.cells["RowType"] == "S"]
        if len(totals) != 1 or not country:
            raise SchemaDrift(f"{len(totals)} totals of country {country or '(not named)'} in {year}-{month:02}, and one is expected")
        if country in groups():
            table.not_asked["group of areas"] += len(records)
            continue
        partner = LABELS.area_of(country, end)
        if partner is None:
            table.aside(totals[0], "Value", "unknown_partner", f"no area is known as {country[:40]!r}: add it to areas.csv")
            continue
        if (of_month := grouped_number(totals[0].cells["ValueMonth"])) is None:
            raise SchemaDrift(f"the total at {table.place(totals[0], 'ValueMonth')} is {totals[0].cells['ValueMonth'][:40]!r}, no number")
        months[year, month] += bool(of_month)
        whole &= _adds_up(records, totals[0])
        for record in records:
            _report_row(table, record, totals[0], partner, flow, currency, start, end)
    if silent := [f"{year}-{month:02}" for (year, month), counted in months.items() if not counted]:
        raise Incomplete(f"every total of {silent[0]} is nil: the month is not out yet")
    if not whole or table.rows.unread.rejected:
        return None
    levels = tuple(sorted({int(str(row["product_level"])) for row in table.rows.kept()}))
    starts = {date(year, first, 1) for year, month in months for first in (1, month)}
    ends = {last_of_month(date(year, month, 1)) for year, month in months}
    return {"flow": (flow,), "currency": (currency,), "product_level": levels, "period_start": tuple(sorted(starts)),
            "period_end": tuple(sorted(ends)), "partner": tuple(sorted({str(row["partner"]) for row in table.rows.kept()}))}


def _adds_up(records: list[Record], total: Record) -> bool:
    found = sum((grouped_number(record.cells["Value"]) or Decimal(0) for record in records if record is not total), Decimal(0))
    return abs(found - (grouped_number(total.cells["Value"]) or Decimal(0))) < 1


def _report_row(table: _Table, record: Record, total: Record, partner: str, flow: str, currency: str, start: date, end: date) -> None:
    cells = record.cells
    is_total = record is total
    code = cells.get("ID", "").strip()
    if not is_total and (cells["RowType"] != "N" or not _CODE.fullmatch(code)):
        table.aside(record, "ProductName", "row", f"no code of goods: {code[:20]!r} of type {cells['RowType'][:4]!r}", partner=partner)
        return
    value, whole, share = (grouped_number(text) for text in (cells["Value"], total.cells["Value"], cells["Share"]))
    if None in (value, whole, share) or (whole and abs(100 * value / whole - share) > SHARE_ROOM):  # type: ignore[operator]
        said = f"{cells['Value'][:30]} of {total.cells['Value'][:30]} is no share of {cells['Share'][:30]} %"
        table.aside(record, "Share", "identity", said, partner=partner)
        return
    if (month := grouped_number(cells["ValueMonth"])) is not None and month > value + 1:  # type: ignore[operator]
        said = f"{cells['ValueMonth'][:30]} of the month are more than the {cells['Value'][:30]} of the year to it"
        table.aside(record, "ValueMonth", "identity", said, partner=partner)
        return
    unit = _UNIT.search(cells["ProductName"][:40])
    for name, first in (("ValueMonth", start), ("Value", date(start.year, 1, 1))):
        table.add(record, name, partner=partner, flow=flow, classification="-" if is_total else _edition(start.year),
                  product="TOTAL" if is_total else code, level=0 if is_total else len(code), start=first, end=end,
                  quantity="" if is_total else cells[name.replace("Value", "Quantity")], unit=unit[1] if unit and not is_total else "",
                  currency=currency)


# ── report 03: commodities of a country by month ───────────────────────────────────────────────────────────────────────────


def _months(table: _Table) -> None:
    """Months of two years in million baht; a month in which every total is nil is not out. Of other currencies the unit was not seen."""
    needed(table.question, "flow", "year", "currency")
    if table.question.currency != "THB":
        raise NotReadable("months by commodity were seen in million baht alone: in dollars their unit is not known")
    flow, year = table.question.flow, table.question.year
    records = list(records_of(table.document))
    totals = [record for record in records if record.cells["RowType"] == "S" and record.cells["ProductName"].strip() == _TOTAL]
    if not totals:
        raise SchemaDrift("no grand total stands among the commodities")
    table.names = tuple(records[0].cells)
    for suffix, of in (("", year), ("Prev", year - 1)):
        for month in range(1, 13):
            name = f"Value{month}{suffix}"
            if not any(grouped_number(total.cells.get(name, "")) for total in totals):
                table.not_asked["months that are not out"] += 1
                continue
            start = date(of, month, 1)
            for record in records:
                code = record.cells.get("ShowCode", "").strip()
                partner = table.partner(record, "country_id", start)
                if partner is None:
                    continue
                if record.cells["RowType"] == "S":
                    if record not in totals:
                        table.not_asked["sum of the listed, and rest"] += 1
                        continue
                    code = record.cells.get("comcode", "").partition(" ")[0]
                if not re.fullmatch(r"[0-9]{9}", code, re.ASCII):
                    table.aside(record, "ProductName", "row", f"no commodity code: {code[:20]!r}", partner=partner)
                    continue
                table.add(record, name, partner=partner, flow=flow, classification=f"TH-MOC-{flow.upper()}S", product=code,
                          level=1 if record in totals else 2, start=start, end=last_of_month(start), multiplier=MILLION, currency="THB")


# ── open data ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _public(table: _Table) -> dict[str, tuple[Value, ...]] | None:
    """One HS code by country, a month and, where it is there, the year to date. Complete where every country was asked for."""
    needed(table.question, "flow")
    flow, seen = table.question.flow, set()
    limited = parse_limit(table.document.fetch.url)
    counted = 0
    for record in records_of(table.document):
        table.names = table.names or tuple(record.cells)
        counted += 1
        year, month = month_of(record, table.question)
        start, end = date(year, month, 1), last_of_month(date(year, month, 1))
        code = (record.cells.get("hs_code") or table.question.code).strip()
        if not _CODE.fullmatch(code):
            raise NotReadable("the answer does not name its HS code, and neither does its address")
        partner = table.partner(record, "country_code", end)
        if partner is None:
            continue
        unit = record.cells.get("unit_code", "").strip().upper()
        for name, first, quantity in (("value_usd", start, "quantity"), ("acc_value_usd", date(year, 1, 1), "acc_quantity")):
            if name in record.cells and not (first == start and name != "value_usd"):
                table.add(record, name, partner=partner, flow=flow, classification=_edition(year), product=code, level=len(code),
                          start=first, end=end, quantity=record.cells.get(quantity, ""), unit=unit)
        seen.add((start, end, code))
    if not any(row["value"] for row in table.rows.kept()):
        raise Incomplete("every figure is nil: the month is not out yet")
    if limited == 0 and len(seen) == 1 and table.document.fetch.url.startswith("http"):
        start, end, code = seen.pop()
        return {"flow": (flow,), "classification": (_edition(end.year),), "product": (code,), "period_end": (end,)}
    if limited and counted >= limited:
        table.checks.append(Check("limit", "warn", f"{counted} records", "all", f"The answer was cut at {limited}: countries are missing."))
    return None


def parse_limit(url: str) -> int:
    """Records at which an answer was to be cut; 0 for all, 10 where nothing is said, as the ministry does."""
    found = re.search(r"[?&]limit=([0-9]{1,6})", url)
    return int(found[1]) if found else 10 if url.startswith("http") else 0


def _summary(table: _Table) -> dict[str, tuple[Value, ...]] | None:
    """Every country in a month. The sum must be a month of Thailand's trade in dollars."""
    sums: defaultdict[str, Decimal] = defaultdict(Decimal)
    ends: set[date] = set()
    for record in records_of(table.document):
        table.names = table.names or tuple(record.cells)
        if "value_usd_export" not in record.cells:
            raise SchemaDrift(f"no field value_usd_export beside value_usd_import; there are {', '.join(record.cells)[:300]}")
        year, month = month_of(record, table.question)
        start, end = date(year, month, 1), last_of_month(date(year, month, 1))
        ends.add(end)
        partner = table.partner(record, "country_code", end)
        if partner is None:
            continue
        for flow in ("export", "import"):
            name = f"value_usd_{flow}"
            if partner != "WLD":
                sums[flow] += grouped_number(record.cells[name]) or Decimal(0)
            table.add(record, name, partner=partner, flow=flow, classification="-", product="TOTAL", level=0, start=start, end=end)
    if len(ends) > 1:
        raise SchemaDrift(f"the answer is of {len(ends)} months, and one is asked for")
    if not any(sums.values()):
        fetched = table.document.fetch
        latest = max(ends, default=date.min).toordinal() + LAG_DAYS + GRACE_DAYS
        table.to_come = bool(ends) and fetched.url.startswith("http") and fetched.asked_at.astimezone(ZONE).toordinal() <= latest
        if table.to_come:
            return None
        raise Incomplete("every figure is nil: the month is not out yet")
    low, high = WHOLE_DOLLARS
    if table.document.fetch.whole and not low <= sums["import"] <= high:
        raise SchemaDrift(f"imports of a month add up to {sums['import']:,.0f}: not whole dollars")
    if table.document.fetch.url.startswith("http") and parse_limit(table.document.fetch.url) == 0:
        return {"period_end": tuple(ends)}
    return None


