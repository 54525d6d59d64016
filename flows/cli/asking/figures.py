"""``get`` and ``rank``: figures of a pair and of a reporter's partners. They read the published lake and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from flows.cli.asking import outputs, parts
from flows.cli.common import day, money, origin, out_json, percent, released, say, state, table
from warehouse.schema.errors import NotHeld, UsageError
from warehouse.schema.travel import FILLED_IN

if TYPE_CHECKING:
    from flows.home.house import House
    from warehouse.ask.accounts import Beside
    from warehouse.ask.answers import Figure
    from warehouse.ask.ranks import Place, Ranking
    from warehouse.reference.periods import Period


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    app.command(rich_help_panel=panel)(get)
    app.command(rich_help_panel=panel)(rank)


AS_OF, KNOWN_ON = outputs.AS_OF, outputs.KNOWN_ON
PRODUCTS = typer.Option(None, "--products", help="HS2, HS4 or HS6, a code (8542), a classification (SITC4-1), or both (\"HS2022 8542\").")
PERIOD = typer.Argument("latest", help="2024, June 2024, Q2 2024, 2009-2024, 2024-01..2024-06, latest, \"last 12 months\"")
BLANK = "–"
"""A growth or share that is not known, which is not 0."""
PAIR = typer.Argument(metavar="COUNTRY", help="English name, ISO code, or a group such as ASEAN; World for all partners.")


def get(
    one: str = PAIR, other: str = PAIR,
    period: str = PERIOD,
    flow: str | None = typer.Option(None, "--flow", help="Only this flow: exports, imports, trade, balance."),
    monthly: bool = typer.Option(False, "--monthly", help="Each month of the period."),
    products: str | None = PRODUCTS,
    currency: str | None = typer.Option(None, "--in", help="In this currency: the publisher's own figure, else converted and said so."),
    rates: str | None = typer.Option(None, "--rates", help="Convert at the rates of this publisher or table, where not at an implied one."),
    every: bool = typer.Option(False, "--all", help="Every table that is held, not the reporter's own or first one alone."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON, output: Path | None = outputs.OUTPUT,
    plot: bool = outputs.PLOT,
) -> None:
    """A pair and a period as a table: both accounts, each figure with its publisher, edition and release."""
    from warehouse.ask import accounts, answers
    from warehouse.ask.coverage import recent, refusals
    from warehouse.reference import flows, periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area, name_of
    from warehouse.reference.currencies import currency as code

    outputs.check(output)
    outputs.check_plot(plot, output)
    a, b, wanted = area(one), area(other), code(currency) if currency is not None else None
    if a == b:
        raise UsageError(f"{one} and {other} are the same area; re-imports stand in stats.trade with partner = reporter")
    if rates and not wanted:
        raise UsageError("--rates says at whose rates --in converts: name the currency with --in")
    periods.read(period)  # what cannot be read is refused before the lake is opened
    flow = flows.flow(flow) if flow else None
    house, con = state.reading(as_of, known_on)
    when, newest = recent.period(con, period, [(a, b), (b, a)], flow=flow or "", products=products_.parse(products))
    found = answers.get(con, a, b, when, monthly=monthly, products=products)
    each = "month" if monthly else ""
    if not found and not monthly and when.parts:
        # Nobody prints it as one figure, nor do its months add up to it: its parts are shown for themselves.
        found, each = recent.by_part(con, a, b, when, products)
        monthly = each == "month"
    missing = _not_held(house, found, (a, b, when, monthly, products), flow) if known_on else []
    if wanted:
        found = answers.in_currency(con, found, wanted, rates or "")
    if flow and found:  # after the conversion, which takes a publisher's own rate from its other flows
        there = sorted({f.flow for f in found})
        found = [f for f in found if f.flow == flow]
        if not found:
            raise NotHeld(f"no flow {flow!r} of {name_of(a)} and {name_of(b)} for {when}; held: {', '.join(there)}")
    asked = outputs.asked("get", one, other, period, flow=flow, monthly=monthly, products=products, in_=currency, rates=rates, all=every,
                          as_of=as_of, known_on=known_on)
    if (output or plot) and found:
        from warehouse.ask import tables

        sides = [[f for f in found if f.reporter == side] for side in dict.fromkeys(f.reporter for f in found)]
        shown = found if every else [f for side in sides for f in accounts.split(con, side)[0]]
        notes = [*_notes(shown, a, b, blank="Blank"), *([newest] if newest else []),
                 *(parts.missing(shown, (a, b), when, each) if each else []),
                 *([f"Not held as known on {known_on}: {'; '.join(missing)}."] if missing else [])]
        answer = tables.of_figures(shown, f"{name_of(a)} and {name_of(b) if b != 'WLD' else 'the world'}, {when}", asked, notes)
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json and (found or missing):
        from warehouse.ask import machines

        told_figures = machines.figures(found, machines.known(con))
        return out_json({"known_on": known_on, "figures": told_figures, "not_held": missing} if known_on else told_figures)
    if not found:
        gone = answers.withdrawn(con, a, b, when)
        steps: list[refusals.Step] = [*products_.parse(products).steps, ("period", "period", None if monthly else when)]
        raise NotHeld(refusals.missing(con, a, b, steps, both=True, months=when if monthly else None) + then(as_of, known_on)
                         + "".join(f"; withdrawn from {name}, last seen {day(at)}: entrepot revisions has it" for name, at in gone))
    told: list[Figure] = []
    others: list[str] = []
    for reporter in dict.fromkeys(f.reporter for f in found):
        mine, beside = accounts.split(con, [f for f in found if f.reporter == reporter])
        if every:
            mine, beside = [*mine, *(f for chain in beside for f in chain.figures)], []
        told += mine
        others += [f"  {mine[0].reporter_name}'s account, {_beside(chain)}" for chain in beside] if each else []
        if each:
            continue
        say()
        toward = "the world" if mine[0].partner == answers.WORLD else mine[0].partner_name
        say(f"{mine[0].reporter_name}'s account of trade with {toward}, {when}", style="title")
        heads = ["growth" if any(f.flow != "balance" or f.growth_pct is not None for f in mine) else "",
                 "share" if any(f.flow != "balance" for f in mine) else ""]
        table(["", "", "", *heads, "", ""], [
            [flow_of(f), money(f.value, f.currency, unit=f.unit_multiplier, decimals=f.decimals),
             f.valuation if f.valuation != "-" else "", growth_of(f), or_why(f, percent(f.share_pct, sign=False)),
             source_of(f), released(f.released_on, f.released_basis)]
            for f in mine], right=(3, 4), point=(1,))
        for chain in beside:
            say(f"  {_beside(chain)}")
    columns: Collection[str] = ("growth", "share")
    if each:
        columns = parts.show(told, (a, b), when, each)
        for line in others:
            say(line)
    say()
    for note in ([newest] if newest else []) + (parts.missing(told, (a, b), when, each) if each else []):
        say(f"  {note}")
    if missing:
        say(f"  Not held as known on {known_on}: {'; '.join(missing)}.")
    for note in _notes(told, a, b, shown=columns):
        say(f"  {note}")
    if plot:
        outputs.plot(answer)


def growth_of(figure: Figure) -> str:
    """A figure's growth, or the mark of one that is not known."""
    return or_why(figure, percent(figure.growth_pct)) + ("*" if figure.growth_how == "computed" else "")


def or_why(figure: Figure, text: str) -> str:
    """A growth or share, or a mark that a note explains; a balance has neither."""
    return text or ("" if figure.flow == "balance" else BLANK)


def _beside(one: Beside) -> str:
    """A table that is not shown, in one line."""
    count = len(one.figures)
    how = ("of another valuation" if one.largest_pct is None else "equal" if not one.largest_pct
           else f"within {percent(one.largest_pct, sign=False)}") + (" at an average rate of the period" if one.converted else "")
    some = f"{one.compared:,} of them " if 0 < one.compared < count else ""
    return f"beside it: {one.figures[0].dataset}, {count:,} figure{'' if count == 1 else 's'}, {some}{how}; --all shows all"


def then(as_of: str | None, known_on: str | None) -> str:
    """Of which day something is not held, to end the sentence that says so; empty of today."""
    return (f" as known on {known_on}" if known_on else "") + (f" as of {as_of}" if as_of else "")


def _not_held(house: House, found: list[Figure], asked: tuple[str, str, Period, bool, str | None],
              flow: str | None) -> list[str]:
    """Figures that are held today and were not, or are not known to have been, on the day: said, never filled in."""
    from warehouse.ask import answers
    from warehouse.lake.opening import connect

    a, b, when, monthly, products = asked
    there = {_key(f) for f in found}
    today = [f for f in answers.get(connect(house.place), a, b, when, monthly=monthly, products=products)
             if _key(f) not in there]
    return [f"{f.reporter_name}'s {flow_of(f)} in {f.currency} ({f.dataset}, {released(f.released_on, f.released_basis)})"
            for f in today if flow in (None, f.flow)]


def _key(figure: Figure) -> tuple[object, ...]:
    return figure.reporter, figure.flow, figure.currency, figure.classification, figure.product, figure.period_end


def flow_of(figure: Figure) -> str:
    """A figure's flow, and its product where it is not of all goods."""
    return figure.flow + ("" if figure.product == "TOTAL" else f" {product(figure.classification, figure.product, figure.product_name)}")


def product(classification: str, code: str, name: str, most: int = 40) -> str:
    """A code with the edition that it is of and the beginning of its name."""
    short_name = name if len(name) <= most else name[:most - 1].rstrip(" ,;") + "…"
    return f"{code} ({classification}{f': {short_name}' if name else ''})"


def source_of(figure: Figure) -> str:
    """From which dataset it is, or who stated it, and how it was made where it was not printed."""
    if figure.account == "statement":
        return f"as stated by {speaker(figure.dataset)}"
    how = "; ".join(word for word in (FILLED_IN.get(figure.status, ""), "" if figure.how == "printed" else figure.how) if word)
    return figure.dataset + (f" ({how})" if how else "")


def speaker(dataset: str) -> str:
    names = {"miti": "MITI", "matrade": "MATRADE", "gacc": "GACC", "mofcom": "MOFCOM", "dosm": "DOSM",
             "embassy-chn": "China's embassy"}
    name = dataset.split(".")[1]
    return names.get(name, name)


def _notes(found: list[Figure], a: str, b: str, *, shown: Collection[str] = ("growth", "share"), blank: str = BLANK) -> list[str]:
    """What must be printed beside an answer (MODEL). Only a growth or share in a column that is ``shown`` is explained; ``blank`` is how
    one that is not there is shown.
    """
    from warehouse.ask.groups import OURS
    from warehouse.ask.ranks import marked_members
    from warehouse.reference.areas import name_of

    notes = []
    if "growth" in shown and any(f.growth_how == "computed" for f in found):
        star = "* growth" if blank == BLANK else "Growth whose growth_how is computed: it is"
        notes.append(f"{star} computed from the levels of the same table; the others are as published.")
    for of_sums in dict.fromkeys((f.dataset, f.how.rpartition(", ")[2], f.notes) for f in found if OURS in f.how):
        dataset, how, missing = of_sums
        notes.append(f"No row of the group is held in {dataset}: {', '.join((how, *missing))}.")
    for dataset, said in dict.fromkeys((f.dataset, ", ".join(map(name_of, marked_members(f.flags)))) for f in found if f.flags):
        if said:
            notes.append(f"{dataset} counts as members: {said}.")
    levels = [f for f in found if f.flow != "balance"]
    ours = {id(f) for f in levels if f.account == "statement" or not f.how.startswith(("printed", "derived"))}
    lacking = {name: [f for f in levels if name in shown and getattr(f, f"{name}_pct") is None] for name in ("growth", "share")}
    if none := [f"no {name}" for name, of in lacking.items() if any(id(f) in ours for f in of)]:
        notes.append(f"{blank} for statements, and for what was converted or added up here: of these {' and '.join(none)} "
                     f"{'are' if len(none) > 1 else 'is'} computed.")
    if any(id(f) not in ours for f in lacking["growth"]):
        notes.append(f"{blank} under growth: none is printed for this row, and its table does not hold the year before.")
    if any(id(f) not in ours for f in lacking["share"]):
        notes.append(f"{blank} under share: its table does not hold the reporter's trade with all partners in this period.")
    if any(f.status == "P" for f in found):
        notes.append("Provisional figures are among these and may still be revised.")
    if "CHN" in (a, b):
        notes.append("Hong Kong is apart and never added to China.")
    if reconciled := sorted({f.dataset for f in found if f.account == "reconciled"}):
        notes.append(f"{', '.join(reconciled)}: one figure made of what both sides reported, and neither side's own account.")
    if {f.reporter for f in found if f.account != "reconciled"} == {a, b}:
        notes.append("The two accounts are different facts (origin against destination, freight, re-exports): never added or averaged.")
    if any(f.period_start.month in (1, 2) and f.period_end - f.period_start < timedelta(days=32) for f in found):
        notes.append("A single January or February moves with the lunar new year: compare the two months together.")
    notes += sorted({f"{f.dataset}: doubtful, {mark.removeprefix('doubtful=')}." for f in found for mark in f.flags.split(";")
                     if mark.startswith("doubtful=")})[:3]
    notes += sorted({origin(f) for f in found if origin(f)})[:3]
    return notes


def rank(
    reporter: str = typer.Argument(help="Whose partners."),
    period: str = PERIOD,
    flow: str = typer.Option("total", "--flow", help="trade, exports or imports"),
    within: str | None = typer.Option(None, "--within", help="Only members of a group (ASEAN)."),
    currency: str | None = typer.Option(None, "--in", help="The table in this currency."),
    products: str | None = typer.Option(None, "--products", help="One product: a code (8542), or one with its list (\"HS2022 8542\")."),
    top: int = typer.Option(15, "--top", min=1, max=1_000_000, help="So many places."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON, output: Path | None = outputs.OUTPUT,
    plot: bool = outputs.PLOT,
) -> None:
    """Partners in order, with shares, who is not held, and whether the bounds decide each place."""
    from warehouse.ask import ranks
    from warehouse.ask.coverage import recent
    from warehouse.reference import flows, periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area, name_of
    from warehouse.reference.currencies import currency as code
    from warehouse.reference.flows import SPOKEN

    outputs.check(output)
    outputs.check_plot(plot, output)
    flow = flows.flow(flow, ("total", "export", "import"))
    whose, group, money_ = area(reporter), area(within) if within else None, code(currency) if currency is not None else None
    periods.read(period)
    house, con = state.reading(as_of, known_on)
    when, newest = recent.period(con, period, [(whose, "")], flow=flow, products=products_.one(products))
    made = ranks.rank(con, whose, when, flow=flow, within=group, currency=money_, product=products)
    of = "" if products is None else f" of {made.product}"
    inside = f" within {made.universe if made.universe.isalpha() else name_of(made.universe)}" if within else ""
    by = SPOKEN.get(made.flow, made.flow)
    if output or plot:
        from warehouse.ask import tables

        answer = tables.of_ranking(
            made, top, f"{name_of(made.reporter)}'s partners by {by}{of}{inside}, {made.period}", outputs.asked(
                "rank", reporter, period, flow=flow, within=within, in_=currency, products=products, top=top, as_of=as_of,
                known_on=known_on),
            ranks.sources(con, made), _of_rest(made))
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json:
        from warehouse.ask import questions

        return out_json(questions.ranking(con, made, len(made.places)))
    say(f"{name_of(made.reporter)}'s partners by {by}{of}{inside}, {made.period}, {made.dataset}, {made.currency}", style="title")
    table(["", "", "", "share", "growth", ""], [
        [_rank(p), p.name, money(p.value, made.currency), percent(p.share_pct, sign=False) or BLANK, percent(p.growth_pct) or BLANK,
         "implied by next year's level and growth" if p.implied else "†" if p.needs_implied and p.decided else ""]
        for p in made.places[:top]], right=(0, 3, 4), point=(2,))
    say()
    for note in [*([newest] if newest else []), *_of_rest(made)]:
        say(f"  {note}")
    for note in _of_blanks(made.places[:top]):
        say(f"  {note}")
    undecided = [p.name for p in made.places if not p.decided]
    shown = [p.name for p in made.places[:top] if not p.decided]
    if len(made.places) > top:
        say(f"  {len(made.places) - top:,} more places: --top {len(made.places)}.")
    if not undecided:
        say("  Every place is decided by these bounds.")
    elif not shown:
        say(f"  Every place shown is decided by these bounds; {len(undecided):,} of the others are not.")
    else:
        say(f"  Not decided by bounds: {', '.join(shown)}" + (f" and {len(undecided) - len(shown):,} of those not shown."
                                                             if len(undecided) > len(shown) else "."))
    if any(p.needs_implied and p.decided and not p.implied for p in made.places[:top]):
        say("  † Decided with implied figures: next year's printed growth gives the level of members this table lacks.")
    if plot:
        outputs.plot(answer)
    con.close()


def _of_blanks(places: Sequence[Place]) -> list[str]:
    """Why a share or growth is not known."""
    return [*([f"{BLANK} under share: the table does not hold the reporter's trade with all partners in this period."]
              if any(p.share_pct is None for p in places) else []),
            *([f"{BLANK} under growth: none is printed, and a rank computes none: entrepot get does, where the year before is held."]
              if any(p.growth_pct is None for p in places) else [])]


def _of_rest(made: Ranking) -> list[str]:
    """Who is not held, what is left for them, and which table is whole."""
    from warehouse.reference.areas import invited, name_of

    missing = [p.name + " (implied)" for p in made.places if p.implied] + list(made.not_held)
    told = [f"Not held in this table: {', '.join(missing)}."] if missing else []
    if made.rest is not None:
        told.append(f"Left for those not held: at most {money(max(made.rest, Decimal(0)), made.currency)}, by {made.bounded_by}.")
    elif made.assumed:
        told.append(f"Places are bounded {made.bounded_by}.")
    if made.whole:
        more = f" and {len(made.absent) - _ABSENT:,} more" if len(made.absent) > _ABSENT else ""
        told.append(f"Every partner is listed by {made.whole}" + (f"; not in this table: {', '.join(made.absent[:_ABSENT])}{more}."
                                                                  if made.absent else ", and none of them is missing here."))
    elif any(not p.decided for p in made.places):
        what = "Whose figures are missing" if made.universe == "WLD" else "Where they stand"
        told.append(f"{what} is not known: no table that lists every partner of {name_of(made.reporter)} is held.")
    if asked := invited(made.universe):
        told.append(f"Invited to {name_of(made.universe)} and not confirmed, so not counted: {', '.join(name_of(one) for one in asked)}.")
    return told


_ABSENT = 12
"""So many of those that a table lacks are named; --json has all."""


def _rank(place: Place) -> str:
    if place.decided:
        return str(place.lowest)
    return f"{place.lowest}–{place.highest}" if place.highest < 1000 else f"{place.lowest} or lower"
