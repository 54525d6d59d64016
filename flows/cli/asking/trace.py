"""``trace``: from a figure, rate or indicator to its cell and its footnote. The way there is ``flows.home.tracing``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from flows.cli.asking.outputs import AS_OF, KNOWN_ON
from flows.cli.common import day, moment, money, out_json, say, state, table
from warehouse.reference.dates import short
from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from flows.home.house import House


def register(app: typer.Typer, panel: str) -> None:
    """Put the command under its heading."""
    app.command(rich_help_panel=panel)(trace)


def trace(
    one: str = typer.Argument(metavar="VERSION|REPORTER", help="A version's id as `revisions` prints it, or the reporter of a figure."),
    partner: str | None = typer.Argument(None, help="The other side, where a reporter is named; World for all its partners."),
    period: str | None = typer.Argument(None, help="2024, June 2024, Q2 2024, 2024-01..2024-06, latest"),
    flow: str = typer.Option("total", "--flow", help="exports, imports, trade, balance."),
    currency: str | None = typer.Option(None, "--in", help="The figure in this currency, where several are held."),
    dataset: str | None = typer.Option(None, "--dataset", help="An edition; the best held where none is named."),
    products: str | None = typer.Option(None, "--products", "--product", help="One product: 8542, or \"HS2022 8542\"."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON,
) -> None:
    """From a figure to its page and cell in the archived bytes, and the sentence for a footnote."""
    from flows.home.tracing import chosen, derived, footnote, taken_from, walk
    from warehouse.ask import answers, machines
    from warehouse.reference import flows, periods

    if (partner is None) != (period is None):
        raise UsageError("trace takes a version's id, or REPORTER PARTNER PERIOD")
    if partner is None and (flow != "total" or currency or dataset or products is not None):
        raise UsageError("--flow, --in, --dataset and --products choose among figures: trace REPORTER PARTNER PERIOD takes them; a "
                         "version's id is one figure")
    flow = flows.flow(flow)
    if period is not None:
        periods.read(period)
    house, con = state.reading(as_of, known_on)
    if partner is None and (rate := answers.rate_by_id(con, one)):
        return _trace_rate(house, machines.figure(rate, machines.known(con)))
    if partner is None and (indicator := answers.indicator_by_id(con, one)):
        return _trace_indicator(house, machines.figure(indicator, machines.known(con)))
    version = one if partner is None or period is None else chosen(con, one, partner, period, flow=flow, currency=currency,
                                                                   dataset=dataset, products=products)
    row = answers.figure_by_id(con, version)
    steps, source = walk(house, row), taken_from(house, row)
    gives = f"not shown; {derived(row)}" if derived(row) else "= the figure" if steps.agrees else "does not give the figure"
    if state.json:
        return out_json(machines.figure({**row, "printed": steps.printed, "agrees": steps.agrees, "file": steps.file, "taken_from": source,
                                         "footnote": footnote(row, source)}, machines.known(con)))
    say(f"{money(row['value'], row['currency'], unit=row['unit_multiplier'], decimals=row['decimals'])}   "
        f"{row['reporter']} {row['flow']} {row['partner']}, {periods.Period(row['period_start'], row['period_end'])}")
    _walked(row, steps.file, f"{steps.printed!r} × {row['unit_multiplier']:,} {row['currency']}  {gives}" if steps.printed is not None
            else f"({steps.why})", source)


def _trace_rate(house: House, row: dict[str, Any]) -> None:
    """The same for an exchange rate."""
    from flows.home.tracing import footnote, taken_from, units_of, walk

    steps, source = walk(house, row), taken_from(house, row)
    units = units_of(steps.printed, row["rate"]) if steps.agrees and steps.printed is not None else None
    if state.json:
        return out_json({**row, "printed": steps.printed, "printed_for_units": units, "agrees": steps.agrees, "file": steps.file,
                         "taken_from": source, "footnote": footnote(row, source)})
    say(f"{format(row['rate'].normalize(), 'f')} {row['quote']} per {row['base']}   {row['kind']}, {day(row['period_start'])}"
        + (f" to {day(row['period_end'])}" if row["period_end"] != row["period_start"] else ""))
    gives = f"for {units:,} {row['base']}  = the rate" if units else "does not give the rate"
    return _walked(row, steps.file, f"{steps.printed!r} {gives}" if steps.printed is not None else f"({steps.why})", source)


def _trace_indicator(house: House, row: dict[str, Any]) -> None:
    """The same for an indicator, which is held to eight decimals."""
    from flows.home.tracing import footnote, taken_from, walk
    from warehouse.reference.periods import Period

    steps, source = walk(house, {**row, "unit_multiplier": 1, "decimals": 8}), taken_from(house, row)
    if state.json:
        return out_json({**row, "printed": steps.printed, "agrees": steps.agrees, "file": steps.file, "taken_from": source,
                         "footnote": footnote(row, source)})
    whose = " ".join(text for text in (row["area"], row["indicator"], row["partner"], row["product"]) if text != "-")
    say(f"{format(row['value'].normalize(), 'f')} {row['unit']}   {whose}, {Period(row['period_start'], row['period_end'])}")
    gives = "= the figure" if steps.agrees else "does not give the figure"
    return _walked(row, steps.file, f"{steps.printed!r}  {gives}" if steps.printed is not None else f"({steps.why})", source)


def _walked(row: dict[str, Any], file: str, printed: str, source: str) -> None:
    """The steps from a figure or rate to its cell, and the footnote."""
    from flows.home.tracing import footnote

    made = row["origin_kind"] == "reconstructed"
    table(["", ""], [
        ["edition", f"{row['dataset']}: {row['title']}"],
        ["page", "none of the publisher's: composed for the sample" if made else row["url"]], *([["taken from", source]] if source else []),
        ["released", f"{short(row['released_on'])} ({row['released_basis']})"],
        ["as it stood" if made else "asked", f"{short(row['asked_on']) if made else moment(row['asked_at'])}, fetch {row['fetch_id']}"],
        ["origin", row["origin_kind"] + (f": {row['source_note']}" if row["source_note"] and not made else "")],
        ["bytes", f"sha256 {row['sha256']}"], ["", file],
        ["cell", row["locator"]],
        ["printed", printed],
        ["version", f"{row['version_no']} ({row['ended_by']}), {row['version_id']}, load {row['load_id']}"]])
    say()
    say(f"  Footnote: {footnote(row, source)}")
