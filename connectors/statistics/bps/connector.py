"""What to ask BPS's interface for, and what its answers look like in words: each is archived, and none is read yet.

Nobody showed a real answer. Its fields are written down with the wrong flag beside them (``not-available`` with data), their unit nowhere;
so figures are not made of them. With a key every answer is kept from the first night on, and a parser reads all of them once one was seen.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from connectors.contract import Ask, Connector, Wanted
from connectors.formats import json_records
from connectors.formats.json_records import Records
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Credential, Dataset, Document, Publisher, Request

GOODS = "bps.goods"
API = "https://webapi.bps.go.id/v1/api/dataexim"
KEY = Credential("bps", "https://webapi.bps.go.id/developer/", parameter="key")
SIDES = {"1": "exports", "2": "imports"}
"""By ``sumber``."""
CHAPTERS = tuple(f"{chapter:02}" for chapter in range(1, 98) if chapter != 77)
CODES_A_CALL = 20
FIRST_YEAR = 2014
LAG_DAYS = 45

PUBLISHER = Publisher(
    publisher="bps", title="BPS-Statistics Indonesia", called="Indonesia's statistics", languages=("en", "id"), tz="Asia/Jakarta",
    area="IDN", currency="IDR", account_of_area=True, licence="not verified: the terms of the interface were not seen",
    attribution="Source: BPS-Statistics Indonesia",
    names={"en": ("Statistics Indonesia", "BPS-Statistics Indonesia", "Indonesia's statistics"), "id": ("Badan Pusat Statistik",)},
)
_GOODS = Dataset(
    dataset=GOODS, publisher=PUBLISHER.publisher, title="Exports and imports by HS chapter, country and port (kept, not read)",
    table="stats.trade", account="reported", chain=GOODS, chain_rank=1, revision_mode="overwrite", partner_scope="all",
    licence=PUBLISHER.licence, may_redistribute=False, attribution=PUBLISHER.attribution, page_url="https://webapi.bps.go.id/",
    tz=PUBLISHER.tz, cadence="monthly (not verified when)", expected_lag_days=LAG_DAYS, periods="irregular",
    missing_means="unknown", credential=KEY,
    verified="others' code of 2026 alone: no answer was seen, and none asked for by us",
)


class Bps(Connector):
    """Connector of BPS's interface. Without a key nothing is asked."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    order = 62
    parser_version = 1
    datasets = (_GOODS,)

    def plan(self, wanted: Wanted) -> Iterator[Ask]:
        """Chapters of the newest year that can have months, or of the window's: five calls a year and side."""
        if GOODS not in wanted.datasets:
            return
        today = wanted.known.now.astimezone(ZoneInfo(PUBLISHER.tz)).date()
        newest = (today - timedelta(days=LAG_DAYS)).replace(day=1) - timedelta(days=1)
        windowed = wanted.window.first is not None or wanted.window.last is not None
        last = min(wanted.window.last or newest, newest).year
        first = max((wanted.window.first or date(FIRST_YEAR, 1, 1)).year, FIRST_YEAR) if windowed else last
        for year in range(last, first - 1, -1):
            for side, said in SIDES.items():
                for at in range(0, len(CHAPTERS), CODES_A_CALL):
                    codes = CHAPTERS[at:at + CODES_A_CALL]
                    query = urlencode({"sumber": side, "periode": "1", "kodehs": ";".join(codes), "jenishs": "1", "tahun": year}, safe=";")
                    yield Ask(Request(url=f"{API}?{query}", dataset=GOODS, credential=KEY, landmarks=('"data-availability"',),
                                      content_types=("application/json", "text/json"), max_bytes=128 * 1024 * 1024),
                              partition=f"{said} {year}, {codes[0]} to {codes[-1]}")

    def recognise(self, head: bytes, name: str) -> str | None:
        """By the fields that others wrote down."""
        return GOODS if head.lstrip()[:1] == b"{" and b'"data-availability"' in head and b'"kodehs"' in head else None

    def parse(self, document: Document, out: Sink) -> None:
        """Raises NotReadable, describing the answer: it is kept until a real one has been looked at by a person."""
        where = {"dataset": document.dataset, "url": document.fetch.url}
        if document.dataset != GOODS:
            raise SchemaDrift("the BPS connector reads no such dataset", **where)
        records = Records(document.content, ("data",), dataset=document.dataset, url=document.fetch.url)
        first = next(iter(records), None)
        beside = ", ".join(f"{name} {str(value)[:40]}" for name, value in list(records.beside.items())[:6])
        shown = ", ".join(f"{name} {text[:40]!r}" for name, text in list(first.cells.items())[:12]) if first else "none"
        raise NotReadable(f"kept; no parser for this answer yet: {len(records)} records, beside them {beside or 'nothing'}; "
                          f"the first: {shown}", **where)

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a locator's cell. Raises a PublisherError where these bytes have no such cell."""
        return json_records.cell_at(document.content, locator, ("data",), ("kodehs", "ctr", "pod", "tahun", "bulan"))
