"""What to ask Viet Nam's customs for: files whose address holds the day on which they appeared, so likely days are tried.

The page that lists them stands behind a captcha and is never asked; the files answer anybody (others, 2026-10-02).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Known, Wanted
from connectors.months import last_of_month
from connectors.statistics.vncustoms import printed, rows
from connectors.statistics.vncustoms.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import NotFound, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request, Window

COUNTRY = "vncustoms.country"
COMMODITY = "vncustoms.commodity"
FILES = "https://files.customs.gov.vn/CustomsCMS/TONG_CUC"
ZONE = ZoneInfo(PUBLISHER.tz)
DAYS = (9, 6, 7, 8, 10, 5, 11, 4, 12)
"""Of the next month, the likeliest first: of 23 files that others had in 2025 and 2026, one appeared later."""
FIRST = date(2024, 12, 1)
"""Since then a file's name is written in lower case and without a leading zero; before, in several ways."""
TABLES = {COUNTRY: ("5x", "5n"), COMMODITY: ("2x", "2n")}
LANGUAGES = {COUNTRY: ("ta", "vn"), COMMODITY: ("vn",)}
"""tiếng Anh, English, of which a file of 5X was seen; and Vietnamese, in which others have files of all four tables."""
_FOLDER = re.compile(r"/TONG_CUC/(20[0-9]{2})/([0-9]{1,2})/([0-9]{1,2})/", re.ASCII)

_COUNTRY = Dataset(
    dataset=COUNTRY, publisher=PUBLISHER.publisher, title="Exports and imports by country and main commodity (tables 5X and 5N)",
    table="stats.trade", account="reported", chain="vncustoms.country", chain_rank=1, revision_mode="overwrite", partner_scope="selected",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://www.customs.gov.vn/index.jsp?pageId=5002&group=Statistical%20data", tz=PUBLISHER.tz,
    cadence="monthly, on the 4th to 12th of the next month; no calendar was seen", expected_lag_days=9, grace_days=6,
    # By the office's practice; the table prints neither valuation nor what a partner is (docs/publishers/vncustoms.md).
    import_partner="origin", export_partner="destination", trade_system="unknown", missing_means="not_observed",
    floor_rows=100, floor_partners=50, floor_periods=1, citation=f"{PUBLISHER.attribution}, tables 5X and 5N",
    verified="others asked for its files on 2026-10-02; a file of June 2026 was seen; not asked by us")
_COMMODITY = replace(
    _COUNTRY, dataset=COMMODITY, title="Exports and imports by main commodity (tables 1X, 1N, 2X and 2N): kept, not read",
    chain=COMMODITY, partner_scope="world", floor_rows=1, floor_partners=0, citation=f"{PUBLISHER.attribution}, tables 2X and 2N",
    verified="others asked for its files on 2026-10-02; no file was seen, so none is read; not asked by us")


@dataclass(frozen=True)
class Candidate:
    """A file on one of the days on which it may have appeared."""

    dataset: str
    table: str
    language: str
    month: date
    """Its first day."""
    days: tuple[int, ...]
    """The day that is tried, and those to be tried after it."""
    leads: bool = False
    """Whether the others of its month are asked for on the day on which it is found."""

    @property
    def request(self) -> Request:
        out = last_of_month(self.month).toordinal() + 1
        appeared = date.fromordinal(out)
        name = f"{self.month.year}-t{self.month.month}-{self.table}({self.language}-sb).pdf"
        return Request(
            url=f"{FILES}/{appeared.year}/{appeared.month}/{self.days[0]}/{name}", dataset=self.dataset, frozen=True, landmarks=("%PDF-",),
            content_types=("application/pdf", "application/octet-stream", "binary/octet-stream"), max_bytes=32 * 1024 * 1024)

    @property
    def ask(self) -> Ask:
        return Ask(self.request, partition=f"{self.table.upper()} ({self.language}) {self.month:%Y-%m}", context=self)

    def held(self, known: Known) -> Candidate:
        """The same, where its file is held already on the day on which it was found."""
        found = next((day for day in self.days if known.latest(replace(self, days=(day,)).request)), None)
        return self if found is None else replace(self, days=(found,))


class VnCustoms(Connector):
    """Connector of files.customs.gov.vn: no key, no stated limit, one file for each table, language and month."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 42
    parser_version = 1
    datasets = (_COUNTRY, _COMMODITY)
    areas = LABELS
    past = COUNTRY
    calls_a_day = 80
    a_night = (("files.customs.gov.vn", 80),)
    """All that a day allows: a month whose day has to be found takes up to 70."""
    """Our own measure: a month of all tables on its least likely day."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Of each month the first table in the first language, which finds the day for the others."""
        today = wanted.known.now.astimezone(ZONE).date()
        for dataset, tables in TABLES.items():
            if dataset not in wanted.datasets:
                continue
            for month in _months(today, wanted.window):
                first = Candidate(dataset, tables[0], LANGUAGES[dataset][0], month, _days(month, today), leads=True)
                if first.days:
                    yield first.held(wanted.known).ask

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Another day where the file is not there; the other files of the month where it is. Raises NotFound after the last day."""
        tried = ask.context
        if not isinstance(tried, Candidate):
            if isinstance(answer, PublisherError):
                raise answer
            return []
        if isinstance(answer, NotFound):
            if tried.days[1:]:
                return [replace(tried, days=tried.days[1:]).ask]
            raise NotFound(f"no table {tried.table.upper()} ({tried.language}) of {tried.month:%Y-%m} on any of the days that were tried",
                           dataset=ask.dataset, url=ask.request.url)
        if isinstance(answer, PublisherError):
            raise answer
        if not tried.leads:
            return []
        today = wanted.known.now.astimezone(ZONE).date()
        days = (tried.days[0], *(day for day in _days(tried.month, today) if day != tried.days[0]))
        return [Candidate(tried.dataset, table, language, tried.month, days).held(wanted.known).ask
                for language in LANGUAGES[tried.dataset] for table in TABLES[tried.dataset]
                if (table, language) != (tried.table, tried.language)]

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the title of a PDF that names the office: tables by country are read, all others are kept."""
        title = printed.title_of(head)
        return None if title is None else COUNTRY if printed.is_ours(title) else COMMODITY

    def parse(self, document: Document, out: Sink) -> None:
        """One batch a table by country; another table raises a NotReadable that describes it, and is kept until its layout is known."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        try:
            if document.dataset == COMMODITY:
                title = printed.title_of(document.body)
                if title is None:
                    raise NotReadable("no table of Viet Nam's customs")
                if printed.is_ours(title):
                    raise SchemaDrift(f"this is the table of {COUNTRY}, asked for was {COMMODITY}")
                raise NotReadable(f"kept; no parser for this layout yet: {printed.described(document.body)}")
            if document.dataset != COUNTRY:
                raise SchemaDrift("the connector of Viet Nam's customs reads no such dataset")
            batch = rows.batch(printed.read(document.body), COUNTRY)
        except PublisherError as error:
            raise type(error)(error.said, **where) from error
        released = _appeared(document.fetch.url)
        out.put(replace(batch, released_at=released, released_basis="page" if released else None))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return printed.read_cell(document.body, locator)


def _months(today: date, window: Window) -> list[date]:
    """First days of the months that are wanted and may be out: without a window the newest one whose files may have appeared."""
    newest = date.fromordinal(today.replace(day=1).toordinal() - 1).replace(day=1)
    if not _days(newest, today):
        newest = date.fromordinal(newest.toordinal() - 1).replace(day=1)
    if window.first is None and window.last is None:
        return [newest]
    month, last, found = max((window.first or FIRST).replace(day=1), FIRST), min((window.last or newest).replace(day=1), newest), []
    while month <= last:
        found.append(month)
        month = date.fromordinal(last_of_month(month).toordinal() + 1)
    return found


def _days(month: date, today: date) -> tuple[int, ...]:
    """The days of the next month on which the file of a month may have appeared by today."""
    out = date.fromordinal(last_of_month(month).toordinal() + 1)
    return tuple(day for day in DAYS if out.replace(day=day) <= today)


def _appeared(url: str) -> datetime | None:
    """The day in an address, at its beginning in Viet Nam; None where there is none."""
    found = _FOLDER.search(url)
    try:
        return datetime.combine(date(*map(int, found.groups())), time.min, ZONE).astimezone(UTC) if found else None
    except ValueError:
        return None
