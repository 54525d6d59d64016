"""A brief about two countries, of all goods or of one product: both accounts, why they differ, places, products, revisions, news."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask import answers, mirrors, tables
from warehouse.ask.answers import Figure
from warehouse.pages import sections
from warehouse.pages.parts import FLOWS, Brief, Listing, Section, Words, ended, ending, finished, once, own, runs, year_of
from warehouse.pages.sections import of_side, own_account
from warehouse.reference import products as products_
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotHeld

COMPARED_IN = "USD"
TOTALS = 10
"""Years in the list of both accounts, the newest."""


def brief(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int | None, on: date, products: str | None = None) -> Brief:
    """Both accounts of a pair to a year; where none is named they are compared in the newest year that both have, and each goes on to the
    newest that it has. ``on`` is the day by which the sentences are checked. ``products`` is one code (``warehouse.reference.products``).

    Raises NotHeld where no year of the pair is held, or not that one.
    """
    product = products_.one(products)
    of = "" if products is None else f" in {product}"
    by_year = _by_year(con, one, other, products, product)
    if not by_year:
        raise NotHeld(f"no whole year of trade{of} between {name_of(one)} and {name_of(other)} is held: entrepot datasets says what is, "
                      f"entrepot get takes months and other periods")
    chosen = year if year is not None else _usual(by_year)
    if chosen not in by_year:
        raise NotHeld(f"no figure of {name_of(one)} and {name_of(other)} for {chosen} is held; years held: {runs(list(by_year))}")
    if year is not None:
        by_year = {each: figures for each, figures in by_year.items() if each <= year}
    words = Words(con)
    pairs = ((one, other), (other, one))
    newest = {side: sections.newest_of(con, side, toward, date(chosen, 12, 31), product) for side, toward in pairs}
    later = list(dict.fromkeys(when for when in newest.values() if when is not None))
    what = "goods trade" if products is None else _called(con, product, by_year)
    accounts, compared = _accounts(con, one, other, chosen, by_year, words, products, year)
    made = [accounts, _gap(con, one, other, chosen, by_year, products, compared),
            _flows(con, one, other, chosen, by_year, words, products, later, year)]
    for side, toward in pairs:
        if products is None:
            made.append(sections.places(con, side, toward, list(by_year), words, compared=chosen))
        else:
            made += [sections.places(con, side, toward, list(by_year), words, products, flow, chosen) for flow in ("export", "import")
                     if any(f.reporter == side and f.flow == flow for f in by_year[chosen])]
    made += [sections.products(con, pairs, year_of(chosen), product), sections.revised(con, pairs, max(by_year), products or "TOTAL")]
    if products is None:
        made.append(sections.news(con, (one, other)))
    until = str(year) if year is not None else ended(max([year_of(max(by_year)), *later], key=lambda when: when.end))
    title = f"{name_of(one)} and {name_of(other)}: {what} to {until}"
    key = [f for f in by_year[chosen] if f.flow in ("total", *FLOWS)]
    # Of each side the total and the balance, or what there is of it, the account's first currency.
    first = [next((f for f in of_side(key, side) if f.flow == flow), None) for side in (one, other)
             for flow in (("total", "balance") if products is None else ("export", "import"))]
    for side, when in newest.items():  # beside the year that is compared what is newest
        now = own_account(con, [side], answers.get(con, side, other if side == one else one, when, products=products, sums=False)
                          ) if when is not None else []
        first.append(next((f for f in now if f.reporter == side and f.flow in ("total", "export")), None))
    return finished(con, Brief("pair", (one, other), chosen, title, _deck((one, other), chosen, by_year, newest, asked=year is not None),
                               tuple(f for f in first if f is not None), tuple(made)), words, on)


def _deck(sides: Sequence[str], year: int, by_year: dict[int, list[Figure]], newest: dict[str, Period | None], *, asked: bool) -> str:
    """In which year the accounts are compared and why, and how far each of them goes."""
    ends = {}
    for side in sides:
        years = [year_of(each) for each, figures in by_year.items() if any(f.reporter == side for f in figures)]
        if found := [*years, *(when for when in (newest[side],) if when is not None)]:
            ends[side] = max(found, key=lambda when: when.end)
    why = "the year asked for" if asked else "the newest year that both have" if len({f.reporter for f in by_year[year]}) == 2 else (
        "the newest year held")
    newer = f" Newest held: {', '.join(f'{own(side)} to {ended(when)}' for side, when in ends.items())}." if any(
        when != year_of(year) for when in ends.values()) else ""
    return f"Each side's own account of the same goods, compared for {year}, {why}.{newer}"


def _called(con: duckdb.DuckDBPyConnection, product: products_.Products, by_year: dict[int, list[Figure]]) -> str:
    name = next((f.product_name for figures in by_year.values() for f in figures if f.product_name), "")
    return f"{product.listed}, {name}" if name else f"trade in {product.listed}"


def _by_year(con: duckdb.DuckDBPyConnection, one: str, other: str, products: str | None,
             product: products_.Products) -> dict[int, list[Figure]]:
    """Each side's own account of every year: as printed, or as the sum of its months where no year is printed and all twelve are held."""
    pairs = [one, other, other, one]
    asked = product.asked
    of = [product.code, *[asked["classification"]] * 2, *[asked["edition_of"]] * 2]
    only = "product = ? AND (? = '' OR classification = ?) AND (? = '' OR starts_with(classification, ?))"
    ends = con.execute(
        f"SELECT min(period_start), max(period_end) FROM mart.best WHERE (reporter, partner) IN ((?, ?), (?, ?)) AND {only}",
        [*pairs, *of]).fetchone()
    if ends is None or ends[0] is None:
        return {}
    printed: dict[int, list[Figure]] = {}
    for f in answers.get(con, one, other, Period(*ends), yearly=True, products=products, sums=False):
        if f.period_start.year == f.period_end.year:
            printed.setdefault(f.period_start.year, []).append(f)
    whole = con.execute(
        "SELECT DISTINCT reporter, year(period_start) FROM mart.best "
        f"WHERE (reporter, partner) IN ((?, ?), (?, ?)) AND {only} AND breakdown = '-' AND period_kind = 'M' "
        "AND account <> 'statement' GROUP BY reporter, dataset, flow, currency, year(period_start) "
        "HAVING count(*) = 12", [*pairs, *of]).fetchall()
    for reporter, year in whole:
        if not any(f.reporter == reporter and f.account != "statement" for f in printed.get(year, [])):
            printed[year] = answers.get(con, one, other, year_of(year), products=products, sums=False)
    found = {year: own_account(con, (one, other), printed[year]) for year in sorted(printed)}
    return {year: figures for year, figures in found.items() if figures}


def _usual(by_year: dict[int, list[Figure]]) -> int:
    """The newest year that both accounts have, or else the newest."""
    return next((year for year in reversed(by_year) if len({f.reporter for f in by_year[year]}) == 2), max(by_year))


def _accounts(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, by_year: dict[int, list[Figure]], words: Words,
              products: str | None, asked: int | None) -> tuple[Section, list[Figure]]:
    """Total trade by both accounts over the years, in one currency; of a product its exports and imports. And the figures so compared."""
    flows = ("total",) if products is None else ("export", "import")
    found: list[Figure] = []
    without: dict[tuple[str, str], list[int]] = {}
    for each, figures in by_year.items():
        totals = [f for f in figures if f.flow in flows]
        inside = answers.in_currency(con, totals, COMPARED_IN)
        for side in (one, other):
            for flow in flows:
                first = next((f for f in inside if (f.reporter, f.flow) == (side, flow) and f.value is not None), None)
                if first is not None:
                    found.append(first)
                elif any((f.reporter, f.flow) == (side, flow) for f in totals):
                    without.setdefault((side, flow), []).append(each)
    gone = [f"a rate by which {own(side)} {flow} of {runs(years)} could be compared in {COMPARED_IN}"
            for (side, flow), years in without.items()]
    last = max(by_year)
    span = range(min(by_year), last + 1)
    gone += [f"{own(side)} {flow}{'' if flow == 'total' else 's'} of {runs(missing)}" for side in (one, other) for flow in flows
             if (missing := [each for each in span if not any(
                 f.reporter == side and f.flow == flow for f in by_year.get(each, []))])]
    what = "Total trade" if products is None else "Exports and imports"
    made = tables.of_figures(found, f"{what} of {name_of(one)} and {name_of(other)} by both accounts, in {COMPARED_IN}",
                             f"entrepot mirror {one} {other} {year}", sorted({f.how for f in found if f.how.startswith("converted")}))
    spoken = [f for each in (year, *(each for each in by_year if each > year)) for f in by_year[each] if f.flow == "total"]
    sentences = words.told(spoken) if products is None else []
    if made.shape == "lines":
        made = replace(ending(made, asked, f"the newest held that is in {COMPARED_IN} or has a rate to it"), shape="accounts")
    return Section("Two accounts of the same goods", (made,) if found else (), once(sentences), tuple(gone)), found


def _gap(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, by_year: dict[int, list[Figure]], products: str | None,
         compared: Sequence[Figure]) -> Section:
    """Why the two accounts differ: of all trade, and of exports against imports, how far, and by what, over the years; and what is known
    in general. ``compared`` are the totals of each account in one currency.
    """
    figures = by_year[year]
    asked = products_.one(products).asked
    held = answers.rows(con, """
        SELECT exporter, importer, year(period_start) AS year, exporter_usd, importer_usd, gap_pct, margin_pct, margin_unit, margin_source,
          reason, exporter_dataset, importer_dataset
        FROM mart.mirror_gap
        WHERE (exporter, importer) IN (($one, $other), ($other, $one)) AND product = $product
          AND ($classification = '' OR classification = $classification) AND ($edition_of = '' OR starts_with(classification, $edition_of))
          AND period_kind = 'A' AND year(period_end) <= $year
        ORDER BY exporter <> $one, year DESC, classification DESC""", {
            "one": one, "other": other, "year": year, **{name: value for name, value in asked.items() if name != "digits"}})
    if products is None:
        held = _with_sums(con, one, other, held, {each: found for each, found in by_year.items() if each <= year})
    size, unit = _size(float(row[side]) for row in held for side in ("exporter_usd", "importer_usd") if row[side] is not None)
    rows = tuple((f"{name_of(row['exporter'])} → {name_of(row['importer'])}", str(row["year"]), _in(row["exporter_usd"], size),
                  _in(row["importer_usd"], size), _one(row["gap_pct"]),
                  f"{row['margin_pct']} {row['margin_unit']} ({row['margin_source']})" if row["margin_pct"] is not None else "",
                  _short(row["reason"])) for row in held if row["reason"] != "one_side_only")[:24]
    shown = mirrors.mirrors(con, one, other, year_of(year), COMPARED_IN) if products is None else [
        mirrors.Mirror("", "", tuple(of_side(figures, one)), tuple(of_side(figures, other)), None, None, None, "")]
    ports = tuple(tables.of_figures([via.figure for via in row.via], f"Re-exports of goods of {name_of(row.via[0].origin)} to "
                                    f"{name_of(row.via[0].destination)}, {year}, by the port's own account",
                                    f"entrepot mirror {one} {other} {year}") for row in shown if row.via)
    whys = [mirrors.REASONS[reason] for reason in dict.fromkeys(row["reason"] for row in held) if ":" in mirrors.REASONS[reason]
            and reason != "one_side_only"]
    why = (*(f"{said[0].upper()}{said[1:]}." for said in whys), *mirrors.explanations(con, shown, one, other))
    alone = sorted({row["year"] for row in held if row["reason"] == "one_side_only"})
    gone = (f"the other side's figure of exports or imports of {runs(alone)}",) if alone else ()
    listing = Listing(f"The exporter's figure beside the importer's, {unit}", (
        "goods", "year", "exporter", "importer", "gap, %", "freight and insurance", "what the figures show"), rows,
        tuple(sorted({name for row in held for name in (row["exporter_dataset"], row["importer_dataset"]) if name})))
    lists = [*([_totals(one, other, compared)] if products is None else []), listing]
    return Section("Why they differ", ports, lists=tuple(each for each in lists if each.rows), not_held=gone, reasons=why)


def _with_sums(con: duckdb.DuckDBPyConnection, one: str, other: str, held: list[dict[str, Any]],
               by_year: dict[int, list[Figure]]) -> list[dict[str, Any]]:
    """The rows of ``mart.mirror_gap``, those with one side replaced by the years of which one side has a sum of months, which it lacks."""
    found: list[dict[str, Any]] = []
    for exporter, importer in ((one, other), (other, one)):
        printed = {row["year"]: row for row in held if row["exporter"] == exporter}
        whole = [year for year, row in printed.items() if row["reason"] != "one_side_only"]
        added = mirrors.of_years(con, exporter, importer, {year: figures for year, figures in by_year.items() if year not in whole})
        found += [row for _, row in sorted({**printed, **added}.items(), reverse=True)]
    return found


def _totals(one: str, other: str, compared: Sequence[Figure]) -> Listing:
    """Total trade by each account in the years that both have, the newest first: the difference, and how many times the smaller."""
    of = {(f.reporter, f.period_start.year): f for f in compared if f.flow == "total" and f.value}
    both = [(of[one, year], of[other, year]) for year in sorted({year for _, year in of}, reverse=True)
            if (one, year) in of and (other, year) in of][:TOTALS]
    size, unit = _size(float(f.value or 0) for pair in both for f in pair)
    rows = [(str(a.period_start.year), _in(a.value, size), _in(b.value, size), _in((a.value or 0) - (b.value or 0), size),
             round(float((a.value or 0) / (b.value or 1)), 2)) for a, b in both]
    return Listing(f"Total trade by each account, {unit}, as stated or at the year's average rate", (
        "year", f"{own(one)} account", f"{own(other)} account", "difference", f"{own(one)} ÷ {own(other)}"), tuple(rows),
                   tuple(sorted({f.dataset for pair in both for f in pair})))


def _short(reason: str) -> str:
    return mirrors.REASONS[reason].partition(":")[0]


def _size(values: Iterable[float]) -> tuple[float, str]:
    """In what the largest of some amounts is readable: so many units, and their name."""
    most = max(map(abs, values), default=0.0)
    return next(((size, f"{COMPARED_IN} {word}") for size, word in ((1e9, "bn"), (1e6, "mn")) if most >= size), (1.0, COMPARED_IN))


def _in(value: float | Decimal | None, size: float) -> float | None:
    return None if value is None else round(float(value) / size, 2)


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _flows(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, by_year: dict[int, list[Figure]], words: Words,
           products: str | None, later: Sequence[Period], asked_year: int | None) -> Section:
    """Exports, imports and balance of the year, over the years, and by month where months are held; what is newer than the year."""
    more = "" if products is None else f" --products {products!r}"
    mine = [f for f in by_year[year] if f.flow in FLOWS]
    made = [tables.of_figures(mine, f"{_whose(mine)}, {year}", f"entrepot get {one} {other} {year}{more}")] if mine else []
    over = [f for figures in by_year.values() for f in figures if f.flow in FLOWS]
    years: dict[tuple[str, str], set[date]] = {}
    for f in over:
        years.setdefault((f.reporter, f.currency), set()).add(f.period_start)
    over = [f for f in over if len(years[f.reporter, f.currency]) > 1]  # one year alone is no line
    made += [ending(tables.of_figures(of, f"{own(side)} {_named(of)} by year", f"entrepot get {one} {other} YEAR{more}"), asked_year)
             for side in (one, other) if (of := of_side(over, side))]
    until = max([when.end for when in later], default=date(year, 12, 31))
    span = Period(date(until.year - 1, 1, 1), until)
    monthly = [f for f in own_account(con, (one, other), answers.get(con, one, other, span, monthly=True, products=products, sums=False))
               if f.flow in FLOWS]
    asked = f"entrepot get {one} {other} {span.start:%Y-%m}..{span.end:%Y-%m} --monthly{more}"
    for side in (one, other):
        if months := of_side(monthly, side):
            made.append(sections.by_month(months, f"{own(side)} {_named(months)}", span, asked))
            made += sections.growth(months, f"Growth of {own(side)} exports and imports on a year before, by month", asked)
    newer = [f for when in later for f in own_account(con, (one, other), answers.get(con, one, other, when, products=products, sums=False))]
    for when in later:
        if now := [f for f in newer if (f.period_start, f.period_end) == (when.start, when.end) and f.flow in FLOWS]:
            made.append(tables.of_figures(now, f"Newest: {_whose(now)}, {when}",
                                          f"entrepot get {one} {other} {when.start:%Y-%m}..{when.end:%Y-%m}{more}"))
    gone = [f"{own(side)} {flow}s of {year}" for side in (one, other) for flow in ("export", "import")
            if not any(f.reporter == side and f.flow == flow for f in mine)]
    if not monthly:
        gone.append(f"months of {span}, of either account")
    years_after = [f for each in by_year if each > year for f in by_year[each] if f.flow in FLOWS]
    spoken = [f for f in (*mine, *years_after, *newer) if f.flow in (("total", *FLOWS) if products is None else ("export", "import"))]
    sentences = words.told(spoken)
    return Section("Exports, imports, balance", tuple(made), once(sentences), tuple(gone))


def _whose(figures: Sequence[Figure]) -> str:
    """One side's exports beside the other's imports, in words."""
    sides = dict.fromkeys(f.reporter for f in figures)
    return " and ".join(f"{own(side)} {_named(of_side(figures, side))}" for side in sides)


def _named(figures: Sequence[Figure]) -> str:
    """``exports, imports and balance``: the flows that are there."""
    names = {"export": "exports", "import": "imports", "balance": "balance"}
    *first, last = [name for flow, name in names.items() if any(f.flow == flow for f in figures)]
    return f"{', '.join(first)} and {last}" if first else last
