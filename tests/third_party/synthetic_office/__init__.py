"""A synthetic statistical office of the Philippines: one CSV of exports by partner. Its figures are made up."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl

from connectors.contract import Ask, Connector, Wanted
from warehouse.reference.areas import Labels
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Dataset, Document, Publisher, Rejected, Request

URL = "https://synthetic-office.example/exports.csv"
HEADER = "year,partner,exports_usd_million"
OFFICE = Publisher(
    publisher="synthetic-office", title="Synthetic Office", called="the synthetic office", languages=("en",), tz="Asia/Manila",
    licence="none: synthetic", attribution="Source: a synthetic office", area="PHL", currency="PHP", account_of_area=True,
    names={"en": ("Synthetic Office",)})
LABELS = Labels(OFFICE.publisher, Path(__file__).with_name("areas.csv"))
EXPORTS = Dataset(
    dataset="synthetic-office.exports", publisher="synthetic-office", title="Exports by partner (synthetic)", table="stats.trade",
    account="reported", chain="synthetic-office.exports", chain_rank=1, revision_mode="overwrite", partner_scope="selected",
    licence="none: synthetic", may_redistribute=False, attribution="Source: a synthetic office", page_url=URL, tz="Asia/Manila",
    cadence="yearly", periods="year", expected_lag_days=90, floor_rows=2, floor_periods=1, missing_means="not_observed")


class Office(Connector):
    """Connector of one CSV file."""

    publisher = "synthetic-office"
    about = OFFICE
    parser_version = 1
    datasets = (EXPORTS,)
    areas = LABELS

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        if EXPORTS.dataset in wanted.datasets:
            yield Ask(Request(URL, EXPORTS.dataset, content_types=("text/csv",)))

    def recognise(self, head: bytes, name: str) -> str | None:
        return EXPORTS.dataset if head.startswith(HEADER.encode()) else None

    def parse(self, document: Document, out: Sink) -> None:
        lines = _lines(document)
        if not lines or ",".join(lines[0]) != HEADER:
            raise SchemaDrift("not the header that is known", dataset=document.dataset, url=document.fetch.url)
        known: list[dict[str, object]] = []
        unknown: list[Rejected] = []
        for number, cells in enumerate(lines[1:], 2):
            read = _row(cells)
            if isinstance(read, str):
                unknown.append(Rejected(f"line {number}", "unknown", read, ",".join(cells)))
            else:
                known.append({**read, "locator": f"line {number}"})
        if not known:
            raise Incomplete("the file has no figure", dataset=document.dataset, url=document.fetch.url)
        frame = pl.DataFrame(known, schema_overrides={"value": pl.Decimal(20, 3)})
        with out.batch(EXPORTS.dataset, "exports", {"reporter": "PHL", "flow": "export", "valuation": "FOB", "currency": "USD",
                                                    "unit_multiplier": 10**6, "decimals": 1}) as batch:
            batch.rows(frame)
            batch.reject(*unknown)
            # Of a row that was not understood nobody knows whose it is, so nothing is missing where it stood.
            batch.scope, batch.columns_seen = None if unknown else {}, tuple(lines[0])

    def read_cell(self, document: Document, locator: str) -> str:
        lines = _lines(document)
        number = int(locator[5:14]) if locator[:5] == "line " and locator[5:].isascii() and locator[5:].isdigit() else 0
        if not 2 <= number <= len(lines) or len(lines[number - 1]) != 3:
            raise NotReadable(f"the file has no {locator}")
        return lines[number - 1][2]


def _lines(document: Document) -> list[list[str]]:
    try:
        return list(csv.reader(io.StringIO(document.body.decode("utf-8", "replace"), newline=""), strict=True))
    except csv.Error as error:
        raise SchemaDrift(f"no CSV: {error}", dataset=document.dataset, url=document.fetch.url) from error


def _row(cells: list[str]) -> dict[str, object] | str:
    """Columns of a line, or what is wrong with it."""
    if len(cells) != 3:
        return f"{len(cells)} cells, the header has three"
    year, label, value = cells
    if not re.fullmatch(r"(?:19|20)[0-9]{2}", year):
        return f"{year[:20]!r} is no year"
    partner = LABELS.area_of(label, date(int(year), 12, 31))
    if partner is None:
        return f"no area is known as {label[:60]!r}: add it to areas.csv"
    if not re.fullmatch(r"[0-9]{1,9}\.[0-9]", value):
        return f"{value[:20]!r} is no number with one decimal"
    return {"partner": partner, "period_start": date(int(year), 1, 1), "period_end": date(int(year), 12, 31),
            "value": Decimal(value) * 10**6, "partner_kind": "world" if partner == "WLD" else "country"}


CONNECTOR = Office()
