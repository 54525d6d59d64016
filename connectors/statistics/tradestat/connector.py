"""India's trade by commodity and country, out of pages that a person saved: nothing is asked.

The form wants a token and a cookie of the page before it, which a client that keeps no session has not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats.delimited import rounded
from connectors.formats.rows import Rows
from connectors.statistics.tradestat import pages
from connectors.statistics.tradestat.publisher import LABELS, PUBLISHER
from warehouse.reference import areas
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Batch, Dataset, Document, Rejected

if TYPE_CHECKING:
    from connectors.statistics.tradestat.pages import Cell, Page

VALUE, QUANTITY = "tradestat.country", "tradestat.quantity"
ZONE = ZoneInfo(PUBLISHER.tz)
CLASSIFICATION = "ITC-HS"
"""India's own list on the Harmonized System; which edition holds is not told, and codes change every April."""
UNITS = {"usd": ("USD", 1_000_000), "inr": ("INR", 10_000_000)}
"""US$ million; crores of rupees."""
NOT_TOLD = "not told"

_VALUE = Dataset(
    dataset=VALUE, publisher=PUBLISHER.publisher, title="Exports and imports of one commodity by country", table="stats.trade",
    account="reported", chain="tradestat.country", chain_rank=1, revision_mode="overwrite", partner_scope="all",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution,
    page_url="https://tradestat.commerce.gov.in/meidb/commodity_wise_all_countries_export", tz=PUBLISHER.tz,
    cadence="monthly; imported by a person", periods="irregular", enabled=False, missing_means="unknown",
    verified="a real page of 24 July 2026; not asked by us",
)
_QUANTITY = replace(_VALUE, dataset=QUANTITY, chain=QUANTITY, table="stats.indicator", title="Quantities of one commodity by country")


class TradeStat(Connector):
    """Reads pages that a person brings; plans nothing."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 60
    parser_version = 1
    datasets = (_VALUE, _QUANTITY)
    areas = LABELS

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """Nothing: a question is a form with a token, in a session."""
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the page's own words: values or quantities."""
        if not pages.is_page(head):
            return None
        at = head.rfind(b"Report Dated")
        return QUANTITY if b"Values in Quantity" in b" ".join(head[at:at + 2_000].split()) else VALUE

    def parse(self, document: Document, out: Sink) -> None:
        """One batch, complete for the commodity and periods of the page."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset not in (VALUE, QUANTITY):
            raise SchemaDrift("the TradeStat connector reads no such dataset", **where)
        page = pages.read(document.content, **where)
        dataset = QUANTITY if page.measured == "quantity" else VALUE
        rows = Rows("stats.indicator" if dataset == QUANTITY else "stats.trade")
        nobody = 0
        for cell in page.cells:
            nobody += self._take(cell, page, rows)
        if not len(rows):
            raise SchemaDrift(f"not one figure could be read: {'no country is known' if nobody else 'the page has none'}", **where)
        frame = rows.frame("period_start", "period_end", "partner")
        both = (("period_start", "period_end"), ("partner",))
        scope = {name: tuple(dict.fromkeys(frame[name].to_list())) for names in both for name in names}
        out.put(Batch(
            dataset=dataset, name=f"{page.flow} of {page.code} {frame['period_start'][0]} to {max(frame['period_end'].to_list())}",
            frames=(frame,), constants=self._constants(dataset, page),
            scope=scope | ({"product": (page.code,), "flow": (page.flow,), "currency": (UNITS[page.measured][0],)} if dataset == VALUE else
                           {"product": (page.code,), "indicator": (f"{page.flow}_quantity",)}),
            released_at=datetime.combine(page.dated, time(), ZONE).astimezone(UTC), released_basis="page",
            not_read=tuple(rows.unread.not_read), rejected=tuple(rows.unread.rejected),
            columns_seen=tuple(dict.fromkeys(cell.column.title for cell in page.cells)), checks=tuple(rows.unread.checks())))

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return pages.read_cell(document.content, locator)

    @staticmethod
    def _constants(dataset: str, page: Page) -> dict[str, str | int]:
        if dataset == QUANTITY:
            return {"dataset": dataset, "area": PUBLISHER.area, "product": page.code, "indicator": f"{page.flow}_quantity",
                    "adjustment": "N", "unit": page.unit.casefold() or NOT_TOLD}
        currency, multiplier = UNITS[page.measured]
        return {"dataset": dataset, "reporter": PUBLISHER.area, "flow": page.flow, "classification": CLASSIFICATION, "product": page.code,
                "product_level": len(page.code), "valuation": "FOB" if page.flow == "export" else "CIF", "currency": currency,
                "unit_multiplier": multiplier}

    @staticmethod
    def _take(cell: Cell, page: Page, rows: Rows) -> int:
        """One figure into rows. Returns 1 where its country is not known."""
        partner = "WLD" if cell.total else LABELS.area_of(cell.label, cell.column.start)
        if partner is None:
            alike = ", ".join(LABELS.spelt_like(cell.label)[:3])
            said = f"no country is known by {cell.label[:40]!r}{f'; alike: {alike}' if alike else ''}"
            rows.unread.rejected.append(Rejected(cell.locator, "area", said, cell.printed[:200]))
            return 1
        marks = f"mark={cell.column.mark}" if cell.column.mark else ""
        status = "P" if cell.column.mark.startswith(("provisional", "quick")) else "A"
        if page.measured == "quantity":
            rows.add(cell.printed, partner=partner, period_start=cell.column.start, period_end=cell.column.end,
                     value=rounded(cell.number, 8), status=status, flags=marks, locator=cell.locator)
            return 0
        rows.add(cell.printed, partner=partner, period_start=cell.column.start, period_end=cell.column.end,
                 value=rounded(cell.number * UNITS[page.measured][1], 3), decimals=max(0, -int(str(cell.number.as_tuple().exponent))),
                 status=status, flags=marks, published_yoy_pct=None if cell.growth is None else rounded(cell.growth, 2),
                 partner_kind=areas.kind_of(partner), locator=cell.locator)
        return 0
