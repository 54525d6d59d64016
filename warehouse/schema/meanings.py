"""What each table, view and column means, in a sentence or two: of tables their contracts say it, of views the lines above them in their
files, of the views' columns ``columns.toml`` beside those.
"""

from __future__ import annotations

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from warehouse.schema.quoting import quoted
from warehouse.schema.tables import TABLES

if TYPE_CHECKING:
    import duckdb

VIEWS = Path(__file__).parents[1] / "lake" / "views"
COLUMNS = VIEWS / "columns.toml"
_HEAD = re.compile(r"^-- (mart\.\w+): ((?:.*\n-- )*.*)\nCREATE OR REPLACE VIEW \1\b", re.MULTILINE)
DICTIONARY = ("mart.dictionary", "what every column of every table and view means: FROM mart.dictionary WHERE table_name = 'mart.figures'. "
                                 "What a table or view is for stands in the comments of duckdb_tables() and duckdb_views().")


@cache
def views() -> dict[str, str]:
    """View → its meaning, in the order of their files. Raises ValueError for one without."""
    found: dict[str, str] = {}
    for path in sorted(VIEWS.glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        heads = list(_HEAD.finditer(text))
        if len(heads) != text.count("CREATE OR REPLACE VIEW"):
            raise ValueError(f"{path.name} has a view without its meaning above it: -- mart.NAME: …")
        found |= {head[1]: head[2].replace("\n-- ", " ") for head in heads}
    return found | dict([DICTIONARY])


@cache
def _columns() -> dict[str, dict[str, str | list[str]]]:
    found: dict[str, dict[str, str | list[str]]] = tomllib.loads(COLUMNS.read_text(encoding="utf-8"))
    return found


def column(table: str, name: str) -> str:
    """What a column of a table or view means; empty where nothing says it."""
    if table in TABLES:
        return _described(table, name)
    said = _columns().get(table.partition(".")[2], {})
    if name != "from" and isinstance(own := said.get(name) or _columns()["*"].get(name), str):
        return own
    return next((text for one in said.get("from", ()) if (text := _described(one, name))), "")


def own_columns(view: str) -> dict[str, str]:
    """The columns of a view that mean something of their own."""
    return {name: text for name, text in _columns().get(view.partition(".")[2], {}).items() if isinstance(text, str)}


def _described(table: str, name: str) -> str:
    return _contract(table).get(name, "")


@cache
def _contract(table: str) -> dict[str, str]:
    return {name: kind.description or "" for name, kind in TABLES[table].columns.items()}


def comments() -> str:
    """Statements that put them beside the tables, their columns and the views of a lake, for whoever asks DuckDB. DuckLake 1.0 keeps no
    comment on a column of a view: ``dictionary_view`` has those.
    """
    said = [("TABLE", name, table.doc) for name, table in TABLES.items()] + [("VIEW", name, text) for name, text in views().items()]
    said += [("COLUMN", f'{name}."{each}"', column(name, each)) for name in TABLES for each in _contract(name)]
    return "\n".join(f"COMMENT ON {kind} {name} IS '{quoted(text)}';" for kind, name, text in said)


def dictionary_view(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Make ``mart.dictionary`` of the current catalogue: every column of its tables and views, with its meaning."""
    con.execute("CREATE OR REPLACE VIEW mart.dictionary AS SELECT '' AS table_name, '' AS column_name, '' AS data_type, '' AS meaning")
    found = con.execute("SELECT schema_name || '.' || table_name, column_name, data_type FROM duckdb_columns() WHERE database_name = ? "
                        "AND schema_name IN ('stats', 'mart', 'news', 'ref', 'ops') "
                        "ORDER BY schema_name <> 'mart', schema_name <> 'stats', 1, column_index", [database]).fetchall()
    rows = ", ".join(f"('{table}', '{quoted(name)}', '{quoted(kind)}', '{quoted(column(table, name))}')" for table, name, kind in found)
    con.execute("CREATE OR REPLACE VIEW mart.dictionary AS "
                f"SELECT * FROM (VALUES {rows}) AS t(table_name, column_name, data_type, meaning)")


def on_views(con: duckdb.DuckDBPyConnection, database: str) -> None:
    """Comments on the columns of views, where a catalogue keeps them: DuckDB's own does."""
    for table, name in con.execute("SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() JOIN duckdb_views() v "
                                   "USING (database_name, schema_name) WHERE database_name = ? AND view_name = table_name AND "
                                   "schema_name = 'mart'", [database]).fetchall():
        con.execute(f"COMMENT ON COLUMN {table}.\"{name}\" IS '{quoted(column(table, name))}'")
