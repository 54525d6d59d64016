"""The ``sql`` command: one read-only statement, or a prompt; results as a table, as JSON, or in a file (``outputs``).

What a read is, and how the engine is kept to it, is ``warehouse.lake.readonly``.
"""

from __future__ import annotations

import math
import re
import sys
import textwrap
from collections.abc import Sequence
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Any

import typer

from flows.cli import tables
from flows.cli.asking import outputs
from flows.cli.common import coloured, json_text, room, say, state, styled
from warehouse.schema.errors import EntrepotError, NoSum, UsageError
from warehouse.shown import shown as made_visible

if TYPE_CHECKING:
    import duckdb

NULL = "NULL"
"""What a null is printed as; an empty text is printed as nothing."""
SHOWN = 200
"""Rows printed to a terminal; a file and --json get all."""
BATCH = 500
"""Rows taken from the engine at once: what it works with has a bound, and what is taken from it has none."""
IN_MEMORY = 16 * 1024**2
"""Characters of JSON that are kept in memory until the query has ended well."""


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(sql)


def sql(
    query: str | None = typer.Argument(None, help="One read-only statement; a prompt where none is given; - reads standard input."),
    output: Path | None = typer.Option(None, "-o", help="FILE.csv, .xlsx, .parquet or .json"),
    files: list[str] = typer.Option([], "--with", metavar="NAME=FILE", show_default=False,
                                    help="A file of yours as a table to join: CSV, Parquet, JSON, a workbook. May be given again."),
    as_of: str | None = outputs.AS_OF, known_on: str | None = outputs.KNOWN_ON,
) -> None:
    """Read-only SQL on the lake: stats, mart, news, ref, ops."""
    run_sql(query, output, as_of, known_on, files)


def run_sql(query: str | None, output: Path | None, as_of: str | None = None, known_on: str | None = None,
            files: Sequence[str] = ()) -> None:
    """Run a query, or a prompt where none is given; ``files`` are tables of the caller's, each ``NAME=FILE``."""
    from warehouse.lake.readers import turn

    if query == "-" or (query is None and not sys.stdin.isatty()):
        query = sys.stdin.read()
    if query is None:
        # A prompt waits for a person: it has no turn to keep others from.
        return _run(None, output, as_of, known_on, files)
    with turn():
        return _run(query, output, as_of, known_on, files)


def _run(query: str | None, output: Path | None, as_of: str | None, known_on: str | None, files: Sequence[str]) -> None:
    from warehouse.lake import readonly

    if output:
        outputs.check_name(output)
    house, con = state.reading(as_of, known_on)
    if output:
        outputs.check_place(output, house.settings.home)
    if query is None:
        from flows.cli.asking.shell import prompt

        options = {"--as-of": as_of, "--known-on": known_on, "--with": files, "--json": state.json}
        given = [option for option, value in options.items() if value]
        why = prompt.fits(house.place)
        if why is None and not given:
            for line in prompt.GREETING:
                say(line)
            sys.stdout.flush()
            raise typer.Exit(prompt.run(house.place, con, house.settings.sql_memory_mb))
        if why != prompt.NO_TERMINAL:
            why = why or f"that one does not take {', '.join(given)}"
            say(f"A plain prompt, not DuckDB's shell: {why}.", err=state.json)
    # What is asked for without a schema is a view for questions; SHOW TABLES lists these.
    con.execute("USE lake.mart" if as_of is None and known_on is None else "USE memory.mart")
    readonly.bring(con, files)
    readonly.seal(con, files=[outputs.part_of(output)] if output else (), memory_mb=house.settings.sql_memory_mb)
    if query is not None:
        _once(con, query, output)
        return
    say("Read-only SQL; an empty line runs what was typed, Ctrl-D ends.   FROM mart.figures LIMIT 5;", err=state.json)
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


def _once(con: duckdb.DuckDBPyConnection, query: str, output: Path | None) -> None:
    import duckdb

    from warehouse.lake.opening import damage
    from warehouse.lake.readonly import checked, distinct, first_line, out_of_memory

    try:
        query = checked(con, query)
        if output:
            rows_written = outputs.write(con, query, output)
            say(f"{rows_written:,} rows in {output}", err=True)
            return _careful(con, query)
        query, given = _told(con, query)
        result = con.execute(query, given)
        names = distinct([column[0] for column in result.description or ()])
        if state.json:
            _print_json(names, result)
        else:
            _print_table(names, result, wrapped=bool(given) or "meaning" in names)
        _careful(con, query)
    except duckdb.Error as error:
        # A text of the person's that looks like a file of the lake is no damage.
        typed = isinstance(error, (duckdb.ConversionException, duckdb.ParserException, duckdb.BinderException))
        raise (out_of_memory(error, "ENTREPOT_SQL_MEMORY_MB") or (None if typed else damage(error))
               or UsageError(first_line(error))) from error


def _careful(con: duckdb.DuckDBPyConnection, query: str) -> None:
    """Say so where a query added up rows that overlap. An answer for a machine is refused then; a person has it, and decides."""
    from warehouse.ask import sums

    if any(f"{name}(" in re.sub(r"\s+\(", "(", query.lower()) for name in sums.SUMS):
        try:
            sums.check(con, query)
        except NoSum as error:
            say(f"Careful: {error}.", err=True, style="doubt")


_WHAT = re.compile(r"\s*(?:SHOW\s+TABLES|(?:DESCRIBE|DESC|SHOW)\s+(?:TABLE\s+)?(?P<name>(?:\w+\.)?\w+))\s*;?\s*", re.IGNORECASE)


def _told(con: duckdb.DuckDBPyConnection, query: str) -> tuple[str, list[str]]:
    """``SHOW TABLES`` and ``DESCRIBE`` with what each thing means, where the lake says it; all else as it stands."""
    found = _WHAT.fullmatch(query)
    if found is None or not con.execute("SELECT 1 FROM duckdb_views() WHERE view_name = 'dictionary'").fetchone():
        return query, []
    if (name := found["name"]) is None:
        return ("SELECT DISTINCT ON (name) view_name AS name, comment AS meaning FROM duckdb_views() WHERE schema_name = 'mart' "
                "AND NOT internal ORDER BY name, comment NULLS LAST"), []
    named = name.lower() if "." in name else f"mart.{name.lower()}"
    said = "SELECT column_name, data_type AS column_type, meaning FROM mart.dictionary WHERE table_name = ?"
    return (said, [named]) if con.execute(said, [named]).fetchone() else (query, [])


def _print_table(names: list[str], result: duckdb.DuckDBPyConnection, *, wrapped: bool = False) -> None:
    """The first rows; the others are counted as they come, and never held together. One line a row, or long texts ``wrapped``."""
    shown = result.fetchmany(SHOWN)
    more = 0
    while batch := result.fetchmany(BATCH):
        more += len(batch)
    texts = [[NULL if cell is None else made_visible(str(cell)) for cell in row] for row in shown]
    heading = [made_visible(name) for name in names]
    lines, columns = (tables.lines(heading, texts, width=room()), len(names)) if wrapped else tables.squeezed(heading, texts, room())
    for number, line in enumerate(lines):
        typer.echo(styled(line, "head") if number == 0 else line, color=True if coloured() else None)
    count = len(shown) + more
    left = [*([f"{more:,} not shown"] if more else []), *([f"{columns} of {len(names)} columns shown"] if columns < len(names) else [])]
    say(f"\n  {count:,} row{'s' if count != 1 else ''}" + (f", {', '.join(left)}: -o FILE.csv has all" if left else ""), err=True)


def _print_json(names: list[str], result: duckdb.DuckDBPyConnection) -> None:
    """Every row, or none where the query ends with an error: kept in a file meanwhile where they are many."""
    with SpooledTemporaryFile(IN_MEMORY, mode="w+", encoding="utf-8") as kept:
        between = "["
        while batch := result.fetchmany(BATCH):
            for row in batch:
                text = json_text({name: _json_cell(cell) for name, cell in zip(names, row, strict=True)})
                kept.write(between + textwrap.indent("\n" + text, "  "))
                between = ","
        kept.write("[]" if between == "[" else "\n]")
        kept.seek(0)
        while part := kept.read(IN_MEMORY):
            typer.echo(part, nl=False)
        say()


def _json_cell(cell: Any) -> Any:
    """JSON knows neither NaN nor infinity."""
    return str(cell) if isinstance(cell, float) and not math.isfinite(cell) else cell.hex() if isinstance(cell, bytes) else cell
