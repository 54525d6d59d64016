"""WITS: answers of its trade statistics (SDMX) and its table of a country's partners (CSV), read into rows of ``stats.trade``. Pure.

Both are in thousands of US dollars. Where the dimensions of a series stand in a key is read off the structure of each answer: it is not
their order in the address.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from connectors.formats import sdmx
from connectors.formats.delimited import (
    cell_at,
    cell_locator,
    grouped_by_points,
    header_of,
    printed_number,
    raw_of,
    read_delimited,
    rounded,
)
from connectors.formats.rows import Rows
from connectors.statistics.worldbank.publisher import GROUPS, LABELS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Request, Value

API = "https://wits.worldbank.org/API/V1/SDMX/V21/datasource/tradestats-trade"
FLOWS = {"XPRT-TRD-VL": "export", "MPRT-TRD-VL": "import"}
FIRST = 1988
TOTAL = "Total"
MULTIPLIER, DECIMALS = 1000, 3
TABLE_DECIMALS = 2
"""Of thousands, as tables print them; answers have three and the noise of a float behind."""
DIMENSIONS = ("FREQ", "REPORTER", "PARTNER", "PRODUCTCODE", "INDICATOR")
NOT_APPLICABLE = "999"
PARTNER, YEAR = "Partner Name", "Year"
COLUMNS = {"Export (US$ Thousand)": "export", "Import (US$ Thousand)": "import"}
_SITC = {"AgrRaw": 1, "Food": 1, "Fuels": 1, "OresMtls": 1, "manuf": 1, "Chemical": 2, "Textiles": 2, "Transp": 2}
"""Groups of goods by SITC, with their level: chemicals, textiles and machinery are inside of manufactures."""
_CHAPTERS = re.compile(r"([0-9]{2})-([0-9]{2})_[A-Za-z]{1,20}", re.ASCII)
_STAGE = re.compile(r"UNCTAD-SoP[1-9]", re.ASCII)
_EXPONENT = re.compile(r"([+-]?[0-9.]{1,30})[eE]\+0*([0-9]{1,2})", re.ASCII)
_LARGEST = Decimal(10) ** 14


class _Figure(NamedTuple):
    """One printed value with where it stands."""

    reporter: str
    partner: str
    flow: str
    product: str
    year: str
    printed: str
    locator: str
    raw: str
    decimals: int = DECIMALS


def request(dataset: str, reporter: str, year: int, indicator: str) -> Request:
    """A year of a reporter, of one flow: every partner and every group of products (two "all", the most that WITS allows)."""
    return Request(
        url=f"{API}/reporter/{reporter.lower()}/year/{year}/partner/all/product/all/indicator/{indicator}?format=JSON", dataset=dataset,
        accept="application/json", landmarks=('"dataSets"', "DataSet"))


def is_trade(head: bytes) -> bool:
    """Whether bytes begin like trade of WITS. Raises NotReadable for its tariffs and for tables of other columns."""
    start = head[:16_384]
    if b"DF_WITS_Tariff" in start or b"WITS_TARIFF" in start:
        raise NotReadable("tariffs of WITS (TRAINS), which are not read: of WITS only trade values are")
    if b"WBG_WITS" in start and head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"<"):
        return True
    header = header_of(head)
    if {"Reporter", "Partner", "Product categories", "Indicator Type"} <= set(header):
        raise NotReadable("WITS's file of all years side by side, which is not read: take its table of partners by year (Partner Name, "
                          "Year, Export (US$ Thousand), …)")
    if {"TradeFlowName", "ProductCode"} <= set(header) and any(name.startswith("TradeValue") for name in header):
        raise NotReadable("a bulk download of WITS, which is UN Comtrade's figures and is not read: ask UN Comtrade itself, or take WITS's "
                          "table of partners by year (Partner Name, Year, Export (US$ Thousand), …)")
    if {"Reporter Name", PARTNER, "Indicator"} <= set(header):
        raise NotReadable("a table of WITS with a column for each year, which is not read: take its table of partners by year (Partner "
                          "Name, Year, Export (US$ Thousand), …)")
    return {PARTNER, YEAR, *COLUMNS} <= set(header)


def read(document: Document) -> Batch:
    """The rows of an answer or a table. Raises SchemaDrift, Incomplete; NotReadable for a table whose name does not say whose it is.

    An answer to a question of ours is complete for its reporter, flow and year.
    """
    where = {"dataset": document.dataset, "url": document.fetch.url}
    rows = _Rows()
    message = sdmx.form_of(document.content.head) in ("json", "ml")
    columns: tuple[str, ...] = DIMENSIONS
    if message:
        for figure in _observations(document):
            rows.take(figure)
    else:
        table = read_delimited(document.body, needs=(PARTNER, YEAR, *COLUMNS), **where)
        columns = table.header
        reporter = _reporter_of(document)
        points = grouped_by_points(line.cells[table.column(column)] for line in table.lines for column in COLUMNS)
        if points:
            raise SchemaDrift(f"its thousands are parted by points ({points[:30]}), so 1.234 would be read as one and a part: take the "
                              "file as WITS gives it", **where)
        for line in table.ragged:
            rows.read.unread.add(Rejected(f"line {line.number}", "width", f"{len(line.cells)} cells where the header has "
                                          f"{len(table.header)}", raw_of(line)))
        for line in table.lines:
            cells = dict(zip(table.header, line.cells, strict=True))
            for column, flow in COLUMNS.items():
                rows.take(_Figure(reporter, cells[PARTNER].strip(), flow, TOTAL, cells[YEAR].strip(), cells[column].strip(),
                                  cell_locator(line.number, (cells[PARTNER].strip(), cells[YEAR].strip()), column), raw_of(line),
                                  TABLE_DECIMALS))
    if not len(rows.read):
        if rows.read.unread.rejected:
            raise SchemaDrift(f"not one figure could be read: {rows.read.unread.rejected[0].reason}", **where)
        raise Incomplete("the document holds no value of trade", **where)
    return rows.batch(document, columns)


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    if sdmx.form_of(document.content.head) in ("json", "ml"):
        return sdmx.read_cell(document.content, locator, _layout(document))
    return cell_at(document.content, locator, (PARTNER, YEAR))


def _layout(document: Document) -> sdmx.Layout:
    return sdmx.Layout(DIMENSIONS, dataset=document.dataset, url=document.fetch.url)


def _observations(document: Document) -> Iterator[_Figure]:
    layout = _layout(document)
    told = sdmx.given(sdmx.read(document.content, layout), layout, "ask WITS again")
    for one in told:
        frequency, reporter, partner, product, indicator = one.key
        flow = FLOWS.get(indicator, f"indicator {indicator[:40]}") if frequency == "A" else f"frequency {frequency[:10]}"
        yield _Figure(reporter, partner, flow, product, one.period, one.value, one.locator, f"{one.key} {one.period} {one.value}"[:500])


def _reporter_of(document: Document) -> str:
    """Whose table it is: the file itself does not say, WITS's name of it does (``en_MYS_AllYears_…``)."""
    name = document.fetch.url.removeprefix("import:").partition("#")[0].rpartition("/")[2]
    on = document.fetch.asked_at.date()
    codes: set[str] = {code for code in re.findall(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])", name) if LABELS.area_of(code, on)}
    if len(codes) != 1:
        raise NotReadable("a table of WITS that does not say whose trade it is: give the file a name with the reporter's code, such as "
                          "en_MYS_AllYears.csv (WLD for the world)", dataset=document.dataset, url=document.fetch.url)
    return codes.pop()


class _Rows:
    """Figures, sorted into rows, not asked for, and set aside."""

    def __init__(self) -> None:
        self.read = Rows("stats.trade")
        self.not_asked: Counter[str] = Counter()

    def take(self, figure: _Figure) -> None:
        if figure.flow not in COLUMNS.values():
            self.not_asked[figure.flow] += 1
        elif NOT_APPLICABLE in (figure.partner, figure.product, figure.reporter):
            self.not_asked["of no partner or product"] += 1
        elif figure.partner in GROUPS or figure.reporter in GROUPS:
            self.not_asked["group of countries"] += 1
        elif not figure.printed:
            self.not_asked["no value"] += 1
        elif not re.fullmatch(r"(19|20)[0-9]{2}", figure.year, re.ASCII):
            self._aside(figure, "year", f"{figure.year[:40]!r} is no year")
        else:
            self._take(figure, date(int(figure.year), 1, 1))

    def _take(self, figure: _Figure, start: date) -> None:
        reporter, partner = (LABELS.area_of(label, start) or areas.named(label, start) for label in (figure.reporter, figure.partner))
        product, value = _product(figure.product), _value(figure.printed, figure.decimals)
        if reporter is None or partner is None:
            self._aside(figure, "area", f"no area is known by {(figure.partner if reporter else figure.reporter)[:60]!r}")
        elif product is None:
            self._aside(figure, "product", f"no group of products is known by {figure.product[:40]!r}")
        elif value is None:
            self._aside(figure, "value", f"{figure.printed[:40]!r} is no value of trade", reporter=reporter, partner=partner,
                        flow=figure.flow, period_start=start)
        else:
            classification, code, level = product
            kind = "self" if partner == reporter else areas.kind_of(partner)
            self.read.add(figure.printed[:200], reporter=reporter, partner=partner, flow=figure.flow, classification=classification,
                          product=code, period_start=start, period_end=date(start.year, 12, 31), value=value[0], decimals=value[1],
                          partner_kind=kind, product_level=level, locator=figure.locator)

    def _aside(self, figure: _Figure, rule: str, reason: str, **whose: Value) -> None:
        rejected = Rejected(figure.locator, rule, reason, figure.raw)
        if whose or rule == "year":
            self.read.unread.add(rejected, **whose)
        else:
            self.read.unread.rejected.append(rejected)  # what nothing was ever stored under cannot be missed

    def batch(self, document: Document, columns: tuple[str, ...]) -> Batch:
        frame = self.read.frame("reporter", "period_start", "flow", "partner", "product")
        told = [", ".join(sorted(map(str, set(frame[name])))[:3]) for name in ("reporter", "flow")]
        years = sorted({start.year for start in frame["period_start"]})
        asked = document.fetch.url.startswith(API) and "/partner/all/product/all/" in document.fetch.url.lower()
        return Batch(
            dataset=document.dataset,
            name=f"{told[0]} {years[0]}{f' to {years[-1]}' if len(years) > 1 else ''}, {told[1]}",
            frames=(frame,),
            constants={"dataset": document.dataset, "currency": "USD", "unit_multiplier": MULTIPLIER},
            scope={name: tuple(dict.fromkeys(frame[name].to_list())) for name in ("reporter", "flow", "period_end")} if asked else None,
            not_read=tuple(self.read.unread.not_read),
            not_asked=dict(self.not_asked),
            rejected=tuple(self.read.unread.rejected),
            columns_seen=columns,
            checks=tuple(self._checks()),
        )

    def _checks(self) -> Iterator[Check]:
        """Whether the groups of chapters come to the whole."""
        yield from self.read.unread.checks()
        wholes: dict[tuple[object, ...], Decimal] = {}
        parts: Counter[tuple[object, ...]] = Counter()
        for row in self.read.kept():
            key = tuple(row[name] for name in ("reporter", "partner", "flow", "period_start"))
            if row["classification"] == "WITS-HS":
                parts[key] += row["value"]  # type: ignore[assignment, operator]  # values are decimals
            elif row["product"] == "TOTAL":
                wholes[key] = Decimal(str(row["value"]))
        both = [key for key in wholes if key in parts]
        off = [key for key in both if abs(wholes[key] - parts[key]) > max(Decimal(10_000), wholes[key] / 1000)]
        if off:
            yield Check("groups", "warn", f"{len(off)} of {len(both)}", "0",
                        f"the groups of chapters do not come to the whole within 0.1 %, first of {', '.join(map(str, off[0]))}")
        elif both:
            yield Check("groups", "info", f"{len(both)}", f"{len(both)}", "the groups of chapters come to the whole within 0.1 %")


def _product(code: str) -> tuple[str, str, int] | None:
    """Classification, code and level. WITS groups goods in three ways that overlap; each is a classification of its own, so that a sum
    within one never counts goods twice."""
    if code.casefold() == TOTAL.casefold():
        return "-", "TOTAL", 0
    if _CHAPTERS.fullmatch(code):
        return "WITS-HS", code, 1
    if _STAGE.fullmatch(code):
        return "WITS-SoP", code, 1
    return ("WITS-SITC", code, _SITC[code]) if code in _SITC else None


def _value(printed: str, decimals: int) -> tuple[Decimal, int] | None:
    """US dollars, and the decimals printed of thousands: the digits behind are those of a float (885929063.979999).

    WITS's pages save large numbers as ``7.97014e+006``: six digits, of which the last stands for ten thousands here.
    """
    if found := _EXPONENT.fullmatch(printed):
        decimals = min(decimals, len(found[1].partition(".")[2]) - int(found[2]))
        printed = f"{found[1]}e+{found[2]}"
    number = printed_number(printed)
    if number is None or not 0 <= number < _LARGEST:
        return None
    return rounded(number, max(decimals, 0)) * MULTIPLIER, decimals
