"""``brief``: one page about a pair. What it holds is ``warehouse.pages``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs
from flows.cli.common import out_json, say, state
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from flows.cli.asking.files import sources
    from warehouse.pages.pairs import Brief

KINDS = (".html",)


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(brief)


def brief(
    one: str = typer.Argument(help="English name or ISO code."), other: str = typer.Argument(),
    year: int | None = typer.Option(None, "--year", help="The newest year that both accounts have where none is named."),
    output: Path | None = typer.Option(None, "-o", help="FILE.html: one page with charts, which opens anywhere."),
) -> None:
    """One page about a pair: both accounts over time, exports and imports, place and share, revisions."""
    from flows.home import clock
    from warehouse.pages import pairs
    from warehouse.reference.areas import area

    _check(output)
    a, b = area(one), area(other)
    if a == b:
        raise UsageError(f"{one} and {other} are the same area")
    house, con = state.reading()
    on = clock.now().date()
    made = pairs.brief(con, a, b, year, on)
    if output is not None:
        from flows.cli.asking.files import sources
        from warehouse.pages.brief import html

        outputs.check_place(output, house.settings.home)
        (snapshot,) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()[0]
        outputs.write_text(html(made, snapshot, on, sources.HEAD, sources.lines(con, _read(made))), output)
        return say(f"{made.title}, in {output}", err=True)
    if state.json:
        return out_json({"one": a, "other": b, "year": made.year, "sections": [
            {"title": section.title, "sentences": section.sentences, "not_held": section.not_held, "reasons": section.reasons,
             "tables": [{"title": table.title, "asked": table.asked, "rows": table.records} for table in section.tables]}
            for section in made.sections]})
    return _print(made, con)


def _check(output: Path | None) -> None:
    if output is not None and output.suffix.lower() in (".pdf", ".png"):
        raise UsageError(f"cannot write {output.name}: a brief is a page, -o FILE.html; a browser prints it to PDF, and get, rank, mirror "
                         "and revisions draw a single chart as .png")
    outputs.check(output, KINDS)


def _read(made: Brief) -> sources.Read:
    from flows.cli.asking.files.sources import Read

    rows = [row for section in made.sections for table in section.tables for row in table.records]
    return Read(frozenset(row["dataset"] for row in rows), frozenset(row["version_id"] for row in rows if row.get("version_id")))


def _print(made: Brief, con: duckdb.DuckDBPyConnection) -> None:
    say(made.title)
    for section in made.sections:
        say()
        say(f" {section.title}")
        for sentence in section.sentences:
            say(f"   {sentence}")
        for missing in section.not_held:
            say(f"   Not held: {missing}.")
    say()
    say(" With charts, tables and sources: -o FILE.html")
    con.close()
