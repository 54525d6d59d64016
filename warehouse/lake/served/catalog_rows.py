"""DuckLake's catalogue in PostgreSQL as rows: copied to work on, put in another's place, moved from and to a SQLite file.

Its tables are made by DuckLake itself, by attaching an empty place; only rows are copied here. Rows of data that stand in a
catalogue are of another make in each database, so a catalogue is moved when they are flushed to files, and it is refused when
they are not. Where things are and how they are locked is ``served``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warehouse.lake.sqlite import open_to_read
from warehouse.schema.errors import LakeDamaged

if TYPE_CHECKING:
    import psycopg

    Session = psycopg.Connection[tuple[Any, ...]]

INLINED = "ducklake_inlined_"
"""How the names of tables with rows of data begin; ``ducklake_inlined_data_tables`` lists them."""
LIST = "ducklake_inlined_data_tables"


def tables(session: Session, schema: str) -> list[str]:
    """DuckLake's tables in a schema."""
    return [row[0] for row in session.execute(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND starts_with(table_name, 'ducklake_') ORDER BY 1",
        [schema])]


def inlined(session: Session, schema: str) -> dict[str, int]:
    """Rows of data, and deletions of rows in files, that stand in the catalogue, by the table that has them."""
    names = [name for name in tables(session, schema) if name.startswith(INLINED) and name != LIST]
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM \"{schema}\".\"{name}\"" for name in names)
    return {str(name): int(count) for name, count in session.execute(counts)} if names else {}


def copy_schema(session: Session, one: str, other: str) -> None:
    """Make a schema the copy of another."""
    with session.transaction():
        session.execute(f'DROP SCHEMA IF EXISTS "{other}" CASCADE')
        session.execute(f'CREATE SCHEMA "{other}"')
        for table in tables(session, one):
            session.execute(f'CREATE TABLE "{other}"."{table}" (LIKE "{one}"."{table}" INCLUDING ALL)')
            session.execute(f'INSERT INTO "{other}"."{table}" SELECT * FROM "{one}"."{table}"')


def replace_rows(session: Session, schema: str, by: str) -> None:
    """Give a schema the rows of another, in one transaction: a reader sees those of before or those of after.

    No table is dropped: a reader may be about to name it, and would wait or fail (ducklake#1413).
    """
    with session.transaction():
        new, old = tables(session, by), tables(session, schema)
        for table in old:
            session.execute(f'DELETE FROM "{schema}"."{table}"')
        for table in new:
            if table not in old:
                session.execute(f'CREATE TABLE "{schema}"."{table}" (LIKE "{by}"."{table}" INCLUDING ALL)')
            session.execute(f'INSERT INTO "{schema}"."{table}" SELECT * FROM "{by}"."{table}"')


def from_sqlite(session: Session, schema: str, catalog: Path, data_path: str) -> None:
    """Fill DuckLake's tables in a schema, new and empty, with the rows of a SQLite catalogue."""
    con = open_to_read(catalog)
    try:
        there = [row[0] for row in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND substr(name, 1, 9) = 'ducklake_'")]
        _refuse_inlined({name: con.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in there
                         if name.startswith(INLINED) and name != LIST}, str(catalog))
        with session.transaction():
            for name in _moved(there):
                columns = [row[1] for row in con.execute(f'PRAGMA table_info("{name}")')]
                listed = ", ".join(f'"{column}"' for column in columns)
                session.execute(f'DELETE FROM "{schema}"."{name}"')
                with session.cursor().copy(f'COPY "{schema}"."{name}" ({listed}) FROM STDIN') as copy:
                    for row in con.execute(f'SELECT {listed} FROM "{name}"'):
                        copy.write_row(row)
            session.execute(f"UPDATE \"{schema}\".ducklake_metadata SET value = %s WHERE key = 'data_path'", [data_path])
    finally:
        con.close()


def to_sqlite(session: Session, schema: str, catalog: Path, data_path: str) -> None:
    """Fill DuckLake's tables in a SQLite file, new and empty, with the rows of a schema as they are at one moment."""
    con = sqlite3.connect(catalog)
    try:
        with con, session.transaction():
            session.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            there = tables(session, schema)
            _refuse_inlined(inlined(session, schema), schema)
            for name in _moved(there):
                columns = [row[1] for row in con.execute(f'PRAGMA table_info("{name}")')]
                con.execute(f'DELETE FROM "{name}"')
                listed = ", ".join(f'"{column}"' for column in columns)
                rows = session.execute(f'SELECT {listed} FROM "{schema}"."{name}"')
                con.executemany(f'INSERT INTO "{name}" ({listed}) VALUES ({", ".join("?" * len(columns))})', map(_plain, rows))
            con.execute("UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'", [data_path])
        con.execute("PRAGMA journal_mode=DELETE")
    finally:
        con.close()


def _moved(there: Iterable[str]) -> list[str]:
    """Tables whose rows are moved. The list of tables with rows of data is left empty: DuckLake makes them when it needs them."""
    return [name for name in there if not name.startswith(INLINED)]


def _refuse_inlined(counts: dict[str, int], where: str) -> None:
    full = [name for name, count in counts.items() if count]
    if full:
        raise LakeDamaged(f"{where} still holds rows in {full[0]} that were to be in files: nothing was moved")


def _plain(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Values as DuckLake's own SQLite catalogue has them."""
    return tuple(value if value is None or isinstance(value, (int, float, str)) else
                 value.strftime("%Y-%m-%d %H:%M:%S.%f+00") if hasattr(value, "strftime") else str(value) for value in row)
