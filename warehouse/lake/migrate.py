"""Bring a lake to the present schema: numbered migrations, then the views and the reference data.

Migrations are SQL files in ``migrations/``, applied once, in order, each in one transaction; columns are only ever added
(a rename breaks views, a widened type breaks attaching at a version). A test holds their sum against the contracts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import duckdb

from warehouse.lake.place import REBUILD, AnyPlace, metadata
from warehouse.schema.errors import EntrepotError, LakeDamaged

HERE = Path(__file__).parent


class Migrated(Protocol):
    """A lake open for writing, as a migration sees it (``opening.Writer``)."""

    @property
    def place(self) -> AnyPlace: ...
    @property
    def con(self) -> duckdb.DuckDBPyConnection: ...
    def transaction(self, message: str, **extra: Any) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """One commit with its message, or nothing at all."""


def migrations() -> list[Path]:
    """Every migration, in order."""
    return sorted((HERE / "migrations").glob("*.sql"))


def views() -> list[Path]:
    """The analyst's views, in order of their file names (later ones may build on earlier ones)."""
    return sorted((HERE / "views").glob("*.sql"))


def migrate(lake: Migrated, steps: Sequence[Path] | None = None) -> bool:
    """Apply what a lake lacks; returns whether any migration was. Raises EntrepotError for a lake that a newer Entrepot wrote."""
    steps = migrations() if steps is None else steps
    applied = _applied(lake)
    newer = {name for name in applied if name[:4].isdigit()} - {step.stem for step in steps}
    if newer and steps == migrations():
        raise EntrepotError(f"{lake.place.where} was written by a newer Entrepot (it has {max(newer)}): update Entrepot")
    lacks = [step for step in steps if step.stem not in applied]
    for step in lacks:
        _apply(lake, step.stem, step.read_text(encoding="utf-8"))
    if steps != migrations():
        return bool(lacks)
    if applied.get("statistics") != steps[-1].stem:
        _begin_statistics(lake.con)
        _apply(lake, "statistics", "", steps[-1].stem)
    from warehouse.schema import meanings  # here: a command that only reads never loads the contracts

    said = f"{views_fingerprint()} {_sha([meanings.comments(), meanings.COLUMNS.read_text(encoding='utf-8')])}"
    if applied.get("views") != said:
        _apply(lake, "views", "\n".join(_view_texts()), said, _described)
    from warehouse.reference.load import fingerprint, statements

    if applied.get("reference") != fingerprint():
        _apply(lake, "reference", "", fingerprint(), statements)
    return bool(lacks)


def views_fingerprint() -> str:
    """Hash of the views' statements: a lake that has another one answers otherwise than this program means."""
    return _sha(_view_texts())


def differs(applied: Mapping[str, str]) -> str:
    """What of a lake is of another Entrepot though its tables are ours, by the rows of ``ops.migration``; empty where nothing is. Half a
    millisecond: every reader asks."""
    from warehouse.reference.load import fingerprint

    return ("its views differ" if applied.get("views", "").partition(" ")[0] != views_fingerprint() else
            "its reference data differ" if applied.get("reference") != fingerprint() else "")


def _view_texts() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in views()]


def _described(con: duckdb.DuckDBPyConnection) -> None:
    """Beside the tables and views what they mean, and what their columns do."""
    from warehouse.schema import meanings

    meanings.dictionary_view(con, "lake")
    con.execute(meanings.comments())


def _applied(lake: Migrated) -> dict[str, str]:
    try:
        return dict(lake.con.execute("SELECT name, sha256 FROM ops.migration").fetchall())
    except duckdb.CatalogException:
        pass
    if lake.con.execute("SELECT count(*) > 1 FROM lake.snapshots()").fetchone() != (False,):
        raise LakeDamaged(f"{lake.place.where} has snapshots, and no tables of ours any more: {REBUILD}")
    return {}  # an empty lake


def _begin_statistics(con: duckdb.DuckDBPyConnection) -> None:
    """Give each table that never had a row the statistics that DuckLake would write for a row without values.

    Of a table without any, DuckLake 1.5.5 asks its catalogue again for every column, at every statement: reading one of 45
    columns and no row took 160 ms, and takes 13. Rows that come widen them as usual. A catalogue is no part of the lake's own transactions.
    """
    at = metadata(con)
    without = f"end_snapshot IS NULL AND table_id NOT IN (SELECT table_id FROM {at}table_stats)"
    con.execute(f"""
        INSERT INTO {at}table_column_stats (table_id, column_id, contains_null)
        SELECT table_id, column_id, true FROM {at}column c WHERE {without}
          AND NOT EXISTS (SELECT 1 FROM {at}table_column_stats s WHERE s.table_id = c.table_id AND s.column_id = c.column_id)""")
    con.execute(f"INSERT INTO {at}table_stats SELECT table_id, 0, 0, 0 FROM {at}table WHERE {without}")


def _sha(texts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


def _apply(lake: Migrated, name: str, sql: str, sha: str | None = None, more: object = None) -> None:
    with lake.transaction(f"schema {name}", schema=name) as con:
        if sql:
            con.execute(sql)
        if callable(more):
            more(con)
        con.execute("DELETE FROM ops.migration WHERE name = ?", [name])
        con.execute("INSERT INTO ops.migration VALUES (?, ?, ?)", [name, sha or _sha([sql]), datetime.now(UTC)])
