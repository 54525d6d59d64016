"""Our sums of a group's members, where a table has no row of the group itself: inside one table, said to be ours, with who is missing.

Members are those of the end of the period (``ref.area_group``), or of the table's own note where it counts others. A sum that lacks
members stands only where nobody prints, states or completes the figure. Reading single figures is ``answers``.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from warehouse.reference.areas import areas, members, name_of

OURS = "our sum"
"""How ``how`` of such a figure begins."""


@dataclass(frozen=True)
class Counted:
    """Which of a group's members a sum has."""

    members: int
    missing: tuple[str, ...]
    """By name; those who have no figure in the table."""
    whole: bool
    """The table lists every partner: who is missing had nothing."""
    on: date
    noted: bool
    """The members are those that the table itself counts."""

    @property
    def complete(self) -> bool:
        return self.whole or not self.missing

    @property
    def present(self) -> int:
        return self.members - len(self.missing)

    @property
    def how(self) -> str:
        return f"{OURS} of {self.present} of {self.members} members"

    @property
    def said(self) -> str:
        """Who is missing, in words; empty where nobody is."""
        if not self.missing:
            return ""
        why = "the table lists every partner, so they had nothing" if self.whole else "no figure of theirs is in the table"
        return f"without {', '.join(self.missing)}: {why}"


def is_group(code: str) -> bool:
    """Whether an area is a group whose members are known at some time."""
    return (found := areas().get(code)) is not None and found.kind == "group"


def counted(row: dict[str, Any], reporter: str, partner: str) -> Counted:
    """Who is in a row of ``queries/group_sums.sql``; of two groups, the partner's members."""
    group, there, other = ((partner, row["partners"], reporter) if is_group(partner) else (reporter, row["reporters"], partner))
    noted = bool(row["said"]) and group == partner
    should = [code for code in (row["said"] if noted else members(group, row["period_end"])) if code != other]
    missing = tuple(sorted(name_of(code) for code in should if code not in there))
    return Counted(len(should), missing, bool(row["whole"]) and group == partner, row["period_end"], noted)


def best(rows: Sequence[dict[str, Any]], printed: Collection[dict[str, Any]], reporter: str,
         partner: str) -> list[tuple[dict[str, Any], Counted]]:
    """Of each chain, period and currency the table that has most members, and of its sums those that nobody prints.

    ``printed`` are the rows of the group itself: those of a chain stand instead of its sums; any of the same flow, and any complete sum,
    instead of sums that lack members; of these only those that have most stand.
    """
    tables: dict[tuple[Any, ...], dict[str, list[tuple[dict[str, Any], Counted]]]] = {}
    for row in rows:
        place = row["chain"], row["period_start"], row["period_end"], row["currency"]
        tables.setdefault(place, {}).setdefault(row["dataset"], []).append((row, counted(row, reporter, partner)))
    found = [sum_ for by in tables.values() for sum_ in max(by.values(), key=_most)]
    own = {(row["chain"], row["currency"], *_what(row)) for row in printed if row["account"] != "statement"}
    found = [sum_ for sum_ in found if (sum_[0]["chain"], sum_[0]["currency"], *_what(sum_[0])) not in own]
    whole = {_what(row) for row in printed} | {_what(row) for row, who in found if who.complete}
    most: dict[tuple[Any, ...], int] = {}
    for row, who in found:
        most[_what(row)] = max(most.get(_what(row), 0), who.present)
    return [(row, who) for row, who in found if who.complete or (_what(row) not in whole and who.present == most[_what(row)])]


def _most(sums: Sequence[tuple[dict[str, Any], Counted]]) -> tuple[bool, int, int]:
    return (all(who.complete for _, who in sums), max(who.present for _, who in sums), sums[0][0]["chain_rank"])


def _what(row: dict[str, Any]) -> tuple[Any, ...]:
    return row["flow"], row["classification"], row["product"], row["period_start"], row["period_end"]
