"""Text of a PDF with where it stands, for tables that are printed and not marked as such.

pypdfium2 reads it, with the engine of Chromium (Apache-2.0 and BSD): of the 37 pages of a customs table it gave the same 9,374
words as pdfplumber in a thirteenth of the time, and it bounds what a stream may unpack to. PyMuPDF is under the AGPL.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pypdfium2

from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable, TooLarge

PAGES = 2_000
SAME_LINE = 3.0
"""Points between the middles of two words that stand in one line."""
_PLACE = re.compile(r"page=(\d+),line=(\d+)(?:,column=(.+))?")


@dataclass(frozen=True)
class Word:
    """Text without a blank, and its box in points from the left and the top of the page."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.left + self.right) / 2


@dataclass(frozen=True)
class Line:
    """Words that stand side by side, from the left; pages and lines are counted from 1."""

    page: int
    number: int
    words: tuple[Word, ...]

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def cut(self, columns: Mapping[str, tuple[float, float]]) -> dict[str, str]:
        """The text of each column, by the span of points from the left that the middle of its words lies in; "" for none."""
        return {name: " ".join(word.text for word in self.words if left <= word.middle < right)
                for name, (left, right) in columns.items()}

    def place(self, column: str = "") -> str:
        """Where it stands, as a locator: ``page=3,line=12,column=value``."""
        return f"page={self.page},line={self.number}" + (f",column={column}" if column else "")


def lines(given: bytes | Content, *, dataset: str = "", url: str = "") -> Iterator[Line]:
    """Every line of every page, from the top; a page at a time. Raises NotReadable for what is no PDF, is broken, or needs a password."""

    def broken(said: object) -> NotReadable:
        return NotReadable(f"the PDF cannot be read: {said}", dataset=dataset, url=url)

    with Content.of(given).path() as path:
        try:
            document = pypdfium2.PdfDocument(path)
        except pypdfium2.PdfiumError as error:
            raise broken(error) from error
        try:
            if len(document) > PAGES:
                raise TooLarge(f"the PDF has {len(document):,} pages, more than {PAGES:,}", dataset=dataset, url=url)
            for at in range(len(document)):
                try:
                    words = _words(document[at])
                except pypdfium2.PdfiumError as error:
                    raise broken(f"page {at + 1}: {error}") from error
                yield from (Line(at + 1, number, line) for number, line in enumerate(_lines(words), start=1))
        finally:
            document.close()


def cell(given: bytes | Content, place: str, columns: Mapping[str, tuple[float, float]]) -> str:
    """The text at a place that ``Line.place`` gave. Raises NotReadable where there is none."""
    found = _PLACE.fullmatch(place)
    if found is None:
        raise NotReadable(f"no place in a PDF: {place}")
    page, number, column = int(found[1]), int(found[2]), found[3]
    for line in lines(given):
        if (line.page, line.number) == (page, number):
            if column is not None and column not in columns:
                break
            return line.cut(columns)[column] if column is not None else line.text
    raise NotReadable(f"the PDF has nothing at {place}")


def _words(page: pypdfium2.PdfPage) -> list[Word]:
    height = page.get_height()
    text = page.get_textpage()
    try:
        said = text.get_text_range()
        if len(said) != text.count_chars():  # characters that Python counts otherwise: one at a time
            said = "".join(text.get_text_range(at, 1) or " " for at in range(text.count_chars()))
        found = []
        for part in re.finditer(r"\S+", said):
            boxes = [text.get_charbox(at) for at in range(*part.span())]
            found.append(Word(part[0], min(box[0] for box in boxes), max(box[2] for box in boxes),
                              height - max(box[3] for box in boxes), height - min(box[1] for box in boxes)))
        return found
    finally:
        text.close()


def _lines(words: list[Word]) -> Iterator[tuple[Word, ...]]:
    """Words by the height of their middle, those of one line from the left."""
    line: list[Word] = []
    for word in sorted(words, key=lambda word: word.top + word.bottom):
        if line and (word.top + word.bottom) / 2 - (line[0].top + line[0].bottom) / 2 > SAME_LINE:
            yield tuple(sorted(line, key=lambda word: word.left))
            line = []
        line.append(word)
    if line:
        yield tuple(sorted(line, key=lambda word: word.left))
