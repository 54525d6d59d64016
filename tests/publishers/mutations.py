"""What a publisher may do to a page overnight: bytes in, bytes out, for GACC's HTML tables and DOSM's CSV.

Each function finds its place by what a reader sees (a row's label, a printed number, a column's title), changes it
and nothing else, and raises LookupError where there is nothing to change: a mutation that did nothing would make a
test pass for no reason. Faults on the wire are ``faults``. "Yesterday's page again" needs no function: serve the old
bytes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from decimal import Decimal

_ROW = re.compile(rb"[ \t]*<tr\b[^>]*>.*?</tr>(?:\r?\n)?", re.IGNORECASE | re.DOTALL)
_CELL = re.compile(rb"[ \t]*<t[dh]\b[^>]*>.*?</t[dh]>(?:\r?\n)?", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(rb"<[^>]*>")
_NUMBER = re.compile(rb"(?<![\w.,])-?\d[\d,]*(?:\.\d+)?(?![\w.,])")
_COLSPAN = re.compile(rb"(colspan=[\"']?)(\d+)", re.IGNORECASE)


def is_csv(body: bytes) -> bool:
    """CSV, as opposed to an HTML page."""
    return b"<tr" not in body.lower()


def revise(body: bytes, row_label: str, old: str, new: str) -> bytes:
    """One printed figure of a row becomes another; the first one where the row prints it twice.

    A row of a CSV is named by the beginning of its line (``abs,2026-03-01``).
    """
    def change(row: bytes) -> bytes:
        pattern = rb"(?<![\w.,-])" if not is_csv(body) else rb"(?<![^,\n])"
        ending = rb"(?![\w.,])" if not is_csv(body) else rb"(?![^,\r\n])"
        changed, times = re.subn(pattern + re.escape(old.encode()) + ending, lambda _: new.encode(), row, count=1)
        if not times:
            raise LookupError(f"the row {row_label!r} does not print {old!r}")
        return changed
    return _on_row(body, row_label, change)


def withdraw_row(body: bytes, row_label: str) -> bytes:
    """A row is gone, the rest moves up."""
    return _on_row(body, row_label, lambda row: b"")


def add_column(body: bytes, title: str, *, value: str = "0.0", at: int | None = None) -> bytes:
    """A new column, last or at an index; cells that span the table grow by one. In a CSV ``value`` fills every row."""
    if is_csv(body):
        return _on_csv_cells(body, lambda cells, first: _inserted(cells, at, (title if first else value).encode()))
    width = _width(body)

    def widen(row: bytes, cells: list[bytes], kind: str) -> list[bytes]:
        if kind == "spanning":
            return [_COLSPAN.sub(lambda span: span[1] + str(int(span[2]) + 1).encode(), cells[0], count=1)]
        model = cells[-1]
        return _inserted(cells, at, _filled(model, title if kind == "header" else value))
    return _on_table(body, width, widen)


def move_column(body: bytes, source: int, target: int) -> bytes:
    """A column stands somewhere else, its title with it. Rows with cells that span several stay as they are."""
    if is_csv(body):
        return _on_csv_cells(body, lambda cells, first: _moved(cells, source, target))

    def move(row: bytes, cells: list[bytes], kind: str) -> list[bytes]:
        return cells if kind == "spanning" or len(cells) <= max(source, target) else _moved(cells, source, target)
    return _on_table(body, _width(body), move)


def scale(body: bytes, factor: int | Decimal, *, columns: tuple[int, ...] | None = None) -> bytes:
    """Every figure times ``factor`` under the same unit line: a page whose unit was forgotten.

    ``columns`` are those that hold values: GACC's by-country page 1 to 6 (the last three are growth), DOSM's headline
    2 to 8. None takes every column but the first.
    """
    def wanted(index: int) -> bool:
        return index > 0 if columns is None else index in columns

    grouping = "" if is_csv(body) else ","

    def scaled(cell: bytes) -> bytes:
        return _NUMBER.sub(lambda found: _times(found[0], Decimal(factor), grouping), cell, count=1)

    if is_csv(body):
        return _on_csv_cells(body, lambda cells, first: cells if first else [
            scaled(cell) if wanted(index) else cell for index, cell in enumerate(cells)])

    def multiply(row: bytes, cells: list[bytes], kind: str) -> list[bytes]:
        if kind != "data":
            return cells
        return [_in_text(cell, scaled) if wanted(index) else cell for index, cell in enumerate(cells)]
    return _on_table(body, _width(body), multiply)


def empty_table(body: bytes) -> bytes:
    """Titles and notes are there, all rows of figures are gone."""
    if is_csv(body):
        return body[:body.index(b"\n") + 1]
    return _on_table(body, _width(body), lambda row, cells, kind: [] if kind == "data" else cells)


def _on_row(body: bytes, label: str, change: Callable[[bytes], bytes]) -> bytes:
    if is_csv(body):
        lines = body.splitlines(keepends=True)
        found = [index for index, line in enumerate(lines) if index and line.startswith(label.encode())]
        if len(found) != 1:
            raise LookupError(f"{len(found)} lines begin with {label!r}")
        lines[found[0]] = change(lines[found[0]])
        return b"".join(lines)
    rows = [row for row in _ROW.finditer(body) if _label(row[0]) == label]
    if len(rows) != 1:
        raise LookupError(f"{len(rows)} rows are called {label!r}")
    return body[:rows[0].start()] + change(rows[0][0]) + body[rows[0].end():]


def _on_csv_cells(body: bytes, change: Callable[[list[bytes], bool], list[bytes]]) -> bytes:
    # DOSM quotes nothing (seen May 2026), so a comma is always a border.
    if b'"' in body:
        raise LookupError("this CSV quotes its cells; these mutations do not")
    made = []
    for index, line in enumerate(body.splitlines(keepends=True)):
        text = line.rstrip(b"\r\n")
        made.append(b",".join(change(text.split(b","), index == 0)) + line[len(text):])
    return b"".join(made)


def _on_table(body: bytes, width: int, change: Callable[[bytes, list[bytes], str], list[bytes]]) -> bytes:
    """Give each row's cells and its kind (``spanning``, ``header`` or ``data``) to ``change``; no cells, no row."""
    def row_changed(found: re.Match[bytes]) -> bytes:
        row = found[0]
        cells = [cell[0] for cell in _CELL.finditer(row)]
        if not cells:
            return row
        made = change(row, cells, _kind(row, cells, width))
        first = row.index(cells[0])
        last = row.rindex(cells[-1]) + len(cells[-1])
        return row[:first] + b"".join(made) + row[last:] if made else b""
    changed = _ROW.sub(row_changed, body)
    if changed == body:
        raise LookupError("there is no table to change")
    return changed


def _width(body: bytes) -> int:
    return max((len(_CELL.findall(row)) for row in _ROW.findall(body)), default=0)


def _kind(row: bytes, cells: list[bytes], width: int) -> str:
    if len(cells) == 1 and _COLSPAN.search(cells[0]):
        return "spanning"
    has_figure = any(_NUMBER.fullmatch(text) and b"." in text for text in map(_plain, cells[1:]))
    return "data" if has_figure and len(cells) == width else "header"


def _plain(cell: bytes) -> bytes:
    return " ".join(html.unescape(_TAG.sub(b"", cell).decode()).replace("\xa0", " ").split()).encode()


def _label(row: bytes) -> str:
    first = _CELL.search(row)
    return _plain(first[0]).decode() if first else ""


def _in_text(cell: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change what stands between tags; numbers inside tags (``width="90"``) stay."""
    return b"".join(piece if piece.startswith(b"<") else change(piece) for piece in re.split(rb"(<[^>]*>)", cell))


def _filled(model: bytes, text: str) -> bytes:
    """A cell like ``model`` with another text."""
    opening = re.search(rb"<t[dh]\b[^>]*>", model, re.IGNORECASE)
    closing = re.search(rb"</t[dh]>", model, re.IGNORECASE)
    if opening is None or closing is None:
        raise LookupError("this is no cell")
    plain = _COLSPAN.sub(rb"\g<1>1", opening[0])
    return model[:opening.start()] + plain + html.escape(text).encode() + model[closing.start():]


def _times(printed: bytes, factor: Decimal, grouping: str) -> bytes:
    text = printed.decode()
    decimals = len(text.partition(".")[2])
    return f"{Decimal(text.replace(',', '')) * factor:{grouping}.{decimals}f}".encode()


def _inserted(cells: list[bytes], at: int | None, cell: bytes) -> list[bytes]:
    index = len(cells) if at is None else at
    return [*cells[:index], cell, *cells[index:]]


def _moved(cells: list[bytes], source: int, target: int) -> list[bytes]:
    rest = [*cells[:source], *cells[source + 1:]]
    return _inserted(rest, target, cells[source])
