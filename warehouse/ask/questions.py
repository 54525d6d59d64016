"""Questions in words, answers in the one shape for machines: what ``/api/`` and MCP give of get, rank, mirror, revisions, datasets, search.

Words in and plain values out; what is unknown or not held is raised as an error with a name, which ``machines.refusal`` tells. Tables
for a terminal and files are the command line's; a text is checked by ``warehouse.claims``, and ``trace`` needs the archive.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import duckdb

from warehouse.ask import accounts, answers, machines, mirrors, ranks
from warehouse.ask.answers import Figure, rows
from warehouse.ask.coverage import recent, refusals
from warehouse.reference import flows
from warehouse.reference import products as products_
from warehouse.reference.areas import area, areas, fold, name_of
from warehouse.reference.currencies import currency as code
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotHeld, TooMuch, UsageError

FLOWS = ("export", "import", "total", "balance", "domestic-export", "re-export", "retained-import")
MOST_WORDS = 8
"""Of a search."""
MOST_READ = 50_000
"""Rows that a question reads at most: what more would be is said before it is read."""
NEAR = 5
"""Periods that are offered instead of one that is not held."""
MOST_FOUND = 10
"""Of each kind of thing that a search finds."""
LONGEST = 300
"""Characters of a title that are quoted."""

Answer = dict[str, Any]


def when(con: duckdb.DuckDBPyConnection, text: str, accounts: Sequence[tuple[str, str]], **more: Any) -> Period:
    """A period as a person types it (``recent.period``), or as an answer gives it (``2024-01/2024-06``)."""
    return recent.period(con, text.replace("/", ".."), accounts, **more)[0]


def get(con: duckdb.DuckDBPyConnection, one: str, other: str, period: str, *, flow: str | None = None, monthly: bool = False,
        products: str | None = None, currency: str | None = None, rates: str | None = None, every: bool = False) -> Answer:
    """Both accounts of a pair: ``figures``, and the tables that stand ``beside`` and are asked for with ``every``."""
    a, b = area(one), area(other)
    wanted = code(currency) if currency else None
    if a == b:
        raise UsageError(f"{name_of(a)} and {name_of(b)} are the same area")
    flow = flows.flow(flow, FLOWS) if flow else None
    asked = when(con, period, [(a, b), (b, a)], flow=flow or "", products=products_.parse(products))
    if rates and not wanted:
        raise UsageError("rates says at whose rates the figures are converted: name the currency too")
    _not_too_much(con, a, b, asked, products)
    found = answers.get(con, a, b, asked, monthly=monthly, products=products)
    if wanted:
        found = answers.in_currency(con, found, wanted, rates or "")
    kept = [figure for figure in found if flow in (None, figure.flow)]
    if not kept:
        steps: list[refusals.Step] = [*products_.parse(products).steps, ("period", "period", None if monthly else asked),
                                      ("flow", "flow", flow)]
        gone = answers.withdrawn(con, a, b, asked)
        raise NotHeld(refusals.missing(con, a, b, steps, both=True, months=asked if monthly else None) + "".join(
            f"; withdrawn from {name}: revisions has it" for name, _ in gone), nearest=_nearest(con, a, b, asked))
    held = machines.known(con)
    beside: list[Answer] = []
    if not every:
        sides = [accounts.split(con, [f for f in kept if f.reporter == side]) for side in dict.fromkeys(f.reporter for f in kept)]
        kept = [figure for shown, _ in sides for figure in shown]
        beside = [{"dataset": one.figures[0].dataset, "reporter": one.figures[0].reporter, "figures": len(one.figures),
                   "largest_distance_pct": one.largest_pct} for _, others in sides for one in others]
    return {"figures": machines.figures(kept, held), "beside": beside, "notes": _notes(kept)}


def _not_too_much(con: duckdb.DuckDBPyConnection, one: str, other: str, asked: Period, products: str | None) -> None:
    """Raise TooMuch for a pair, period and products of which more is stored than one question reads."""
    (count,) = con.execute(
        "SELECT count(*) FROM stats.trade WHERE (reporter, partner) IN (($one, $other), ($other, $one)) AND period_start >= $start "
        "AND period_end <= $end AND ($classification = '' OR classification = $classification) "
        "AND ($edition_of = '' OR starts_with(classification, $edition_of)) AND ($digits = 0 OR length(product) = $digits) "
        "AND ($product = '' OR product = $product)",
        {"one": one, "other": other, "start": asked.start, "end": asked.end, **products_.parse(products).asked}).fetchall()[0]
    if count > MOST_READ:
        raise TooMuch(f"{count:,} figures are stored of that, and one question reads {MOST_READ:,}: name a shorter period or fewer "
                      "products; sql counts and chooses among them")


def _nearest(con: duckdb.DuckDBPyConnection, one: str, other: str, asked: Period) -> list[str]:
    """Periods of which a pair's figures are held, as they may be typed: of the same length first, then by their distance; none where
    the one that was asked for is among them, so that something else is at fault.
    """
    def away(held: Period) -> tuple[bool, int]:
        return abs((held.end - held.start) - (asked.end - asked.start)).days > 3, abs((held.start - asked.start).days)

    found = [Period(*row) for row in con.execute(
        "SELECT DISTINCT period_start, period_end FROM stats.trade WHERE (reporter, partner) IN ((?, ?), (?, ?))",
        [one, other, other, one]).fetchall()]
    return [] if asked in found else [machines.period(held.start, held.end) for held in sorted(found, key=away)[:NEAR]]


def not_held(then: Answer, today: Answer) -> list[str]:
    """Figures that are held today and were not, or are not known to have been, on the day of ``then``."""
    there = {_series(row) for row in then["figures"]}
    return [f"{row['reporter_name']}'s {row['flow']} of {row['period']} in {row['unit']} ({row['dataset']}, released {row['released_on']})"
            for row in today["figures"] if _series(row) not in there]


def _series(row: Answer) -> tuple[object, ...]:
    return tuple(row[name] for name in ("reporter", "partner", "flow", "unit", "classification", "product", "period"))


def _notes(figures: Sequence[Figure]) -> list[str]:
    """What must be told beside an answer."""
    notes = []
    if any(figure.status == "P" for figure in figures):
        notes.append("Provisional figures are among these and may still be revised.")
    if len({figure.reporter for figure in figures if figure.account != "reconciled"}) > 1:
        notes.append("The two accounts are different facts (origin against destination, freight, re-exports): never added or averaged.")
    if any(figure.origin_kind == "reconstructed" for figure in figures):
        notes.append("Pages of the sample are reconstructed from sourced figures: source_note says from which.")
    return notes


def value(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, period: str, *, flow: str, currency: str,
          product: str | None = None) -> Answer:
    """One figure of one account in one currency, as a cell takes it. Raises UsageError where several would do."""
    products_.one(product)
    found = get(con, reporter, partner, period, flow=flow, products=product, currency=currency)["figures"]
    mine = [row for row in found if row["reporter"] == area(reporter) and row["value"] is not None]
    if not mine:
        raise NotHeld(f"no figure of {name_of(area(reporter))}'s {flow} with {name_of(area(partner))} for {period} is held in {currency}")
    if len({row["product"] + row["classification"] for row in mine}) > 1:
        raise UsageError("several lists of products have that code: name the list, such as \"HS2022 8542\"")
    first: Answer = mine[0]
    return first


def rank(con: duckdb.DuckDBPyConnection, reporter: str, period: str, *, flow: str = "total", within: str | None = None,
         currency: str | None = None, product: str | None = None, top: int = 15) -> Answer:
    """A reporter's partners in order: ``places``, each a figure with the bounds of its rank."""
    whose, flow = area(reporter), flows.flow(flow, ("total", "export", "import"))
    asked = when(con, period, [(whose, "")], flow=flow, products=products_.one(product))
    made = ranks.rank(con, whose, asked, flow=flow, within=area(within) if within else None,
                      currency=code(currency) if currency else None, product=product)
    return ranking(con, made, top)


def ranking(con: duckdb.DuckDBPyConnection, made: ranks.Ranking, top: int) -> Answer:
    """A ranking with its first ``top`` places as figures."""
    held, sources = machines.known(con), ranks.sources(con, made)
    shared = {"dataset": made.dataset, "publisher": made.publisher, "currency": made.currency, "period_start": made.period.start,
              "period_end": made.period.end, "reporter": made.reporter, "flow": made.flow, "how": "printed",
              "valuation": next((source["valuation"] for source in sources.values()), None)}
    implied = {"origin_kind": "implied", "how": "implied by next year's level and growth"}
    return {**{name: getattr(made, name) for name in made.__dataclass_fields__ if name != "places"},
            "period": {"start": made.period.start, "end": made.period.end}, "places_in_all": len(made.places),
            "places": [machines.figure({**vars(place), "decided": place.decided, **shared,
                                         **(implied if place.implied else sources.get(place.version_id, {}))}, held)
                       for place in made.places[:top]]}


def mirror(con: duckdb.DuckDBPyConnection, one: str, other: str, period: str, *, currency: str = "USD", products: str | None = None,
           top: int = 20) -> Answer:
    """Both accounts of each flow side by side, and what is known to explain the gap; by product where products are named."""
    a, b, wanted = area(one), area(other), code(currency)
    if a == b:
        raise UsageError(f"{name_of(a)} and {name_of(b)} are the same area")
    asked = when(con, period, [(a, b), (b, a)], products=products_.parse(products), common=True)
    shared: Answer = {"one": a, "other": b, "period": {"start": asked.start, "end": asked.end}, "currency": wanted}
    if products is not None:
        if wanted != "USD":
            raise UsageError("products are compared in dollars: leave the currency out")
        _not_too_much(con, a, b, asked, products)
        by_product = mirrors.by_product(con, a, b, asked, products)
        if not by_product:
            raise NotHeld(refusals.missing(con, a, b, [*products_.parse(products).steps, ("period", "period", asked)], both=True),
                          nearest=_nearest(con, a, b, asked))
        return {**shared, "products": by_product[:top], "products_in_all": len(by_product)}
    found = mirrors.mirrors(con, a, b, asked, wanted)
    if not found:
        raise NotHeld(refusals.missing(con, a, b, [("products", "classification", "-"), ("period", "period", asked)], both=True),
                      nearest=_nearest(con, a, b, asked))
    return {**shared, "flows": mirrored(con, found), "explains": mirrors.explanations(con, found, a, b)}


def mirrored(con: duckdb.DuckDBPyConnection, found: Iterable[mirrors.Mirror]) -> list[Answer]:
    """Each flow with both accounts as figures."""
    held = machines.known(con)
    return [{**vars(row), "reported": machines.figures(row.reported, held), "mirrored": machines.figures(row.mirrored, held)}
            for row in found]


def revisions(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, period: str, *, flow: str | None = None,
              products: str | None = None, reread: bool = False) -> Answer:
    """Every version of a figure in every edition, in order of release: ``figures`` with what each changed."""
    a, b, wanted, flow = area(reporter), area(partner), products_.parse(products), flows.flow(flow, FLOWS) if flow else None
    asked = when(con, period, [(a, b)], flow=flow or "", products=wanted)
    _not_too_much(con, a, b, asked, products)
    found = answers.versions(con, a, b, asked, flow=flow or "", product=products or "TOTAL", reread=reread)
    if not found:
        raise NotHeld("no version is held: " + refusals.missing(con, a, b, [
            *wanted.steps, ("period", "period", asked), ("flow", "flow", flow)], ended=True), nearest=_nearest(con, a, b, asked))
    return {"figures": machines.figures(found, machines.known(con))}


def datasets(con: duckdb.DuckDBPyConnection, name: str | None = None) -> Answer:
    """What is held, each with units, coverage and licence; of one also its columns, and what of it must not be summed."""
    every = rows(con, answers.query("datasets"))
    if name is None:
        return {"datasets": [{**_quoted(row), "summing": summing(row["table_name"])} for row in every if row["n"]],
                "known_and_empty": [row["dataset"] for row in every if not row["n"]]}
    one = next((row for row in every if row["dataset"] == name), None)
    if one is None:
        raise refusals.no_dataset(name, (row["dataset"] for row in every))
    return {**_quoted(one), "columns": columns(con, one["table_name"]), "summing": summing(one["table_name"])}


def columns(con: duckdb.DuckDBPyConnection, table: str) -> list[Answer]:
    """The columns of a table of the lake."""
    return rows(con, "SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'lake' AND "
                     "schema_name || '.' || table_name = ? ORDER BY column_index", [table])


def summing(table: str) -> str:
    """What may be added up of a table."""
    return {"stats.trade": "Rows overlap (the world beside its partners, totals beside products, groups beside members, flows inside "
                           "flows, years beside months): sum mart.summable, grouped by or within one dataset, reporter, flow, "
                           "classification, product_level, currency, valuation and period_kind; never stats.trade or mart.figures.",
            "stats.fx_rate": "Rates are averaged, never added.", "stats.indicator": "An index or a rate is never added."}.get(table, "")


def _quoted(row: Answer) -> Answer:
    return {name: value for name, value in row.items() if not name.startswith("floor_")}


def search(con: duckdb.DuckDBPyConnection, text: str) -> Answer:
    """Areas, datasets, products and titles of articles that have all the words. A title is somebody else's text: it is quoted."""
    words = fold(text).split()[:MOST_WORDS]
    if not words:
        raise UsageError("a search takes a word or more, such as: semiconductors, exports, exchange rate")
    held = rows(con, answers.query("datasets"))
    found = {
        "areas": [{"area": one.area, "name": one.name, "kind": one.kind} for one in areas().values()
                  if _has(words, one.area, one.iso2, one.name)][:MOST_FOUND],
        "datasets": [{name: row[name] for name in ("dataset", "title", "publisher", "licence", "units", "first", "last", "n")}
                     for row in held if row["n"] and _has(words, row["dataset"], row["title"], row["publisher"])][:MOST_FOUND],
        "products": _where(con, "SELECT classification, product, name, level FROM mart.products WHERE ", "name || ' ' || product", words,
                           "ORDER BY level, classification DESC, product"),
        "articles": [{"quoted_title": quoted(row["title"]), **row, "title": None} for row in _where(
            con, "SELECT title, url, source, CAST(published_at AS DATE) AS published FROM news.article WHERE ", "title", words,
            "ORDER BY published_at DESC NULLS LAST")]}
    for row in found["articles"]:
        del row["title"]
    if not any(found.values()):
        raise NotHeld(f"nothing here has the words {' '.join(words)[:100]!r}: fewer or other words find more; datasets lists what is held")
    return found


def quoted(text: str | None) -> str:
    """A text of somebody else's in one line."""
    line = " ".join((text or "").split())
    return line if len(line) <= LONGEST else f"{line[:LONGEST - 1]}…"


def _has(words: Iterable[str], *texts: str | None) -> bool:
    folded = f" {fold(re.sub('[._-]', ' ', ' '.join(filter(None, texts))))} "
    return all(f" {word}" in folded for word in words)


def _where(con: duckdb.DuckDBPyConnection, select: str, column: str, words: Sequence[str], order: str) -> list[Answer]:
    """Rows whose column has all the words; these are parameters."""
    conditions = " AND ".join([f"contains(strip_accents(lower({column})), ?)"] * len(words))
    return rows(con, f"{select}{conditions} {order} LIMIT {MOST_FOUND}", list(words))
