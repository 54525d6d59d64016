"""Sections that briefs of pairs and of countries share: places among partners, products, revisions, and what the news claimed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask import answers, ranks, tables
from warehouse.ask.accounts import split
from warehouse.ask.answers import Figure
from warehouse.ask.tables import Table
from warehouse.claims.say import words as claim_words
from warehouse.pages.parts import Listing, News, Section, Words, ending, measured, once, own, runs, typed, year_of
from warehouse.reference import products as products_
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period, months
from warehouse.schema.errors import UsageError

GROUPS = 30
"""Members of the largest group in which a place is looked for: larger ones are no list that anybody ranks by."""
PARTNERS = 15
"""Places that are shown."""
PRODUCTS = 10
"""Products of an account and flow that are shown, the largest."""
SPARSE = 3
"""So few months are bars."""
UNBOUNDED = 1000
"""From here a lowest place says that none is known."""
REVISED = 6
"""Figures whose revisions are shown, the largest changes first."""
REVISED_DRAWN = 2
"""Of these drawn."""
CLAIMS = 10
"""Claims of articles that are shown, the newest."""
LEVELS = (2, 1, 4, 6, 8, 10)
"""Levels of products in the order in which one is looked for: chapters are what a reader knows."""


def own_account(con: duckdb.DuckDBPyConnection, sides: Sequence[str], found: Sequence[Figure]) -> list[Figure]:
    """Of each side what ``entrepot get`` shows, where it has a value."""
    return measured(f for side in sides for f in split(con, [f for f in found if f.reporter == side])[0] if f.value is not None)


def of_side(figures: Iterable[Figure], side: str) -> list[Figure]:
    return [f for f in figures if f.reporter == side]


def newest(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]], after: date, product: products_.Products) -> list[Period]:
    """Of each pair's account the newest period that begins after a day, the longest of those that end last: year to date before a month."""
    found = (newest_of(con, reporter, partner, after, product) for reporter, partner in pairs)
    return list(dict.fromkeys(when for when in found if when is not None))


def newest_of(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, after: date, product: products_.Products) -> Period | None:
    """The same of one account."""
    asked = product.asked
    row = con.execute(
        "SELECT period_start, period_end FROM mart.best WHERE reporter = ? AND partner = ? AND period_start > ? AND breakdown = '-' "
        "AND (? = '' OR classification = ?) AND (? = '' OR starts_with(classification, ?)) AND product = ? "
        "AND flow IN ('export', 'import', 'total') "
        "AND value IS NOT NULL ORDER BY period_end DESC, period_start LIMIT 1",
        [reporter, partner, after, *[asked["classification"]] * 2, *[asked["edition_of"]] * 2, product.code]).fetchone()
    return Period(*row) if row else None


def by_month(monthly: Sequence[Figure], what: str, span: Period, asked: str) -> Table:
    """Months as lines; where ``SPARSE`` of them or fewer are held, as bars, since no line joins them, and its title says which they are."""
    order = ("export", "import", "balance")
    monthly = sorted(monthly, key=lambda f: (f.period_start, order.index(f.flow) if f.flow in order else len(order)))
    found = sorted({(f.period_start, f.period_end) for f in monthly if f.value is not None})
    if len(found) > SPARSE:
        return ending(tables.of_figures(monthly, f"{what} by month, {span}", asked))
    *first, last = [str(Period(*each)) for each in found] or [str(span)]
    held = f"{', '.join(first)} and {last}" if first else last
    return replace(tables.of_figures(monthly, f"{what}, {held}", asked), shape="bars",
                   ends=f"Of the months of {span} only {held} {'are' if first else 'is'} held.")


def growth(monthly: Sequence[Figure], title: str, asked: str) -> list[Table]:
    """Growth of a series on a year before, where at least two of its points have one."""
    grown = [f for f in monthly if f.growth_pct is not None and f.flow in ("export", "import")]
    counts = {(f.reporter, f.flow): 0 for f in grown}
    for f in grown:
        counts[f.reporter, f.flow] += 1
    grown = [f for f in grown if counts[f.reporter, f.flow] > 1]
    made = tables.of_figures(grown, title, asked)
    return [replace(ending(made, newest="the newest whose growth is held"), shape="growth")] if grown else []


def places(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, years: Sequence[int], words: Words,
           product: str | None = None, flow: str = "total", compared: int | None = None) -> Section:
    """A partner's place and share over the years: in the smallest group where it is decided, and in the newest year the whole list.

    Sentences are of that year and of ``compared``, the one in which the brief compares.
    """
    title = f"{name_of(partner)} among {own(reporter)} partners" + ("" if flow == "total" else f": {flow}s")
    rows: list[dict[str, Any]] = []
    of_year: dict[int, list[str]] = {}
    gone, last = [], None
    listed, held = years_listed(con, reporter, flow, product), ranks.Held(con)
    for year in years:
        found = None if year not in listed else _ranked(held, reporter, partner, year_of(year), flow, product)
        if found is None:
            gone.append(year)
            continue
        last = found
        made = tables.of_ranking(found, len(found.places), "", "", ranks.sources(con, found))
        rows += [{**row, "universe": found.universe} for row in made.records if row["partner"] == partner]
        of_year[year] = [words.place(found, partner), *words.share(found, partner)] if product is None else []
    sentences = [sentence for year, told in of_year.items() if year in (compared, max(of_year)) for sentence in told]
    missing = (f"{own(reporter)} partners of {runs(gone)} as a table",) if gone else ()
    if last is None:
        return Section(title, not_held=missing)
    rows = [row for row in rows if row["universe"] == last.universe]  # a place among all and one in a group are no series
    return Section(title, ranking(con, last, product, rows), once(sentences), (*missing, *_without(last)), bounds(last))


def bounds(made: ranks.Ranking) -> tuple[str, ...]:
    """Why places are bounds and not places, where they are."""
    found = [f"Places are bounded {made.bounded_by}."] if made.assumed else []
    if any(place.highest >= UNBOUNDED for place in made.places):
        found.append(f"Of {own(made.reporter)} partners of {made.period} only these {len(made.places)} are held, and not its whole trade: "
                     "they stand in order of size, and no place among all partners is known.")
    elif made.not_held and any(place.lowest != place.highest for place in made.places):
        found.append("Two numbers are bounds of a place: a partner that is not held may stand before it.")
    return tuple(found)


def ranking(con: duckdb.DuckDBPyConnection, made: ranks.Ranking, product: str | None = None,
            over: Sequence[dict[str, Any]] = ()) -> tuple[Table, ...]:
    """The partners of one period in order, and of one of them its place and share over the years where there are several."""
    group = "" if made.universe == answers.WORLD else f" --within {made.universe}"
    of = "" if product is None else f" {'for' if made.flow == 'export' else 'of' if made.flow == 'import' else 'in'} {made.product}"
    flow = "" if made.flow == "total" else f" --flow {made.flow}"
    asked = f"entrepot rank {made.reporter} {typed(made.period)}{flow}{group}{'' if product is None else f' --products {product!r}'}"
    what = {"export": "export markets", "import": "sources of imports"}.get(made.flow, "partners")
    within = f" within {made.universe}" if group else ""
    table = tables.of_ranking(made, PARTNERS, f"{own(made.reporter)} {what}{of}{within}, {made.period}", asked, ranks.sources(con, made))
    if len(over) < 2:
        return (table,)
    shares = any(row["share_pct"] is not None for row in over)
    title = (f"{over[0]['partner_name']}'s place and share over the years" if shares else
             f"{own(made.reporter)} {_FLOWS.get(made.flow, made.flow)}{_toward(made.flow, over[0]['partner'])}, with its place"
             ) + (f" within {made.universe}" if group else "")
    return table, ending(Table(title, asked, list(over), table.columns, "shares"), newest="the newest year of which the table is held")


def _without(made: ranks.Ranking) -> tuple[str, ...]:
    return (f"{', '.join(made.not_held)} in that table",) if made.not_held else ()


def years_listed(con: duckdb.DuckDBPyConnection, reporter: str, flow: str = "total", product: str | None = None) -> set[int]:
    """Years of which a table of partners is held."""
    wanted = products_.parse(product)
    return {year for (year,) in con.execute(
        "SELECT DISTINCT year(period_start) FROM mart.best WHERE reporter = ? AND flow = ? AND product = ? AND breakdown = '-' "
        "AND partner_kind = 'country' AND account <> 'statement' AND period_kind = 'A'", [reporter, flow, wanted.code]).fetchall()}


def _ranked(held: ranks.Held, reporter: str, partner: str, when: Period, flow: str,
            product: str | None) -> ranks.Ranking | None:
    """The ranking in which a partner's place is decided: among all, else in its smallest group; or the one that bounds it best."""
    groups = [str(grp) for (grp,) in held.con.execute(
        "SELECT grp FROM ref.area_group WHERE valid_from <= $2 AND (valid_to IS NULL OR valid_to >= $2) GROUP BY grp "
        "HAVING count(*) <= $3 AND bool_or(member = $1) ORDER BY count(*), grp", [partner, when.end, GROUPS]).fetchall()]
    found, best = None, 0
    for group in (None, *groups):
        try:
            made = ranks.rank(held.con, reporter, when, flow=flow, within=group, product=product, held=held)
        except UsageError:
            continue
        place = made.place(partner)
        if place is not None and place.decided:
            return made
        if place is not None and (found is None or place.highest - place.lowest < best):
            found, best = made, place.highest - place.lowest
    return found


def products(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]], when: Period, below: products_.Products) -> Section:
    """The largest products of each account and flow in a period, at the level that readers know best of those held.

    ``below`` is all goods, or the code whose own parts are wanted.
    """
    made: list[Table] = []
    gone: list[str] = []
    for reporter, partner in pairs:
        for flow in ("export", "import"):
            chosen = _level(con, reporter, partner, flow, when, below)
            if chosen is None:
                gone.append(f"{own(reporter)} {flow}s {'by product' if below == products_.TOTAL else f'by the parts of {below}'}")
                continue
            classification, level, codes = chosen
            asked = classification if not (classification.startswith(products_.HS) and level in (2, 4, 6)) else f"HS{level}"
            found = [f for f in answers.get(con, reporter, partner, when, products=asked, sums=False)
                     if f.reporter == reporter and f.flow == flow and f.classification == classification and f.product in codes and f.value]
            found = own_account(con, [reporter], found)
            found = sorted(found, key=lambda f: (-(f.value or 0), f.product))[:PRODUCTS]
            if not found:
                continue
            table = tables.of_figures(
                found, f"{own(reporter)} largest {flow}s {'to' if flow == 'export' else 'from'} {name_of(partner)} by product, {when}",
                f"entrepot get {reporter} {partner} {typed(when)} --products {asked} --flow {flow}")
            names = {(f.product, f.classification): f.product_name for f in found}
            records = [{**row, "product_name": names.get((row["product"], f.classification), "")}
                       for row, f in zip(table.records, found, strict=True)]
            made.append(Table(table.title, table.asked, records, {**table.columns, "product_name": str}, "products", (
                f"{classification}, {level} digits: the {len(found)} largest of {len(codes):,} held.",)))
    title = "Largest products" if below == products_.TOTAL else f"What is in {below}"
    return Section(title, tuple(made), not_held=tuple(gone))


def _level(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, flow: str, when: Period,
           below: products_.Products) -> tuple[str, int, frozenset[str]] | None:
    code = "" if below == products_.TOTAL else below.code
    held = con.execute(
        "SELECT classification, product_level, list(DISTINCT product) FROM mart.best WHERE reporter = ? AND partner = ? AND flow = ? "
        "AND period_start = ? AND period_end = ? AND breakdown = '-' AND product <> 'TOTAL' AND product_level > 0 "
        "AND (? = '' OR (starts_with(product, ?) AND product <> ?)) GROUP BY ALL ORDER BY classification DESC",
        [reporter, partner, flow, when.start, when.end, code, code, code]).fetchall()
    held = [row for row in held if not code or below.of(row[0])]
    for level in LEVELS:
        for classification, at, codes in held:
            if at == level:
                return str(classification), int(at), frozenset(codes)
    return None


def revised(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]], year: int, product: str = "TOTAL") -> Section:
    """Figures whose later releases differ from the first one, the largest changes first; and how far first releases usually are."""
    places = ", ".join(["(?, ?)"] * len(pairs))
    flat = [area for pair in pairs for area in pair]
    code = products_.parse(None if product == "TOTAL" else product).code
    made: list[Table] = []
    listed: list[tuple[Any, ...]] = []
    datasets: set[str] = set()
    for reporter, partner, flow, chain, currency, start, end in con.execute(
            "SELECT reporter, partner, flow, chain, currency, period_start, period_end FROM mart.vintages "
            f"WHERE (reporter, partner) IN ({places}) AND product = ? AND breakdown = '-' AND vintage > 1 "
            "AND year(period_end) BETWEEN ? - 10 AND ? AND change_from_first_pct <> 0 GROUP BY ALL "
            "ORDER BY max(abs(change_from_first_pct)) DESC, reporter, flow, chain, currency, period_start LIMIT ?",
            [*flat, code, year, year + 1, REVISED]).fetchall():
        when = Period(start, end)
        rows = [row for row in answers.versions(con, reporter, partner, when, flow=flow, product=product) if (
            row["chain"], row["currency"]) == (chain, currency) and row["value"] is not None]
        if len(rows) < 2:
            continue
        first, last = rows[0], rows[-1]
        datasets |= {row["dataset"] for row in rows}
        whose = f"{own(reporter)} {_FLOWS.get(flow, flow)}" + _toward(flow, partner)
        listed.append((whose, str(when), currency, _scaled(first["value"], first),
                       _scaled(last["value"], last), _two(100 * (last["value"] / first["value"] - 1)) if first["value"] else None,
                       first["released_on"], last["released_on"], last["version_id"][:10]))
        if len(made) < REVISED_DRAWN:
            made.append(tables.of_versions(rows, reporter, partner, f"{whose}, {when}, by release",
                                           f"entrepot revisions {reporter} {partner} --period {typed(when)} --flow {flow}"))
    found = (Listing("The largest changes since the first release, in mn", (
        "figure", "period", "unit", "first", "now", "change, %", "released", "last released", "trace"), tuple(listed),
        tuple(sorted(datasets))),) if listed else ()
    return Section("First releases and later ones", tuple(made), lists=(*found, *_reliability(con, pairs)), not_held=() if listed else (
        f"a later release of a figure to {year} that differs from its first",))


def _toward(flow: str, partner: str) -> str:
    """The partner behind the preposition that the flow has ("with", "to", "from"); nothing of the world."""
    return "" if partner == answers.WORLD else f" {_TOWARD.get(flow, 'with')} {name_of(partner)}"


def _scaled(value: Decimal, row: dict[str, Any]) -> Decimal:
    """In millions, with the digits that were printed."""
    return (value / 10**6).quantize(Decimal(1).scaleb(-max(0, min(2, row["decimals"] + 6 - (len(str(row["unit_multiplier"])) - 1)))))


def _reliability(con: duckdb.DuckDBPyConnection, pairs: Sequence[tuple[str, str]]) -> tuple[Listing, ...]:
    places = ", ".join(["(?, ?)"] * len(pairs))
    used = {name for (name,) in con.execute(f"SELECT DISTINCT dataset FROM stats.trade WHERE (reporter, partner) IN ({places})",
                                            [area for pair in pairs for area in pair]).fetchall()}
    found = [row for row in answers.reliability(con) if row["dataset"] in used and row["figures"]]
    if not found:
        return ()
    return (Listing("How far first releases were from later ones, in per cent of the first", (
        "dataset", "flow", "later by", "figures", "mean change", "mean size of change", "largest"), tuple(
        (row["dataset"], row["flow"], row["lag"], row["figures"], *(_two(row[name]) for name in (
            "bias_pct", "mean_abs_pct", "largest_pct"))) for row in found), tuple(sorted({row["dataset"] for row in found}))),)


def _two(value: float | None) -> float | None:
    return None if value is None else round(float(value), 2)


_TOWARD = {"export": "to", "import": "from"}
_FLOWS = {"export": "exports", "import": "imports", "total": "total trade", "balance": "balance"}


def claims(con: duckdb.DuckDBPyConnection, areas: Sequence[str], most: int = CLAIMS) -> tuple[News, ...]:
    """The newest claims of articles about a pair, about one area, or about any, with how they fared. Our own words, no quotation."""
    both = len(areas) == 2
    found = answers.rows(con, f"""
        SELECT r.title, r.url, r.published, r.kind, r.reporter, r.partner, r.group_code, r.flow, r.commodity, r.period, r.value, r.unit,
          r.verdict, r.said, r.printable, c.direction
        FROM mart.claim_report AS r JOIN news.claim AS c ON c.claim = r.claim
        WHERE r.verdict IS NOT NULL {"AND (r.reporter, r.partner) IN ((?, ?), (?, ?))" if both else
                                     "AND (r.reporter = ? OR r.partner = ?)" if areas else ""}
        ORDER BY r.published DESC NULLS LAST, r.article, r.number LIMIT ?""",
        [*((*areas, *reversed(areas)) if both else (areas[0], areas[0]) if areas else ()), most])
    return tuple(News(row["title"] or "", row["url"] or "", row["published"], _claimed(row), row["verdict"], row["said"] or "",
                      row["printable"] or "") for row in found)


def news(con: duckdb.DuckDBPyConnection, areas: Sequence[str]) -> Section:
    """What the news claimed lately and how it fared."""
    found = claims(con, areas)
    return Section("What the news claimed, and how it fared", news=found,
                   not_held=() if found else ("an article with a claim about this that was checked",))


def _claimed(row: dict[str, Any]) -> str:
    """Of what an article's figure is: whose, which flow, when, how much."""
    whose = own(row["reporter"]) if row["reporter"] else ""
    partner = row["partner"]
    flow = _FLOWS.get(row["flow"] or "", row["flow"] or "trade")
    goods = f" of {row['commodity']}" if row["commodity"] else ""
    toward = _toward(row["flow"] or "", partner) if partner else ""
    within = f" within {row['group_code']}" if row["group_code"] else ""
    number = re.sub(r"(\.\d*?)\.?0+(?= [bm]n$)", lambda found: found[1].rstrip("."), claim_words.number(
        Decimal(row["value"]), row["unit"])) if row["value"] is not None else ""
    way = {"up": "up ", "down": "down "}.get(row["direction"] or "", "") if row["kind"] == "change" else ""
    when = f", {_when(row['period'])}" if row["period"] else ""
    if row["kind"] in ("rank", "streak") and partner:
        among = {"export": "export markets", "import": "sources of imports"}.get(row["flow"] or "", "trading partners")
        told = f"number {Decimal(row['value']):.0f}" if row["unit"] == "rank" and row["value"] is not None else f"for {number}"
        return f"{name_of(partner)} among {whose} {among}{goods}{within}{when}: {told}"
    kind = {"share": "share, ", "streak": "for "}.get(row["kind"], "")
    return f"{whose} {flow}{goods}{toward}{within}{when}: {kind}{way}{number}".strip()


def _when(period: str) -> str:
    """A claim's period, ``2024-01/2024-06``, as people write it."""
    try:
        first, _, last = period.partition("/")
        start = [int(part) for part in first.split("-")]
        end = [int(part) for part in (last or first).split("-")]
        return str(Period(months(start[0], start[1] if len(start) > 1 else 1, start[1] if len(start) > 1 else 1).start,
                          months(end[0], end[1] if len(end) > 1 else 12, end[1] if len(end) > 1 else 12).end))
    except (ValueError, IndexError):
        return period


def verdict_words(verdict: str) -> str:
    """What people read for a verdict of which nothing else is known: ``agrees``, ``does not agree``."""
    return claim_words.HEADINGS.get(verdict, verdict).replace("agrees with {} only", "agrees with one side only")
