"""Answers of the Indicators API v2, read into rows of ``stats.indicator``. Pure.

An answer is a list of two: what it says of itself, and one record for each area and year, those without a value too. What stands in its
place with status 200 (an error, XML) is told by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from connectors.formats.delimited import printed_number, rounded
from connectors.formats.json_records import Record, Records, cell_at, cell_locator
from connectors.formats.rows import Rows
from connectors.statistics.worldbank.publisher import GROUPS, LABELS
from warehouse.schema.errors import Forbidden, Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected, Value

AT = (1,)
_KEY = ("countryiso3code", "date")
_FIELDS = ("indicator", "countryiso3code", "date", "value", "obs_status")
LCU = {"CHN": "CNY", "MYS": "MYR", "HKG": "HKD", "SGP": "SGD", "THA": "THB", "VNM": "VND", "IDN": "IDR", "PHL": "PHP", "USA": "USD",
       "JPN": "JPY", "KOR": "KRW", "IND": "INR", "DEU": "EUR", "AUS": "AUD"}
"""What the Bank's "current LCU" is, of the areas that are asked for. A record does not say it."""


@dataclass(frozen=True)
class Series:
    """What one of the Bank's series becomes."""

    indicator: str
    unit: str
    """``LCU`` is the code of the area's currency."""
    based: bool = False
    """Whether it is an index whose base its name prints: ``Export unit value index (2015 = 100)``."""


SERIES = {
    "NY.GDP.MKTP.CD": Series("gdp_current_usd", "USD"),
    "NY.GDP.MKTP.CN": Series("gdp_current_lcu", "LCU"),
    "NY.GDP.DEFL.ZS": Series("gdp_deflator", "index"),
    "PA.NUS.FCRF": Series("exchange_rate_average", "LCU per USD"),
    "TX.UVI.MRCH.XD.WD": Series("export_unit_value_index", "index", based=True),
    "TM.UVI.MRCH.XD.WD": Series("import_unit_value_index", "index", based=True),
}
"""By the Bank's codes. The base year of a GDP deflator varies by country, and no answer prints it."""
STATUSES = {"": "A", "A": "A", "E": "E", "F": "F", "P": "P"}
_DECIMALS, _LARGEST = 8, Decimal(10) ** 19
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_OBJECT = msgspec.json.Decoder(dict[str, Any], float_hook=str)
_BASE = re.compile(r"\(([0-9]{4}) ?= ?100\)")


@dataclass(frozen=True)
class Page:
    """What an answer says of itself."""

    page: int
    pages: int
    total: int
    updated: str


_WIDE = re.compile(rb'"?Country Name"?,"?Country Code"?,"?(?:Indicator|Series) Name"?,', re.ASCII)


def is_answer(head: bytes) -> bool:
    """Whether bytes begin like an answer of the API, a refusal among them. Raises NotReadable for a download of the Bank's pages."""
    if _WIDE.search(head[:4000]):
        raise NotReadable("a download of the World Bank's pages with a column for each year, which is not read: save the API's answer "
                          "(https://api.worldbank.org/v2/country/chn;mys/indicator/NY.GDP.MKTP.CD?format=json&per_page=20000), which "
                          "says of when it is")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:4000]
    return (start[:1] == b"[" and ((b'"page"' in start and b'"lastupdated"' in start) or b'"message"' in start[:40])) \
        or b"<wb:" in start[:400]


def page_of(document: Document) -> Page:
    """What the answer says of itself. Raises Forbidden with the Bank's words where it refuses, SchemaDrift for another form."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    body = document.body.removeprefix(b"\xef\xbb\xbf").strip()
    if body[:1] == b"<":
        raise _xml(body, where)
    try:
        parts = _LIST.decode(body)
        said = _OBJECT.decode(parts[0]) if parts else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if "truncated" in str(error):
            raise Incomplete("the answer breaks off", **where) from error
        raise SchemaDrift(f"no answer of the Indicators API: {error}", **where) from error
    if "message" in said:
        raise Forbidden(f"the World Bank does not take this question: {_words(said['message'])}", **where)
    numbers = [_whole(said.get(name)) for name in ("page", "pages", "total")]
    if None in numbers or len(parts) != 2:
        raise SchemaDrift(f"no answer of the Indicators API: it begins {body[:200].decode('utf-8', 'replace')}", **where)
    page, pages, total = (number or 0 for number in numbers)
    return Page(page, pages, total, str(said.get("lastupdated") or "")[:10])


def _xml(body: bytes, where: dict[str, str]) -> PublisherError:
    """What XML in the place of JSON is: a refusal, or the default form."""
    text = " ".join(body[:2000].decode("utf-8", "replace").split())
    if found := re.search(r"<wb:message[^>]*?key=\"([^\"]{0,200})\"[^>]*>([^<]{0,300})", text):
        return Forbidden(f"the World Bank does not take this question: {found[1]}: {found[2].strip()}", **where)
    return SchemaDrift(f"XML or HTML stands where JSON was asked for: ask with format=json. It begins {text[:120]}", **where)


def _words(message: object) -> str:
    every = message if isinstance(message, list) else []
    told = [f"{one.get('key', '')}: {one.get('value', '')}" for one in every if isinstance(one, dict)]
    return "; ".join(told)[:300] or "without a word"


def _whole(number: object) -> int | None:
    """Counts are numbers, or digits in quotes (``"per_page":"50"`` was printed so)."""
    text = str(number)
    return int(text) if not isinstance(number, bool) and re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) else None


def read(document: Document) -> Batch | None:
    """The rows of an answer; None where it says that there is nothing, or nothing yet. Raises Forbidden, SchemaDrift, Incomplete.

    An answer of one page has a record for every area and year that it speaks of, so it is complete for those: a value that went is
    withdrawn.
    """
    where = {"dataset": document.dataset, "url": document.fetch.url}
    page = page_of(document)
    if page.total == 0:
        return None
    records = Records(document.content, AT, dataset=document.dataset, url=document.fetch.url)
    records.needs(*_FIELDS)
    if page.pages == 1 and len(records) != page.total:
        raise Incomplete(f"the answer says it has {page.total:,} records and has {len(records):,}", **where)
    reading = _Reading()
    for record in records:
        reading.take(record)
    if not len(reading.rows):
        if reading.rows.unread.rejected:
            raise SchemaDrift(f"not one record could be read: {reading.rows.unread.rejected[0].reason}", **where)
        if set(reading.not_asked) == {"no value"}:
            return None
        raise Incomplete("the answer holds no value of a series and an area that are kept", **where)
    return reading.batch(document, page)


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    page_of(document)
    return cell_at(document.content, locator, AT, _KEY)


class _Reading:
    """Records, sorted into rows, not asked for, and set aside."""

    def __init__(self) -> None:
        self.rows = Rows("stats.indicator")
        self.not_asked: dict[str, int] = {}
        self.series: dict[str, None] = {}
        self.areas: dict[str, None] = {}
        self.years: dict[date, None] = {}

    def take(self, record: Record) -> None:
        cells = record.cells
        if missing := [name for name in _FIELDS if name not in cells]:
            self._aside(record, cell_locator(record, _KEY, "value"), "record", f"it lacks {', '.join(missing)}")
            return
        series, title = _named(cells["indicator"])
        meant = SERIES.get(series)
        code, locator = cells["countryiso3code"].strip(), cell_locator(record, _KEY, "value")
        year = re.fullmatch(r"(1[89]|20)[0-9]{2}", cells["date"], re.ASCII)
        start = date(int(cells["date"]), 1, 1) if year else None
        area = LABELS.area_of(code, start) if start else None
        if meant is None:
            self._leave(f"series {series[:40]}" if re.fullmatch(r"[A-Z0-9._]{3,40}", series, re.ASCII) else "other series")
        elif code in GROUPS:
            self._leave("group of countries")
        elif start is None and re.fullmatch(r"[0-9]{4}[MQ][0-9]{1,2}", cells["date"], re.ASCII):
            self._leave("months and quarters")
        elif start is None:
            self._aside(record, locator, "date", f"{cells['date'][:40]!r} is no year")
        elif area is None:
            self._aside(record, locator, "area", f"no area is known by the code {code[:20]!r}")
        else:
            self._figure(record, locator, meant, series, title, area, start)

    def _figure(self, record: Record, locator: str, meant: Series, series: str, title: str, area: str, start: date) -> None:
        cells = record.cells
        unit, base = meant.unit, _BASE.search(title) if meant.based else None
        if unit == "LCU":
            if area not in LCU:
                self._leave("currency that no record says")
                return
            unit = LCU[area]
        self.series[meant.indicator] = self.areas[area] = self.years[start] = None
        printed, value = cells["value"], _value(cells["value"])
        whose: dict[str, Value] = {"indicator": meant.indicator, "area": area, "period_start": start}
        if not printed:
            self._leave("no value")
        elif value is None:
            self._aside(record, locator, "value", f"{printed[:40]!r} is no number", **whose)
        elif meant.based and base is None:
            self._aside(record, locator, "base", f"the name of the index prints no base: {title[:100]!r}", **whose)
        else:
            status = cells["obs_status"].strip()
            flags = f"series={series}" + (f";obs_status={status}" if status not in STATUSES else "")
            self.rows.add(printed[:200], area=area, indicator=meant.indicator, period_start=start, period_end=date(start.year, 12, 31),
                          unit=unit, value=value, status=STATUSES.get(status, "A"), base_period=base[1] if base else "",
                          flags=flags.replace("\0", "")[:200], locator=locator)

    def _leave(self, reason: str) -> None:
        self.not_asked[reason] = self.not_asked.get(reason, 0) + 1

    def _aside(self, record: Record, locator: str, rule: str, reason: str, **whose: Value) -> None:
        rejected = Rejected(locator, rule, reason, str(dict(record.cells))[:500])
        if whose or rule in ("date", "record"):
            self.rows.unread.add(rejected, **whose)
        else:
            self.rows.unread.rejected.append(rejected)  # of an area that nothing was ever stored of, nothing can be missed

    def batch(self, document: Document, page: Page) -> Batch:
        scope: dict[str, tuple[Value, ...]] = {
            "indicator": tuple(self.series), "area": tuple(self.areas), "period_start": tuple(self.years)}
        return Batch(
            dataset=document.dataset,
            name=f"{', '.join(self.series)}, page {page.page} of {page.pages}",
            frames=(self.rows.frame("indicator", "area", "period_start"),),
            constants={"dataset": document.dataset},
            scope=scope if page.pages == 1 else None,
            not_read=tuple(self.rows.unread.not_read),
            not_asked=self.not_asked,
            rejected=tuple(self.rows.unread.rejected),
            columns_seen=_FIELDS,
            checks=tuple(self.rows.unread.checks()),
        )


def _named(cell: str) -> tuple[str, str]:
    """Code and name of ``{"id": …, "value": …}``."""
    try:
        said = _OBJECT.decode(cell.encode())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return "", ""
    return str(said.get("id", "")), str(said.get("value", ""))


def _value(printed: str) -> Decimal | None:
    number = printed_number(printed)
    return rounded(number, _DECIMALS) if number is not None and abs(number) < _LARGEST else None
