"""What can be done with our snapshots: name them, compare two, bring an old one's content back. Opening one is ``history``.

A restore adds a snapshot and deletes nothing: what it replaces ends as a version of kind ``undone``, which is ours and never
the publisher's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask.answers import rows
from warehouse.history.past import ducklake_version
from warehouse.lake.opening import Writer
from warehouse.reference.periods import parse
from warehouse.schema.errors import UsageError
from warehouse.schema.versions import version_id

MEASURE = {"stats.trade": "value", "stats.fx_rate": "rate", "stats.indicator": "value"}
"""Each fact table's figure."""


@dataclass(frozen=True)
class Shape:
    """A fact table's columns by role, read from the lake itself so that a reader needs no contract."""

    table: str
    key: tuple[str, ...]
    rest: tuple[str, ...]
    compared: tuple[str, ...]

    @property
    def measure(self) -> str:
        return MEASURE[self.table]


def shapes(con: duckdb.DuckDBPyConnection, catalog: str = "lake") -> list[Shape]:
    """The fact tables. In a twin the key stands without a prefix, compared columns have a ``new_``."""
    found = []
    for table in MEASURE:
        columns, twin = ([row[0] for row in con.execute(
            "SELECT column_name FROM duckdb_columns() WHERE database_name = ? AND schema_name || '.' || table_name = ? "
            "ORDER BY column_index", [catalog, name]).fetchall()] for name in (table, f"{table}_revision"))
        key = tuple(c for c in columns if c in twin and f"old_{c}" not in twin)
        compared = tuple(c for c in columns if f"new_{c}" in twin and c != "version_id")
        found.append(Shape(table, key, tuple(c for c in columns if c not in key), compared))
    return found


@dataclass(frozen=True)
class Change:
    """One figure that differs between two snapshots."""

    table: str
    dataset: str
    what: str
    """added, withdrawn, revised, annotated or reclassified."""
    key: dict[str, str]
    old: Decimal | None
    new: Decimal | None
    change_pct: float | None
    unit: str
    url: str
    locator: str
    why: str
    """What ended the old version, by the load that did: revised, undone, reread …"""
    note: str = ""
    """Of a figure that stands and is annotated: what moved beside it."""


def diff(con: duckdb.DuckDBPyConnection, one: int, other: int, dataset: str | None = None) -> list[Change]:
    """Every figure that differs between two snapshots: largest relative change first, then what was added and withdrawn.

    A figure that left one product edition and stands unchanged under another, by the commit that saw both, is told once.
    """
    if dataset is not None:
        with_figures(con, [dataset])
    versions = [ducklake_version(con, number) for number in (one, other)]
    found: list[Change] = []
    for shape in shapes(con):
        m = shape.measure
        unit = "currency" if "currency" in shape.key else "quote" if "quote" in shape.key else "unit"
        same_key = " AND ".join(f"a.{name} = b.{name}" for name in shape.key)
        # One version printed more finely since is the same version.
        differs = "a.version_id <> b.version_id AND (" + " OR ".join(
            f"a.{name} IS DISTINCT FROM b.{name}" for name in shape.compared) + ")"
        beside = ", ".join(f"{side}.{name} AS {age}_{name}" for name in _BESIDE if name in shape.compared
                           for side, age in (("a", "old"), ("b", "new"))) or "NULL AS beside"
        before, after = (f"(SELECT * FROM {shape.table} AT (VERSION => {version}))" for version in versions)
        listed = rows(con, f"""
            SELECT {", ".join(f"CAST(coalesce(b.{name}, a.{name}) AS VARCHAR) AS {name}" for name in shape.key)},
              a.{m} AS old, b.{m} AS new, {beside}, a.version_id AS old_id, b.version_id AS new_id,
              coalesce(b.fetch_id, a.fetch_id) AS fetch_id, coalesce(b.locator, a.locator) AS locator
            FROM {before} AS a FULL JOIN {after} AS b ON {same_key}
            WHERE (a.version_id IS NULL OR b.version_id IS NULL OR {differs}) AND ($1 IS NULL OR coalesce(b.dataset, a.dataset) = $1
              OR starts_with(coalesce(b.dataset, a.dataset), rtrim($1, '.') || '.'))""", [dataset])
        ended = {old: (kind, new) for old, kind, new in con.execute(
            f"SELECT old_version_id, change_kind, new_version_id FROM {shape.table}_revision WHERE old_version_id IS NOT NULL"
            ).fetchall()} if listed else {}
        came = {row["new_id"] for row in listed if row["old_id"] is None}
        left = {new: row for row in listed if row["new_id"] is None
                for kind, new in [ended.get(row["old_id"], ("", None))] if kind == "reclassified" and new in came}
        moved = {row["old_id"] for row in left.values()}
        for row in listed:
            if row["old_id"] in moved:
                continue
            old, new = row["old"], row["new"]
            what = "added" if row["old_id"] is None else "withdrawn" if row["new_id"] is None else (
                "revised" if old != new else "annotated")
            why = ended.get(row["old_id"], ("", None))[0]
            if row["new_id"] in left:
                was = left[row["new_id"]]
                what, old, why = "reclassified", was["old"], f"was {was['classification']} {was['product']}"
            pct = round(float(new / old - 1) * 100, 2) if old and new is not None and what != "annotated" else None
            found.append(Change(shape.table, row["dataset"], what, {n: row[n] for n in shape.key if n != "dataset"}, old, new, pct,
                                row[unit], row["fetch_id"], row["locator"], why, _moved(row) if what == "annotated" else ""))
    urls = dict(con.execute("SELECT fetch_id, url FROM ops.fetch").fetchall())
    found = [Change(**{**vars(c), "url": urls.get(c.url, "")}) for c in found]
    return sorted(found, key=lambda c: (-abs(c.change_pct or 0), c.what, c.dataset, str(c.key)))


_BESIDE = {"published_yoy_pct": "growth", "published_mom_pct": "growth on the month", "status": "status", "flags": "marks"}


def _moved(row: dict[str, Any]) -> str:
    """What differs beside a figure that did not move: ``growth 5.1 → 5.4``."""
    return ", ".join(f"{name} {_or_none(row[f'old_{column}'])} → {_or_none(row[f'new_{column}'])}" for column, name in _BESIDE.items()
                     if row.get(f"old_{column}") != row.get(f"new_{column}"))


def _or_none(value: object) -> str:
    return "none" if value in (None, "") else str(value)


def check_tag(name: str) -> None:
    """Raise UsageError for a word that cannot name a snapshot: wherever one is asked for, a number, a period or a day means itself."""
    wrong = (not any(letter.isalpha() for letter in name) or not name.isprintable() or name != name.strip() or len(name) > 80
             or _reads_as_a_number(name) or _reads_as_a_day(name))
    if wrong:
        raise UsageError(f"{name!r} is no name for a snapshot: a word of up to 80 letters that is neither a number nor a day, such as "
                         "paper-2026")


def _reads_as_a_number(name: str) -> bool:
    try:
        float(name)
    except ValueError:
        return False
    return True


def _reads_as_a_day(name: str) -> bool:
    try:
        datetime.fromisoformat(name)
    except ValueError:
        try:
            parse(name)
        except (UsageError, ValueError):
            return False
    return True


def tag(lake: Writer, name: str, snapshot: int, *, by: str, at: datetime, note: str) -> bool:
    """Name a snapshot (``check_tag`` says which names a person may choose). Returns whether it was new.

    A name is given once: raises UsageError where it names another.
    """
    held = lake.con.execute("SELECT snapshot FROM ops.snapshot_tag WHERE tag = ?", [name]).fetchone()
    if held and held[0] != snapshot:
        raise UsageError(f"{name!r} names snapshot {held[0]} already; entrepot snapshots untag {name} frees it")
    if not held:
        with lake.transaction(f"tag {name}", tag=name) as con:
            con.execute("INSERT INTO ops.snapshot_tag VALUES (?, ?, ?, ?, ?)", [name, snapshot, by, at, note])
    return not held


def untag(lake: Writer, name: str, *, by: str, at: datetime) -> None:
    """Take a name away; who did and when is in the commit's note. Raises UsageError where there is none such."""
    if not lake.con.execute("SELECT 1 FROM ops.snapshot_tag WHERE tag = ?", [name]).fetchone():
        names = ", ".join(row[0] for row in lake.con.execute("SELECT tag FROM ops.snapshot_tag ORDER BY 1").fetchall())
        raise UsageError(f"no snapshot is named {name!r}; named: {names or 'none'}")
    with lake.transaction(f"untag {name}", untag=name, by=by, at=at.isoformat()) as con:
        con.execute("DELETE FROM ops.snapshot_tag WHERE tag = ?", [name])


def with_figures(con: duckdb.DuckDBPyConnection, names: Sequence[str]) -> list[str]:
    """Datasets of which figures were loaded, for names or beginnings of names (a publisher, ``publisher.table``).

    Raises UsageError for a name that means none, with the nearest there are.
    """
    there = [row[0] for row in con.execute(
        "SELECT DISTINCT l.dataset FROM ops.load l LEFT JOIN ref.dataset d USING (dataset) WHERE l.fetch_id <> '' "
        "AND coalesce(d.table_name, 'stats.trade') IN (SELECT unnest($tables)) ORDER BY 1", {"tables": list(MEASURE)}).fetchall()]
    chosen: dict[str, None] = {}
    for name in names:
        meant = [dataset for dataset in there if dataset == name or (name.strip(".") and dataset.startswith(name.rstrip(".") + "."))]
        if not meant:
            raise UsageError(f"no dataset {name!r} holds figures here{_nearest(name, there)}; entrepot datasets lists all")
        chosen.update(dict.fromkeys(meant))
    return list(chosen)


def _nearest(name: str, there: Sequence[str]) -> str:
    from rapidfuzz import fuzz, process

    known = dict.fromkeys([*there, *(dataset.partition(".")[0] for dataset in there)])
    close = process.extract(name, list(known), scorer=fuzz.ratio, limit=2, score_cutoff=60)
    return "; nearest: " + ", ".join(match[0] for match in close) if close else f"; there are {', '.join(there)}" if there else ""


@dataclass(frozen=True)
class Restored:
    """What a restore did, or would do: rows brought back, changed back and taken out."""

    load_id: str
    snapshot: int | None
    back: int
    changed: int
    out: int


def plan(con: duckdb.DuckDBPyConnection, to: int, datasets: Sequence[str] | None) -> Restored:
    """What a restore would do. ``con`` need only be able to read."""
    try:
        return Restored("", None, *_staged(con, to, datasets))
    finally:
        _drop(con)


def restore(lake: Writer, to: int, datasets: Sequence[str] | None, *, at: datetime, versions: str, by: str = "", why: str = "",
            number: int | None = None) -> Restored:
    """Make the content of an old snapshot the present one again, for some datasets or (None) for all figures.

    Nothing is deleted: each version that this ends is kept as ``undone``, and a version brought back gets a new number. Where the
    present equals the old content nothing is written. Who wants it and why is in the commit's note, from which a crash's healing
    writes the journal.
    """
    con = lake.con
    load_id = hashlib.sha256(f"restore\n{to}\n{list(datasets) if datasets else None}\n{at.isoformat()}".encode()).hexdigest()[:20]
    found = shapes(con)
    try:
        counts = _staged(con, to, datasets)
        if not sum(counts):
            return Restored(load_id, None, *counts)
        # A restore holds the lock on everything: nobody else takes this number.
        snapshot = number or lake.snapshot() + 1
        with lake.transaction(f"restore of snapshot {to}", snapshot=snapshot, load=load_id, recorded_at=at.isoformat(), by=by, why=why):
            for shape in found:
                _write(con, shape, load_id, at)
            load = {"load_id": load_id, "snapshot": snapshot, "dataset": ",".join(datasets) if datasets else "*",
                    "batch": f"restore of snapshot {to}", "started_at": at, "recorded_at": at, "parser_version": 0,
                    "document_sha256": "", "fetch_id": "", "rows_read": sum(counts), "rows_new": counts[0], "rows_revised": counts[1],
                    "rows_withdrawn": counts[2], "rows_quarantined": 0, "not_asked": "", "versions": versions, "columns_seen": ""}
            con.execute(f"INSERT INTO ops.load ({', '.join(load)}) VALUES ({', '.join('?' * len(load))})", list(load.values()))
    finally:
        _drop(con)
    return Restored(load_id, snapshot, *counts)


def _staged(con: duckdb.DuckDBPyConnection, to: int, datasets: Sequence[str] | None) -> list[int]:
    """What differs from an old snapshot, in temporary tables: rows to come back, to change back and to go out."""
    version = ducklake_version(con, to)
    counts = [0, 0, 0]
    for shape in shapes(con):
        _stage(con, shape, version, datasets)
        for place, what in enumerate(("back", "changed", "out")):
            counts[place] += con.execute(f"SELECT count(*) FROM {_temp(shape)} WHERE what = ?", [what]).fetchall()[0][0]
    return counts


def _drop(con: duckdb.DuckDBPyConnection) -> None:
    for table in MEASURE:
        con.execute(f"DROP TABLE IF EXISTS temp.main.restoring_{table.replace('.', '_')}")


def _temp(shape: Shape) -> str:
    return "restoring_" + shape.table.replace(".", "_")


def _stage(con: duckdb.DuckDBPyConnection, shape: Shape, version: int, datasets: Sequence[str] | None) -> None:
    """Keys whose content differs: p_… is the present row, t_… the old snapshot's, with the number of its new version."""
    # What a person typed is a parameter, never a part of the statement.
    chosen = "true" if datasets is None else "dataset IN (SELECT unnest($datasets))"
    key = ", ".join(shape.key)
    on_key = " AND ".join(f"p.{n} = t.{n}" for n in shape.key)
    # One version printed more finely since is the same version, and stays.
    differs = "p.version_id <> t.version_id AND (" + " OR ".join(f"p.{n} IS DISTINCT FROM t.{n}" for n in shape.compared) + ")"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE {_temp(shape)} AS
        WITH p AS (SELECT * FROM lake.{shape.table} WHERE {chosen}),
          t AS (SELECT * FROM lake.{shape.table} AT (VERSION => {version}) WHERE {chosen}),
          h AS (SELECT {key}, max(old_version_no) AS newest FROM lake.{shape.table}_revision WHERE {chosen} GROUP BY {key})
        SELECT {", ".join(f"coalesce(t.{n}, p.{n}) AS {n}" for n in shape.key)}, {", ".join(f"p.{n} AS p_{n}" for n in shape.rest)},
          {", ".join(f"t.{n} AS t_{n}" for n in shape.rest)},
          1 + greatest(coalesce(p.version_no, 0), coalesce(h.newest, 0)) AS next_no,
          CASE WHEN p.version_id IS NULL THEN 'back' WHEN t.version_id IS NULL THEN 'out' ELSE 'changed' END AS what
        FROM p FULL JOIN t ON {on_key} LEFT JOIN h ON {" AND ".join(f"h.{n} = coalesce(t.{n}, p.{n})" for n in shape.key)}
        WHERE p.version_id IS NULL OR t.version_id IS NULL OR {differs}""",
                {} if datasets is None else {"datasets": list(datasets)})


def _write(con: duckdb.DuckDBPyConnection, shape: Shape, load_id: str, at: datetime) -> None:
    key, table = shape.key, shape.table
    new_id = version_id(table, key, "next_no")
    values = {n: n for n in key} | {f"old_{n}": f"p_{n}" for n in shape.rest} | {f"new_{n}": f"t_{n}" for n in shape.compared} | {
        "change_kind": "'undone'", "new_version_id": f"CASE WHEN t_version_id IS NOT NULL THEN {new_id} END",
        "load_id": f"'{load_id}'", "recorded_at": f"TIMESTAMPTZ '{at.isoformat()}'",
        "released_at": "coalesce(t_released_at, p_released_at)", "released_basis": "coalesce(t_released_basis, p_released_basis)",
        "last_confirmed_at": "CAST(NULL AS TIMESTAMPTZ)"}
    con.execute(f"INSERT INTO {table}_revision ({', '.join(values)}) SELECT {', '.join(values.values())} FROM {_temp(shape)}")
    con.execute(f"DELETE FROM {table} x USING {_temp(shape)} c WHERE {' AND '.join(f'x.{n} = c.{n}' for n in key)}")
    fresh = {n: n for n in key} | {n: f"t_{n}" for n in shape.rest} | {
        "version_no": "next_no", "version_id": new_id, "load_id": f"'{load_id}'"}
    con.execute(f"INSERT INTO {table} ({', '.join(fresh)}) SELECT {', '.join(fresh.values())} FROM {_temp(shape)} "
                "WHERE t_version_id IS NOT NULL")
