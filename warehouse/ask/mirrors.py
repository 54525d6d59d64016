"""Two accounts of the same goods, side by side: the reporter's and the partner's, their ratio, and what is known to explain it.

They are compared and never merged. One account of a pair is ``warehouse.ask.answers.get``; printing is the command line's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import duckdb

from warehouse.ask import answers
from warehouse.ask.answers import Figure
from warehouse.reference import areas
from warehouse.reference.periods import Period
from warehouse.schema.travel import MIRROR


@dataclass(frozen=True)
class Mirror:
    """One flow as one side reports it, and as the other does."""

    flow: str
    mirror_flow: str
    reported: tuple[Figure, ...]
    mirrored: tuple[Figure, ...]
    reported_in: Decimal | None
    """In the currency asked for: the account's own figure, else converted; None where no rate is held."""
    mirrored_in: Decimal | None
    ratio: Decimal | None
    """The other side's over the first's."""
    compared: str
    """How the two were brought into one currency."""


def mirrors(con: duckdb.DuckDBPyConnection, one: str, other: str, period: Period, currency: str) -> list[Mirror]:
    """Every flow of which either side's figure is held."""
    figures = answers.get(con, one, other, period)
    inside = answers.in_currency(con, figures, currency)
    made = []
    for flow, mirrored in MIRROR.items():
        ours, theirs = _of(figures, one, flow), _of(figures, other, mirrored)
        if ours or theirs:
            made.append(_mirror(flow, mirrored, (ours, theirs), (_of(inside, one, flow), _of(inside, other, mirrored)), currency))
    return made


def _of(figures: Iterable[Figure], reporter: str, flow: str) -> tuple[Figure, ...]:
    return tuple(f for f in figures if f.reporter == reporter and f.flow == flow)


def _mirror(flow: str, mirrored: str, sides: tuple[tuple[Figure, ...], tuple[Figure, ...]],
            inside: tuple[tuple[Figure, ...], tuple[Figure, ...]], currency: str) -> Mirror:
    ours, theirs = (next((f for f in side if f.value is not None), None) for side in inside)
    a, b = (None if f is None else f.value for f in (ours, theirs))
    ratio, how = None, "not compared: one side is not held, or no rate"
    if ours is not None and theirs is not None and a and b is not None:
        ratio = (b / a * (-1 if flow == "balance" else 1)).quantize(Decimal("0.0001"))
        how = "; ".join(dict.fromkeys(f.how for f in (ours, theirs) if f.how != "printed")) or f"both printed in {currency}"
    return Mirror(flow, mirrored, *sides, a, b, ratio, how)


def explanations(shown: Iterable[Mirror], one: str, other: str) -> list[str]:
    """What is known to drive two accounts of the same goods apart."""
    ports = ", ".join(areas.name_of(area) for area in areas.entrepots())
    found = ["The importer counts goods by the country of origin, the exporter by the destination it knows of: goods that pass through "
             f"a third port ({ports}) stand in one account and not in the other."]
    valuations = {figure.valuation for row in shown for figure in (*row.reported, *row.mirrored)}
    if valuations & {"CIF", "CIF+FOB"}:
        found.append("Imports are valued with freight and insurance (CIF), exports without (FOB): the same goods are some per cent more "
                     "as an import.")
    found += [f"{areas.name_of(area)} is apart and never added to {areas.name_of(whole)}." for area, whole in areas.apart_from(one, other)]
    found.append("Re-exports, time of recording and revisions differ. The two are never added or averaged.")
    return found
