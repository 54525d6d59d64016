"""``get`` by month or year: both accounts side by side, a line for each part of the period, and which parts are missing by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from flows.cli import tables
from flows.cli.common import money, released, room, say, table
from warehouse.reference.areas import kind_of, name_of
from warehouse.reference.periods import Period, months

if TYPE_CHECKING:
    from warehouse.ask.answers import Figure


def show(figures: Sequence[Figure], sides: Sequence[str], when: Period, each: str) -> list[str]:
    """A table with a line for each part and flow, and for each part of which nothing is held; ``each`` is month or year.

    Returns which of ``growth`` and ``share`` it shows.
    """
    from flows.cli.asking.figures import flow_of, source_of

    there = [side for side in sides if any(f.reporter == side for f in figures)]
    cells: dict[tuple[Period, str], dict[str, list[Figure]]] = defaultdict(lambda: defaultdict(list))
    for figure in figures:
        cells[Period(figure.period_start, figure.period_end), flow_of(figure)][figure.reporter].append(figure)
    flows = list(dict.fromkeys(label for _, label in cells))
    tables_of = {side: {f.dataset for f in figures if f.reporter == side} for side in there}
    lines = []
    for part in _parts(when, each):
        held = [label for label in flows if (part, label) in cells]
        for place, label in enumerate(held or [""]):
            found = cells.get((part, label), {})
            none: list[Figure | None] = [None]
            for row in zip_longest(*(found.get(side) or none for side in there)):
                line: list[str] = [str(part) if place == 0 else "", label]
                for side, one in zip(there, row, strict=True):
                    none_of_it = place == 0 and one is None and not any(cells[part, other].get(side) for other in held)
                    line += _cell(one, none_of_it, len(tables_of[side]) == 1)
                lines.append(line)
    made = {side: _made_alike(figures, side) for side in there}
    say()
    say(f"{' and '.join(name_of(side) for side in sides)}, {when}, each {each}: {'both accounts' if len(there) == 2 else 'one account'}")
    for place, side in enumerate(there):
        only = next((source_of(f) for f in figures if f.reporter == side and f.how == "printed"), next(iter(tables_of[side])))
        if len(tables_of[side]) > 1:
            only = f"{len(tables_of[side])} tables, named in each line"
        else:
            only += "".join(f"; {label}: {how.strip('()')}" for label, how in made[side].items())
        say(f"  {name_of(side)}'s account: {only}")
        for line in lines:
            if line[FIRST + STEP * place + 3] == made[side].get(line[1]):
                line[FIRST + STEP * place + 3] = ""
    heads = [each, "flow", *(column for side in there for column in (f"{name_of(side)}'s account", "growth", "released", ""))]
    of = {step: [FIRST + STEP * place + step for place in range(len(there))] for step in range(STEP)}
    shown = tables.kept(heads, lines, [of[2], of[1], of[3]], room(), point=of[0], soft=(1,))
    table([heads[at] for at in shown], [[line[at] for at in shown] for line in lines],
          right=[place for place, at in enumerate(shown) if at in of[1]], point=[place for place, at in enumerate(shown) if at in of[0]])
    if left := [what for step, what in ((1, "growth"), (2, "releases"), (3, "how a figure was made"))
                if any(line[at] for line in lines for at in of[step]) and not set(of[step]) & set(shown)]:
        say(f"  Too narrow here for {' and '.join(left)}: a wider terminal, --json and -o FILE have them.")
    return ["growth"] if set(of[1]) & set(shown) else []


FIRST, STEP = 2, 4
"""Columns before the first account, and of each account: its figure, growth, release, and how it was made."""


def _made_alike(figures: Sequence[Figure], side: str) -> dict[str, str]:
    """Flows of an account whose figures were all made in one way, such as a balance from the same table, and which that is."""
    from flows.cli.asking.figures import flow_of, source_of

    ways: dict[str, set[str]] = defaultdict(set)
    for figure in figures:
        if figure.reporter == side and figure.account != "statement":
            ways[flow_of(figure)].add(source_of(figure).removeprefix(figure.dataset).strip())
    return {label: one for label, each in ways.items() if len(each) == 1 and (one := next(iter(each)))}


def _cell(figure: Figure | None, none_of_it: bool, told: bool) -> list[str]:
    """A figure's cells; its table only where it is not ``told`` above for all of them, but how it was made in any case."""
    from flows.cli.asking.figures import growth_of, source_of

    if figure is None:
        return ["not held" if none_of_it else "", "", "", ""]
    source = source_of(figure)
    return [money(figure.value, figure.currency, unit=figure.unit_multiplier, decimals=figure.decimals),
            growth_of(figure),
            released(figure.released_on, figure.released_basis),
            (source.removeprefix(figure.dataset).strip() if figure.account != "statement" else "") if told else source]


def missing(figures: Sequence[Figure], sides: Sequence[str], when: Period, each: str) -> list[str]:
    """Of each account one sentence that names the parts of the period of which nothing is held; none where all are there."""
    told = []
    for side in sides:
        if kind_of(side) != "country":  # a group or the world keeps no account of its own
            continue
        held = {Period(f.period_start, f.period_end) for f in figures if f.reporter == side}
        whose = f"{name_of(side)}'s account"
        if not held:
            told.append(f"Missing: {whose} has no {each} of {when}.")
            continue
        if gone := when.without(held):
            count, every = (sum(len(_parts(one, each)) for one in gone), len(_parts(when, each)))
            told.append(f"Missing in {whose}: {', '.join(_spelt(one, each) for one in gone)} ({count} of {every} {each}s).")
    return told


def _parts(when: Period, each: str) -> list[Period]:
    if each == "month":
        return when.each_month()
    return [months(year, 1, 12) for year in range(when.start.year, when.end.year + 1)]


def _spelt(one: Period, each: str) -> str:
    """A run of parts: of years without their months."""
    return str(one) if each == "month" or one.years < 2 else f"{one.start.year}–{one.end.year}"
