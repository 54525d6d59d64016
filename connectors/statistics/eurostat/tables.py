"""The SDMX tables of Comext: small questions, and their answers as rows. Pure.

Two tables hold the same trade by other names: DS-045409 (the Union and its members since 1988) counts mass in units of 100 kg, DS-059341
(with some reporters outside of the Union, since 2002) in kilograms.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode, urlsplit

from connectors.formats import sdmx
from connectors.formats.delimited import header_of, printed_number, rounded
from connectors.formats.rows import Rows
from connectors.statistics.eurostat import products
from connectors.statistics.eurostat.bulk import PARTNERS
from connectors.statistics.eurostat.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.content import HEAD_BYTES
from warehouse.schema.errors import Forbidden, Incomplete, NotReadable, TooLarge
from warehouse.schema.travel import Document, Refusal, Rejected, Request, Value

API = "https://ec.europa.eu/eurostat/api/comext/dissemination/sdmx/2.1/data"
"""The path with /comext/: the ordinary one does not know these tables."""
UNION, TABLE_OF_UNION, TABLE_OF_MORE = "EU27_2020", "DS-045409", "DS-059341"
DATASETS = {"eurostat.ds-045409": TABLE_OF_UNION, "eurostat.ds-059341": TABLE_OF_MORE}
DIMENSIONS = ("freq", "reporter", "partner", "product", "flow", "indicators")
VALUES = frozenset({"VALUE_IN_EUROS", "VALUE_EUR"})
MASSES = {"QUANTITY_IN_100KG": 100, "QUANTITY_KG": 1}
"""What one unit of a mass is in kilograms."""
ASKED = ("VALUE_IN_EUROS", "QUANTITY_IN_100KG")
MARKS = ("OBS_FLAG", "OBS_STATUS")
FLOWS = {"1": ("import", "CIF"), "2": ("export", "FOB"), "3": ("re-export", "FOB")}
CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 100) if chapter not in (77, 98))
ALL_GOODS = "TOTAL"
CELLS = 5_000_000
"""Positions of a question, all dimensions multiplied, above which Eurostat refuses it."""
EVERY_PARTNER = 400
"""More than there are."""
TYPES = ("text/csv", "application/vnd.sdmx.data+csv", "text/plain")
REFUSALS = (
    Refusal(413, "", TooLarge, "the question is too large for Eurostat at once"),
    Refusal(400, "EXTRACTION_TOO_BIG", TooLarge, "the question is too large for Eurostat at once"),
    Refusal(200, "EXTRACTION_TOO_BIG", TooLarge, "the question is too large for Eurostat at once"),
    *(Refusal(200, words, TooLarge, "the question was put into a queue (asynchronous) and not answered")
      for words in ("SUBMITTED", "PROCESSING", "async/status", "due to the large query the response will be written to a file")),
)
"""A ticket of the queue is a question that is too large: it is put again in parts, and the queue is left alone."""
_HEADER = {name.upper() for name in (*DIMENSIONS, "TIME_PERIOD", "OBS_VALUE")}
_LARGEST = Decimal(10) ** 16


@dataclass(frozen=True)
class Question:
    """What one call asks of one reporter, in months. No partner at all means every one of them."""

    reporter: str
    first: date
    last: date
    """First days of months, both inclusive."""
    products: tuple[str, ...]
    partners: tuple[str, ...] = ()
    part: bool = False
    """Of a question that was too large: that it has no answer is then no error."""

    @property
    def said(self) -> str:
        partners = f"{len(self.partners)} partners" if self.partners else "all partners"
        what = self.products[0] if len(self.products) == 1 else f"{self.products[0]} to {self.products[-1]}"
        return f"{self.reporter} {self.first:%Y-%m} to {self.last:%Y-%m}, {partners}, {what}"

    @property
    def cells(self) -> int:
        """Positions that it multiplies to, with flows and indicators."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month + 1
        return months * len(self.products) * (len(self.partners) or EVERY_PARTNER) * 2 * len(ASKED)

    def request(self, dataset: str) -> Request:
        key = ".".join(("M", self.reporter, "+".join(self.partners), "+".join(self.products), "1+2", "+".join(ASKED)))
        period = urlencode({"startPeriod": f"{self.first:%Y-%m}", "endPeriod": f"{self.last:%Y-%m}", "format": "SDMX-CSV"})
        return Request(f"{API}/{DATASETS[dataset]}/{key}?{period}", dataset, content_types=TYPES, landmarks=("OBS_VALUE",),
                       refusals=REFUSALS, max_bytes=512 * 1024 * 1024)

    def parts(self) -> tuple[Question, ...]:
        """The same in two: by time, then by product, then by partner. Raises Incomplete where it is the smallest."""
        months = (self.last.year - self.first.year) * 12 + self.last.month - self.first.month
        if months:
            middle = self.first.month - 1 + months // 2
            end = date(self.first.year + middle // 12, middle % 12 + 1, 1)
            begin = date(end.year + end.month // 12, end.month % 12 + 1, 1)
            return replace(self, last=end, part=True), replace(self, first=begin, part=True)
        for name in ("products", "partners"):
            values: tuple[str, ...] = getattr(self, name)
            if len(values) > 1:
                half = (len(values) + 1) // 2
                return tuple(replace(self, part=True, **{name: part}) for part in (values[:half], values[half:]))  # type: ignore[arg-type]
        raise Incomplete(f"Eurostat takes the question for too large, and no smaller one can be asked ({self.said})")


def questions(first: date, last: date) -> Iterator[Question]:
    """All that is asked for months: the Union's all goods with every partner, and its chapters with those whose products are kept."""
    for whole in (Question(UNION, first, last, (ALL_GOODS,)), Question(UNION, first, last, CHAPTERS, ("WORLD", *PARTNERS))):
        yield from _within(whole)


def _within(question: Question) -> Iterator[Question]:
    if question.cells <= CELLS:
        yield question
        return
    for part in question.parts():
        yield from _within(replace(part, part=question.part))


_TSV = re.compile(rb"(?:\xef\xbb\xbf)?[A-Za-z0-9_, ]{1,200}\\TIME_PERIOD\t", re.ASCII)


def table_of(head: bytes) -> str | None:
    """The dataset that a message is of, by its header and first line; None where it is no table of Comext.

    Raises a PublisherError for an answer that is no table, saying what it is.
    """
    refused(head)
    if _TSV.match(head):
        raise NotReadable("Eurostat's TSV with a column for each period, which is not read: ask for the same with format=SDMX-CSV")
    names = {name.partition(":")[0].upper() for name in header_of(head)}
    if not names >= _HEADER:
        return None
    start = head[:HEAD_BYTES]
    for dataset, table in DATASETS.items():
        if table.encode() in start.upper():
            return dataset
    if b"QUANTITY_IN_100KG" in start or b"VALUE_IN_EUROS" in start:
        return "eurostat.ds-045409"
    return "eurostat.ds-059341" if b"QUANTITY_KG" in start or b"VALUE_EUR" in start else None


def refused(head: bytes, **where: str) -> None:
    """Raise what an answer in place of a table means; return where it may be one."""
    start = head[:HEAD_BYTES]
    if not start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<", b"{")):
        return
    words = " ".join(start[:300].decode("utf-8", "replace").split())
    if b"EXTRACTION_TOO_BIG" in start:
        raise TooLarge(f"no table but a refusal of Eurostat: the question is too large ({words})", **where)
    if b"response will be written to a file" in start or re.search(rb"<[^>]*status>\s*(SUBMITTED|PROCESSING|AVAILABLE|EXPIRED)", start):
        raise NotReadable(f"no table but a ticket of Eurostat's queue (asynchronous): fetch what it leads to, or ask for less ({words})",
                          **where)
    if b"<" in start[:100] and b"eurostat" in start.lower() and (b"fault" in start.lower() or b"error" in start.lower()):
        raise Forbidden(f"no table but an error of Eurostat ({words})", **where)


@dataclass
class _Row:
    """What several observations of one key come to."""

    value: Decimal | None = None
    printed: str = ""
    mass: float | None = None
    locator: str = ""
    marks: str = ""
    contradicted: bool = False


@dataclass(frozen=True)
class Reading:
    """What a message holds."""

    rows: Rows
    not_asked: Counter[str]
    columns: tuple[str, ...]


def layout(document: Document) -> sdmx.Layout:
    """The dimensions as the message writes them: names in capitals are taken as well, unless they are labels beside its own."""
    header = [name.partition(":")[0] for name in header_of(document.content.head)]
    names = {name.upper(): name for name in header}
    dimensions = tuple(name if name in header else names.get(name.upper(), name) for name in DIMENSIONS)
    return sdmx.Layout(dimensions, dataset=document.dataset, url=document.fetch.url)


def read(document: Document) -> Reading:
    """Raises a PublisherError for what is no table of Comext."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    refused(document.content.head, **where)
    message = sdmx.read(document.content, layout(document))
    rows = Rows("stats.trade")
    not_asked: Counter[str] = Counter()
    found: dict[tuple[str, ...], _Row] = {}
    for one in sdmx.given(message, layout(document), "ask again without it"):
        key, period = one.key, one.period.strip()
        indicator = key[-1]
        if not one.value:
            not_asked["no value"] += 1
        elif indicator not in VALUES and indicator not in MASSES:
            # The unit of a supplementary quantity is not in the message.
            not_asked[f"indicator {indicator[:40]}"] += 1
        elif (number := printed_number(one.value)) is None or not 0 <= number < _LARGEST:
            rows.unread.add(Rejected(one.locator, "value", f"'{one.value[:40]}' is no amount", one.value[:200]))
        else:
            row = found.setdefault((*key[:-1], period), _Row())
            if indicator in MASSES:
                mass = float(number * MASSES[indicator])
                row.contradicted |= row.mass not in (None, mass)
                row.mass = mass
            else:
                row.contradicted |= row.value not in (None, number)
                row.value, row.printed, row.locator = number, one.value, one.locator
                row.marks = ";".join(f"{name}={mark}" for name, mark in sorted(one.attributes.items()) if name in MARKS)
    for key, row in found.items():
        _take(rows, not_asked, key, row)
    return Reading(rows, not_asked, message.columns)


def _take(rows: Rows, not_asked: Counter[str], key: tuple[str, ...], row: _Row) -> None:
    freq, reporter, partner, product, flow, text = key
    if row.value is None:
        not_asked["mass without a value"] += 1
        return
    reason = ""
    span = period(freq, text)
    if span is None:
        reason = f"'{text[:40]}' is no period of the frequency {freq[:10]}"
    elif flow not in FLOWS:
        reason = f"'{flow[:40]}' is no flow"
    elif not (product == ALL_GOODS or re.fullmatch(products.CODE, product, re.ASCII)):
        reason = f"'{product[:40]}' is no code of the nomenclature"
    elif row.contradicted:
        reason = "two figures of one key, and nothing tells them apart"
    if reason:
        rows.unread.add(Rejected(row.locator, "record", reason, ", ".join((*key, row.printed))[:300]))
        return
    assert span is not None
    meant = {}
    for what, code in (("reporter", reporter), ("partner", partner)):
        meant[what] = LABELS.area_of(code, span[0])
        if meant[what] is None and re.fullmatch(r"[A-Z0-9]+_[A-Z0-9_]+", code, re.ASCII):
            not_asked[f"group {code[:40]}"] += 1
            return
        if meant[what] is None:
            rows.unread.rejected.append(Rejected(row.locator, "record", f"no area has the code '{code[:40]}' then: add it to areas.csv",
                                                 ", ".join((*key, row.printed))[:300]))
            return
    name, valuation = FLOWS[flow]
    rows.add(row.printed[:200], reporter=meant["reporter"], partner=meant["partner"], flow=name,
             classification=_classification(product, span[0].year), product=product,
             product_level=0 if product == ALL_GOODS else products.RESIDUAL if re.fullmatch(products.REMAINDER, product) else len(product),
             valuation=valuation, period_start=span[0], period_end=span[1], value=rounded(row.value, 3),
             decimals=min(3, -int(row.value.as_tuple().exponent)) if int(row.value.as_tuple().exponent) < 0 else 0,
             net_weight_kg=row.mass if row.mass or not row.value else None, flags=row.marks,
             partner_kind="self" if meant["partner"] == meant["reporter"] else areas.kind_of(str(meant["partner"])), locator=row.locator)


def _classification(product: str, year: int) -> str:
    return "-" if product == ALL_GOODS else products.hs_edition(year) if len(product) <= 6 else f"CN{year}"


def period(freq: str, text: str) -> tuple[date, date] | None:
    """First and last day of ``2024`` or ``2024-01``, by frequency; None for what is none."""
    if freq == "A" and re.fullmatch(r"(19|20)[0-9]{2}", text, re.ASCII):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if freq == "M" and re.fullmatch(r"(19|20)[0-9]{2}-(0[1-9]|1[0-2])", text, re.ASCII):
        year, month = int(text[:4]), int(text[5:])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    return None


def scope_of(url: str) -> dict[str, tuple[Value, ...]] | None:
    """For what an answer to a question of ours is complete, by its address; None for any other address, and for a file."""
    asked = re.fullmatch(r"/eurostat/api/comext/dissemination/sdmx/2\.1/data/[A-Z0-9-]+/M\.([A-Z0-9_+]+)\.([A-Z0-9_+]*)\.([A-Z0-9+]+)\."
                         r"([123+]+)\.[A-Z0-9_+]+", urlsplit(url).path)
    span = re.search(r"startPeriod=([0-9]{4}-[0-9]{2})&endPeriod=([0-9]{4}-[0-9]{2})&", urlsplit(url).query)
    if not asked or not span:
        return None
    months: list[tuple[date, date]] = []
    text = span[1]
    while text <= span[2] and len(months) < 2000 and (month := period("M", text)):
        months.append(month)
        text = f"{int(text[:4]) + int(text[5:]) // 12}-{int(text[5:]) % 12 + 1:02}"
    try:
        reporters, partners = ([LABELS.area_of(code, months[0][0]) for code in group.split("+") if code] for group in (asked[1], asked[2]))
        found: dict[str, tuple[Value, ...]] = {
            "reporter": tuple(reporters), "flow": tuple(FLOWS[flow][0] for flow in asked[4].split("+")),
            "product": tuple(asked[3].split("+")),
            "period_start": tuple(start for start, _ in months), "period_end": tuple(end for _, end in months)}
    except (KeyError, IndexError):
        return None
    return found | ({"partner": tuple(partners)} if partners else {})


def cell(document: Document, locator: str) -> str:
    """The printed value of a locator. Raises a PublisherError where these bytes have no such cell."""
    shape = layout(document)
    if sdmx.form_of(document.content.head) == "csv" and not set(shape.dimensions) <= {
            name.partition(":")[0] for name in header_of(document.content.head)}:
        raise NotReadable("these bytes are no table of Comext")
    return sdmx.read_cell(document.content, locator, shape)
