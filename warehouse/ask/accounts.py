"""Which of several tables answers for a reporter, and how far the others are from it.

A reporter's figures may be held as its own office prints them and as others pass them on or estimate them. The own office's table comes
first, then reported figures passed on, then mixtures, then reconciled ones (``ref.dataset.account``). They are compared, never mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from warehouse.ask.answers import Figure, average_rate
from warehouse.ask.publishers import standing
from warehouse.reference.periods import Period


@dataclass(frozen=True)
class Beside:
    """One chain that stands beside the first, with its distance."""

    figures: tuple[Figure, ...]
    """At least one."""
    compared: int
    """How many of them have a figure of the first with the same valuation to be held against."""
    largest_pct: Decimal | None
    """The largest distance of these, in per cent of the first's figure."""
    converted: bool
    """Whether some were brought into the first's currency at a third party's average rate of the period."""


def split(con: duckdb.DuckDBPyConnection, figures: Sequence[Figure]) -> tuple[list[Figure], list[Beside]]:
    """The figures of one reporter that answer, and the chains beside them in their order.

    Where its own office has any, all of its chains answer (a country's trade and its world total are two); else the first chain alone.
    """
    chains = list(dict.fromkeys(figure.chain for figure in figures))
    if len(chains) < 2:
        return list(figures), []
    places = standing(con, figures[0].reporter)
    chains.sort(key=lambda chain: places.get(chain, 1))
    first = [chain for chain in chains if places.get(chain) == 0] or chains[:1]
    shown = [figure for figure in figures if figure.chain in first]
    return shown, [_beside(con, shown, [figure for figure in figures if figure.chain == chain]) for chain in chains if chain not in first]


def _beside(con: duckdb.DuckDBPyConnection, shown: Sequence[Figure], figures: Sequence[Figure]) -> Beside:
    distances, converted = [], False
    averages: dict[tuple[str, str, Period], Decimal | None] = {}
    for figure in figures:
        same = [one for one in shown if _what(one) == _what(figure) and one.value]
        one = next((one for one in same if one.currency == figure.currency), next(iter(same), None))
        if one is None or not one.value or figure.value is None:
            continue
        rate: Decimal | None = Decimal(1)
        if one.currency != figure.currency:
            asked = (figure.currency, one.currency, Period(figure.period_start, figure.period_end))
            if asked not in averages:
                averages[asked], _ = average_rate(con, *asked)
            rate = averages[asked]
            converted = converted or rate is not None
        if rate is not None:
            distances.append(abs(figure.value * rate / one.value - 1) * 100)
    return Beside(tuple(figures), len(distances), max(distances).quantize(Decimal("0.1")) if distances else None, converted)


def _what(figure: Figure) -> tuple[object, ...]:
    return (figure.partner, figure.flow, figure.classification, figure.product, figure.valuation, figure.period_start, figure.period_end)
