"""A grid of printed cells as the by-country table: header, columns by their meaning, lines by partner.

Pure: from ``pages.Grid`` to lines of printed numbers, each with its place. What becomes a row of ``stats.trade``
is ``rows``.

The header decides what a column is, never its position: 10 columns (a month and January to that month), 7 columns
(January and February together, or January alone) are the layouts seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from connectors.formats.grids import MARK, Grid, place
from connectors.statistics.gacc.titles import (
    Flow,
    Span,
    flow_of,
    growth_flow,
    growth_month,
    is_growth,
    span_of,
    squash,
)

FLOWS: tuple[Flow, ...] = ("total", "export", "import")
HEADER_WITHIN = 15
"""The header stands in the first rows; deeper down it is another table's."""
INDENT = "\xa0\u3000 "
"""Blanks that GACC indents a label with: non-breaking on pages, plain in workbooks."""

_OF_WHICH = re.compile(r"^\s*(?:of\s+which|其中)\s*[:：]\s*", re.IGNORECASE)
_NOTE = re.compile(r"^\s*(?:notes?\b|注)\s*[:：.]?", re.IGNORECASE)
_UNION = re.compile(r"(?:european union[^:：;；]*includes?\s*[:：]|\bEU\s+is\s+composed\s+of|欧洲联盟包括\s*[:：])([^;；。]*)",
                    re.IGNORECASE)
_COMPOSED = re.compile(r"(?P<group>[A-Za-z一-鿿][^:：;；。.,，、\d]*?)\s*(?:includes?|is\s+composed\s+of|包括)\s*[:：]?\s*"
                       r"(?P<members>[^;；。]*?)\s*(?=\.?\s*\d\s*[.、]|\.\s|\.?\s*$|[;；。])")
_BETWEEN = re.compile(r"\s*[,，、]\s*(?:and\s+)?|\s+and\s+|(?<=[一-鿿])和(?=[一-鿿])")
_DIGITS = re.compile(r"-?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,15})(?:\.[0-9]{1,20})?")
_TORN = re.compile(r"[\d,.]*(?:#+|＃+|…|\.\.\.)")
_FULL_WIDTH = str.maketrans("，．－０１２３４５６７８９", ",.-0123456789")
_NIL = frozenset({"-", "--", "–", "—", "―", "－"})


@dataclass(frozen=True)
class Column:
    """What one column holds."""

    at: int
    flow: Flow
    span: Span | None
    """None for growth in per cent."""
    header: str
    """As printed, the header's rows joined: ``Export & Import, 3``."""


@dataclass(frozen=True)
class Header:
    """Where the header stands and what it says."""

    first: int
    after: int
    """Index of the first row below it."""
    label_at: int
    values: tuple[Column, ...]
    growth: tuple[Column, ...]
    month: int
    """The last month of every span in it."""

    @property
    def last(self) -> int:
        """Index of the rightmost column."""
        return max(column.at for column in (*self.values, *self.growth))

    @property
    def spans(self) -> frozenset[Span]:
        return frozenset(column.span for column in self.values if column.span)


@dataclass(frozen=True)
class Line:
    """One printed row of a partner."""

    table: int
    at: int
    """Index of the row in the grid."""
    label: str
    """As printed, without indent."""
    indent: int
    """Blanks before the label: members of a group stand deeper than the group."""
    of_which: bool
    cells: tuple[str, ...] = field(repr=False)

    def place(self, column: Column | None = None) -> str:
        """The locator of one cell, or of the whole row."""
        if column is None:
            return place(self.table, self.at + 1, self.label)
        return place(self.table, self.at + 1, self.label, column.at + 1, column.header)

    def cell(self, column: Column) -> str:
        return self.cells[column.at] if column.at < len(self.cells) else ""

    def fits(self, header: Header) -> bool:
        """Whether the row has the header's columns: a lost cell moves all that follow it, growth too."""
        return len(self.cells) > header.last and all(is_blank(cell) for cell in self.cells[header.last + 1:])


@dataclass(frozen=True)
class Number:
    """A printed number, or a printed nil (``-``)."""

    value: Decimal
    decimals: int
    nil: bool = False


def number_of(cell: str) -> Number | None:
    """What a cell prints, or None when it is no number (a footnote mark, words). Blank cells are asked for before."""
    text = cell.strip(INDENT).translate(_FULL_WIDTH).replace("−", "-")
    if text in _NIL:
        return Number(Decimal(0), 0, nil=True)
    if not _DIGITS.fullmatch(text):
        return None
    bare = text.replace(",", "")
    return Number(Decimal(bare), len(bare.partition(".")[2]))


def is_torn(cell: str) -> bool:
    """Whether a cell stands for a number that it does not show: ``####``, where the publisher's column was too narrow (the
    bulletin of June 2026, in five totals), or digits that are cut (``2,125…``).
    """
    text = cell.strip(INDENT).translate(_FULL_WIDTH)
    return bool(_TORN.fullmatch(text))


def is_blank(cell: str) -> bool:
    return not cell.strip(INDENT)


def header_of(grid: Grid) -> Header | None:
    """The header of a by-country table, or None when the grid has none that is complete.

    Complete is: total, export and import, each once for every span, all ending in the same month, and for each flow
    either one growth column or none. A table with one column for each flow may leave the month to its title: the bulletin's of
    January, which is its own year to date.
    """
    for monthless in (False, True):
        for depth in (1, 2, 3) if monthless else (2, 3, 1):
            for first in range(min(len(grid.rows) - depth + 1, HEADER_WITHIN)):
                header = _header(grid.rows[first:first + depth], first, monthless=monthless)
                if header is not None:
                    return header
    return None


def _header(rows: Sequence[tuple[str, ...]], first: int, *, monthless: bool) -> Header | None:
    width = max(len(row) for row in rows)
    texts = [tuple(dict.fromkeys(squash(row[at]) for row in rows if at < len(row) and row[at].strip(INDENT)))
             for at in range(width)]
    label_at = next((at for at, cells in enumerate(texts) if cells), None)
    if label_at is None:
        return None
    # A workbook may leave the cells right of a heading empty instead of merging them: the heading reaches to the next.
    top = [squash(cell) for cell in rows[0]] + [""] * (width - len(rows[0]))
    for at in range(label_at + 2, width):
        if not top[at] and texts[at] and top[at - 1]:
            top[at] = top[at - 1]
            texts[at] = (top[at], *texts[at])
    values: list[Column] = []
    growth: list[Column] = []
    ends: set[int] = set()
    for at in range(label_at + 1, width):
        cells = texts[at]
        if not cells:
            continue
        printed = ", ".join(cells)
        if any(is_growth(cell) for cell in cells):
            flow = next((flow for cell in reversed(cells) if (flow := growth_flow(cell))), None)
            ends |= {month for cell in cells if (month := growth_month(cell))}
            span = None
        else:
            spanned = next((found for cell in cells if (found := span_of(cell))), None)
            flow = next((flow for cell in cells if span_of(cell) is None and (flow := flow_of(cell))), None)
            if spanned is None and not monthless:
                return None
            span, month = spanned or ("month", 1)
            ends.add(month)
        if flow is None:
            return None
        (values if span else growth).append(Column(at, flow, span, printed))
    told = {(column.flow, column.span) for column in values}
    spans = {span for _, span in told}
    whole = len(told) == len(values) > 0 and told == {(flow, span) for flow in FLOWS for span in spans}
    grown = sorted(column.flow for column in growth)
    if not whole or len(ends) != 1 or (monthless and len(values) != len(FLOWS)) or grown not in ([], sorted(FLOWS)):
        return None
    return Header(first, first + len(rows), label_at, tuple(values), tuple(growth), ends.pop())


def lines_of(grid: Grid, header: Header) -> Iterator[Line]:
    """The rows below the header that print numbers, in their order; a row whose label is missing has the label "".

    Notes, blank rows, headings without numbers and repetitions of the header are not among them.
    """
    heads = set(grid.rows[header.first:header.after])
    for at in range(header.after, len(grid.rows)):
        cells = grid.rows[at]
        filled = {squash(cell) for cell in cells if not is_blank(cell)}
        raw = cells[header.label_at] if header.label_at < len(cells) else ""
        unnamed = is_blank(raw) or number_of(raw) is not None
        if not filled or cells in heads or _NOTE.match(squash(raw)) or (len(filled) == 1 and not unnamed):
            continue
        if all(is_blank(cell) for cell in cells[header.label_at + 1:header.last + 1]):
            continue
        bare = "" if unnamed else squash(raw.split(MARK)[0]) or squash(raw)
        yield Line(table=grid.number, at=at, label=bare, indent=len(raw) - len(raw.lstrip(INDENT)),
                   of_which=_OF_WHICH.match(bare) is not None, cells=cells)


def partner_label(label: str) -> str:
    """A printed label as it is looked up: without ``of which:``, a heading's colon and wrong decoding.

    ``Hong Kongï¼\\x8cChina`` is UTF-8 read as Latin-1, seen where a page's charset was guessed; it is
    ``Hong Kong，China``.
    """
    bare = _OF_WHICH.sub("", label).rstrip(":： ")
    for wrong in ("latin-1", "cp1252"):
        try:
            repaired = bare.encode(wrong).decode("utf-8")
        except UnicodeError:
            continue
        if repaired != bare:
            return repaired
    return bare


def subsets(lines: Sequence[Line]) -> dict[int, list[Line]]:
    """Index of a group's line → its listed members: from ``of which:`` on, as long as labels stand deeper than it.

    On the page of March 2026: European Union 2 blanks, ``of which: Germany`` 7, Netherlands 17, United States 3.
    """
    found: dict[int, list[Line]] = {}
    group = -1
    edge = 0
    for index, line in enumerate(lines):
        if line.of_which and index:
            group, edge = index - 1, line.indent
            found[group] = [line]
        elif group >= 0 and line.indent > edge:
            found[group].append(line)
        else:
            group = -1
    return found


def composition(grid: Grid) -> dict[str, tuple[str, ...]]:
    """Groups and their members as the table's own notes print them: ``ASEAN`` → Brunei, Myanmar, …; empty without notes.

    The bulletin's notes of January and June 2026 count Timor-Leste to ASEAN, the preliminary page of March 2026 does not.
    """
    found: dict[str, tuple[str, ...]] = {}
    notes = (cell for row in grid.rows for cell in dict.fromkeys(row) if _NOTE.match(squash(cell)))
    for said in (match for note in notes for match in _COMPOSED.finditer(_NOTE.sub("", squash(note)))):
        members = tuple(name for name in _BETWEEN.split(said["members"].strip(" .")) if name)
        if len(members) > 1:
            found[said["group"].strip()] = members
    return found


def european_union(grid: Grid) -> str | None:
    """The area that a table's own note means by European Union, or None when no note lists the members.

    From which month GACC leaves the United Kingdom out is written nowhere else: ``areas.csv`` says January 2020,
    and the page's own word goes before it.
    """
    for row in reversed(grid.rows):
        for cell in dict.fromkeys(row):
            listed = _UNION.search(cell)
            if listed:
                with_britain = any(name in listed[1].casefold() for name in ("united kingdom", "britain", "英国"))
                return "EU28" if with_britain else "EU27_2020"
    return None
