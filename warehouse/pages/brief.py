"""A brief (``warehouse.pages.pairs``) as one self-contained page: no script, nothing fetched, dark and light, for paper too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from warehouse.ask.tables import Table
from warehouse.charts import draw, page
from warehouse.pages.pairs import Brief, Section
from warehouse.reference.dates import short
from warehouse.shown import escape

COLUMNS = ("reporter_name", "flow", "period", "value", "currency", "printed_in", "growth_pct", "share_pct", "rank_lowest", "rank_highest",
           "partner_name", "event", "change_pct", "how", "released_on", "dataset", "version_id")
"""What a reader of a page sees of a figure; ``entrepot trace VERSION_ID`` leads to its cell."""


def html(made: Brief, snapshot: int, on: date, head: Sequence[str], sources: Iterable[Sequence[str]]) -> str:
    """The page. ``sources`` are lines with the names in ``head``, one for each dataset that was read."""
    body = [f"<h1>{escape(made.title)}</h1>", f'<p class="quiet">Made {escape(short(on))} from snapshot {snapshot}. Every figure is a '
            "publisher's or a statement's; two accounts of the same goods are compared and never added or averaged.</p>"]
    for section in made.sections:
        body += _section(section)
    body += page.listed("Sources", head, sources)
    body.append("<footer>Each sentence above was checked against the figures of this snapshot (<code>entrepot check</code>). "
                "From a figure to its page and cell: <code>entrepot trace VERSION_ID</code></footer>")
    return page.page(made.title, body)


def _section(section: Section) -> Iterator[str]:
    yield f"<section><h2>{escape(section.title)}</h2>"
    if section.sentences:
        yield '<div class="sentences">' + "".join(f"<p>{escape(sentence)}</p>" for sentence in section.sentences) + "</div>"
    for table in section.tables:
        yield from _table(table)
    for reason in section.reasons:
        yield f'<p class="reason quiet">{escape(reason)}</p>'
    if section.not_held:
        yield '<p class="quiet">Not held: ' + escape("; ".join(section.not_held)) + ".</p>"
    yield "</section>"


def _table(table: Table) -> Iterator[str]:
    if draw.fits(table):
        yield page.figure(draw.svg(table), trace(table))
    names = [name for name in COLUMNS if name in table.columns and any(row[name] not in (None, "") for row in table.records)]
    # One value in all rows is said by the chart's title and lines.
    yield f"<details><summary>{escape(table.title)}: {len(table.records):,} figures</summary>"
    yield page.table(names, ([_cell(name, row[name]) for name in names] for row in table.records), table.title)
    yield "".join(f'<p class="quiet">{escape(note)}</p>' for note in table.notes) + "</details>"


def trace(table: Table) -> str:
    """The line by which the newest of a chart's figures is followed to its cell."""
    newest = max((row for row in table.records if row.get("version_id")), key=lambda row: row["period_end"], default=None)
    return f"entrepot trace {newest['version_id'][:10]}" if newest else table.asked


def _cell(name: str, cell: Any) -> Any:
    return cell[:10] if name == "version_id" and cell else cell
