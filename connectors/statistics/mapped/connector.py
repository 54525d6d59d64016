"""Tables that people brought: read by the mapping that came with each, which is kept in the archive with its record."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time
from decimal import Decimal

from connectors.contract import Ask, Brought, Connector, Wanted
from connectors.formats.rows import Rows
from connectors.statistics.mapped import figures, mapping, tables
from connectors.statistics.mapped.publisher import PUBLISHER
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift, TooLarge
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Check, Document, Fetch, Value

SHOWN = 40
"""Labels that nobody knows, as they are told together."""


class Mapped(Connector):
    """Connector of what nobody fetches: each file comes with a mapping, and with it its dataset."""

    publisher = PUBLISHER.publisher
    about = PUBLISHER
    parser_version = 2
    datasets = ()
    mapped = True

    def plan(self, wanted: Wanted) -> Iterable[Ask]:
        """Nothing: people bring them."""
        return ()

    def recognise(self, head: bytes, name: str) -> str | None:
        """Nothing: only its mapping says what a table is."""
        return None

    def brought(self, fetch: Fetch) -> Brought:
        """The dataset and publisher of a document, by its mapping. Raises NotReadable where that is none."""
        its = _mapping(fetch)
        return Brought(*its.described(), its.by)

    def fits(self, document: Document) -> None:
        """Look whether a table has what its mapping names. Raises a PublisherError naming the key that leads to nothing."""
        its = _mapping(document.fetch)
        figures.Reader(tables.read(document.content, header=its.header, sheet=its.sheet, delimiter=its.delimiter), its)

    def parse(self, document: Document, out: Sink) -> None:
        """One batch: the figures of the table."""
        its = _mapping(document.fetch)
        try:
            table = tables.read(document.content, header=its.header, sheet=its.sheet, delimiter=its.delimiter)
            reader = figures.Reader(table, its)
            rows = Rows("stats.trade", doubled="the table gives two figures for one key: a column that tells them apart is not mapped")
            for row in reader.figures():
                rows.add(str(row["value"]), **row)
                if len(rows) > figures.MOST:
                    raise TooLarge(f"the table has more than {figures.MOST:,} figures: bring it in parts")
        except PublisherError as error:
            raise type(error)(error.said, dataset=its.dataset, url=document.fetch.url) from error
        aside = [*reader.rejected, *((row, whose) for row, whose in zip(rows.unread.rejected, rows.unread.not_read, strict=False))]
        if not len(rows):
            first = aside[0][0] if aside else None
            raise (SchemaDrift(f"no row could be read by the mapping; first {first.locator}: {first.reason}", dataset=its.dataset,
                               url=document.fetch.url) if first else
                   Incomplete("the table has no figure where the mapping looks for them", dataset=its.dataset, url=document.fetch.url))
        constants: dict[str, Value] = {"dataset": its.dataset, "currency": its.currency, "unit_multiplier": its.unit * its.factor}
        with out.batch(its.dataset, "table", constants) as batch:
            batch.rows(rows.frame())
            batch.reject(*(row for row, _ in aside))
            batch.not_read += [whose for whose in {tuple(sorted(whose.items(), key=str)): whose for _, whose in aside}.values()]
            batch.not_asked.update(reader.left_out)
            batch.columns_seen = table.header
            batch.checks += _unknown(reader)
            if its.complete and not reader.cut:
                kept = rows.kept()
                batch.scope = {name: tuple(dict.fromkeys(_value(row[name]) for row in kept)) for name in ("reporter", "flow", "period_end")}
            if its.released is not None and document.fetch.released_at is None:
                batch.released_at, batch.released_basis = datetime.combine(its.released, time(), UTC), "page"

    def read_cell(self, document: Document, locator: str) -> str:
        """The printed text of a cell; of a sum, what its cells come to as they are printed."""
        its = _mapping(document.fetch)
        table = tables.read(document.content, header=its.header, sheet=its.sheet, delimiter=its.delimiter)
        reader = figures.Reader(table, its)
        if not locator.startswith("sum of "):
            return next(tables.cells_at(table, locator, reader.label))
        total = Decimal(0)
        for cell in tables.cells_at(table, locator, reader.label_of_sum):
            number = mapping.number(cell.removesuffix(its.estimate) if its.estimate else cell, its)
            if number is not None:
                total += number[0]
        return f"{total:f}"

    def source_of(self, document: Document, locator: str) -> str:
        """Nothing: where it is from is the dataset's attribution, and who brought it the record's note."""
        return ""


def _value(cell: Value | Decimal) -> Value:
    assert not isinstance(cell, Decimal)
    return cell


def _mapping(fetch: Fetch) -> mapping.Mapping:
    if not fetch.mapping:
        raise NotReadable("no mapping came with this table: entrepot import FILE --as MAPPING.toml", dataset=fetch.dataset, url=fetch.url)
    return mapping.read(fetch.mapping)


def _unknown(reader: figures.Reader) -> Iterable[Check]:
    if reader.unknown:
        names = ", ".join(repr(label[:60]) for label, _ in reader.unknown.most_common(SHOWN))
        yield Check("areas", "warn", f"{len(reader.unknown)} labels", "none", f"labels that no area is known by, to be added to [areas] or "
                                                                             f"skipped: {names}")
