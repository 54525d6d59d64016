"""The monthly external-trade workbook (``trade_YYYY-MM.xlsx``), by partner and commodity: kept, not yet read. Pure.

No copy and no description of its sheets was to be had (2026-10), and a parser written from memory would invent
figures. So each one is archived from the first night on, and ``describe`` says what it looks like: from that message a
parser can be written, and every month archived until then is read by it.
"""

from __future__ import annotations

import fastexcel

from connectors.formats import packed
from warehouse.schema.errors import NotReadable, TooLarge

DATASET = "dosm.workbook"
_ROWS, _COLUMNS, _SHEETS, _CELL = 8, 8, 12, 60
_MOST_UNPACKED = 256 * 1024 * 1024


def describe(body: bytes, *, url: str = "") -> str:
    """Names and first cells of the workbook's sheets, in words and bounded. Raises NotReadable where it is none."""
    try:
        with packed.opened(body) as book:
            unpacked = book.said
    except (NotReadable, TooLarge) as exc:
        raise NotReadable(f"not a workbook: {exc.said}", dataset=DATASET, url=url) from exc
    if unpacked > _MOST_UNPACKED:
        raise NotReadable(f"the workbook says it unpacks to {unpacked:,} bytes", dataset=DATASET, url=url)
    try:
        read = fastexcel.read_excel(body)
        sheets = [f"{name!r}: {_first_cells(read, name)}" for name in read.sheet_names[:_SHEETS]]
    except BaseException as exc:  # calamine panics on some broken files, and PyO3's PanicException is no Exception
        if not isinstance(exc, Exception) and type(exc).__name__ != "PanicException":
            raise
        raise NotReadable(f"not a workbook: {str(exc)[:200]}", dataset=DATASET, url=url) from exc
    return f"{len(read.sheet_names)} sheets; " + "; ".join(sheets)


def _first_cells(book: fastexcel.ExcelReader, name: str) -> str:
    sheet = book.load_sheet(name, header_row=None, n_rows=_ROWS, dtypes="string")
    rows = sheet.to_polars().rows()
    printed = (" | ".join((cell or "")[:_CELL].replace("\n", " ") for cell in row[:_COLUMNS]) for row in rows)
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
