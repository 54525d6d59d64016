"""``mirror``: both accounts of a pair side by side. What they are is ``warehouse.ask.mirrors``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs
from flows.cli.common import money, origin, out_json, released, say, state, table
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from warehouse.ask.mirrors import Gap


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(mirror)


def mirror(
    one: str = typer.Argument(help="English name or ISO code."), other: str = typer.Argument(),
    period: str = typer.Argument(help="2024, 2024-06, 2024-01..2024-06"),
    currency: str = typer.Option("USD", "--in", help="The currency in which the two are compared."),
    output: Path | None = outputs.OUTPUT,
) -> None:
    """Both accounts of a flow, and what explains the gap."""
    from warehouse.ask import mirrors, refusals
    from warehouse.reference import periods
    from warehouse.reference.areas import area, name_of
    from warehouse.reference.currencies import currency as code

    outputs.check(output)
    a, b = area(one), area(other)
    if a == b:
        raise UsageError(f"{one} and {other} are the same area")
    when, wanted = periods.parse(period), code(currency)
    house, con = state.reading()
    found = mirrors.mirrors(con, a, b, when, wanted)
    if not found:
        raise UsageError(refusals.missing(con, a, b, [("products", "classification", "-"), ("period", "period", when)], both=True))
    why = mirrors.explanations(found, a, b)
    if output:
        from warehouse.ask import tables

        return outputs.write_table(con, tables.of_mirrors(
            found, wanted, f"{name_of(a)} and {name_of(b)}, {when}: two accounts in {wanted}",
            outputs.asked("mirror", one, other, period, in_=wanted), why), output, house.settings.home)
    con.close()
    if state.json:
        return out_json({"one": a, "other": b, "period": {"start": when.start, "end": when.end}, "currency": wanted, "flows": found,
                         "explains": why})
    say(f"{name_of(a)} and {name_of(b)}, {when}: two accounts of the same goods")
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
    table(["", "", "", "", ""], lines, right=(1, 2))
    say()
    for sentence in why:
        say(f"  {sentence}")
    for note in sorted({origin(f) for row in found for f in (*row.reported, *row.mirrored) if origin(f)})[:2]:
        say(f"  {note}")
    return None


def _why(gap: Gap) -> str:
    """What the figures show of a gap, in one line; the import is measured against the export."""
    from warehouse.ask.mirrors import REASONS

    said = f"import over export: {REASONS[gap.reason]}"
    if gap.margin_pct is None:
        return said
    return f"{said}; freight {gap.margin_pct.normalize():f} {gap.margin_unit} ({gap.margin_source}), without it {gap.residual_pct:+.1f} %"
