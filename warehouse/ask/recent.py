"""Which period is meant by ``latest`` and ``last 12 months``: by what the connection has of the accounts that are asked for.

What can be typed is ``warehouse.reference.periods``; every command, page and tool that takes a period asks here.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from warehouse.ask.answers import query
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period, Recent, read
from warehouse.reference.products import TOTAL, Products
from warehouse.schema.errors import NotHeld


def period(con: duckdb.DuckDBPyConnection, typed: str, accounts: Sequence[tuple[str, str]], *, flow: str = "",
           products: Products = TOTAL, common: bool = False) -> tuple[Period, str]:
    """The period that a text means, and a sentence that says what is newest; empty where the text says its period itself.

    ``accounts`` are (reporter, partner)s; an empty partner asks for tables of several countries. ``flow`` is export or import, else
    any. ``common``: of periods that every account has. Statements count where there is nothing else. Raises NotKnown, and NotHeld
    where nothing is stored.
    """
    wanted = read(typed)
    if isinstance(wanted, Period):
        return wanted, ""
    newest = {account: _newest(_held(con, *account, flow, products), wanted) for account in dict.fromkeys(accounts)}
    if common:
        sides = [set(_held(con, *account, flow, products)) for account in newest]
        both = _newest(dict.fromkeys(set.intersection(*sides), False), wanted)
        if both is None:
            raise NotHeld(f"no period is held of {' and of '.join(_whose(*account) for account in newest)} together")
        return wanted.ending(both), f"{typed.strip()}: {both} is the newest that both accounts have."
    there = {account: one for account, one in newest.items() if one is not None}
    if not there:
        kind = f"no {wanted.unit} is" if wanted.unit else "nothing is"
        raise NotHeld(f"{kind} held of {' or of '.join(_whose(*account) for account in newest)}")
    last = max(there.values(), key=_order)
    said = ", ".join(f"{_whose(*account)} {one or 'none'}" for account, one in newest.items())
    return wanted.ending(last), f"{typed.strip()}: newest held, {said}."


def _whose(reporter: str, partner: str) -> str:
    return f"{name_of(reporter)}'s account with {name_of(partner)}" if partner else f"{name_of(reporter)}'s account by partner"


def _order(one: Period) -> tuple[object, object]:
    """The newest end; of periods that end together the shortest."""
    return one.end, one.start


def _held(con: duckdb.DuckDBPyConnection, reporter: str, partner: str, flow: str, products: Products) -> dict[Period, bool]:
    """Periods held, and whether only in a statement."""
    return {Period(start, end): stated for start, end, stated in con.execute(query("periods_held"), {
        "reporter": reporter, "partner": partner, "flow": flow if flow in ("export", "import") else "", **products.asked}).fetchall()}


def _newest(held: dict[Period, bool], wanted: Recent) -> Period | None:
    """The newest one of the unit that is wanted: as it is printed, or closed by a month (its months are added up)."""
    own = [one for one, stated in held.items() if not stated] or list(held)
    if not wanted.months:
        return max(own, key=_order, default=None)
    fits = []
    for one in own:
        months = one.each_month()
        if len(months) in (1, wanted.months) and one.end.month % wanted.months == 0:
            fits.append(Recent(1, wanted.unit).ending(one))
    return max(fits, key=_order, default=None)
