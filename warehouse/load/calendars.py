"""Commits of tables without versions of figures: releases of a calendar, where a date that moves is replaced; lists of products and
their conversions, which a new one replaces as far as it is whole.

Figures are ``commit``'s, articles with their texts ``articles``'.
"""

from __future__ import annotations

import duckdb

from warehouse.lake.opening import Writer
from warehouse.load.articles.versions import Articles
from warehouse.load.diff import Context, Diff, create_incoming, incoming_columns, literal
from warehouse.load.staging import Staged
from warehouse.schema.tables import Table, sql_columns
from warehouse.schema.travel import Check, Dataset


class _Upsert:
    """Rows whose compared columns changed replace what stood there; of a table that is ``replaced``, what the batch is complete for and
    lacks goes."""

    def __init__(self, lake: Writer, staged: Staged, table: Table, columns: dict[str, str]) -> None:
        self.con, self.table, self.columns = lake.con, table, columns
        create_incoming(lake, staged, columns)
        on_key = " AND ".join(f"i.{name} = p.{name}" for name in table.key)
        differs = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed AS
            SELECT i.*, p.{table.key[0]} IS NULL AS is_new FROM incoming i LEFT JOIN lake.{table.name} p ON {on_key}
            WHERE p.{table.key[0]} IS NULL OR {differs}""")
        scope = staged.scope if table.replaced and not staged.not_read else None
        # Of its own dataset alone: a scope says no less.
        inside = " AND ".join([f"p.dataset = {literal(staged.dataset, 'VARCHAR')}", *(
            f"CAST(p.{name} AS VARCHAR) IN ({', '.join(literal(value, 'VARCHAR') for value in values)})"
            for name, values in (scope or {}).items())])
        self.gone = scope is not None
        if self.gone:
            self.con.execute(f"""
                CREATE OR REPLACE TEMP TABLE gone AS SELECT {', '.join(f'p.{name}' for name in table.key)} FROM lake.{table.name} p
                WHERE {inside} AND NOT EXISTS (SELECT 1 FROM incoming i WHERE {on_key})""")

    def counts(self) -> dict[str, int]:
        new, old = self.con.execute("SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM changed").fetchall()[0]
        lost = self.con.execute("SELECT count(*) FROM gone").fetchall()[0][0] if self.gone else 0
        return {"new": new, "revised": old, "annotated": 0, "withdrawn": lost}

    def gates(self) -> list[Check]:
        return []

    def largest(self) -> list[dict[str, object]]:
        return []

    def evidence(self) -> list[dict[str, object]]:
        return []

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        names = ", ".join(sql_columns(self.table))
        for out in ("changed", *(["gone"] if self.gone else [])):
            con.execute(f"DELETE FROM {self.table.name} t USING {out} c WHERE "
                        + " AND ".join(f"t.{name} = c.{name}" for name in self.table.key))
        con.execute(f"INSERT INTO {self.table.name} ({names}) SELECT {names} FROM changed")

    def close(self) -> None:
        for kind, name in (("TABLE", "changed"), ("TABLE", "gone"), ("VIEW", "incoming")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")


def other_diff(lake: Writer, staged: Staged, dataset: Dataset, table: Table, context: Context) -> Diff:
    """The diff of a table without versions of figures."""
    if table.name == "news.article":
        return Articles(lake, [staged])
    return _Upsert(lake, staged, table, incoming_columns(staged, table))
