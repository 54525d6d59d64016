"""SDMX-CSV 1.0 and 2.0, and the ECB's own ``csvdata``: an observation a line, read as a stream. Pure.

The first column is DATAFLOW, STRUCTURE or KEY, or there is none. With labels (``FREQ: Frequency``, ``M: Monthly``) codes are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connectors.formats.delimited import Streamed, cell_at, cell_locator
from connectors.formats.sdmx.message import Layout, Observation
from warehouse.schema.content import Content
from warehouse.schema.errors import NotReadable

_LABELLED = re.compile(r"([A-Za-z0-9_@$*-]+): ", re.ASCII)


class CsvMessage:
    """A message in CSV. Raises SchemaDrift and Incomplete as ``Streamed`` does, and for a line of another width than the header's.

    A column that is neither a dimension nor time nor the value is an attribute: which are dimensions, the file does not say.
    """

    def __init__(self, content: Content, layout: Layout) -> None:
        self._layout = layout
        self._file = Streamed(content, needs=(), dataset=layout.dataset, url=layout.url)
        self.columns = self._file.header
        self._names = [_code(name) for name in self.columns]
        needs = (*layout.dimensions, layout.time, *(() if "ACTION" in self._names else (layout.measure,)))
        if missing := [name for name in needs if name and name not in self._names]:
            raise layout.drift(f"the header lacks the column{'s' * (len(missing) > 1)} {', '.join(missing)}; it reads "
                               f"{', '.join(self.columns)[:200]}")

    def __iter__(self) -> Iterator[Observation]:
        layout = self._layout
        at = dict(reversed([(name, index) for index, name in enumerate(self._names)]))  # codes stand before their labels
        dimensions = [at[name] for name in layout.dimensions]
        labelled = {index for index, name in enumerate(self.columns) if name != self._names[index]}
        attributes = [(name, index) for name, index in at.items() if index not in dimensions
                      and name and name not in (layout.time, layout.measure, "DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "ACTION", "KEY")]
        column = self.columns[at[layout.measure]] if layout.measure in at else layout.measure
        named_by = [self.columns.index(name) for name in _key_columns(self.columns, layout)]
        for line in self._file.whole():
            cells = [_code(cell) if index in labelled else cell.strip() for index, cell in enumerate(line.cells)]
            value = cells[at[layout.measure]] if layout.measure in at else ""
            yield Observation(
                tuple([cells[index] for index in dimensions]), cells[at[layout.time]] if layout.time else "",
                "" if value == "NaN" else value,
                {name: cells[index] for name, index in attributes if cells[index]},
                cell_locator(line.number, [line.cells[index].strip() for index in named_by], column),
                layout.action(cells[at["ACTION"]]) if "ACTION" in at else "information")


def read_cell(content: Content, locator: str, header: Sequence[str], layout: Layout) -> str:
    """The printed text of a locator's cell. Raises NotReadable where these bytes have no such cell."""
    named = {_code(name) for name in header}
    if missing := [name for name in (*layout.dimensions, layout.time) if name and name not in named and "KEY" not in named]:
        raise NotReadable(f"these bytes have no column {', '.join(missing)}", dataset=layout.dataset, url=layout.url)
    return cell_at(content, locator, _key_columns(header, layout))


def _key_columns(header: Sequence[str], layout: Layout) -> tuple[str, ...]:
    """The columns that name a line: the ECB's own form has KEY, the standard's the dimensions alone."""
    names = {_code(name): name for name in header}
    if "KEY" in names:
        return tuple(names[name] for name in ("KEY", layout.time) if name)
    return tuple(names[name] for name in (*layout.dimensions, layout.time) if name)


def _code(printed: str) -> str:
    """``M: Monthly`` as M; what has no label as it is."""
    found = _LABELLED.match(printed.strip())
    return found[1] if found else printed.strip()
