"""Committing articles: many documents in one transaction, a version for each new text, and the cluster of copies.

A night brings a thousand pages of one article each. Committed one by one they cost a thousand transactions, each some 0.2 s of
catalogue work, and a thousand snapshots that nobody tells apart; so articles that arrive together are compared, clustered and
written together, each with its own load record, under one snapshot. Alone or together they give the same rows. Figures are
``commit``'s, which checks what may be grouped there is nothing to hold back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import duckdb
import polars as pl

from warehouse.lake.opening import Writer
from warehouse.load.articles.near_duplicates import NEAR, Seen, clusters, sketch
from warehouse.load.diff import Context, literal
from warehouse.load.records import fetch_row, insert, load_row
from warehouse.load.staging import Staged
from warehouse.schema.tables import TABLES, sql_columns
from warehouse.schema.travel import Check

ARTICLE, VERSION = TABLES["news.article"], TABLES["news.article_version"]


class Articles:
    """Staged articles against those that are held. No address stands in it twice."""

    def __init__(self, lake: Writer, staged: Sequence[Staged]) -> None:
        self.con = lake.con
        self._incoming(staged)
        on_key = "i.article = p.article"
        differs = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in ARTICLE.compared)
        self.con.execute("""
            CREATE OR REPLACE TEMP TABLE texts AS
            SELECT i.*, coalesce(v.newest, 0) + 1 AS version_no FROM incoming i LEFT JOIN (
              SELECT article, max(version_no) AS newest, arg_max(body_sha256, version_no) AS sha
              FROM lake.news.article_version SEMI JOIN incoming USING (article) GROUP BY article) v ON i.article = v.article
            WHERE v.sha IS DISTINCT FROM i.body_sha256""")
        # A new text alone changes the article's fetch too. The first sight of an article and its cluster stay.
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed AS
            SELECT i.* REPLACE (coalesce(p.first_seen, i.first_seen) AS first_seen, coalesce(p.cluster, i.cluster) AS cluster),
              p.article IS NULL AS is_new
            FROM incoming i LEFT JOIN lake.news.article p ON {on_key}
            WHERE p.article IS NULL OR {differs} OR i.article IN (SELECT article FROM texts)""")
        self._cluster()

    def _incoming(self, staged: Sequence[Staged]) -> None:
        """``incoming``: the rows of all documents, each with its own fetch, load and time, in the order of the documents."""
        documents = pl.DataFrame(
            [(str(one.folder.absolute() / name), at, one.load_id, one.fetch.fetch_id, one.fetch.asked_at)
             for at, one in enumerate(staged) for name in one.files],
            schema={"filename": pl.String, "ord": pl.Int64, "load_id": pl.String, "fetch_id": pl.String,
                    "first_seen": pl.Datetime("us", "UTC")}, orient="row")
        self.con.register("documents", documents)
        types = {**sql_columns(VERSION), **sql_columns(ARTICLE)}
        first, known = staged[0], {"load_id", "fetch_id", "first_seen", "fetched_at", "version_no"}
        columns = {name: f"r.{name}" if name in first.columns else literal(first.constants.get(name), kind)
                   for name, kind in types.items() if name not in known}
        chosen = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
        files = "[" + ", ".join(literal(path, "VARCHAR") for one in staged for path in one.paths()) + "]"
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE incoming AS
            SELECT {chosen}, d.ord, d.load_id, d.fetch_id, d.first_seen, d.first_seen AS fetched_at
            FROM read_parquet({files}, filename = true, hive_partitioning = false) r JOIN documents d USING (filename)""")
        self.con.unregister("documents")

    def _cluster(self) -> None:
        """Sketches of the changed articles, and the clusters of the new ones."""
        rows = self.con.execute("SELECT article, cluster, coalesce(published_at, first_seen), text, is_new FROM changed "
                                "ORDER BY ord, article").fetchall()
        if not rows:
            return
        seen = {row[0]: Seen(row[0], row[1], row[2], sketch(row[3])) for row in rows}
        new = [seen[row[0]] for row in rows if row[4] and seen[row[0]].sketch]
        held = self._held(min(each.at for each in new), max(each.at for each in new)) if new else []
        given = clusters(new, held)
        found = pl.DataFrame([(each.article, each.sketch, given.get(each.article, each.cluster)) for each in seen.values()],
                             schema={"article": pl.String, "sketch": pl.String, "cluster": pl.String}, orient="row")
        self.con.register("found", found)
        self.con.execute("UPDATE changed c SET sketch = f.sketch, cluster = f.cluster FROM found f WHERE c.article = f.article")
        self.con.unregister("found")

    def _held(self, first: datetime, last: datetime) -> list[Seen]:
        return [Seen(*row) for row in self.con.execute("""
            SELECT article, cluster, coalesce(published_at, first_seen) AS at, sketch FROM lake.news.article
            WHERE coalesce(sketch, '') <> '' AND coalesce(published_at, first_seen) BETWEEN ? AND ?""",
            [first - NEAR, last + NEAR]).fetchall()]

    def counts(self) -> dict[str, int]:
        return _counts(*self.con.execute("SELECT count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM changed").fetchall()[0])

    def counts_by_load(self) -> dict[str, dict[str, int]]:
        """Of each load that changes something."""
        return {load: _counts(new, old) for load, new, old in self.con.execute(
            "SELECT load_id, count(*) FILTER (is_new), count(*) FILTER (NOT is_new) FROM changed GROUP BY load_id").fetchall()}

    def gates(self) -> list[Check]:
        return []

    def largest(self) -> list[dict[str, object]]:
        return []

    def evidence(self) -> list[dict[str, object]]:
        return []

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Inside the transaction."""
        articles, versions = (", ".join(sql_columns(table)) for table in (ARTICLE, VERSION))
        con.execute("DELETE FROM news.article t USING changed c WHERE t.article = c.article")
        con.execute(f"INSERT INTO news.article ({articles}) SELECT {articles} FROM changed ORDER BY ord, article")
        con.execute(f"INSERT INTO news.article_version ({versions}) SELECT {versions} FROM texts ORDER BY ord, article")

    def close(self) -> None:
        for name in ("changed", "texts", "incoming"):
            self.con.execute(f"DROP TABLE IF EXISTS temp.main.{name}")


def _counts(new: int, revised: int) -> dict[str, int]:
    return {"new": new, "revised": revised, "annotated": 0, "withdrawn": 0}


def commit_together(lake: Writer, staged: Sequence[Staged], contexts: Sequence[Context]) -> dict[str, dict[str, int]]:
    """Commit the articles of many documents in one transaction. Returns the counts of the loads that changed something, by load id.

    No address stands in it twice, nothing of it was set aside, and none of its loads was made before: such are committed alone.
    """
    diff = Articles(lake, staged)
    try:
        by_load = diff.counts_by_load()
        if not by_load:
            return {}
        changed = [(one, context) for one, context in zip(staged, contexts, strict=True) if one.load_id in by_load]
        # The number is taken where nobody else can take it, as in ``commit``.
        with lake.held.alone():
            number = lake.snapshot() + 1
            loads = [load_row(one, context, number, by_load[one.load_id], 0) for one, context in changed]
            fetches = [fetch_row(one.fetch) for one, _ in changed]
            with lake.transaction(f"news: {len(changed)} articles", snapshot=number, loads=len(changed),
                                  recorded_at=changed[-1][1].recorded_at.isoformat()) as con:
                diff.write(con)
                insert(con, "ops.fetch", fetches)
                insert(con, "ops.load", loads)
    finally:
        diff.close()
    return by_load
