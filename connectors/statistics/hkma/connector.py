"""Average rates of a month in Hong Kong dollars, as the HKMA's interface answers them: what is asked, and how it becomes ``stats.fx_rate``.

No real answer was seen: fields are those that others wrote down. For how many units a rate is (yen, won) is nowhere told, so a currency
is read where its size decides it, and refused where it does not.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats import json_records
from connectors.formats.delimited import printed_number, rounded
from connectors.formats.json_records import Record, Records
from connectors.formats.rows import Rows
from connectors.months import last_of_month, month_of
from warehouse.reference.currencies import CODES
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Check, Dataset, Document, Publisher, Rejected, Request

MONTH = "hkma.exr.month"
API = "https://api.hkma.gov.hk/public/market-data-and-statistics/monthly-statistical-bulletin/er-ir/er-eeri-periodaverage"
AT, KEY = ("result", "records"), ("end_of_month",)
PAGE = 1_000
"""Records of an answer; months since 1980 are some 560."""
DECIMALS = 12
A_DOLLAR: Mapping[str, tuple[str, str]] = {
    "USD": ("1", "1"), "GBP": ("0.35", "1.2"), "EUR": ("0.55", "1.4"), "JPY": ("70", "380"), "CAD": ("0.85", "1.8"), "AUD": ("0.8", "2.2"),
    "SGD": ("1.1", "2.6"), "TWD": ("22", "45"), "CHF": ("0.7", "2.9"), "CNY": ("1.4", "9.5"), "KRW": ("550", "2200"), "THB": ("18", "60"),
    "MYR": ("2", "5.2"), "PHP": ("6.5", "70"), "INR": ("7.5", "110"), "XDR": ("0.6", "1.05"), "NZD": ("0.9", "2.7")}
"""Units of a currency that a US dollar bought since 1980, with room."""
UNITS = (1, 100, 1_000)
_PEG = (Decimal("4.5"), Decimal("10"))
"""Hong Kong dollars for a US dollar: 7.75 to 7.85 since 2005, 4.9 to 8.7 before the peg of October 1983."""
_OTHER = {"special_drawing_rights": "XDR"}

PUBLISHER = Publisher(
    publisher="hkma", title="Hong Kong Monetary Authority", called="the Hong Kong Monetary Authority", languages=("en",),
    tz="Asia/Hong_Kong", currency="HKD",
    licence="free reuse with the source named, by the terms of the HKMA's interface (not verified by us)",
    attribution="Source: Hong Kong Monetary Authority", names={"en": ("Hong Kong Monetary Authority", "HKMA")},
)
ZONE = ZoneInfo(PUBLISHER.tz)
_MONTH = Dataset(
    dataset=MONTH, publisher=PUBLISHER.publisher, title="Exchange rates of the Hong Kong dollar, averages of a month",
    table="stats.fx_rate", account="reported", chain=MONTH, chain_rank=-3, revision_mode="overwrite", partner_scope="none",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://apidocs.hkma.gov.hk/documentation/market-data-and-statistics/monthly-statistical-bulletin/er-ir/er-eeri-periodaverage/",
    tz=PUBLISHER.tz, cadence="monthly; others had June by early August", expected_lag_days=36, missing_means="not_observed",
    verified="others asked it in 2026; not asked by us, and no answer was seen",
)


class Hkma(Connector):
    """Connector of the HKMA's interface, without a key: one answer has every month."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 43
    parser_version = 1
    datasets = (_MONTH,)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """All months, whatever the window says."""
        if MONTH in wanted.datasets:
            yield Ask(Request(url=f"{API}?pagesize={PAGE}&offset=0", dataset=MONTH, landmarks=('"records"',),
                              content_types=("application/json", "text/json", "text/plain"), max_bytes=16 * 1024 * 1024))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing: an answer that is full has not every month, and is told."""
        if isinstance(answer, PublisherError):
            raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By its fields. Raises NotReadable for the rates of an end of month or of days, which are not read."""
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or b'"records"' not in head or b'"usd"' not in head:
            return None
        if b'"end_of_month"' in head:
            if "endperiod" in name:
                raise NotReadable("rates of the HKMA at an end of month, which are not read: take the averages (er-eeri-periodaverage)")
            return MONTH
        if b'"end_of_day"' in head or b'"end_of_date"' in head:
            raise NotReadable("rates of the HKMA by day, which are not read: take the averages (er-eeri-periodaverage)")
        return None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch, complete for the currencies and months that it has."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset != MONTH:
            raise SchemaDrift("the HKMA connector reads no such dataset", **where)
        records = Records(document.content, AT, dataset=document.dataset, url=document.fetch.url)
        records.needs("end_of_month", "usd")
        if len(records) >= PAGE:
            raise Incomplete(f"the answer has {len(records)} records, as many as one can have: older months were left out", **where)
        rates = _Rates(list(records), document.fetch.asked_at.astimezone(ZONE).date(), where)
        if not len(rates.rows):
            first = rates.rows.unread.rejected
            raise (SchemaDrift(f"not one rate could be read: {first[0].reason}", **where) if first else
                   Incomplete("the answer holds no rate", **where))
        frame = rates.rows.frame("period_start", "base")
        months, bases = sorted(set(frame["period_start"].to_list())), sorted(set(frame["base"].to_list()))
        out.put(Batch(
            dataset=MONTH, name=f"{months[0]:%Y-%m} to {months[-1]:%Y-%m}", frames=(frame,),
            constants={"dataset": MONTH, "quote": PUBLISHER.currency, "kind": "month_avg"},
            scope={"period_start": tuple(months), "base": tuple(bases)},
            not_read=tuple(rates.rows.unread.not_read), rejected=tuple(rates.rows.unread.rejected), not_asked=dict(rates.not_asked),
            columns_seen=tuple(rates.columns), checks=(*rates.checks, *rates.rows.unread.checks())))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return json_records.cell_at(document.content, locator, AT, KEY)


class _Rates:
    """Records sorted into rates for one unit of a currency."""

    def __init__(self, records: list[Record], today: date, where: Mapping[str, str]) -> None:
        self.rows = Rows("stats.fx_rate", doubled="the answer gives two rates for one month")
        self.not_asked: Counter[str] = Counter()
        self.checks: list[Check] = []
        self.columns = list(dict.fromkeys(name for record in records for name in record.cells))
        for name in self.columns:
            base = _OTHER.get(name, name.upper())
            if name in KEY:
                continue
            if base in A_DOLLAR:
                self._currency(name, base, records, today, where)
            else:
                said = "currency of which nobody can tell for how many units" if base in CODES else "no currency of now"
                self.not_asked[said] += len(records)

    def _currency(self, name: str, base: str, records: list[Record], today: date, where: Mapping[str, str]) -> None:
        units = _units(name, base, records)
        if units is None:
            raise SchemaDrift(f"for how many units of {base} its rates are cannot be told by their size", **where)
        if units > 1:
            self.checks.append(Check(check="unit", level="info", observed=f"{base} for {units}", expected="for one unit", subject=base,
                                     said="By their size the rates are for so many units; they are stored for one."))
        for record in records:
            text, month = record.cells.get(name, "").strip(), month_of(f"{record.cells['end_of_month'].strip()[:7]}-01")
            locator = json_records.cell_locator(record, KEY, name)
            if not text:
                self.not_asked["no rate"] += 1
            elif month is None or month[1] >= today:
                said = f"{record.cells['end_of_month'][:40]!r} is no month that was over"
                self.rows.unread.add(Rejected(locator, "month", said, text[:200]), base=base)
            elif (rate := _rate(text)) is None:
                self.rows.unread.add(Rejected(locator, "rate", f"{text[:40]!r} is not a rate above zero", text[:200]), base=base,
                                     period_start=month[0])
            else:
                self.rows.add(text[:200], base=base, period_start=month[0], period_end=last_of_month(month[0]),
                              rate=rounded(rate / units, DECIMALS), locator=locator)


def _rate(text: str) -> Decimal | None:
    number = printed_number(text) if re.fullmatch(r"[0-9.eE+-]{1,40}", text, re.ASCII) else None
    return number if number is not None and 0 < number < Decimal(10) ** 9 else None


def _units(name: str, base: str, records: list[Record]) -> int | None:
    """For how many units a column's rates are: of 1, 100 and 1,000 the only one by which a US dollar bought a likely amount, each month."""
    ratios = []
    for record in records:
        dollar, rate = (_rate(record.cells.get(column, "").strip()) for column in ("usd", name))
        if dollar is not None and rate is not None:
            if not _PEG[0] <= dollar <= _PEG[1]:
                return None
            ratios.append(dollar / rate)
    least, most = (Decimal(bound) for bound in A_DOLLAR[base])
    fitting = [units for units in UNITS if all(least <= ratio * units <= most for ratio in ratios)]
    return fitting[0] if len(fitting) == 1 or not ratios else None
