"""PX, the text form of PC-Axis (2013), read as one of at most 64 MiB. Pure. Sparse tables (``KEYS``) are not read.

The table is read in its main language; statements of others (``STUB[sv]``) are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from connectors.formats.cubes import Cell, codes_at, printed_at, size_of
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift

_STATEMENT = re.compile(
    r'\s*([A-Z][A-Z0-9_-]*)(\[[A-Za-z-]+\])?(?:\(((?:[^()"]|"[^"]*")*)\))?\s*=\s*((?:"[^"]*"|[^;"]++)*+);')
_STRING = re.compile(r'"([^"]*)"((?:\s*"[^"]*")*)')
_DATA = re.compile(r"\s*DATA\s*=", re.ASCII)
_CELL = re.compile(r'"[^"]*"|[^\s",;]+|;')
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_CODEPAGE = re.compile(rb'CODEPAGE\s*=\s*"([\w-]{1,40})"', re.ASCII)


class Px:
    """A table in PX. Raises SchemaDrift for what is none, Incomplete where it breaks off, NotReadable for a sparse one, TooLarge.

    Every cell comes, in the table's order; where a mark stands, it has no value.
    """

    def __init__(self, given: bytes | Content, *, dataset: str = "", url: str = "") -> None:
        self._where = {"dataset": dataset, "url": url}
        self._text = self._decoded(Content.of(given).body)
        self.about: dict[str, tuple[str, ...]] = {}
        """Statements of the whole table by keyword, in its main language (``UNITS``, ``LAST-UPDATED``, ``TITLE``)."""
        self._data_at = 0
        of_variable: dict[tuple[str, str], tuple[str, ...]] = {}
        while not (data := _DATA.match(self._text, self._data_at)):
            found = _STATEMENT.match(self._text, self._data_at)
            if found is None:
                raise self._no_statement()
            keyword, language, subject, value = found.groups()
            if not language:
                subjects = _strings(subject or "")
                if subjects:
                    of_variable.setdefault((keyword, subjects[0]), _strings(value))
                elif not subject:
                    self.about.setdefault(keyword, _strings(value) or (value.strip(),))
            self._data_at = found.end()
        self._data_at = data.end()
        if "KEYS" in self.about or any(keyword == "KEYS" for keyword, _ in of_variable):
            raise NotReadable("the PX table is sparse (KEYS), which is not read", **self._where)
        names = [*self.about.get("STUB", ()), *self.about.get("HEADING", ())]
        if not names or len(set(names)) < len(names):
            raise SchemaDrift(f"the PX table has the dimensions {', '.join(names)[:200] or 'none'}", **self._where)
        self.dimensions: dict[str, tuple[str, ...]] = {}
        self.labels: dict[str, Mapping[str, str]] = {}
        """What each code is called, by dimension; where there are no codes, the names are."""
        for name in names:
            values = of_variable.get(("VALUES", name), ())
            codes = of_variable.get(("CODES", name), values)
            if not codes or len(codes) != len(values) or len(set(codes)) < len(codes):
                raise SchemaDrift(f"dimension {name[:60]} has {len(values)} names and {len(set(codes))} codes", **self._where)
            self.dimensions[name] = codes
            self.labels[name] = dict(zip(codes, values, strict=True))

    def __iter__(self) -> Iterator[Cell]:
        size, at, ended = size_of(self.dimensions), 0, False
        for found in _CELL.finditer(self._text, self._data_at):
            printed = found[0].strip('"')
            if ended := found[0] == ";":
                break
            if at == size:
                raise SchemaDrift(f"the PX table has more than the {size} cells of its dimensions", **self._where)
            number = _NUMBER.fullmatch(printed)
            yield Cell(codes_at(self.dimensions, at), printed if number else "", "" if number else printed)
            at += 1
        if at < size or not ended:  # without its semicolon the last figure may be cut in two
            raise Incomplete(f"the PX table has {at} of the {size} cells of its dimensions{', and no end' * (not ended)}", **self._where)

    def _decoded(self, body: bytes) -> str:
        """By the code page that the file names, else Windows 1252; a byte order mark goes before both."""
        named = _CODEPAGE.search(body[:4096])
        charset = "utf-8-sig" if body.startswith(b"\xef\xbb\xbf") else named[1].decode() if named else "cp1252"
        try:
            return body.decode(charset)
        except (LookupError, UnicodeDecodeError) as error:
            raise SchemaDrift(f"the PX table is no text in {charset}: {error}", **self._where) from error

    def _no_statement(self) -> PublisherError:
        rest = self._text[self._data_at:].strip()
        if self.about and (not rest or re.match(r"[A-Z][A-Z0-9_-]*", rest)):
            return Incomplete(f"the PX table breaks off before its data, at {rest[:60]!r}", **self._where)
        return SchemaDrift(f"it is no PX table: {rest[:60]!r}", **self._where)


def read_cell(given: bytes | Content, locator: str) -> str:
    """The printed value, or the mark, of the cell that a locator names. Raises NotReadable where these bytes have none."""
    return printed_at(Px(given), locator)


def _strings(value: str) -> tuple[str, ...]:
    """Quoted texts of a list; one that goes on in the next line (``"…" "…"``) is one."""
    return tuple(first + "".join(re.findall(r'"([^"]*)"', more)) for first, more in _STRING.findall(value))
