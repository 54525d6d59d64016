"""A batch as the pipeline would store it: its rows with all columns, contract checked."""

from __future__ import annotations

import dataframely as dy
import polars as pl

from tests.documents import ASKED
from warehouse.load.staging import PERIOD_KIND
from warehouse.schema import tables
from warehouse.schema.travel import Batch


def rows(batch: Batch) -> pl.DataFrame:
    """A batch's chunks in one frame, its constants as columns."""
    frame = pl.concat(list(batch.frames))
    return frame.with_columns(pl.lit(value).alias(name) for name, value in batch.constants.items())


_FACTS = (tables.TRADE, tables.FX_RATE, tables.INDICATOR)
FILLED_BY_PIPELINE = frozenset.intersection(*(frozenset(table.columns) - frozenset(table.key) for table in _FACTS)) - {
    "locator"}
"""What every fact ends with and no parser gives, but for the locator."""


def stored(batch: Batch, table: tables.Table) -> pl.DataFrame:
    """The rows with defaults and provenance filled in and the contract checked, keys included.

    Raises dataframely's error where a row breaks the contract; fails where a column is missing or one too many.
    """
    frame = rows(batch)
    columns = table.contract.columns()
    if "period_kind" in columns:
        frame = frame.with_columns(PERIOD_KIND.alias("period_kind"))
    extra = set(frame.columns) - set(columns)
    assert not extra, f"columns the contract lacks: {extra}"
    missing = [name for name in columns if name not in frame.columns]
    defaults = tables.DEFAULTS[table.name]
    unfilled = [name for name in missing if name not in defaults and name not in FILLED_BY_PIPELINE]
    assert not unfilled, f"columns nobody fills in: {unfilled}"
    filled = [_literal(name, defaults.get(name, ASKED), columns[name]) for name in missing]
    return table.contract.validate(frame.with_columns(filled).select(list(columns)), cast=True)


def _literal(name: str, value: object, column: dy.Column) -> pl.Expr:
    """A default as it is; for the pipeline's own columns a time, the number 1 or a word, by the column's type."""
    if value is ASKED and not isinstance(column, dy.Datetime):
        value = 1 if isinstance(column, dy.Int64) else "first_seen"
    return pl.lit(value).cast(column.dtype).alias(name)
