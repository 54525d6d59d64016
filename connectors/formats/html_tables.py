"""Tables of web pages as grids of printed cells. Pure: text in; charsets and what a page is are its publisher's business."""

from __future__ import annotations

import re
from itertools import product
from typing import TYPE_CHECKING

from connectors.formats.grids import MARK, MOST_SPANNED, Grid
from warehouse.schema.errors import Incomplete, NotReadable

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

RAISED = re.compile(r"vertical-align:\s*su[bp]", re.IGNORECASE)
"""A style that prints as ``<sup>`` does: so pages saved by office programs write it."""


def parsed(text: str) -> BeautifulSoup:
    """A page's tree. Raises NotReadable where the markup cannot be parsed."""
    from bs4 import BeautifulSoup, ParserRejectedMarkup  # a tenth of a second, which whoever reads no page need not wait for

    try:
        return BeautifulSoup(text, "lxml")
    except (ParserRejectedMarkup, RecursionError) as error:
        raise NotReadable(f"the page's HTML cannot be parsed: {error}") from error


def check_whole(text: str) -> None:
    """Raise Incomplete for a page that was cut off inside a table."""
    lower = text.casefold()
    if lower.rfind("<tr") > lower.rfind("</table"):
        raise Incomplete("the page is cut off inside its table")


def grids_of(page: BeautifulSoup | Tag) -> tuple[Grid, ...]:
    """Every table, also one inside of another, in the order of the page."""
    return tuple(_grid(number, table) for number, table in enumerate(page.find_all("table"), 1))


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
            text = printed(cell)
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


def printed(cell: Tag) -> str:
    """A cell's text. Non-breaking blanks stay: before a label they are its indent."""
    from bs4 import Tag

    parts: list[str] = []
    for piece in cell.descendants:
        if isinstance(piece, Tag):
            if piece.name == "br":
                parts.append(" ")
            elif piece.name in ("sup", "sub") or RAISED.search(str(piece.get("style") or "")):
                parts.append(MARK)
        elif type(piece).__name__ == "NavigableString":  # comments and scripts are its subclasses
            parts.append(str(piece))
    return re.sub(r"[ \t\r\n\f]+", " ", "".join(parts)).strip(" ")
