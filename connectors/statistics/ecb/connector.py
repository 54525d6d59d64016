"""What to ask the European Central Bank for, and how its rates become rows of ``stats.fx_rate``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats.delimited import printed_number, rounded
from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.ecb.formats import Observation, is_rates, other_form, printed_cell, read_rates
from connectors.statistics.ecb.publisher import PUBLISHER
from warehouse.schema.errors import Incomplete, NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Check, Dataset, Document, Rejected, Request

if TYPE_CHECKING:
    import polars as pl

DAY, MONTH = "ecb.exr.day", "ecb.exr.month"
QUOTES = ("AUD", "CNY", "GBP", "HKD", "IDR", "INR", "JPY", "KRW", "MYR", "PHP", "SGD", "THB", "USD")
"""What the ECB quotes of the currencies that trade around ASEAN is counted in. It quotes no VND, BND, KHR, LAK, MMK and
TWD: those come from elsewhere."""

SERVICE = "https://data-api.ecb.europa.eu/service/data/EXR"
ZONE = ZoneInfo(PUBLISHER.tz)
PUBLISHED = time(16, 0)
FIRST_DAY = date(1999, 1, 4)
FIRST_MONTH = date(2005, 1, 1)
"""CNY, MYR, THB, IDR and PHP are quoted since 1 April 2005; older months come by a window."""

DECIMALS = 12
_LARGEST = Decimal(10) ** 16
_FREQUENCY = {DAY: "D", MONTH: "M"}

_DAY_DATASET = Dataset(
    dataset=DAY, publisher=PUBLISHER.publisher, title="Euro foreign exchange reference rates, daily", table="stats.fx_rate",
    account="reported", chain=DAY, chain_rank=1, revision_mode="overwrite", partner_scope="none",
    licence=PUBLISHER.licence, may_redistribute=True, attribution=PUBLISHER.attribution,
    page_url="https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates",
    tz=PUBLISHER.tz, release_time="16:00", cadence="every TARGET working day about 16:00", expected_lag_days=0,
    periods="target_day", grace_days=2, floor_rows=5, floor_periods=1, missing_means="not_observed",
)
_MONTH_DATASET = replace(
    _DAY_DATASET, dataset=MONTH, chain=MONTH, title="Euro foreign exchange reference rates, monthly average",
    cadence="after the last TARGET working day of the month", expected_lag_days=1, periods="month", grace_days=4,
)


class Ecb(Connector):
    """Connector of the ECB's data API (SDMX-JSON, no key); the downloadable files are read on import."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 30
    parser_version = 3
    datasets = (_DAY_DATASET, _MONTH_DATASET)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Without a window: the days since the first of the month 90 days ago, and all months since 2005.

        The address then changes once a month and not every night, so conditional requests work.
        """
        today, window = wanted.known.now.astimezone(ZONE).date(), wanted.window
        for dataset in (DAY, MONTH):
            if dataset in wanted.datasets:
                usual = (today - timedelta(days=90)).replace(day=1) if dataset == DAY else FIRST_MONTH
                first = window.first or (FIRST_DAY if window.last else usual)
                yield Ask(_request(dataset, first, window.last), context=rate_expected(dataset, first, window.last, today))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing. A range without data is a 404 at the ECB: an error only where a rate should have been."""
        if isinstance(answer, PublisherError) and (ask.context or not isinstance(answer, NotFound)):
            raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content: the API's JSON or CSV, the history, zipped or not, the day's file."""
        # A form that is not read is still the ECB's: its parser says how to save the rates instead.
        return DAY if other_form(head) else {"D": DAY, "M": MONTH}.get(is_rates(head) or "")

    def parse(self, document: Document, out: Sink) -> None:
        """One batch of the document's own dataset. Nothing is declared complete: an answer is a range of days, and days
        before it are not gone."""
        dataset, url = document.dataset, document.fetch.url
        if dataset not in _FREQUENCY:
            raise SchemaDrift("the ECB connector reads no such dataset", dataset=dataset, url=url)
        reading = read_rates(document.body, dataset=dataset, url=url)
        rows = _Rates(_FREQUENCY[dataset])
        for observation in reading.observations:
            rows.take(observation)
        if not rows.read:
            if not reading.observations and not reading.other_series and not self._rate_was_due(document):
                return
            if rows.rejected or rows.not_asked["other frequency"]:
                said = rows.rejected[0].reason if rows.rejected else "the rates are of another frequency"
                raise SchemaDrift(f"not one rate could be read: {said}", dataset=dataset, url=url)
            raise Incomplete("the document holds no rate of a wanted currency", dataset=dataset, url=url)
        rows.not_asked["other series"] += reading.other_series
        out.put(rows.batch(dataset, reading.columns))

    def _rate_was_due(self, document: Document) -> bool:
        """Whether an answer without any observation lacks a rate: at a weekend the ECB may answer 200 with nothing."""
        asked = parse_qs(urlsplit(document.fetch.url).query)
        first, last = (_day_of(asked[name][0]) if name in asked else None for name in ("startPeriod", "endPeriod"))
        return first is None or rate_expected(document.dataset, first, last, document.fetch.asked_at.astimezone(ZONE).date())

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return printed_cell(document.body, locator)


class _Rates:
    """Observations of one frequency, sorted into rates, rejected and not asked for."""

    def __init__(self, frequency: str) -> None:
        self.frequency = frequency
        self.read = Rows("stats.fx_rate", doubled="the document gives two rates for one period")
        self.not_asked: Counter[str] = Counter()
        self._statuses: dict[str, str] = {}

    @property
    def rejected(self) -> list[Rejected]:
        return self.read.unread.rejected

    def take(self, observation: Observation) -> None:
        if observation.frequency != self.frequency:
            self.not_asked["other frequency"] += 1
        elif observation.currency not in QUOTES:
            self.not_asked["other currency"] += 1
        elif (period := _period(observation.period, self.frequency)) is None:
            said = f"'{observation.period[:40]}' is no period of frequency {self.frequency}"
            self._reject(observation, "period", said)
        elif not observation.value:
            self.not_asked["no rate"] += 1
        elif (rate := _rate(observation.value)) is None:
            self._reject(observation, "rate", f"'{observation.value[:40]}' is not a rate above zero")
        else:
            self._statuses[observation.locator] = observation.status
            self.read.add(observation.value[:200], quote=observation.currency, period_start=period[0], period_end=period[1], rate=rate,
                          released_at=_published(period[1]), locator=observation.locator)

    def _reject(self, observation: Observation, rule: str, reason: str) -> None:
        self.rejected.append(Rejected(observation.locator, rule, reason, observation.value[:200]))

    def batch(self, dataset: str, columns: tuple[str, ...]) -> Batch:
        frame = self.read.frame("period_start", "quote")
        kind, form = ("day", "%Y-%m-%d") if self.frequency == "D" else ("month_avg", "%Y-%m")
        return Batch(
            dataset=dataset,
            name=f"{kind} {frame['period_start'][0]:{form}} to {frame['period_start'][-1]:{form}}",
            frames=(frame,),
            constants={"dataset": dataset, "base": "EUR", "kind": kind, "released_basis": "calendar"},
            scope=None,
            not_asked={reason: count for reason, count in self.not_asked.items() if count},
            rejected=tuple(self.rejected),
            columns_seen=columns,
            checks=self._checks(frame),
        )

    def _checks(self, frame: pl.DataFrame) -> tuple[Check, ...]:
        checks = []
        absent = sorted(set(QUOTES) - set(frame["quote"]))
        if absent:
            checks.append(Check(check="currencies", level="warn", observed=f"no {', '.join(absent)}",
                                expected=", ".join(QUOTES), said="Wanted currencies have no rate in this document."))
        statuses = Counter(self._statuses[locator] for locator in frame["locator"])
        odd = {status: count for status, count in statuses.items() if status != "A"}
        if odd:
            checks.append(Check(check="status", level="warn", observed=", ".join(f"{k}: {v}" for k, v in odd.items()),
                                expected="A", said="The ECB marks rates as other than normal values."))
        return tuple(checks)


def rate_expected(dataset: str, first: date, last: date | None, today: date) -> bool:
    """Whether a range must hold a rate: three weekdays before today (TARGET closes for two in a row at most, on Good
    Friday and Easter Monday or 25 and 26 December), or a month that has ended."""
    end = min(last or today, today - timedelta(days=1))
    if dataset == MONTH:
        return last_of_month(first) <= end and last_of_month(first) < today - timedelta(days=1)
    weekdays = 0
    day = first
    while day <= end and weekdays < 3:
        weekdays += day.weekday() < 5
        day += timedelta(days=1)
    return weekdays >= 3


def _request(dataset: str, first: date, last: date | None) -> Request:
    form = "%Y-%m-%d" if dataset == DAY else "%Y-%m"
    ends = f"&endPeriod={last:{form}}" if last else ""
    return Request(
        url=f"{SERVICE}/{_FREQUENCY[dataset]}.{'+'.join(QUOTES)}.EUR.SP00.A?format=jsondata&startPeriod={first:{form}}{ends}",
        dataset=dataset,
        accept="application/vnd.sdmx.data+json;version=1.0.0-wd, application/json",
        content_types=("application/json", "application/vnd.sdmx.data+json"),
        landmarks=('"dataSets"',),
    )


def _day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text if len(text) == 10 else f"{text}-01")
    except ValueError:
        return None


def _period(text: str, frequency: str) -> tuple[date, date] | None:
    try:
        if frequency == "M":
            first = date.fromisoformat(f"{text}-01") if len(text) == 7 else None
            return (first, last_of_month(first)) if first and first >= date(1999, 1, 1) and first.year < 2200 else None
        day = date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None
    return (day, day) if day and date(1999, 1, 1) <= day < date(2200, 1, 1) else None


def _rate(text: str) -> Decimal | None:
    """Twelve decimals, as the table holds: monthly averages are printed with the float's noise (8.000470000000002)."""
    number = printed_number(text)
    if number is None or not 0 < number < _LARGEST:
        return None
    rate = rounded(number, DECIMALS)
    return rate if rate > 0 else None


def _published(end: date) -> datetime:
    """When a rate was public: the rates of a day about 16:00 in Frankfurt; an average on the last day of its month, by
    the same rule, which is a day or two early where that is no working day."""
    return datetime.combine(end, PUBLISHED, ZONE).astimezone(UTC)
