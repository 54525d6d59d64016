"""Press releases in XML: totals of ten days, of twenty days and of a month, and of a month by area and country, in million yen. Pure.

Which edition a release is stands in its title. Pages of principal commodities and of indexes are counted and not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from html import unescape
from zoneinfo import ZoneInfo

from lxml import etree

from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.mofjp.publisher import LABELS, PUBLISHER, REGIONS, VALUATIONS
from connectors.whole_xml import root_of
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected

DAYS10, DAYS20, MONTH, HS_BASIS = "mofjp.days10", "mofjp.days20", "mofjp.month", "mofjp.month.hs"
EDITIONS: Mapping[str, str] = {
    "First 10 days Provisional": DAYS10, "First 20 days Provisional": DAYS20, "Provisional": MONTH,
    "Exports:Detailed Data;Imports:Provisional(HS-code Basis)": HS_BASIS}
"""What stands in brackets behind the month of a title. Those of the detailed and of the revised release (D&P's successors, addresses that
end in 6 and 7) and of half-years and years were seen by nobody here."""
LAST_DAY = {DAYS10: 10, DAYS20: 20}
RELEASED = time(8, 50)
MULTIPLIER = 1_000_000
TOTALS = {"export": "export", "import": "import", "sashihiki": "balance"}
"""Element of the first page → flow."""
BY_COUNTRY = {"export": ("exportkagakue", "exportnobiritsu"), "import": ("importkagakue", "importnobiritsu"),
              "balance": ("sashihikikagakue", "sashihikinobiritsu")}
"""Flow → elements of a row of the second page, with its value and its growth."""
_TITLE = re.compile(r"Value of Exports and Imports ([A-Z][a-z]{2,8}) ?((?:19|20)[0-9]{2}) ?\((.{1,100})\)", re.ASCII)
_NUMBER = re.compile(r"([△▲−-]?)([0-9]{1,3}(?:,[0-9]{3}){0,6})", re.ASCII)
_GROWTH = re.compile(r"[△▲−-]?[0-9]{1,6}\.[0-9]{1,2}", re.ASCII)
_LOCATOR = re.compile(r"page (pg[0-9]{1,3}), (?:row ([0-9]{1,5}) \((.*)\)|(export|import|sashihiki)), ([a-z]{1,40})", re.ASCII | re.DOTALL)
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


@dataclass(frozen=True)
class Edition:
    """Which release it is, and the first day of its month."""

    dataset: str
    first: date

    @property
    def last(self) -> date:
        """Of the days that it counts: a figure of ten days covers these, and never the month."""
        day = LAST_DAY.get(self.dataset)
        return self.first.replace(day=day) if day else last_of_month(self.first)


def recognised(head: bytes) -> str | None:
    """The dataset of a release by its title. Raises NotReadable for a release in another language, or of another edition."""
    return edition_of(head).dataset if b"<hodoxml" in head[:4096] else None


def edition_of(body: bytes) -> Edition:
    """By the first title. Raises NotReadable where it is none of the editions that were seen."""
    found = re.search(rb"<title>(.{1,1000}?)</title>", body[:16_384], re.DOTALL)
    title = re.sub(r"\s+", " ", unescape(found[1].decode("utf-8", errors="replace"))).strip() if found else ""
    told = _TITLE.fullmatch(title)
    if not told or told[1] not in _MONTHS or told[3] not in EDITIONS:
        raise NotReadable(f"a press release of Japan's customs of an edition that nobody has seen: {title[:150]!r}; read are those in "
                          f"English whose title ends in {', '.join(f'({edition})' for edition in EDITIONS)}")
    return Edition(EDITIONS[told[3]], date(int(told[2]), _MONTHS.index(told[1]) + 1, 1))


def read(document: Document) -> Batch:
    """One release as one batch, complete for its period. Raises NotReadable, SchemaDrift where title and pages name other months or a
    total does not add up, Incomplete where it breaks off."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    edition = edition_of(document.body)
    if document.dataset != edition.dataset:
        raise SchemaDrift(f"this is the release of {edition.dataset}", **where)
    reading = _Reading(edition, _root(document.body), where)
    reading.totals()
    if edition.dataset not in LAST_DAY:
        reading.by_country()
    return reading.batch()


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where these bytes have none."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator reads 'page pg2, row 3 (CHINA), exportkagakue', not {locator[:200]!r}")
    page, row, label, flow, name = found.groups()
    for each in _root(document.body):
        if each.get("name") != page:
            continue
        if flow:
            cell = each.find(f"{flow}/{name}")
        else:
            rows = each.findall("chiikikunisogakuinfo")
            at = int(row) - 1
            cell = rows[at].find(name) if 0 <= at < len(rows) and _text(rows[at], "chiikikuni") == label else None
        if cell is not None:
            return (cell.text or "").strip()
    raise NotReadable(f"these bytes have no cell at {locator[:200]!r}")


def _root(body: bytes) -> etree._Element:
    return root_of(body, "hodoxml", "the press release of Japan's customs")


def _text(element: etree._Element, name: str) -> str:
    return " ".join((element.findtext(name) or "").split())


def raw_of(row: etree._Element) -> str:
    """A row's cells for the quarantine, bounded."""
    return " ".join(str(cell.text or "").strip() for cell in row)[:500]


def printed(text: str) -> Decimal | None:
    """A figure in million yen; a triangle or a dash before it is a minus. None for anything else."""
    found = _NUMBER.fullmatch(text)
    return Decimal(found[2].replace(",", "")) * (-1 if found[1] else 1) if found else None


def _growth(text: str) -> Decimal | None:
    """Per cent; None where there is none (``-``: it turned from one sign to the other)."""
    return Decimal(re.sub("[△▲−]", "-", text)) if _GROWTH.fullmatch(text) else None


class _Reading:
    """The pages of a release, sorted into rows, counted, and set aside."""

    def __init__(self, edition: Edition, root: etree._Element, where: Mapping[str, str]) -> None:
        self._edition, self._root, self._where = edition, root, where
        self._rows = Rows("stats.trade")
        self.not_asked: Counter[str] = Counter()
        self.checks: list[Check] = []
        self._totals: dict[str, Decimal | None] = {}
        self._said = f"{_MONTHS[edition.first.month - 1]} {edition.first.year}"

    def totals(self) -> None:
        """The first page: this year's totals; those of the year before are counted."""
        page = self._root.find("sogakutsuki")
        if page is None:
            raise Incomplete("the release has no page of totals", **self._where)
        if _text(page, "taishoymtonen") != self._said:
            raise SchemaDrift(f"the title is of {self._said}, the page of totals of {_text(page, 'taishoymtonen')[:60]!r}", **self._where)
        if page.get("name") != "pg1":
            raise SchemaDrift(f"the page of totals is named {page.get('name')!r}", **self._where)
        for element, flow in TOTALS.items():
            text = (page.findtext(f"{element}/sogakutonen") or "").strip()
            self._totals[flow] = printed(text)
            if self._totals[flow] is None:
                raise Incomplete(f"the total of the {flow} is {text[:40]!r}", **self._where)
            self._take("WLD", flow, text, (page.findtext(f"{element}/nobiritsu") or "").strip(),
                       f"page pg1, {element}, sogakutonen")
            self.not_asked["figure of the year before"] += page.find(f"{element}/sogakuzennen") is not None
        self._adds_up("Grand Total", self._totals)

    def by_country(self) -> None:
        """The second page, whose grand total must be that of the first."""
        page = self._root.find("chiikikunisogaku")
        if page is None:
            raise Incomplete("the release has no page by area and country", **self._where)
        if (said := _text(page, "taishokikan")) not in (self._said, ""):
            raise SchemaDrift(f"the title is of {self._said}, the page by country of {said[:60]!r}", **self._where)
        self.not_asked["principal commodity"] += sum(1 for _ in self._root.iter("shuyochiikikunihininfo"))
        for number, row in enumerate(page.findall("chiikikunisogakuinfo"), 1):
            kind, label = _text(row, "chiikikunikbn"), _text(row, "chiikikuni")
            place = f"page {page.get('name')}, row {number} ({label})"
            area = LABELS.area_of(label, self._edition.first)
            if area is None and kind == "1" and label in REGIONS:
                self.not_asked["group of its own"] += 1
                continue
            if area is None or (kind == "0") != (area == "WLD") or kind not in ("0", "1", "2"):
                self._rows.unread.rejected.append(Rejected(place, "area", f"no area is known by the name {label[:40]!r}", raw_of(row)))
                continue
            if area == "WLD":
                again = {flow: printed((row.findtext(value) or "").strip()) for flow, (value, _) in BY_COUNTRY.items()}
                if again != self._totals:
                    raise SchemaDrift(f"the totals of the two pages differ, {raw_of(row)!r}", **self._where)
                continue
            figures: dict[str, Decimal | None] = {}
            for flow, (value, growth) in BY_COUNTRY.items():
                text = (row.findtext(value) or "").strip()
                figures[flow] = self._take(area, flow, text, (row.findtext(growth) or "").strip(), f"{place}, {value}")
            self._adds_up(label, figures)

    def _take(self, partner: str, flow: str, text: str, growth: str, locator: str) -> Decimal | None:
        number, edition = printed(text), self._edition
        if text in ("", "-"):
            self.not_asked["no value"] += 1
            return None
        if number is None or (number < 0 and flow != "balance"):
            self._rows.unread.add(Rejected(locator, "value", f"{text[:40]!r} is no value of trade", text[:200]), partner=partner, flow=flow)
            return None
        self._rows.add(
            text, partner=partner, partner_kind=areas.kind_of(partner), flow=flow, valuation=VALUATIONS[flow], period_start=edition.first,
            period_end=edition.last, value=number * MULTIPLIER, published_yoy_pct=_growth(growth),
            # The detailed figures of exports stay until the year is revised; all others are provisional.
            status="A" if edition.dataset == HS_BASIS and flow == "export" else "P", locator=locator)
        return number

    def _adds_up(self, label: str, figures: Mapping[str, Decimal | None]) -> None:
        """Exports less imports is the balance, to a million of rounding. Raises SchemaDrift: the columns are others."""
        export, imports, balance = (figures.get(flow) for flow in VALUATIONS)
        if export is not None and imports is not None and balance is not None and abs(export - imports - balance) > 1:
            raise SchemaDrift(f"of {label[:40]!r} exports less imports are {export - imports}, the balance printed is {balance}",
                              **self._where)

    def batch(self) -> Batch:
        edition, unread = self._edition, self._rows.unread
        if not len(self._rows):
            raise Incomplete("the release has no figure", **self._where)
        released = _released(self._root, edition)
        if released is None:
            self.checks.append(Check("printed_date", "warn", observed=_text(self._root.find("sogakutsuki"), "kohyoymd")[:60],
                                     expected=f"a day after {edition.last}", said="The day of release could not be read."))
        return Batch(
            dataset=edition.dataset, name=f"{edition.first} to {edition.last}", frames=(self._rows.frame(),),
            constants={"dataset": edition.dataset, "reporter": PUBLISHER.area, "currency": PUBLISHER.currency,
                       "unit_multiplier": MULTIPLIER, "decimals": 0},
            scope={"period_start": (edition.first,), "period_end": (edition.last,)}, not_read=tuple(unread.not_read),
            released_at=released, released_basis="page" if released else None,
            not_asked={reason: count for reason, count in self.not_asked.items() if count}, rejected=tuple(unread.rejected),
            checks=(*self.checks, *unread.checks()))


def _released(root: etree._Element, edition: Edition) -> datetime | None:
    """The day that is printed, at the hour at which releases appear; None where there is none, or one before the period's end."""
    said = root.findtext("sogakutsuki/kohyoymd") or ""
    found = re.fullmatch(r"([A-Z][a-z]+) ([0-9]{1,2}), ((?:19|20)[0-9]{2})", " ".join(said.split()), re.ASCII)
    try:
        day = date(int(found[3]), _MONTHS.index(found[1]) + 1, int(found[2])) if found else None
    except ValueError:
        return None
    return datetime.combine(day, RELEASED, ZoneInfo(PUBLISHER.tz)).astimezone(UTC) if day and day > edition.last else None
