"""Documents for parsers, and a batch as the pipeline would store it: its rows with all columns, contract checked."""

from __future__ import annotations

from datetime import UTC, datetime

import dataframely as dy
import polars as pl

from warehouse.schema import tables
from warehouse.schema.travel import Batch, Document, Fetch

ASKED = datetime(2026, 5, 8, 4, 0, tzinfo=UTC)


def document(dataset: str, body: bytes, url: str = "https://publisher.example/file") -> Document:
    """Bytes as a parser gets them."""
    return Document(Fetch("fetch", dataset, url, ASKED, 200, "sha256", len(body), "fetched"), body)


def rows(batch: Batch) -> pl.DataFrame:
    """A batch's chunks in one frame, its constants as columns."""
    frame = pl.concat(list(batch.frames))
    return frame.with_columns(pl.lit(value).alias(name) for name, value in batch.constants.items())


def stored(batch: Batch, table: tables.Table) -> pl.DataFrame:
    """The rows with defaults and provenance filled in and the contract checked, keys included.

    Raises dataframely's error where a row breaks the contract, and polars' where a column is missing or one too many.
    """
    frame = rows(batch)
    extra = set(frame.columns) - set(table.contract.column_names())
    assert not extra, f"columns the contract lacks: {extra}"
    filled = {**tables.DEFAULTS[table.name], "first_seen_at": ASKED, "version_no": 1, "row_id": "r", "fetch_id": "f",
              "load_id": "l", "released_at": batch.released_at or ASKED,
              "released_basis": batch.released_basis or "first_seen"}
    missing = [name for name in table.contract.column_names() if name not in frame.columns]
    unfilled = [name for name in missing if name not in filled]
    assert not unfilled, f"columns nobody fills in: {unfilled}"
    whole = frame.with_columns(_literal(filled[name], table.contract.columns()[name]).alias(name) for name in missing)
    return table.contract.validate(whole.select(table.contract.column_names()), cast=True)


def _literal(value: object, column: dy.Column) -> pl.Expr:
    return pl.lit(value).cast(column.dtype)
