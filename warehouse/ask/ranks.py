"""Ranks decided by bounds (MODEL: "Ranks are decided by bounds"), and the partners of one reporter in order.

Pure arithmetic on what one table holds, one total that bounds the rest, and members implied by next year's printed growth.
With S a partner's value, k the competitors held above it and R the sum of those not held, its rank lies between k + 1 and
k + 1 + ⌊R/S⌋. A table that lists every partner leaves what it prints as not specified; one of selected partners without a total is held
against the nearest year that is held whole (``_Likeness``). Reading rows is ``answers``; words are the command line's.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb

from warehouse.ask.answers import WORLD, query, rows
from warehouse.ask.publishers import possessive
from warehouse.reference import areas
from warehouse.reference import products as products_
from warehouse.reference.periods import Period, month_end, months
from warehouse.reference.products import TOTAL, Products
from warehouse.schema.errors import NotHeld


@dataclass(frozen=True)
class Place:
    """One partner's place. ``lowest`` and ``highest`` bound its rank; equal, it is decided."""

    partner: str
    name: str
    value: Decimal
    lowest: int
    highest: int
    share_pct: Decimal | None
    growth_pct: Decimal | None
    implied: bool
    """The value is next year's level over its printed growth, not a figure of this year's table."""
    needs_implied: bool
    """Its bounds count such implied members as held."""
    locator: str
    fetch_id: str
    version_id: str

    @property
    def decided(self) -> bool:
        return self.lowest == self.highest


@dataclass(frozen=True)
class Ranking:
    """Partners in order, the universe they were ranked in, and what decides their places."""

    dataset: str
    publisher: str
    reporter: str
    flow: str
    currency: str
    period: Period
    universe: str
    places: tuple[Place, ...]
    not_held: tuple[str, ...]
    """Members of the universe without a figure, by name; empty for the world (its members are not listed anywhere)."""
    rest: Decimal | None
    """At most this is left for those not held; None when no total bounds it."""
    bounded_by: str
    """What bounds the rest, in words."""
    assumed: bool = False
    """The bounds take for granted that those not listed were much as in another year: enough to decide for, never against."""
    product: str = "all goods"
    """What was traded: all goods, or a code with the edition of its classification."""
    whole: str = ""
    """Of a table that does not list every partner and leaves a place undecided, the nearest that does: its dataset and period."""
    absent: tuple[str, ...] = ()
    """Whom that one lists and this one does not, by name, the largest first."""

    def place(self, partner: str) -> Place | None:
        return next((p for p in self.places if p.partner == partner), None)


def sources(con: duckdb.DuckDBPyConnection, made: Ranking) -> dict[str, dict[str, Any]]:
    """Of each version that a ranking read: unit in which it is printed, release, page and origin."""
    return {row.pop("version_id"): row for row in rows(con, """
        SELECT f.version_id, f.unit_multiplier AS printed_in, f.valuation, f.status, f.url, f.origin_kind, f.source_note, f.released_basis,
          f.released_at,
          CAST(timezone(coalesce(d.tz, 'UTC'), f.released_at) AS DATE) AS released_on
        FROM mart.figures AS f LEFT JOIN ref.dataset AS d ON d.dataset = f.dataset
        WHERE f.dataset = ? AND f.reporter = ? AND f.flow = ? AND f.currency = ? AND f.period_start = ? AND f.period_end = ?
          AND f.product = 'TOTAL' AND f.breakdown = '-'""",
        [made.dataset, made.reporter, made.flow, made.currency, made.period.start, made.period.end])}


@dataclass(frozen=True)
class _Table:
    dataset: str
    publisher: str
    chain: str
    chain_rank: int
    currency: str
    scope: str
    whole: bool
    """It lists every partner: one that is missing had nothing."""
    product: Products
    """All goods, or one code of one classification."""
    values: dict[str, dict[str, Any]]


class Held:
    """Tables of partners as one lake holds them, each read once: who ranks year after year, or within one group after the other, gives
    this along.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self._rows: dict[tuple[object, ...], list[dict[str, Any]]] = {}
        self._whole: dict[tuple[object, ...], list[tuple[str, Period, int]]] = {}

    def rows(self, reporter: str, period: Period, flow: str, product: Products) -> list[dict[str, Any]]:
        """What ``queries/rank_rows.sql`` finds of a period."""
        key = (reporter, period, flow, product)
        if key not in self._rows:
            self._rows[key] = rows(self.con, query("rank_rows"), asked(reporter, period, flow, product))
        return self._rows[key]

    def whole(self, reporter: str, flow: str, product: Products, length: int) -> list[tuple[str, Period, int]]:
        """Dataset, period and rank of the tables that list every partner, of periods of so many months."""
        key = (reporter, flow, product, length)
        if key not in self._whole:
            goods = product.asked
            self._whole[key] = [(dataset, Period(start, end), place) for dataset, start, end, place in self.con.execute("""
                SELECT t.dataset, t.period_start, t.period_end, any_value(d.chain_rank)
                FROM stats.trade t JOIN ref.dataset d USING (dataset)
                WHERE t.reporter = $reporter AND (t.flow = $flow OR ($flow = 'total' AND t.flow = 'export')) AND t.product = $product
                  AND t.breakdown = '-' AND ($classification = '' OR t.classification = $classification) AND t.partner_kind = 'country'
                  AND d.partner_scope = 'all' AND d.missing_means = 'zero' AND d.account <> 'statement'
                  AND datediff('month', t.period_start, t.period_end) = $length
                GROUP BY t.dataset, t.period_start, t.period_end""",
                {"reporter": reporter, "flow": flow, "product": goods["product"], "classification": goods["classification"],
                 "length": length}).fetchall()]
        return self._whole[key]


def rank(con: duckdb.DuckDBPyConnection, reporter: str, period: Period, *, flow: str = "total", within: str | None = None,
         currency: str | None = None, product: str | None = None, held: Held | None = None) -> Ranking:
    """Rank a reporter's partners in one table. ``within`` is a group of ``ref.area_group``; its members of that period count. ``product``
    is one code (``warehouse.reference.products``), ranked within one dataset and one edition of its classification; else all goods.

    Chooses the highest edition that has countries for that period. ``held``: of this lake, from an earlier ranking. Raises NotHeld naming
    the periods held when none has.
    """
    lake = held or Held(con)
    wanted = products_.one(product)
    # Of editions of one rank the whole table comes first.
    every = sorted(_tables(lake, reporter, period, flow, wanted), key=lambda table: (-table.chain_rank, table.scope != "all"))
    tables = [table for table in every if currency in (None, table.currency)]
    by_date = _members(con, within, period.end) if within else None
    for table in tables:
        members = _members_of(con, table, within, by_date) if within else None
        countries = {p: r for p, r in table.values.items() if r["partner_kind"] == "country" and r["value"]
                     and (members is None or p in members)}
        if countries:
            return _decide(lake, reporter, period, flow, table, countries, within, members)
    raise NotHeld(_no_table(lake, reporter, period, flow, within, currency, every, wanted))


def _no_table(lake: Held, reporter: str, period: Period, flow: str, within: str | None, currency: str | None,
              every: list[_Table], product: Products) -> str:
    """Why nothing can be ranked, by the first thing asked for that no table has."""
    of = "" if product == TOTAL else f" of {product}"
    whose = possessive(areas.name_of(reporter))
    what = f"no table of {whose} {flow}s{of} by partner is held for {period}"
    listed = [table for table in every if any(r["partner_kind"] == "country" and r["value"] for r in table.values.values())]
    if not listed:
        held = [str(p) for p in _periods(lake.con, reporter, flow, product) if p != period]
        return what + (f"; held: {', '.join(held[:8])}" if held else ", nor for any other period")
    if currency and currency not in {table.currency for table in listed}:
        return f"{what} in {currency}; held in {', '.join(sorted({table.currency for table in listed}))}"
    whole, _ = _listing(lake, reporter, period, flow, listed[0], (), None)
    others = {table.dataset: sum(1 for row in table.values.values() if row["partner_kind"] == "country") for table in listed}
    return (f"no member of {within} has a figure of its own in the tables of {whose} {flow}s{of} for {period}: "
            f"{', '.join(f'{name} has {count} other partners' for name, count in others.items())}, and "
            + (f"every partner is listed by {whole}" if whole else "no table that lists every partner is held"))


def asked(reporter: str, period: Period, flow: str, product: Products = TOTAL) -> dict[str, Any]:
    """What ``queries/rank_rows.sql`` is asked with."""
    return {"reporter": reporter, "flow": flow, "start": period.start, "end": period.end, **product.asked}


def _tables(lake: Held, reporter: str, period: Period, flow: str, product: Products) -> list[_Table]:
    """Tables of a period, each of one dataset, currency and classification."""
    found: dict[tuple[str, str, str], _Table] = {}
    for row in lake.rows(reporter, period, flow, product):
        if row["account"] == "statement":
            continue
        table = found.setdefault((row["dataset"], row["currency"], row["classification"]), _Table(
            row["dataset"], row["publisher"], row["chain"], row["chain_rank"], row["currency"], row["partner_scope"],
            row["partner_scope"] == "all" and row["missing_means"] == "zero", Products(row["classification"], 0, product.code), {}))
        table.values[row["partner"]] = row
    return list(found.values())


def _periods(con: duckdb.DuckDBPyConnection, reporter: str, flow: str, product: Products) -> list[Period]:
    return [Period(*row) for row in con.execute(
        "SELECT DISTINCT period_start, period_end FROM stats.trade JOIN ref.dataset d USING (dataset) WHERE reporter = ? AND flow = ? "
        "AND partner_kind = 'country' AND product = ? AND (? = '' OR classification = ?) AND (? = '' OR starts_with(classification, ?)) "
        "AND breakdown = '-' AND d.account <> 'statement' AND value > 0 ORDER BY period_end DESC, period_start",
        [reporter, flow, product.code, *[product.asked["classification"]] * 2, *[product.asked["edition_of"]] * 2]).fetchall()]


def _members(con: duckdb.DuckDBPyConnection, group: str, on: date) -> dict[str, str]:
    found = dict(con.execute(
        "SELECT g.member, coalesce(a.name, g.member) FROM ref.area_group g LEFT JOIN ref.area a ON a.area = g.member "
        "WHERE g.grp = ? AND g.valid_from <= ? AND (g.valid_to IS NULL OR g.valid_to >= ?) ORDER BY 1", [group, on, on]).fetchall())
    if not found:  # a lake into which nothing was loaded since the group came into the list
        found = {member: areas.name_of(member) for member in areas.members(group, on)}
    if not found:
        raise NotHeld(f"no members of {group} are known on {on}")
    return found


def _members_of(con: duckdb.DuckDBPyConnection, table: _Table, group: str, by_date: dict[str, str] | None) -> dict[str, str] | None:
    """A group's members by the table's own note where it counts others (flag ``members=``), else by date."""
    row = table.values.get(group)
    said = marked_members(row["flags"]) if row else []
    if not said:
        return by_date
    names = dict(con.execute("SELECT area, name FROM ref.area").fetchall())
    return {area: names.get(area, area) for area in said}


def marked_members(flags: str) -> list[str]:
    """Who belongs to a group by the note of the table that prints it; empty where the table counts as the date does."""
    mark = next((mark for mark in flags.split(";") if mark.startswith("members=")), "")
    return mark.removeprefix("members=").split(",") if mark else []


def _decide(lake: Held, reporter: str, period: Period, flow: str, table: _Table,
            countries: dict[str, dict[str, Any]], within: str | None, members: dict[str, str] | None) -> Ranking:
    names = dict(lake.con.execute("SELECT area, name FROM ref.area").fetchall())
    world = table.values.get(WORLD)
    held = {p: Decimal(r["value"]) for p, r in countries.items()}
    missing = [p for p in members or () if p not in held and p != reporter]
    group = within or WORLD
    rest, said = _rest(lake, reporter, period, flow, table, group, held)
    places = bounds(held, rest, len(missing) if members is not None else None)
    if rest is None and members is not None and not missing:
        said = "every member is held"
    like = _like(lake, reporter, period, flow, table, held, missing if members is not None else None) if rest is None else None
    if like is not None:
        said = like.said
        places = {p: (low, low + sum(1 for most in like.most if most >= held[p])) for p, (low, _) in places.items()}
    implied: dict[str, Decimal] = {}
    needed: set[str] = set()
    if missing and any(low != high for low, high in places.values()):
        implied = {p: v for p, v in _implied(lake, reporter, period, flow, table).items() if p in missing}
        if implied:
            everyone = held | implied
            rest, said = _rest(lake, reporter, period, flow, table, group, everyone, already=implied)
            narrower = bounds(everyone, rest, len(missing) - len(implied))
            # What this table decides by itself stays decided by it alone.
            needed = {p for p in everyone if p in implied or places[p][0] != places[p][1]}
            places = {p: narrower[p] if p in needed else places[p] for p in everyone}
    made = []
    for partner, value in sorted((held | implied).items(), key=lambda pair: (-pair[1], pair[0])):
        row = countries.get(partner)
        low, high = places[partner]
        made.append(Place(
            partner, names.get(partner, partner), value, low, high,
            (value / Decimal(world["value"]) * 100).quantize(Decimal("0.1")) if world and world["value"] else None,
            row["published_yoy_pct"] if row else None, row is None, partner in needed,
            row["locator"] if row else "next year's level and growth",
            row["fetch_id"] if row else "", row["version_id"] if row else ""))
    whole, absent = "", list[str]()
    if not table.whole and not all(place.decided for place in made):
        whole, absent = _listing(lake, reporter, period, flow, table, held, members)
    return Ranking(
        table.dataset, table.publisher, reporter, flow, table.currency, period, group, tuple(made),
        tuple(names.get(p, p) for p in missing if p not in implied), rest, said, like is not None, str(table.product), whole,
        tuple(names.get(p, p) for p in absent))


def _listing(lake: Held, reporter: str, period: Period, flow: str, table: _Table, held: Collection[str],
             members: Collection[str] | None) -> tuple[str, list[str]]:
    """The table of the reporter's partners nearest to a period that lists every one, and whom of the universe it has beyond these."""
    length = (period.end.year - period.start.year) * 12 + period.end.month - period.start.month
    near = min(lake.whole(reporter, flow, table.product, length), default=None, key=lambda one: (
        abs((one[1].end.year - period.end.year) * 12 + one[1].end.month - period.end.month), -one[1].end.toordinal(), -one[2], one[0]))
    if near is None:
        return "", []
    dataset, when, _ = near
    then = next((other.values for other in _tables(lake, reporter, when, flow, table.product) if other.dataset == dataset), {})
    others = [(row["value"], p) for p, row in then.items() if row["partner_kind"] == "country" and row["value"] and p not in held
              and (members is None or p in members)]
    return f"{dataset} of {when}", [p for _, p in sorted(others, key=lambda pair: (-pair[0], pair[1]))]


def bounds(values: dict[str, Decimal], rest: Decimal | None, unknown: int | None) -> dict[str, tuple[int, int]]:
    """Bounds of each rank; a tie shares the better place. ``unknown`` caps how many can still stand above."""
    found = {}
    for partner, value in values.items():
        above = sum(1 for other in values.values() if other > value)
        if unknown == 0:
            more = 0
        elif rest is None:
            more = unknown if unknown is not None else 10**6
        else:
            more = int(max(rest, Decimal(0)) // value)
            more = min(more, unknown) if unknown is not None else more
        found[partner] = (above + 1, above + 1 + more)
    return found


_YEARS_NEAR = 6
"""So far from a year another one is looked at for those that a table of selected partners does not list."""
_TIMES = 2
"""So many times the share that they had then, of what the listed ones came to, those not listed are taken to have at most."""


@dataclass(frozen=True)
class _Likeness:
    """What those that a table does not list may have come to, by the nearest year of which a whole table of the same account is held."""

    most: tuple[Decimal, ...]
    said: str


def _like(lake: Held, reporter: str, period: Period, flow: str, table: _Table, held: dict[str, Decimal],
          missing: list[str] | None) -> _Likeness | None:
    """None where the table is not one of selected partners, most of them listed, or no whole one is held nearby."""
    if table.scope != "selected" or len(held) < 2 or (period.start.month, period.end.month) != (1, 12):
        return None
    for away in sorted((step for step in range(-_YEARS_NEAR, _YEARS_NEAR + 1) if step), key=abs):
        year = months(period.end.year + away, 1, 12)
        whole = next((other for other in _tables(lake, reporter, year, flow, table.product) if other.whole), None)
        if whole is None:
            continue
        then = {p: Decimal(row["value"]) for p, row in whole.values.items() if row["partner_kind"] == "country" and row["value"]}
        listed = sum((then.get(p, Decimal(0)) for p in held), Decimal(0))
        others = {p: value for p, value in then.items() if p not in held and (missing is None or p in missing)}
        if not listed or sum(others.values()) > listed:
            continue  # too few are listed to say anything of the others
        scale = sum(held.values()) / listed
        names = dict(lake.con.execute("SELECT area, name FROM ref.area").fetchall())
        largest = max(others, key=lambda p: others[p], default=None)
        had = f", the largest {names.get(largest, largest)} with {others[largest] / listed:.1%} of what the listed had" if largest else ""
        return _Likeness(tuple(sorted((value * scale * _TIMES for value in others.values()), reverse=True)),
                         f"taking those that the table does not list at no more than twice their share of {year} ({whole.dataset}{had})")
    return None


def _rest(lake: Held, reporter: str, period: Period, flow: str, table: _Table, group: str,
          held: dict[str, Decimal], *, already: dict[str, Decimal] | None = None) -> tuple[Decimal | None, str]:
    """What is left of the group for those not held: from the same table, else from a total that the same account states.

    For one flow, the total of both flows bounds it as well: nobody's imports exceed what is left of total trade.
    """
    said = " (with members implied by next year's printed growth)" if already else ""
    own = _total(lake, reporter, period, flow, table, group)
    if own:
        return own[0] - sum(held.values()), own[1] + said
    if table.whole and group == WORLD:
        left = sum((Decimal(row["value"]) for row in table.values.values() if row["partner_kind"] == "unspecified" and row["value"]),
                   Decimal(0))
        return left, "what the table, which lists every partner, has as not specified"
    if flow in ("export", "import"):
        total = _total(lake, reporter, period, "total", table, group)
        others = {row["partner"]: Decimal(row["value"]) for row in lake.rows(reporter, period, "total", table.product)
                  if row["dataset"] == table.dataset and row["currency"] == table.currency and row["value"] is not None}
        if already:
            others |= _implied(lake, reporter, period, "total", table)
        if total and all(partner in others for partner in held):
            left = total[0] - sum(others[partner] for partner in held)
            return left, f"what both flows together leave of {total[1]}{said}"
    return None, "no total of the group is held"


def _total(lake: Held, reporter: str, period: Period, flow: str, table: _Table,
           group: str) -> tuple[Decimal, str] | None:
    """The group's total: printed in the same table, or stated by the same account (in another currency at its implied rate)."""
    found = [row for row in lake.rows(reporter, period, flow, table.product)
             if row["partner"] == group and row["value"]]
    for row in found:
        if row["dataset"] == table.dataset and row["currency"] == table.currency:
            return Decimal(row["value"]), f"{_named(group)} total in the same table"
    # Each stated total plus half a unit of its last digit is a bound; the smallest bounds best. "More than" bounds nothing.
    bounds: list[tuple[Decimal, str]] = []
    for row in found:
        if row["chain"] != table.chain or "bound=more_than" in row["flags"]:
            continue
        half = Decimal(row["unit_multiplier"]) / 2 / 10 ** row["decimals"]
        value = Decimal(row["value"]) + half
        if row["currency"] == table.currency:
            bounds.append((value, f"{_named(group)} total as stated ({row['dataset']})"))
        elif implied := _implied_rate(lake.con, reporter, period, table, row["currency"]):
            bounds.append((value * implied[0], f"{_named(group)} total as stated in {row['currency']} ({row['dataset']}), at the "
                                               f"account's own implied rate of {implied[0]:.4g} ({implied[1]})"))
    return min(bounds, default=None)


def _implied_rate(con: duckdb.DuckDBPyConnection, reporter: str, period: Period, table: _Table,
                  currency: str) -> tuple[Decimal, str] | None:
    """The account's own rate: one partner's total in both currencies."""
    row = con.execute("""
        SELECT a.value, b.value, a.partner FROM stats.trade a JOIN stats.trade b USING (reporter, partner, flow, product, breakdown,
          period_start, period_end) JOIN ref.dataset d ON d.dataset = b.dataset AND a.classification = b.classification
        WHERE a.product = ? AND a.dataset = ? AND a.currency = ? AND b.currency = ? AND d.chain = ? AND a.reporter = ? AND a.flow = 'total'
          AND a.period_start = ? AND a.period_end = ? AND b.value > 0 AND NOT contains(b.flags, 'bound=')
        ORDER BY d.chain_rank DESC, a.value DESC LIMIT 1""",
        [table.product.code, table.dataset, table.currency, currency, table.chain, reporter, period.start, period.end]).fetchone()
    return (Decimal(row[0]) / Decimal(row[1]), f"{possessive(areas.name_of(row[2]))} total in both") if row else None


def _implied(lake: Held, reporter: str, period: Period, flow: str, table: _Table) -> dict[str, Decimal]:
    """Levels of this period that next year's table implies: its level over one plus its printed growth."""
    try:
        after = replace(period, start=period.start.replace(year=period.start.year + 1),
                        end=month_end(period.end.replace(day=1, year=period.end.year + 1)))
    except ValueError:
        return {}
    found = {}
    for row in lake.rows(reporter, after, flow, table.product):
        if (row["dataset"] == table.dataset and row["currency"] == table.currency and row["value"] is not None
                and row["published_yoy_pct"] is not None and row["published_yoy_pct"] > -100):
            found[row["partner"]] = Decimal(row["value"]) / (1 + Decimal(row["published_yoy_pct"]) / 100)
    return found


def _named(group: str) -> str:
    return "the world" if group == WORLD else f"{group}'s"
