"""Publishers' CSV text: decoding, header by name, physical line numbers, printed numbers, and finding a cell again.

Pure: bytes in, text and numbers out. What columns mean, units and rows are the publishers' modules' business. Python's
own ``csv`` reads here instead of Polars because a figure must be traced to its line as printed and must not pass
through a float. ``read_delimited`` has a small file as one, ``Streamed`` a larger one line by line, and ``Framed`` one of millions of
lines in frames of the printed text, for which Polars may split the lines and nothing more.

A file is cut off where its last line has no end: publishers end every line (so did each delimited file of theirs that was seen, from 1999
to 2026), and in ``1,234`` nothing tells a figure from the first half of one. It is whole where its last cell has as many decimals as each
above it, or is a text that stands above. Only where nobody knows how a table ends (``ends=False``) another last line is read, and marked.
"""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING, BinaryIO

from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

if TYPE_CHECKING:
    import polars as pl

# Exponents are printed by tools that write floats (1.2e+16); three digits of exponent are no figure of trade.
_NUMBER = re.compile(r"[+-]?[0-9]{1,25}(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_COMMAS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?", re.ASCII)
_POINTS = re.compile(r"[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}(,[0-9]+)?", re.ASCII)
_LOCATOR = re.compile(r"line ([0-9]{1,9}) \((.*)\), column (.+)", re.ASCII | re.DOTALL)
_EXACT = Context(prec=140)
_HEAD = 65536
AT_ONCE = 16 * 1024 * 1024
"""Bytes of a piece of ``Framed``."""


@dataclass(frozen=True)
class Line:
    """One record: the physical line it begins on (the header is line 1) and its cells as printed, quotes removed."""

    number: int
    cells: tuple[str, ...]
    open: bool = False
    """The text ends in its last cell, without a line's end or a closing quote: that cell may be half of one."""


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
    Raises Incomplete for a body without text or one that may be cut inside its last line, SchemaDrift for everything that is not that file:
    HTML sent as CSV (seen by others on DOSM's storage host), other encodings, broken quoting, a missing or doubled column.
    """
    text = _Text([decoded(body, dataset=dataset, url=url)])
    streamed = Streamed(text, needs=needs, dataset=dataset, url=url)
    lines: list[Line] = []
    ragged: list[Line] = []
    for line in streamed:
        (lines if len(line.cells) == len(streamed.header) else ragged).append(line)
    return Delimited(streamed.header, tuple(lines), tuple(ragged))


class Streamed:
    """A comma-separated file line by line: its header first, then every record that follows, however many.

    Takes what ``read_delimited`` takes, or a document's content. Records of another width than the header's come too (``whole`` refuses
    them). Raises what ``read_delimited`` raises, some of it only when it comes to the place.

    ``ends``: the publisher ends its last line too, so one that may be cut is Incomplete; else it comes as ``open``.
    """

    def __init__(self, given: Content | _Text, *, needs: Sequence[str], delimiter: str = ",", ends: bool = True, dataset: str = "",
                 url: str = "") -> None:
        self._ends = ends
        self._text = given if isinstance(given, _Text) else _Text(_lines_of(given, dataset=dataset, url=url))
        self._where = {"dataset": dataset, "url": url}
        self._records = _records(self._text, delimiter=delimiter, **self._where)
        first = next(self._records, None)
        if first is None:
            raise Incomplete("the file holds no line of text", **self._where)
        self.header = tuple(name.strip() for name in first.cells)
        missing = [name for name in needs if name not in self.header]
        if missing:
            raise SchemaDrift(f"the header lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it reads "
                              f"{_shortened(', '.join(self.header))}", **self._where)
        doubled = sorted({name for name in self.header if name and self.header.count(name) > 1})
        if doubled:
            raise SchemaDrift(f"the header names {', '.join(doubled)} twice", **self._where)

    def __iter__(self) -> Iterator[Line]:
        last: Line | None = None
        above: deque[str] = deque(maxlen=64)
        for line in self._records:
            if last is not None:
                above.append(last.cells[-1])
                yield last
            last = line
        if last is not None:
            short = len(last.cells) < len(self.header)
            whole = self._text.ended or (not short and _surely_whole(last.cells[-1], above))
            if not whole and (self._ends or short):
                raise _broken_off(last.number, short=short, **self._where)
            yield last if whole or self._text.quoted else replace(last, open=True)

    def whole(self) -> Iterator[Line]:
        """The records, for a publisher that never has one of another width. Raises SchemaDrift for the first that is."""
        for line in self:
            if len(line.cells) != len(self.header):
                raise SchemaDrift(f"line {line.number} has {len(line.cells)} cells, the header {len(self.header)}: the file "
                                  "is cut off or of another layout", **self._where)
            yield line


class Framed:
    """A file of millions of records as frames of printed text, a piece at a time: its header, then (first line, frame) for each piece.

    For publishers whose cells hold no line's end and no separator, quoted or not: so a piece may end after any line, and a record of
    another width is seen by counting. ``ends=False`` is for a member of an archive, which a checksum holds to be whole. Raises what
    ``Streamed.whole`` raises, some of it only when it comes to the place.
    """

    def __init__(self, stream: BinaryIO, *, needs: Sequence[str], delimiter: str = ",", ends: bool = True, dataset: str = "",
                 url: str = "") -> None:
        self._stream, self._needs, self._delimiter, self._ends = stream, tuple(needs), delimiter, ends
        self._where = {"dataset": dataset, "url": url}
        first = stream.readline(_HEAD)
        if not first.strip():
            raise Incomplete("the file holds no line of text", **self._where)
        # The header is told by the rules of every other form.
        self.header = Streamed(_Text([decoded(first, **self._where)]), needs=needs, delimiter=delimiter, dataset=dataset, url=url).header

    def __iter__(self) -> Iterator[tuple[int, pl.DataFrame]]:
        number, rest = 2, b""
        while read := self._stream.read(AT_ONCE):
            whole, end, after = (rest + read).rpartition(b"\n")
            if end:
                yield number, self._frame(whole + end, number)
                number += whole.count(b"\n") + 1
            rest = after
            if len(rest) > AT_ONCE:
                raise SchemaDrift(f"line {number} has more than {AT_ONCE:,} bytes", **self._where)
        if rest.strip():
            short = rest.count(self._delimiter.encode()) < len(self.header) - 1
            if short or self._ends:
                raise _broken_off(number, short=short, **self._where)
            yield number, self._frame(rest + b"\n", number)

    def _frame(self, lines: bytes, number: int) -> pl.DataFrame:
        import polars as pl  # here, as in every parser: a command that only looks at what is stored never loads it

        if b"\0" in lines:
            raise SchemaDrift(f"the file holds NUL characters (from line {number} on)", **self._where)
        if b"\r" in lines and lines.count(b"\r") != lines.count(b"\r\n"):
            raise SchemaDrift(f"a line from {number} on has a carriage return inside", **self._where)
        count = lines.count(b"\n")
        names = [str(place) for place in range(len(self.header))]
        try:
            frame = pl.read_csv(lines, has_header=False, separator=self._delimiter, schema=dict.fromkeys(names, pl.String),
                                columns=[self.header.index(name) for name in self._needs], empty_string_is_null=False,
                                extra_columns="raise")
        except (pl.exceptions.PolarsError, ValueError) as exc:
            said = str(exc).splitlines()[0][:200] if str(exc) else type(exc).__name__
            raise SchemaDrift(f"lines from {number} on are not {len(self.header)} well-formed cells each: {said}", **self._where) from exc
        if frame.height != count or lines.count(self._delimiter.encode()) != count * (len(self.header) - 1):
            raise SchemaDrift(f"a line from {number} on has not {len(self.header)} cells as the header has: the file is cut off or of "
                              "another layout", **self._where)
        # Polars gives the columns in the order of the file.
        return frame.select(pl.col(str(self.header.index(name))).alias(name) for name in self._needs)


def _surely_whole(cell: str, above: Collection[str]) -> bool:
    """Whether the last cell of a text cannot be the first half of another: a number with as many decimals as each above it, or a text
    that stands above and begins no longer one there (an empty cell: where all are empty)."""
    def decimals(text: str) -> int:
        return len(text.strip().partition(".")[2]) if printed_number(text) is not None else -1

    here = decimals(cell)
    if here < 0:
        return cell in above and all(text == cell or not text.startswith(cell) for text in above)
    others = {found for text in above if (found := decimals(text)) >= 0}
    return here > 0 and others == {here}


def _broken_off(number: int, *, short: bool, dataset: str, url: str) -> Incomplete:
    said = "" if short else ": it has no end, and whether its last cell is whole nobody can tell"
    return Incomplete(f"the file breaks off in line {number}{said}. Fetch or save it again", dataset=dataset, url=url)


def records_at(stream: BinaryIO, numbers: Collection[int], *, delimiter: str = ",") -> dict[int, tuple[str, ...]]:
    """The cells of some lines of what ``Framed`` reads (the header is line 1). Raises NotReadable where there is no such line."""
    found = {}
    for number, line in enumerate(iter(lambda: stream.readline(_HEAD), b""), 1):
        if number in numbers:
            found[number] = _cells(line, number, delimiter)
            if len(found) == len(numbers):
                return found
    raise NotReadable(f"these bytes have no record on line {min(set(numbers) - set(found))}")


def _cells(line: bytes, number: int, delimiter: str) -> tuple[str, ...]:
    try:
        found = next(_records(_Text([decoded(line)]), delimiter=delimiter, dataset="", url=""), None)
    except SchemaDrift as exc:
        raise NotReadable(f"line {number} is no record: {exc.said}") from exc
    if found is None:
        raise NotReadable(f"these bytes have no record on line {number}")
    return found.cells


class _Text:
    """Lines of text in pieces, and whether what came so far ends with a line's end, or at least with a quote."""

    def __init__(self, pieces: Iterable[str]) -> None:
        self._pieces = pieces
        self.ended = True
        self.quoted = False

    def __iter__(self) -> Iterator[str]:
        for piece in self._pieces:
            for line in io.StringIO(piece, newline=""):
                if line.strip():
                    self.ended, self.quoted = line.endswith(("\n", "\r")), line.endswith('"')
                yield line


def _lines_of(content: Content, *, dataset: str, url: str) -> Iterator[str]:
    """Raises SchemaDrift where ``decoded`` does."""
    decoded(content.head[:1024].decode("utf-8-sig", errors="ignore").encode(), dataset=dataset, url=url)
    with content.open() as stream, io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        number = 0
        while True:
            try:
                line = text.readline()
            except UnicodeDecodeError as exc:
                raise SchemaDrift(f"the file is not UTF-8 text (after line {number})", dataset=dataset, url=url) from exc
            if not line:
                return
            number += 1
            if "\0" in line:
                raise SchemaDrift(f"the file holds NUL characters (line {number})", dataset=dataset, url=url)
            yield line


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


def _records(text: Iterable[str], *, dataset: str, url: str, delimiter: str = ",") -> Iterator[Line]:
    # strict: without it an unclosed quote swallows the rest of the file into one cell and says nothing.
    reader = csv.reader(text, strict=True, delimiter=delimiter)
    begins = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield Line(begins, tuple(cells))
            begins = reader.line_num + 1
    except csv.Error as exc:
        said = f"the file is not well-formed CSV near line {reader.line_num}: {exc}"
        raise SchemaDrift(said, dataset=dataset, url=url) from exc


def header_of(body: bytes, *, delimiter: str = ",") -> tuple[str, ...]:
    """The names of the first line, or nothing where the body is no CSV: for recognising a file by its content."""
    start = body if len(body) <= _HEAD else body[:_HEAD].rsplit(b"\n", 1)[0]
    try:
        first = next(_records(_Text([decoded(start)]), delimiter=delimiter, dataset="", url=""), None)
    except SchemaDrift:
        return ()
    return tuple(name.strip() for name in first.cells) if first else ()


def cell_locator(line: int, key: Sequence[str], column: str) -> str:
    """``line 295 (abs, 2024-06-01), column imports``: where it stood, what the row was called, which column."""
    return f"line {line} ({', '.join(key)}), column {column}"


def cell_at(given: bytes | Content, locator: str, key_columns: Sequence[str], *, delimiter: str = ",") -> str:
    """The printed text of the cell a locator names. Raises NotReadable where these bytes have no such cell."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator reads 'line N (row), column NAME', not '{_shortened(locator)}'")
    number, key, column = int(found[1]), found[2], found[3]
    table = Streamed(Content.of(given), needs=key_columns, delimiter=delimiter, ends=False)
    if column not in table.header:
        raise NotReadable(f"these bytes have no column {_shortened(column)}")
    for line in table:
        if line.number == number and (len(line.cells) == len(table.header) or line.cells[len(table.header):] == ("",)):
            held = ", ".join(line.cells[table.header.index(name)].strip() for name in key_columns)
            if held != key:
                raise NotReadable(f"line {number} is ({held}) in these bytes, not ({key})")
            return line.cells[table.header.index(column)]
    raise NotReadable(f"these bytes have no record on line {number}")


def printed_number(text: str) -> Decimal | None:
    """The number a cell prints, exactly as written; None where it is no plain number (``inf``, ``1,234``, ``n/a``)."""
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def grouped_number(text: str) -> Decimal | None:
    """The same of a cell whose thousands may be parted by commas (``1,234.5``); None where the commas part anything else (``1,23``)."""
    text = text.strip()
    return printed_number(text.replace(",", "") if _COMMAS.fullmatch(text) else text)


def grouped_by_points(texts: Iterable[str]) -> str:
    """The first of these that can only be a number whose thousands are parted by points (``1.234.567``); empty where none is.

    In such a file ``1.234`` stands for 1,234 and reads like 1.234: one is enough to refuse all of it.
    """
    return next((text for text in texts if text.count(".") > 1 and _POINTS.fullmatch(text.strip())), "")


def rounded(value: Decimal, decimals: int) -> Decimal:
    """``value`` to so many decimals, halves to even, exactly (no float, no limit of 28 digits)."""
    return value.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN, context=_EXACT)


def _shortened(text: str, limit: int = 200) -> str:
    return text if len(text) <= limit else text[:limit] + " …"


def raw_of(line: Line) -> str:
    """A record as one line for the quarantine, bounded."""
    return _shortened(",".join(line.cells), 500)
