"""What a load leaves of itself: its rows of ``ops.fetch`` and ``ops.load``."""

from __future__ import annotations

from typing import Any

import duckdb
import polars as pl

from warehouse.load.diff import Context
from warehouse.load.staging import Staged
from warehouse.schema.tables import TABLES, sql_columns
from warehouse.schema.travel import Fetch


def fetch_row(fetch: Fetch) -> dict[str, object]:
    """A row of ``ops.fetch``: its address is one that may be shown."""
    return {name: fetch.page if name == "url" else getattr(fetch, name) for name in sql_columns(TABLES["ops.fetch"])}


def load_row(staged: Staged, context: Context, snapshot: int, counts: dict[str, int], quarantined: int) -> dict[str, object]:
    """A row of ``ops.load``."""
    fetch = staged.fetch
    return {
        "load_id": staged.load_id, "snapshot": snapshot, "dataset": staged.dataset, "batch": staged.batch,
        "started_at": context.started_at, "recorded_at": context.recorded_at, "parser_version": staged.parser_version,
        "document_sha256": fetch.sha256, "fetch_id": fetch.fetch_id, "rows_read": staged.rows_read,
        "rows_new": counts["new"], "rows_revised": counts["revised"] + counts["annotated"], "rows_withdrawn": counts["withdrawn"],
        "rows_quarantined": quarantined, "not_asked": ";".join(f"{k}={v}" for k, v in sorted(staged.not_asked.items())),
        "versions": context.versions, "columns_seen": "\t".join(staged.columns_seen)}


def insert(con: duckdb.DuckDBPyConnection, name: str, rows: list[dict[str, Any]]) -> None:
    """Put rows into a table, those whose first key column is not there yet. In a transaction.

    As a frame: of every value that is bound on its own DuckDB asks whether it is one of pandas', for which Python searches its folders.
    """
    table = TABLES[name]
    frame = pl.DataFrame(rows, schema={column: table.columns[column].dtype for column in rows[0]}, infer_schema_length=None)
    con.register("made", frame.unique(table.key, maintain_order=True))
    con.execute(f"INSERT INTO {name} BY NAME SELECT * FROM made ANTI JOIN {name} USING ({table.key[0]})")
    con.unregister("made")
