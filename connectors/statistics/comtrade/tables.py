"""The records of an answer or file with their places, in the forms that Comtrade gives: JSON, and delimited text, packed or not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec

from connectors.formats import delimited, json_records
from connectors.statistics.comtrade import answers
from connectors.statistics.comtrade.rows import FIELDS
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Document

if TYPE_CHECKING:
    import polars as pl

AT = ("data",)
KEY = ("reportercode", "flowcode", "partnercode", "cmdcode", "period")
"""By what a record is called in its locator."""
FIGURE = "primaryvalue"
_LEFT_OUT = ("desc", "iso", "abbr", "aggrlevel", "isleaf", "datasetcode")
"""Ends of columns that stand where descriptions were asked for, or in bulk files alone."""
CHUNK = 250_000
"""Records of a frame."""


@dataclass(frozen=True)
class Table:
    """Records as they come, in frames of ``FIELDS`` and ``locator``, all as printed text."""

    frames: Iterator[pl.DataFrame]
    columns: tuple[str, ...]
    """Plain names of all that the form has, but for what every form may leave out."""


def read(document: Document) -> Table | None:
    """The records of a document; None of an answer that says there are none. Raises a PublisherError for anything else."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    opened = answers.opened(document.content, **where)
    if answers.is_json(opened.content.head):
        return _json(document, opened, where)
    # What gzip packed is whole by its checksum.
    lines = delimited.Streamed(opened.content, needs=(), delimiter=answers.delimiter_of(opened.content.head),
                               ends=not document.content.head.startswith(answers.GZIP), **where)
    names = _names(lines.header, where)
    at = [lines.header.index(names[name]) if name in names else -1 for name in FIELDS]

    def records() -> Iterator[tuple[int, list[str]]]:
        width = 0
        for line in lines:
            # Every line of a file may end in the delimiter though its header does not: one empty cell more.
            width = width or len(lines.header) + (len(line.cells) == len(lines.header) + 1 and not line.cells[-1].strip())
            if len(line.cells) != width or any(cell.strip() for cell in line.cells[len(lines.header):]):
                raise SchemaDrift(f"line {line.number} has {len(line.cells)} cells, the header {len(lines.header)}: the file is cut off or "
                                  "of another layout", **where)
            yield line.number, [line.cells[place].strip() if place >= 0 else "" for place in at]

    return Table(_frames(records(), f"line {{}} ({{}}), column {names[FIGURE]}"), _seen(names))


def _json(document: Document, opened: answers.Opened, where: Mapping[str, str]) -> Table | None:
    answers.refused(opened.content.head, **where)
    records = json_records.Records(opened.content, AT, most=answers.MOST, **where)
    if error := records.beside.get("error"):
        raise Incomplete(f"the answer says that something is wrong with it: {str(error)[:200]}", **where)
    answers.believed(document, opened.asked or document.fetch.url, records.beside.get("count"), len(records))
    first = next(iter(records), None)
    if first is None:
        return None
    names = _names(tuple(first.cells), where)
    # Only what is read is taken out of each record, with fractions as printed.
    record = msgspec.defstruct("Record", [(name, Any, None) for name in FIELDS], rename={
        name: names.get(name, name) for name in FIELDS}, gc=False)
    decoder = msgspec.json.Decoder(record, float_hook=str)
    cells = attrgetter(*FIELDS)
    numbered = ((number, [_text(cell) for cell in cells(each)]) for number, each in enumerate(records.decoded(decoder), 1))
    return Table(_frames(numbered, f"record {{}} ({{}}), field {names[FIGURE]}"), _seen(names))


def _frames(records: Iterable[tuple[int, list[str]]], locator: str) -> Iterator[pl.DataFrame]:
    import polars as pl

    coming = iter(records)
    while part := list(islice(coming, CHUNK)):
        numbers = [number for number, _ in part]
        columns = zip(*(cells for _, cells in part), strict=True)
        frame = pl.DataFrame([pl.Series(name, column, pl.String) for name, column in zip(FIELDS, columns, strict=True)])
        called = pl.concat_str([pl.col(name) for name in KEY], separator=", ")
        yield frame.with_columns(locator=pl.format(locator, pl.Series(numbers, dtype=pl.Int64), called))


def _text(cell: object) -> str:
    if isinstance(cell, str):
        return cell.strip()
    if cell is None:
        return ""
    return str(cell).lower() if isinstance(cell, bool) else str(cell)


def _seen(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in names if not name.endswith(_LEFT_OUT)))


def _names(columns: Sequence[str], where: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        if found.setdefault(answers.plain(column), column) != column:
            raise SchemaDrift(f"the columns {found[answers.plain(column)]} and {column} have one name", **where)
    if missing := sorted(answers.FIGURES - set(found)):
        raise SchemaDrift(f"no table of Comtrade: it lacks {', '.join(missing)}; it has {', '.join(columns)[:200]}", **where)
    if "{" in found[FIGURE] or "}" in found[FIGURE]:
        raise SchemaDrift(f"no table of Comtrade: a column is called {found[FIGURE]!r}", **where)
    return found


def cell(document: Document, locator: str) -> str:
    """The printed text of the cell that a locator names. Raises a PublisherError where there is none."""
    content = answers.opened(document.content).content
    if locator.startswith("record "):
        first = next(iter(json_records.Records(content, AT, most=answers.MOST)), None)
        if first is None:
            raise NotReadable("these bytes have no record")
        names = _names(tuple(first.cells), {})
        return json_records.cell_at(content, locator, AT, [names[name] for name in KEY], most=answers.MOST)
    delimiter = answers.delimiter_of(content.head)
    names = _names(delimited.Streamed(content, needs=(), delimiter=delimiter).header, {})
    return delimited.cell_at(content, locator, [names[name] for name in KEY], delimiter=delimiter)
