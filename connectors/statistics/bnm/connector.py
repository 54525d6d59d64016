"""What to ask Bank Negara Malaysia's rates of, and how they become rows of ``stats.fx_rate``.

Each session of a day is a dataset: its middle rate is one rate a day and currency. The files of data.gov.my have them all since they
began; BNM's own API is asked for the newest day where a file has stalled.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats.delimited import printed_number, rounded
from connectors.formats.rows import Rows
from connectors.statistics.bnm.formats import (
    NO_MIDDLE,
    Quote,
    Reading,
    day_of,
    is_answer,
    is_file,
    last_day,
    printed_cell,
    read_quotes,
    session_said,
)
from connectors.statistics.bnm.publisher import PUBLISHER
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Check, Dataset, Document, Rejected, Request

NOON = "bnm.exr.1200"
FILES = "https://storage.data.gov.my/finsector/exr"
API = "https://api.bnm.gov.my/public/exchange-rate"
ACCEPT = "application/vnd.BNM.API.v1+json"
"""Without it the API answers with a page of HTML."""
ZONE = ZoneInfo(PUBLISHER.tz)
RENEWED_AFTER = timedelta(minutes=30)
"""The files of 11:30 and 12:00 were renewed half an hour after their session (metadata of 2026-08-21); taken for the others too."""
STALLED_DAYS = 7
"""A file whose newest day is older than this is not waiting for a holiday to end."""
DECIMALS = 12
_LARGEST = Decimal(10) ** 16

_NOON = Dataset(
    dataset=NOON, publisher=PUBLISHER.publisher, title="Ringgit exchange rates, middle rate of the session of 12:00", table="stats.fx_rate",
    account="reported", chain=NOON, chain_rank=0, revision_mode="overwrite", partner_scope="none",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://data.gov.my/data-catalogue/exchangerates_daily_1200", tz=PUBLISHER.tz, release_time="12:30",
    cadence="every working day in Kuala Lumpur, half an hour after its session", expected_lag_days=0, periods="weekday", grace_days=3,
    missing_means="not_observed",
    verified="others read a copy that ends on 2026-07-31; not asked by us",
)


def _other(session: str, what: str) -> Dataset:
    """A session whose file nobody wrote down: its address is the noon file's with another number. Off until somebody turns it on, and below
    the noon's when a figure is converted."""
    name = f"bnm.exr.{session}"
    return replace(
        _NOON, dataset=name, chain=name, chain_rank=-1, enabled=False, title=f"Ringgit exchange rates, middle rate {what}", verified="",
        page_url=f"https://data.gov.my/data-catalogue/exchangerates_daily_{session}", release_time=f"{_renewed(session):%H:%M}")


def _renewed(session: str) -> time:
    return (datetime.combine(date.min, time.fromisoformat(session)) + RENEWED_AFTER).time()


class Bnm(Connector):
    """Connector of the ringgit's rates: static files without a key, asked conditionally once a night."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 35
    parser_version = 2
    datasets = (_NOON, _other("0900", "at the start of the day (09:00)"), _other("1700", "at the end of the day (17:00)"))
    a_night = (("storage.data.gov.my", 1), ("api.bnm.gov.my", 1))
    """The file of noon; the newest day where it has stalled."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """One file a session, whole whatever the window says."""
        for each in self.datasets:
            if each.dataset in wanted.datasets:
                yield Ask(Request(
                    url=f"{FILES}/daily_{_session(each.dataset)}.csv", dataset=each.dataset, landmarks=("rate_type",),
                    content_types=("text/csv", "text/plain", "application/octet-stream", "binary/octet-stream"),
                    max_bytes=32 * 1024 * 1024))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """The API's newest day where the file has stalled, unless the window ends before it."""
        if isinstance(answer, PublisherError):
            raise answer
        today = wanted.known.now.astimezone(ZONE).date()
        stalled = ask.request.url.startswith(FILES) and last_day(answer.body) < f"{today - timedelta(days=STALLED_DAYS)}"
        if stalled and (wanted.window.last or today) >= today:
            yield Ask(_newest(ask.dataset))

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content; which session a file is of stands in its name alone (``daily_1200.csv``), an answer of the API says it."""
        if is_answer(head):
            session = session_said(head)
        elif is_file(head):
            found = re.search(r"daily_([0-9]{4})", name)
            session = found[1] if found else ""
        else:
            return None
        known = [each.dataset for each in self.datasets if session and each.dataset.endswith(f".{session}")]
        if known:
            return known[0]
        names = ", ".join(each.dataset for each in self.datasets)
        raise NotReadable(f"exchange rates of BNM's session {session}, which is not read: {NO_MIDDLE}" if session else
                          f"exchange rates of BNM without a word on their session: keep the name daily_1200.csv, or say --source ({names})")

    def parse(self, document: Document, out: Sink) -> None:
        """One batch. A file is complete for the days from its first to its last, so a rate that goes is withdrawn; an answer is not."""
        dataset, url = document.dataset, document.fetch.url
        if dataset not in {each.dataset for each in self.datasets}:
            raise SchemaDrift("the BNM connector reads no such dataset", dataset=dataset, url=url)
        body = document.body
        reading = read_quotes(body, session=_session(dataset), dataset=dataset, url=url)
        rates = _Rates(reading, dataset)
        if not len(rates.read):
            if rates.unread.rejected:
                raise SchemaDrift(f"not one rate could be read: {rates.unread.rejected[0].reason}", dataset=dataset, url=url)
            raise Incomplete("the document holds no rate", dataset=dataset, url=url)
        out.put(rates.batch(dataset, complete_until=document.fetch.asked_at.astimezone(ZONE).date() if is_file(body) else None))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return printed_cell(document.body, locator)


class _Rates:
    """Printed middle rates, sorted into rates for one unit and what is set aside."""

    def __init__(self, reading: Reading, dataset: str) -> None:
        self.reading = reading
        self.read = Rows("stats.fx_rate", doubled="the document gives two rates for one day")
        self.read.unread = self.unread = reading.unread
        self._public: dict[date, datetime] = {}
        for quote in reading.quotes:
            self._take(quote, dataset)

    def _take(self, quote: Quote, dataset: str) -> None:
        day = day_of(quote.day)
        if not quote.printed:
            self.reading.not_asked["no rate"] += 1
        elif day is None:
            self.unread.add(Rejected(quote.locator, "date", f"'{quote.day[:40]}' is no day", quote.printed[:200]))
        elif (rate := _rate(quote)) is None:
            said = f"'{quote.printed[:40]}' is not a rate above zero"
            self.unread.add(Rejected(quote.locator, "rate", said, quote.printed[:200]), base=quote.currency, period_start=day)
        else:
            public = self._public.setdefault(day, released(dataset, day))
            self.read.add(quote.printed[:200], base=quote.currency, period_start=day, period_end=day, rate=rate, released_at=public,
                          locator=quote.locator)

    def batch(self, dataset: str, *, complete_until: date | None) -> Batch:
        frame = self.read.frame("period_start", "base")
        first, last = frame["period_start"][0], frame["period_start"][-1]
        ends = min(last, complete_until or last)
        days = tuple(first + timedelta(days=ahead) for ahead in range((ends - first).days + 1))
        return Batch(
            dataset=dataset,
            name=f"day {first} to {last}",
            frames=(frame,),
            constants={"dataset": dataset, "quote": PUBLISHER.currency, "kind": "day", "released_basis": "calendar"},
            scope={"period_start": days} if complete_until else None,
            not_read=tuple(self.unread.not_read),
            not_asked=dict(self.reading.not_asked),
            rejected=tuple(self.unread.rejected),
            columns_seen=self.reading.columns,
            checks=tuple(self._checks()),
        )

    def _checks(self) -> Iterator[Check]:
        if self.reading.added:
            yield Check(check="columns", level="warn", observed=", ".join(self.reading.added)[:200], expected="currencies of ISO 4217",
                        said="Columns that are no currency were not read.")


def released(dataset: str, day: date) -> datetime:
    """When a day's rates were public: when the file of their session is renewed."""
    return datetime.combine(day, _renewed(_session(dataset)), ZONE).astimezone(UTC)


def _session(dataset: str) -> str:
    return dataset.rpartition(".")[2]


def _newest(dataset: str) -> Request:
    """All currencies of the newest day at the API. Its answer to a question without a session is that of 11:30, without middle rates."""
    return Request(url=f"{API}?session={_session(dataset)}&quote=rm", dataset=dataset, accept=ACCEPT,
                   content_types=("application/json", ACCEPT), landmarks=('"currency_code"',), max_bytes=1024 * 1024)


def _rate(quote: Quote) -> Decimal | None:
    """Ringgit for one unit, to the twelve decimals that the table holds: a float's noise (4.0830000000000002) is no rate of its own."""
    number = printed_number(quote.printed)
    if number is None or not 0 < number < _LARGEST:
        return None
    rate = rounded(number / quote.units, DECIMALS)
    return rate if rate > 0 else None
