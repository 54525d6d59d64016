"""A query's rows in a file: CSV, Parquet and JSON as DuckDB writes them, a workbook with an account of its sources.

What may be asked is ``flows.cli.asking.sql``. A file appears whole or not at all: it is written beside its place and renamed.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from warehouse.archive.disk import trouble
from warehouse.schema.errors import UsageError
from warehouse.schema.quoting import as_cell

if TYPE_CHECKING:
    import duckdb
    from xlsxwriter.worksheet import Worksheet

KINDS = (".csv", ".xlsx", ".parquet", ".json")
_OPTIONS = {".csv": "FORMAT csv, HEADER true", ".parquet": "FORMAT parquet, COMPRESSION zstd", ".json": "FORMAT json, ARRAY true"}
SHEET_ROWS = 1_048_575
"""Below the header; Excel has no more."""
CELL = 32_767
"""Characters of a cell; Excel takes no more."""
RELEASE = re.compile(r"(?:old_|new_)?(?:released_(?:at|first)|realtime_(?:start|end)|embargo_until|scheduled_at)")
"""Columns with a moment of a publisher's."""


def check_name(output: Path) -> None:
    """Raises UsageError for a kind of file that is not written here."""
    if output.suffix.lower() not in KINDS:
        raise UsageError(f"cannot write {output.name}: -o takes {', '.join(KINDS[:-1])} or {KINDS[-1]}")


ROOMS = ("archive", "lake", "locks", "staging", "demo")
"""Folders of a home that only Entrepot writes."""


def check_place(output: Path, home: Path) -> None:
    """Raises UsageError for a file among those that Entrepot keeps: no result may take the place of what is stored."""
    at = output.resolve()
    for room in ROOMS:
        if at.is_relative_to((home / room).resolve()):
            raise UsageError(f"cannot write {output}: {home / room} holds what is stored. Choose another folder")


def part_of(output: Path) -> Path:
    """What a file is called until it is whole."""
    return output.absolute().with_name(f".{output.name}.part")  # a path that begins with ~ is another to the engine


def write(con: duckdb.DuckDBPyConnection, query: str, output: Path) -> int:
    """Run a checked query into a file. Returns how many rows; raises UsageError where the file cannot be written."""
    with _whole(output) as part:
        if output.suffix.lower() == ".xlsx":
            return _workbook(con, query, part)
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


@contextmanager
def _whole(output: Path) -> Iterator[Path]:
    from xlsxwriter.exceptions import FileCreateError

    part = part_of(output)
    try:
        if output.is_dir() or not output.parent.is_dir():
            raise UsageError(f"cannot write {output}: {'it is a folder' if output.is_dir() else f'there is no folder {output.parent}'}")
        yield part
        part.replace(output)
    except UsageError:
        raise
    except Exception as error:
        cause = error.args[0] if isinstance(error, FileCreateError) and error.args else error
        said = trouble(cause) if isinstance(cause, BaseException) else str(cause)
        if said is None:
            raise
        raise UsageError(f"cannot write {output}: {said.rpartition(': ')[2]}") from error
    finally:
        if part.is_file():
            part.unlink()


def _workbook(con: duckdb.DuckDBPyConnection, query: str, part: Path) -> int:
    """A sheet of rows, and one that says where they come from: publisher, page, unit, vintage, licence."""
    import xlsxwriter

    result = con.execute(query)
    names = [column[0] for column in result.description or ()]
    rows = result.fetchmany(SHEET_ROWS + 1)
    if len(rows) > SHEET_ROWS:
        raise UsageError(f"a sheet holds {SHEET_ROWS:,} rows and there are more: -o FILE.csv or .parquet takes them all")
    with xlsxwriter.Workbook(str(part), {"remove_timezone": True, "default_date_format": "yyyy-mm-dd"}) as book:
        bold, moment, clock = (book.add_format(kind) for kind in (
            {"bold": True}, {"num_format": "yyyy-mm-dd hh:mm:ss"}, {"num_format": "hh:mm:ss"}))
        sheet = book.add_worksheet("data")
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        at = names.index("dataset") if "dataset" in names else None
        zones = dict(con.execute("SELECT dataset, tz FROM ref.dataset").fetchall()) if at is not None else {}
        for number, row in enumerate(rows, 1):
            zone = zones.get(row[at]) if at is not None else None
            for column, cell in enumerate(row):
                _cell(sheet, number, column, _at_home(names[column], cell, zone), {datetime: moment, time: clock})
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        sources = book.add_worksheet("sources")
        for number, line in enumerate(_sources(con, query, None if at is None else {row[at] for row in rows})):
            for column, text in enumerate(line):
                sources.write_string(number, column, text)
    return len(rows)


def _at_home(name: str, cell: Any, zone: str | None) -> Any:
    """A release in its publisher's zone: a sheet has no zones, and midnight in Beijing would be the day before."""
    return cell.astimezone(ZoneInfo(zone)) if zone and isinstance(cell, datetime) and cell.tzinfo and RELEASE.fullmatch(name) else cell


def _cell(sheet: Worksheet, row: int, column: int, cell: Any, formats: dict[type, Any]) -> None:
    """Numbers as numbers, times as times, all else as text and never as a formula or a link. Empty where null."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, (int, float, Decimal)) and math.isfinite(cell):
        sheet.write_number(row, column, float(cell))
    elif isinstance(cell, (date, time)) and (not isinstance(cell, date) or cell.year >= 1900):
        naive = cell.replace(tzinfo=None) if isinstance(cell, (datetime, time)) else cell
        sheet.write_datetime(row, column, naive, formats.get(type(cell)))
    else:
        text = str(cell)
        sheet.write_string(row, column, text if len(text) <= CELL else text[:CELL - 1] + "…")


def _sources(con: duckdb.DuckDBPyConnection, query: str, datasets: set[Any] | None) -> list[Sequence[str]]:
    """Snapshot, query and tables; then the datasets of the rows, or all that are held where the rows do not say."""
    from warehouse.ask.answers import rows

    named = sorted(set(re.findall(r"\b(?:stats|mart|news|ref|ops)\.\w+", query)))
    (snapshot,) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
    lines: list[Sequence[str]] = [["snapshot", str(snapshot)], ["query", query.strip()[:CELL]], ["tables", ", ".join(named)],
                                  ["times", "releases at their publisher's place where the rows name their dataset, all others UTC"], [],
                                  ["dataset", "publisher", "page", "unit", "vintage", "licence", "may be passed on", "attribution"]]
    for one in rows(con, """
            SELECT d.*, l.newest, u.units FROM ref.dataset d
            JOIN (SELECT dataset, max(snapshot) AS newest FROM ops.load GROUP BY dataset) l USING (dataset)
            LEFT JOIN (SELECT dataset, string_agg(DISTINCT currency || ' ×' || unit_multiplier, ', ') AS units
                       FROM stats.trade GROUP BY dataset) u USING (dataset) ORDER BY 1"""):
        if datasets is None or one["dataset"] in datasets:
            lines.append([one["dataset"], one["publisher"], one["page_url"], one["units"] or "", f"snapshot {one['newest']}",
                          one["licence"], "yes" if one["may_redistribute"] else "no", one["attribution"]])
    return lines
