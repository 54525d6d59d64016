"""The ministry's two files of trade by country (``u2010ex.csv``, ``u2010im.csv``): months and years down, countries across, Big5. Pure.

A year is followed by its months; the running one stands as ``2023年累計至5月``, the year to date. What is not exactly that is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from connectors.formats.delimited import Line, Streamed, cell_at, cell_locator, raw_of
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.moftw.publisher import LABELS, PUBLISHER, REGIONS, VALUATIONS
from warehouse.reference import areas
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

DATASET = "moftw.country"
MULTIPLIER = 1000
TOTAL = "總計"
_DASHES = ("－", "-")
NOTHING = (*_DASHES, "")
_HEAD = re.compile(r"(Exports to|Imports from) Country \(Unit ?: ?US\$ Thousand\)")
_FLOWS = {"Exports to": "export", "Imports from": "import"}
_PERIOD = re.compile(r"((?:19|20)[0-9]{2})年(?:(累計至)?([1-9]|1[0-2])月)?", re.ASCII)
_UNIT = re.compile(r"[（(]千元[)）]$")
_NUMBER = re.compile(r"[0-9]{1,14}", re.ASCII)
DRIFT_SHARE = 0.2
"""Where in more of the years than this the months do not add up to their year, a line or column is not what it seems."""


class _Span(NamedTuple):
    first: date
    last: date
    of_year: bool
    """A year, or the year to date: the sum of its months."""


def recognised(head: bytes) -> str | None:
    """By the first cell. Raises NotReadable for that table in another unit."""
    start = head[:400].removeprefix(b"\xef\xbb\xbf").lstrip(b'"').partition(b",")[0].decode("ascii", errors="replace").strip('" ')
    if not re.match(r"(Exports to|Imports from) Country", start):
        return None
    if not _HEAD.fullmatch(start):
        raise NotReadable(f"Taiwan's trade by country in a unit that nobody has seen: {start[:100]!r}; read is that in US$ thousand")
    return DATASET


def read(document: Document) -> Batch:
    """One file as one batch, complete for its flow unless its last line has no end. Raises SchemaDrift, Incomplete."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    text = _text(document.body, where)
    table = Streamed(Content.of(text), needs=(), ends=False, **where)
    told = _HEAD.fullmatch(table.header[0])
    if not told or TOTAL not in (_UNIT.sub("", name) for name in table.header):
        raise SchemaDrift(f"the header begins {', '.join(table.header[:3])[:150]!r}: no trade by country in US$ thousand", **where)
    reading = _Reading(_FLOWS[told[1]], table.header)
    for line in table.whole():
        reading.take(line)
    return reading.batch(document)


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    text = _text(document.body, {"dataset": document.dataset, "url": document.fetch.url})
    header = Streamed(Content.of(text), needs=()).header
    return cell_at(text, locator, header[:1]).strip()


def _text(body: bytes, where: Mapping[str, str]) -> bytes:
    """As UTF-8, from Big5 as it is published, or from a copy that a person saved as UTF-8. Raises SchemaDrift for neither."""
    for encoding in ("utf-8-sig", "cp950"):
        try:
            return body.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    raise SchemaDrift("the file is neither Big5 nor UTF-8 text", **where)


class _Reading:
    def __init__(self, flow: str, header: tuple[str, ...]) -> None:
        self._flow, self._header = flow, header
        self.rows = Rows("stats.trade")
        self.not_asked: Counter[str] = Counter()
        self._columns: dict[int, str] = {}
        self._months: dict[tuple[int, int], dict[int, Decimal]] = {}
        """By year and column, the months' values."""
        self._years: dict[tuple[int, int], tuple[Decimal, int]] = {}
        """By year and column, the value of the year or of the year to date, and its months."""
        self._own = 0
        self._cut = False
        """The last line has no end. Whether the ministry's files have one nobody has seen."""
        for at, name in enumerate(header[1:], 1):
            label = _UNIT.sub("", name)
            area = LABELS.area_of(label, date.max)
            if area is not None:
                self._columns[at] = area
            elif label in REGIONS:
                self._own += 1
            elif name:
                self.rows.unread.rejected.append(Rejected(f"column {at + 1}", "area", f"no area is known by the name {label[:40]!r}",
                                                          name[:200]))

    def take(self, line: Line) -> None:
        span = _span(line.cells[0].strip())
        if span is None:
            self.rows.unread.add(Rejected(f"line {line.number}", "period", f"{line.cells[0][:40]!r} is no month or year", raw_of(line)))
            return
        self.not_asked["part of the world of its own"] += self._own
        self._cut = line.open
        for at, partner in self._columns.items():
            if line.open and at == len(line.cells) - 1 and line.cells[at].strip() not in _DASHES:
                self.rows.unread.add(Rejected(cell_locator(line.number, (line.cells[0].strip(),), self._header[at]), "cut",
                                              "the file ends in this cell: it may be the first half of a figure", raw_of(line)),
                                     partner=partner, flow=self._flow, period_start=span.first, period_end=span.last)
                continue
            self._figure(line, at, partner, span)

    def _figure(self, line: Line, at: int, partner: str, span: _Span) -> None:
        text = line.cells[at].strip()
        if text in NOTHING:
            self.not_asked["no value"] += 1
            return
        locator = cell_locator(line.number, (line.cells[0].strip(),), self._header[at])
        if not _NUMBER.fullmatch(text):
            self.rows.unread.add(Rejected(locator, "value", f"{text[:40]!r} is no value in thousand dollars", text[:200]), partner=partner,
                                 flow=self._flow, period_start=span.first, period_end=span.last)
            return
        year = (span.first.year, at)
        if span.of_year:
            self._years[year] = (Decimal(text), span.last.month)
        else:
            self._months.setdefault(year, {})[span.first.month] = Decimal(text)
        self.rows.add(text, partner=partner, partner_kind=areas.kind_of(partner), period_start=span.first, period_end=span.last,
                      value=Decimal(text) * MULTIPLIER, locator=locator)

    def batch(self, document: Document) -> Batch:
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if not len(self.rows):
            if self.rows.unread.rejected:
                raise SchemaDrift(f"not one figure could be read: {self.rows.unread.rejected[0].reason}", **where)
            raise Incomplete("the file holds no figure", **where)
        checks = self._adds_up(where)
        frame = self.rows.frame("period_start", "period_end", "partner")
        unread = self.rows.unread
        return Batch(
            dataset=DATASET, name=f"{self._flow}s {frame['period_start'][0]:%Y-%m} to {frame['period_end'][-1]:%Y-%m}", frames=(frame,),
            constants={"dataset": DATASET, "reporter": PUBLISHER.area, "flow": self._flow, "valuation": VALUATIONS[self._flow],
                       "currency": "USD", "unit_multiplier": MULTIPLIER, "decimals": 0},
            scope=None if self._cut else {"flow": (self._flow,)}, not_read=(*unread.not_read, *self._outgrown()),
            not_asked={reason: count for reason, count in self.not_asked.items() if count}, rejected=tuple(unread.rejected),
            columns_seen=self._header, checks=(*checks, *unread.checks()))

    def _outgrown(self) -> Iterator[Mapping[str, Value]]:
        """Years to date that the file has no more since they go further now: no figure of theirs was withdrawn."""
        for year, last in sorted({(year, last) for (year, _), (_, last) in self._years.items()}):
            yield from ({"period_start": date(year, 1, 1), "period_end": last_of_month(date(year, month, 1))} for month in range(2, last))

    def _adds_up(self, where: Mapping[str, str]) -> list[Check]:
        """Months against their year, to the rounding of each. Raises SchemaDrift where more than a fifth do not add up."""
        held = [(year, value, list(months.values())) for year, (value, count) in self._years.items()
                if len(months := self._months.get(year, {})) == count]
        off = [year for year, value, months in held if abs(sum(months, Decimal(0)) - value) > len(months)]
        if len(off) > DRIFT_SHARE * len(held):
            raise SchemaDrift(f"in {len(off)} of {len(held)} years and countries the months do not add up to their year", **where)
        return [Check("months", "warn" if off else "info", observed=f"{len(off)} of {len(held)} years and countries differ",
                      expected="none", said="Months add up to their year, to the rounding of each.")] if held else []


def _span(text: str) -> _Span | None:
    found = _PERIOD.fullmatch(text.replace(" ", ""))
    if not found:
        return None
    year, to_date, month = int(found[1]), bool(found[2]), int(found[3] or 12)
    of_year = to_date or not found[3]
    return _Span(date(year, 1 if of_year else month, 1), last_of_month(date(year, month, 1)), of_year)
