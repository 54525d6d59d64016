"""Rows on their way from a document to a frame: the rule for doubles, what is set aside, and types from the tables' contracts. Pure.

For documents whose rows stand in memory. Of a larger one a connector hands on frames (``typed``) as they come; keys across frames are
held against each other by the load.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

from warehouse.schema.travel import Check, Rejected, Value

if TYPE_CHECKING:
    import polars as pl

Key = TypeVar("Key")
Row = TypeVar("Row")
Cell = Value | Decimal


def _equal(held: Row, row: Row) -> Row | None:
    return held if held == row else None


class Once(Generic[Key, Row]):
    """The rows of one document by key. Equal doubles are one row; where doubles differ, all of them are set aside, since nothing in
    the document says which is meant.

    ``merge`` gives the one row that two of a key amount to, or None where they contradict each other; without it they must be equal.
    """

    def __init__(self, merge: Callable[[Row, Row], Row | None] = _equal) -> None:
        self._merge = merge
        self.kept: dict[Key, Row] = {}
        self._doubles: dict[Key, list[Row]] = {}
        """Of keys that are given more than once, every row as given."""

    def take(self, key: Key, row: Row) -> list[tuple[Row, Row]]:
        """Add a row. Returns what must be set aside because of it, in the order of the document, each with a row that it contradicts."""
        given = self._doubles.get(key)
        if given is None:
            if key not in self.kept:
                self.kept[key] = row
                return []
            given = self._doubles[key] = [self.kept[key]]
        given.append(row)
        if key not in self.kept:
            return [(row, given[0])]
        merged = self._merge(self.kept[key], row)
        if merged is not None:
            self.kept[key] = merged
            return []
        del self.kept[key]
        return [*((earlier, row) for earlier in given[:-1]), (row, given[0])]

    @property
    def doubled(self) -> list[list[Row]]:
        """Rows that contradict each other, together for each key, as the document has them."""
        return [given for key, given in self._doubles.items() if key not in self.kept]


@dataclass
class Unread:
    """What is set aside, and which figures it stands for: of those a document is complete for nothing."""

    rejected: list[Rejected] = field(default_factory=list)
    not_read: list[Mapping[str, Value]] = field(default_factory=list)

    def add(self, row: Rejected, **whose: Value) -> None:
        """``whose``: columns and values of the figures that the row or cell holds, as far as they can be read; without any, nobody
        knows which figures those are."""
        self.rejected.append(row)
        if whose not in self.not_read:
            self.not_read.append(whose)

    def checks(self) -> list[Check]:
        """A warning where figures that the file has could not be read."""
        if not self.not_read:
            return []
        return [Check(check="complete", level="warn", observed=f"{len(self.rejected)} set aside", expected="none",
                      said="Rows were set aside: of the figures that stand in them, none is taken as withdrawn.")]


class Rows:
    """Rows of one table, each with columns of the table's contract by name: doubles by its key, and a frame of its types."""

    def __init__(self, table: str, *, doubled: str = "the document gives two figures for one key") -> None:
        from warehouse.schema.tables import TABLES

        self.table = table
        self.unread = Unread()
        self._doubled = doubled
        self._key = TABLES[table].key
        self._rows: Once[tuple[Cell, ...], tuple[dict[str, Cell], str]] = Once(
            lambda held, row: held if _without_place(held[0]) == _without_place(row[0]) else None)

    def __len__(self) -> int:
        return len(self._rows.kept)

    def add(self, raw: str, **columns: Cell) -> None:
        """A row as it is to be stored, its ``locator`` among the columns, and as it is printed. Every row has the same columns."""
        if not self._rows.kept:
            self._key = tuple(name for name in self._key if name in columns)
        key = tuple([columns[name] for name in self._key])
        for (row, printed), _ in self._rows.take(key, (columns, raw)):
            whose = {name: value for name, value in zip(self._key, key, strict=True) if not isinstance(value, Decimal)}
            self.unread.add(Rejected(str(row["locator"]), "double", self._doubled, printed), **whose)

    def kept(self, *order: str) -> list[dict[str, Cell]]:
        """The rows, sorted by these columns; as the document has them without any."""
        rows = [row for row, _ in self._rows.kept.values()]
        return sorted(rows, key=lambda row: [row[name] for name in order]) if order else rows

    def frame(self, *order: str) -> pl.DataFrame:
        """The same as a frame. There must be a row."""
        rows = self.kept(*order)
        return typed(self.table, {name: [row[name] for row in rows] for name in rows[0]})


def _without_place(row: Mapping[str, Cell]) -> dict[str, Cell]:
    return {name: value for name, value in row.items() if name != "locator"}


def typed(table: str, columns: Mapping[str, Sequence[object]]) -> pl.DataFrame:
    """Columns as a frame, each of the type that the table's contract gives it. Raises KeyError for one that the contract lacks."""
    import polars as pl  # here, as in every parser: a command that only looks at what is stored never loads it

    from warehouse.schema.tables import TABLES

    types = TABLES[table].contract.columns()
    return pl.DataFrame(columns, schema={name: types[name].dtype for name in columns})
