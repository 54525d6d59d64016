"""What to ask Table Builder for: the tables by market, whose number it is asked for, and the one by commodity."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import quote, urlencode

import msgspec

from connectors.contract import Ask, Connector, Wanted
from connectors.months import last_of_month
from connectors.statistics.singstat import rows, tables
from connectors.statistics.singstat.publisher import LABELS, PUBLISHER
from connectors.statistics.singstat.rows import COMMODITY, MARKET, ZONE
from warehouse.schema.errors import NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request, Window

API = "https://tablebuilder.singstat.gov.sg/api/table"
BY_COMMODITY = "M451001"
KEYWORDS = ("merchandise imports by region", "merchandise exports by region")
"""By these the tables by market are looked for: their numbers were others in 2019 than now, and nobody wrote down today's."""
MOST_CELLS = 5_000
"""Cells of an answer, by ``limit``; one that has as many was cut."""
NEWEST = 24
"""Months that are asked for where no window is given: publishers revise, and a market is one line of each."""
LAG_DAYS = 17
FIRST = date(1976, 1, 1)
_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_MARKET = Dataset(
    dataset=MARKET, publisher=PUBLISHER.publisher, title="Merchandise imports and exports by region and market", table="stats.trade",
    account="reported", chain="singstat.trade", chain_rank=2, revision_mode="overwrite", partner_scope="selected",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://tablebuilder.singstat.gov.sg/", tz=PUBLISHER.tz,
    cadence="monthly, about the 17th of the month after", expected_lag_days=LAG_DAYS, import_partner="origin",
    export_partner="destination", trade_system="general", missing_means="not_observed", floor_rows=1,
    verified="real workbooks of January 2019 and February 2023; the interface as others described it in 2026, not asked by us",
)
_COMMODITY = replace(
    _MARKET, dataset=COMMODITY, title="Merchandise trade by commodity section, oil and non-oil", chain_rank=1, partner_scope="world",
    verified="others saw answers of it in October 2026; no table of it was seen by us, and none asked for")


class SingStat(Connector):
    """Connector of Table Builder, without a key and without a stated limit."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 40
    parser_version = 2
    datasets = (_MARKET, _COMMODITY)
    areas = LABELS
    past = MARKET
    a_night = (("tablebuilder.singstat.gov.sg", 5),)
    """Two searches, and the three tables that are asked for."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """The numbers of the tables by market first; then the months of the window, or the newest."""
        months = _months(wanted)
        if MARKET in wanted.datasets and months:
            for keyword in KEYWORDS:
                yield Ask(Request(url=f"{API}/resourceid?{urlencode({'keyword': keyword, 'searchOption': 'title'}, quote_via=quote)}",
                                  dataset=MARKET, landmarks=('"records"',), content_types=("application/json", "text/json", "text/plain"),
                                  max_bytes=4 * 1024 * 1024), discovery=True, partition=f"tables named {keyword}", context=keyword,
                          leads_to=tuple(f"{keyword} {part[-1]}" for part in _parts(months)))
        if COMMODITY in wanted.datasets:
            yield from (_ask(COMMODITY, BY_COMMODITY, part) for part in _parts(months))

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """A list of tables leads to those that are monthly and by market; an answer that was cut to its halves."""
        if isinstance(answer, PublisherError):
            raise answer
        if ask.discovery:
            found = _listed(answer)
            if not found:
                raise SchemaDrift(f"no monthly table by market is among what is called {str(ask.context)!r}", dataset=MARKET,
                                  url=ask.request.url)
            return [_ask(MARKET, code, part) for code in found for part in _parts(_months(wanted))]
        code, months = ask.context if isinstance(ask.context, tuple) else ("", ())
        (table,) = tables.read(answer.content, dataset=ask.dataset, url=ask.request.url)
        if sum(len(series.cells) for series in table.series) < MOST_CELLS:
            return []
        if len(months) < 2:
            raise SchemaDrift(f"one month of the table has {MOST_CELLS:,} cells and more", dataset=ask.dataset, url=ask.request.url)
        half = len(months) // 2
        return [replace(_ask(ask.dataset, code, part), instead=True) for part in (months[:half], months[half:])]

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the titles of the tables in it. Raises NotReadable for tables of Table Builder's that are not of trade, and for its errors."""
        if error := tables.error_in(head):
            raise NotReadable(f"no table but an error of Table Builder, which comes as an answer: {error}")
        found = tables.titles(head)
        if not found:
            return None
        for title in found:
            if re.search(r"merchandise|exports|imports", title, re.IGNORECASE):
                return rows.kind_of(title)
        if tables.MADE_BY.encode() in head.lower():
            raise NotReadable(f"a table of Table Builder that is not of trade: {found[0][:200]!r}")
        return None

    def parse(self, document: Document, out: Sink) -> None:
        """A batch for each table. A table that is not read raises, so that none is left out in silence."""
        if document.dataset not in (MARKET, COMMODITY):
            raise SchemaDrift("the SingStat connector reads no such dataset", dataset=document.dataset, url=document.fetch.url)
        for table in tables.read(document.content, dataset=document.dataset, url=document.fetch.url):
            out.put(rows.batch_of(table, document))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return tables.read_cell(document.content, locator)


def _listed(answer: Document) -> list[str]:
    """Numbers of the monthly tables by market in a list. Raises SchemaDrift for what is no list."""
    try:
        found = msgspec.json.decode(answer.body)["Data"]["records"]
        told = {str(each["id"]): str(each["title"]) for each in found}
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise SchemaDrift(f"no list of tables: {error}", dataset=MARKET, url=answer.fetch.url) from error
    wanted = []
    for code, title in sorted(told.items()):
        try:
            if re.fullmatch(r"[A-Z]?[0-9]{3,8}", code, re.ASCII) and "monthly" in title.casefold() and rows.kind_of(title) == MARKET:
                wanted.append(code)
        except NotReadable:
            continue
    return wanted


def _months(wanted: Wanted) -> tuple[str, ...]:
    """The months that can be out, as Table Builder writes them, newest first."""
    today = wanted.known.now.astimezone(ZONE).date()
    window: Window = wanted.window
    windowed = window.first is not None or window.last is not None
    first, found = max(window.first or FIRST, FIRST), []
    month = min(window.last or today, today).replace(day=1)
    while month >= first.replace(day=1):
        if last_of_month(month) + timedelta(days=LAG_DAYS) <= today:
            found.append(f"{month.year} {_NAMES[month.month - 1]}")
        if not windowed and len(found) == NEWEST:
            break
        month = (month - timedelta(days=1)).replace(day=1)
    return tuple(found)


def _parts(months: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield from (months[at:at + NEWEST] for at in range(0, len(months), NEWEST))


def _ask(dataset: str, code: str, months: tuple[str, ...]) -> Ask:
    query = urlencode({"timeFilter": ",".join(months), "offset": 0, "limit": MOST_CELLS}, quote_via=quote, safe=",")
    return Ask(Request(url=f"{API}/tabledata/{code}?{query}", dataset=dataset, landmarks=('"row"',),
                       content_types=("application/json", "text/json", "text/plain"), max_bytes=16 * 1024 * 1024),
               partition=f"{code} {months[-1]} to {months[0]}", priority=1, context=(code, months))
