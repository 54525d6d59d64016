"""Tables that people download from the IMF, in which periods stand side by side: CSV of data.imf.org, workbooks of the old DOTS page. Pure.

Both are in millions of dollars, where the service of today prints dollars: the United States to the world in 2023 is 2019551.635133 in the
CSV and 2019551635133 in the service's answer. They carry no date, so they are editions of their own, below the service's.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from connectors.formats.delimited import Streamed, cell_at, cell_locator, grouped_by_points, header_of, printed_number
from connectors.formats.grids import Grid, place
from connectors.formats.grids import cell_at as grid_cell_at
from connectors.formats.sdmx import Observation
from connectors.formats.workbooks import OLE, read_workbook
from connectors.statistics.imf.legacy import MULTIPLIER
from connectors.statistics.imf.publisher import groups
from warehouse.reference.areas import fold
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, PublisherError, SchemaDrift

PORTAL, WORKBOOK = "imf.portal", "imf.dots"
MARK = "MARK"
"""The attribute that holds a mark printed behind a figure; ``e`` is an estimate."""
_PORTAL = frozenset({"DATASET", "SERIES_CODE", "OBS_MEASURE"})
_PERIOD = re.compile(r"[0-9]{4}(-[AQM][0-9]{1,2})?", re.ASCII)
_SERIES = re.compile(r"([A-Z0-9]{1,10})\.([A-Z_]{1,20})\.([A-Z0-9]{1,10})\.([AQM])", re.ASCII)
_MILLIONS = {"", "6", "Millions", "millions"}
MOST_MILLIONS = 10 ** 9
"""No figure is larger (the world's trade of a year is some 25 million millions), so a file that has one is in dollars."""
_TITLE = re.compile(r"(Exports, FOB|Imports, CIF|Imports, FOB) (?:to|from) Partner Countries", re.ASCII)
_INDICATORS = {"Exports, FOB": "XG_FOB_USD", "Imports, CIF": "MG_CIF_USD", "Imports, FOB": "MG_FOB_USD"}
_UNIT = "us dollars millions"
_IN_MILLIONS = {MULTIPLIER: "6"}
_HEAD_ROWS = 15


@cache
def codes() -> Mapping[str, str]:
    """Folded name of a country or group, of the code list of today and of DOTS → its code."""
    with Path(__file__).with_name("names.csv").open(encoding="utf-8", newline="") as file:
        named = {fold(row["name"]): row["code"] for row in csv.DictReader(file)}
    return {fold(name): code for code, name in groups().items()} | named


def kind(head: bytes) -> str | None:
    """The dataset of a download by how it begins: a CSV file by its header, a workbook by its cells; None for what is none."""
    if _is_workbook(head):
        try:
            return WORKBOOK if any(_headed(grid) for grid in read_workbook(head)) else None
        except PublisherError:
            return None
    return PORTAL if _is_portal(head) else None


def _is_workbook(head: bytes) -> bool:
    return head.startswith((b"PK", OLE))


def _is_portal(head: bytes) -> bool:
    header = header_of(head)
    return set(header) >= _PORTAL and any(_PERIOD.fullmatch(name) for name in header) and b"IMF.STA:IMTS(" in head


def observations(content: Content, *, dataset: str, url: str) -> Iterator[Observation]:
    """A download's figures, each blank cell too. Raises NotReadable, SchemaDrift, Incomplete."""
    if _is_workbook(content.head):
        yield from _workbook(content, dataset=dataset, url=url)
    else:
        yield from _portal(content, dataset=dataset, url=url)


def read_cell(content: Content, locator: str) -> str:
    """The printed text of the cell that a locator names. Raises a PublisherError where these bytes have none."""
    if _is_workbook(content.head):
        return grid_cell_at(read_workbook(content), locator)
    return cell_at(content, locator, ("SERIES_CODE",))


def _portal(content: Content, *, dataset: str, url: str) -> Iterator[Observation]:
    table = Streamed(content, needs=("DATASET", "SERIES_CODE", "OBS_MEASURE"), dataset=dataset, url=url)
    at = {name: index for index, name in enumerate(table.header)}
    periods = [(name, index) for name, index in at.items() if _PERIOD.fullmatch(name)]
    for line in table.whole():
        cell = line.cells
        of, series, measure = (cell[at[name]].strip() for name in ("DATASET", "SERIES_CODE", "OBS_MEASURE"))
        where = f"line {line.number} ({series[:60]})"
        if not of.startswith("IMF.STA:IMTS("):
            raise SchemaDrift(f"{where} is of {of[:40]!r}, not of IMTS", dataset=dataset, url=url)
        if measure != "OBS_VALUE":
            continue
        key = _SERIES.fullmatch(series)
        if key is None:
            raise SchemaDrift(f"{where} has no SERIES_CODE such as USA.XG_FOB_USD.AUS.A", dataset=dataset, url=url)
        if "SCALE" in at and cell[at["SCALE"]].strip() not in _MILLIONS:
            raise SchemaDrift(f"{where} has the SCALE {cell[at['SCALE']][:20]!r} where such a file is in millions", dataset=dataset,
                              url=url)
        if points := grouped_by_points(cell[index] for _, index in periods):
            raise SchemaDrift(f"{where} has {points[:30]}: its thousands are parted by points, so 1.234 would be read as one and a part. "
                              "Take the file as data.imf.org gives it", dataset=dataset, url=url)
        for name, index in periods:
            text = cell[index].strip()
            _no_dollars(text, where, dataset, url)
            yield Observation((key[1], key[2], key[3], key[4]), name, text, _IN_MILLIONS, cell_locator(line.number, (series,), name))


def _no_dollars(text: str, where: str, dataset: str, url: str) -> None:
    """Raises SchemaDrift for a figure that no trade in millions can be."""
    if len(text) > 9 and (number := printed_number(text)) is not None and abs(number) >= MOST_MILLIONS:
        raise SchemaDrift(f"{where} has {text[:30]}, which no trade in millions of dollars is: the file is in another unit",
                          dataset=dataset, url=url)


def _headed(grid: Grid) -> tuple[str, str, int] | None:
    """Of a sheet its indicator, the reporter's name and the row of periods (from 0); None where it is not such a sheet.

    Title, reporter and unit stand above each other in one column, one row after the last of them the periods.
    """
    texts = [next((cell.strip() for cell in row if cell.strip()), "") for row in grid.rows[:_HEAD_ROWS]]
    title = next((_TITLE.fullmatch(text) for text in texts if _TITLE.fullmatch(text)), None)
    unit = next((number for number, text in enumerate(texts) if fold(text) == _UNIT), None)
    header = next((number for number, row in enumerate(grid.rows[:_HEAD_ROWS]) if sum(bool(_period(cell)) for cell in row) > 0
                   and all(_period(cell) or not cell.strip() for cell in row)), None)
    if title is None or unit is None or header is None or not 0 < unit < header:
        return None
    return _INDICATORS[title[1]], texts[unit - 1], header


def _period(cell: str) -> str:
    """``1967``, also as the number 1967.0 of a workbook, ``2020Q1``, ``2020M3``; empty for what is no period."""
    found = re.fullmatch(r"([0-9]{4})(?:\.0+)?(?:-?([QM][0-9]{1,2}))?", cell.strip(), re.ASCII)
    return "" if not found else f"{found[1]}-{found[2]}" if found[2] else found[1]


def _workbook(content: Content, *, dataset: str, url: str) -> Iterator[Observation]:
    found = [(grid, headed) for grid in read_workbook(content) if (headed := _headed(grid)) is not None]
    if not found:
        raise NotReadable("no sheet of the workbook is one of trade 'to Partner Countries' in millions of US dollars", dataset=dataset,
                          url=url)
    for grid, (indicator, name, header) in found:
        reporter = codes().get(fold(name))
        if reporter is None:
            raise SchemaDrift(f"whose trade it is stands as {name[:60]!r}, which is no name that is known: add it to names.csv",
                              dataset=dataset, url=url)
        periods = [(index, _period(cell)) for index, cell in enumerate(grid.rows[header]) if _period(cell)]
        yield from _rows(grid, header, periods, reporter, indicator, dataset, url)


def _rows(grid: Grid, header: int, periods: Sequence[tuple[int, str]], reporter: str, indicator: str, dataset: str,
          url: str) -> Iterator[Observation]:
    first = periods[0][0]
    for number, row in enumerate(grid.rows[header + 1:], header + 2):
        label = next((cell.strip() for cell in row[:first] if cell.strip()), "")
        if not label:
            continue
        for index, text in periods:
            printed = row[index].strip() if index < len(row) else ""
            marked = re.fullmatch(r"(\S+) e", printed)
            attributes = {**_IN_MILLIONS, MARK: "e"} if marked else _IN_MILLIONS
            _no_dollars(marked[1] if marked else printed, f"row {number} ({label[:60]})", dataset, url)
            key = (reporter, indicator, codes().get(fold(label), label), text[5:6] or "A")
            yield Observation(key, text, marked[1] if marked else printed, attributes,
                              place(grid.number, number, label, index + 1, text))
