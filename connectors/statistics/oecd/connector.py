"""What to ask the OECD for: margins and balanced trade of some areas with each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date
from urllib.parse import urlsplit

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.oecd import tables
from connectors.statistics.oecd.publisher import LABELS, PUBLISHER
from connectors.statistics.oecd.tables import BIMTS, FIRST, ITIC
from warehouse.schema.errors import NotFound, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request, Value

SERVICE = {ITIC: "https://sdmx.oecd.org/sti-public/rest/data/OECD.SDD.TPS,DSD_ITIC@DF_ITIC,1.1",
           **dict.fromkeys(BIMTS.values(), "https://sdmx.oecd.org/public/rest/data/OECD.SDD.TPS,DSD_BIMTS@DF_BIMTS_HS2017_2D,1.1")}
"""The margins' data stand below ``sti-public``; below ``public`` the service fails on them (others, 2026)."""
AREAS = ("CHN", "MYS", "HKG", "SGP", "THA", "VNM", "IDN", "PHL", "TWN", "USA", "JPN", "KOR", "IND", "DEU", "AUS")
WORLD, ALL_GOODS = "W", "_T"
_ADJUSTMENT = {dataset: adjustment for adjustment, dataset in BIMTS.items()}
_KEY = re.compile(r"/([A-Z+_]{1,200})\.([A-Z+_]{1,200})\.(?:C_F\.C|X\.C\._Z)\.(_T|)\.A\.", re.ASCII)

_ITIC = Dataset(
    dataset=ITIC, publisher=PUBLISHER.publisher, title="International transport and insurance costs of merchandise trade (ITIC)",
    table="stats.indicator", account="mixed", chain=ITIC, chain_rank=0, revision_mode="overwrite", partner_scope="selected",
    licence=PUBLISHER.licence, may_redistribute=True, attribution="Source: OECD, ITIC",
    page_url="https://www.oecd.org/en/data/datasets/international-transport-and-insurance-costs-of-merchandise-trade-itic.html",
    tz=PUBLISHER.tz, cadence="about once a year, all years anew, some two years late", periods="year", expected_lag_days=700,
    grace_days=365, recheck_days=30, missing_means="not_observed",
    verified="others asked for its figures in 2026; not asked by us, and no file of figures was seen",
)
_BIMTS = replace(
    _ITIC, dataset=BIMTS["B"], title="Balanced international merchandise trade (BIMTS), HS 2017", table="stats.trade",
    account="reconciled", chain=BIMTS["B"], attribution="Source: OECD, BIMTS",
    page_url="https://www.oecd.org/en/data/datasets/balanced-international-trade-statistics.html", missing_means="zero",
    verified="its structure of 2026 was seen; not asked by us, and no file of figures was seen")
_PRODUCERS = replace(
    _BIMTS, dataset=BIMTS["B_ADJ_RX"], chain=BIMTS["B_ADJ_RX"],
    title="Balanced international merchandise trade (BIMTS), HS 2017, re-exports given to the producers")


class Oecd(Connector):
    """Connector of the OECD's SDMX service, without a key: 60 downloads an hour from one address."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 70
    parser_version = 2
    datasets = (_ITIC, _BIMTS, _PRODUCERS)
    areas = LABELS
    past = BIMTS["B"]
    calls_a_day = 60
    """What it allows in an hour: so many in a day are never too many in one."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """All goods of all years, in one question a table; in a window also every product, a question for each importer or exporter."""
        today, window = wanted.known.now.astimezone(UTC).date(), wanted.window
        windowed = window.first is not None or window.last is not None
        first = max(window.first.year if window.first else FIRST, FIRST)
        last = min(window.last.year if window.last else today.year - 1, today.year - 1)
        for dataset in (each.dataset for each in self.datasets if each.dataset in wanted.datasets):
            if not windowed:
                yield Ask(_request(dataset, AREAS, ALL_GOODS, ""), partition="all goods")
            for area in AREAS if windowed and first <= last else ():
                yield Ask(_request(dataset, (area,), "", f"startPeriod={first}&endPeriod={last}&"), priority=1,
                          partition=f"{area} {first} to {last}", context=area)

    def follow(self, ask: Ask, answer: Document | PublisherError, wanted: Wanted) -> Iterable[Ask]:
        """Nothing. In a window a 404 ("NoRecordsFound") says that there is nothing; of all years it is an error."""
        if isinstance(answer, PublisherError) and not (ask.context and isinstance(answer, NotFound)):
            raise answer
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By content: CSV, JSON or ML. Raises NotReadable for other tables of the OECD's."""
        return tables.recognised(head)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch, or of balanced trade one for each adjustment. An answer to a question of ours is complete for what was asked."""
        if document.dataset not in SERVICE:
            raise SchemaDrift("the OECD connector reads no such dataset", dataset=document.dataset, url=document.fetch.url)
        for batch in tables.read(document, _asked(document)):
            out.put(batch)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return tables.read_cell(document, locator)


def _request(dataset: str, areas: tuple[str, ...], products: str, years: str) -> Request:
    """``areas`` are importers of ITIC, exporters of BIMTS; no product at all means every one."""
    theirs, others = "+".join(areas), "+".join(AREAS)
    key = f"{theirs}.{others}.C_F.C.{products}.A." if dataset == ITIC else \
        f"{theirs}.{others}+{WORLD}.X.C._Z.{products}.A.USD_EXC.{_ADJUSTMENT[dataset]}"
    return Request(url=f"{SERVICE[dataset]}/{key}?{years}format=csvfile", dataset=dataset, accept="text/csv, */*",
                   landmarks=("OBS_VALUE",), max_bytes=512 * 1024 * 1024)


def _asked(document: Document) -> Mapping[str, tuple[Value, ...]] | None:
    """What an answer to a question of ours is complete for, without its years; None for a file, and an excerpt."""
    url = document.fetch.url
    found = _KEY.search(urlsplit(url).path) if url.startswith(SERVICE[document.dataset]) and not document.fetch.part else None
    if not found:
        return None
    day = date(FIRST, 1, 1)
    theirs, others = ([LABELS.area_of(code, day) for code in found[place].split("+")] for place in (1, 2))
    if None in theirs or None in others:
        return None
    reporter = "area" if document.dataset == ITIC else "reporter"
    return {reporter: tuple(theirs), "partner": tuple(others), **({"product": ("TOTAL",)} if found[3] else {})}
