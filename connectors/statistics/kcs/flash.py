"""Flash figures of tradedata.go.kr: the first ten days, the first twenty days and the whole of a month, the world and ten partners, in
thousand dollars as text. Pure.

An answer says neither exports nor imports: the question does, or the name of a file. A window that is still to come is ``0``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from connectors.formats.json_records import Record, Records, cell_at, cell_locator
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.kcs.publisher import LABELS, PUBLISHER, VALUATIONS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected

DAYS10, DAYS20, MONTH = "kcs.days10", "kcs.days20", "kcs.flash"
WINDOWS = (("itemUsdAmt1", DAYS10, 10), ("itemUsdAmt2", DAYS20, 20), ("itemUsdAmt3", MONTH, 0))
"""Field, dataset and last day of a window; 0 for the month's last. Each counts from the first of the month on."""
DATASETS = tuple(dataset for _, dataset, _ in WINDOWS)
BY_COUNTRY = "ETS_MNK_1050000B"
MULTIPLIER = 1000
KEY = ("uprId", "curTitle")
_FLOWS = {"E": "export", "I": "import"}
_IN_NAME = re.compile(r"(?:^|[_.-])(E|I|exports?|imports?)(?=[_.-]|$)")
_NUMBER = re.compile(r"[0-9]{1,14}", re.ASCII)


def recognised(head: bytes) -> str | None:
    """The first dataset of an answer by country. Raises NotReadable for an error that came as an answer, and for other answers."""
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")[:200_000]
    if not start.startswith(b"{"):
        return None
    if b'"errortype"' in start[:300] and b"Kcs" in start[:300]:
        said = start[:300].decode("utf-8", errors="replace")
        raise NotReadable(f"an error of Korea's customs, which comes as an answer (HTTP 200): {said}")
    if not (b'"imexTpcd"' in start and b'"itemUsdAmt1"' in start):
        return None
    if not re.search(rb'"lwprId"\s*:\s*"[0-9]{6}"', start):
        raise NotReadable("an answer of tradedata.go.kr whose form nobody has seen: it has no months (lwprId) above its rows; read is that "
                          "of retrieveChartTentativeValues.do by country")
    return DAYS10


class _Window(NamedTuple):
    dataset: str
    first: date
    last: date
    field: str


def read(document: Document) -> Iterator[Batch]:
    """A batch for each window that is out. An answer lists the ten largest partners of a month: it is complete for nothing.

    Raises NotReadable where nothing says whether these are exports or imports, SchemaDrift, Incomplete.
    """
    reading = _Reading(document)
    for rows in reading.rows.values():
        if not len(rows) and rows.unread.rejected:
            raise SchemaDrift(f"not one figure of a window could be read: {rows.unread.rejected[0].reason}", dataset=document.dataset,
                              url=document.fetch.url)
    for dataset in DATASETS:
        if len(reading.rows[dataset]):
            yield reading.batch(dataset)
    if not any(len(rows) for rows in reading.rows.values()):
        raise Incomplete("the answer holds no figure: none of its windows is out", dataset=document.dataset, url=document.fetch.url)


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
    return cell_at(document.content, locator, ("items",), KEY)


def flow_of(document: Document) -> str:
    """By what was asked, else by the name of a file. Raises NotReadable where neither says it."""
    told = set(re.findall(r"imexTpcd=([EI])\b", document.fetch.source_note))
    if not told and document.fetch.url.startswith("import:"):
        name = document.fetch.url.removeprefix("import:").partition("#")[0].rpartition("/")[2]
        told = {word[0].upper() for word in _IN_NAME.findall(name.rpartition(".")[0] or name)}
    if len(told) != 1:
        raise NotReadable("an answer of Korea's customs does not say whether it is of exports or of imports: keep the word in the "
                          "file's name (flash_exports_202609.json)", dataset=document.dataset, url=document.fetch.url)
    return _FLOWS[told.pop()]


class _Reading:
    def __init__(self, document: Document) -> None:
        self._where = {"dataset": document.dataset, "url": document.fetch.url}
        self.flow = flow_of(document)
        records = Records(document.content, ("items",), dataset=document.dataset, url=document.fetch.url)
        records.needs(*KEY, "lwprId", *(field for field, _, _ in WINDOWS))
        self.rows = {dataset: Rows("stats.trade") for dataset in DATASETS}
        self.not_asked: Counter[str] = Counter()
        self._out: dict[str, list[_Window]] = {}
        """By month (``202609``), the windows that are out: those in which the total is not 0."""
        kept = list(records)
        for record in kept:
            if not record.cells.get("uprId"):
                self._month(record)
        if not self._out:
            raise SchemaDrift("the answer has no row of a month's total", **self._where)
        known = 0
        self._within_totals(kept)
        for record in kept:
            if record.cells.get("uprId"):
                known += self._partner(record)
        if not known and len(kept) > len(self._out):
            raise NotReadable("an answer of tradedata.go.kr by item, which is not read: ask for that by country", **self._where)

    def _month(self, record: Record) -> None:
        month, title = record.cells.get("lwprId", ""), record.cells.get("curTitle", "")
        if not re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])", month, re.ASCII) or re.findall(r"[0-9]+", title) != [month[:4], month[4:]]:
            raise SchemaDrift(f"record {record.number} is titled {title[:40]!r} and numbered {month[:20]!r}: no month", **self._where)
        first = date(int(month[:4]), int(month[4:]), 1)
        windows = [_Window(dataset, first, first.replace(day=day) if day else last_of_month(first), field)
                   for field, dataset, day in WINDOWS]
        self._out[month] = [window for window in windows if record.cells[window.field] not in ("0", "")]
        totals = [int(record.cells[window.field]) for window in self._out[month] if _NUMBER.fullmatch(record.cells[window.field])]
        if self._out[month] != windows[:len(self._out[month])] or totals != sorted(totals):
            raise SchemaDrift(f"the totals of {title[:40]} do not grow from ten days to twenty to the month: "
                              f"{', '.join(record.cells[window.field][:20] for window in windows)}", **self._where)
        self._take(record, "WLD", self._out[month])
        self.not_asked["not yet"] += len(WINDOWS) - len(self._out[month])

    def _within_totals(self, records: list[Record]) -> None:
        """Raises SchemaDrift where the partners of a window, of which none is part of another, are more than its total."""
        totals = {record.cells["lwprId"]: record for record in records if not record.cells.get("uprId")}
        for month, total in totals.items():
            for window in self._out[month]:
                texts = [record.cells.get(window.field, "") for record in records if record.cells.get("uprId") == month]
                added, whole = sum(int(text) for text in texts if _NUMBER.fullmatch(text)), total.cells[window.field]
                if _NUMBER.fullmatch(whole) and added > int(whole):
                    raise SchemaDrift(f"the partners of {month}, {window.dataset}, add up to {added}, more than the total {whole}",
                                      **self._where)

    def _partner(self, record: Record) -> bool:
        """Whether the partner is an area that is known; set aside where it is not."""
        month, label = record.cells["uprId"], record.cells.get("curTitle", "")
        if month not in self._out:
            raise SchemaDrift(f"record {record.number} is of {month[:20]!r}, of which there is no total", **self._where)
        windows = self._out[month]
        partner = LABELS.area_of(label, date(int(month[:4]), int(month[4:]), 1))
        if partner is None:
            for window in windows:
                self.rows[window.dataset].unread.rejected.append(Rejected(
                    cell_locator(record, KEY, window.field), "area", f"no area is known by the name {label[:40]!r}", label[:200]))
            return False
        self._take(record, partner, windows)
        self.not_asked["not yet"] += len(WINDOWS) - len(windows)
        return True

    def _take(self, record: Record, partner: str, windows: list[_Window]) -> None:
        before = Decimal(0)
        for window in windows:
            text, locator = record.cells.get(window.field, ""), cell_locator(record, KEY, window.field)
            number = Decimal(text) if _NUMBER.fullmatch(text) else None
            if number is None or number < before:
                said = f"{text[:40]!r} is no value in thousand dollars" if number is None else f"{text} is less than the {before} before it"
                self.rows[window.dataset].unread.add(Rejected(locator, "value", said, text[:200]), partner=partner, flow=self.flow,
                                                     period_start=window.first)
                continue
            before = number
            self.rows[window.dataset].add(
                text, partner=partner, partner_kind=areas.kind_of(partner), period_start=window.first, period_end=window.last,
                value=number * MULTIPLIER, locator=locator)

    def batch(self, dataset: str) -> Batch:
        rows = self.rows[dataset]
        months = sorted(self._out)
        counted = {reason: count for reason, count in self.not_asked.items() if count} if dataset == DAYS10 else {}
        return Batch(
            dataset=dataset, name=f"{dataset} {self.flow} {months[0]} to {months[-1]}",
            frames=(rows.frame("period_start", "partner"),),
            constants={"dataset": dataset, "reporter": PUBLISHER.area, "flow": self.flow, "valuation": VALUATIONS[self.flow],
                       "currency": "USD", "unit_multiplier": MULTIPLIER, "decimals": 0, "status": "P"},
            scope=None, not_read=tuple(rows.unread.not_read), not_asked=counted, rejected=tuple(rows.unread.rejected),
            checks=tuple(rows.unread.checks()))
