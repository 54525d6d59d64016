"""A synthetic statistical office of the Philippines: one CSV of exports by partner. Its figures are made up."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import polars as pl

from connectors.contract import Ask, Connector, Wanted
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Publisher, Request

URL = "https://synthetic-office.example/exports.csv"
HEADER = "year,partner,exports_usd_million"
OFFICE = Publisher(
    publisher="synthetic-office", title="Synthetic Office", called="the synthetic office", languages=("en",), tz="Asia/Manila",
    licence="none: synthetic", attribution="Source: a synthetic office", area="PHL", currency="PHP", account_of_area=True,
    names={"en": ("Synthetic Office",)})
EXPORTS = Dataset(
    dataset="synthetic-office.exports", publisher="synthetic-office", title="Exports by partner (synthetic)", table="stats.trade",
    account="reported", chain="synthetic-office.exports", chain_rank=1, revision_mode="overwrite", partner_scope="all",
    licence="none: synthetic", may_redistribute=False, attribution="Source: a synthetic office", page_url=URL, tz="Asia/Manila",
    cadence="yearly", periods="year", expected_lag_days=90, floor_rows=2, floor_periods=1, missing_means="not_observed")


class Office(Connector):
    """Connector of one CSV file."""

    publisher = "synthetic-office"
    about = OFFICE
    parser_version = 1
    datasets = (EXPORTS,)

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        return [Ask(Request(URL, EXPORTS.dataset, content_types=("text/csv",)))]

    def recognise(self, head: bytes, name: str) -> str | None:
        return EXPORTS.dataset if head.startswith(HEADER.encode()) else None

    def parse(self, document: Document, out: Sink) -> None:
        lines = list(csv.reader(io.StringIO(document.body.decode("utf-8", "replace"))))
        if not lines or ",".join(lines[0]) != HEADER:
            raise SchemaDrift("not the header that is known", dataset=document.dataset, url=document.fetch.url)
        frame = pl.DataFrame([{
            "partner": partner, "period_start": date(int(year), 1, 1), "period_end": date(int(year), 12, 31),
            "value": Decimal(value) * 10**6, "partner_kind": "world" if partner == "WLD" else "country", "locator": f"line {number}",
        } for number, (year, partner, value) in enumerate(lines[1:], 2)], schema_overrides={"value": pl.Decimal(20, 3)})
        with out.batch(EXPORTS.dataset, "exports", {"reporter": "PHL", "flow": "export", "valuation": "FOB", "currency": "USD",
                                                    "unit_multiplier": 10**6, "decimals": 1}) as batch:
            batch.rows(frame)
            batch.scope, batch.columns_seen = {}, tuple(lines[0])

    def read_cell(self, document: Document, locator: str) -> str:
        lines = document.body.decode("utf-8", "replace").splitlines()
        number = int(locator.removeprefix("line ")) if locator.removeprefix("line ").isdigit() else 0
        if not 2 <= number <= len(lines):
            raise NotReadable(f"the file has no {locator}")
        return lines[number - 1].split(",")[2]


CONNECTOR = Office()
