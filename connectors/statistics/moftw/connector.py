"""What to ask Taiwan's finance ministry for: two files, whole, once a night and conditionally."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.moftw import table
from connectors.statistics.moftw.publisher import LABELS, PUBLISHER
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Request

FILES = "https://service.mof.gov.tw/public/data/statistic/trade"
NAMES = {"u2010ex.csv": "Exports to Country", "u2010im.csv": "Imports from Country"}

_COUNTRY = Dataset(
    dataset=table.DATASET, publisher=PUBLISHER.publisher, title="Exports and imports by country", table="stats.trade", account="reported",
    chain=table.DATASET, chain_rank=0, revision_mode="overwrite", partner_scope="all", licence=PUBLISHER.licence, may_redistribute=False,
    attribution=PUBLISHER.attribution, page_url="https://data.gov.tw/dataset/15392", tz=PUBLISHER.tz,
    cadence="monthly, about the 7th to 9th of the next month", expected_lag_days=9, import_partner="origin", export_partner="destination",
    missing_means="not_observed", floor_rows=1000, floor_partners=100, floor_periods=12, language="zh",
    citation=f"{PUBLISHER.attribution}, trade by country",
    verified="another's copy of the imports of June 2023 was read, as text; others asked for both in 2026; not asked by us")


class Moftw(Connector):
    """Connector of the ministry's open files: without a key and without the captcha of its query pages."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 48
    parser_version = 2
    datasets = (_COUNTRY,)
    areas = LABELS
    past = table.DATASET

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Both files, whole whatever the window says."""
        if table.DATASET in wanted.datasets:
            for name, head in NAMES.items():
                yield Ask(Request(url=f"{FILES}/{name}", dataset=table.DATASET, landmarks=(head,), max_bytes=16 * 1024 * 1024))

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the first cell. Raises NotReadable for that table in another unit."""
        return table.recognised(head)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch, complete for its flow."""
        if document.dataset != table.DATASET:
            raise SchemaDrift("the connector of Taiwan's finance ministry reads no such dataset", dataset=document.dataset,
                              url=document.fetch.url)
        out.put(table.read(document))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return table.read_cell(document, locator)
