"""What to ask Malaysia's Department of Statistics for, and which reader each file goes to.

The files have no partner dimension: Malaysia with the world. The bilateral figures stand in the monthly workbook alone
(``workbook``). Rows are made in ``headline``, ``sitc`` and ``calendar``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from connectors.contract import Ask, Connector, Wanted
from connectors.formats.delimited import cell_at, header_of
from connectors.statistics.dosm import calendar, headline, sitc, workbook
from connectors.statistics.dosm.publisher import PUBLISHER
from warehouse.schema.errors import NotReadable
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request, Window

STORAGE = "https://storage.dosm.gov.my"
_CSV_TYPES = ("text/csv", "text/plain", "application/octet-stream", "binary/octet-stream")
_XLSX_TYPES = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/octet-stream",
               "binary/octet-stream", "application/zip")
_FIRST_WORKBOOK = date(2022, 10, 1)
_FULL_RELEASE_DAY = 26
"""Full releases came on the 26th to 28th of the month after (six of six in 2026)."""


_FULL_RELEASE = "monthly, with the full release on the 26th to 28th of the month after"
_CALENDAR = Dataset(
    dataset=calendar.DATASET, publisher=PUBLISHER.publisher, title="Advance release calendar", table="ref.release", account="none",
    chain=calendar.DATASET, chain_rank=0, revision_mode="overwrite", partner_scope="none",
    licence=PUBLISHER.licence, may_redistribute=True, attribution=PUBLISHER.attribution,
    page_url="https://open.dosm.gov.my/publications/upcoming", tz=PUBLISHER.tz, cadence="daily",
)
_HEADLINE = replace(
    _CALENDAR, dataset=headline.DATASET, title="Monthly headline trade", table="stats.trade", account="reported",
    chain="dosm.world", chain_rank=2, partner_scope="world", cadence=_FULL_RELEASE, release_time="12:00",
    page_url="https://open.dosm.gov.my/data-catalogue/trade_headline", missing_means="not_observed",
    # Malaysia's imports of June 2024 fell by 10.2 % from first release to the file of April 2026.
    revision_band_pct=12.0, expected_lag_days=28, floor_rows=300, floor_periods=100,
)
_SITC = replace(
    _HEADLINE, dataset=sitc.DATASET, title="Monthly trade by SITC section (1 digit)", chain_rank=1,
    page_url="https://open.dosm.gov.my/data-catalogue/trade_sitc_1d",
)
_WORKBOOK = replace(
    _HEADLINE, dataset=workbook.DATASET, title="External trade by partner and commodity (monthly workbook)",
    chain="dosm.country", chain_rank=1, partner_scope="all", page_url="https://open.dosm.gov.my/publications",
    floor_rows=1, floor_periods=1,
)


class Dosm(Connector):
    """Connector of storage.dosm.gov.my: static files, no key, no stated limit; asked conditionally, once a night."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 20
    parser_version = 3
    datasets = (_CALENDAR, _HEADLINE, _SITC, _WORKBOOK)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The calendar first, so that what follows is known to be due; the CSV files whole whatever the window says;
        the workbooks of the window's months, else the newest whose release is expected (a 404 is handed on)."""
        if calendar.DATASET in wanted.datasets:
            yield Ask(_csv(f"{STORAGE}/meta/arc.csv", calendar.DATASET, landmark="publication_id"))
        if headline.DATASET in wanted.datasets:
            yield Ask(_csv(f"{STORAGE}/trade/trade_headline.csv", headline.DATASET, landmark="exports"))
        if sitc.DATASET in wanted.datasets:
            yield Ask(_csv(f"{STORAGE}/trade/trade_sitc_1d.csv", sitc.DATASET, landmark="exports"))
        if workbook.DATASET in wanted.datasets:
            for month in workbook_months(wanted.known.now.astimezone(calendar.ZONE).date(), wanted.window):
                yield Ask(partition=f"{month:%Y-%m}", request=Request(
                    url=f"{STORAGE}/trade/trade_{month:%Y-%m}.xlsx", dataset=workbook.DATASET,
                    content_types=_XLSX_TYPES, landmarks=("[Content_Types].xml",), max_bytes=32 * 1024 * 1024,
                ))

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the header of a CSV file; a workbook by the office's name in it, or by its own name as DOSM gives it.

        Raises NotReadable for figures of DOSM's in a form that is not read.
        """
        header = set(header_of(head))
        for dataset, needs in ((headline.DATASET, headline.COLUMNS), (sitc.DATASET, sitc.COLUMNS),
                               (calendar.DATASET, calendar.NEEDS)):
            if header.issuperset(needs):
                return dataset
        if {"end_use", "bec", "imports"} <= header:
            raise NotReadable("DOSM's imports by end use (trade_enduse_bec), which are not read: of its catalogue trade_headline.csv and "
                              "trade_sitc_1d.csv are")
        if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"[", b"{") and b'"date"' in head and b'"exports"' in head and any(
                sign in head for sign in (b'"re_exports"', b'"section"')):
            raise NotReadable("an answer of data.gov.my's interface, which is not read: save the same figures as a file, "
                              f"{STORAGE}/trade/trade_headline.csv or {STORAGE}/trade/trade_sitc_1d.csv")
        named = re.search(r"trade_[0-9]{4}-[0-9]{2}[^/\\]*\.xlsx$", name)
        return workbook.DATASET if workbook.is_workbook(head) and (named or workbook.names_dosm(head)) else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch a document. A workbook raises a NotReadable that describes it: kept until its layout is known."""
        url = document.fetch.url
        if document.dataset == headline.DATASET:
            read = headline.read_headline
        elif document.dataset == sitc.DATASET:
            read = sitc.read_sitc
        elif document.dataset == calendar.DATASET:
            read = calendar.read_calendar
        elif document.dataset == workbook.DATASET:
            raise NotReadable(f"kept; no parser for this layout yet: {workbook.describe(document.body, url=url)}",
                              dataset=workbook.DATASET, url=url)
        else:
            raise NotReadable("DOSM issues no such dataset", dataset=document.dataset, url=url)
        for batch in read(document):
            out.put(batch)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        header = header_of(document.body)
        for key in (headline.KEY, sitc.KEY, calendar.KEY):
            if set(key) <= set(header):
                return cell_at(document.body, locator, key)
        raise NotReadable("these bytes are none of DOSM's CSV files")


def workbook_months(today: date, window: Window) -> list[date]:
    """First days of the months whose workbooks to ask for: those of the window that can be out, else the newest one."""
    back = today.replace(day=1) - timedelta(days=1)
    newest = back if today.day >= _FULL_RELEASE_DAY else back.replace(day=1) - timedelta(days=1)
    newest = newest.replace(day=1)
    if window.first is None and window.last is None:
        return [newest]
    month = max((window.first or _FIRST_WORKBOOK).replace(day=1), _FIRST_WORKBOOK)
    last = min((window.last or newest).replace(day=1), newest)
    months = []
    while month <= last:
        months.append(month)
        month = (month + timedelta(days=31)).replace(day=1)
    return months


def _csv(url: str, dataset: str, *, landmark: str) -> Request:
    # The landmark is one column's name and not the header line: columns may move.
    return Request(url=url, dataset=dataset, content_types=_CSV_TYPES, landmarks=(landmark,),
                   max_bytes=16 * 1024 * 1024)
