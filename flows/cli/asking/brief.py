"""``brief``: one page about a pair, a country or a product. What it holds is ``warehouse.pages``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs
from flows.cli.common import out_json, say, state
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    import duckdb

    from warehouse.pages.parts import Brief

KINDS = (".html", ".pdf", ".png")


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(brief)


def brief(
    areas: list[str] = typer.Argument(metavar="COUNTRY [OTHER]", help="English name or ISO code; one for a country alone."),
    year: int | None = typer.Option(None, "--year", help="The newest year that both accounts have where none is named."),
    products: str | None = typer.Option(None, "--products", help="One product: 8542, or HS2022 8542."),
    output: Path | None = typer.Option(None, "-o", help="FILE.html: one page with charts, which opens anywhere; or FILE.pdf, FILE.png."),
    as_of: str | None = outputs.AS_OF,
) -> None:
    """One page about a pair, a country or a product: accounts over time, why they differ, places, products, revisions, news."""
    from flows.home import clock
    from warehouse.pages import making
    from warehouse.reference import products as products_

    _check(output)
    areas, products = _product_apart(areas, products)
    if len(areas) > 2:
        raise UsageError(f"{len(areas)} countries are named: a brief is of one or of two")
    codes = _codes(areas)
    products_.one(products)
    house, con = state.reading(as_of)
    on = clock.now().date()
    made = making.brief(con, codes, year, on, products)
    if output is not None:
        outputs.check_place(output, house.settings.home)
        making.write(con, made, on, output, outputs.whole)
        return say(f"{made.title}, in {output}", err=True)
    if state.json:
        return out_json({"areas": codes, **({"one": codes[0], "other": codes[1]} if len(codes) == 2 else {}), "year": made.year,
                         "title": made.title, "sections": [
            {"title": section.title, "sentences": section.sentences, "not_held": section.not_held, "reasons": section.reasons,
             "tables": [{"title": table.title, "asked": table.asked, "rows": table.records} for table in section.tables],
             "lists": section.lists, "news": section.news}
            for section in made.sections]})
    return _print(made, con)


def _check(output: Path | None) -> None:
    outputs.check(output, KINDS)
    if output is not None and output.suffix.lower() != ".html":
        from warehouse.pages import printed

        printed.check()


def _product_apart(areas: list[str], products: str | None) -> tuple[list[str], str | None]:
    """``--products HS2022 8542`` without quotation marks leaves the code among the countries, none of which has digits."""
    if products is not None and areas and re.fullmatch(r"[0-9][0-9A-Za-z]*", areas[-1]) and len(products.split()) == 1:
        return areas[:-1], f"{products} {areas[-1]}"
    return areas, products


def _codes(areas: list[str]) -> list[str]:
    from warehouse.reference.areas import area

    if not areas:
        raise UsageError("no country is named: entrepot brief China Malaysia --products 8542, or entrepot brief China --products 8542")
    codes = [area(name) for name in areas]
    if len(set(codes)) < len(codes):
        raise UsageError(f"{areas[0]} and {areas[1]} are the same area")
    return codes


def _print(made: Brief, con: duckdb.DuckDBPyConnection) -> None:
    say(made.title)
    for section in made.sections:
        say()
        say(f" {section.title}")
        for sentence in section.sentences:
            say(f"   {sentence}")
        for one in section.news:
            say(f"   {one.claimed}: {one.said}")
        for missing in section.not_held:
            say(f"   Not held: {missing}.")
    say()
    say(" With charts, tables and sources: -o FILE.html, .pdf or .png")
    con.close()
