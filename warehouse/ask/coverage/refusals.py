"""Why a figure that was asked for is not there, and what is held instead: by the first thing asked for that nothing held has.

A refusal that lists periods where the period is held and the product is not contradicts itself, so what was asked is narrowed step by
step. Answers are ``answers`` and ``ranks``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import duckdb

from warehouse.ask.answers import rows
from warehouse.reference.areas import name_of
from warehouse.reference.periods import Period
from warehouse.schema.errors import NotKnown

Step = tuple[str, str, object]
"""A thing that was asked for: its name for people, its column (``period``, ``flow``, …) and the value wanted; None where any will do."""

_MOST = 10


def missing(con: duckdb.DuckDBPyConnection, one: str, other: str, steps: Sequence[Step], *, both: bool = False,
            months: Period | None = None, ended: bool = False) -> str:
    """One sentence on a reporter and partner (or, ``both``, either account of a pair) of which nothing is held as it was asked for.

    ``months``: each month inside this period was asked for. ``ended``: versions that ended count as held.
    """
    pairs = [(one, other), (other, one)] if both else [(one, other)]
    source = "mart.versions" if ended else "mart.figures"
    # A stated bound ("more than") is no figure, so its period is not offered as one that is held.
    found = [{**row, "period": Period(row["period_start"], row["period_end"])} for row in rows(
        con, "SELECT DISTINCT classification, product, "
             "CASE WHEN starts_with(classification, 'HS') THEN 'HS' || length(product) ELSE classification END AS hs_level, flow, "
             f"dataset, currency, period_start, period_end, period_kind FROM {source} "
             "WHERE (reporter, partner) IN ((?, ?), (?, ?)) AND breakdown = '-' AND NOT "
             "regexp_matches(flags, 'bound=(less_than|more_than)') "
             "ORDER BY period_end DESC, period_start DESC, flow, dataset, currency", [*pairs[0], *pairs[-1]])]
    whose = f"{name_of(one)} and {name_of(other)}" if both else f"{name_of(one)}'s account with {name_of(other)}"
    if not found:
        return f"nothing is held on {whose}, for any period"
    so_far: list[str] = []
    for label, column, wanted in steps:
        if wanted is None:
            continue
        left = [row for row in found if row[column] == wanted]
        if not left:
            late = isinstance(wanted, Period) and wanted.start > max(row["period_end"] for row in found)
            return (f"{_nothing(label, wanted, whose, so_far)}{', which is later than all that is' if late else ''}; held: "
                    f"{_listed(column, found)}")
        found = left
        so_far.append(_spoken(label, wanted))
    if months is not None:
        inside = [row for row in found if row["period_kind"] == "M"]
        if not any(months.start <= row["period_start"] and row["period_end"] <= months.end for row in inside):
            return (f"no month of {months} is held on {whose}{_and(so_far)}; held: "
                    f"{_listed('period', inside) if inside else 'no month; ' + _listed('period', found)}")
    return f"nothing is held on {whose} with all of that at once{_and(so_far)}"


def no_dataset(name: str, known: Iterable[str]) -> NotKnown:
    """A dataset that there is not, with those whose name has the same beginning or is nearest."""
    names = sorted(known)
    near = [one for one in names if name and name.split(".")[0] in one][:6] or get_close_matches(name[:60], names, 3, 0.6)
    return NotKnown(f"no dataset {name[:60]!r}" + (f"; nearest: {', '.join(near)}" if near else "; entrepot datasets lists all"),
                    what="dataset", typed=name[:60], nearest=near)


def _nothing(label: str, wanted: object, whose: str, so_far: list[str]) -> str:
    if label == "period":
        return f"nothing is held on {whose} for {wanted}{_and(so_far)}"
    if label == "products":
        return f"no figure by products of {wanted} is held on {whose}{_and(so_far)}"
    return f"no {label} {str(wanted)!r} is held on {whose}{_and(so_far)}"


def _spoken(label: str, wanted: object) -> str:
    return f"for {wanted}" if label == "period" else "" if wanted in ("-", "TOTAL") else f"by {label} {wanted}"


def _and(so_far: list[str]) -> str:
    return "".join(f" {text}" for text in so_far if text)


def _listed(column: str, found: Sequence[dict[str, Any]]) -> str:
    values = list(dict.fromkeys(str(row[column]) for row in found))
    if column in ("classification", "product", "hs_level"):
        values = ["all goods" if value in ("-", "TOTAL") else value for value in values]
    more = f" and {len(values) - _MOST:,} more" if len(values) > _MOST else ""
    return ", ".join(values[:_MOST]) + more
