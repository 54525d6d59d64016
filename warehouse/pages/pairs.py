"""A brief about two countries, of all goods or of one product: both accounts, why they differ, places, products, revisions, news."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import duckdb

from warehouse.ask import answers, mirrors, tables
from warehouse.ask.answers import Figure
from warehouse.pages import sections
from warehouse.pages.parts import FLOWS, Brief, Listing, Section, Words, finished, once, own, runs, year_of
from warehouse.pages.sections import of_side, own_account
from warehouse.reference import products as products_
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotHeld

COMPARED_IN = "USD"


def brief(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int | None, on: date, products: str | None = None) -> Brief:
    """Both accounts of a pair to a year, the newest that both have where none is named. ``on`` is the day by which the
    sentences are checked. ``products`` is one code (``warehouse.reference.products``).

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
    newer = [str(each) for each in sorted(by_year, reverse=True) if each > chosen]
    by_year = {each: figures for each, figures in by_year.items() if each <= chosen}
    words = Words(con)
    pairs = ((one, other), (other, one))
    what = "goods trade" if products is None else _called(con, product, by_year)
    made = [_accounts(con, one, other, by_year, words, products), _gap(con, one, other, chosen, by_year[chosen], products),
            _flows(con, one, other, chosen, by_year, words, products)]
    for side, toward in pairs:
        if products is None:
            made.append(sections.places(con, side, toward, list(by_year), words))
        else:
            made += [sections.places(con, side, toward, list(by_year), words, products, flow) for flow in ("export", "import")
                     if any(f.reporter == side and f.flow == flow for f in by_year[chosen])]
    made += [sections.products(con, pairs, year_of(chosen), product), sections.revised(con, pairs, chosen, products or "TOTAL")]
    if products is None:
        made.append(sections.news(con, (one, other)))
    title = f"{name_of(one)} and {name_of(other)}: {what} to {chosen}"
    key = [f for f in by_year[chosen] if f.flow in ("total", *FLOWS)]
    # Of each side the total and the balance, or what there is of it, the account's first currency.
    first = [next((f for f in of_side(key, side) if f.flow == flow), None) for side in (one, other)
             for flow in (("total", "balance") if products is None else ("export", "import"))]
    return finished(con, Brief("pair", (one, other), chosen, title, _deck(con, pairs, chosen, product, newer),
                               tuple(f for f in first if f is not None), tuple(made)), words, on)


def _deck(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]], year: int, product: products_.Products,
          years: Sequence[str]) -> str:
    """``years`` are the newer whole ones of which a figure is held."""
    later = list(dict.fromkeys([*(str(when) for when in sections.newest(con, pairs, date(year, 12, 31), product)), *years]))
    return f"Each side's own account of the same goods, to {year}" + (f"; newer periods held: {', '.join(later)}" if later else "") + "."


def _called(con: duckdb.DuckDBPyConnection, product: products_.Products, by_year: dict[int, list[Figure]]) -> str:
    name = next((f.product_name for figures in by_year.values() for f in figures if f.product_name), "")
    return f"{product}, {name}" if name else f"trade in {product}"


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


def _accounts(con: duckdb.DuckDBPyConnection, one: str, other: str, by_year: dict[int, list[Figure]], words: Words,
              products: str | None) -> Section:
    """Total trade by both accounts over the years, in one currency; of a product its exports and imports."""
    flows = ("total",) if products is None else ("export", "import")
    found: list[Figure] = []
    without: dict[tuple[str, str], list[int]] = {}
    for year, figures in by_year.items():
        totals = [f for f in figures if f.flow in flows]
        inside = answers.in_currency(con, totals, COMPARED_IN)
        for side in (one, other):
            for flow in flows:
                first = next((f for f in inside if (f.reporter, f.flow) == (side, flow) and f.value is not None), None)
                if first is not None:
                    found.append(first)
                elif any((f.reporter, f.flow) == (side, flow) for f in totals):
                    without.setdefault((side, flow), []).append(year)
    gone = [f"a rate by which {own(side)} {flow} of {runs(years)} could be compared in {COMPARED_IN}"
            for (side, flow), years in without.items()]
    last = max(by_year)
    span = range(min(by_year), last + 1)
    gone += [f"{own(side)} {flow}{'' if flow == 'total' else 's'} of {runs(missing)}" for side in (one, other) for flow in flows
             if (missing := [year for year in span if not any(
                 f.reporter == side and f.flow == flow for f in by_year.get(year, []))])]
    what = "Total trade" if products is None else "Exports and imports"
    made = tables.of_figures(found, f"{what} by both accounts, {COMPARED_IN}", f"entrepot mirror {one} {other} {last}",
                             sorted({f.how for f in found if f.how.startswith("converted")}))
    sentences = words.told(f for f in by_year[last] if f.flow == "total") if products is None else []
    if made.shape == "lines":
        made = replace(made, shape="accounts")
    return Section("Two accounts of the same goods", (made,) if found else (), once(sentences), tuple(gone))


def _gap(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, figures: Sequence[Figure], products: str | None) -> Section:
    """Why the two accounts differ: of exports against imports how far, and by what, over the years; and what is known in general."""
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
    rows = tuple((f"{name_of(row['exporter'])} → {name_of(row['importer'])}", str(row["year"]), _billions(row["exporter_usd"]),
                  _billions(row["importer_usd"]), _one(row["gap_pct"]),
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
    listing = Listing(f"The exporter's figure beside the importer's, {COMPARED_IN} bn", (
        "goods", "year", "exporter", "importer", "gap, %", "freight and insurance", "what the figures show"), rows,
        tuple(sorted({name for row in held for name in (row["exporter_dataset"], row["importer_dataset"]) if name})))
    return Section("Why they differ", ports, lists=(listing,) if rows else (), not_held=gone, reasons=why)


def _short(reason: str) -> str:
    return mirrors.REASONS[reason].partition(":")[0]


def _billions(value: float | None) -> float | None:
    return None if value is None else round(value / 1e9, 2)


def _one(value: float | None) -> float | None:
    return None if value is None else round(value, 1)


def _flows(con: duckdb.DuckDBPyConnection, one: str, other: str, year: int, by_year: dict[int, list[Figure]], words: Words,
           products: str | None) -> Section:
    """Exports, imports and balance of the year, over the years, and by month where months are held; what is newer than the year."""
    more = "" if products is None else f" --products {products!r}"
    mine = [f for f in by_year[year] if f.flow in FLOWS]
    made = [tables.of_figures(mine, f"Exports, imports and balance, {year}", f"entrepot get {one} {other} {year}{more}")] if mine else []
    over = [f for figures in by_year.values() for f in figures if f.flow in FLOWS]
    years: dict[tuple[str, str], set[date]] = {}
    for f in over:
        years.setdefault((f.reporter, f.currency), set()).add(f.period_start)
    over = [f for f in over if len(years[f.reporter, f.currency]) > 1]  # one year alone is no line
    made += [tables.of_figures(of_side(over, side), f"{own(side)} exports, imports and balance by year",
                               f"entrepot get {one} {other} YEAR{more}") for side in (one, other) if of_side(over, side)]
    pairs = ((one, other), (other, one))
    wanted = products_.one(products)
    later = sections.newest(con, pairs, date(year, 12, 31), wanted)
    until = max([when.end for when in later], default=date(year, 12, 31))
    span = Period(date(until.year - 1, 1, 1), until)
    monthly = [f for f in own_account(con, (one, other), answers.get(con, one, other, span, monthly=True, products=products, sums=False))
               if f.flow in FLOWS]
    asked = f"entrepot get {one} {other} {span.start:%Y-%m}..{span.end:%Y-%m} --monthly{more}"
    for side in (one, other):
        if months := of_side(monthly, side):
            made.append(tables.of_figures(months, f"{own(side)} months, {span}", asked))
            made += sections.growth(months, f"{own(side)} exports and imports on a year before, by month", asked)
    newer = [f for when in later for f in own_account(con, (one, other), answers.get(con, one, other, when, products=products, sums=False))]
    for when in later:
        if now := [f for f in newer if (f.period_start, f.period_end) == (when.start, when.end) and f.flow in FLOWS]:
            made.append(tables.of_figures(now, f"Newest: {when}", f"entrepot get {one} {other} {when.start:%Y-%m}..{when.end:%Y-%m}{more}"))
    gone = [f"{own(side)} {flow}s of {year}" for side in (one, other) for flow in ("export", "import")
            if not any(f.reporter == side and f.flow == flow for f in mine)]
    if not monthly:
        gone.append(f"months of {span}, of either account")
    spoken = [*mine, *(f for f in newer if f.flow in ("total", *FLOWS))] if products is None else []
    sentences = words.told(spoken)
    return Section("Exports, imports, balance", tuple(made), once(sentences), tuple(gone))
