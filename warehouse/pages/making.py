"""A brief asked for and written: of one country or of two, as a page, on paper or as a picture."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import duckdb

from warehouse.ask import sources
from warehouse.pages import brief as as_page
from warehouse.pages import countries, pairs, printed
from warehouse.pages.parts import Brief


def brief(con: duckdb.DuckDBPyConnection, areas: Sequence[str], year: int | None, on: date, products: str | None = None) -> Brief:
    """A brief of one area or of two, by their codes. Raises UsageError where nothing of it is held."""
    if len(areas) == 1:
        return countries.brief(con, areas[0], year, on, products)
    return pairs.brief(con, areas[0], areas[1], year, on, products)


def write(con: duckdb.DuckDBPyConnection, made: Brief, on: date, output: Path,
          whole: Callable[[Path], AbstractContextManager[Path]]) -> None:
    """A brief in a file of the kind that its name says. ``whole`` gives the file that takes its place once it is whole."""
    snapshot, head, lines = snapshot_of(con), sources.HEAD, sources.lines(con, sources.Read(made.datasets, made.versions))
    kind = output.suffix.lower()
    if kind == ".html":
        text = as_page.html(made, snapshot, on, head, lines)
        with whole(output) as part:
            part.write_text(text, encoding="utf-8")
        return
    text = as_page.paper(made, snapshot, on, head, lines)
    with whole(output) as part:
        printed.write(text, part, kind)


def snapshot_of(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the newest snapshot; 0 of an empty lake."""
    ((number,),) = con.execute("SELECT coalesce(max(snapshot), 0) FROM ops.load").fetchall()
    return int(number)
