"""``revisions``: every version of a figure, months by vintage, and how reliable first releases are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from flows.cli.asking import outputs
from flows.cli.asking.figures import product, then
from flows.cli.asking.outputs import AS_OF, KNOWN_ON
from flows.cli.common import day, money, origin, out_json, percent, released, say, state, table
from warehouse.schema.errors import NotHeld, UsageError
from warehouse.schema.travel import FILLED_IN


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(revisions)


_OF_WHOM = "revisions takes REPORTER PARTNER and --period or --triangle; alone it tells how reliable first releases are"


def revisions(
    reporter: str | None = typer.Argument(None, help="Whose account; without one: how reliable first releases are."),
    partner: str | None = typer.Argument(None, help="The other side; World for all its partners."),
    period: str | None = typer.Option(None, "--period", help="2024, June 2024, latest, …"),
    flow: str = typer.Option("", "--flow", help="exports, imports, trade, balance; all where none is named."),
    triangle: str | None = typer.Option(None, "--triangle", help="Months such as 2024-01..2024-12: periods down, vintages across."),
    products: str | None = typer.Option(None, "--products", "--product", help="As in get: HS4, 8542, SITC4-1, \"HS2022 8542\"."),
    reread: bool = typer.Option(False, "--reread", help="Also versions that only our own parser read differently."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON, output: Path | None = outputs.OUTPUT,
    plot: bool = outputs.PLOT,
) -> None:
    """Every version of a figure in every edition, in order of release; and how reliable first releases are."""
    from warehouse.ask import answers
    from warehouse.ask.coverage import recent, refusals
    from warehouse.reference import flows, periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area, name_of

    outputs.check(output)
    outputs.check_plot(plot, output)
    flow = flows.flow(flow) if flow else ""
    for typed in (period, triangle):
        if typed is not None:
            periods.read(typed)
    if reporter is None and (period or flow or triangle or products is not None or reread):
        raise UsageError(_OF_WHOM)
    wanted = products_.parse(products)
    house, con = state.reading(as_of, known_on)
    asked = outputs.asked("revisions", reporter, partner, period=period, flow=flow, triangle=triangle, as_of=as_of, known_on=known_on,
                          products=products, reread=reread)
    if reporter is None:
        reliable = answers.reliability(con)
        if output or plot:
            from warehouse.ask import tables

            answer = tables.of_reliability(reliable, asked)
            if output:
                return outputs.write_table(con, answer, output, house.settings.home)
            return outputs.plot(answer)
        return _reliability(reliable)
    if partner is None or (period is None) == (triangle is None):
        raise UsageError(_OF_WHOM)
    a, b = area(reporter), area(partner)
    if triangle is not None and wanted != products_.TOTAL:
        raise UsageError("a triangle is of all goods: --products goes with --period")
    if triangle is not None:
        span, _ = recent.period(con, triangle, [(a, b)], flow=flow)
        by_vintage = answers.triangle(con, a, b, flow or "total", span)
        title = _flow_of(a, b, flow or "total")
        _triangle(by_vintage, title, silent=output is not None)
        if output or plot:
            from warehouse.ask import tables

            answer = tables.of_triangle(by_vintage, a, b, flow or "total", f"{title}: {triangle} by vintage", asked)
            if output:
                return outputs.write_table(con, answer, output, house.settings.home)
            return outputs.plot(answer)
        return None
    assert period is not None
    when, newest = recent.period(con, period, [(a, b)], flow=flow, products=wanted)
    found = answers.versions(con, a, b, when, flow=flow, product=products or "TOTAL", reread=reread)
    if (output or plot) and found:
        from warehouse.ask import tables

        origins = sorted({origin(row) for row in found if origin(row)})[:3]
        title = f"{_flow_of(a, b, flow)}{'' if wanted == products_.TOTAL else f' of {wanted}'}, {when}, by release"
        answer = tables.of_versions(found, a, b, title, asked, origins)
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json and found:
        from warehouse.ask import machines

        return out_json(machines.figures(found, machines.known(con)))
    if not found:
        raise NotHeld("no version is held: " + refusals.missing(con, a, b, [
            *wanted.steps, ("period", "period", when), ("flow", "flow", flow or None)], ended=True) + then(as_of, known_on))
    together: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in found:
        together.setdefault((row["flow"], row["chain"], row["currency"], row["classification"], row["product"]), []).append(row)
    for (flow_, _, _, classification, goods), mine in together.items():
        of = "" if classification == "-" else f" of {product(classification, goods, mine[0]['product_name'])}"
        say(f"{name_of(a)}'s {flow_}{'s' if flow_ in ('export', 'import') else ''}{of}, {name_of(b)}, {when}", style="title")
        table(["", "", "", "", "", ""], [
            [released(row["released_on"], row["released_basis"]),
             money(row["value"], row["currency"], unit=row["unit_multiplier"], decimals=row["decimals"]),
             row["event"] if row["ended_by"] != "backfilled" else f"{row['event']}, loaded later", _changed(row),
             row["dataset"] + (f" {marked}" if (marked := {"P": "provisional", **FILLED_IN}.get(row["status"])) else "")
             + (f", {row['ended_by']} {day(row['ended_at'])}" if row["ended_by"] in ("withdrawn", "reclassified", "undone") else ""),
             row["version_id"][:10]] for row in mine], right=(3,), point=(1,))
        say()
    for note in [*([newest] if newest else []), *sorted({origin(row) for row in found if origin(row)})[:3]]:
        say(f"  {note}")
    say("  entrepot trace VERSION shows the page and cell of any of these.")
    return outputs.plot(answer) if plot else None


def _changed(row: dict[str, Any]) -> str:
    """By how much a version differs from the one before it; of one in which only the printed growth moved, that growth."""
    if row["event"] == "growth revised":
        before, after = (percent(value) or "none" for value in (row["growth_before"], row["published_yoy_pct"]))
        return f"growth {before} → {after}"
    return percent(row["change_pct"])


def _reliability(found: list[dict[str, Any]]) -> None:
    if state.json:
        return out_json(found)
    if not found:
        return say("No figure here has more than one vintage yet.")
    say("From the first release of a figure to later ones, in per cent of the first")
    return table(["dataset", "flow", "period", "after", "figures", "mean", "mean size", "9 of 10 within", "largest"], [
        [r["dataset"], r["flow"], r["period_kind"], r["lag"], r["figures"], f"{r['bias_pct']:+.2f}", f"{r['mean_abs_pct']:.2f}",
         f"{r['band_pct']:.2f}", f"{r['largest_pct']:.2f}"] for r in found], right=(4, 5, 6, 7, 8))


def _flow_of(reporter: str, partner: str, flow: str | None) -> str:
    """``Malaysia's imports from the world``; of no flow ``trade with``."""
    from warehouse.ask.publishers import possessive
    from warehouse.reference.areas import name_of

    whose = {"export": "exports to", "import": "imports from", "total": "total trade with", "balance": "balance with", "": "trade with",
             }.get(flow or "", f"{flow} with")
    return f"{possessive(name_of(reporter))} {whose} {'the world' if partner == 'WLD' else name_of(partner)}"


def _triangle(found: list[dict[str, Any]], title: str, *, silent: bool = False) -> None:
    """Print it, or (``silent``) only refuse where nothing is held."""
    from warehouse.reference.periods import Period

    if state.json and not silent:
        return out_json(found)
    if not found:
        raise NotHeld(f"no month of {title} is held in that span")
    if silent:
        return None
    for one in dict.fromkeys((row["chain"], row["currency"]) for row in found):
        mine = [row for row in found if (row["chain"], row["currency"]) == one]
        most = max(row["vintage"] for row in mine)
        by_period: dict[Period, dict[int, dict[str, Any]]] = {}
        for row in mine:
            by_period.setdefault(Period(row["period_start"], row["period_end"]), {})[row["vintage"]] = row
        say(f"{title}, {one[1]}: period by vintage, with the change from the first release")
        table(["period", "first release", *(f"vintage {n}" for n in range(2, most + 1))], [
            [str(when), *(_vintage(held.get(n)) for n in range(1, most + 1))] for when, held in by_period.items()])
        say()
    return None


def _vintage(row: dict[str, Any] | None) -> str:
    if row is None:
        return ""
    value = money(row["value"], row["currency"], unit=row["unit_multiplier"], decimals=row["decimals"])
    moved = row["event"] in ("edition", "revised", "revised (silent)")
    change = f" {percent(row['change_from_first_pct']) if moved else row['event']}" if row["vintage"] > 1 else ""
    return f"{value}{change} ({released(row['released_on'], row['released_basis'])})"
