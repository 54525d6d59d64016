"""Staged facts against what the lake holds: one statement for each step, never a loop over rows.

``FactsDiff`` finds what is new, revised, annotated, withdrawn, restored, reclassified or older than what is held, and writes it as
versions. ``commit`` opens the transaction; calendars and releases have ``calendars``, articles ``articles``, and what a person is
shown of a load is ``shown``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from typing import Protocol

import duckdb

from warehouse.lake.opening import Writer
from warehouse.load import gates, prints, shown
from warehouse.load.staging import Staged
from warehouse.schema.errors import LakeDamaged
from warehouse.schema.tables import COARSER, FIGURES, REVISIONS, Table, sql_columns
from warehouse.schema.travel import Check, Dataset
from warehouse.schema.versions import version_id

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
    note: Mapping[str, object] = field(default_factory=dict)
    """What a person decided with this load (``by``, ``why``, ``accept``): in the commit's own note, so that no crash parts the two."""
    read_again: tuple[tuple[str, str, str], ...] | None = None
    """Rows of ``ops.quarantine`` (load, locator, rule) that this load reads: it is those rows alone, and no floor applies."""


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
    lake.con.execute(f"CREATE OR REPLACE TEMP VIEW incoming AS SELECT {chosen} FROM read_parquet({files}, hive_partitioning = false)")


def _with_members(new: str, old: str) -> str:
    """Flags of a finer printing with who belongs to a group, where only the printing before said so."""
    return (f"CASE WHEN contains({old}, 'members=') AND NOT contains({new}, 'members=') THEN "
            f"ltrim(concat({new}, ';', regexp_extract({old}, 'members=[^;]*')), ';') ELSE {new} END")


class Diff(Protocol):
    """What a commit needs of a diff: how much changed, what holds it, what is written."""

    def counts(self) -> dict[str, int]: ...
    def gates(self) -> list[Check]: ...
    def largest(self) -> list[dict[str, object]]: ...
    def evidence(self) -> list[dict[str, object]]: ...
    def write(self, con: duckdb.DuckDBPyConnection) -> None: ...
    def close(self) -> None: ...


class FactsDiff:
    """Staged facts against the present, as temporary tables; then the same as one transaction."""

    def __init__(self, lake: Writer, staged: Staged, table: Table, context: Context, *, first: bool, dataset: Dataset) -> None:
        self.con, self.staged, self.table, self.context = lake.con, staged, table, context
        self.first = first
        """No load of the dataset before: nothing to compare with."""
        self.dataset = dataset
        self.overwritten = dataset.revision_mode == "overwrite"
        """The publisher replaces the file in place, so a figure may change under a stamp that does not."""
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
        self.ended_finer = 0
        """Versions that have ended and are printed more finely here."""
        if not self.all_new:
            self._compare()

    def _on_key(self, left: str, right: str) -> str:
        """Rows with the same key: what is one value for the whole batch filters the right side and so stays out of the join."""
        return " AND ".join([f"{left}.{name} = {right}.{name}" for name in self.varying] + [
            f"{right}.{name} = {literal(self.staged.constants[name], self.types[name])}" for name in self.same])

    def _inside(self) -> str:
        """Whether a present row ``p`` is in the scope that the batch is complete for."""
        inside = [f"p.{column} IN ({', '.join(literal(value, self.types[column]) for value in values)})"
                  for column, values in (self.staged.scope or {}).items()]
        # What was there and could not be read is not gone; of a row without any key nobody knows what it was.
        inside += ["NOT (" + (" AND ".join(f"p.{name} = {literal(value, self.types[name])}" for name, value in one.items()) or "true")
                   + ")" for one in self.staged.not_read]
        return " AND ".join(inside) or "true"

    def _nothing_held(self) -> bool:
        """Whether no row of the batch or its scope is held or ever was: a new year or reporter beside those there are.

        What the whole batch shares is asked first: where nothing has it, no row is looked for.
        """
        shared = " AND ".join(f"p.{name} = {literal(self.staged.constants[name], self.types[name])}" for name in self.same) or "true"
        for held in ("present", f"lake.{self.twin}"):
            if (self.con.execute(f"SELECT 1 FROM {held} p WHERE {shared} LIMIT 1").fetchone()
                    and self.con.execute(f"SELECT 1 FROM {held} p SEMI JOIN incoming i ON {self._on_key('i', 'p')} LIMIT 1").fetchone()):
                return False
        return self.staged.scope is None or not self.con.execute(f"SELECT 1 FROM present p WHERE {self._inside()} LIMIT 1").fetchone()

    def _keys_across_chunks(self) -> None:
        """Each chunk has a key once (the contract); by their hashes first, which is far less to group than eleven texts."""
        hashed = ", ".join(self.varying or self.table.key)
        if not self.con.execute(f"SELECT 1 FROM incoming GROUP BY hash({hashed}) HAVING count(*) > 1 LIMIT 1").fetchone():
            return
        key = ", ".join(self.table.key)
        twice = self.con.execute(f"SELECT {key} FROM incoming GROUP BY {key} HAVING count(*) > 1 LIMIT 1").fetchone()
        if twice:
            gates.refuse_twice(self.staged, dict(zip(self.table.key, twice, strict=True)))

    def _compare(self) -> None:
        """``changed``: one row for each key that differs, with the incoming row (i_…) and the present one (o_…)."""
        key, table = self.table.key, self.table
        differs = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared)
        if "decimals" in table.columns:
            differs += f" OR {prints.finer_value('i.', 'p.')}"
        figures = " OR ".join(f"i.{name} IS DISTINCT FROM p.{name}" for name in table.compared if name in FIGURES)
        have = incoming_columns(self.staged, table)
        i_columns = ", ".join(f"i.{n} AS i_{n}" if n in have else f"CAST(NULL AS {self.types[n]}) AS i_{n}" for n in self.rest)
        o_columns = ", ".join(f"{self._present(n)} AS o_{n}" for n in self.rest)
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
        self._reprinted()
        if self.staged.scope is not None:
            self._withdrawals(o_columns)
        if self.staged.fetch.mapping:
            self._mapped_anew()
        self._history()
        if self.overwritten:
            self._silent()
        self._older()
        self._versions()

    def _mapped_anew(self) -> None:
        """Where the bytes loaded last are these, by another mapping: what changed is how they are read, and nobody's revision."""
        last = self.con.execute("SELECT f.sha256 FROM lake.ops.load l JOIN lake.ops.fetch f USING (fetch_id) WHERE l.dataset = ? "
                                "ORDER BY l.snapshot DESC LIMIT 1", [self.staged.dataset]).fetchone()
        if last is None or last[0] != self.staged.fetch.sha256:
            return
        self.con.execute("""
            UPDATE changed SET what = 'reread', i_released_at = o_released_at, i_released_basis = o_released_basis
            WHERE what IN ('revised', 'annotated', 'older')""")
        self.con.execute("UPDATE changed SET what = 'reread-gone' WHERE what = 'withdrawn'")

    def _silent(self) -> None:
        """What changed under a stamp that did not move: released *between* the last sight of what stood there and this one.

        Until then the version before was public, whatever the stamp says (a rate was corrected five days later under the same
        16:00). ``stamps`` has the newest stamp of each key; versions that are themselves ``between`` have none of their own.
        """
        asked = literal(self.staged.fetch.asked_at, "TIMESTAMPTZ")
        # Where the stamp is reckoned from the period, what a person said of a file's release is of the document.
        calendar = self.staged.constants.get("released_basis") == "calendar"
        seen = literal((calendar and self.staged.fetch.released_at) or self.staged.fetch.asked_at, "TIMESTAMPTZ")
        key = ", ".join(self.table.key)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE stamps AS
            SELECT {key}, max(released_at) AS stamp FROM (
              SELECT {key}, old_released_at AS released_at FROM lake.{self.twin} h SEMI JOIN changed c ON {self._of_changed("h")}
                WHERE old_released_basis <> 'between'
              UNION ALL SELECT {key}, o_released_at FROM changed WHERE held_row IS NOT NULL AND o_released_basis <> 'between')
            GROUP BY ALL""")
        figures = " OR ".join(f"c.i_{name} IS DISTINCT FROM c.o_{name}" for name in self.table.compared if name in FIGURES)
        self.con.execute(f"""
            UPDATE changed c SET i_released_at = {seen}, i_released_basis = 'between',
              what = CASE WHEN what <> 'older' THEN what WHEN {figures} THEN 'revised' ELSE 'annotated' END
            FROM stamps s WHERE {self._of_changed("s")} AND c.i_released_at = s.stamp AND c.i_fetch_id <> c.o_fetch_id
              AND {asked} > c.o_first_seen_at
              AND (what IN ('revised', 'annotated') OR (what = 'older' AND c.o_released_basis = 'between'))""")
        # The same bytes read again: the version stays released when it was.
        self.con.execute("""
            UPDATE changed SET what = 'reread', i_released_at = o_released_at, i_released_basis = o_released_basis
            WHERE what = 'older' AND o_released_basis = 'between' AND i_fetch_id = o_fetch_id""")
        released = literal(self.staged.released_at or self.staged.fetch.asked_at, "TIMESTAMPTZ")
        # An edition of an older stamp says nothing of what was corrected under a newer one.
        self.con.execute(f"""
            DELETE FROM changed c WHERE what = 'withdrawn' AND o_released_at > {released}
              AND NOT EXISTS (SELECT 1 FROM stamps s WHERE {self._of_changed("s")} AND s.stamp = {released})""")
        self.con.execute(f"""
            UPDATE changed SET i_released_at = {seen}, i_released_basis = 'between'
            WHERE what = 'withdrawn' AND o_released_at >= {released} AND {asked} > o_first_seen_at""")
        self.con.execute(f"""
            UPDATE changed c SET i_released_at = {seen}, i_released_basis = 'between' FROM stamps s, history h
            WHERE c.what = 'new' AND {self._of_changed("s")} AND {self._of_changed("h")} AND c.i_released_at = s.stamp
              AND h.gone_basis = 'between' AND {seen} > h.gone_at""")

    def _reprinted(self) -> None:
        """Figures printed before, within what is printed: those that come less finely go, the finer ones are ``finer``."""
        table = self.table
        both = "held_row IS NOT NULL AND what <> 'new'"
        if not self.con.execute(f"SELECT 1 FROM changed WHERE {both} LIMIT 1").fetchone():
            return
        self._digits()
        i_finer = [f"d.{name} IS NOT NULL AND least(d.{name}, {prints.exponent(f'c.i_{name}')}) < "
                   f"coalesce(e.{name}, {prints.UNKNOWN})" for name in self.inferred]
        finer = " OR ".join([f"({one})" for one in i_finer]) or "false"
        if "decimals" in table.columns:
            finer = (f"({prints.finer_value('c.i_', 'c.o_')} OR (NOT {prints.finer_value('c.o_', 'c.i_')} AND ({finer})))")
        says = {name: prints.agree(table, name, "c.i_", "c.o_", self._half(name, f"greatest(d.{name}, e.{name})"))
                for name in table.compared}
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE printed AS
            SELECT c.rowid AS at, {" AND ".join(says.values())} AS same, {finer} AS finer,
              {" AND ".join(says[name] for name in table.compared if name in FIGURES)} AS same_figures
            FROM changed c {"LEFT JOIN digits_i d ON true LEFT JOIN digits_o e ON e.load_id = c.o_load_id" if self.inferred else ""}
            WHERE {both}""")
        self.con.execute("DELETE FROM changed c USING printed WHERE c.rowid = printed.at AND same AND NOT coalesce(finer, false)")
        self.con.execute("UPDATE changed c SET what = 'finer' FROM printed WHERE c.rowid = printed.at AND same AND finer")
        if "flags" in table.columns:
            # A workbook without the page's notes does not take back who belongs to a group.
            self.con.execute(f"UPDATE changed SET i_flags = {_with_members('i_flags', 'o_flags')} WHERE what = 'finer'")
        # Only status, mark or printed growth changed: the figure stays as it is printed most finely, with the cell it stands in.
        kept = [name for name in ("value", "quantity", "net_weight_kg", "rate", "unit_multiplier", "decimals", "fetch_id", "locator")
                if name in self.rest]
        self.con.execute(f"""
            UPDATE changed c SET what = CASE what WHEN 'revised' THEN 'annotated' ELSE what END,
              {", ".join(f"i_{name} = CASE WHEN coalesce(finer, false) THEN c.i_{name} ELSE c.o_{name} END" for name in kept)}
            FROM printed WHERE c.rowid = printed.at AND same_figures AND NOT same AND what IN ('revised', 'annotated')
              AND ({" OR ".join(f"c.i_{name} IS DISTINCT FROM c.o_{name}" for name in table.compared if name in FIGURES)})""")

    def _digits(self) -> None:
        """How finely this document, and the loads that brought what it differs from, print numbers that have no decimals of
        their own. A large batch is not searched for it, neither now nor later: there a number is as exact as it stands.
        """
        off = [] if self.staged.rows_good >= LARGE else [
            name for name in prints.inferred(self.table) if self.con.execute(
                f"SELECT 1 FROM changed WHERE held_row IS NOT NULL AND i_{name} <> o_{name} LIMIT 1").fetchone()]
        self.inferred = off
        if off:
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE digits_i AS {prints.digits_of(off, 'incoming')}")
            loads = self.con.execute("SELECT DISTINCT load_id FROM lake.ops.load JOIN changed ON o_load_id = load_id "
                                     "WHERE rows_read < ? ORDER BY 1", [LARGE]).fetchall()
            of = ", ".join(literal(load, "VARCHAR") for (load,) in loads) or "NULL"
            theirs = f"(SELECT * FROM present WHERE load_id IN ({of}))"
            self.con.execute(f"CREATE OR REPLACE TEMP TABLE digits_o AS {prints.digits_of(off, theirs)}")

    def _half(self, name: str, exponent: str) -> str | None:
        """Half a unit of the last digit of a number without decimals of its own; None where it is taken as exact."""
        return f"pow(10, {exponent}) / 2" if name in self.inferred else None

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
        # A figure corrected under an unchanged stamp counts from when it was seen, which is after the stamp of the file that lacks it now.
        asked = literal(self.staged.fetch.asked_at, "TIMESTAMPTZ")
        silent = f" OR (p.released_basis = 'between' AND p.first_seen_at < {asked})" if self.overwritten else ""
        self.con.execute(f"""
            INSERT INTO changed BY NAME
            SELECT {", ".join(f"p.{name}" for name in self.table.key)}, {nothing}, {o_columns}, p.held_row,
              CASE WHEN p.fetch_id = {gone} THEN 'reread-gone' ELSE 'withdrawn' END AS what
            FROM present p ANTI JOIN incoming i ON {" AND ".join(f"i.{name} = p.{name}" for name in self.table.key)}
            WHERE {self._inside()} AND (p.released_at <= {released}{silent})""")

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
            WHERE c.what = 'new' AND {self._of_changed("h")} AND c.i_released_at < h.gone_at""")
        (any_older,) = self.con.execute("SELECT count(*) FROM changed WHERE what = 'older'").fetchall()[0]
        if not any_older:
            return
        kept = ", ".join(f"old_{n} AS {n}" for n in self.rest)
        present = ", ".join(f"o_{n} AS {n}" for n in self.rest)
        equal = " AND ".join(prints.agree(self.table, n, "c.i_", "v.", None) for n in self.table.compared)
        on_key = self._of_changed("v")
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE versions_held AS
            SELECT {", ".join(key)}, {kept}, h.rowid AS ended_row FROM lake.{self.twin} h
              SEMI JOIN (SELECT * FROM changed WHERE what = 'older') c ON {self._of_changed("h")} WHERE old_version_id IS NOT NULL
            UNION ALL SELECT {", ".join(key)}, {present}, NULL FROM changed WHERE what = 'older' AND o_version_id IS NOT NULL""")
        # The version that stood when this edition appeared, or the one that followed it, already says the same figure.
        says_so = f"""c.what = 'older' AND {on_key} AND {equal} AND (
              v.released_at = c.i_released_at
              OR v.released_at = (SELECT min(w.released_at) FROM versions_held w
                                  WHERE {on_key.replace('v.', 'w.')} AND w.released_at > c.i_released_at)
              OR v.released_at = (SELECT max(w.released_at) FROM versions_held w
                                  WHERE {on_key.replace('v.', 'w.')} AND w.released_at < c.i_released_at))"""
        if "decimals" in self.table.columns:
            self._ended_finer(says_so)
        self.con.execute(f"DELETE FROM changed c USING versions_held v WHERE {says_so}")
        followers = ", ".join(f"o_{n} = v.{n}" for n in self.rest)
        # Of several of one release (read again, restored by a person) the last: what that release says by what is held.
        self.con.execute(f"""
            UPDATE changed c SET {followers} FROM
              (SELECT * FROM versions_held QUALIFY version_no = max(version_no) OVER (PARTITION BY {", ".join(key)}, released_at)) v
            WHERE c.what = 'older' AND {on_key} AND v.released_at =
              (SELECT min(w.released_at) FROM versions_held w
               WHERE {on_key.replace('v.', 'w.')} AND w.released_at > c.i_released_at)""")

    def _ended_finer(self, says_so: str) -> None:
        """``ended_finer``: rows of the twin whose old version is printed more finely here than in any printing of it so far, that put in.

        Version, release and the load that ended it stay; the load that brought it is this one, since the finer never stood in the present.
        """
        stay = ("version_id", "version_no", "released_at", "released_basis", "first_seen_at")
        finer = {f"old_{name}": f"i_{name}" for name in self.rest if name not in stay}
        finer["old_flags"] = _with_members("i_flags", "flags")
        key = ", ".join(f"c.{name}" for name in self.table.key)
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE ended_finer AS
            WITH found AS (
              SELECT v.ended_row, v.released_at = c.i_released_at AS same_release, v.version_no, v.flags,
                {", ".join(f"c.i_{name}" for name in self.rest)},
                bool_and({prints.finer_value('c.i_', 'v.')}) OVER (PARTITION BY {key}) AS finest,
                row_number() OVER (PARTITION BY {key} ORDER BY same_release DESC, v.version_no DESC) AS nearest
              FROM changed c, versions_held v WHERE {says_so})
            SELECT h.rowid AS ended_row, h.* REPLACE ({", ".join(f"{new} AS {old}" for old, new in finer.items())})
            FROM found JOIN lake.{self.twin} h ON h.rowid = ended_row AND h.dataset = {literal(self.staged.dataset, "VARCHAR")}
            WHERE finest AND nearest = 1""")
        (self.ended_finer,) = self.con.execute("SELECT count(*) FROM ended_finer").fetchall()[0]

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
        self.con.execute(f"""
            CREATE OR REPLACE TEMP VIEW numbered AS SELECT * REPLACE (
              CASE WHEN what = 'finer' THEN o_version_no WHEN {stays} THEN {NEXT_NO} END AS i_version_no,
              CASE WHEN what = 'finer' THEN o_version_id WHEN {stays} THEN {self._version_id(NEXT_NO)} ELSE i_version_id
                   END AS i_version_id,
              CASE WHEN what = 'finer' THEN o_released_basis
                   WHEN i_released_basis = 'first_seen' AND what IN ('revised', 'annotated', 'restored')
                   THEN 'between' ELSE i_released_basis END AS i_released_basis,
              CASE WHEN what = 'finer' THEN o_released_at ELSE i_released_at END AS i_released_at,
              CASE WHEN what = 'finer' THEN o_first_seen_at ELSE i_first_seen_at END AS i_first_seen_at)
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
        # Of an older edition, too, another printed growth or mark is no other figure.
        same = " AND ".join(prints.agree(self.table, name, "i_", "o_", None) for name in self.table.compared if name in FIGURES)
        by = dict(self.con.execute(f"SELECT CASE WHEN what = 'older' AND {same} THEN 'annotated' ELSE what END AS change, count(*) "
                                   "FROM changed GROUP BY ALL").fetchall())
        return {"new": by.get("new", 0) + by.get("restored", 0),
                "revised": sum(by.get(kind, 0) for kind in ("revised", "reread", "older")),
                "annotated": by.get("annotated", 0),
                "withdrawn": sum(by.get(kind, 0) for kind in ("withdrawn", "reclassified", "reread-gone")),
                **({"finer": finer} if (finer := by.get("finer", 0) + self.ended_finer) else {})}

    def gates(self) -> list[Check]:
        more = not self.first and self.counts()["new"] > 0
        return gates.plausibility(self.con, self.staged, self.table, self.dataset, compared=not self.all_new, more=more)

    def largest(self) -> list[dict[str, object]]:
        return [] if self.all_new else shown.largest(self.con, self.table)

    def evidence(self) -> list[dict[str, object]]:
        return shown.to_judge(self.con, self.table, compared=not self.all_new)

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
                    "FROM numbered WHERE what NOT IN ('new', 'finer')")
        con.execute(f"INSERT INTO {COARSER[table.name].name} ({', '.join(names)}, ended_by) "
                    f"SELECT {', '.join(n if n in key else f'o_{n}' for n in names)}, {literal(self.staged.load_id, 'VARCHAR')} "
                    "FROM numbered WHERE what = 'finer'")
        if self.ended_finer:
            self._write_ended(con, names, twin_names)
        ended = "held_row IS NOT NULL AND what <> 'older'"
        due, earliest, latest = con.execute(f"SELECT count(*), min(period_end), max(period_end) FROM changed WHERE {ended}").fetchall()[0]
        # The number of a row says nothing of its file: dataset and periods do.
        within = f"dataset = {literal(self.staged.dataset, 'VARCHAR')} AND period_end BETWEEN DATE '{earliest}' AND DATE '{latest}'"
        gone = 0 if not due else con.execute(f"DELETE FROM {table.name} USING (SELECT held_row FROM changed WHERE {ended}) "
                                             f"WHERE rowid = held_row AND {within}").fetchall()[0][0]
        if gone != due:
            raise LakeDamaged(f"{gone} rows of {table.name} ended where {due} were to: nothing was stored. entrepot rebuild "
                              "makes the lake anew from the archive")
        chosen = [n if n in key else f"i_{n}" for n in names]
        con.execute(f"INSERT INTO {table.name} ({', '.join(names)}) SELECT {', '.join(chosen)} FROM numbered "
                    "WHERE what NOT IN ('withdrawn', 'reclassified', 'reread-gone', 'older')")

    def _write_ended(self, con: duckdb.DuckDBPyConnection, names: list[str], twin_names: list[str]) -> None:
        """Finer printings of versions that have ended take the place of the coarser, which are kept where they stood in the present."""
        key, within = self.table.key, f"h.dataset = {literal(self.staged.dataset, 'VARCHAR')}"
        con.execute(f"""
            INSERT INTO {COARSER[self.table.name].name} ({', '.join(names)}, ended_by)
            SELECT {', '.join(f'h.{n}' if n in key else f'h.old_{n}' for n in names)}, h.load_id
            FROM {self.twin} h JOIN ended_finer f ON h.rowid = f.ended_row JOIN ops.load b ON b.load_id = h.old_load_id
              JOIN ops.load e ON e.load_id = h.load_id WHERE {within} AND b.snapshot < e.snapshot""")
        gone = con.execute(f"DELETE FROM {self.twin} h USING ended_finer f WHERE h.rowid = f.ended_row AND {within}").fetchall()[0][0]
        if gone != self.ended_finer:
            raise LakeDamaged(f"{gone} rows of {self.twin} were to be printed more finely where {self.ended_finer} were: nothing was "
                              "stored. entrepot rebuild makes the lake anew from the archive")
        con.execute(f"INSERT INTO {self.twin} ({', '.join(twin_names)}) SELECT {', '.join(twin_names)} FROM ended_finer")

    def close(self) -> None:
        """Drop what stood only for this commit."""
        for kind, name in (("TABLE", "changed"), ("TABLE", "versions_held"), ("TABLE", "ended_finer"), ("TABLE", "history"),
                           ("TABLE", "stamps"),
                           ("TABLE", "printed"),
                           ("TABLE", "digits_i"), ("TABLE", "digits_o"), ("VIEW", "incoming"),
                           ("VIEW", "present"), ("VIEW", "numbered")):
            self.con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")

