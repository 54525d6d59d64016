"""JSON-stat 1.x and 2.0, one data set a document, read as one of at most 64 MiB. Pure. A collection, or several data sets, is not read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from connectors.formats.cubes import Cell, codes_at, printed_at, size_of
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, SchemaDrift


class JsonStat:
    """A table in JSON-stat. Raises SchemaDrift for other JSON and where sizes do not agree, Incomplete where it breaks off, TooLarge.

    Cells without value and without status are none, as in a sparse table; iterating gives the others in the table's order.
    """

    def __init__(self, given: bytes | Content, *, dataset: str = "", url: str = "") -> None:
        self._where = {"dataset": dataset, "url": url}
        try:
            document = msgspec.json.Decoder(float_hook=str).decode(Content.of(given).body.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            kind = Incomplete if "truncated" in str(error) else SchemaDrift
            raise kind(f"not whole JSON: {error}", **self._where) from error
        table = self._table(self._mapping(document, "the document"))
        described = self._mapping(table.get("dimension"), "dimension")
        # 1.x has names and sizes among the dimensions.
        names = self._list(table.get("id", described.get("id")), "id")
        sizes = self._list(table.get("size", described.get("size")), "size")
        self.dimensions: dict[str, tuple[str, ...]] = {}
        self.labels: dict[str, dict[str, str]] = {}
        """What each code is called, by dimension; a code without a name is missing."""
        for name in names:
            category = self._mapping(self._mapping(described.get(str(name)), f"dimension {name}").get("category"), f"category of {name}")
            labels = self._mapping(category.get("label", {}), f"label of {name}")
            self.dimensions[str(name)] = self._codes(category.get("index", list(labels)), str(name))
            self.labels[str(name)] = {code: str(label) for code, label in labels.items()}
        if [len(codes) for codes in self.dimensions.values()] != sizes:
            raise self._drift(f"the dimensions have {[len(codes) for codes in self.dimensions.values()]} codes, not {sizes}"[:200])
        self._values = self._by_position(table.get("value"), "value")
        status = table.get("status", {})
        self._status = dict.fromkeys(self._values, status) if isinstance(status, str) else self._by_position(status, "status")

    def __iter__(self) -> Iterator[Cell]:
        for at in sorted(self._values.keys() | self._status.keys()):
            yield Cell(codes_at(self.dimensions, at), self._values.get(at, ""), self._status.get(at, ""))

    def _table(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The data set itself, which 1.x puts below a name of its own."""
        if "value" in document:
            return document
        found = [one for one in document.values() if isinstance(one, dict) and "value" in one]
        if len(found) != 1:
            raise self._drift(f"it is no JSON-stat of one data set; it has {', '.join(document)[:200] or 'nothing'}")
        return found[0]

    def _codes(self, index: object, name: str) -> tuple[str, ...]:
        """Codes in order, from a list of them or from positions by code."""
        if isinstance(index, list):
            codes = [str(code) for code in index]
        else:
            places = self._mapping(index, f"index of {name}")
            if sorted(map(str, places.values())) != sorted(map(str, range(len(places)))):
                raise self._drift(f"the positions of {name} are not 0 to {len(places) - 1}")
            codes = sorted(places, key=lambda code: int(places[code]))
        if len(set(codes)) < len(codes):
            raise self._drift(f"{name} names a code twice")
        return tuple(codes)

    def _by_position(self, given: object, what: str) -> dict[int, str]:
        """Cells that are there, from a list of all or from an object of some."""
        size = size_of(self.dimensions)
        if isinstance(given, list):
            # The standard lets a list of statuses be shorter than the table.
            if len(given) > size or (what == "value" and len(given) < size):
                raise self._drift(f"{what} has {len(given)} cells, the dimensions {size}")
            return {at: str(cell) for at, cell in enumerate(given) if cell is not None}
        found = {}
        for at, cell in self._mapping(given, what).items():
            if not (at.isascii() and at.isdigit() and int(at[:18]) < size):
                raise self._drift(f"{what} has a cell {at[:40]!r}, the dimensions {size}")
            if cell is not None:
                found[int(at)] = str(cell)
        return found

    def _mapping(self, value: object, what: str) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            raise self._drift(f"{what} is not an object")
        return value

    def _list(self, value: object, what: str) -> Sequence[Any]:
        if not isinstance(value, list):
            raise self._drift(f"{what} is not a list")
        return value

    def _drift(self, said: str) -> SchemaDrift:
        return SchemaDrift(said, **self._where)


def read_cell(given: bytes | Content, locator: str) -> str:
    """The printed value, or the mark, of the cell that a locator names. Raises NotReadable where these bytes have none."""
    return printed_at(JsonStat(given), locator)
