"""What PX and JSON-stat have in common: a table of cells, each named by one code of every dimension. Pure.

``px`` and ``json_stat`` read them. Codes, values and marks are as printed; what they mean is the publishers' business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import prod

from warehouse.schema.errors import NotReadable


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell that holds a figure or a mark."""

    codes: Mapping[str, str]
    """By dimension, in the order of the table."""
    value: str
    """Digits as printed; empty where a mark stands instead."""
    status: str
    """The publisher's mark (``..``, ``-``, ``p``), or empty. In PX ``-`` is nil and dots are kinds of missing."""

    @property
    def locator(self) -> str:
        """``cell geo=MY, time=2024``."""
        return "cell " + ", ".join(f"{name}={code}" for name, code in self.codes.items())


def codes_at(dimensions: Mapping[str, Sequence[str]], index: int) -> dict[str, str]:
    """The codes of a cell by its position, the last dimension running fastest."""
    codes: dict[str, str] = {}
    for name in reversed(list(dimensions)):
        index, position = divmod(index, len(dimensions[name]))
        codes[name] = dimensions[name][position]
    return {name: codes[name] for name in dimensions}


def size_of(dimensions: Mapping[str, Sequence[str]]) -> int:
    """How many cells a table of these dimensions has."""
    return prod(len(codes) for codes in dimensions.values())


def printed_at(cells: Iterable[Cell], locator: str) -> str:
    """The printed value, or the mark, of the cell that a locator names. Raises NotReadable where there is none."""
    if not locator.startswith("cell "):
        raise NotReadable(f"a locator reads 'cell geo=MY, time=2024', not {locator[:200]!r}")
    for cell in cells:
        if cell.locator == locator:
            return cell.value or cell.status
    raise NotReadable(f"these bytes have no {locator[:200]}")
