"""The monthly external-trade workbook (``trade_YYYY-MM.xlsx``), by partner and commodity: kept, not yet read. Pure.

No copy and no description of its sheets was to be had (2026-10), and a parser written from memory would invent
figures. So each one is archived from the first night on, and ``describe`` says what it looks like: from that message a
parser can be written, and every month archived until then is read by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from connectors.formats import packed, workbooks
from warehouse.schema.errors import NotReadable, TooLarge

DATASET = "dosm.workbook"
_ROWS, _COLUMNS, _SHEETS, _CELL = 8, 8, 12, 60


def describe(body: bytes, *, url: str = "") -> str:
    """Names and first cells of the workbook's sheets, in words and bounded. Raises NotReadable where it is none."""
    try:
        with workbooks.opened(body) as book:
            sheets = [f"{sheet.name!r}: {_first_cells(book.rows(sheet))}" for sheet in book.sheets[:_SHEETS]]
            return f"{len(book.sheets)} sheets; " + "; ".join(sheets)
    except (NotReadable, TooLarge) as exc:
        raise NotReadable(f"not a workbook: {exc.said}", dataset=DATASET, url=url) from exc


def _first_cells(rows: Iterable[tuple[str, ...]]) -> str:
    printed = (" | ".join(cell[:_CELL] for cell in row[:_COLUMNS]) for row in islice((row for row in rows if any(row)), _ROWS))
    return " / ".join(row for row in printed if row.strip(" |")) or "empty"


def is_workbook(body: bytes) -> bool:
    """Whether these bytes are an xlsx file."""
    try:
        with packed.opened(body) as book:
            return "xl/workbook.xml" in book.names
    except (NotReadable, TooLarge):
        return False


def names_dosm(body: bytes) -> bool:
    """Whether the texts of a workbook name Malaysia's statistics office, in English or Malay."""
    try:
        with packed.opened(body) as book, book.open("xl/sharedStrings.xml") as texts:
            start = texts.read(4 * 1024 * 1024).lower()
    except (NotReadable, TooLarge):
        return False
    return b"jabatan perangkaan" in start or (b"department of statistics" in start and b"malaysia" in start)
