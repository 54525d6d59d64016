"""The records of an answer or file with their places, in the forms that Comtrade gives: JSON, and delimited text, packed or not. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from connectors.formats import delimited, json_records
from connectors.statistics.comtrade import answers
from warehouse.schema.errors import NotReadable, SchemaDrift
from warehouse.schema.travel import Document

AT = ("data",)
MOST = 512 * 1024 * 1024
"""Bytes of an answer in JSON: one of 250,000 records has some 240 MB."""
KEY = ("reportercode", "flowcode", "partnercode", "cmdcode", "period")
"""By what a record is called in its locator."""
FIGURE = "primaryvalue"


@dataclass(frozen=True)
class Table:
    """Records as they come, each with the locator of its figure, and its cells by the names of the form."""

    records: Iterator[tuple[str, Mapping[str, str]]]
    names: Mapping[str, str]
    """Plain name → the form's own."""
    columns: tuple[str, ...]


def read(document: Document) -> Table | None:
    """The records of a document; None of an answer that says there are none. Raises a PublisherError for anything else."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    opened = answers.opened(document.content, **where)
    content = opened.content
    if answers.is_json(content.head):
        return _json(document, opened, where)
    delimiter = answers.delimiter_of(content.head)
    lines = delimited.Streamed(content, needs=(), delimiter=delimiter, **where)
    names = _names(lines.header, where)
    key = [lines.header.index(names[name]) for name in KEY]

    def records() -> Iterator[tuple[str, Mapping[str, str]]]:
        for line in lines.whole():
            called = [line.cells[at].strip() for at in key]
            yield delimited.cell_locator(line.number, called, names[FIGURE]), dict(zip(lines.header, line.cells, strict=True))

    return Table(records(), names, lines.header)


def _json(document: Document, opened: answers.Opened, where: Mapping[str, str]) -> Table | None:
    answers.refused(opened.content.head, **where)
    records = json_records.Records(opened.content, AT, most=MOST, **where)
    answers.believed(document, opened.asked or document.fetch.url, records.beside.get("count"), len(records))
    first = next(iter(records), None)
    if first is None:
        return None
    columns = tuple(first.cells)
    names = _names(columns, where)
    key = [names[name] for name in KEY]
    return Table(((json_records.cell_locator(record, key, names[FIGURE]), record.cells) for record in records), names, columns)


def _names(columns: Sequence[str], where: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for column in columns:
        if found.setdefault(answers.plain(column), column) != column:
            raise SchemaDrift(f"the columns {found[answers.plain(column)]} and {column} have one name", **where)
    if missing := sorted(answers.FIGURES - set(found)):
        raise SchemaDrift(f"no table of Comtrade: it lacks {', '.join(missing)}; it has {', '.join(columns)[:200]}", **where)
    return found


def cell(document: Document, locator: str) -> str:
    """The printed text of the cell that a locator names. Raises a PublisherError where there is none."""
    content = answers.opened(document.content).content
    if locator.startswith("record "):
        first = next(iter(json_records.Records(content, AT, most=MOST)), None)
        if first is None:
            raise NotReadable("these bytes have no record")
        names = _names(tuple(first.cells), {})
        return json_records.cell_at(content, locator, AT, [names[name] for name in KEY], most=MOST)
    delimiter = answers.delimiter_of(content.head)
    names = _names(delimited.Streamed(content, needs=(), delimiter=delimiter).header, {})
    return delimited.cell_at(content, locator, [names[name] for name in KEY], delimiter=delimiter)
