"""The ``sql`` command: one read-only statement, or a prompt; results as a table, or in a file with an account of its sources."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.cli.common import out_json, say, state, table
from warehouse.schema.errors import EntrepotError, UsageError

if TYPE_CHECKING:
    import duckdb

SHOWN = 200
"""Rows printed to a terminal; a file and --json get all."""


def run_sql(query: str | None, output: Path | None, as_of: str | None = None, known_on: str | None = None) -> None:
    """Run a query, or a prompt where none is given."""
    if output and output.suffix.lower() not in (".csv", ".xlsx", ".parquet", ".json"):
        raise UsageError(f"cannot write {output.name}: -o takes .csv, .xlsx, .parquet or .json")
    house, con = state.reading(as_of, known_on)
    if query == "-" or (query is None and not sys.stdin.isatty()):
        query = sys.stdin.read()
    if query is not None:
        _once(con, query, output, house.place.attach_line())
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
                _once(con, "\n".join(lines), None, house.place.attach_line())
            except EntrepotError as error:
                say(f"  {error}", err=True)
            lines = []


def checked(con: duckdb.DuckDBPyConnection, query: str) -> str:
    """The one statement of a query. Raises UsageError for none, several, or one that is not a read."""
    import duckdb

    try:
        statements = con.extract_statements(query)
    except duckdb.Error as error:
        raise UsageError(_first(error)) from error
    if len(statements) != 1:
        raise UsageError("one statement at a time" if statements else "no statement was given")
    if statements[0].type not in (duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN):
        raise UsageError(f"sql only reads; {str(statements[0].type).rpartition('.')[2]} is not a read. "
                         "Results go to a file with -o FILE.csv|.xlsx|.parquet|.json")
    return query


def _first(error: Exception) -> str:
    return " ".join(line for line in str(error).splitlines()[:2] if line).replace("  ", " ")


def _once(con: duckdb.DuckDBPyConnection, query: str, output: Path | None, attach: str) -> None:
    import duckdb

    from warehouse.lake import damage

    try:
        result = con.execute(checked(con, query))
        names = [column[0] for column in result.description or ()]
        if output:
            frame = result.pl()
        else:
            rows = result.fetchall()
    except duckdb.Error as error:
        raise damage(error) or UsageError(_first(error)) from error
    if output:
        _write(con, frame, query, output, attach)
        say(f"{frame.height:,} rows in {output}", err=True)
    elif state.json:
        out_json([dict(zip(names, row, strict=True)) for row in rows])
    else:
        table(names, [["" if cell is None else cell for cell in row] for row in rows[:SHOWN]])
        more = len(rows) - SHOWN
        say(f"\n  {len(rows):,} rows" + (f", {more:,} not shown: -o FILE.csv has all" if more > 0 else ""), err=True)


def _write(con: duckdb.DuckDBPyConnection, frame: Any, query: str, output: Path, attach: str) -> None:
    kind = output.suffix.lower()
    try:
        if kind == ".csv":
            frame.write_csv(output)
        elif kind == ".parquet":
            frame.write_parquet(output)
        elif kind == ".json":
            frame.write_json(output)
        else:
            _workbook(con, frame, query, output)
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error


def _workbook(con: duckdb.DuckDBPyConnection, frame: Any, query: str, output: Path) -> None:
    """A sheet of rows, and one that says where they come from: publisher, page, unit, vintage, licence."""
    import polars as pl
    import xlsxwriter

    named = set(re.findall(r"\b(?:stats|mart|news|ref|ops)\.\w+", query))
    about = con.execute("SELECT d.*, l.newest FROM ref.dataset d LEFT JOIN (SELECT dataset, max(snapshot) AS newest FROM ops.load "
                        "GROUP BY dataset) l USING (dataset) WHERE l.newest IS NOT NULL ORDER BY 1").pl()
    if "dataset" in frame.columns:
        about = about.filter(pl.col("dataset").is_in(frame.get_column("dataset").unique().to_list()))
    (snapshot,) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
    with xlsxwriter.Workbook(str(output), {"constant_memory": False, "remove_timezone": True}) as book:
        frame.write_excel(book, worksheet="data")
        sheet = book.add_worksheet("sources")
        lines: list[list[str]] = [["snapshot", str(snapshot)], ["query", query.strip()], ["tables", ", ".join(sorted(named))], []]
        lines.append(["dataset", "publisher", "page", "unit", "vintage", "licence", "may be passed on", "attribution"])
        for row in about.iter_rows(named=True):
            units = con.execute("SELECT string_agg(DISTINCT currency || ' ×' || unit_multiplier, ', ') FROM stats.trade "
                                "WHERE dataset = ?", [row["dataset"]]).fetchall()[0][0]
            lines.append([row["dataset"], row["publisher"], row["page_url"], units or "", f"snapshot {row['newest']}",
                          row["licence"], "yes" if row["may_redistribute"] else "no", row["attribution"]])
        for number, line in enumerate(lines):
            for column, cell in enumerate(line):
                sheet.write_string(number, column, cell)
