"""The coverage workbook: which HS codes each commodity of tables (5) and (6) means, as rows of ``ref.product_map``. Pure.

``Coverage of major exports for preliminary release(2024)`` was seen (Excel 97, one sheet with rows). Codes stand as printed lists of codes
and ranges (``2827101,3101-3103``): two, four and six digits are of the HS, others the beginning of codes of China's own tariff. A code is
put under a commodity that has goods of it, so nothing is weighted: commodities overlap, and no figure is converted by this.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from connectors.formats.grids import Grid, place
from connectors.formats.rows import Rows
from connectors.statistics.gacc.commodities import LISTS, commodity
from connectors.statistics.gacc.titles import COVERAGE, Flow, squash
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected

NATIONAL = "CN-TARIFF"
"""Codes, and beginnings of codes, of China's tariff of eight digits and more."""
EDITIONS = ((2022, "HS2022"), (2017, "HS2017"), (2012, "HS2012"), (2007, "HS2007"))
MOST_IN_A_RANGE = 400
_TITLE = re.compile(r"coverage of major (export|import)s?\b.*?((?:19|20)[0-9]{2})", re.IGNORECASE)
_NEEDS = {"description": "description", "codes": "coverage of hs"}
_CODE = re.compile(r"[0-9]{2,10}", re.ASCII)
_RANGE = re.compile(r"([0-9]{2,10})\s*[-–—~]\s*([0-9]{2,10})", re.ASCII)


def titled(grids: tuple[Grid, ...]) -> tuple[Flow, int] | None:
    """Flow and year of a workbook that says of its own what it is; None for any other."""
    for grid in grids:
        for cell in (cell for row in grid.rows[:2] for cell in row):
            if found := _TITLE.search(squash(cell)):
                return ("export" if found[1].lower() == "export" else "import"), int(found[2])
    return None


def read(document: Document, grids: tuple[Grid, ...]) -> Batch:
    """One batch, complete for its list. Raises SchemaDrift, Incomplete."""
    told = titled(grids)
    if told is None:
        raise SchemaDrift("no title says of which year and flow the coverage is")
    flow, year = told
    grid = next(grid for grid in grids if titled((grid,)))
    at, columns = _header(grid)
    edition = next((name for since, name in EDITIONS if year >= since), "HS2002")
    rows = Rows("ref.product_map", doubled="the list has this commodity and code twice, with other words")
    for number in range(at + 1, len(grid.rows)):
        cells = grid.rows[number]
        label = squash(cells[columns["description"]]) if columns["description"] < len(cells) else ""
        printed = cells[columns["codes"]] if columns["codes"] < len(cells) else ""
        if not label or not squash(printed):
            continue
        locator = place(grid.number, number + 1, label, columns["codes"] + 1, "Coverage of HS Codes")
        for code in dict.fromkeys(_codes(printed, rows, locator)):
            classification = edition if len(code) in (2, 4, 6) else NATIONAL
            rows.add(code, from_product=commodity(label), to_classification=classification, to_product=code, locator=locator)
    if not len(rows):
        raise Incomplete("the workbook names no code")
    return Batch(
        dataset=COVERAGE, name=f"{flow} {year}", frames=(rows.frame(),),
        constants={"dataset": COVERAGE, "from_classification": LISTS[flow], "basis": "correlation"},
        scope={"from_classification": (LISTS[flow],)}, rejected=tuple(rows.unread.rejected), not_read=tuple(rows.unread.not_read),
        checks=tuple(rows.unread.checks()), columns_seen=tuple(squash(cell) for cell in grid.rows[at]))


def _header(grid: Grid) -> tuple[int, dict[str, int]]:
    for at, row in enumerate(grid.rows[:6]):
        told = [squash(cell).casefold() for cell in row]
        found = {name: next((place_ for place_, cell in enumerate(told) if cell.startswith(words)), -1) for name, words in _NEEDS.items()}
        if min(found.values()) >= 0:
            return at, found
    raise SchemaDrift("no header with description and coverage of HS codes")


def _codes(printed: str, rows: Rows, locator: str) -> Iterator[str]:
    """The codes of a cell, ranges code by code; what is neither is set aside."""
    for piece in (squash(piece) for piece in re.split(r"[,，、;；]", printed)):
        if not piece:
            continue
        found = _RANGE.fullmatch(piece)
        if found and len(found[1]) == len(found[2]) and 0 <= int(found[2]) - int(found[1]) <= MOST_IN_A_RANGE:
            yield from (f"{code:0{len(found[1])}d}" for code in range(int(found[1]), int(found[2]) + 1))
        elif _CODE.fullmatch(piece):
            yield piece
        else:
            rows.unread.add(Rejected(locator, "code", f"{piece[:40]!r} is neither a code nor a range of codes", piece[:200]))
