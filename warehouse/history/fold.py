"""The lake's two histories held against each other: versions folded by load, and DuckLake's time travel.

The state at a load follows from our own tables alone (rows that stand and versions that ended, each with the loads between
which it stood), and from the engine's snapshots alone. ``verify`` asks whether they agree, ``maintain`` whether the engine's
stayed as they were. Nothing is written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import duckdb

from warehouse.schema.tables import COARSER, FACTS, REVISIONS, Table

MOST = 50
"""So many loads are looked at one by one; of a longer history a sample of so many."""


@dataclass(frozen=True)
class Point:
    """A load's place in both histories: our snapshot number and DuckLake's id."""

    number: int
    version: int


@dataclass(frozen=True)
class Difference:
    """A state that the two histories give differently."""

    table: str
    number: int
    said: str


def points(con: duckdb.DuckDBPyConnection, catalog: str) -> list[Point]:
    """Every load whose DuckLake snapshot has not expired, in order."""
    return [Point(*row) for row in con.execute(
        f"SELECT CAST(json_extract(commit_extra_info, '$.snapshot') AS BIGINT) AS number, max(snapshot_id) FROM {catalog}.snapshots() "
        "WHERE json_extract(commit_extra_info, '$.snapshot') IS NOT NULL GROUP BY 1 ORDER BY 1").fetchall()]


def sample(all_points: Sequence[Point], tagged: Iterable[int] = (), most: int = MOST) -> list[Point]:
    """All of a short history; of a longer one the first, the last, the tagged and others evenly between."""
    if len(all_points) <= most:
        return list(all_points)
    step = (len(all_points) - 1) / (most - 1)
    chosen = {all_points[round(i * step)] for i in range(most)}
    names = set(tagged)
    return [point for point in all_points if point in chosen or point.number in names]


def tagged(con: duckdb.DuckDBPyConnection, catalog: str) -> set[int]:
    """Snapshots that people named."""
    return {row[0] for row in con.execute(f"SELECT snapshot FROM {catalog}.ops.snapshot_tag").fetchall()}


def _columns(con: duckdb.DuckDBPyConnection, source: str) -> tuple[str, ...]:
    """Columns of a table as it was; none where it was not there yet."""
    try:
        return tuple(row[0] for row in con.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())
    except duckdb.CatalogException:
        return ()


def fingerprint(con: duckdb.DuckDBPyConnection, table: str, version: int) -> tuple[int, int] | None:
    """Count and sum of row hashes of a table (with its catalogue's name) at a version: equal for equal rows in any order.

    None where the table was not there yet. A sum, not an exclusive or: a row that is there twice must show.
    """
    source = f"{table} AT (VERSION => {version})"
    columns = _columns(con, source)
    if not columns:
        return None
    ((count,),) = con.execute(f"SELECT count(*) FROM {source}").fetchall()
    if not count:  # reading no rows costs DuckLake 3 ms a column all the same (1.5.5): maintenance asks this of every table
        return 0, 0
    ((total,),) = con.execute(f"SELECT sum(hash({', '.join(columns)})) FROM {source}").fetchall()
    return int(count), int(total)


def differences(con: duckdb.DuckDBPyConnection, catalog: str, at: Iterable[Point]) -> list[Difference]:
    """Where the versions folded by load are not what time travel gives, for every fact table and each of these loads."""
    chosen = list(at)
    return [found for table in FACTS.values() for found in _of_table(con, catalog, table, chosen)]


def _of_table(con: duckdb.DuckDBPyConnection, catalog: str, table: Table, at: Sequence[Point]) -> list[Difference]:
    found: list[Difference] = []
    folded: tuple[str, ...] | None = None
    for point in at:
        source = f"{catalog}.{table.name} AT (VERSION => {point.version})"
        columns = _columns(con, source) or tuple(table.columns)
        if columns != folded:
            # Columns came later than the state: compared is what there was.
            con.execute(f"CREATE OR REPLACE TEMP TABLE spans AS SELECT hash({', '.join(columns)}) AS row_hash, begins, ends "
                        f"FROM ({spans(catalog, table)})")
            folded = columns
        ((count, total),) = con.execute(
            "SELECT count(*), coalesce(sum(row_hash), 0) FROM spans WHERE begins <= ? AND (ends IS NULL OR ends > ?)",
            [point.number, point.number]).fetchall()
        travelled = fingerprint(con, f"{catalog}.{table.name}", point.version) or (0, 0)
        if (int(count), int(total)) != travelled:
            said = f"time travel gives {travelled[0]:,} rows, the versions folded give {count:,}"
            found.append(Difference(table.name, point.number, said + _example(con, catalog, table, columns, point)))
    con.execute("DROP TABLE IF EXISTS temp.main.spans")
    return found


def spans(catalog: str, table: Table) -> str:
    """SQL of every version with the loads between which it stood: ``begins`` to before ``ends`` (null: still).

    A version that was loaded after a newer one (``backfilled``) never stood in the present, so it is not among them.
    """
    old = ", ".join(f"r.{name}" if name in table.key else f"r.old_{name}" for name in table.columns)
    return f"""
        SELECT {", ".join(f"t.{name}" for name in table.columns)}, l.snapshot AS begins, CAST(NULL AS BIGINT) AS ends
        FROM {catalog}.{table.name} t LEFT JOIN {catalog}.ops.load l ON t.load_id = l.load_id
        UNION ALL
        SELECT {old}, b.snapshot, e.snapshot
        FROM {catalog}.{REVISIONS[table.name].name} r LEFT JOIN {catalog}.ops.load b ON r.old_load_id = b.load_id
          LEFT JOIN {catalog}.ops.load e ON r.load_id = e.load_id
        WHERE r.old_version_id IS NOT NULL AND r.change_kind <> 'backfilled'
        UNION ALL
        SELECT {", ".join(f"c.{name}" for name in table.columns)}, b.snapshot, e.snapshot
        FROM {catalog}.{COARSER[table.name].name} c LEFT JOIN {catalog}.ops.load b ON c.load_id = b.load_id
          LEFT JOIN {catalog}.ops.load e ON c.ended_by = e.load_id"""


def _example(con: duckdb.DuckDBPyConnection, catalog: str, table: Table, columns: Sequence[str], point: Point) -> str:
    """One row that only one of the two has, in words."""
    names = ", ".join(columns)
    travel = (f"SELECT {names} FROM {catalog}.{table.name} AT (VERSION => {point.version})")
    fold = f"SELECT {names} FROM ({spans(catalog, table)}) WHERE begins <= {point.number} AND (ends IS NULL OR ends > {point.number})"
    for one, other, where in ((travel, fold, "only in time travel"), (fold, travel, "only in the versions")):
        try:
            row = con.execute(f"{one} EXCEPT ALL {other} LIMIT 1").fetchone()
        except duckdb.CatalogException:
            return ""
        if row:
            shown = dict(zip(columns, row, strict=True))
            return f"; {where}, for example " + ", ".join(str(shown[name]) for name in table.key if name in shown)
    return ""
