"""Publishers' CSV text: decoding, header by name, physical line numbers, printed numbers, and finding a cell again.

Pure: bytes in, text and numbers out. What columns mean, units and rows are the publishers' modules' business. Python's
own ``csv`` reads here instead of Polars because a figure must be traced to its line as printed and must not pass
through a float; the files are small (the largest, the ECB's history, is 2 MB).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal

from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

# Exponents are printed by tools that write floats (1.2e+16); three digits of exponent are no figure of trade.
_NUMBER = re.compile(r"[+-]?[0-9]{1,25}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_LOCATOR = re.compile(r"line ([0-9]{1,9}) \((.*)\), column (.+)", re.ASCII | re.DOTALL)
_EXACT = Context(prec=140)
_HEAD = 65536


@dataclass(frozen=True)
class Line:
    """One record: the physical line it begins on (the header is line 1) and its cells as printed, quotes removed."""

    number: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Delimited:
    """A header and its records, records of another width kept apart."""

    header: tuple[str, ...]
    lines: tuple[Line, ...]
    ragged: tuple[Line, ...]

    def column(self, name: str) -> int:
        """Position of a column; the header is known to hold it."""
        return self.header.index(name)

    def added(self, known: Collection[str]) -> tuple[str, ...]:
        """Columns that nobody has seen before; the empty name of a trailing comma is none."""
        return tuple(name for name in self.header if name and name not in known)


def read_delimited(body: bytes, *, needs: Sequence[str], dataset: str = "", url: str = "") -> Delimited:
    """The records of a comma-separated file whose header holds all of ``needs``, in any order.

    Takes UTF-8 with or without byte order mark, any line ending, quoted cells; blank lines are skipped.
    Raises Incomplete for a body without text or one that breaks off inside its last line, SchemaDrift for everything that
    is not that file: HTML sent as CSV (seen by others on DOSM's storage host), other encodings, broken quoting, a missing
    or doubled column.
    """
    text = decoded(body, dataset=dataset, url=url)
    records = _records(text, dataset=dataset, url=url)
    first = next(records, None)
    if first is None:
        raise Incomplete("the file holds no line of text", dataset=dataset, url=url)
    header = tuple(name.strip() for name in first.cells)
    missing = [name for name in needs if name not in header]
    if missing:
        raise SchemaDrift(f"the header lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it reads "
                          f"{_shortened(', '.join(header))}", dataset=dataset, url=url)
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    if doubled:
        raise SchemaDrift(f"the header names {', '.join(doubled)} twice", dataset=dataset, url=url)
    lines: list[Line] = []
    ragged: list[Line] = []
    for line in records:
        (lines if len(line.cells) == len(header) else ragged).append(line)
    last = max((*lines, *ragged), key=lambda line: line.number, default=first)
    if not text.endswith(("\n", "\r")) and len(last.cells) < len(header):
        raise Incomplete(f"the file breaks off in line {last.number}", dataset=dataset, url=url)
    return Delimited(header, tuple(lines), tuple(ragged))


def decoded(body: bytes, *, dataset: str = "", url: str = "") -> str:
    """The body as text. Raises SchemaDrift for HTML, other encodings and NUL characters (which no lake can store)."""
    if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        raise SchemaDrift("HTML or XML stands where a CSV file should be", dataset=dataset, url=url)
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise SchemaDrift(f"the file is not UTF-8 text (byte {exc.start})", dataset=dataset, url=url) from exc
    if "\0" in text:
        raise SchemaDrift("the file holds NUL characters", dataset=dataset, url=url)
    return text


def _records(text: str, *, dataset: str, url: str) -> Iterator[Line]:
    # strict: without it an unclosed quote swallows the rest of the file into one cell and says nothing.
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(begins, tuple(cells))
            begins = reader.line_num + 1
    except csv.Error as exc:
        said = f"the file is not well-formed CSV near line {reader.line_num}: {exc}"
        raise SchemaDrift(said, dataset=dataset, url=url) from exc


def header_of(body: bytes) -> tuple[str, ...]:
    """The names of the first line, or nothing where the body is no CSV: for recognising a file by its content."""
    start = body if len(body) <= _HEAD else body[:_HEAD].rsplit(b"\n", 1)[0]
    try:
        first = next(_records(decoded(start), dataset="", url=""), None)
    except SchemaDrift:
        return ()
    return tuple(name.strip() for name in first.cells) if first else ()


def cell_locator(line: int, key: Sequence[str], column: str) -> str:
    """``line 295 (abs, 2024-06-01), column imports``: where it stood, what the row was called, which column."""
    return f"line {line} ({', '.join(key)}), column {column}"


def cell_at(body: bytes, locator: str, key_columns: Sequence[str]) -> str:
    """The printed text of the cell a locator names. Raises NotReadable where these bytes have no such cell."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator reads 'line N (row), column NAME', not '{_shortened(locator)}'")
    number, key, column = int(found[1]), found[2], found[3]
    table = read_delimited(body, needs=key_columns)
    if column not in table.header:
        raise NotReadable(f"these bytes have no column {_shortened(column)}")
    for line in table.lines:
        if line.number == number:
            held = ", ".join(line.cells[table.column(name)].strip() for name in key_columns)
            if held != key:
                raise NotReadable(f"line {number} is ({held}) in these bytes, not ({key})")
            return line.cells[table.column(column)]
    raise NotReadable(f"these bytes have no record on line {number}")


def printed_number(text: str) -> Decimal | None:
    """The number a cell prints, exactly as written; None where it is no plain number (``inf``, ``1,234``, ``n/a``)."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def rounded(value: Decimal, decimals: int) -> Decimal:
    """``value`` to so many decimals, halves to even, exactly (no float, no limit of 28 digits)."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_EXACT)


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[:limit] + " …"


def raw_of(line: Line) -> str:
    """A record as one line for the quarantine, bounded."""
    return _shortened(",".join(line.cells), 500)
