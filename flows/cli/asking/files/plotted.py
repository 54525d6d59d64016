"""An answer's table as a small chart of letters: bars of one period and of places, lines over periods and releases. As in
``warehouse.charts.draw`` a period that is not held is a gap, and currencies are never on one axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any

from flows.cli import tables
from flows.cli.common import money
from warehouse.ask.publishers import possessive
from warehouse.ask.tables import Table
from warehouse.charts.draw import check
from warehouse.reference.dates import short
from warehouse.reference.flows import SPOKEN
from warehouse.shown import cells, shown

HEIGHT = 14
WIDEST = 110
"""Columns; a wider chart of so few lines says no more."""
MARKS = "*xo+#@%&"
_PARTS = " ▏▎▍▌▋▊▉█"
_PLAIN = str.maketrans("┌┐└┘├┤┬┴┼─│", "+++++++++-|")


def lines(table: Table, width: int, unicode: bool) -> Iterator[str]:
    """The chart's lines, none wider than ``width``; of ASCII alone where not ``unicode``. Raises UsageError where none fits."""
    check(table)
    width = min(width, WIDEST)
    named = "compared_value" if any(row.get("compared_value") is not None for row in table.records) else "value"
    unit = "compared_currency" if named == "compared_value" else "currency"
    rows = [{**row, "y": row[named], "unit": row[unit]} for row in table.records if row[named] is not None]
    for currency in dict.fromkeys(row["unit"] for row in rows):
        mine = [row for row in rows if row["unit"] == currency]
        series: dict[str, list[dict[str, Any]]] = {}
        for row in mine:
            series.setdefault(_named(row, mine), []).append(row)
        across = table.shape in ("lines", "vintages") and max(map(len, series.values())) > 1
        yield ""
        if across:
            yield from _plotted(series, currency, table.shape, width, unicode)
        else:
            yield from _bars(mine, currency, table.shape, width, unicode)


def _named(row: dict[str, Any], among: Sequence[dict[str, Any]]) -> str:
    """What tells a series from the others of a chart."""
    words = [f"{possessive(shown(row['reporter_name']))} {SPOKEN.get(row['flow'], row['flow'])}"]
    toward = {one["partner"] for one in among} - {one["reporter"] for one in among}
    if len(toward) > 1:
        words.append(shown(row["partner_name"]))
    if len({one.get("product") for one in among}) > 1:
        words.append(str(row["product"]))
    # Versions of one figure are of several datasets, and one line.
    told = "chain" if "vintage" in row or row.get("event") else "dataset"
    same = [one for one in among if all(one.get(name) == row.get(name) for name in ("reporter", "flow", "partner", "product", "period"))]
    if len({one.get(told) for one in same}) > 1:
        words.append("(as stated)" if str(row["dataset"]).startswith("statement.") else str(row[told]))
    return " ".join(words)


def _bars(rows: Sequence[dict[str, Any]], currency: str, shape: str, width: int, unicode: bool) -> Iterator[str]:
    """One bar a row, from zero; what is below zero is marked so."""
    labels = [shown(row["partner_name"]) if shape == "places" else _named(row, rows) for row in rows]
    values = tables.by_point([money(row["y"], currency) for row in rows])
    label = min(max(map(cells, labels)), max(min(width // 2, width - max(map(cells, values)) - 11), 8))
    room = max(width - label - max(map(cells, values)) - 5, 4)
    most = max((abs(Decimal(row["y"])) for row in rows), default=Decimal(1)) or Decimal(1)
    for text, value, row in zip(labels, values, rows, strict=True):
        long = float(abs(Decimal(row["y"])) / most) * room
        bar = "█" * int(long) + _PARTS[int(long % 1 * 8)].strip() if unicode else "#" * max(round(long), 1 if row["y"] else 0)
        if row["y"] < 0:
            bar = ("░" if unicode else "-") * max(round(long), 1)
        yield f" {tables.pad(tables.cut(text, label), label)}  {tables.pad(bar, room)}  {value}".rstrip()


def _plotted(series: dict[str, list[dict[str, Any]]], currency: str, shape: str, width: int, unicode: bool) -> Iterator[str]:
    import plotext

    figure = plotext.figure
    figure.clear()
    figure.plot_size(width, HEIGHT)
    size, word = _size(row["y"] for rows in series.values() for row in rows)
    ticks: dict[float, str] = {}
    for number, rows in enumerate(series.values()):
        mark = "braille" if unicode and len(series) == 1 else MARKS[number % len(MARKS)]
        for run in _runs(rows, shape):
            points = [(x, float(row["y"] / size)) for x, row in run]
            if shape != "lines":  # a figure stands as it is until its next release
                points = [points[0], *(point for (_, old), (x, new) in pairwise(points) for point in ((x, old), (x, new)))]
            signal = figure.signal([x for x, _ in points], [y for _, y in points], marker=mark)
            signal.lines(True)
            figure.draw(signal)
            ticks |= {x: row["period"] if shape == "lines" else short(row["released_on"]) for x, row in run}
    shown_ticks = _some(sorted(ticks), max(width // (max(map(len, ticks.values())) + 4), 2))
    figure.ruler(axis="x").ticks(shown_ticks, [ticks[x] for x in shown_ticks])
    drawn = plotext.uncolorize(str(figure.build()))
    figure.clear()
    by = "" if shape == "lines" else ", by release"
    yield from tables.filled(f" {currency}{word}{by} (the axis does not begin at zero)", width)
    for line in drawn.splitlines():
        yield (line if unicode else line.translate(_PLAIN)).rstrip()
    if len(series) > 1:
        for number, name in enumerate(series):
            yield from tables.filled(f"   {MARKS[number % len(MARKS)]}  {name}", width, 3)


def _size(values: Iterable[Decimal]) -> tuple[Decimal, str]:
    most = max(abs(Decimal(value)) for value in values)
    sizes = ((Decimal(10) ** 9, " bn"), (Decimal(10) ** 6, " mn"))
    return next(((size, word) for size, word in sizes if most >= size), (Decimal(1), ""))


def _runs(rows: Sequence[dict[str, Any]], shape: str) -> list[list[tuple[float, dict[str, Any]]]]:
    """The points of a series by their place on the axis; a new run where a period is missing."""
    if shape == "vintages":
        return [list(enumerate(rows, 1))]
    found: list[list[tuple[float, dict[str, Any]]]] = []
    for row in sorted(rows, key=lambda one: one["period_end"]):
        end: date = row["period_end"]
        x = end.year * 12 + end.month
        months = max((end.year - row["period_start"].year) * 12 + end.month - row["period_start"].month + 1, 1)
        if found and x - found[-1][-1][0] <= months:
            found[-1].append((x, row))
        else:
            found.append([(x, row)])
    return found


def _some(places: Sequence[float], most: int) -> list[float]:
    """So many of the places at most, evenly."""
    step = -(-len(places) // most)
    return list(places[::step])
