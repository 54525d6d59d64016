"""Of a document read again, the rows that had been set aside when it was loaded: all that a replay of the quarantine may bring.

The rest of the document is known, and may have been outdone since. Which document is read again, and what is written down of it,
is ``flows.run.replaying``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from warehouse.lake.opening import Writer
from warehouse.load.diff import create_incoming, incoming_columns, literal
from warehouse.load.staging import Staged
from warehouse.schema.quoting import as_named, quoted
from warehouse.schema.tables import FACTS, FIGURES, REVISIONS, TABLES, Table, sql_columns
from warehouse.schema.travel import Check
from warehouse.schema.versions import version_id

REPLAY = Check("replay", "info", "rows that had been set aside", "only those", "quarantine replay: only rows that had been set aside")
"""Marks a load as one of such rows alone; what the journal and a rebuild know it by."""


@dataclass(frozen=True)
class Chosen:
    """What of a batch a replay brings."""

    staged: Staged
    outdone: int
    """Rows that had been set aside and of which a newer document tells otherwise: they stay out."""


def key_id(table: Table, prefix: str = "") -> str:
    """SQL for what a load of such rows is remembered by: the hash of a row's key, whatever version it became."""
    return version_id(table.name, [f"{prefix}{name}" for name in table.key], "0")


def choose(lake: Writer, staged: Staged, locators: Sequence[str], later: Staged | None, into: Path) -> Chosen:
    """The rows at these places of a document, but for those that a newer one outdid; equal to the present they are left out too.

    ``later`` is the newest document of the same batch as it is read now: what it gives or, being complete for its scope, does not
    give counts like what the lake has of newer documents.
    """
    table = TABLES[staged.table]
    if not staged.files:
        return Chosen(_only(staged, table, into, None, lake), 0)
    con = lake.con
    create_incoming(lake, staged, incoming_columns(staged, table))
    try:
        place = "locator" if "locator" in table.columns else "url"
        con.execute("CREATE OR REPLACE TEMP TABLE places AS SELECT DISTINCT unnest($places) AS place", {"places": list(locators)})
        # A cell that became no row of its own (a growth, a mark) belongs to its line.
        con.execute("INSERT INTO places SELECT regexp_replace(q.place, ', column .*$', '') FROM places q WHERE NOT EXISTS "
                    f"(SELECT 1 FROM incoming n WHERE {_inside(f'n.{place}', 'q.place')})")
        on_key = " AND ".join(f"i.{name} = p.{name}" for name in table.key)
        compared = [name for name in table.compared if name in sql_columns(table)]
        differs = " OR ".join(["p.fetch_id IS NULL", *(f"i.{name} IS DISTINCT FROM p.{name}" for name in compared)])
        asked = literal(staged.fetch.asked_at, "TIMESTAMPTZ")
        newer = [f"coalesce(f.asked_at > {asked}, false)"]
        if staged.table in FACTS:
            twin = " AND ".join(f"r.{name} = i.{name}" for name in table.key)
            newer.append(f"EXISTS (SELECT 1 FROM lake.{REVISIONS[table.name].name} r JOIN lake.ops.load l ON l.load_id = r.load_id "
                         f"JOIN lake.ops.fetch g ON g.fetch_id = l.fetch_id WHERE g.asked_at > {asked} AND {twin})")
        if later is not None:
            newer.append(_told_otherwise(lake, table, later))
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE chosen AS SELECT {key_id(table, 'i.')} AS key_id, ({' OR '.join(newer)}) AS outdone
            FROM incoming i LEFT JOIN lake.{table.name} p ON {on_key} LEFT JOIN lake.ops.fetch f ON f.fetch_id = p.fetch_id
            WHERE ({differs}) AND (EXISTS (SELECT 1 FROM places q WHERE {_inside(f'i.{place}', 'q.place')}) OR {_mark_missing(table)})""")
        (outdone,) = con.execute("SELECT count(*) FROM chosen WHERE outdone").fetchall()[0]
        con.execute("DELETE FROM chosen WHERE outdone")
        return Chosen(_only(staged, table, into, "SELECT key_id FROM chosen", lake), int(outdone))
    finally:
        for kind, name in (("TABLE", "chosen"), ("TABLE", "places"), ("VIEW", "later"), ("VIEW", "incoming")):
            con.execute(f"DROP {kind} IF EXISTS temp.main.{name}")


def of_keys(lake: Writer, staged: Staged, keys: Sequence[str], into: Path) -> Staged:
    """The rows of a batch that an earlier replay brought, by ``key_id``: what a rebuild loads again."""
    table = TABLES[staged.table]
    if not staged.files:
        return _only(staged, table, into, None, lake)
    return _only(staged, table, into, f"SELECT unnest([{', '.join(literal(key, 'VARCHAR') for key in keys)}]::VARCHAR[])", lake)


def brought(lake: Writer, load_id: str) -> list[str] | None:
    """The keys that a load brought (``key_id``), where it was one of set-aside rows alone; None for any other load."""
    con = lake.con
    if not con.execute("SELECT 1 FROM ops.check_result WHERE load_id = ? AND check_name = ?", [load_id, REPLAY.check]).fetchone():
        return None
    keys: set[str] = set()
    for table in TABLES.values():
        if table.name in FACTS or table.name in ("ref.release", "ref.product", "ref.product_map", "news.article"):
            keys |= {row[0] for row in con.execute(f"SELECT {key_id(table)} FROM {table.name} WHERE load_id = ?", [load_id]).fetchall()}
        if table.name in FACTS:
            # Since ended again, or, of an older edition, ended from the start.
            twin = REVISIONS[table.name].name
            keys |= {row[0] for row in con.execute(f"SELECT {key_id(table)} FROM {twin} WHERE old_load_id = ?", [load_id]).fetchall()}
    return sorted(keys)


def _inside(here: str, whole: str) -> str:
    """Whether a row's place is a cell, or in the line, that another place names."""
    return f"({here} = {whole} OR starts_with({here}, {whole} || ',') OR starts_with({here}, {whole} || ' ('))"


def _mark_missing(table: Table) -> str:
    """A figure that this very document brought without its printed growth, which is read now."""
    growths = [name for name in table.compared if name.startswith("published_")]
    if not growths:
        return "false"
    figure = next(name for name in ("value", "rate") if name in table.columns)
    return (f"(p.fetch_id = i.fetch_id AND i.{figure} = p.{figure} AND ("
            + " OR ".join(f"(p.{name} IS NULL AND i.{name} IS NOT NULL)" for name in growths) + "))")


def _told_otherwise(lake: Writer, table: Table, later: Staged) -> str:
    """Whether a newer document of the batch, as it is read now, gives another figure, or none where it is complete."""
    columns = incoming_columns(later, table)
    if later.files:
        lake.con.execute("CREATE OR REPLACE TEMP VIEW later AS SELECT "
                         + ", ".join(f"{how} AS {name}" for name, how in columns.items()) + f" FROM {_rows(later)}")
    same = " AND ".join(f"n.{name} = i.{name}" for name in table.key)
    figures = [name for name in table.compared if name in FIGURES and name in columns] or [n for n in table.compared if n in columns]
    other = " OR ".join(f"n.{name} IS DISTINCT FROM i.{name}" for name in figures) or "false"
    told = f"EXISTS (SELECT 1 FROM later n WHERE {same} AND ({other}))" if later.files else "false"
    if later.scope is None:
        return told
    types = sql_columns(table)
    inside = " AND ".join(f"i.{column} IN ({', '.join(literal(value, types[column]) for value in values)})"
                          for column, values in later.scope.items()) or "true"
    absent = f"NOT EXISTS (SELECT 1 FROM later n WHERE {same})" if later.files else "true"
    return f"{told} OR ({inside} AND {absent})"


def _only(staged: Staged, table: Table, into: Path, keys: str | None, lake: Writer) -> Staged:
    """A batch of some of its rows: complete for nothing, with nothing newly set aside."""
    folder = into / f"{staged.load_id}-only"
    folder.mkdir(parents=True, exist_ok=True)
    count, files = 0, []
    if keys is not None:
        columns = incoming_columns(staged, table)
        made = version_id(table.name, [columns[name] for name in table.key], "0")
        target = str(folder / "00000.parquet")
        lake.con.execute(f"COPY (SELECT * FROM {_rows(staged)} WHERE {made} IN ({keys})) TO '{quoted(target)}' "
                         "(FORMAT parquet)")
        (count,) = lake.con.execute("SELECT count(*) FROM read_parquet(?)", [as_named(Path(target))]).fetchall()[0]
        files = ["00000.parquet"] if count else []
    return msgspec.structs.replace(staged, folder=folder, files=files, rows_read=count, rows_good=count, scope=None, checks=[REPLAY],
                                   not_asked={}, rows_rejected=0, rejected_files=[], rejected_last=[])


def _rows(staged: Staged) -> str:
    return f"read_parquet([{', '.join(literal(path, 'VARCHAR') for path in staged.paths())}], hive_partitioning = false)"
