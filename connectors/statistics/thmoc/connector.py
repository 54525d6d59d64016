"""What to ask Thailand's Ministry of Commerce for: every country in a month, and in a window every HS chapter by country."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from connectors.contract import Ask, Connector, Wanted
from connectors.months import last_of_month
from connectors.statistics.thmoc import answers, rows
from connectors.statistics.thmoc.answers import COMMODITY, COUNTRY, HS, PORTAL
from connectors.statistics.thmoc.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import Challenged, NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Refusal, Request, Window

LAG = 20
"""Days after a month's end from which it may be out (others: after the 20th)."""
RECENT = 3
"""Months that are asked for again: what was published lately may have been revised."""
FIRST = date(1998, 1, 1)
CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 98) if chapter != 77)
REFUSALS = (Refusal(403, "", Challenged, "the ministry's firewall does not let this question through; it is asked again another day, and "
                                         "saved answers come in by entrepot import"),)

_COUNTRY = Dataset(
    dataset=COUNTRY, publisher=PUBLISHER.publisher, title="Trade by country (open data, summarycountries)", table="stats.trade",
    account="reported", chain="thmoc.country", chain_rank=1, revision_mode="overwrite", partner_scope="all", licence=PUBLISHER.licence,
    may_redistribute=False, attribution=PUBLISHER.attribution, page_url=f"{PORTAL}/opendata/summarycountries", tz=PUBLISHER.tz,
    cadence="monthly, after the 20th to 25th of the next month; no calendar was seen",
    expected_lag_days=rows.LAG_DAYS, grace_days=rows.GRACE_DAYS,
    import_partner="origin", export_partner="destination", trade_system="unknown", missing_means="unknown", revision_band_pct=5.0,
    floor_rows=150, floor_partners=80, citation=f"{PUBLISHER.attribution}, summarycountries",
    verified="others asked it until August 2026; no answer of it was seen; not asked by us")
_HS = replace(
    _COUNTRY, dataset=HS, title="Trade by country and HS code (open data by chapter; report 02 of the portal)", partner_scope="selected",
    page_url=f"{PORTAL}/opendata/exportharmonizecountries", floor_rows=1, floor_partners=1, chain_rank=0,
    citation=f"{PUBLISHER.attribution}, trade by HS code and country",
    verified="real answers of report 02 (October and November 2024) were seen; of the open data only what others read; not asked by us")
_COMMODITY = replace(
    _HS, dataset=COMMODITY, title="Trade by country and the ministry's commodities, months of two years (report 03 of the portal)",
    chain=COMMODITY, page_url=f"{PORTAL}/en/stat/reportcomcodeexport03", enabled=False, periods="irregular",
    citation=f"{PUBLISHER.attribution}, report 03", verified="a real answer (2024, in million baht) was seen; comes by import alone")


class Thmoc(Connector):
    """Connector of tradereport.moc.go.th: no key, no stated limit, a firewall."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 44
    parser_version = 2
    datasets = (_COUNTRY, _HS, _COMMODITY)
    areas = LABELS
    past = COUNTRY
    calls_a_day = 250
    """Our own measure: a month of every chapter, both flows."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Newest months first. Chapters only in a window: two questions each, so 192 for a month."""
        today = wanted.known.now.astimezone(rows.ZONE).date()
        months = _months(today, wanted.window)
        if COUNTRY in wanted.datasets:
            for month in months:
                yield Ask(_request(COUNTRY, "summarycountries", f"year={month.year}&month={month.month}&limit=0"),
                          partition=f"{month:%Y-%m}")
        windowed = wanted.window.first is not None or wanted.window.last is not None
        if HS in wanted.datasets and windowed:
            for month in months:
                for flow in ("export", "import"):
                    for chapter in CHAPTERS:
                        query = f"year={month.year}&month={month.month}&hs_code={chapter}&limit=0"
                        yield Ask(_request(HS, f"{flow}harmonizecountries", query), priority=1,
                                  partition=f"{flow} {month:%Y-%m}, {chapter}")

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing. A chapter without trade in a month may be a 404."""
        if isinstance(answer, PublisherError) and not (ask.dataset == HS and isinstance(answer, NotFound)):
            raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the fields of its records. Raises Challenged for the firewall's page, NotReadable for the list of countries."""
        fields = answers.form_of(head)
        return None if fields is None else answers.dataset_of(fields)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch an answer, none of a month to come. Raises SchemaDrift, Incomplete, NotReadable or, for the firewall's
        page, Challenged."""
        if document.dataset not in (COUNTRY, HS, COMMODITY):
            raise SchemaDrift("the connector of Thailand's Ministry of Commerce reads no such dataset", dataset=document.dataset,
                              url=document.fetch.url)
        try:
            batch = rows.batch(document)
        except PublisherError as error:
            raise type(error)(error.said, dataset=document.dataset, url=document.fetch.url) from error
        if batch is not None:
            out.put(batch)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return rows.read_cell(document, locator)


def _request(dataset: str, name: str, query: str) -> Request:
    return Request(url=f"{PORTAL}/api/{name}?{query}", dataset=dataset, accept="application/json", content_types=("application/json",),
                   landmarks=("country_code", "[]"), max_bytes=32 * 1024 * 1024, refusals=REFUSALS)


def _months(today: date, window: Window) -> list[date]:
    """First days of the months that are wanted and may be out, newest first."""
    newest = (today - timedelta(days=LAG)).replace(day=1) - timedelta(days=1)
    newest = newest.replace(day=1)
    first, last = newest, newest
    if window.first is None and window.last is None:
        for _ in range(RECENT - 1):
            first = (first - timedelta(days=1)).replace(day=1)
    else:
        first, last = max((window.first or FIRST).replace(day=1), FIRST), min((window.last or newest).replace(day=1), newest)
    found = []
    while first <= last:
        found.append(first)
        first = last_of_month(first) + timedelta(days=1)
    return found[::-1]
