"""Commits of tables without versions of figures: releases of a calendar, where a date that moves is replaced.

Figures are ``commit``'s, articles with their texts ``articles``'.
"""

from __future__ import annotations

import duckdb

from warehouse.lake.opening import Writer
from warehouse.load.article_versions import Articles
from warehouse.load.diff import Context, Diff, create_incoming, incoming_columns
from warehouse.load.staging import Staged
from warehouse.schema.tables import Table, sql_columns
from warehouse.schema.travel import Check, Dataset


class _Upsert:
    """Rows whose compared columns changed replace what stood there."""

    def __init__(self, lake: Writer, staged: Staged, table: Table, columns: dict[str, str]) -> None:
        self.con, self.table, self.columns = lake.con, table, columns
        create_incoming(lake, staged, columns)
        on_key = " AND ".join(f"i.{name} = p.{name}" for name in table.key)
        differs = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed AS
            SELECT i.*, p.{table.key[0]} IS NULL AS is_new FROM incoming i LEFT JOIN lake.{table.name} p ON {on_key}
            WHERE p.{table.key[0]} IS NULL OR {differs}""")

    def counts(self) -> dict[str, int]:
        new, old = self.con.execute("SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM changed").fetchall()[0]
        return {"new": new, "revised": old, "annotated": 0, "withdrawn": 0}

    def gates(self) -> list[Check]:
        return []

    def largest(self) -> list[dict[str, object]]:
        return []

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        names = ", ".join(sql_columns(self.table))
        con.execute(f"DELETE FROM {self.table.name} t USING changed c WHERE "
                    + " AND ".join(f"t.{name} = c.{name}" for name in self.table.key))
        con.execute(f"INSERT INTO {self.table.name} ({names}) SELECT {names} FROM changed")

    def close(self) -> None:
        for kind, name in (("TABLE", "changed"), ("VIEW", "incoming")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")


def other_diff(lake: Writer, staged: Staged, dataset: Dataset, table: Table, context: Context) -> Diff:
    """The diff of a table without versions of figures."""
    if table.name == "news.article":
        return Articles(lake, [staged])
    return _Upsert(lake, staged, table, incoming_columns(staged, table))
