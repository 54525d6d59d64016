"""Parsers of the synthetic documents: pure functions from bytes to batches, written as a connector's would be.

A row that breaks the shape raises SchemaDrift; rows that break the contract are ``staging``'s to set aside. What the
documents hold is ``synthetic_documents``.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from itertools import pairwise

import msgspec
import polars as pl

from benchmarks.synthetic_documents import AREAS
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.travel import Batch, Dataset, Value

CHUNK = 1_000_000


def _dataset(name: str, title: str) -> Dataset:
    return Dataset(
        dataset=f"synthetic.{name}", publisher="synthetic", title=title, table="stats.trade", account="reported",
        chain=f"synthetic.{name}", chain_rank=1, revision_mode="overwrite", partner_scope="all",
        licence="none: synthetic", may_redistribute=False, attribution="synthetic",
        page_url="http://synthetic.invalid/", tz="UTC", cadence="never")


COMTRADE = _dataset("comtrade", "Synthetic figures in the shape of a Comtrade answer")
BACI = _dataset("baci", "Synthetic figures in the shape of a BACI file")


def _year(year: int) -> dict[str, Value]:
    return {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31), "currency": "USD", "product_level": 6}


class _Row(msgspec.Struct, gc=False):
    """The fields of a Comtrade row that become columns or are held against what was asked; the other 34 are skipped."""

    period: str
    reporterISO: str
    flowCode: str
    partnerISO: str
    partner2Code: int
    cmdCode: str
    customsCode: str
    motCode: int
    qtyUnitAbbr: str
    qty: float | None
    netWgt: float | None
    isNetWgtEstimated: bool
    primaryValue: float


class _Answer(msgspec.Struct, gc=False):
    data: list[_Row]
    count: int


def comtrade(body: bytes) -> Batch:
    """One answer of ``data/v1/get`` as a batch, complete for its reporter and year."""
    try:
        answer = msgspec.json.decode(body, type=_Answer)
    except msgspec.MsgspecError as error:
        raise SchemaDrift(f"not an answer of data/v1/get: {error}", dataset=COMTRADE.dataset) from error
    if answer.count != len(answer.data):
        raise SchemaDrift(f"{answer.count} rows announced, {len(answer.data)} there", dataset=COMTRADE.dataset)
    asked = {(row.period, row.reporterISO, row.partner2Code, row.customsCode, row.motCode) for row in answer.data}
    if len(asked) != 1:
        raise SchemaDrift(f"{len(asked)} reporters, periods or cuts in an answer for one", dataset=COMTRADE.dataset)
    (_, reporter, *_), = asked
    return Batch(
        COMTRADE.dataset, f"{reporter} 2024", _comtrade_frames(answer.data),
        {**_year(2024), "reporter": reporter, "classification": "HS2022", "unit_multiplier": 1, "decimals": 3},
        scope={"reporter": (reporter,), "period_end": (date(2024, 12, 31),)}, columns_seen=_Row.__struct_fields__)


def _comtrade_frames(rows: list[_Row]) -> Iterator[pl.DataFrame]:
    for start in range(0, len(rows), CHUNK):
        part = rows[start:start + CHUNK]
        flow = pl.Series("flow", [row.flowCode for row in part], pl.String)
        yield pl.DataFrame([
            pl.Series("partner", [row.partnerISO for row in part], pl.String), flow,
            pl.Series("product", [row.cmdCode for row in part], pl.String),
            pl.Series("value", [row.primaryValue for row in part], pl.Float64),
            pl.Series("quantity", [row.qty for row in part], pl.Float64),
            pl.Series("quantity_unit", [row.qtyUnitAbbr for row in part], pl.String),
            pl.Series("net_weight_kg", [row.netWgt for row in part], pl.Float64),
            pl.Series("estimated", [row.isNetWgtEstimated for row in part], pl.Boolean),
            pl.int_range(start, start + len(part), eager=True).alias("row"),
        ]).select(
            "partner", pl.col("flow").replace_strict({"X": "export", "M": "import"}),
            "product", pl.col("value").round(3).cast(pl.Decimal(20, 3)), "quantity", "quantity_unit", "net_weight_kg",
            valuation=pl.col("flow").replace_strict({"X": "FOB", "M": "CIF"}),
            flags=pl.when("estimated").then(pl.lit("isNetWgtEstimated=true")).otherwise(pl.lit("")),
            locator=pl.format("data[{}].primaryValue", "row"))


def baci_part(body: bytes) -> Batch:
    """Some rows of a file, complete for nothing."""
    return replace(baci(body), scope=None)


def baci(body: bytes) -> Batch:
    """One file as a batch, complete for its year."""
    header = tuple(body[:100].split(b"\n", 1)[0].decode().strip().split(","))
    if header != ("t", "i", "j", "k", "v", "q"):
        raise SchemaDrift(f"not a BACI file: {header}", dataset=BACI.dataset)
    kinds = {"t": pl.Int32, "i": pl.Int32, "j": pl.Int32, "k": pl.String, "v": pl.Float64, "q": pl.String}
    try:
        read = pl.read_csv(io.BytesIO(body), schema=kinds)
    except pl.exceptions.PolarsError as error:
        raise SchemaDrift(f"not a BACI file: {error}", dataset=BACI.dataset) from error
    years = read.get_column("t").unique().to_list()
    if len(years) != 1:
        raise SchemaDrift(f"{len(years)} years in a file for one", dataset=BACI.dataset)
    return Batch(
        BACI.dataset, str(years[0]), _baci_frames(read), {
            **_year(years[0]), "flow": "export", "classification": "HS2017", "valuation": "FOB",
            "unit_multiplier": 1000, "decimals": 3},
        scope={"period_end": (date(years[0], 12, 31),)}, columns_seen=header)


def _baci_frames(read: pl.DataFrame) -> Iterator[pl.DataFrame]:
    areas = {100 + place: area for place, area in enumerate(AREAS)}
    weight = pl.col("q").str.strip_chars(" ")
    bounds = [*range(0, read.height, CHUNK), read.height]
    for start, stop in pairwise(bounds):
        yield read.slice(start, stop - start).select(
            reporter=pl.col("i").replace_strict(areas, return_dtype=pl.String),
            partner=pl.col("j").replace_strict(areas, return_dtype=pl.String),
            product=pl.col("k").str.zfill(6),
            # The file prints thousands of dollars with three decimals: whole dollars.
            value=(pl.col("v") * 1000).round(0).cast(pl.Decimal(20, 3)),
            net_weight_kg=pl.when(weight != "NA").then(weight).cast(pl.Float64) * 1000,
            locator=pl.format("line {}", pl.int_range(start + 2, stop + 2)))
