"""The rows of a table that somebody brought, from delimited text and from workbooks, each with its place; and a cell found again. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.formats import delimited, workbooks
from connectors.statistics.mapped.mapping import Column
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

DELIMITERS = (",", ";", "\t", "|")
_PLACE = re.compile(r"(?:table ([0-9]{1,4}), row|line) ([0-9]{1,9}) \((.*)\), column ([0-9]{1,5}) \((.*)\)", re.ASCII | re.DOTALL)
_SUM = re.compile(r"sum of ([0-9]{1,7}) cells \((.*)\), column ([0-9]{1,5}) \((.*)\)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Row:
    """A line or row, counted from 1, with its cells as printed."""

    number: int
    cells: tuple[str, ...]
    open: bool = False
    """The text ends in its last cell, so that may be the first half of one."""

    def cell(self, at: int) -> str:
        """A cell, from 0; empty where the row ends before it."""
        return self.cells[at].strip() if at < len(self.cells) else ""


@dataclass(frozen=True)
class Table:
    """A header and what stands below it."""

    sheet: int
    """Of a workbook, from 1; 0 for delimited text."""
    name: str
    header: tuple[str, ...]
    rows: Iterable[Row]

    def at(self, column: Column, key: str) -> int:
        """The place of a column, from 0. Raises SchemaDrift naming the key of the mapping, and the columns that there are."""
        if isinstance(column, int):
            if column > len(self.header):
                raise SchemaDrift(f"the mapping has {key} = {column}, and the header has {len(self.header)} columns")
            return column - 1
        found = [at for at, name in enumerate(self.header) if name == column]
        if len(found) != 1:
            reads = shortened(", ".join(name or "(no name)" for name in self.header))
            raise SchemaDrift(f"the mapping has {key} = {column[:60]!r}, and the header has {'it twice' if found else 'no such column'}; "
                              f"it reads {reads}. table.header says which row it is")
        return found[0]

    def place(self, row: int, label: str, column: int) -> str:
        """The locator of a cell, columns counted from 0."""
        where = f"table {self.sheet}, row {row}" if self.sheet else f"line {row}"
        return f"{where} ({label}), column {column + 1} ({self.header[column]})"

    def sum_place(self, cells: int, label: str, column: int) -> str:
        """The locator of a sum over rows that are called the same."""
        return f"sum of {cells} cells ({label}), column {column + 1} ({self.header[column]})"


def shortened(text: str, limit: int = 300) -> str:
    """A text within a line."""
    return text if len(text) <= limit else text[:limit] + " …"


def is_workbook(content: Content) -> bool:
    """Whether these are the bytes of an Excel workbook."""
    return content.head.startswith((b"PK\x03\x04", workbooks.OLE))


def read(content: Content, *, header: int = 1, sheet: str = "", delimiter: str = "") -> Table:
    """A table by its header's row (from 1) and its sheet's name (the first where empty). Raises a PublisherError."""
    if not is_workbook(content):
        return _delimited(content, header, delimiter)
    if content.head.startswith(workbooks.OLE):
        grids = [(grid.number, grid.name, grid.rows) for grid in workbooks.read_workbook(content)]
        found = next((one for one in grids if sheet in ("", one[1])), None)
        if found is None:
            raise _no_sheet(sheet, [one[1] for one in grids])
        return _below(found[0], found[1], found[2], header)
    with workbooks.opened(content) as book:
        for number, one in enumerate(book.sheets, 1):
            if sheet in ("", one.name):
                return _below(number, one.name, book.grid(one), header)
        raise _no_sheet(sheet, [one.name for one in book.sheets])


def _no_sheet(sheet: str, names: Sequence[str]) -> SchemaDrift:
    return SchemaDrift(f"the mapping has table.sheet = {sheet[:60]!r}, and the workbook has {shortened(', '.join(map(repr, names)))}")


def _below(number: int, name: str, rows: Sequence[tuple[str, ...]], header: int) -> Table:
    if header > len(rows):
        raise SchemaDrift(f"the mapping has table.header = {header}, and the sheet {name[:60]!r} has {len(rows)} rows")
    return Table(number, name, tuple(cell.strip() for cell in rows[header - 1]),
                 [Row(at, cells) for at, cells in enumerate(rows[header:], header + 1) if any(cells)])


def _delimited(content: Content, header: int, delimiter: str) -> Table:
    lines = delimited.Streamed(content, needs=(), delimiter=delimiter or delimiter_of(content.head), ends=False)
    rows: Iterator[Row] = (Row(line.number, line.cells, line.open) for line in lines)
    if header == 1:
        return Table(0, "", lines.header, rows)
    for row in rows:
        if row.number >= header:
            if row.number > header:
                break
            return Table(0, "", tuple(cell.strip() for cell in row.cells), rows)
    raise SchemaDrift(f"the mapping has table.header = {header}, and no row begins on that line")


def delimiter_of(head: bytes) -> str:
    """What parts the cells: of those in use the one that the first lines have most of."""
    first = head[:8192].split(b"\n")[:12]
    return max(DELIMITERS, key=lambda mark: (sum(line.count(mark.encode()) for line in first), mark == ","))


def widest(content: Content, names_column: Callable[[str], bool]) -> tuple[int, Table]:
    """The header's row as it seems (the most cells that may name a column), of the fullest sheet, and the table: for proposing. Raises a
    PublisherError."""
    if not is_workbook(content):
        table = _delimited(content, 1, "")
        rows = [Row(1, table.header), *_first(table.rows)]
    else:
        grids = [read(content, sheet=name) for name in _sheets(content)]
        table = max(grids, key=lambda one: sum(len(row.cells) for row in _first(one.rows)))
        rows = [Row(1, table.header), *_first(table.rows)]
    if len(rows) < 2:
        raise Incomplete("the file has no rows below a header")
    header = max(rows[:30], key=lambda row: (len({cell for cell in row.cells if cell.strip() and names_column(cell.strip())}), -row.number))
    return header.number, read(content, header=header.number, sheet=table.name)


def _first(rows: Iterable[Row]) -> list[Row]:
    return [row for row, _ in zip(rows, range(60), strict=False)]


def _sheets(content: Content) -> list[str]:
    if content.head.startswith(workbooks.OLE):
        return [grid.name for grid in workbooks.read_workbook(content)]
    with workbooks.opened(content) as book:
        return [sheet.name for sheet in book.sheets]


def cells_at(table: Table, locator: str, label_of: Callable[[Row, int], str]) -> Iterator[str]:
    """The printed texts of the cells that a locator names: one, or those that were added up. Raises NotReadable where there are none.

    ``label_of`` gives what a row is called, from the row and the column of its figure.
    """
    one, added = _PLACE.fullmatch(locator), _SUM.fullmatch(locator)
    if one is None and added is None:
        raise NotReadable(f"{shortened(locator)!r} names no cell; one that does: line 14 (2013, Malaysia), column 5 (EXPORT)")
    if one is not None:
        sheet, number, label, column = int(one[1] or 0), int(one[2]), one[3], int(one[4]) - 1
    else:
        assert added is not None
        sheet, number, label, column = table.sheet, 0, added[2], int(added[3]) - 1
    if sheet != table.sheet or not 0 <= column < len(table.header) or table.header[column] != (one or added)[5 if one else 4]:  # type: ignore[index]
        raise NotReadable(f"these bytes have no cell at {shortened(locator)}")
    found = 0
    for row in table.rows:
        if (number in (0, row.number)) and label_of(row, column) == label:
            found += 1
            yield row.cell(column)
            if number:
                return
    if not found or (added is not None and found < int(added[1])):
        raise NotReadable(f"these bytes have no cell at {shortened(locator)}")

