"""The ``sql`` command: one read-only statement, or a prompt; results as a table, as JSON, or in a file (``outputs``)."""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli import outputs
from flows.cli.common import out_json, say, state, table
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    import duckdb

SHOWN = 200
"""Rows printed to a terminal; a file and --json get all."""


def run_sql(query: str | None, output: Path | None, as_of: str | None = None, known_on: str | None = None) -> None:
    """Run a query, or a prompt where none is given."""
    if output:
        outputs.check_name(output)
    _, con = state.reading(as_of, known_on)
    if query == "-" or (query is None and not sys.stdin.isatty()):
        query = sys.stdin.read()
    if query is not None:
        _once(con, query, output)
        return
    say("Read-only SQL; an empty line runs what was typed, Ctrl-D ends.   FROM mart.figures LIMIT 5;")
    lines: list[str] = []
    while True:
        try:
            line = input("entrepot> " if not lines else "     ...> ")
        except EOFError:
            say()
            return
        lines.append(line)
        if line.rstrip().endswith(";") or (not line.strip() and any(part.strip() for part in lines)):
            try:
                _once(con, "\n".join(lines), None)
            except EntrepotError as error:
                say(f"  {error}", err=True)
            lines = []


_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+|\([^()]*\)\s*)?", re.IGNORECASE)
_WRITES = re.compile(
    r"\b(?:(?:force_)?checkpoint|sqlite_attach|postgres_\w+|ducklake_(?!current_snapshot|last_committed_snapshot|snapshots|table_info|table_changes"
    r"|table_insertions|table_deletions|options|settings|list_files)\w+)\"?\s*\(", re.IGNORECASE)
"""Functions that write although a SELECT calls them: a flush left Parquet files behind before it met the read-only catalogue
(duckdb 1.5.5)."""


def checked(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """The one statement of a query. Raises UsageError for none, several, or one that is not a read."""
    import duckdb

    try:
        statements = con.extract_statements(query)
        if len(statements) == 1 and statements[0].type == duckdb.StatementType.EXPLAIN:
            # EXPLAIN ANALYZE runs what it explains, COPY … TO a file included.
            statements = con.extract_statements(_EXPLAIN.sub("", query, count=1))
    except duckdb.Error as error:
        raise UsageError(_first(error)) from error
    if len(statements) != 1:
        raise UsageError("one statement at a time" if statements else "no statement was given")
    kind = str(statements[0].type).rpartition(".")[2]
    if kind != "SELECT":
        raise UsageError(f"sql only reads; {kind} is not a read. Results go to a file with -o FILE.csv|.xlsx|.parquet|.json")
    if found := _WRITES.search(query):
        raise UsageError(f"sql only reads; {found[0].rstrip('( ')} is not a read")
    return query


def _first(error: Exception) -> str:
    return " ".join(line for line in str(error).splitlines()[:2] if line).replace("  ", " ")


def _once(con: duckdb.DuckDBPyConnection, query: str, output: Path | None) -> None:
    import duckdb

    from warehouse.lake import damage

    try:
        checked(con, query)
        if output:
            rows_written = outputs.write(con, query, output)
            say(f"{rows_written:,} rows in {output}", err=True)
            return
        result = con.execute(query)
        names = _told_apart([column[0] for column in result.description or ()])
        rows = result.fetchall()
    except duckdb.Error as error:
        raise damage(error) or UsageError(_first(error)) from error
    if state.json:
        out_json([{name: _json_cell(cell) for name, cell in zip(names, row, strict=True)} for row in rows])
    else:
        table(names, [["" if cell is None else cell for cell in row] for row in rows[:SHOWN]])
        more = len(rows) - SHOWN
        say(f"\n  {len(rows):,} row{'s' if len(rows) != 1 else ''}"
            + (f", {more:,} not shown: -o FILE.csv has all" if more > 0 else ""), err=True)


def _told_apart(names: list[str]) -> list[str]:
    """``a, a`` as ``a, a_1``, as DuckDB itself does in a file."""
    made: list[str] = []
    for name in names:
        number, given = 0, name
        while given in made:
            number += 1
            given = f"{name}_{number}"
        made.append(given)
    return made


def _json_cell(cell: Any) -> Any:
    """JSON knows neither NaN nor infinity."""
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell.hex() if isinstance(cell, bytes) else cell
