"""Commits of tables without versions of figures: releases of a calendar, articles and their texts.

Figures are ``commit``'s. Articles are edited, so every text is kept as a version; a release date that moves is replaced.
"""

from __future__ import annotations

import duckdb

from warehouse.commit import Context, Diff, create_incoming, incoming_columns
from warehouse.lake import Writer
from warehouse.schema.tables import TABLES, Table, sql_columns
from warehouse.schema.travel import Check, Dataset
from warehouse.staging import Staged


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
        for kind, name in (("TABLE", "changed"), ("TABLE", "texts"), ("VIEW", "incoming")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")


class _Articles(_Upsert):
    """Articles, and a version for each text that is new."""

    def __init__(self, lake: Writer, staged: Staged, table: Table) -> None:
        texts = sql_columns(TABLES["news.article_version"])
        read = {name: name for name in staged.columns if name in texts} | incoming_columns(staged, table)
        super().__init__(lake, staged, table, read | {"fetched_at": read["first_seen"]})
        # The first sight of an article stays; a new text alone changes the article's fetch too.
        self.con.execute("""
            CREATE OR REPLACE TEMP TABLE texts AS
            SELECT i.*, coalesce(v.newest, 0) + 1 AS version_no FROM incoming i LEFT JOIN (
              SELECT article, max(version_no) AS newest, arg_max(body_sha256, version_no) AS sha
              FROM lake.news.article_version GROUP BY article) v ON i.article = v.article
            WHERE v.sha IS DISTINCT FROM i.body_sha256""")
        self.con.execute("""
            INSERT INTO changed SELECT i.*, p.article IS NULL FROM incoming i SEMI JOIN texts t ON i.article = t.article
            LEFT JOIN lake.news.article p ON i.article = p.article WHERE i.article NOT IN (SELECT article FROM changed)""")
        self.con.execute("UPDATE changed c SET first_seen = p.first_seen FROM lake.news.article p WHERE c.article = p.article")

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        super().write(con)
        names = ", ".join(sql_columns(TABLES["news.article_version"]))
        con.execute(f"INSERT INTO news.article_version ({names}) SELECT {names} FROM texts")


def other_diff(lake: Writer, staged: Staged, dataset: Dataset, table: Table, context: Context) -> Diff:
    """The diff of a table without versions of figures."""
    if table.name == "news.article":
        return _Articles(lake, staged, table)
    return _Upsert(lake, staged, table, incoming_columns(staged, table))
