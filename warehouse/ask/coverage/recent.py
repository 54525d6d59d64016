"""Which period is meant by ``latest`` and ``last 12 months``: by what the connection has of the accounts that are asked for.

What can be typed is ``warehouse.reference.periods``; every command, page and tool that takes a period asks here.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.ask.answers import Figure, get, query
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period, Recent, months, read
from warehouse.reference.products import TOTAL, Products, parse
from warehouse.schema.errors import NotHeld


def period(con: duckdb.DuckDBPyConnection, typed: str, accounts: Sequence[tuple[str, str]], *, flow: str = "",
           products: Products = TOTAL, common: bool = False) -> tuple[Period, str]:
    """The period that a text means, and a sentence that says what is newest; empty where the text says its period itself.

    ``accounts`` are (reporter, partner)s; an empty partner asks for tables of several countries. ``flow`` is export or import, else
    any. ``common``: of periods that every account has, as one or, of all goods, in months that are added up. Statements count where
    there is nothing else. Raises NotKnown, and NotHeld
    where nothing is stored.
    """
    wanted = read(typed)
    if isinstance(wanted, Period):
        return wanted, ""
    of = "" if products == TOTAL else f", by products of {products}"
    newest = {account: _newest(_held(con, *account, flow, products), wanted) for account in dict.fromkeys(accounts)}
    if common:
        sides = [_held(con, *account, flow, products) for account in newest]
        both = _newest(dict.fromkeys(_of_all(sides, added_up=products == TOTAL), False), wanted)
        if both is None:
            said = ", ".join(f"{_whose(*account)} {one or 'none'}" for account, one in newest.items())
            raise NotHeld(f"no period is held of {' and of '.join(_whose(*account) for account in newest)} together{of}; newest: {said}"
                          + ("; name a period of one of them to see that side alone" if any(newest.values()) else ""))
        return wanted.ending(both), f"{typed.strip()}: {both} is the newest that both accounts have."
    there = {account: one for account, one in newest.items() if one is not None}
    if not there:
        kind = f"no {wanted.unit} is" if wanted.unit else "nothing is"
        raise NotHeld(f"{kind} held of {' or of '.join(_whose(*account) for account in newest)}{of}: entrepot datasets lists what is")
    last = max(there.values(), key=_order)
    said = ", ".join(f"{_whose(*account)} {one or 'none'}" for account, one in newest.items())
    return wanted.ending(last), f"{typed.strip()}: newest held, {said}."


def by_part(con: duckdb.DuckDBPyConnection, one: str, other: str, when: Period, products: str | None) -> tuple[list[Figure], str]:
    """Both accounts of a pair for each part of a period that nobody prints as one: its years, printed or of twelve months, else its months.

    Beside them which parts they are: year, month, or empty where nothing of it is held.
    """
    if when.parts == "year":
        found = get(con, one, other, when, yearly=True, products=products)
        printed = {(figure.reporter, figure.period_start.year) for figure in found}
        for reporter, partner in dict.fromkeys([(one, other), (other, one)]):
            held = _held(con, reporter, partner, "", parse(products))
            for year in range(when.start.year, when.end.year + 1):
                whole = months(year, 1, 12)
                if (reporter, year) not in printed and all(month in held for month in whole.each_month()):
                    found += [figure for figure in get(con, one, other, whole, products=products) if figure.reporter == reporter]
        if found:
            return found, "year"
    found = get(con, one, other, when, monthly=True, products=products)
    return found, "month" if found else ""


def _whose(reporter: str, partner: str) -> str:
    return f"{name_of(reporter)}'s account with {name_of(partner)}" if partner else f"{name_of(reporter)}'s account by partner"


def _order(one: Period) -> tuple[object, object]:
    """The newest end; of periods that end together the shortest."""
    return one.end, one.start


def _held(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, flow: str, products: Products) -> dict[Period, bool]:
    """Periods held, and whether only in a statement."""
    return {Period(start, end): stated for start, end, stated in con.execute(query("periods_held"), {
        "reporter": reporter, "partner": partner, "flow": flow if flow in ("export", "import") else "", **products.asked}).fetchall()}


def _of_all(sides: Sequence[dict[Period, bool]], *, added_up: bool) -> set[Period]:
    """Periods that every side has; ``added_up``: one that some side prints may stand on another in its months, which are added there."""
    def has(held: dict[Period, bool], one: Period) -> bool:
        inside = one.each_month() if added_up else []
        return one in held or (len(inside) > 1 and all(month in held for month in inside))

    return {one for one in set().union(*sides) if all(has(held, one) for held in sides)}


def _newest(held: dict[Period, bool], wanted: Recent) -> Period | None:
    """The newest one of the unit that is wanted: as it is printed, or closed by a month (its months are added up)."""
    own = [one for one, stated in held.items() if not stated] or list(held)
    if not wanted.months:
        # A flash of the first twenty days is newer and no month.
        return max([one for one in own if one.each_month()] or own, key=_order, default=None)
    fits = []
    for one in own:
        inside = one.each_month()
        if len(inside) in (1, wanted.months) and one.end.month % wanted.months == 0:
            fits.append(Recent(1, wanted.unit).ending(one))
    return max(fits, key=_order, default=None)
