"""Lists of records in JSON, as web APIs answer them: ``{"data": [{…}, …], "meta": {…}}``, a bare list, or rows below a row of names. Pure.

Cells stay text as printed, so that no figure passes through a float. An answer is read as one, within a limit; its records are decoded
one at a time, so that memory holds the answer and not its objects.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from warehouse.schema.content import MOST_WHOLE, Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift, TooLarge

_LOCATOR = re.compile(r"record ([0-9]{1,9}) \(.*\), field (.+)", re.ASCII | re.DOTALL)
_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LIST = msgspec.json.Decoder(list[msgspec.Raw])
Decoded = TypeVar("Decoded")
_ANY = msgspec.json.Decoder(float_hook=str)


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its place in the list, counted from 1, and its cells as printed."""

    number: int
    cells: Mapping[str, str]
    """Numbers by their digits, ``true`` and ``false``, empty for null; an object or a list as JSON."""


class Records:
    """The records of an answer, decoded when they are asked for, and what stands beside their list.

    ``at`` leads to the list by names of members and places in lists (``("data",)``, ``(1,)``; nothing where
    the answer is the list). Raises SchemaDrift where the answer has none there,
    quoting it: an error that comes as an answer (HTTP 200) reads so; Incomplete where it breaks off, TooLarge above ``most`` bytes.
    """

    def __init__(self, given: bytes | Content, at: Sequence[str | int] = (), *, most: int = MOST_WHOLE, dataset: str = "",
                 url: str = "") -> None:
        content = Content.of(given)
        self._where = {"dataset": dataset, "url": url}
        if content.size > most:
            raise TooLarge(f"the answer has {content.size:,} bytes, more than {most:,}", **self._where)
        self._body = content.body if content.size <= MOST_WHOLE else b"".join(content.parts())
        if content.head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            raise SchemaDrift("HTML or XML stands where JSON should be", **self._where)
        self.beside: dict[str, Any] = {}
        """The other members of the object that has the list: counts, pages, notes. Fractions are text there too."""
        found = msgspec.Raw(self._body.removeprefix(b"\xef\xbb\xbf"))
        for name in at:
            members = self._decoded(_OBJECT, found) if isinstance(name, str) else dict(enumerate(self._decoded(_LIST, found)))
            if name not in members:
                raise self._other(f"it has no {name!r}")
            found = members.pop(name)
            self.beside = {str(other): self._decoded(_ANY, raw) for other, raw in members.items()}
        self._list: list[msgspec.Raw] = self._decoded(_LIST, found)
        self.header: tuple[str, ...] = ()
        """The names above the rows, where an answer has its records so."""
        if self._list and bytes(self._list[0])[:1] == b"[":
            names = self._decoded(_ANY, self._list[0])
            if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
                raise self._other("its first row is no row of names")
            self.header = tuple(names)

    def __len__(self) -> int:
        return len(self._list) - bool(self.header)

    def __iter__(self) -> Iterator[Record]:
        for number, raw in enumerate(self._list[1:] if self.header else self._list, 1):
            cells = self._decoded(_ANY, raw)
            if self.header:
                if not isinstance(cells, list) or len(cells) != len(self.header):
                    raise SchemaDrift(f"record {number} is no row of {len(self.header)} cells: {_shown(raw)}", **self._where)
                cells = dict(zip(self.header, cells, strict=True))
            elif not isinstance(cells, dict):
                raise SchemaDrift(f"record {number} is no object: {_shown(raw)}", **self._where)
            yield Record(number, {str(name): _text(cell) for name, cell in cells.items()})

    def decoded(self, decoder: msgspec.json.Decoder[Decoded]) -> Iterator[Decoded]:
        """The records as a decoder makes them, of an answer of many: only the fields that are read. Raises SchemaDrift for another."""
        for raw in self._list:
            yield self._decoded(decoder, raw)

    def needs(self, *names: str) -> None:
        """Raise SchemaDrift unless the first record has these fields; Incomplete where there is no record."""
        first = next(iter(self), None)
        if first is None:
            raise Incomplete("the answer holds no record", **self._where)
        if missing := [name for name in names if name not in first.cells]:
            raise SchemaDrift(f"the records lack {', '.join(missing)}; they have {', '.join(first.cells)[:200]}", **self._where)

    def _decoded(self, decoder: msgspec.json.Decoder[Any], raw: msgspec.Raw) -> Any:
        try:
            return decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise self._other(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if "truncated" in str(error):
                raise Incomplete("the answer breaks off", **self._where) from error
            raise SchemaDrift(f"not JSON: {error}", **self._where) from error

    def _other(self, said: str) -> SchemaDrift:
        start = self._body[:300].decode("utf-8", errors="replace")
        return SchemaDrift(f"the answer is no list of records as known: {said}. It reads {start}", **self._where)


def cell_locator(record: Record, key: Sequence[str], field: str) -> str:
    """``record 17 (CHN, 2026-01), field value``: which record, what it was called (the cells of ``key``), which field."""
    return f"record {record.number} ({', '.join(record.cells.get(name, '') for name in key)}), field {field}"


def cell_at(given: bytes | Content, locator: str, at: Sequence[str | int], key: Sequence[str], *, most: int = MOST_WHOLE) -> str:
    """The printed text of the cell that a locator names. Raises NotReadable where these bytes have no such cell."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator reads 'record N (key), field NAME', not {locator[:200]!r}")
    number, field = int(found[1]), found[2]
    for record in Records(given, at, most=most):
        if record.number == number:
            if (stands := cell_locator(record, key, field)) != locator or field not in record.cells:
                raise NotReadable(f"these bytes have {stands[:200]!r} instead, with {', '.join(record.cells)[:200]}")
            return record.cells[field]
    raise NotReadable(f"these bytes have no record {number}")


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    return msgspec.json.encode(cell).decode() if isinstance(cell, dict | list) else str(cell)


def _shown(raw: msgspec.Raw) -> str:
    return bytes(raw)[:100].decode("utf-8", errors="replace")
