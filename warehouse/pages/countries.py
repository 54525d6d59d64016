"""A brief about one country: its trade with the world, its partners, its products, revisions, and what the news claimed."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import duckdb

from warehouse.ask import answers, ranks, tables
from warehouse.ask.answers import WORLD, Figure
from warehouse.ask.tables import Table
from warehouse.pages import sections
from warehouse.pages.parts import FLOWS, Brief, Section, Words, ended, ending, finished, once, own, runs, typed, year_of
from warehouse.pages.sections import own_account
from warehouse.reference import products as products_
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotHeld, UsageError

SHARES = 6
"""Partners whose shares are followed over the years, the largest of the newest."""
PLACED = 3
"""Partners of whose place a sentence is made."""


def brief(con: duckdb.DuckDBPyConnection, country: str, year: int | None, on: date, products: str | None = None) -> Brief:
    """What one country reports of its trade, to a year: the newest whole one held where none is named.

    Raises NotHeld where nothing of its own account is held, or no figure of that year.
    """
    product = products_.one(products)
    of = "" if products is None else f" in {product}"
    by_year = _by_year(con, country, products, product)
    listed = {flow: sections.years_listed(con, country, flow, products) for flow in ("total", "export", "import")}
    known = sorted({*by_year, *(each for years in listed.values() for each in years)})
    if not known:
        raise NotHeld(f"no whole year of {own(country)} trade{of} is held, with the world or by partner: entrepot datasets says what "
                      f"is, entrepot get takes months and other periods")
    chosen = year if year is not None else known[-1]
    if chosen not in known:
        raise NotHeld(f"no figure of {own(country)} trade{of} for {chosen} is held; years held: {runs(known)}")
    by_year = {each: figures for each, figures in by_year.items() if each <= chosen}
    words = Words(con)
    made = [_world(con, country, chosen, by_year, words, products, product, year)]
    flows = ("total", "export", "import") if products is None else ("export", "import")
    partners = [_partners(con, country, flow, [each for each in sorted(listed[flow]) if each <= chosen], words, products) for flow in flows]
    made += [section for section in partners if section is not None]
    if not any(partners):
        made.append(Section("Partners", not_held=(f"a table of {own(country)} partners by year",)))
    pairs = ((country, WORLD),)
    made += [sections.products(con, pairs, year_of(chosen), product), sections.revised(con, pairs, chosen, products or "TOTAL")]
    if products is None:
        made.append(sections.news(con, (country,)))
    name = next((f.product_name for figures in by_year.values() for f in figures if f.product_name), "")
    what = "goods trade" if products is None else f"{product.listed}, {name}" if name else f"trade in {product.listed}"
    key = [next((f for f in by_year.get(chosen, []) if f.flow == flow), None) for flow in ("total", *FLOWS)]
    newest = sections.newest_of(con, country, WORLD, date(chosen, 12, 31), product)
    now = own_account(con, [country], answers.get(con, country, WORLD, newest, products=products)) if newest else []
    recent = [next((f for f in now if f.flow == flow), None) for flow in ("total", *FLOWS)]
    key = [*key, *(recent[:1] if any(key) else recent)]
    until = ended(newest) if newest is not None and year is None else str(chosen)
    why = "the year asked for" if year is not None else "the newest whole year held"
    deck = f"{own(country)} own account. Places and products are of {chosen}, {why}" + (f"; newest held: {newest}" if newest else "") + "."
    return finished(con, Brief("country", (country,), chosen, f"{name_of(country)}: {what} to {until}", deck,
                               tuple(f for f in key if f is not None), tuple(made)), words, on)


def _by_year(con: duckdb.DuckDBPyConnection, country: str, products: str | None, product: products_.Products) -> dict[int, list[Figure]]:
    """Its own account with the world of every year, as printed or as the sum of twelve months."""
    held = con.execute(
        "SELECT DISTINCT year(period_start) FROM mart.best WHERE reporter = ? AND partner = ? AND product = ? AND breakdown = '-' "
        "AND year(period_start) = year(period_end) AND (period_kind = 'A' OR period_kind = 'M') ORDER BY 1",
        [country, WORLD, product.code]).fetchall()
    found: dict[int, list[Figure]] = {}
    if held:
        printed: dict[int, list[Figure]] = defaultdict(list)
        span = Period(date(held[0][0], 1, 1), date(held[-1][0], 12, 31))
        for f in answers.get(con, country, WORLD, span, yearly=True, products=products):
            printed[f.period_start.year].append(f)
        for (year,) in held:
            mine = own_account(con, [country], printed[year])
            if not any(f.account != "statement" for f in mine):  # the sum of months before a statement
                mine = own_account(con, [country], answers.get(con, country, WORLD, year_of(year), products=products)) or mine
            if mine:
                found[year] = mine
    return found


def _world(con: duckdb.DuckDBPyConnection, country: str, year: int, by_year: dict[int, list[Figure]], words: Words,
           products: str | None, product: products_.Products, asked_year: int | None) -> Section:
    more = "" if products is None else f" --products {products!r}"
    mine = [f for f in by_year.get(year, []) if f.flow in FLOWS]
    made: list[Table] = []
    whose = own(country)
    if mine:
        made.append(tables.of_figures(mine, f"{whose} exports, imports and balance, {year}", f"entrepot get {country} World {year}{more}"))
    over = [f for figures in by_year.values() for f in figures if f.flow in FLOWS]
    if len({f.period_start for f in over}) > 1:
        made.append(ending(tables.of_figures(over, f"{whose} exports, imports and balance by year",
                                             f"entrepot get {country} World YEAR{more}"), asked_year))
    later = sections.newest(con, [(country, WORLD)], date(year, 12, 31), product)
    until = max([when.end for when in later], default=date(year, 12, 31))
    span = Period(date(until.year - 1, 1, 1), until)
    asked = f"entrepot get {country} World {typed(span)} --monthly{more}"
    monthly = [f for f in own_account(con, [country], answers.get(con, country, WORLD, span, monthly=True, products=products))
               if f.flow in FLOWS]
    if monthly:
        made.append(sections.by_month(monthly, f"{own(country)} exports, imports and balance", span, asked))
        made += sections.growth(monthly, f"Growth of {own(country)} exports and imports on a year before, by month, {span}", asked)
    newer = [f for when in later for f in own_account(con, [country], answers.get(con, country, WORLD, when, products=products))]
    gone = [f"{own(country)} {flow}s {toward} the world of {year}" for flow, toward in (("export", "to"), ("import", "from"))
            if not any(f.flow == flow for f in mine)]
    if not monthly:
        gone.append(f"months of {span}")
    spoken = [f for f in (*by_year.get(year, []), *newer) if f.flow in (("total", *FLOWS) if products is None else ("export", "import"))]
    sentences = words.told(spoken)
    return Section("Trade with the world", tuple(made), once(sentences), tuple(gone))


def _partners(con: duckdb.DuckDBPyConnection, country: str, flow: str, years: list[int], words: Words,
              products: str | None) -> Section | None:
    """Its partners in order in the newest year, and the shares of the largest over the years."""
    made: dict[int, ranks.Ranking] = {}
    held = ranks.Held(con)
    for year in years:
        try:
            made[year] = ranks.rank(con, country, year_of(year), flow=flow, product=products, held=held)
        except UsageError:
            continue
    if not made:
        return None
    last = made[max(made)]
    largest = [place.partner for place in last.places[:SHARES]]
    rows: list[dict[str, Any]] = []
    for ranking in made.values():
        table = tables.of_ranking(ranking, len(ranking.places), "", "", ranks.sources(con, ranking))
        rows += [row for row in table.records if row["partner"] in largest]
    found = list(sections.ranking(con, last, products))
    if len(made) > 1 and any(row["share_pct"] is not None for row in rows):
        shares = Table(f"Shares of {own(country)} largest partners over the years", found[0].asked, rows, found[0].columns, "shares")
        found.append(ending(shares, newest="the newest year of which the table is held"))
    sentences = [sentence for place in last.places[:PLACED]
                 for sentence in (words.place(last, place.partner), *words.share(last, place.partner))] if products is None else []
    title = {"export": "Where its exports go", "import": "Where its imports come from"}.get(flow, "Partners")
    return Section(title, tuple(found), once(sentences), (f"{', '.join(last.not_held)} in that table",) if last.not_held else (),
                   sections.bounds(last))
