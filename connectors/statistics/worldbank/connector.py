"""What to ask the World Bank for: its indicators of some areas, one question a series, and WITS's tables of their partners."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.worldbank import indicators, wits
from connectors.statistics.worldbank.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request

INDICATORS, WITS = "worldbank.wdi", "worldbank.wits"
AREAS = tuple(indicators.LCU)
API = "https://api.worldbank.org/v2/country"
PER_PAGE = 20_000
"""More than all years of all areas that are asked for; without it an answer has 50 records a page."""
MOST_PAGES = 100

_WDI = Dataset(
    dataset=INDICATORS, publisher=PUBLISHER.publisher, title="World Development Indicators: GDP, deflators, exchange rates, unit values",
    table="stats.indicator", account="mixed", chain=INDICATORS, chain_rank=0, revision_mode="overwrite", partner_scope="none",
    licence=PUBLISHER.licence, may_redistribute=True, attribution="Source: World Bank, World Development Indicators",
    page_url="https://databank.worldbank.org/source/world-development-indicators", tz=PUBLISHER.tz,
    cadence="revised several times a year without notice; the year before in spring or summer (lastupdated of answers seen in 2026: "
            "April, July)",
    periods="year", expected_lag_days=200, grace_days=90, recheck_days=14, missing_means="not_observed",
    verified="others recorded answers in 2026; not asked by us",
)
# Off: a reporter's year that is not there yet is a 404, which every night would ask again; and Comtrade has the same figures itself.
_WITS = replace(
    _WDI, dataset=WITS, title="WITS: trade by partner and product group, years (out of UN Comtrade)", table="stats.trade",
    account="reported", chain=WITS, partner_scope="all", may_redistribute=False,
    attribution="Source: World Bank, WITS; UN Comtrade", page_url="https://wits.worldbank.org",
    cadence="yearly, one to two years after the year", expected_lag_days=900, grace_days=180, recheck_days=30,
    missing_means="unknown", enabled=False,
    verified="others recorded an answer in 2019 and asked it in 2026; not asked by us")


class WorldBank(Connector):
    """Connector of the Indicators API v2 and of WITS, both without a key. They revise silently, so what is held is asked conditionally."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 50
    parser_version = 2
    datasets = (_WDI, _WITS)
    areas = LABELS
    past = WITS

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """A question for each series, of all years where no window is given: its address stays the same. Of WITS a window's years, or
        the last two that it may have."""
        today, window = wanted.known.now.astimezone(UTC).date(), wanted.window
        last = min(window.last.year if window.last else today.year - 1, today.year - 1)
        windowed = window.first is not None or window.last is not None
        if INDICATORS in wanted.datasets:
            first = max(window.first.year if window.first else 1960, 1960)
            for series in indicators.SERIES if first <= last else ():
                yield Ask(_series(series, f"{first}:{last}" if windowed else ""), partition=series)
        if WITS in wanted.datasets:
            first = max(window.first.year if window.first else (wits.FIRST if windowed else last - 2), wits.FIRST)
            for year in range(last if windowed else last - 1, first - 1, -1):
                for reporter in AREAS:
                    for indicator, flow in wits.FLOWS.items():
                        yield Ask(wits.request(WITS, reporter, year, indicator), partition=f"{reporter} {year} {flow}",
                                  priority=1 + max(0, today.year - year), lane="wits")

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """The next page. Of WITS, a year that a reporter has not is a 404 ("NoRecordsFound"), and no error."""
        if isinstance(answer, PublisherError):
            if ask.dataset == WITS and isinstance(answer, NotFound):
                return ()
            raise answer
        if ask.dataset != INDICATORS:
            return ()
        page = indicators.page_of(answer)
        if page.pages > MOST_PAGES:
            raise SchemaDrift(f"the answer says that it has {page.pages:,} pages", dataset=ask.dataset, url=ask.request.url)
        return [replace(ask, request=_next_page(ask.request, page.page + 1))] if page.page < page.pages else ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content. Raises NotReadable for tariffs of WITS, which are not read."""
        return INDICATORS if indicators.is_answer(head) else WITS if wits.is_trade(head) else None

    def parse(self, document: Document, out: Sink) -> None:
        """One batch of the document's own dataset, complete for what it speaks of; none where an answer says that there is nothing."""
        if document.dataset == INDICATORS:
            batch = indicators.read(document)
        elif document.dataset == WITS:
            batch = wits.read(document)
        else:
            raise SchemaDrift("the World Bank connector reads no such dataset", dataset=document.dataset, url=document.fetch.url)
        if batch is not None:
            out.put(batch)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return indicators.read_cell(document, locator) if document.dataset == INDICATORS else wits.read_cell(document, locator)


def _series(series: str, years: str) -> Request:
    """One series for all areas. An answer that refuses comes with status 200 too: its words are read, so it is let through."""
    asked = {"format": "json", "per_page": str(PER_PAGE), **({"date": years} if years else {})}
    return Request(url=f"{API}/{';'.join(area.lower() for area in AREAS)}/indicator/{series}?{urlencode(asked, safe=':')}",
                   dataset=INDICATORS, accept="application/json", landmarks=('"lastupdated"', '"message"', "<wb:"))


def _next_page(request: Request, page: int) -> Request:
    parts = urlsplit(request.url)
    query = [(name, value) for name, value in parse_qsl(parts.query) if name != "page"]
    return replace(request, url=urlunsplit(parts._replace(query=urlencode([*query, ("page", str(page))], safe=":"))))
