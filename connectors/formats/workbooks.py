"""Excel workbooks as grids of printed cells: xlsx (a zip of XML) and xls (Excel 97). Pure.

``xlrd`` reads xls. xlsx is read here: of the libraries at hand, fastexcel (0.21, 2026-11) counts columns from the first that is used,
gives cells with an error as blank ones, floats with their noise (376356483.138000011) and no merged cells.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, BinaryIO

from lxml import etree

from connectors.formats import packed
from connectors.formats.grids import MARK, MOST_SPANNED, Grid, filled, spanned
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, TooLarge

if TYPE_CHECKING:
    import xlrd

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The first bytes of every Excel 97 workbook."""
_EMPTY, _DATE, _TRUTH, _ERROR, _BLANK = 0, 3, 4, 5, 6
"""xlrd's kinds of cells that hold neither text nor a number, whatever their value looks like: #N/A is 42 there."""
FLOAT_DIGITS = 15
"""A workbook's numbers are floats, of which Excel shows fifteen digits (CNY 100 million to the yuan needs fourteen); what follows
is noise."""
MOST_UNPACKED = 256 * 1024 * 1024
MOST_CELLS = 10_000_000
"""Of a sheet, blank ones before the last of a row too."""
_PLACE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})", re.ASCII)
_DATES = frozenset({*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)})
"""Excel's own formats that show a day or an hour."""


def read_workbook(given: bytes | Content) -> tuple[Grid, ...]:
    """Every sheet, hidden ones too, with merged cells filled in. Raises NotReadable for what is no workbook, TooLarge beyond the limits."""
    content = Content.of(given)
    if content.head.startswith(OLE):
        return _excel_97(content.body)
    with opened(content) as book:
        return tuple(Grid(number, book.grid(sheet), sheet.name) for number, sheet in enumerate(book.sheets, 1))


def number_as_typed(value: float) -> str:
    """A float as the figure that was typed: 376356483.138, not 376356483.13800001."""
    if not abs(value) < 1e15:
        return repr(value)
    text = format(Decimal(f"{value:.{FLOAT_DIGITS}g}"), "f")
    return text if text != "-0" else "0"


@dataclass(frozen=True)
class Sheet:
    """A sheet of an xlsx file."""

    name: str
    hidden: bool
    member: str
    """Where it is in the zip."""


@contextmanager
def opened(given: bytes | Content) -> Iterator[Xlsx]:
    """An xlsx file. Raises NotReadable for what is none, TooLarge for one that unpacks to too much."""
    limits = packed.Limits(members=5_000, unpacked=MOST_UNPACKED)
    with packed.opened(given, limits) as book:
        if book.said > limits.unpacked:
            raise TooLarge(f"the workbook says it unpacks to {book.said:,} bytes")
        yield Xlsx(book)


class Xlsx:
    """An opened xlsx file: its sheets, and their cells row by row."""

    def __init__(self, book: packed.Zip) -> None:
        self._zip = book
        targets = {one.get("Id"): one.get("Target", "") for _, one in self._elements("xl/_rels/workbook.xml.rels", ("Relationship",))}
        self.sheets: list[Sheet] = []
        self._first_day = datetime(1899, 12, 30)
        for name, element in self._elements("xl/workbook.xml", ("sheet", "workbookPr")):
            if name == "workbookPr":
                if element.get("date1904") in ("1", "true"):
                    self._first_day = datetime(1904, 1, 1)
                continue
            said = next((value for key, value in element.attrib.items() if key.endswith("}id")), "")
            target = targets.get(said, "")
            self.sheets.append(Sheet(element.get("name", ""), element.get("state", "visible") != "visible",
                                     target.lstrip("/") if target.startswith("/") else f"xl/{target}"))
        if not self.sheets:
            raise NotReadable("the workbook has no sheets")
        self._texts = [_text(element) for _, element in self._elements("xl/sharedStrings.xml", ("si",), needed=False)]
        self._dated = self._styles()

    def grid(self, sheet: Sheet) -> tuple[tuple[str, ...], ...]:
        """All rows, merged cells filled in."""
        merged: list[str] = []
        rows = list(self.rows(sheet, merged))
        return tuple(filled(rows, spanned(_range(one) for one in merged)))

    def rows(self, sheet: Sheet, merged: list[str] | None = None) -> Iterator[tuple[str, ...]]:
        """Rows of printed cells from the first row and column of the sheet, as they are asked for. What is merged is noted in ``merged``
        at the end, which is where the file has it."""
        expected, cells_seen = 1, 0
        for name, element in self._elements(sheet.member, ("row", "mergeCell")):
            if name == "mergeCell":
                if merged is not None:
                    merged.append(element.get("ref", ""))
                continue
            said = element.get("r", str(expected))
            if not said.isascii() or not said.isdigit() or not expected <= int(said[:8]) <= 1_048_576:
                raise NotReadable(f"a row of {sheet.name!r} has the number {said[:20]!r}")
            yield from [()] * (int(said) - expected)
            expected = int(said) + 1
            cells: list[str] = []
            for cell in element:
                if _local(cell) == "c":
                    at = _place(cell.get("r", ""))[1] if cell.get("r") else len(cells)
                    if not len(cells) <= at < 16_384:
                        raise NotReadable(f"a cell of {sheet.name!r} has the place {cell.get('r', '')[:20]!r}")
                    cells += [""] * (at - len(cells))
                    cells.append(self._printed(cell))
            cells_seen += len(cells)
            if cells_seen > MOST_CELLS:
                raise TooLarge(f"sheet {sheet.name!r} has more than {MOST_CELLS:,} cells")
            yield tuple(cells)

    def _printed(self, cell: Any) -> str:
        kind = cell.get("t", "n")
        if kind == "inlineStr":
            return _one_line(_text(cell))
        value = next((child.text or "" for child in cell if _local(child) == "v"), "")
        if kind == "s":
            if not value.isdigit() or int(value[:9]) >= len(self._texts):
                raise NotReadable(f"cell {cell.get('r', '')[:20]} is text {value[:20]!r} of {len(self._texts)}")
            return _one_line(self._texts[int(value)])
        if kind == "b":
            return {"1": "TRUE", "0": "FALSE"}.get(value, value)
        if kind != "n" or not value:
            return _one_line(value)
        try:
            number = float(value)
            if cell.get("s", "0") in self._dated:
                return _moment(self._first_day, number)
        except (ValueError, OverflowError) as error:
            raise NotReadable(f"cell {cell.get('r', '')[:20]} is no number: {value[:40]!r}") from error
        return number_as_typed(number)

    def _styles(self) -> frozenset[str]:
        """Styles, by their number, of cells that show a day or an hour: only the style tells that 46053 is 2026-01-31."""
        dates, found = {str(number) for number in _DATES}, []
        for name, element in self._elements("xl/styles.xml", ("numFmt", "cellXfs"), needed=False):
            if name == "numFmt":
                form = re.sub(r'"[^"]*"|\\.|\[[^\]]*\]', "", element.get("formatCode", ""))
                if re.search("[ymdhs]", form, re.IGNORECASE):
                    dates.add(element.get("numFmtId", ""))
            else:
                found = [str(at) for at, style in enumerate(element) if style.get("numFmtId") in dates]
        return frozenset(found)

    def _elements(self, member: str, names: tuple[str, ...], *, needed: bool = True) -> Iterator[tuple[str, Any]]:
        """Elements of a part by their local names, each gone once the next is asked for."""
        if member not in self._zip.names:
            if needed:
                raise NotReadable(f"no workbook: the zip has no {member[:80]}")
            return
        with self._zip.open(member) as part:
            yield from _elements(part, member, names)


def _elements(part: BinaryIO, member: str, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    events = etree.iterparse(part, events=("end",), tag=[f"{{*}}{name}" for name in names], resolve_entities=False, no_network=True,
                             load_dtd=False, remove_comments=True, remove_pis=True, huge_tree=False)
    try:
        for _, element in events:
            yield _local(element), element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise NotReadable(f"{member[:80]} in the workbook is broken: {str(error)[:200]}") from error


def _local(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(element: Any) -> str:
    """Runs of text put together, ``MARK`` before a raised one, without the readings that stand above Chinese and Japanese ones."""
    return "".join((MARK if _is_raised(child.getparent()) else "") + (child.text or "")
                   for child in element.iter("{*}t") if _local(child.getparent()) != "rPh")


def _is_raised(run: Any) -> bool:
    return _local(run) == "r" and any(style.get("val") in ("superscript", "subscript") for style in run.iterfind("{*}rPr/{*}vertAlign"))


def _moment(first_day: datetime, number: float) -> str:
    moment = first_day + timedelta(seconds=round(number * 86_400))
    return f"{moment:%Y-%m-%d}" if number == int(number) else f"{moment:%Y-%m-%d %H:%M:%S}"


def _one_line(text: str) -> str:
    return re.sub(r"[\t\r\n\f]+", " ", text).replace("\0", "\ufffd")


def _place(printed: str) -> tuple[int, int]:
    """``C14`` as row and column from 0. Raises NotReadable for what is no place."""
    found = _PLACE.fullmatch(printed)
    if found is None:
        raise NotReadable(f"{printed[:20]!r} is no place in a sheet")
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(found[2]) - 1, column - 1


def _range(printed: str) -> tuple[int, int, int, int]:
    first, _, last = printed.partition(":")
    (top, left), (bottom, right) = _place(first), _place(last or first)
    return top, bottom + 1, left, right + 1


def _excel_97(body: bytes) -> tuple[Grid, ...]:
    import xlrd

    try:
        book = xlrd.open_workbook(file_contents=body, logfile=io.StringIO(), formatting_info=True, ragged_rows=True)
        return tuple(Grid(number, tuple(_sheet_rows(book, book.sheet_by_index(number - 1))), book.sheet_names()[number - 1])
                     for number in range(1, book.nsheets + 1))
    except Exception as error:
        # On damaged files xlrd raises whatever its byte arithmetic meets: struct.error, IndexError, AssertionError, …
        raise NotReadable(f"not a readable Excel 97 workbook: {type(error).__name__} {error}") from error


def _sheet_rows(book: xlrd.book.Book, sheet: xlrd.sheet.Sheet) -> Iterable[tuple[str, ...]]:
    raised = {number for number, font in enumerate(book.font_list) if font.escapement}
    rows = [tuple([_cell(book, sheet.cell(row, column), [at for at, font in sheet.rich_text_runlist_map.get((row, column), ())
                                                         if font in raised]) for column in range(sheet.row_len(row))])
            for row in range(sheet.nrows)]
    # A workbook does not store blank cells at the end of a row.
    return filled(rows, spanned(sheet.merged_cells), min(sheet.ncols, MOST_SPANNED))


def _cell(book: xlrd.book.Book, cell: xlrd.sheet.Cell, raised: list[int]) -> str:
    """A cell as printed; ``raised``: where in its text a raised run begins."""
    import xlrd

    if cell.ctype in (_EMPTY, _BLANK):
        return ""
    if cell.ctype == _DATE:
        return _moment(datetime(1904, 1, 1) if book.datemode else datetime(1899, 12, 30), float(cell.value))
    if cell.ctype == _TRUTH:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == _ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    if isinstance(cell.value, float):
        return number_as_typed(cell.value)
    text = str(cell.value)
    for at in reversed(raised):
        text = f"{text[:at]}{MARK}{text[at:]}"
    return _one_line(text)
