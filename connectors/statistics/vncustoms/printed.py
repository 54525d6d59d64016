"""Tables 5X and 5N as printed: which table a PDF is, and its rows, each cell found by where it stands. Pure.

The English edition of June 2026 was seen (Crystal Reports, 37 pages, every page with its header). The Vietnamese edition has the same
columns by the account of others who read every month from December 2023 to August 2026; nobody of us saw one, so what does not fit is
refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import groupby

from connectors.formats import pdf_text
from connectors.formats.pdf_text import Line, Word
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift

COLUMNS = ("month volume", "month value", "year volume", "year value")
"""Of the reporting month, and of the year to its end."""
_MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december")
_TITLES = {
    "en": re.compile(r"statistics of (export|import)s by country/territory ?- ?main"),
    "vi": re.compile(r"(xuat|nhap) khau\b.{0,60}\b(?:nuoc|vung lanh tho|thi truong)\b.{0,40}\bmat hang"),
}
_FLOWS = {"export": "export", "xuat": "export", "import": "import", "nhap": "import"}
_OTHERS = re.compile(r"\bfdi\b|foreign|von dau tu|doanh nghiep|enterprise")
_EDITIONS = re.compile(r"\bofficial\b|\bfinal\b|\badjusted\b|\bchinh thuc\b|\bdieu chinh\b")
_ENGLISH_MONTH = re.compile(rf"\b({'|'.join(_MONTHS)}),? (20[0-9]{{2}})\b")
_VIETNAMESE_MONTH = re.compile(r"\bthang (0?[1-9]|1[0-2]) ?(?:nam|/) ?(20[0-9]{2})\b")
_HALF = re.compile(r"\bky ?[12]\b|\bky (?:1|2|i|ii) thang\b|\bhalf\b|\bfortnight|\bperiod [12]\b|first half|second half|\bfrom [0-9]")
_OFFICE = re.compile(r"(?:general )?department of customs|vietnam customs|viet nam customs|(?:tong )?cuc hai quan")
_FOOT = re.compile(r"(?:page|trang) ?:? ?([0-9]{1,4})(?: ?(?:/|of) ?[0-9]{1,4})?")
_NUMBER = re.compile(r"-?[0-9][0-9.,]*|-", re.ASCII)
_SCALED = re.compile(r"(?:1[.,]?000|million|thousand|nghin|trieu)[^)]{0,12}usd|usd[^)]{0,4}[0-9]")
_PLACE = re.compile(r"page=([0-9]{1,5}),line=([0-9]{1,5}),column=(.+)", re.ASCII)
PIECES = 1.0
"""Points between two pieces of a word; a blank takes two and more."""
UNIT_ROOM = 22.0
"""Points to either side of the middle of the units' column: it is 54 wide."""


def plain(text: str) -> str:
    """Lower case without marks: ``Tổng cục Hải quan`` is ``tong cuc hai quan``."""
    bare = "".join(char for char in unicodedata.normalize("NFKD", text.casefold().replace("đ", "d")) if not unicodedata.combining(char))
    return " ".join(bare.split())


@dataclass(frozen=True)
class Row:
    """A printed row: a country, or below it a main commodity."""

    page: int
    line: int
    label: str
    """Empty where the table has none."""
    unit: str
    """Empty in the row of a country."""
    cells: Mapping[str, str] = field(hash=False)
    """By ``COLUMNS``; only those in which something stands."""

    @property
    def country(self) -> bool:
        return not self.unit

    def place(self, column: str) -> str:
        return f"page={self.page},line={self.line},column={column}"

    @property
    def raw(self) -> str:
        return " | ".join((self.label, self.unit, *(self.cells.get(name, "") for name in COLUMNS)))


@dataclass(frozen=True)
class Table:
    """A table whose title, header and pages were understood."""

    flow: str
    language: str
    year: int
    month: int
    rows: tuple[Row, ...] = field(repr=False)


def title_of(body: bytes) -> str | None:
    """What stands above the table of a PDF of Viet Nam's customs, as one line; None for any other file."""
    if not body.startswith(b"%PDF"):
        return None
    try:
        return _title(_first_lines(body))
    except NotReadable:
        return None


def is_ours(title: str) -> bool:
    """Whether a title is that of a table by country and main commodity."""
    return _flow(plain(title)) is not None


@lru_cache(maxsize=2)
def read(body: bytes) -> Table:
    """The table of a PDF. Raises NotReadable for another file or edition, SchemaDrift where header and rows are not as known, Incomplete
    where pages are missing. The last tables are remembered: one is traced cell by cell.
    """
    lines = list(pdf_text.lines(Content.of(body)))
    title = _title(lines)
    if title is None:
        raise NotReadable("no table of Viet Nam's customs")
    told = plain(title)
    found = _flow(told)
    if found is None:
        raise NotReadable(f"a table of Viet Nam's customs that is not read: {described(body)}")
    language, flow = found
    if _EDITIONS.search(told):
        raise NotReadable(f"an edition that nobody has seen, and that is kept: {title[:200]}")
    if _HALF.search(told):
        raise NotReadable(f"a table of half a month, which is kept and not read: {title[:200]}")
    month = _month(told)
    if month is None:
        raise SchemaDrift(f"the title names no one month: {title[:200]}")
    rows = [row for number, page in groupby(lines, key=lambda line: line.page) for row in _page_rows(number, list(page))]
    if not rows:
        raise Incomplete("the table has a header and no rows")
    return Table(flow, language, *month, tuple(rows))


def read_cell(body: bytes, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where there is none."""
    found = _PLACE.fullmatch(locator)
    if found:
        for row in read(body).rows:
            if (row.page, row.line) == (int(found[1]), int(found[2])) and found[3] in row.cells:
                return row.cells[found[3]]
    raise NotReadable(f"these bytes have no cell at {locator[:200]!r}; one that is there reads page=3,line=12,column=month value")


def described(body: bytes) -> str:
    """What a PDF looks like, in words and bounded: the first lines of its first page."""
    return " / ".join(line.text[:90] for line in _first_lines(body)[:16])


def _first_lines(body: bytes) -> list[Line]:
    found = []
    for line in pdf_text.lines(body):
        if line.page > 1:
            break
        found.append(line)
    return found


def _title(lines: list[Line]) -> str | None:
    first = [line for line in lines if line.page == 1]
    at = next((place for place, line in enumerate(first) if _value_columns(line)), min(len(first), 12))
    title = unicodedata.normalize("NFC", " ".join(line.text for line in first[:at]))
    return title if _OFFICE.search(plain(title)) else None


def _flow(title: str) -> tuple[str, str] | None:
    """Language and flow of a title; None where it is another table's."""
    if _OTHERS.search(title):
        return None
    for language, pattern in _TITLES.items():
        if found := pattern.search(title):
            return language, _FLOWS[found[1]]
    return None


def _month(title: str) -> tuple[int, int] | None:
    found = {(int(year), _MONTHS.index(name) + 1) for name, year in _ENGLISH_MONTH.findall(title)}
    found |= {(int(year), int(month)) for month, year in _VIETNAMESE_MONTH.findall(title)}
    return found.pop() if len(found) == 1 else None


def _value_columns(line: Line) -> list[Word]:
    """The first words of the headers Volume, Value, Volume, Value; empty for any other line."""
    heads = [word for word in line.words if plain(word.text) in ("volume", "luong", "value", "tri")]
    names = ["volume" if plain(word.text) in ("volume", "luong") else "value" for word in heads]
    return heads if names == ["volume", "value"] * 2 else []


def _joined(words: Sequence[Word]) -> list[str]:
    """Words of a label: some files draw one in pieces (``L`` ``À`` ``O``, by the account of others), with no room for a blank between."""
    found: list[str] = []
    for at, word in enumerate(words):
        if at and word.left - words[at - 1].right < PIECES:
            found[-1] += word.text
        else:
            found.append(word.text)
    return found


def _ends_header(line: Line) -> bool:
    """Whether a line below the columns' names belongs to them: a header of two lines."""
    return all(plain(word.text) in ("(usd)", "usd", "gia") for word in line.words)


def _page_rows(number: int, lines: list[Line]) -> Iterator[Row]:
    at = next((place for place, line in enumerate(lines) if _value_columns(line)), None)
    if at is None:
        raise SchemaDrift(f"page {number} has no header Volume, Value (USD), Volume, Value (USD): {lines[0].text[:120]}")
    heads = _value_columns(lines[at])
    above = [line for line in lines[:at + 1] if heads[0].top - line.words[0].top < 40]
    below = [line for line in lines[at + 1:at + 2] if _ends_header(line)]
    header = plain(" ".join(line.text for line in (*above, *below)))
    units = [word for line in above for word in line.words if plain(word.text) in ("units", "unit", "dvt")]
    if len(units) != 1 or "usd" not in header or _SCALED.search(header):
        raise SchemaDrift(f"page {number}: the header is not the one with units and values in USD: {header[:160]}")
    unit_at, edges = units[0].middle, [word.left for word in heads]
    rows: list[tuple[Line, list[str], str, dict[str, str]]] = []
    for line in lines[at + 1 + len(below):]:
        if foot := _FOOT.fullmatch(plain(line.text)):
            if int(foot[1]) != number:
                raise Incomplete(f"page {number} of the file is printed as page {foot[1]}: pages are missing")
            continue
        label = _joined([word for word in line.words if word.middle < unit_at - UNIT_ROOM])
        unit = " ".join(word.text for word in line.words if abs(word.middle - unit_at) <= UNIT_ROOM)
        cells: dict[str, str] = {}
        for word in line.words:
            if word.middle <= unit_at + UNIT_ROOM:
                continue
            # Figures end at the right of their column, and a header stands in its middle: a figure ends behind the beginning of its header.
            column = next((name for name, left in zip(reversed(COLUMNS), reversed(edges), strict=True) if word.right > left), None)
            if column is None or column in cells or not _NUMBER.fullmatch(word.text):
                raise SchemaDrift(f"page {number}, line {line.number}: {word.text[:40]!r} stands where a figure should be")
            cells[column] = word.text
        if cells:
            rows.append((line, label, unit, cells))
        elif not unit and label and rows:
            rows[-1][1].extend(label)  # a label of two lines stands beside its figures with the first
        else:
            raise SchemaDrift(f"page {number}, line {line.number} belongs to no row: {line.text[:120]}")
    for line, label, unit, cells in rows:
        yield Row(number, line.number, unicodedata.normalize("NFC", " ".join(label)), unicodedata.normalize("NFC", unit), cells)
