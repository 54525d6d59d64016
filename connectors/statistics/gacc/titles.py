"""What GACC writes above and around a table, read as words: which table, which months, which currency, which unit.

Pure functions on short texts. Where those texts stand in a page is ``pages``; what the table below them holds is
``tables``.

GACC's wording has drifted every year, so a table is known by its description and never by its number (by-country was
number (3) in the release of January–February 2020, (4) later).
"""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from typing import Literal

PRELIM = "gacc.prelim.country"
BULLETIN = "gacc.bulletin.country"
COMMODITY = "gacc.prelim.commodity"
REGIME = "gacc.bulletin.regime"
COVERAGE = "gacc.coverage"

Flow = Literal["total", "export", "import"]
Span = Literal["month", "ytd"]

_NAMES = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")
MONTHS = {spelt: number for number, name in enumerate(_NAMES, 1) for spelt in (name, name[:3])} | {"sept": 9}
_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))
_DASH = r"(?:-|–|—|~|～|至|to)"

_BY_COUNTRY = re.compile(r"\bby\s+(?:major\s+)?countr(?:y|ies)\b")
_OTHER_TABLE = re.compile(r"\bhs\b|section|division|commodit|regime|quantity|trade\s*mode|location|enterprise")
_MAJOR = re.compile(r"\bmajor (export|import)s? by quantity and value\b")
_BY_REGIME = re.compile(r"\b(export|import)s? of selected commodities by (?:major )?customs regimes?\b"
                        r"|\b()imports? and exports? by customs regimes?\b")
_ENGLISH_PERIOD = re.compile(rf"\b({_MONTH})\b\.?(?:\s*{_DASH}\s*({_MONTH})\b\.?)?,?\s*((?:19|20)\d\d)(?!\d)")
_NUMBER_PERIOD = re.compile(rf",\s*(\d{{1,2}})(?:\s*{_DASH}\s*(\d{{1,2}}))?\s*\.\s*((?:19|20)\d\d)(?!\d)")
_CHINESE_PERIOD = re.compile(rf"((?:19|20)\d\d)\s*年\s*(\d{{1,2}})(?:\s*月?\s*{_DASH}\s*(\d{{1,2}}))?\s*月")

_CNY = re.compile(r"\b(?:cny|rmb)|人民币")
_USD = re.compile(r"\busd|us\s?\$|\bus\s+dollars?\b|美元")
_UNIT = re.compile(r"(?:\bunits?\b|单位)\s*[:：∶]?\s*(.+)", re.DOTALL)
_SCALES = {"": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9}
_CHINESE_SCALES = {"百万": 10**6, "亿": 10**8, "万": 10**4, "千": 10**3}

_YTD_CELL = re.compile(rf"^(?:0?1{_DASH}|1-{_DASH}-?)-?(\d{{1,2}})月?$")
_MONTH_CELL = re.compile(r"^(\d{1,2})月?$")
_NAMED_CELL = re.compile(rf"^(?:jan(?:uary)?\.?{_DASH})?({_MONTH})\.?$")
_GROWTH = re.compile(r"[%％±]|year-on-year|y-o-y|\byoy\b|change|growth|同比|比去年")
_GROWTH_WORDS = re.compile(r"\d+\s*-?\s*to\s*-?\s*\d+|total\s+year-on-year|year-on-year|\(.*?\)")
_GROWTH_SPAN = re.compile(r"1\s*-?\s*(?:to|至)\s*-?\s*(\d{1,2})")


@dataclass(frozen=True)
class Months:
    """The months that a title names: one, or January to another."""

    year: int
    first: int
    last: int

    @property
    def end(self) -> date:
        return date(self.year, self.last, monthrange(self.year, self.last)[1])

    def start(self, span: Span) -> date:
        """First day of the last month alone, or of the year."""
        return date(self.year, self.last if span == "month" else 1, 1)

    def __str__(self) -> str:
        last = f"{self.year}-{self.last:02}"
        return last if self.first == self.last else f"{self.year}-01 to {last}"


@dataclass(frozen=True)
class Unit:
    """What one printed unit is: ``CNY 100 Million`` is 100,000,000 yuan."""

    currency: str
    multiplier: int
    printed: str


KNOWN_UNITS: dict[str, dict[str, int]] = {
    PRELIM: {"CNY": 10**8, "USD": 10**6},
    BULLETIN: {"CNY": 10**4, "USD": 10**3},
    COMMODITY: {"CNY": 10**8, "USD": 10**6},
    REGIME: {"CNY": 10**4, "USD": 10**3},
}
"""The units of each table as GACC prints them. Between the two tables lies a factor of 10,000 (CNY) or 1,000 (USD), so
a unit that is not the known one is refused instead of believed."""


def squash(text: str) -> str:
    """One line without doubled or non-breaking blanks."""
    return " ".join(text.split())


def table_of(title: str) -> str | None:
    """The dataset whose table a title describes, or None for every other table of GACC and for other texts."""
    text = squash(title).casefold().replace("（", "(").replace("）", ")")
    if "国别" in text and "进出口商品" in text and "总值表" in text:
        return PRELIM if "主要国别" in text else BULLETIN
    if _MAJOR.search(text):
        return COMMODITY
    if _BY_REGIME.search(text):
        return REGIME
    if not _BY_COUNTRY.search(text) or _OTHER_TABLE.search(text) or "import" not in text or "export" not in text:
        return None
    if "origin" in text and "destination" in text:
        return BULLETIN
    return PRELIM if "total" in text and "china" in text else None


def flow_named(title: str) -> Flow | None:
    """The one flow of a table of commodities; None for a table of both."""
    text = squash(title).casefold()
    found = _MAJOR.search(text) or _BY_REGIME.search(text)
    return None if found is None or not found[1] else "export" if found[1] == "export" else "import"


def months_of(title: str) -> Months | None:
    """The months that a title names, or None when it names none, or no calendar month (some titles of 2018)."""
    text = squash(title).casefold()
    english = _ENGLISH_PERIOD.search(text)
    if english:
        first, last = MONTHS[english[1]], MONTHS[english[2] or english[1]]
        return _months(int(english[3]), first, last)
    numbers = _NUMBER_PERIOD.search(text)
    if numbers:
        return _months(int(numbers[3]), int(numbers[1]), int(numbers[2] or numbers[1]))
    chinese = _CHINESE_PERIOD.search(text)
    if chinese:
        return _months(int(chinese[1]), int(chinese[2]), int(chinese[3] or chinese[2]))
    return None


def _months(year: int, first: int, last: int) -> Months | None:
    # A span that does not begin in January is none that GACC has ever printed: better no period than a wrong one.
    whole = first == last or first == 1
    return Months(year, first, last) if whole and 1 <= first <= last <= 12 else None


def currencies_of(text: str) -> set[str]:
    """The currencies that a title or unit names; RMB is CNY."""
    lower = text.casefold()
    return {code for code, pattern in (("CNY", _CNY), ("USD", _USD)) if pattern.search(lower)}


def unit_of(text: str) -> Unit | None:
    """The unit that a cell declares (``Unit: CNY 100 Million``, ``Unit:US$1,000``, ``单位：万元人民币``), or None when
    it declares none that names one currency."""
    declared = _UNIT.search(squash(text).casefold())
    if not declared:
        return None
    rest = declared[1]
    named = currencies_of(rest)
    if not named and ("yuan" in rest or "元" in rest):
        named = {"CNY"}
    if len(named) != 1:
        return None
    number = re.search(r"\d[\d,]*", rest)
    multiplier = int(number[0].replace(",", "")) if number and len(number[0]) <= 15 else 1
    scale = next((word for word in _SCALES if word and word in rest), "")
    chinese = next((size for word, size in _CHINESE_SCALES.items() if word in rest), 1)
    return Unit(currency=named.pop(), multiplier=multiplier * _SCALES[scale] * chinese, printed=squash(text))


def span_of(cell: str) -> tuple[Span, int] | None:
    """A header cell's months: ``3`` is March; ``1- to-3``, ``1-to-3``, ``1至3月`` January to March; else None."""
    text = "".join(cell.casefold().split())
    upto = _YTD_CELL.match(text)
    if upto:
        return _checked("ytd", int(upto[1]))
    single = _MONTH_CELL.match(text)
    if single:
        return _checked("month", int(single[1]))
    named = _NAMED_CELL.match(text)
    if named:
        alone = MONTHS.get(text.rstrip(".")) is not None
        return ("month" if alone else "ytd"), MONTHS[named[1]]
    return None


def _checked(span: Span, month: int) -> tuple[Span, int] | None:
    return (span, month) if 1 <= month <= 12 else None


def flow_of(cell: str) -> Flow | None:
    """A header cell's flow: exports and imports together are the total."""
    text = squash(cell).casefold()
    outward, inward = "export" in text or "出口" in text, "import" in text or "进口" in text
    if "进出口" in text or "total" in text or (outward and inward):
        return "total"
    return "export" if outward else "import" if inward else None


def is_growth(cell: str) -> bool:
    """Whether a header cell stands over growth in per cent."""
    return _GROWTH.search(cell.casefold()) is not None


def growth_flow(cell: str) -> Flow | None:
    """The flow that a growth header names itself: none in ``1-to-3 Total Year-on-Year``, which is the whole block's."""
    return flow_of(_GROWTH_WORDS.sub(" ", squash(cell).casefold()))


def growth_month(cell: str) -> int | None:
    """The last month of the span that a growth header names, or None when it names none."""
    named = _GROWTH_SPAN.search(cell.casefold())
    return int(named[1]) if named else None
