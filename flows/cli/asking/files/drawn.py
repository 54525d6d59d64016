"""An answer as a chart or as a page: the chart where there is one, the rows, the notes, and where they come from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warehouse.ask import sources
from warehouse.ask.tables import Table
from warehouse.charts import page
from warehouse.pages.brief import HEADS
from warehouse.shown import escape

if TYPE_CHECKING:
    import duckdb

_EXPLAINED = frozenset(("growth_pct", "share_pct"))
"""Columns whose blanks a note explains: shown though they are empty."""
_BESIDE = frozenset(("reporter", "partner", "period_start", "period_end", "origin_kind", "source_note", "url", "locator", "fetch_id",
                     "publisher", "ended_by"))
"""Columns that a page leaves to the other files, which are for machines."""


def content(con: duckdb.DuckDBPyConnection, table: Table, kind: str) -> bytes:
    """The bytes of ``.svg``, ``.png`` or ``.html``. Raises UsageError where an answer has nothing to draw."""
    from warehouse.charts import draw

    if kind == ".svg":
        return draw.svg(table).encode()
    if kind == ".png":
        return draw.png(table)
    names = [name for name in table.columns if name not in _BESIDE and (
        name in _EXPLAINED or any(row[name] not in (None, "") for row in table.records))]
    read = sources.read_by_rows(list(table.columns), [list(row.values()) for row in table.records])
    lines = sources.lines(con, read) if read else []
    drawn = draw.fits(table)
    body = [f"<h1>{escape(table.title)}</h1>", *([f'<p class="deck">{escape(draw.measured(table))}</p>'] if drawn else []),
            *([page.figure(draw.svg(table, bare=True))] if drawn else []),
            page.table([HEADS.get(name, name.replace("_", " ")) for name in names],
                       ([row[name] for name in names] for row in table.records), table.title),
            *(f'<p class="quiet">{escape(note)}</p>' for note in table.notes),
            *page.listed("Sources", sources.HEAD, lines),
            f"<footer><code>{escape(table.asked)}</code></footer>"]
    return page.page(table.title, body).encode()
