"""``mirror``: both accounts of a pair side by side. What they are is ``warehouse.ask.mirrors``."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs
from flows.cli.common import money, origin, out_json, percent, released, say, state, table
from warehouse.schema.errors import NotHeld, UsageError

if TYPE_CHECKING:
    import duckdb

    from warehouse.ask.mirrors import Gap, ProductMirror
    from warehouse.reference.periods import Period


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(mirror)


def mirror(
    one: str = typer.Argument(metavar="COUNTRY", help="English name or ISO code."),
    other: str = typer.Argument(metavar="OTHER", help="The other side, likewise."),
    period: str = typer.Argument("latest", help="2024, June 2024, Q2 2024, 2024-01..2024-06, latest (the newest that both have)"),
    currency: str = typer.Option("USD", "--in", help="The currency in which the two are compared."),
    products: str | None = typer.Option(None, "--products", help="HS2, HS4 or HS6, a code (8542), a classification, or both; in dollars."),
    top: int = typer.Option(20, "--top", min=1, max=1_000_000, help="So many products each way, of --products."),
    as_of: str | None = outputs.AS_OF, known_on: str | None = outputs.KNOWN_ON,
    output: Path | None = outputs.OUTPUT, plot: bool = outputs.PLOT,
) -> None:
    """Both accounts of a flow, and what explains the gap."""
    from warehouse.ask import mirrors
    from warehouse.ask.coverage import recent, refusals
    from warehouse.reference import periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area, name_of
    from warehouse.reference.currencies import currency as code

    outputs.check(output)
    outputs.check_plot(plot, output)
    a, b = area(one), area(other)
    if a == b:
        raise UsageError(f"{one} and {other} are the same area")
    periods.read(period)
    wanted, goods = code(currency), products_.parse(products)
    house, con = state.reading(as_of, known_on)
    when, newest = recent.period(con, period, [(a, b), (b, a)], products=goods, common=True)
    if products is not None:
        if output or plot:
            raise UsageError("-o and --plot are of a mirror of all goods: with --products leave them out, or take --json")
        return _by_product(con, a, b, when, wanted, products, top)
    found = mirrors.mirrors(con, a, b, when, wanted)
    if not found:
        raise NotHeld(refusals.missing(con, a, b, [("products", "classification", "-"), ("period", "period", when)], both=True))
    why = [*([newest] if newest else []), *mirrors.explanations(con, found, a, b)]
    if output or plot:
        from warehouse.ask import tables

        answer = tables.of_mirrors(found, wanted, f"{name_of(a)} and {name_of(b)}, {when}: two accounts in {wanted}",
                                   outputs.asked("mirror", one, other, period, in_=wanted, as_of=as_of, known_on=known_on), why)
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json:
        from warehouse.ask import questions

        return out_json({"one": a, "other": b, "period": {"start": when.start, "end": when.end}, "currency": wanted,
                         "flows": questions.mirrored(con, found), "explains": why})
    con.close()
    say(f"{name_of(a)} and {name_of(b)}, {when}: two accounts of the same goods", style="title")
    lines = []
    for row in found:
        for side, flow, figures, inside in ((a, row.flow, row.reported, row.reported_in),
                                            (b, row.mirror_flow, row.mirrored, row.mirrored_in)):
            if not figures and flow:
                lines.append([f"{name_of(side)}'s {flow}", "not held", "", "", ""])
            for figure in figures:
                lines.append([
                    f"{name_of(side)}'s {flow}",
                    money(figure.value, figure.currency, unit=figure.unit_multiplier, decimals=figure.decimals),
                    "" if figure.currency == wanted or inside is None else f"≈ {money(inside, wanted)}",
                    figure.valuation if figure.valuation != "-" else "",
                    f"{figure.dataset}, {released(figure.released_on, figure.released_basis)}"])
        if not row.compared:
            continue
        ratio = f"{row.ratio:.2f}" if row.ratio is not None else "–"
        lines.append([f"  {name_of(b)}'s over {name_of(a)}'s", ratio, "", "", row.compared])
        if row.gap is not None and row.gap.reason not in ("one_side_only", "no_rate"):
            lines.append(["", f"{row.gap.gap_pct:+.1f} %", "", "", _why(row.gap)])
        lines += [[f"  via {via.figure.reporter_name}", money(via.figure.value, via.figure.currency, unit=via.figure.unit_multiplier,
                                                             decimals=via.figure.decimals),
                   "" if via.figure.currency == wanted or via.inside is None else f"≈ {money(via.inside, wanted)}", via.figure.valuation,
                   f"re-exports of goods of {name_of(via.origin)} to {name_of(via.destination)}: {via.figure.dataset}, "
                   f"{released(via.figure.released_on, via.figure.released_basis)}"] for via in row.via]
    table(["", "", "", "", ""], lines, point=(1, 2))
    say()
    for sentence in why:
        say(f"  {sentence}")
    for note in sorted({origin(f) for row in found for f in (*row.reported, *row.mirrored) if origin(f)})[:2]:
        say(f"  {note}")
    return outputs.plot(answer) if plot else None


def _by_product(con: duckdb.DuckDBPyConnection, a: str, b: str, when: Period, currency: str, products: str, top: int) -> None:
    """Both ways, the largest products first."""
    from flows.cli.asking.figures import product
    from warehouse.ask import mirrors
    from warehouse.ask.coverage import refusals
    from warehouse.reference import products as products_
    from warehouse.reference.areas import name_of

    if currency != "USD":
        raise UsageError("--products are compared in dollars (mart.mirror_gap): leave --in out")
    found = mirrors.by_product(con, a, b, when, products)
    if not found:
        raise NotHeld(refusals.missing(con, a, b, [*products_.parse(products).steps, ("period", "period", when)], both=True))
    con.close()
    if state.json:
        return out_json({"one": a, "other": b, "period": {"start": when.start, "end": when.end}, "currency": "USD", "products": found})
    for exporter in dict.fromkeys(row.exporter for row in found):
        mine = [row for row in found if row.exporter == exporter]
        importer = mine[0].importer
        say(f"Goods from {name_of(exporter)} to {name_of(importer)}, {when}, as both report them", style="title")
        table(["", name_of(exporter), "", name_of(importer), "", "gap", ""], [
            [product(row.classification, row.product, row.product_name),
             *_side(row.exporter_usd, row.exporter_valuation, row.exporter_dataset),
             *_side(row.importer_usd, row.importer_valuation, row.importer_dataset), percent(row.gap_pct), _why(row)]
            for row in mine[:top]], right=(5,), point=(1, 3))
        if len(mine) > top:
            say(f"  {len(mine) - top:,} more products: --top {len(mine)}.")
        say()
    say("  Gap: the importer's figure over the exporter's, in dollars; the two are never added or averaged.")
    say("  Each edition of a classification is compared with itself alone: the same code of two may mean other goods.")
    if any(row.weight_implausible for row in found):
        say("  Prices by weight more than ten times apart: one of the two weights is of something else.")
    return None


def _side(usd: float | None, valuation: str | None, dataset: str | None) -> tuple[str, str]:
    """One account's figure, and what it is."""
    if dataset is None:
        return "not held", ""
    return ("no rate" if usd is None else money(Decimal(usd), "USD")), f"{'' if valuation in (None, '-') else f'{valuation}, '}{dataset}"


def _why(gap: Gap | ProductMirror) -> str:
    """What the figures show of a gap, in one line; the import is measured against the export."""
    from warehouse.ask.mirrors import REASONS

    said = f"import over export: {REASONS[gap.reason]}" if gap.gap_pct is not None else REASONS[gap.reason]
    if gap.margin_pct is None:
        return said
    return f"{said}; freight {gap.margin_pct.normalize():f} {gap.margin_unit} ({gap.margin_source}), without it {gap.residual_pct:+.1f} %"
