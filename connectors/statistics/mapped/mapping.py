"""A mapping: what a person says of a table, as TOML, checked key by key. Pure: a text in, a ``Mapping`` or one sentence out.

What a mapping says is compared with cells and stored as values; nothing in it is run, opened, or put into a pattern or a query. How a
table is read by it is ``figures``, how one is proposed ``proposal``; docs/importing.md has the keys for people.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, Literal, NoReturn, TypeVar

from warehouse.reference import areas, currencies
from warehouse.schema.errors import NotReadable, UsageError
from warehouse.schema.travel import FLOWS, VALUATIONS, Dataset, Publisher

LARGEST = 64 * 1024
"""Characters of a mapping: one for 300 areas by name has 12,000."""
LONGEST = 300
"""Characters of a text in it."""
MOST = 2_000
"""Entries of one table in it."""
UNITS = {"one": 1, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
SUM = "sum"
SAY = "SAY"
"""Stands in a proposal where only a person knows."""
USUAL = {"export": "FOB", "re-export": "FOB", "domestic-export": "FOB", "import": "CIF", "re-import": "CIF", "retained-import": "CIF",
         "total": "CIF+FOB", "balance": "FOB-CIF"}
"""How statistics usually value a flow; never taken without being said (``valuation.usual``)."""
_KEYS: dict[str, tuple[str, ...]] = {
    "": ("name", "title", "by", "publisher", "source", "table", "reporter", "partner", "flow", "period", "product", "valuation", "value",
         "areas"),
    "publisher": ("name", "title", "called"),
    "source": ("page", "cite", "licence", "may_redistribute", "processed", "released"),
    "table": ("sheet", "header", "delimiter", "partners", "complete"),
    "reporter": ("is", "column", "skip"), "partner": ("is", "column", "skip"),
    "flow": ("is", "column", "values"), "period": ("is", "column", "across"),
    "product": ("is", "column", "classification", "digits", "total", "skip"),
    "valuation": ("is", "usual", *FLOWS),
    "value": ("column", "columns", "unit", "currency", "factor", "estimate", "missing", "thousands"),
}
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)
_CLASS = re.compile(r"[A-Z][A-Za-z0-9.-]{1,19}", re.ASCII)
T = TypeVar("T")
Column = str | int
"""A column by the name in the header, or by its number counted from 1 where it has none."""


@dataclass(frozen=True)
class Side:
    """Reporter or partner: one area for the whole table, or a column of labels."""

    area: str = ""
    column: Column | None = None
    skip: frozenset[str] = frozenset()
    """Labels, folded, of rows that are not loaded (groups that overlap, a footnote)."""


@dataclass(frozen=True)
class Flow:
    """One flow, or a column whose cells mean flows; neither where each value column has its own."""

    flow: str = ""
    column: Column | None = None
    values: dict[str, str] = field(default_factory=dict)
    """Label, folded, → flow."""


@dataclass(frozen=True)
class Product:
    """All goods, or a column of codes of one classification."""

    column: Column | None = None
    classification: str = "-"
    digits: int = 0
    """Codes are brought to so many digits: spreadsheets lose the zero of 04."""
    total: str = ""
    """The label, folded, that stands for all goods; empty where none does."""
    summed: bool = False
    """The table has no row for all goods: its products are added up, and the sum is marked as derived."""
    skip: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Mapping:
    """What a person says of a table."""

    name: str
    title: str
    by: str
    publisher: str
    publisher_title: str
    called: str
    page: str
    cite: str
    licence: str
    may_redistribute: bool
    processed: str
    """What somebody did to the publisher's figures; empty where they are as published."""
    released: date | None
    sheet: str
    header: int
    delimiter: str
    partners: Literal["all", "selected"]
    complete: bool
    """The file is the whole table of its periods: what a later file of them lacks is withdrawn."""
    reporter: Side
    partner: Side
    flow: Flow
    period: Column | None
    """The column of the period; None where the header has periods, or there is one for all."""
    period_is: str
    product: Product
    valuation: dict[str, str]
    columns: dict[Column, str]
    """Columns of figures → flow; an empty flow is the table's."""
    unit: int
    currency: str
    factor: int
    estimate: str
    """How a cell ends that is an estimate; empty where none is marked so."""
    missing: frozenset[str]
    thousands: str
    areas: dict[str, str]
    """Label, folded, → area."""

    @property
    def across(self) -> bool:
        """Whether the header has the periods (a wide table)."""
        return self.period is None and not self.period_is

    @property
    def dataset(self) -> str:
        return f"mapped.{self.name}"

    def described(self) -> tuple[Dataset, Publisher | None]:
        """The dataset, and its publisher where the mapping says who that is."""
        said = f"{self.title} (processed: {self.processed})" if self.processed else self.title
        dataset = Dataset(
            dataset=self.dataset, publisher=self.publisher, title=said, table="stats.trade",
            account="mixed" if self.processed else "reported", chain=f"{self.publisher}.mapped.{self.name}",
            # Below every edition that a connector reads, and what was processed below what was not.
            chain_rank=-2 if self.processed else -1, revision_mode="overwrite", partner_scope=self.partners, licence=self.licence,
            may_redistribute=self.may_redistribute, attribution=self.cite, page_url=self.page, tz="UTC",
            missing_means="zero" if self.partners == "all" else "not_observed",
            cadence="when somebody brings a file", periods="irregular", enabled=False, citation=self.cite)
        if not self.publisher_title:
            return dataset, None
        return dataset, Publisher(
            publisher=self.publisher, title=self.publisher_title, called=self.called, languages=("en",), tz="UTC", licence=self.licence,
            attribution=self.cite)


def coded(label: str) -> str | None:
    """The area that a code of three capitals means."""
    text = label.strip()
    return text if text.isupper() and text in areas.areas() else None


@lru_cache(maxsize=64)
def read(text: str) -> Mapping:
    """The mapping that a text is. Raises NotReadable naming the key and the way out."""
    if len(text) > LARGEST:
        _no(f"has {len(text):,} characters, more than the {LARGEST:,} of any mapping: was the table given in its place?")
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        _no(f"is no TOML: {first[:200]}. docs/importing.md has one to begin with, and --as without a file proposes one")
    _known("", said)
    return _Reading(said).mapping()


def _no(said: str) -> NoReturn:
    raise NotReadable(f"the mapping {' '.join(said.split())}")  # a label may have a line of its own in it


def _known(table: str, said: dict[str, Any]) -> None:
    for key in said:
        if key not in _KEYS[table]:
            near = get_close_matches(key, _KEYS[table], 1, 0.6)
            there = f"{near[0]!r} may be meant" if near else "there are " + ", ".join(_KEYS[table])
            _no(f"has the key {_of(table, key)!r}, which is none; {there}")


def _of(table: str, key: str) -> str:
    return f"{table}.{key}"[:80] if table else key[:80]


class _Reading:
    """The keys of a mapping, each held against what it may be."""

    def __init__(self, said: dict[str, Any]) -> None:
        self._said = said
        for table, keys in _KEYS.items():
            if table and keys:
                _known(table, self._table(table))

    def mapping(self) -> Mapping:
        name = self._text("", "name")
        if not _NAME.fullmatch(name) or len(name) > 40:
            _no(f"names itself {name[:60]!r}: `name` takes small letters, digits and single hyphens, such as imf-exports")
        publisher = self._text("publisher", "name")
        if not _NAME.fullmatch(publisher) or len(publisher) > 40:
            _no(f"has publisher.name {publisher[:60]!r}: it takes a short name in small letters, such as imf or dosm")
        title = self._text("publisher", "title", "")
        columns, flow = self._columns(), self._flow()
        unflowed = [column for column, its in columns.items() if not its]
        if (unflowed or not columns) and not flow.flow and flow.column is None:
            _no("does not say the flow: set flow.is (one for all), flow.column with flow.values, or value.columns with one for each column")
        found = Mapping(
            name=name, title=self._text("", "title"), by=self._text("", "by", ""), publisher=publisher, publisher_title=title,
            called=self._text("publisher", "called", title), page=self._page(), cite=self._text("source", "cite"),
            licence=self._text("source", "licence", "not stated by who brought the table"),
            may_redistribute=self._yes("source", "may_redistribute", False), processed=self._text("source", "processed", ""),
            released=self._released(), sheet=self._text("table", "sheet", ""), header=self._whole("table", "header", 1, 1, 10_000),
            delimiter=self._delimiter(), partners=self._one_of("table", "partners", ("all", "selected"), "selected"),  # type: ignore[arg-type]
            complete=self._yes("table", "complete", False), reporter=self._side("reporter"), partner=self._side("partner"), flow=flow,
            period=self._column("period", "column"), period_is=self._text("period", "is", ""), product=self._product(),
            valuation=self._valuation(), columns=columns, unit=self._unit(), currency=self._currency(),
            factor=self._whole("value", "factor", 1, 1, 1000), estimate=self._raw("value", "estimate"),
            missing=frozenset(self._texts("value", "missing")) | {""}, thousands=self._thousands(), areas=self._areas())
        across = self._yes("period", "across", False)
        if [found.period is not None, bool(found.period_is), across].count(True) != 1:
            _no("says the period in none or several ways: set one of period.column, period.across = true (the header has the periods), "
                "period.is")
        if across and columns:
            _no("has period.across and value.column: where the header has the periods, their columns have the figures; leave it out")
        if not across and not columns:
            _no("does not say where the figures are: set value.column or value.columns")
        return found

    # ── tables and keys ────────────────────────────────────────────────────────────────────────────────────────────────

    def _table(self, name: str) -> dict[str, Any]:
        found = self._said.get(name, {})
        if not isinstance(found, dict):
            _no(f"has {name} = {str(found)[:40]!r}: it is a table, [{name}]")
        if len(found) > MOST:
            _no(f"has more than {MOST:,} entries in [{name}]")
        return found if name != "areas" else {}

    def _get(self, table: str, key: str, kind: type[T], default: T | None, what: str) -> T:
        found = (self._said if not table else self._said.get(table, {})).get(key)
        if found is None:
            if default is None:
                _no(f"lacks {_of(table, key)!r}: {what}")
            return default
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            _no(f"has {_of(table, key)} = {str(found)[:40]!r}: it takes {what}")
        return found

    def _raw(self, table: str, key: str, default: str | None = "", what: str = "a text") -> str:
        found = self._get(table, key, str, default, what)
        if found.strip() == SAY:
            _no(f"still has {SAY} in {_of(table, key)!r}: put in its place what is so")
        if len(found) > LONGEST or not all(char.isprintable() for char in found):
            _no(f"has a text in {_of(table, key)} that is longer than {LONGEST} characters, or cannot be printed")
        return found

    def _text(self, table: str, key: str, default: str | None = None) -> str:
        found = self._raw(table, key, default, "a text in quotation marks").strip()
        if not found and default is None:
            _no(f"has nothing in {_of(table, key)!r}: a text is needed there")
        return found

    def _yes(self, table: str, key: str, default: bool) -> bool:
        return self._get(table, key, bool, default, "true or false")

    def _whole(self, table: str, key: str, default: int, least: int, most: int) -> int:
        found = self._get(table, key, int, default, f"a whole number from {least} to {most}")
        if not least <= found <= most:
            _no(f"has {_of(table, key)} = {str(found)[:40]}: it takes a whole number from {least} to {most}")
        return found

    def _one_of(self, table: str, key: str, allowed: Iterable[str], default: str | None) -> str:
        found = self._raw(table, key, default)
        if found not in tuple(allowed):
            _no(f"has {_of(table, key)} = {found[:40]!r}: it takes {', '.join(allowed)}")
        return found

    def _texts(self, table: str, key: str) -> list[str]:
        found = self._get(table, key, list, [], "a list of texts")
        if len(found) > MOST or not all(isinstance(one, str) and len(one) <= LONGEST for one in found):
            _no(f"has something else than texts in {_of(table, key)}, or too many: it takes a list such as [\"…\", \"n.a.\"]")
        return [one.strip() for one in found]

    def _column(self, table: str, key: str) -> Column | None:
        found = (self._said.get(table) or {}).get(key)
        return None if found is None else self._named(f"{table}.{key}", found)

    def _named(self, where: str, found: object) -> Column:
        if isinstance(found, bool) or not isinstance(found, str | int) or (isinstance(found, int) and not 1 <= found <= 16_384) or (
                isinstance(found, str) and not 0 < len(found.strip()) <= LONGEST):
            _no(f"has {where[:80]} = {str(found)[:40]!r}: it takes the name of a column as in the header, or its number counted from 1")
        return found.strip() if isinstance(found, str) else found

    # ── what they say ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _side(self, role: str) -> Side:
        one, column = self._raw(role, "is"), self._column(role, "column")
        if bool(one) == (column is not None):
            _no(f"says the {role} in none or two ways: set {role}.is (one for the whole table) or {role}.column")
        area = self._area(f"{role}.is", one) if one else ""
        return Side(area, column, frozenset(areas.fold(label) for label in self._texts(role, "skip")))

    def _area(self, where: str, text: str) -> str:
        try:
            return areas.labelled(text)
        except UsageError as error:
            _no(f"has {where[:80]} = {text[:60]!r}: {str(error)[:200]}")

    def _flow(self) -> Flow:
        one, column = self._raw("flow", "is"), self._column("flow", "column")
        if one and column is not None:
            _no("has both flow.is and flow.column: one of them says it")
        values = {areas.fold(label): self._flowed(f"flow.values.{label}", flow)
                  for label, flow in self._get("flow", "values", dict, {}, "a table of label = flow").items()}
        if column is not None and not values:
            _no('has flow.column without flow.values: say what its cells mean, as { "Exports" = "export", "Imports" = "import" }')
        return Flow(self._flowed("flow.is", one) if one else "", column, values)

    def _flowed(self, where: str, flow: object) -> str:
        if flow not in FLOWS:
            _no(f"has {where[:80]} = {str(flow)[:40]!r}: flows are {', '.join(FLOWS)}")
        return str(flow)

    def _columns(self) -> dict[Column, str]:
        one = self._column("value", "column")
        several = self._get("value", "columns", dict, {}, 'a table of column = flow, as { "IMPORT (RM)" = "import" }')
        if one is not None and several:
            _no("has both value.column and value.columns: one of them says it")
        if one is not None:
            return {one: ""}
        return {self._named(f"value.columns.{column}", column): self._flowed(f"value.columns.{column}", flow)
                for column, flow in several.items()}

    def _product(self) -> Product:
        column = self._column("product", "column")
        if column is None:
            if (one := self._raw("product", "is", "TOTAL")) != "TOTAL":
                _no(f"has product.is = {one[:40]!r}: without product.column a table is of all goods (TOTAL)")
            return Product()
        classification = self._text("product", "classification")
        if not _CLASS.fullmatch(classification):
            _no(f"has product.classification = {classification[:40]!r}: it takes a name such as SITC4, HS2017, BEC4")
        total = self._raw("product", "total")
        return Product(column, classification, self._whole("product", "digits", 0, 0, 10),
                       "" if total == SUM else areas.fold(total), total == SUM,
                       frozenset(areas.fold(label) for label in self._texts("product", "skip")))

    def _valuation(self) -> dict[str, str]:
        one, usual = self._raw("valuation", "is"), self._yes("valuation", "usual", False)
        said = {flow: self._one_of("valuation", flow, VALUATIONS, "-") for flow in FLOWS if flow in self._said.get("valuation", {})}
        if one:
            self._one_of("valuation", "is", VALUATIONS, "-")
        return {flow: said.get(flow) or one or (USUAL[flow] if usual else "-") for flow in FLOWS}

    def _unit(self) -> int:
        found = self._said.get("value", {}).get("unit")
        if found == SAY:
            self._raw("value", "unit")
        if isinstance(found, str) and found in UNITS:
            return UNITS[found]
        if isinstance(found, int) and not isinstance(found, bool) and 1 <= found <= 10**12:
            return found
        _no(f"has value.unit = {str(found)[:40]!r}: it takes {', '.join(UNITS)}, or a whole number such as 1000000")

    def _currency(self) -> str:
        try:
            return currencies.currency(self._text("value", "currency"))
        except UsageError as error:
            _no(f"has value.currency wrong: {str(error)[:200]}")

    def _thousands(self) -> str:
        return self._one_of("value", "thousands", ("", ",", " ", "'"), "")

    def _delimiter(self) -> str:
        found = self._one_of("table", "delimiter", ("", ",", ";", "|", "tab"), "")
        return "\t" if found == "tab" else found

    def _page(self) -> str:
        found = self._text("source", "page", "")
        if found and not found.startswith(("https://", "http://")):
            _no(f"has source.page = {found[:60]!r}: it takes the publisher's page, an address with https://")
        return found

    def _released(self) -> date | None:
        found = self._said.get("source", {}).get("released")
        if found is not None and type(found) is not date:
            _no(f"has source.released = {str(found)[:40]!r}: it takes a day without quotation marks, such as 2020-01-15")
        return found

    def _areas(self) -> dict[str, str]:
        said = self._said.get("areas", {})
        if not isinstance(said, dict) or len(said) > MOST or not all(isinstance(area, str) for area in said.values()):
            _no('has something else than label = "area" in [areas], or too many')
        return {areas.fold(label): self._area(f"areas.{label}", area) for label, area in said.items()}


def number(text: str, mapping: Mapping) -> tuple[Decimal, int] | None:
    """The number that a cell prints and its decimals, without a float's noise; None where it is no plain number."""
    bare = text.replace("\u2212", "-").strip()
    if mapping.thousands:
        marks = {" ": _BLANKS, "'": "'\u2019"}.get(mapping.thousands, mapping.thousands)
        # Three digits stand behind the last mark: 1,23 and 1.234,5 are written with a decimal comma, and 126.4 1 has a note.
        if re.match(rf"[-+]?[0-9]{{1,3}}(?:[{marks}][0-9]{{2,3}})*[{marks}][0-9]{{3}}(?![0-9{marks}])", bare, re.ASCII):
            bare = re.sub(f"[{marks}]", "", bare)
    if len(bare) > 60 or not _PLAIN.fullmatch(bare):
        return None
    try:
        found = Decimal(bare)
    except InvalidOperation:
        return None
    if len(found.as_tuple().digits) > FLOAT_DIGITS:
        found = +Decimal(f"{found:.{FLOAT_DIGITS - 1}e}").normalize()
    return found, max(0, -int(found.as_tuple().exponent))


def otherwise(text: str, mapping: Mapping) -> str:
    """What a cell that is no number by the mapping shows of all the others: that they are written with other marks; empty where nothing."""
    bare = text.replace("\u2212", "-").strip().lstrip("+-")
    if _POINTS.fullmatch(bare):
        return "its thousands are parted by points, so 1.234 would be read as one and a part"
    if mapping.thousands == "," and _DECIMAL_COMMA.fullmatch(bare):
        return "its decimals have a comma, so 1,234 would be read as a thousand and more"
    return ""


_POINTS = re.compile(r"[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+|\.[0-9]{3})", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+", re.ASCII)
FLOAT_DIGITS = 15
"""Digits that a float holds surely; what a tool wrote behind them (80.57520000000001) is noise."""
_BLANKS = " \u00a0\u202f\u2009"
_PLAIN = re.compile(r"[-+]?[0-9]{1,25}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
