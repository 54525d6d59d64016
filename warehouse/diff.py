"""Staged facts against what the lake holds: one statement for each step, never a loop over rows.

``FactsDiff`` finds what is new, revised, annotated, withdrawn, restored, reclassified or older than what is held, and writes it as
versions. ``commit`` opens the transaction; releases have ``commit_other``, articles ``articles``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Protocol

import duckdb

from warehouse import quality
from warehouse.lake import Writer
from warehouse.schema.errors import LakeDamaged
from warehouse.schema.tables import FIGURES, REVISIONS, Table, sql_columns
from warehouse.schema.travel import Check, Dataset
from warehouse.schema.versions import version_id
from warehouse.staging import Staged

LARGE = 100_000
"""Rows of a batch from which it pays to ask first whether anything of it is held, instead of comparing row by row; with the
dataset's own, rows from which a second thread pays."""

NEXT_NO = "1 + coalesce(newest_no, 0)"
"""Number of a new version, over the rows of ``changed``."""


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
    """In a replay, the number it had: a load keeps it even where a newer parser finds nothing new in its document."""


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


class FactsDiff:
    """Staged facts against the present, as temporary tables; then the same as one transaction."""

    def __init__(self, lake: Writer, staged: Staged, table: Table, context: Context, *, first: bool, dataset: Dataset) -> None:
        self.con, self.staged, self.table, self.context = lake.con, staged, table, context
        self.first, self.dataset = first, dataset
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
        o_columns = ", ".join(f"{self._present(n)} AS o_{n}" for n in self.rest)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE changed AS
            SELECT {", ".join(f"i.{name}" for name in key)}, {i_columns}, {o_columns},
              p.held_row, p.version_no AS newest_no,
              CASE WHEN p.held_row IS NULL THEN 'new'
                   WHEN i.fetch_id = p.fetch_id AND (i.released_at = p.released_at OR {self._kept_stamp()}) THEN 'reread'
                   WHEN {self._kept_stamp()} THEN CASE WHEN {figures} THEN 'revised' ELSE 'annotated' END
                   WHEN i.released_at < p.released_at THEN 'older'
                   WHEN {figures} THEN 'revised'
                   ELSE 'annotated' END AS what
            FROM incoming i LEFT JOIN present p ON {self._on_key("i", "p")}
            WHERE p.held_row IS NULL OR {differs}""")
        if self.staged.scope is not None:
            self._withdrawals(o_columns)
        self._history()
        self._older()
        self._versions()

    def _kept_stamp(self) -> str:
        """Whether a row that was already changed under an unchanged stamp comes with that stamp again.

        The present version is then dated by our first sight of it, so its stamp is that of the version before. It is the same where
        the stamp is reckoned from the period and says nothing of the document (ECB), or where the same address printed it.
        """
        if self.dataset.revision_mode != "overwrite" or not ("released_at" in self.staged.columns or self.staged.released_at):
            return "false"
        fetch = self.staged.fetch
        asked = literal(fetch.asked_at, "TIMESTAMPTZ")
        if self.staged.constants.get("released_basis") == "calendar":
            same = f"p.released_at <= {literal(fetch.released_at or fetch.asked_at, 'TIMESTAMPTZ')}"
        else:
            stamp = (f"(SELECT max_by(t.old_released_at, t.old_version_no) FROM lake.{self.twin} t "
                     f"WHERE {' AND '.join(f't.{name} = p.{name}' for name in self.table.key)} "
                     "AND t.old_released_basis NOT IN ('between', 'first_seen'))")
            same = (f"i.released_basis NOT IN ('between', 'first_seen') AND i.released_at = {stamp} AND "
                    f"(SELECT f.url FROM lake.ops.fetch f WHERE f.fetch_id = p.fetch_id) = {literal(fetch.url, 'VARCHAR')}")
        return f"(p.released_basis = 'between' AND i.released_at < p.released_at AND p.{self._seen()} <= {asked} AND {same})"

    def _seen(self) -> str:
        return "first_seen_at" if "first_seen_at" in self.types else "first_seen"

    def _present(self, name: str) -> str:
        """A column of the present row. Its id is made again rather than read: of all columns it is the largest by far."""
        if name != "version_id":
            return f"p.{name}"
        made = version_id(self.table.name, [f"p.{part}" for part in self.table.key], "p.version_no")
        return f"CASE WHEN p.held_row IS NOT NULL THEN {made} END"

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

    def _history(self) -> None:
        """``history``: of each key that changed, the newest version that ended, and when it was last withdrawn."""
        gone = "FILTER (change_kind IN ('withdrawn', 'reclassified'))"
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE history AS
            SELECT {", ".join(self.table.key)}, max(old_version_no) AS newest, max(released_at) {gone} AS gone_at,
              max_by(released_basis, (released_at, old_version_no)) {gone} AS gone_basis
            FROM lake.{self.twin} h SEMI JOIN changed c ON {self._of_changed("h")} GROUP BY ALL""")

    def _of_changed(self, other: str) -> str:
        """Rows of another table with the key of a changed one."""
        return " AND ".join(f"c.{name} = {other}.{name}" for name in self.table.key)

    def _older(self) -> None:
        """An older edition: rows that say what a version held already says go; the others find what followed them."""
        key = self.table.key
        # A row that was withdrawn after this edition appeared does not come back with it.
        self.con.execute(f"""
            UPDATE changed c SET what = 'older', o_released_at = h.gone_at, o_released_basis = h.gone_basis FROM history h
            WHERE c.what = 'new' AND {self._of_changed("h")} AND c.i_released_at < h.gone_at AND NOT {self._back()}""")
        # One that came back under its old stamp is dated like a change under it: by our sight of it.
        self.con.execute(f"""
            UPDATE changed c SET o_released_at = h.gone_at FROM history h
            WHERE c.what = 'new' AND {self._of_changed("h")} AND c.i_released_at <= h.gone_at""")
        (any_older,) = self.con.execute("SELECT count(*) FROM changed WHERE what = 'older'").fetchall()[0]
        if not any_older:
            return
        kept = ", ".join(f"old_{n} AS {n}" for n in self.rest)
        present = ", ".join(f"o_{n} AS {n}" for n in self.rest)
        equal = " AND ".join(f"c.i_{n} IS NOT DISTINCT FROM v.{n}" for n in self.table.compared)
        on_key = self._of_changed("v")
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
        # Of several of one release (read again, restored by a person) the last: what that release says by what is held.
        self.con.execute(f"""
            UPDATE changed c SET {followers} FROM
              (SELECT * FROM versions_held QUALIFY version_no = max(version_no) OVER (PARTITION BY {", ".join(key)}, released_at)) v
            WHERE c.what = 'older' AND {on_key} AND v.released_at =
              (SELECT min(w.released_at) FROM versions_held w
               WHERE {on_key.replace('v.', 'w.')} AND w.released_at > c.i_released_at)""")

    def _back(self) -> str:
        """Whether a row that was withdrawn is there again, by a stamp that says nothing of the document's day: it was withdrawn before
        this document was asked for, so it is not an older edition."""
        if self.dataset.revision_mode != "overwrite":
            return "false"
        asked = literal(self.staged.fetch.asked_at, "TIMESTAMPTZ")
        return f"(c.i_released_basis = 'calendar' AND h.gone_at < {asked})"

    def _versions(self) -> None:
        """``numbered``: what changed with its new versions. Numbers count in order of arrival; a row that comes back after a
        withdrawal is restored.
        """
        self.con.execute(f"""
            UPDATE changed c SET what = CASE what WHEN 'new' THEN 'restored' ELSE what END,
              newest_no = greatest(c.newest_no, h.newest) FROM history h WHERE {self._of_changed("h")}""")
        if "classification" in self.table.key and self.staged.scope is not None:
            self._reclassified()
        stays = "what NOT IN ('withdrawn', 'reclassified', 'reread-gone')"
        # A dataset that is overwritten keeps its stamp and changes its figure: released between the last confirmation and now.
        dated = ("(what IN ('revised', 'annotated', 'restored') AND i_released_at <= o_released_at)"
                 if self.dataset.revision_mode == "overwrite" else "false")
        calendar = self.staged.constants.get("released_basis") == "calendar"
        asked = literal((calendar and self.staged.fetch.released_at) or self.staged.fetch.asked_at, "TIMESTAMPTZ")
        self.con.execute(f"""
            CREATE OR REPLACE TEMP VIEW numbered AS SELECT * REPLACE (
              CASE WHEN {stays} THEN {NEXT_NO} END AS i_version_no,
              CASE WHEN {stays} THEN {self._version_id(NEXT_NO)} ELSE i_version_id END AS i_version_id,
              CASE WHEN {dated} THEN {asked} WHEN what = 'reread' AND o_released_basis = 'between' THEN o_released_at
                   ELSE i_released_at END AS i_released_at,
              CASE WHEN {dated} OR (i_released_basis = 'first_seen' AND what IN ('revised', 'annotated', 'restored'))
                     OR (what = 'reread' AND o_released_basis = 'between')
                   THEN 'between' ELSE i_released_basis END AS i_released_basis)
            FROM changed""")

    def _reclassified(self) -> None:
        """A row that is gone and stands with the very same figures under another product edition: of those with the same code
        first, then of those with any, and never where two could be meant.
        """
        figures = [name for name in self.table.compared if name in FIGURES]
        for code in (["product"], []):
            alike = [*(name for name in self.table.key if name not in ("classification", "product")), *code]

            def alone(side: str, what: str, more: str, alike: list[str] = alike) -> str:
                same = [*alike, *(f"{side}_{name}" for name in figures)]
                return (f"(SELECT {', '.join(same)}, classification, {more} FROM changed WHERE {what} AND {side}_value IS NOT NULL "
                        f"QUALIFY count(*) OVER (PARTITION BY {', '.join(same)}) = 1)")

            gone = alone("o", "what = 'withdrawn'", "held_row")
            came = alone("i", f"what IN ('new', 'restored') AND {self._version_id(NEXT_NO)} NOT IN "
                              "(SELECT i_version_id FROM changed WHERE what = 'reclassified')",
                         ", ".join([f"{self._version_id(NEXT_NO)} AS successor",
                                    *(f"i_{name}" for name in self.table.compared if name not in figures)]))
            same = " AND ".join([*(f"o.{name} = i.{name}" for name in alike),
                                 *(f"o.o_{name} IS NOT DISTINCT FROM i.i_{name}" for name in figures)])
            self.con.execute(f"""
                UPDATE changed c SET what = 'reclassified', i_version_id = p.successor,
                  {", ".join(f"i_{name} = p.i_{name}" for name in self.table.compared)}
                FROM (SELECT o.held_row, i.* FROM {gone} o JOIN {came} i ON {same} WHERE o.classification <> i.classification) p
                WHERE c.held_row = p.held_row""")

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
                "withdrawn": sum(by.get(kind, 0) for kind in ("withdrawn", "reclassified", "reread-gone"))}

    def gates(self) -> list[Check]:
        more = not self.first and self.counts()["new"] > 0
        return quality.plausibility(self.con, self.staged, self.table, self.dataset, compared=not self.all_new, more=more)

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
                    "WHERE what NOT IN ('withdrawn', 'reclassified', 'reread-gone', 'older')")

    def close(self) -> None:
        """Drop what stood only for this commit."""
        for kind, name in (("TABLE", "changed"), ("TABLE", "versions_held"), ("TABLE", "history"), ("VIEW", "incoming"),
                           ("VIEW", "present"), ("VIEW", "numbered")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")

