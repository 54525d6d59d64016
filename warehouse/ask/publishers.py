"""What is known of the publishers of a lake's figures: what sentences call them, whose account a text means, how much they revise.

Read from ``ref.publisher`` and its two companions, which hold what each connector declares (``schema.travel.Publisher``) and keep it
when a connector is gone. A publisher that a lake does not know is answered in general words.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import duckdb

ELSEWHERE = Decimal(5)
"""Usual size of revisions in per cent, where nothing is known of a publisher's."""


@dataclass(frozen=True)
class Known:
    """A row of ``ref.publisher`` with its names and bands."""

    publisher: str
    called: str
    area: str
    account_of_area: bool
    quoted_in: str
    names: tuple[str, ...]
    bands: dict[tuple[str, str], Decimal]
    """Per cent by flow and length; an empty one stands for all."""


class Publishers:
    """All publishers of a lake, in the order of their areas."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        names = con.execute("SELECT publisher, name FROM ref.publisher_name ORDER BY ALL").fetchall()
        bands = con.execute("SELECT publisher, flow, length, pct FROM ref.revision_band").fetchall()
        self._known = {code: Known(
            code, called, area, of_area, quoted_in, tuple(name for owner, name in names if owner == code),
            {(flow, length): Decimal(str(pct)) for owner, flow, length, pct in bands if owner == code})
            for code, called, area, of_area, quoted_in in con.execute(
                "SELECT publisher, called, area, account_of_area, quoted_in FROM ref.publisher ORDER BY area, publisher").fetchall()}

    def called(self, publisher: str) -> str:
        """What a sentence calls a publisher; empty where it is not known."""
        return self._known[publisher].called if publisher in self._known else ""

    def account_of(self, area: str) -> str:
        """What a sentence calls an area's own account; empty where no publisher gives it a name."""
        return next((one.called for one in self._known.values() if one.area == area and one.account_of_area), "")

    def named(self, text: str, areas: Collection[str]) -> str | None:
        """Whose account, of these areas', is meant by who is quoted: a publisher's name or office in the words for a speaker."""
        return next((one.area for one in self._known.values() if one.area in areas
                     and any(_pattern(name).search(text) for name in one.names)), None)

    def usual(self, currency: str | None, areas: Collection[str]) -> str | None:
        """Whose account, of these areas', texts usually quote in a currency that is neither's, or where they name none."""
        return next((one.area for one in self._known.values() if one.area in areas and one.quoted_in
                     and currency in (one.quoted_in, None)), None)

    def band(self, publisher: str, flow: str, length: str) -> Decimal:
        """How far, in per cent, later versions of a figure usually are from it."""
        bands = self._known[publisher].bands if publisher in self._known else {}
        return next((bands[key] for key in ((flow, length), (flow, ""), ("", length), ("", "")) if key in bands), ELSEWHERE)


def _pattern(name: str) -> re.Pattern[str]:
    """A name as a whole, in any capitals, with or without its apostrophes; re keeps what it has compiled."""
    return re.compile(rf"(?<![A-Za-z0-9]){re.escape(name).replace(chr(39), chr(39) + '?')}(?![A-Za-z0-9])", re.IGNORECASE)


def possessive(called: str) -> str:
    """``the bank's``, ``the customs'``."""
    return called + ("'" if called.endswith("s") else "'s")


def standing(con: duckdb.DuckDBPyConnection, reporter: str) -> dict[str, int]:
    """Chain → its place for a reporter, as ``mart.standings`` has it: 0 where its own office is among the chain's publishers."""
    return dict(con.execute("SELECT chain, CASE WHEN own_of = $1 THEN 0 ELSE place END FROM mart.standings", [reporter]).fetchall())
