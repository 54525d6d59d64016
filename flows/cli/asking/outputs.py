"""A query's rows, or an answer's, in a file: CSV, Parquet and JSON as DuckDB writes them; a workbook, a chart and a page by ``files``.

What may be asked is ``flows.cli.asking.sql``. A file appears whole or not at all: it is written beside its place and renamed.
"""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.common import room, say, state
from warehouse.schema.errors import UsageError
from warehouse.schema.quoting import as_cell

if TYPE_CHECKING:
    import duckdb

    from warehouse.ask.tables import Table

KINDS = (".csv", ".xlsx", ".parquet", ".json")
DRAWN = (".svg", ".png", ".html")
"""Of an answer whose columns are known; what the columns of a query mean is not."""
_OPTIONS = {".csv": "FORMAT csv, HEADER true", ".parquet": "FORMAT parquet, COMPRESSION zstd", ".json": "FORMAT json, ARRAY true"}

OUTPUT = typer.Option(None, "-o", help="FILE.svg, .png, .html, .xlsx, .csv, .parquet or .json")


AS_OF = typer.Option(None, "--as-of", help="As this lake answered then: a snapshot, tag, load, day or time.")
KNOWN_ON = typer.Option(None, "--known-on", help="What was public on that day, as far as it is held (2024-07-31).")
PLOT = typer.Option(False, "--plot", help="Also a small chart, in letters.")


def check_plot(plot: bool, output: Path | None) -> None:
    """Raises UsageError for a chart in letters where no person reads."""
    if plot and (output is not None or state.json):
        raise UsageError("--plot draws in the terminal: leave it out, or leave out " + ("--json" if state.json else "-o, which has a chart "
                                                                                        "as FILE.svg or .png"))


def plot(table: Table) -> None:
    """Print the chart of an answer, as wide as the terminal, of ASCII where nothing else can be printed."""
    from flows.cli.asking.files import plotted

    unicode = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    for line in plotted.lines(table, room() or WIDTH, unicode):
        typer.echo(line)


WIDTH = 80
"""Columns of a chart where nobody says how many there are."""


def check_name(output: Path, kinds: tuple[str, ...] = KINDS) -> None:
    """Raises UsageError for a kind of file that is not written here."""
    if output.suffix.lower() in kinds:
        return
    drawn = "; charts and pages are of get, rank, mirror, revisions" if output.suffix.lower() in DRAWN else ""
    raise UsageError(f"cannot write {output.name}: -o takes {' or '.join(filter(None, (', '.join(kinds[:-1]), kinds[-1])))}{drawn}")


def check(output: Path | None, kinds: tuple[str, ...] = (*DRAWN, *KINDS)) -> None:
    """The same for an answer, with its folder: said before anything is read."""
    if output is None:
        return
    check_name(output, kinds)
    if output.is_dir() or not output.absolute().parent.is_dir():
        raise UsageError(_no_place(output))


def asked(command: str, *words: str | None, **options: object) -> str:
    """The command that gives an answer, as it may be typed again."""
    given = [command, *(shlex.quote(word) for word in words if word)]
    for name, value in options.items():
        if value is True:
            given.append(f"--{name.replace('_', '-').rstrip('-')}")
        elif value not in (None, False, ""):
            given += [f"--{name.replace('_', '-').rstrip('-')}", shlex.quote(str(value))]
    return " ".join(("entrepot", *given))


def write_table(con: duckdb.DuckDBPyConnection, table: Table, output: Path, home: Path) -> None:
    """An answer in a file of the kind that its name says: a chart, a page, or its rows. Says how many; raises UsageError where the kind
    does not fit the answer or the file cannot be written.
    """
    check_place(output, home)
    kind = output.suffix.lower()
    if kind in DRAWN:
        from flows.cli.asking.files import drawn

        with whole(output) as part:
            part.write_bytes(drawn.content(con, table, kind))
        rows = len(table.records)
    else:
        con.register("entrepot_answer", table.frame())
        rows = write(con, "FROM entrepot_answer", output, table)
    say(f"{rows:,} row{'' if rows == 1 else 's'} in {output}", err=True)


ROOMS = ("archive", "lake", "locks", "staging", "demo")
"""Folders of a home that only Entrepot writes."""


def check_place(output: Path, home: Path) -> None:
    """Raises UsageError for a file among those that Entrepot keeps: no result may take the place of what is stored."""
    at = output.resolve()
    for one in ROOMS:
        if at.is_relative_to((home / one).resolve()):
            raise UsageError(f"cannot write {output}: {home / one} holds what is stored. Choose another folder")


def part_of(output: Path) -> Path:
    """What a file is called until it is whole."""
    return output.absolute().with_name(f".{output.name}.part")  # a path that begins with ~ is another to the engine


def write_text(text: str, output: Path) -> None:
    """A page in a file, whole or not at all. Raises UsageError where it cannot be written."""
    with whole(output) as part:
        part.write_text(text, encoding="utf-8")


def write(con: duckdb.DuckDBPyConnection, query: str, output: Path, table: Table | None = None) -> int:
    """Run a checked query into a file; of an answer, ``table`` says for a workbook what it is. Returns how many rows;
    raises UsageError where the file cannot be written.
    """
    with whole(output) as part:
        if output.suffix.lower() == ".xlsx":
            return _workbook(con, query, part, table)
        # DuckDB writes what it can compute, nested values and intervals included.
        result = con.sql(query)
        assert result is not None
        columns = _as_text(result) if output.suffix.lower() == ".csv" else "*"
        path = str(part.absolute()).replace("'", "''")
        con.register("entrepot_rows", result)
        (rows,) = con.execute(f"COPY (SELECT {columns} FROM entrepot_rows) TO '{path}' ({_OPTIONS[output.suffix.lower()]})").fetchall()[0]
        return int(rows)


_PLAIN = re.compile(r"(?:U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?|BIGNUM|FLOAT|DOUBLE|DECIMAL\(.*\)|BOOLEAN|DATE|TIME.*|INTERVAL|UUID)")


def _as_text(result: duckdb.DuckDBPyRelation) -> str:
    """The columns of a CSV: text that a spreadsheet would take for a formula has an apostrophe before it. Numbers stay as they are,
    also those that are text.
    """
    chosen = []
    for name, kind in zip(result.columns, result.types, strict=True):
        column = '"' + name.replace('"', '""') + '"'
        called = '"' + plain(name).replace('"', '""') + '"'
        text = f"CAST({column} AS VARCHAR)"
        chosen.append(f"{column if _PLAIN.fullmatch(str(kind)) else as_cell(text)} AS {called}")
    return ", ".join(chosen)


def plain(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if len(text) > 1 and text[0] in ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠") else text


def _no_place(output: Path) -> str:
    return f"cannot write {output}: {'it is a folder' if output.is_dir() else f'there is no folder {output.parent}'}"


@contextmanager
def whole(output: Path) -> Iterator[Path]:
    """The file to write, which takes its place once it is whole. Raises UsageError where it cannot be written."""
    part = part_of(output)
    try:
        if output.is_dir() or not output.parent.is_dir():
            raise UsageError(_no_place(output))
        yield part
        part.replace(output)
    except UsageError:
        raise
    except Exception as error:
        from xlsxwriter.exceptions import FileCreateError

        from warehouse.archive.disk import trouble  # brings the engine, which a command that waits for its turn has not loaded

        cause = error.args[0] if isinstance(error, FileCreateError) and error.args else error
        said = trouble(cause) if isinstance(cause, BaseException) else str(cause)
        if said is None:
            raise
        raise UsageError(f"cannot write {output}: {said.rpartition(': ')[2]}") from error
    finally:
        if part.is_file():
            part.unlink()


def _workbook(con: duckdb.DuckDBPyConnection, query: str, part: Path, table: Table | None = None) -> int:
    """A sheet of rows, and one that says where they come from: publisher, page, unit, vintage, origin, licence."""
    from flows.cli.asking.files import workbook
    from warehouse.ask import sources

    result = con.execute(query)
    names = [column[0] for column in result.description or ()]
    rows = result.fetchmany(workbook.SHEET_ROWS + 1)
    workbook.check_rows(len(rows))
    lake = sources.has_lake(con)
    zones = dict(con.execute("SELECT dataset, tz FROM ref.dataset").fetchall()) if lake and "dataset" in names else {}
    snapshots = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall() if lake else []
    head = [["snapshot", str(snapshot)] for (snapshot,) in snapshots]
    if table is None:
        named = set(re.findall(r"\b(?:stats|mart|news|ref|ops)\.\w+", query))
        if lake:  # a name without a schema is a view of mart
            views = {view for (view,) in con.execute("SELECT view_name FROM duckdb_views() WHERE schema_name = 'mart'").fetchall()}
            named |= {f"mart.{name}" for name in re.findall(r"\b(?:from|join)\s+(\w+)\b(?![.(])", query.lower()) if name in views}
        head += [["query", query.strip()], ["tables", ", ".join(sorted(named))]]
    else:
        head += [["answer", table.title], ["command", table.asked], *(["note", note] for note in table.notes)]
        if "currency" in table.columns:
            head += [["value", "in whole units of the currency in its row; printed_in is the unit in which its publisher prints"]]
    head += [["times", "releases at their publisher's place where the rows name their dataset, all others UTC"]]
    read = sources.read_by_rows(names, rows) or sources.read_by_query(con, query)
    workbook.write(part, names, rows, zones, [*head, [], list(sources.HEAD), *sources.lines(con, read)])
    return len(rows)
