"""Questions: get, rank, revisions, trace, sql, datasets. They read the published lake and nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from flows.cli import tables
from flows.cli.asking import outputs, parts
from flows.cli.common import day, moment, money, origin, out_json, percent, released, say, state, table
from warehouse.reference.dates import short
from warehouse.schema.errors import NotHeld, NotKnown, UsageError
from warehouse.schema.travel import FILLED_IN

if TYPE_CHECKING:
    from flows.home.house import House
    from warehouse.ask.accounts import Beside
    from warehouse.ask.answers import Figure
    from warehouse.ask.ranks import Place, Ranking
    from warehouse.reference.periods import Period


def register(app: typer.Typer, panel: str) -> None:
    """Put these commands under their heading."""
    for command in (get, rank, revisions, trace, sql, datasets):
        app.command(rich_help_panel=panel)(command)


AS_OF, KNOWN_ON = outputs.AS_OF, outputs.KNOWN_ON
PRODUCTS = typer.Option(None, "--products", help="HS2, HS4 or HS6, a code (8542), a classification (SITC4-1), or both (\"HS2022 8542\").")
PERIOD = typer.Argument("latest", help="2024, June 2024, Q2 2024, 2009-2024, 2024-01..2024-06, latest, \"last 12 months\"")
BLANK = "–"
"""A growth or share that is not known, which is not 0."""
PAIR = typer.Argument(help="English name, ISO code, or a group such as ASEAN; World for all partners.")


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
    from warehouse.ask import accounts, answers, recent, refusals
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
        answer = tables.of_figures(shown, f"{name_of(a)} and {name_of(b)}, {when}", asked, notes)
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json and (found or missing):
        from warehouse.ask import machines

        told_figures = machines.figures(found, machines.known(con))
        return out_json({"known_on": known_on, "figures": told_figures, "not_held": missing} if known_on else told_figures)
    if not found:
        gone = answers.withdrawn(con, a, b, when)
        steps: list[refusals.Step] = [*products_.parse(products).steps, ("period", "period", None if monthly else when)]
        raise NotHeld(refusals.missing(con, a, b, steps, both=True, months=when if monthly else None) + _then(as_of, known_on)
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
        say(f"{mine[0].reporter_name}'s account of trade with {mine[0].partner_name}, {when}", style="title")
        table(["", "", "", "growth", "share", "", ""], [
            [flow_of(f), money(f.value, f.currency, unit=f.unit_multiplier, decimals=f.decimals),
             f.valuation if f.valuation != "-" else "", or_why(f, percent(f.growth_pct)) + ("*" if f.growth_how == "computed" else ""),
             or_why(f, percent(f.share_pct, sign=False)), source_of(f), released(f.released_on, f.released_basis)]
            for f in mine], right=(3, 4), point=(1,))
        for chain in beside:
            say(f"  {_beside(chain)}")
    if each:
        parts.show(told, (a, b), when, each)
        for line in others:
            say(line)
    say()
    for note in ([newest] if newest else []) + (parts.missing(told, (a, b), when, each) if each else []):
        say(f"  {note}")
    if missing:
        say(f"  Not held as known on {known_on}: {'; '.join(missing)}.")
    for note in _notes(told, a, b, shares=not each):
        say(f"  {note}")
    if plot:
        outputs.plot(answer)


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


def _then(as_of: str | None, known_on: str | None) -> str:
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


def _notes(found: list[Figure], a: str, b: str, *, blank: str = BLANK, shares: bool = True) -> list[str]:
    """What must be printed beside an answer (MODEL). ``blank`` is how a growth or share that is not there is shown, ``shares`` whether
    shares are shown at all.
    """
    from warehouse.ask.groups import OURS
    from warehouse.ask.ranks import marked_members
    from warehouse.reference.areas import name_of

    notes = []
    if any(f.growth_how == "computed" for f in found):
        star = "* growth" if blank == BLANK else "Growth whose growth_how is computed: it is"
        notes.append(f"{star} computed from the levels of the same table; the others are as published.")
    for of_sums in dict.fromkeys((f.dataset, f.how.rpartition(", ")[2], f.notes) for f in found if OURS in f.how):
        dataset, how, missing = of_sums
        notes.append(f"No row of the group is held in {dataset}: {', '.join((how, *missing))}.")
    for dataset, said in dict.fromkeys((f.dataset, ", ".join(map(name_of, marked_members(f.flags)))) for f in found if f.flags):
        if said:
            notes.append(f"{dataset} counts as members: {said}.")
    levels = [f for f in found if f.flow != "balance"]
    ours = [f for f in levels if f.account == "statement" or not f.how.startswith(("printed", "derived"))]
    if any(f.growth_pct is None or (shares and f.share_pct is None) for f in ours):
        notes.append(f"{blank} for statements, and for what was converted or added up here: of these no growth and no share are computed.")
    levels = [f for f in levels if f not in ours]
    if any(f.growth_pct is None for f in levels):
        notes.append(f"{blank} under growth: none is printed for this row, and its table does not hold the year before.")
    if shares and any(f.share_pct is None for f in levels):
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
    from warehouse.ask import ranks, recent
    from warehouse.reference import flows, periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area, name_of
    from warehouse.reference.currencies import currency as code

    outputs.check(output)
    outputs.check_plot(plot, output)
    flow = flows.flow(flow, ("total", "export", "import"))
    whose, group, money_ = area(reporter), area(within) if within else None, code(currency) if currency is not None else None
    periods.read(period)
    house, con = state.reading(as_of, known_on)
    when, newest = recent.period(con, period, [(whose, "")], flow=flow, products=products_.one(products))
    made = ranks.rank(con, whose, when, flow=flow, within=group, currency=money_, product=products)
    of = "" if products is None else f" of {made.product}"
    inside = f" within {name_of(made.universe)}" if within else ""
    if output or plot:
        from warehouse.ask import tables

        answer = tables.of_ranking(
            made, top, f"{name_of(made.reporter)}'s partners by {made.flow}{of}{inside}, {made.period}", outputs.asked(
                "rank", reporter, period, flow=flow, within=within, in_=currency, products=products, top=top, as_of=as_of,
                known_on=known_on),
            ranks.sources(con, made), _of_rest(made))
        if output:
            return outputs.write_table(con, answer, output, house.settings.home)
    if state.json:
        from warehouse.ask import questions

        return out_json(questions.ranking(con, made, len(made.places)))
    say(f"{name_of(made.reporter)}'s partners by {made.flow}{of}{inside}, {made.period}, {made.dataset}, {made.currency}", style="title")
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
    if any(p.needs_implied and p.decided and not p.implied for p in made.places):
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
    elif made.universe == "WLD" and any(not p.decided for p in made.places):
        told.append(f"Whose figures are missing is not known: no table that lists every partner of {name_of(made.reporter)} is held.")
    if asked := invited(made.universe):
        told.append(f"Invited to {name_of(made.universe)} and not confirmed, so not counted: {', '.join(name_of(one) for one in asked)}.")
    return told


_ABSENT = 12
"""So many of those that a table lacks are named; --json has all."""


def _rank(place: Place) -> str:
    if place.decided:
        return str(place.lowest)
    return f"{place.lowest}–{place.highest}" if place.highest < 1000 else f"{place.lowest} or lower"


_OF_WHOM = "revisions takes REPORTER PARTNER and --period or --triangle; alone it tells how reliable first releases are"


def revisions(
    reporter: str | None = typer.Argument(None, help="Whose account; without one: how reliable first releases are."),
    partner: str | None = typer.Argument(None),
    period: str | None = typer.Option(None, "--period", help="2024, June 2024, latest, …"),
    flow: str = typer.Option("", "--flow", help="exports, imports, trade, balance; all where none is named."),
    triangle: str | None = typer.Option(None, "--triangle", help="Months such as 2024-01..2024-12: periods down, vintages across."),
    products: str | None = typer.Option(None, "--products", "--product", help="As in get: HS4, 8542, SITC4-1, \"HS2022 8542\"."),
    reread: bool = typer.Option(False, "--reread", help="Also versions that only our own parser read differently."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON, output: Path | None = outputs.OUTPUT,
    plot: bool = outputs.PLOT,
) -> None:
    """Every version of a figure in every edition, in order of release; and how reliable first releases are."""
    from warehouse.ask import answers, recent, refusals
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
            *wanted.steps, ("period", "period", when), ("flow", "flow", flow or None)], ended=True) + _then(as_of, known_on))
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


def trace(
    one: str = typer.Argument(help="A version's id as `revisions` prints it, or the reporter of a figure."),
    partner: str | None = typer.Argument(None), period: str | None = typer.Argument(None),
    flow: str = typer.Option("total", "--flow", help="exports, imports, trade, balance."),
    currency: str | None = typer.Option(None, "--in"),
    dataset: str | None = typer.Option(None, "--dataset", help="An edition; the best held where none is named."),
    products: str | None = typer.Option(None, "--products", "--product", help="One product: 8542, or \"HS2022 8542\"."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON,
) -> None:
    """From a figure to its page and cell in the archived bytes, and the sentence for a footnote."""
    from flows.home.tracing import derived, footnote, taken_from, walk
    from warehouse.ask import answers, machines, recent, refusals
    from warehouse.ask.publishers import standing
    from warehouse.reference import flows, periods
    from warehouse.reference import products as products_
    from warehouse.reference.areas import area
    from warehouse.reference.currencies import currency as code

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
    if partner is None or period is None:
        row = answers.figure_by_id(con, one)
    else:
        wanted, product_ = code(currency) if currency is not None else None, products_.one(products)
        when, _ = recent.period(con, period, [(area(one), area(partner))], flow=flow, products=product_)
        places = standing(con, area(one))
        found = [r for r in answers.rows(con, "SELECT version_id, dataset, currency, chain, classification FROM mart.figures "
                 "WHERE reporter = ? AND partner = ? AND flow = ? AND product = ? AND breakdown = '-' AND period_start = ? "
                 "AND period_end = ? "
                 "ORDER BY chain_rank DESC, classification DESC, currency",
                 [area(one), area(partner), flow, product_.code, when.start, when.end])
                 if (dataset is None or r["dataset"] == dataset) and wanted in (None, r["currency"]) and product_.of(r["classification"])]
        found.sort(key=lambda r: places.get(r["chain"], 1))
        if not found:
            raise NotHeld("no such figure is held: " + refusals.missing(con, area(one), area(partner), [
                *product_.steps, ("period", "period", when), ("flow", "flow", flow), ("dataset", "dataset", dataset),
                ("currency", "currency", wanted)]))
        row = answers.figure_by_id(con, found[0]["version_id"])
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


def sql(
    query: str | None = typer.Argument(None, help="One read-only statement; a prompt where none is given; - reads standard input."),
    output: Path | None = typer.Option(None, "-o", help="FILE.csv, .xlsx, .parquet or .json"),
    files: list[str] = typer.Option([], "--with", metavar="NAME=FILE", show_default=False,
                                    help="A file of yours as a table to join: CSV, Parquet, JSON, a workbook. May be given again."),
    as_of: str | None = AS_OF, known_on: str | None = KNOWN_ON,
) -> None:
    """Read-only SQL on the lake: stats, mart, news, ref, ops."""
    from flows.cli.asking.sql import run_sql

    run_sql(query, output, as_of, known_on, files)


def datasets(
    name: str | None = typer.Argument(None, help="A dataset; with --products, a code of the classification."),
    products: str | None = typer.Option(None, "--products", help="The tree of a classification (HS2022), below a code where one is named."),
    everything: bool = typer.Option(False, "--all", help="Each dataset of statements in a line of its own."),
) -> None:
    """What is here; with a name, its columns, units, licence, coverage and a line to ATTACH it from any DuckDB."""
    from warehouse.ask import answers

    house, con = state.reading()
    if products is not None:
        from flows.cli.asking.product_tree import tree

        return tree(con, products, name)
    every = answers.rows(con, answers.query("datasets"))
    if name is None:
        if state.json:
            return out_json({**_attach(house), "datasets": every})
        held = [d for d in every if d["n"]]
        stated = [] if everything else [d for d in held if d["account"] == "statement"]
        lines = [[d["dataset"], d["title"], f"{d['n']:,}", day(d["first"]), day(d["last"]), tables.cut(d["licence"], 40)] for d in held
                 if d not in stated]
        if stated:
            lines.append(["statement", f"{len(stated)} datasets of what officials stated: --all shows each",
                          f"{sum(d['n'] for d in stated):,}", day(min(d["first"] for d in stated)),
                          day(max(d["last"] for d in stated)), ""])
        table(["dataset", "title", "rows", "from", "to", "licence"], lines, right=(2,))
        say()
        say(f"  {sum(1 for d in every if not d['n'])} more are known and hold nothing here; entrepot sources lists them.")
        return _say_attach(house)
    chosen = [d for d in every if d["dataset"] == name]
    if not chosen:
        from difflib import get_close_matches

        names = [d["dataset"] for d in every]
        near = [one for one in names if name.split(".")[0] in one][:6] or get_close_matches(name[:60], names, 3, 0.6)
        raise NotKnown(f"no dataset {name[:60]!r}" + (f"; nearest: {', '.join(near)}" if near else "; entrepot datasets lists all"),
                       what="dataset", typed=name, nearest=near)
    one = chosen[0]
    columns = answers.rows(con, "SELECT column_name, data_type, comment AS meaning FROM duckdb_columns() WHERE database_name = 'lake' AND "
                                "schema_name || '.' || table_name = ? ORDER BY column_index", [one["table_name"]])
    if state.json:
        return out_json({**one, "columns": columns, **_attach(house)})
    table(["", ""], [[k, one[k] if one[k] is not None else "–"] for k in (
        "dataset", "title", "publisher", "account", "chain", "chain_rank", "revision_mode", "partner_scope", "n", "first", "last",
        "units", "cadence", "licence", "may_redistribute", "attribution", "page_url")])
    say()
    table([one["table_name"], "", ""], [[c["column_name"], c["data_type"], c["meaning"] or ""] for c in columns])
    say()
    if one["table_name"] == "stats.trade":
        say("  Rows overlap (totals beside partners and products, groups beside members, flows in flows): sum mart.summable, not these.")
    return _say_attach(house)


def _attach(house: House) -> dict[str, Any]:
    from warehouse.lake.place import load_lines

    return {"attach": house.place.attach_line(), "load": load_lines(house.place), "attach_file": house.place.attach_file()}


def _say_attach(house: House) -> None:
    """How any DuckDB reads the lake: by the file that always names the newest copy, or by what is in it now."""
    from warehouse.lake.place import load_lines

    if (file := house.place.attach_file()) is not None:
        say("  From any DuckDB, always the newest copy, without a network:")
        say(f"  duckdb -init {shlex.quote(str(file))}")
        say("  What it runs now:")
    else:
        say("  From any DuckDB:")
    for line in load_lines(house.place):
        say(f"  {line}")
    say(f"  {house.place.attach_line()}")
