"""From a staged batch to one transaction: the set-based diff against the present, versions that end, load and checks.

Facts (``stats.*``) are compared and versioned here; releases and articles are in ``commit_other``. Gates that hold a load
back are ``quality``; the lake is opened by ``lake``. Never a loop over rows: every step is one statement.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Protocol

import duckdb
import msgspec

from warehouse import quality
from warehouse.lake import Writer
from warehouse.schema.errors import LakeDamaged
from warehouse.schema.tables import FACTS, FIGURES, REVISIONS, TABLES, Table, sql_columns
from warehouse.schema.travel import Check, Dataset
from warehouse.staging import Staged

LARGE = 100_000
"""Rows of a batch from which it pays to ask first whether anything of it is held, instead of comparing row by row; with the
dataset's own, rows from which a second thread pays."""


@dataclass(frozen=True)
class Context:
    """What a commit must know besides the rows; in a replay all of it comes from the records."""

    started_at: datetime
    recorded_at: datetime
    versions: str
    last_confirmed_at: datetime | None
    """The last answer of this address before this one."""
    accepted: bool = False
    """A person accepted what the gates held."""
    columns_before: tuple[str, ...] = ()
    suspicions: tuple[Check, ...] = ()
    """What is odd about the document itself; holds the load if anything would change."""
    snapshot: int | None = None
    """In a replay, the number it had."""


@dataclass(frozen=True)
class Committed:
    """What came of a staged batch: exactly one of new data, no change, held."""

    load_id: str
    snapshot: int | None
    counts: dict[str, int]
    held: tuple[Check, ...] = ()
    checks: tuple[Check, ...] = ()
    largest: tuple[dict[str, object], ...] = field(default=())
    """The largest revisions, for the run's report."""

    @property
    def changed(self) -> bool:
        return self.snapshot is not None


def commit(lake: Writer, staged: Staged, dataset: Dataset, context: Context) -> Committed:
    """Commit one staged batch, or hold it, or find that nothing changed (then nothing is written at all).

    Raises Incomplete below the dataset's floors, or where too many rows were set aside.
    """
    quality.floors(staged, dataset)
    newest, loads, rows, again = lake.con.execute("""
        SELECT coalesce(max(snapshot), 0), count(*) FILTER (dataset = $dataset), coalesce(sum(rows_new) FILTER (dataset = $dataset), 0),
          count(*) FILTER (load_id = $load) FROM ops.load""", {"dataset": staged.dataset, "load": staged.load_id}).fetchall()[0]
    if again:
        staged = _own_load_id(lake, staged)
    with _one_thread(lake.con, staged.rows_good + rows < LARGE):
        return _commit(lake, staged, dataset, context, context.snapshot or newest + 1, first=not loads)


@contextmanager
def _one_thread(con: duckdb.DuckDBPyConnection, small: bool) -> Iterator[None]:
    """DuckLake asks its catalogue a hundred small questions for each commit, and for each of them DuckDB wakes every thread:
    a commit of 60 rows took 0.39 s of processor time with two threads and 0.22 s with one (two cores, 2026-11-24).
    """
    if small:
        con.execute("SET threads = 1")
    try:
        yield
    finally:
        if small:
            con.execute("RESET threads")


def _commit(lake: Writer, staged: Staged, dataset: Dataset, context: Context, number: int, *, first: bool) -> Committed:
    fresh = _not_yet_quarantined(lake, staged)
    diff: Diff
    if staged.table in FACTS:
        diff = _Diff(lake, staged, FACTS[staged.table], context, first=first)
    else:
        from warehouse.commit_other import other_diff  # it builds on this module

        diff = other_diff(lake, staged, dataset, TABLES[staged.table], context)
    try:
        counts = diff.counts()
        checks = [*staged.checks, *quality.drift(staged, context.columns_before)]
        changed = sum(counts.values())
        if not changed and not fresh:
            return Committed(staged.load_id, None, counts, checks=tuple(checks))
        held = [*context.suspicions, *diff.gates()] if changed else []
        if held and not context.accepted:
            return Committed(staged.load_id, None, counts, held=tuple(held), checks=(*checks, *held))
        checks += held
        largest = diff.largest()
        with lake.transaction(f"{staged.dataset} {staged.batch}", snapshot=number, load=staged.load_id,
                              recorded_at=context.recorded_at.isoformat()) as con:
            diff.write(con)
            _record(con, staged, context, number, counts, checks, fresh)
    finally:
        diff.close()
    return Committed(staged.load_id, number, counts, checks=tuple(checks), largest=tuple(largest))


def _own_load_id(lake: Writer, staged: Staged) -> Staged:
    """A document read again by the same parser version (after a fix without a new version) is a load of its own."""
    while lake.con.execute("SELECT 1 FROM ops.load WHERE load_id = ?", [staged.load_id]).fetchone():
        staged = msgspec.structs.replace(staged, load_id=hashlib.sha256(f"{staged.load_id}+".encode()).hexdigest()[:20])
    return staged


def _not_yet_quarantined(lake: Writer, staged: Staged) -> list[tuple[str, str, str, str]]:
    """Rejected rows that are not in quarantine already: the same bad row of the same dataset is set aside once."""
    if not staged.rejected:
        return []
    held = set(lake.con.execute("SELECT locator, rule, raw FROM ops.quarantine WHERE dataset = ? AND replayed_by IS NULL",
                                [staged.dataset]).fetchall())
    fresh = {(row.locator, row.rule): (row.locator, row.rule, row.reason, row.raw) for row in staged.rejected
             if (row.locator, row.rule, row.raw) not in held}
    return list(fresh.values())


def _record(con: duckdb.DuckDBPyConnection, staged: Staged, context: Context, snapshot: int, counts: dict[str, int],
            checks: list[Check], fresh: list[tuple[str, str, str, str]]) -> None:
    """The rows of ``ops.*`` that belong to a load, in its transaction."""
    fetch = staged.fetch
    con.execute("INSERT INTO ops.fetch SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ? "
                "WHERE NOT EXISTS (SELECT 1 FROM ops.fetch WHERE fetch_id = ?)",
                [fetch.fetch_id, fetch.dataset, fetch.url, fetch.asked_at, fetch.status, fetch.sha256, fetch.bytes,
                 fetch.origin_kind, fetch.content_type, fetch.last_modified, fetch.source_note, fetch.fetch_id])
    load = {
        "load_id": staged.load_id, "snapshot": snapshot, "dataset": staged.dataset, "batch": staged.batch,
        "started_at": context.started_at, "recorded_at": context.recorded_at, "parser_version": staged.parser_version,
        "document_sha256": fetch.sha256, "fetch_id": fetch.fetch_id, "rows_read": staged.rows_read,
        "rows_new": counts["new"], "rows_revised": counts["revised"] + counts["annotated"], "rows_withdrawn": counts["withdrawn"],
        "rows_quarantined": len(fresh), "not_asked": ";".join(f"{k}={v}" for k, v in sorted(staged.not_asked.items())),
        "versions": context.versions, "columns_seen": "\t".join(staged.columns_seen)}
    con.execute(f"INSERT INTO ops.load ({', '.join(load)}) VALUES ({', '.join('?' * len(load))})", list(load.values()))
    unique = {check.check: check for check in checks}
    if unique:
        con.executemany("INSERT INTO ops.check_result VALUES (?, ?, ?, ?, ?, ?)",
                        [[staged.load_id, c.check, c.level, c.observed, c.expected, c.said] for c in unique.values()])
    if fresh:
        con.executemany("INSERT INTO ops.quarantine VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                        [[staged.load_id, locator, rule, staged.dataset, reason, raw, fetch.fetch_id]
                         for locator, rule, reason, raw in fresh])


def describe(lake: Writer, datasets: Iterable[Dataset]) -> bool:
    """Bring ``ref.dataset`` to what the connectors declare. Returns whether anything changed."""
    names = list(sql_columns(TABLES["ref.dataset"]))
    rows = [tuple(getattr(d, "table" if name == "table_name" else name) for name in names) for d in datasets]
    held = {row[0]: row for row in lake.con.execute(f"SELECT {', '.join(names)} FROM ref.dataset").fetchall()}
    stale = [row for row in rows if held.get(row[0]) != row]
    if not stale:
        return False
    with lake.transaction("datasets", schema="datasets") as con:
        con.executemany("DELETE FROM ref.dataset WHERE dataset = ?", [[row[0]] for row in stale])
        con.executemany(f"INSERT INTO ref.dataset VALUES ({', '.join('?' * len(names))})", [list(row) for row in stale])
    return True


def literal(value: object, kind: str) -> str:
    """A value as an SQL literal of a column's type."""
    if value is None:
        return f"CAST(NULL AS {kind})"
    text = value.isoformat() if isinstance(value, datetime) else str(value)
    return f"CAST('{text.replace(chr(39), chr(39) * 2)}' AS {kind})"


def incoming_columns(staged: Staged, table: Table) -> dict[str, str]:
    """SQL expression of each of the table's columns over the staged files, without those that only the diff knows."""
    types = sql_columns(table)
    fetch = staged.fetch
    known: dict[str, str] = {
        "fetch_id": literal(fetch.fetch_id, "VARCHAR"),
        "load_id": literal(staged.load_id, "VARCHAR"),
        "first_seen_at": literal(fetch.asked_at, "TIMESTAMPTZ"),
        "first_seen": literal(fetch.asked_at, "TIMESTAMPTZ"),
        "fetched_at": literal(fetch.asked_at, "TIMESTAMPTZ"),
        "released_at": literal(staged.released_at or fetch.asked_at, "TIMESTAMPTZ"),
        "released_basis": literal(staged.released_basis or "first_seen", "VARCHAR"),
    }
    columns: dict[str, str] = {}
    for name, kind in types.items():
        if name in staged.columns:
            columns[name] = name
        elif name in staged.constants:
            columns[name] = literal(staged.constants[name], kind)
        elif name in known:
            columns[name] = known[name]
    return columns


def create_incoming(lake: Writer, staged: Staged, columns: dict[str, str]) -> None:
    """``temp.main.incoming``: the staged rows as a view; an empty one where a batch has no good rows."""
    files = "[" + ", ".join(literal(path, "VARCHAR") for path in staged.paths()) + "]"
    chosen = ", ".join(f"{expression} AS {name}" for name, expression in columns.items())
    lake.con.execute(f"CREATE OR REPLACE TEMP VIEW incoming AS SELECT {chosen} FROM read_parquet({files})")


class Diff(Protocol):
    """What a commit needs of a diff: how much changed, what holds it, what is written."""

    def counts(self) -> dict[str, int]: ...
    def gates(self) -> list[Check]: ...
    def largest(self) -> list[dict[str, object]]: ...
    def write(self, con: duckdb.DuckDBPyConnection) -> None: ...
    def close(self) -> None: ...


class _Diff:
    """Staged facts against the present, as temporary tables; then the same as one transaction."""

    def __init__(self, lake: Writer, staged: Staged, table: Table, context: Context, *, first: bool) -> None:
        self.con, self.staged, self.table, self.context = lake.con, staged, table, context
        self.first = first
        """No load of the dataset before: nothing to compare with."""
        self.types = sql_columns(table)
        self.rest = [name for name in self.types if name not in table.key]
        self.twin = REVISIONS[table.name].name
        self.same = [name for name in table.key if name in staged.constants]
        self.varying = [name for name in table.key if name not in staged.constants]
        create_incoming(lake, staged, incoming_columns(staged, table))
        if len(staged.files) > 1:
            self._keys_across_chunks()
        self.con.execute(f"CREATE OR REPLACE TEMP VIEW present AS SELECT rowid AS held_row, * FROM lake.{table.name} "
                         f"WHERE dataset = {literal(staged.dataset, 'VARCHAR')}")
        self.all_new = first or (staged.rows_good >= LARGE and self._nothing_held())
        """Nothing of the batch is held, now or before: its rows go from the files to the lake as they are."""
        if not self.all_new:
            self._compare()

    def _on_key(self, left: str, right: str) -> str:
        """Rows with the same key: what is one value for the whole batch filters the right side and so stays out of the join."""
        return " AND ".join([f"{left}.{name} = {right}.{name}" for name in self.varying] + [
            f"{right}.{name} = {literal(self.staged.constants[name], self.types[name])}" for name in self.same])

    def _inside(self) -> str:
        """Whether a present row ``p`` is in the scope that the batch is complete for."""
        return " AND ".join(
            f"p.{column} IN ({', '.join(literal(value, self.types[column]) for value in values)})"
            for column, values in (self.staged.scope or {}).items()) or "true"

    def _nothing_held(self) -> bool:
        """Whether no row of the batch or its scope is held or ever was: a new year or reporter beside those there are."""
        held = [f"SELECT 1 FROM present p SEMI JOIN incoming i ON {self._on_key('i', 'p')}",
                f"SELECT 1 FROM lake.{self.twin} p SEMI JOIN incoming i ON {self._on_key('i', 'p')}"]
        if self.staged.scope is not None:
            held.append(f"SELECT 1 FROM present p WHERE {self._inside()}")
        return not any(self.con.execute(f"{query} LIMIT 1").fetchone() for query in held)

    def _keys_across_chunks(self) -> None:
        """Each chunk has a key once (the contract); by their hashes first, which is far less to group than eleven texts."""
        hashed = ", ".join(self.varying or self.table.key)
        if not self.con.execute(f"SELECT 1 FROM incoming GROUP BY hash({hashed}) HAVING count(*) > 1 LIMIT 1").fetchone():
            return
        key = ", ".join(self.table.key)
        twice = self.con.execute(f"SELECT {key} FROM incoming GROUP BY {key} HAVING count(*) > 1 LIMIT 1").fetchone()
        if twice:
            quality.refuse_twice(self.staged, dict(zip(self.table.key, twice, strict=True)))

    def _compare(self) -> None:
        """``changed``: one row for each key that differs, with the incoming row (i_…) and the present one (o_…)."""
        key, table = self.table.key, self.table
        differs = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared)
        figures = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared if name in FIGURES)
        have = incoming_columns(self.staged, table)
        i_columns = ", ".join(f"i.{n} AS i_{n}" if n in have else f"CAST(NULL AS {self.types[n]}) AS i_{n}" for n in self.rest)
        o_columns = ", ".join(f"p.{n} AS o_{n}" for n in self.rest)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed AS
            SELECT {", ".join(f"i.{name}" for name in key)}, {i_columns}, {o_columns},
              p.held_row, p.version_no AS newest_no,
              CASE WHEN p.held_row IS NULL THEN 'new'
                   WHEN i.fetch_id = p.fetch_id AND i.released_at = p.released_at THEN 'reread'
                   WHEN i.released_at < p.released_at THEN 'older'
                   WHEN {figures} THEN 'revised'
                   ELSE 'annotated' END AS what
            FROM incoming i LEFT JOIN present p ON {self._on_key("i", "p")}
            WHERE p.held_row IS NULL OR {differs}""")
        if self.staged.scope is not None:
            self._withdrawals(o_columns)
        self._older()
        self._versions()

    def _withdrawals(self, o_columns: str) -> None:
        """Rows held in the declared scope and gone from it."""
        # An older edition that lacks a row says nothing about what was released after it.
        released = literal(self.staged.released_at or self.staged.fetch.asked_at, "TIMESTAMPTZ")
        nothing = ", ".join(f"CAST(NULL AS {self.types[n]}) AS i_{n}" for n in self.rest)
        gone = literal(self.staged.fetch.fetch_id, "VARCHAR")
        self.con.execute(f"""
            INSERT INTO changed BY NAME
            SELECT {", ".join(f"p.{name}" for name in self.table.key)}, {nothing}, {o_columns}, p.held_row,
              CASE WHEN p.fetch_id = {gone} THEN 'reread-gone' ELSE 'withdrawn' END AS what
            FROM present p ANTI JOIN incoming i ON {" AND ".join(f"i.{name} = p.{name}" for name in self.table.key)}
            WHERE {self._inside()} AND p.released_at <= {released}""")

    def _older(self) -> None:
        """An older edition: rows that say what a version held already says go; the others find what followed them."""
        key = self.table.key
        # A row that was withdrawn after this edition appeared does not come back with it.
        self.con.execute(f"""
            UPDATE changed c SET what = 'older', o_released_at = w.gone_at, o_released_basis = w.basis FROM (
              SELECT {", ".join(key)}, max(released_at) AS gone_at, max_by(released_basis, released_at) AS basis FROM lake.{self.twin}
              WHERE dataset = {literal(self.staged.dataset, 'VARCHAR')} AND change_kind = 'withdrawn' GROUP BY ALL) w
            WHERE c.what = 'new' AND {" AND ".join(f"c.{n} = w.{n}" for n in key)} AND c.i_released_at < w.gone_at""")
        (any_older,) = self.con.execute("SELECT count(*) FROM changed WHERE what = 'older'").fetchall()[0]
        if not any_older:
            return
        kept = ", ".join(f"old_{n} AS {n}" for n in self.rest)
        present = ", ".join(f"o_{n} AS {n}" for n in self.rest)
        equal = " AND ".join(f"c.i_{n} IS NOT DISTINCT FROM v.{n}" for n in self.table.compared)
        on_key = " AND ".join(f"c.{n} = v.{n}" for n in key)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE versions_held AS
            SELECT {", ".join(key)}, {kept} FROM lake.{self.twin}
              WHERE dataset = {literal(self.staged.dataset, 'VARCHAR')} AND old_version_id IS NOT NULL
            UNION ALL SELECT {", ".join(key)}, {present} FROM changed WHERE what = 'older' AND o_version_id IS NOT NULL""")
        # The version that stood when this edition appeared, or the one that followed it, already says the same figure.
        self.con.execute(f"""
            DELETE FROM changed c USING versions_held v
            WHERE c.what = 'older' AND {on_key} AND {equal} AND (
              v.released_at = c.i_released_at
              OR v.released_at = (SELECT min(w.released_at) FROM versions_held w
                                  WHERE {on_key.replace('v.', 'w.')} AND w.released_at > c.i_released_at)
              OR v.released_at = (SELECT max(w.released_at) FROM versions_held w
                                  WHERE {on_key.replace('v.', 'w.')} AND w.released_at < c.i_released_at))""")
        followers = ", ".join(f"o_{n} = v.{n}" for n in self.rest)
        self.con.execute(f"""
            UPDATE changed c SET {followers} FROM versions_held v
            WHERE c.what = 'older' AND {on_key} AND v.released_at =
              (SELECT min(w.released_at) FROM versions_held w
               WHERE {on_key.replace('v.', 'w.')} AND w.released_at > c.i_released_at)""")

    def _versions(self) -> None:
        """``numbered``: what changed with its new versions. Numbers count in order of arrival; a row that comes back after a
        withdrawal is restored.
        """
        on_key = " AND ".join(f"c.{n} = h.{n}" for n in self.table.key)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE history AS
            SELECT {", ".join(self.table.key)}, max(old_version_no) AS newest FROM lake.{self.twin} h
            SEMI JOIN changed c ON {on_key} GROUP BY {", ".join(self.table.key)}""")
        self.con.execute(f"""
            UPDATE changed c SET what = CASE what WHEN 'new' THEN 'restored' ELSE what END,
              newest_no = greatest(c.newest_no, h.newest) FROM history h WHERE {on_key}""")
        number, stays = "1 + coalesce(newest_no, 0)", "what NOT IN ('withdrawn', 'reread-gone')"
        self.con.execute(f"""
            CREATE OR REPLACE TEMP VIEW numbered AS SELECT * REPLACE (
              CASE WHEN {stays} THEN {number} END AS i_version_no,
              CASE WHEN {stays} THEN {self._version_id(number)} END AS i_version_id,
              CASE WHEN i_released_basis = 'first_seen' AND what IN ('revised', 'annotated', 'restored')
                   THEN 'between' ELSE i_released_basis END AS i_released_basis)
            FROM changed""")

    def _version_id(self, version: str) -> str:
        """Hash of table, key and version number; neighbours that are one value for the whole batch are one text."""
        parts = [literal(self.table.name, "VARCHAR")]
        for fixed, group in groupby(self.table.key, lambda name: name in self.same and self.types[name] == "VARCHAR"):
            names = list(group)
            parts += [literal("|".join(str(self.staged.constants[name]) for name in names), "VARCHAR")] if fixed else names
        return f"md5(concat_ws('|', {', '.join(parts)}, {version}))"

    def counts(self) -> dict[str, int]:
        """Rows by what happened to them. A rolling P → A or a new printed growth is ``annotated`` and no revision."""
        if self.all_new:
            return {"new": self.staged.rows_good, "revised": 0, "annotated": 0, "withdrawn": 0}
        by = dict(self.con.execute("SELECT what, count(*) FROM changed GROUP BY what").fetchall())
        return {"new": by.get("new", 0) + by.get("restored", 0),
                "revised": sum(by.get(kind, 0) for kind in ("revised", "reread", "older")),
                "annotated": by.get("annotated", 0),
                "withdrawn": by.get("withdrawn", 0) + by.get("reread-gone", 0)}

    def gates(self) -> list[Check]:
        more = not self.first and self.counts()["new"] > 0
        return quality.plausibility(self.con, self.staged, self.table, compared=not self.all_new, more=more)

    def largest(self) -> list[dict[str, object]]:
        """The twenty largest revisions by relative change."""
        if self.all_new:
            return []
        measure = "rate" if self.table.name == "stats.fx_rate" else "value"
        return self.con.execute(f"""
            SELECT {", ".join(f"CAST({n} AS VARCHAR) AS {n}" for n in self.table.key)}, CAST(o_{measure} AS VARCHAR) AS old,
              CAST(i_{measure} AS VARCHAR) AS new, round(100 * (i_{measure}::DOUBLE / nullif(o_{measure}, 0)::DOUBLE - 1), 2) AS pct
            FROM changed WHERE what = 'revised'
            ORDER BY abs(pct) DESC NULLS LAST, {", ".join(self.table.key)} LIMIT 20""").pl().to_dicts()

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Inside the transaction: ended versions, then the present."""
        table, key = self.table, self.table.key
        names = list(self.types)
        if self.all_new:
            have = incoming_columns(self.staged, table)
            made = {**{n: n for n in have}, "version_no": "1", "version_id": self._version_id("1")}
            con.execute(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(made[n] for n in names)} FROM incoming")
            return
        recorded = literal(self.context.recorded_at, "TIMESTAMPTZ")
        confirmed = literal(self.context.last_confirmed_at, "TIMESTAMPTZ")
        twin_names = list(sql_columns(REVISIONS[table.name]))
        # Of an older edition the incoming row is the version that ended, and what followed it the new one.
        values = {name: name for name in key} | {
            "change_kind": "CASE what WHEN 'older' THEN 'backfilled' WHEN 'reread-gone' THEN 'reread' ELSE what END",
            "new_version_id": "CASE what WHEN 'older' THEN o_version_id ELSE i_version_id END",
            "load_id": literal(self.staged.load_id, "VARCHAR"), "recorded_at": recorded,
            "released_at": "CASE WHEN what = 'older' THEN o_released_at ELSE coalesce(i_released_at, "
                           f"{literal(self.staged.released_at or self.staged.fetch.asked_at, 'TIMESTAMPTZ')}) END",
            "released_basis": "CASE WHEN what = 'older' THEN o_released_basis ELSE coalesce(i_released_basis, "
                              f"{literal(self.staged.released_basis or 'between', 'VARCHAR')}) END",
            "last_confirmed_at": f"CASE WHEN what = 'older' THEN NULL ELSE {confirmed} END"}
        values |= {f"old_{n}": f"CASE what WHEN 'older' THEN i_{n} ELSE o_{n} END" for n in self.rest}
        values |= {f"new_{n}": f"CASE what WHEN 'older' THEN o_{n} ELSE i_{n} END" for n in table.compared}
        con.execute(f"INSERT INTO {self.twin} ({', '.join(twin_names)}) SELECT {', '.join(values[n] for n in twin_names)} "
                    "FROM numbered WHERE what <> 'new'")
        ended = "held_row IS NOT NULL AND what <> 'older'"
        (gone,) = con.execute(f"DELETE FROM {table.name} USING (SELECT held_row FROM changed WHERE {ended}) "
                              f"WHERE rowid = held_row").fetchall()[0]
        (due,) = con.execute(f"SELECT count(*) FROM changed WHERE {ended}").fetchall()[0]
        if gone != due:
            raise LakeDamaged(f"{gone} rows of {table.name} ended where {due} were to: nothing was stored. entrepot rebuild "
                              "makes the lake anew from the archive")
        chosen = [n if n in key else f"i_{n}" for n in names]
        con.execute(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(chosen)} FROM numbered "
                    "WHERE what NOT IN ('withdrawn', 'reread-gone', 'older')")

    def close(self) -> None:
        """Drop what stood only for this commit."""
        for kind, name in (("TABLE", "changed"), ("TABLE", "versions_held"), ("TABLE", "history"), ("VIEW", "incoming"),
                           ("VIEW", "present"), ("VIEW", "numbered")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")

