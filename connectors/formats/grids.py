"""Tables as printed, from pages and from workbooks alike: rows of cells, each with its place, and finding a cell again. Pure.

``html_tables`` and ``workbooks`` make grids; what a header means is the publishers' business.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

from warehouse.schema.errors import NotReadable

MARK = "^"
"""Stands before what is printed raised or lowered: ``559.8<sup>1</sup>`` is ``559.8^1`` and not the number 559.81."""
MOST_SPANNED = 40
"""A cell that says it spans more columns or rows than this is believed up to here: the widest table read so far has 13."""
_LOCATOR = re.compile(r"table (\d+), row (\d+) \(.*\), column (\d+) \(.*\)", re.ASCII | re.DOTALL)


@dataclass(frozen=True)
class Grid:
    """One table of a page, or one sheet of a workbook: rows of cells as printed, spans filled in."""

    number: int
    """1 for the first in the document."""
    rows: tuple[tuple[str, ...], ...] = field(repr=False)
    name: str = ""
    """Of a sheet."""


def place(table: int, row: int, label: str, column: int | None = None, header: str = "") -> str:
    """``table 1, row 14 (Malaysia), column 2 (Export, 3)``: the locator of a cell, or without a column of its row. Counted from 1."""
    where = f"table {table}, row {row} ({label})"
    return where if column is None else f"{where}, column {column} ({header})"


def cell_at(grids: Iterable[Grid], locator: str) -> str:
    """The printed text of the cell that a locator names. Raises NotReadable where these grids have none."""
    found = _LOCATOR.fullmatch(locator)
    if found is None:
        raise NotReadable(f"{locator[:200]!r} names no cell; one that does: table 1, row 14 (Malaysia), column 2 (Export, 3)")
    table, row, column = (int(part[:7]) for part in found.groups())
    for grid in grids:
        if grid.number == table and 1 <= row <= len(grid.rows) and 1 <= column <= len(grid.rows[row - 1]):
            return grid.rows[row - 1][column - 1]
    raise NotReadable(f"these bytes have no cell at {locator[:200]}")


def spanned(ranges: Iterable[tuple[int, int, int, int]]) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Merged ranges (first row, row after, first column, column after, from 0) as each cell's place → that of the cell it shows."""
    return {(row, column): (top, left) for top, bottom, left, right in ranges
            for row, column in product(range(top, min(bottom, top + MOST_SPANNED)), range(left, min(right, left + MOST_SPANNED)))}


def filled(rows: list[tuple[str, ...]], merged: Mapping[tuple[int, int], tuple[int, int]], least: int = 0) -> Iterator[tuple[str, ...]]:
    """Rows with what merged cells show in each of their places, none narrower than ``least``."""
    wide: dict[int, int] = {}
    for row, column in merged:
        wide[row] = max(wide.get(row, 0), column + 1)
    for at in range(len(rows)):
        length = max(len(rows[at]), wide.get(at, 0), least)
        yield tuple([_printed(rows, *merged.get((at, column), (at, column))) for column in range(length)])


def _printed(rows: list[tuple[str, ...]], row: int, column: int) -> str:
    return rows[row][column] if row < len(rows) and column < len(rows[row]) else ""
