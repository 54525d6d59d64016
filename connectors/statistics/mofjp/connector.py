"""What to ask Japan's customs for: press releases by their addresses, the long series, and the files of e-Stat by their listing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Literal
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.months import last_of_month
from connectors.statistics.mofjp import estat, press, series
from connectors.statistics.mofjp.press import DAYS10, DAYS20, HS_BASIS, MONTH, Edition
from connectors.statistics.mofjp.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request, Window

CUSTOMS, ESTAT = "https://www.customs.go.jp/toukei", "https://www.e-stat.go.jp"
SERIES = f"{CUSTOMS}/suii/html/data/d41ma.csv"
STAGES = {DAYS10: 1, DAYS20: 2, MONTH: 4, HS_BASIS: 5}
"""The digit behind the month in a release's address. 6 (detailed) and 7 (revised) exist; their releases nobody has seen."""
EARLIEST = {DAYS10: -6, DAYS20: 4, MONTH: 14, HS_BASIS: 24}
"""Days after the end of the month before which nobody looks for a release. Seen: the 30th of the month; the 11th, 23rd, 30th of the
next."""
FIRST = date(2024, 1, 1)
"""Releases since then were seen at their addresses by others."""
CLASSES = {estat.WORLD: ("000001013183", ("000001013184", "000001013185")),
           estat.COUNTRY: ("000001013180", ("000001013181", "000001013182"))}
"""e-Stat's classes of tables: the table, its exports and its imports."""


def _dataset(dataset: str, title: str, cadence: str, *, chain: str, rank: int, lag: int, mode: Literal["frozen", "overwrite"] = "frozen",
             scope: Literal["all", "selected", "world"] = "world", verified: str,
             page: str = f"{CUSTOMS}/shinbun/happyou_e.htm") -> Dataset:
    return Dataset(
        dataset=dataset, publisher=PUBLISHER.publisher, title=title, table="stats.trade", account="reported", chain=chain, chain_rank=rank,
        revision_mode=mode, partner_scope=scope, licence=PUBLISHER.licence, may_redistribute=True, attribution=PUBLISHER.attribution,
        page_url=page, tz=PUBLISHER.tz, cadence=cadence, release_time="08:50", import_partner="origin", export_partner="destination",
        trade_system="general", missing_means="not_observed", revision_band_pct=1.0, expected_lag_days=lag, grace_days=7,
        citation=f"{PUBLISHER.attribution}, {title}", verified=verified)


_PRESS = "others' copies of 2024 and 2025 were read; not asked by us"
_DAYS10 = replace(_dataset(
    DAYS10, "Value of exports and imports, first ten days of the month, provisional", "monthly, about the 28th to 30th of the month itself",
    chain=DAYS10, rank=0, lag=19, verified=_PRESS), periods="first_ten_days", floor_rows=3)
_DAYS20 = replace(_dataset(
    DAYS20, "Value of exports and imports, first twenty days of the month, provisional", "monthly, about the 7th to 11th of the next month",
    chain=DAYS20, rank=0, lag=19, verified=_PRESS), periods="first_twenty_days", floor_rows=3)
_MONTH = replace(_dataset(
    MONTH, "Value of exports and imports by area and country, provisional", "monthly, about the 17th to 24th of the next month",
    chain="mofjp.country", rank=1, lag=20, scope="selected", verified=_PRESS), floor_rows=60, floor_partners=20)
_HS_BASIS = replace(
    _MONTH, dataset=HS_BASIS, chain_rank=2, title="Value of exports and imports by area and country, exports detailed, imports provisional",
    cadence="monthly, about the 27th to 30th of the next month", expected_lag_days=30)
_SERIES = _dataset(
    series.DATASET, "Value of exports and imports by month, since 1979",
    "monthly, with each release of a month; months to come stand as zeros", chain="mofjp.country", rank=3, lag=21, mode="overwrite",
    page=f"{CUSTOMS}/suii/html/time_e.htm", verified="another's copy of October 2026 was read; not asked by us")
_HS = replace(_dataset(
    estat.WORLD, "Value by commodity (statistical code of nine digits)", "monthly, about the 30th of the next month", chain=estat.WORLD,
    rank=0, lag=31, mode="overwrite", page=f"{ESTAT}/en/stat-search/files?toukei=00350300",
    verified="another's copy of a file of exports of August 2026 was read; not asked by us"), missing_means="zero", release_time="")
_HS_COUNTRY = replace(
    _HS, dataset=estat.COUNTRY, chain=estat.COUNTRY, partner_scope="all", enabled=False,
    title="Value by commodity and country (statistical code of nine digits)",
    cadence="monthly, about the 30th of the next month, 22 files a flow",
    verified="its header and a few lines as others quote them; no file was seen")


class Mofjp(Connector):
    """Connector of Japan's trade statistics: without a key, and one call a release."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 45
    parser_version = 3
    datasets = (_DAYS10, _DAYS20, _MONTH, _HS_BASIS, _SERIES, _HS, _HS_COUNTRY)
    areas = LABELS
    past = MONTH
    calls_a_day = 300
    a_night = (("www.customs.go.jp", 13), ("www.e-stat.go.jp", 6))
    """Three months of four releases, and the series; of each flow a listing, a month and a file."""
    """Nobody states a limit; so much is a first fill of five years in a few days."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The releases of the window's months, of the last three without one; the series whole; the newest listing of e-Stat."""
        today = wanted.known.now.astimezone(ZoneInfo(PUBLISHER.tz)).date()
        for dataset in (each.dataset for each in self.datasets if each.dataset in wanted.datasets):
            if dataset in STAGES:
                for month in _months(wanted.window, today):
                    out = last_of_month(month) + timedelta(days=EARLIEST[dataset]) <= today
                    if out and Edition(dataset, month).last >= (wanted.window.first or month):
                        yield Ask(_release(dataset, month, frozen=not wanted.window.force), partition=f"{month:%Y-%m}", context=month)
            elif dataset == series.DATASET:
                yield Ask(Request(url=SERIES, dataset=dataset, landmarks=("Exp-Total",), max_bytes=4 * 1024 * 1024))
            else:
                for tables in CLASSES[dataset][1]:
                    yield Ask(_listing(dataset, tables), discovery=True, partition=f"listing {tables}", context=("years", tables),
                              leads_to=_expected(dataset, tables, wanted.window, today))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """From e-Stat's listing to the newest month of each wanted year, and from there to its files. A release that is not there
        (404) is not out: whether it is late is the calendar's."""
        if isinstance(answer, PublisherError):
            if isinstance(answer, NotFound) and isinstance(ask.context, date):
                return ()
            raise answer
        if not isinstance(ask.context, tuple):
            return ()
        return list(self._listed(ask, answer, wanted.window) if ask.context[0] == "years" else self._files(ask, answer))

    def _listed(self, ask: Ask, answer: Document, window: Window) -> Iterator[Ask]:
        newest: dict[int, tuple[int, str]] = {}
        for year, month, url in _links(answer):
            newest[year] = max(newest.get(year, (0, "")), (month, url))
        if not newest:
            raise SchemaDrift("e-Stat's listing links no month", dataset=ask.dataset, url=answer.fetch.url)
        last = max(newest)
        first, until = (window.first.year if window.first else last), (window.last.year if window.last else last)
        assert isinstance(ask.context, tuple)
        for year in sorted(year for year in newest if first <= year <= until):
            month, url = newest[year]
            yield Ask(Request(url=url, dataset=ask.dataset, landmarks=("statInfId",), max_bytes=8 * 1024 * 1024), discovery=True,
                      partition=f"{year}-{month:02d}", context=("files", ask.context[1]))

    @staticmethod
    def _files(ask: Ask, answer: Document) -> Iterator[Ask]:
        found = dict.fromkeys(re.findall(rb"file-download\?statInfId=([0-9]{6,20})&(?:amp;)?fileKind=1", answer.body))
        if not found:
            raise SchemaDrift("e-Stat's page of a month links no CSV file", dataset=ask.dataset, url=answer.fetch.url)
        for number in found:
            yield Ask(Request(url=f"{ESTAT}/stat-search/file-download?statInfId={number.decode()}&fileKind=1", dataset=ask.dataset,
                              frozen=True, landmarks=("Exp or Imp",), max_bytes=256 * 1024 * 1024),
                      partition=f"{ask.partition}, file {number.decode()}")

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content. Raises NotReadable for other editions and tables of theirs."""
        return press.recognised(head) or series.recognised(head) or estat.recognised(head)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch. A release and a series are complete for what they print; a file of e-Stat that we fetched for its flow and months."""
        dataset = document.dataset
        if dataset in STAGES:
            out.put(press.read(document))
        elif dataset == series.DATASET:
            out.put(series.read(document))
        elif dataset in CLASSES:
            ours = document.fetch.url.startswith(ESTAT) and not document.fetch.part
            for batch in estat.read(document, complete=ours and dataset == estat.WORLD):
                out.put(batch)
        else:
            raise SchemaDrift("the connector of Japan's customs reads no such dataset", dataset=dataset, url=document.fetch.url)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        if document.dataset in STAGES:
            return press.read_cell(document, locator)
        return series.read_cell(document, locator) if document.dataset == series.DATASET else estat.read_cell(document, locator)


def _months(window: Window, today: date) -> Iterator[date]:
    """First days of the months asked for, oldest first."""
    first = window.first.replace(day=1) if window.first else (today.replace(day=1) - timedelta(days=45)).replace(day=1)
    last = min(window.last or today, today)
    month = max(first, FIRST)
    while month <= last:
        yield month
        month = last_of_month(month) + timedelta(days=1)


def _release(dataset: str, month: date, *, frozen: bool) -> Request:
    return Request(url=f"{CUSTOMS}/shinbun/trade-st_e/{month:%Y}/{month:%Y%m}{STAGES[dataset]}e.xml", dataset=dataset,
                   landmarks=("<hodoxml",), max_bytes=8 * 1024 * 1024, frozen=frozen)


def _listing(dataset: str, tables: str) -> Request:
    return Request(url=f"{ESTAT}/stat-search/files?page=1&layout=datalist&toukei=00350300&tstat=000001013141&cycle=1&tclass1="
                   f"{CLASSES[dataset][0]}&tclass2={tables}&tclass3val=0&metadata=1&data=1", dataset=dataset,
                   landmarks=("stat-search/files",), max_bytes=8 * 1024 * 1024)


def _expected(dataset: str, tables: str, window: Window, today: date) -> tuple[str, ...]:
    """What the listing leads to in a window, by name: of each year the page of its newest month, and its files."""
    if window.first is None or window.last is None:
        return ()
    return tuple(f"{tables} {year} {what}" for year in range(window.first.year, min(window.last, today).year + 1)
                 for what in ("page", *(f"file {number}" for number in range(1, 2 if dataset == estat.WORLD else 23))))


def _links(answer: Document) -> Iterator[tuple[int, int, str]]:
    """Year, month and address of every month that a listing links: ``…&year=20260&month=23070907`` is July 2026."""
    text = answer.body.decode("utf-8", errors="replace")
    for link in re.findall(r'href="(/stat-search/files\?[^"]{1,500})"', text):
        address = unescape(link)
        found = re.search(r"&year=((?:19|20)[0-9]{2})0&month=[0-9]{6}(0[1-9]|1[0-2])(?![0-9])", address)
        if found:
            yield int(found[1]), int(found[2]), f"{ESTAT}{address}"
