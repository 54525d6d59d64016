"""GACC's documents as grids of printed cells: HTML pages and Excel 97 workbooks.

Here bytes become texts and cells, each with its place; what they mean is ``titles`` and ``tables``. Any bytes
give a Page or NotReadable.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from decimal import Decimal
from functools import lru_cache
from itertools import product
from zoneinfo import ZoneInfo

import xlrd
from bs4 import BeautifulSoup, ParserRejectedMarkup, Tag

from connectors.statistics.gacc.titles import squash
from warehouse.schema.errors import Incomplete, NotReadable

SHANGHAI = ZoneInfo("Asia/Shanghai")
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of every Excel 97 workbook."""
MOST_SPANNED = 40
"""A cell that says it spans more columns or rows than this is believed up to here: the widest table of GACC has 13."""
FLOAT_DIGITS = 15
"""A workbook's numbers are floats, of which Excel shows fifteen digits (CNY 100 million to the yuan needs fourteen); what follows
is noise."""
MARK = "^"
"""Stands before a raised footnote mark: ``559.8<sup>1</sup>`` is ``559.8^1`` and not the number 559.81."""

_GACC = ("customs.gov.cn", "general administration of customs", "general administrator of customs", "海关")
_LOCATOR = re.compile(r"table (\d+), row (\d+) \(.*\), column (\d+) \(.*\)", re.DOTALL)
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[/-](\d{1,2})[/-](\d{1,2})(?:\s+(\d{1,2}):(\d{2}))?(?!\d)")
_YEAR_LAST = re.compile(r"(?<!\d)(\d{1,2})/(\d{1,2})/(\d{4})(?!\d)")


@dataclass(frozen=True)
class Grid:
    """One table of a page, or one sheet of a workbook: rows of cells as printed, spans filled in."""

    number: int
    """1 for the first in the document."""
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


@dataclass(frozen=True)
class Page:
    """A document's texts and grids."""

    titles: tuple[str, ...]
    """Texts that name the page. Those inside a table are in its first rows."""
    grids: tuple[Grid, ...]
    gacc: bool
    """Whether a web page says that it is GACC's."""
    workbook: bool = False
    """A workbook names nobody: the wording of its title has to do."""
    dated: str = ""
    """The date as printed on the page."""
    picture: str = ""
    """Address of an image that stands where the table should be."""
    viewer: bool = False
    """Whether the body is only a frame with a document viewer."""


@lru_cache(maxsize=2)
def read_page(body: bytes) -> Page:
    """Bytes as a page. Raises NotReadable for what is neither HTML nor an Excel 97 workbook, and Incomplete for a page
    that was cut off.

    The last pages are remembered: a page is held against its index, then parsed, and traced cell by cell.
    """
    if body.startswith(OLE):
        return _workbook(body)
    text = _decoded(body)
    if not re.search(r"<(?:html|body|table)\b", text, re.IGNORECASE):
        raise NotReadable("neither a web page nor an Excel 97 workbook")
    try:
        soup = BeautifulSoup(text, "lxml")
        return _html(soup, text)
    except (ParserRejectedMarkup, RecursionError) as error:
        raise NotReadable(f"the page's HTML cannot be parsed: {error}") from error


def read_cell(body: bytes, locator: str) -> str:
    """The printed text of the cell that a locator of this connector names. Raises NotReadable when it names none."""
    place = _LOCATOR.fullmatch(locator)
    if place is None:
        raise NotReadable(f"{locator!r} names no cell; one that does: table 1, row 14 (Malaysia), column 2 (Export, 3)")
    table, row, column = (int(part[:6]) for part in place.groups())
    for grid in read_page(body).grids:
        if grid.number == table and 1 <= row <= len(grid.rows) and 1 <= column <= len(grid.rows[row - 1]):
            return squash(grid.rows[row - 1][column - 1])
    raise NotReadable(f"these bytes have no cell at {locator}")


def released(printed: str, after: datetime) -> datetime | None:
    """A printed date, midnight in Shanghai where it has no hour, or None when it cannot be the release.

    ``2026/04/08`` has one reading. ``03/08/2018`` (seen on pages of 2018) has two, 3 August and 8 March, and stays
    unread unless one of the numbers can only be a day. A date before the period has ended is no release either.
    """
    found = _YEAR_FIRST.search(printed)
    if found:
        year, month, day, hour, minute = (int(part or 0) for part in found.groups())
        moments = {_moment(year, month, day, hour, minute)}
    else:
        last = _YEAR_LAST.search(printed)
        if last is None:
            return None
        first, second, year = (int(part) for part in last.groups())
        moments = {_moment(year, second, first), _moment(year, first, second)}
    likely = {moment for moment in moments if moment is not None}
    moment = likely.pop() if len(likely) == 1 else None
    return moment.astimezone(UTC) if moment is not None and moment > after else None


def _moment(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime | None:
    try:
        return datetime.combine(datetime(year, month, day), time(hour, minute), SHANGHAI)
    except ValueError:
        return None


def _decoded(body: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding).replace("\0", "\ufffd")
        except UnicodeDecodeError:
            continue
    return body.decode("utf-8", errors="replace").replace("\0", "\ufffd")


def _html(soup: BeautifulSoup, text: str) -> Page:
    lower = text.casefold()
    if lower.rfind("<tr") > lower.rfind("</table"):
        raise Incomplete("the page is cut off inside its table")
    titles = [tag.get_text() for tag in soup.select("title, h1, .atcl-ttl")]
    titles += [str(tag.get("content") or "") for tag in soup.find_all("meta", attrs={"name": "ArticleTitle"})]
    grids = tuple(_grid(number, table) for number, table in enumerate(soup.find_all("table"), 1))
    pictures = [] if grids else [str(image.get("src") or "") for image in soup.select(".atcl-cnt img")]
    frames = [] if grids else [str(frame.get("src") or "") for frame in soup.find_all("iframe")]
    return Page(titles=tuple(dict.fromkeys(squash(title) for title in titles if title.strip())), grids=grids,
                gacc=any(mark in lower for mark in _GACC),
                dated=" ".join(tag.get_text(" ") for tag in soup.select(".atcl-date")),
                picture=pictures[0] if pictures else "",
                viewer=any("weboffice" in source or "/wps/" in source for source in frames))


def _grid(number: int, table: Tag) -> Grid:
    """A table's rows with spans filled in, so that a column has one place in header and body alike."""
    rows: list[list[str]] = []
    hanging: dict[tuple[int, int], str] = {}
    own = (row for row in table.find_all("tr") if row.find_parent("table") is table)
    for at, row in enumerate(own):
        cells: list[str] = []
        for cell in row.find_all(["td", "th"], recursive=False):
            while (at, len(cells)) in hanging:
                cells.append(hanging.pop((at, len(cells))))
            text = _printed(cell)
            across, down = _span(cell, "colspan"), _span(cell, "rowspan")
            hanging |= {(at + below, len(cells) + right): text
                        for below, right in product(range(1, down), range(across))}
            cells += [text] * across
        while (at, len(cells)) in hanging:
            cells.append(hanging.pop((at, len(cells))))
        rows.append(cells)
    return Grid(number, tuple(tuple(cells) for cells in rows))


def _span(cell: Tag, name: str) -> int:
    said = str(cell.get(name) or "")
    return min(max(int(said[:6]), 1), MOST_SPANNED) if said.isascii() and said.isdigit() else 1


def _printed(cell: Tag) -> str:
    """A cell's text. Non-breaking blanks stay: before a label they are its indent."""
    parts: list[str] = []
    for piece in cell.descendants:
        if isinstance(piece, Tag):
            if piece.name == "br":
                parts.append(" ")
            elif piece.name in ("sup", "sub"):
                parts.append(MARK)
        elif type(piece).__name__ == "NavigableString":  # comments and scripts are its subclasses
            parts.append(str(piece))
    return re.sub(r"[ \t\r\n\f]+", " ", "".join(parts)).strip(" ")


def _workbook(body: bytes) -> Page:
    try:
        book = xlrd.open_workbook(file_contents=body, logfile=io.StringIO(), formatting_info=True, ragged_rows=True)
        grids = tuple(Grid(number, tuple(_sheet_rows(book.sheet_by_index(number - 1))))
                      for number in range(1, book.nsheets + 1))
    except Exception as error:
        # On damaged files xlrd raises whatever its byte arithmetic meets: struct.error, IndexError, AssertionError, …
        raise NotReadable(f"not a readable Excel 97 workbook: {type(error).__name__} {error}") from error
    return Page(titles=(), grids=grids, gacc=False, workbook=True)


def _sheet_rows(sheet: xlrd.sheet.Sheet) -> Iterator[tuple[str, ...]]:
    merged = {(row, column): (top, left)
              for top, bottom, left, right in sheet.merged_cells
              for row in range(top, min(bottom, top + MOST_SPANNED))
              for column in range(left, min(right, left + MOST_SPANNED))}
    wide: dict[int, int] = {}
    for row, column in merged:
        wide[row] = max(wide.get(row, 0), column + 1)
    # A workbook does not store blank cells at the end of a row.
    least = min(sheet.ncols, MOST_SPANNED)
    for row in range(sheet.nrows):
        length = max(sheet.row_len(row), wide.get(row, 0), least)
        yield tuple(_cell(sheet, *merged.get((row, column), (row, column))) for column in range(length))


def _cell(sheet: xlrd.sheet.Sheet, row: int, column: int) -> str:
    if row >= sheet.nrows or column >= sheet.row_len(row):
        return ""
    cell = sheet.cell(row, column)
    if cell.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return ""
    if isinstance(cell.value, float):
        return _number(cell.value)
    return re.sub(r"[\t\r\n\f]+", " ", str(cell.value)).replace("\0", "\ufffd")


def _number(value: float) -> str:
    """A float as the figure that was typed: 376356483.138, not 376356483.13800001."""
    if not abs(value) < 1e15:
        return repr(value)
    text = format(Decimal(f"{value:.{FLOAT_DIGITS}g}"), "f")
    return text if text != "-0" else "0"
