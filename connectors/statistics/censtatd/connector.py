"""Hong Kong's trade by partner: what is asked, and which dataset an answer is of."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from connectors.contract import Ask, Connector, Wanted
from connectors.statistics.censtatd import questions, records, rows
from connectors.statistics.censtatd.publisher import LABELS, PUBLISHER
from connectors.statistics.censtatd.questions import GOODS, LAG_DAYS, QUANTITY, TRADE, VIA
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document

_TRADE = Dataset(
    dataset=TRADE, publisher=PUBLISHER.publisher, title="Imports by origin, exports and re-exports by destination, all goods",
    table="stats.trade", account="reported", chain="censtatd.trade", chain_rank=2, revision_mode="overwrite", partner_scope="all",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://tradeidds.censtatd.gov.hk/", tz=PUBLISHER.tz, cadence="monthly, some five weeks after the month",
    expected_lag_days=LAG_DAYS, import_partner="origin", export_partner="destination", trade_system="general", missing_means="zero",
    verified="others asked it until October 2026 and kept records; not asked by us",
)
_VIA = replace(_TRADE, dataset=VIA, chain=VIA, title="Re-exports by origin and destination, all goods", partner_scope="selected")
_GOODS = replace(_TRADE, dataset=GOODS, chain_rank=1, title="Trade by partner and code of the Hong Kong Harmonized System",
                 partner_scope="selected", periods="irregular", expected_lag_days=None, missing_means="unknown")
_QUANTITY = replace(_GOODS, dataset=QUANTITY, chain=QUANTITY, table="stats.indicator",
                    title="Quantities by partner and code, of answers that have no values")


class Censtatd(Connector):
    """Connector of Trade-IDDS, without a key."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 42
    parser_version = 3
    datasets = (_TRADE, _VIA, _GOODS, _QUANTITY)
    areas = LABELS
    past = TRADE
    calls_a_day = 150
    a_night = (("tradeidds.censtatd.gov.hk", 28),)
    """Each of 14 calls is led on to another address."""
    """Nobody states a limit; others were told that theirs was over."""

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Two calls for all goods of the newest months, one for each origin of re-exports; in a window also the chapters."""
        today = wanted.known.now.astimezone(rows.ZONE).date()
        for priority, dataset in enumerate((TRADE, VIA, GOODS)):
            if dataset in wanted.datasets:
                yield from (Ask(one.request(), partition=one.said, priority=priority)
                            for one in questions.questions(dataset, today, wanted.window))

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the fields of its records; which dataset they are of, the first that has any. Raises NotReadable for a message."""
        if not records.is_answer(head):
            if (said := records.said_instead(head)) is not None:
                raise NotReadable(f"a message of Trade-IDDS and no figures: {said}")
            return None
        if b'"co"' in head and b'"cc"' in head:
            return VIA
        if b'"codeclass"' not in head:
            return TRADE
        return GOODS if b'"VC' in head or b'"sv"' not in head else QUANTITY

    def parse(self, document: Document, out: Sink) -> None:
        """A batch for each dataset and flow that the answer has records of."""
        if document.dataset not in {each.dataset for each in self.datasets}:
            raise SchemaDrift("the C&SD connector reads no such dataset", dataset=document.dataset, url=document.fetch.url)
        for batch in rows.batches(document):
            out.put(batch)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return records.read_cell(document.content, locator)


