"""Charts: colours that are told apart on paper and in the dark, gaps where nothing is held, and nothing that is fetched or run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import polars as pl
import pytest

from warehouse.ask.tables import COLUMNS, Table
from warehouse.charts import draw
from warehouse.charts.palette import DARK, FLOW, GROUND, INK, LIGHT, QUIET
from warehouse.schema.errors import UsageError


def figure(month: int, value: int | None, **other: Any) -> dict[str, Any]:
    """Synthetic: a figure of a month of 2024, in billions."""
    end = date(2024, month, {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}.get(month, 31))
    return dict.fromkeys(COLUMNS) | {
        "reporter_name": "Synthetic", "flow": "export", "product": "TOTAL", "period_start": date(2024, month, 1), "period_end": end,
        "value": None if value is None else Decimal(value) * 10**9, "currency": "CNY", "printed_in": 10_000, "dataset": "synthetic.table",
        "how": "printed", "released_on": date(2024, 12, 1)} | other


def table(records: list[dict[str, Any]], shape: Any = "lines") -> Table:
    names = {name: kind for name, kind in COLUMNS.items() if not name.startswith("compared_")}
    return Table("Synthetic figures <b> & 'more'", "entrepot get …", [{name: row[name] for name in names} for row in records], names, shape)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2: relative luminance of two colours."""
    def luminance(colour: str) -> float:
        parts = [int(colour[at:at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("colour", [*LIGHT, INK, QUIET])
def test_every_colour_stands_out_from_its_ground(colour: str) -> None:
    least = 4.5 if colour in (INK, QUIET) else 3.0
    assert contrast(colour, GROUND) >= least
    assert contrast(DARK[colour], DARK[GROUND]) >= least


def test_series_are_told_apart_without_colour() -> None:
    looks = [(LIGHT[n % len(LIGHT)], draw.MARKS[n % len(draw.MARKS)], tuple(draw.DASHES[n % len(draw.DASHES)])) for n in range(14)]
    assert len(set(looks)) == 14
    assert all(one[1:] != other[1:] for one, other in combinations(looks[:7], 2))


def test_a_flow_of_one_account_has_one_colour_on_every_chart() -> None:
    both = [figure(month, month, flow=flow) for month in (1, 2) for flow in ("import", "export")]
    for shape in ("bars", "lines"):
        drawn = draw.svg(table(both, shape))
        assert FLOW["export"] in drawn.partition("</style>")[2] and FLOW["import"] in drawn.partition("</style>")[2], shape
    sides = [figure(1, 5, reporter_name=name) for name in ("Synthetic", "Other")]
    drawn = draw.svg(table(sides, "bars")).partition("</style>")[2]
    assert LIGHT[0] in drawn and LIGHT[1] in drawn and FLOW["export"] not in drawn, "of two accounts it says whose"


def test_a_figure_below_zero_has_room_beside_its_name() -> None:
    at = draw._along([{"v": -64.68}, {"v": 786.69}], "CNY bn", 110).to_dict()["scale"]["domain"]
    pixels = 110 * (-64.68 - at[0]) / (at[1] - at[0])
    assert pixels >= len("-64.68") * draw.LETTER - 6


def test_a_month_that_is_not_held_is_a_gap_in_the_line() -> None:
    held = {date(2024, 1, 1): 1, date(2024, 2, 1): 2, date(2024, 5, 1): 5}
    assert list(draw._with_gaps(held, 1)) == [
        (date(2024, 1, 1), 1), (date(2024, 2, 1), 2), (date(2024, 3, 1), None), (date(2024, 4, 1), None), (date(2024, 5, 1), 5)]
    lines = [path.get("d") or "" for path in ElementTree.fromstring(draw.svg(table([figure(m, m) for m in (1, 2, 3, 6, 7)]))).iter()
             if path.get("aria-roledescription") == "line mark"]
    assert [path.count("M") for path in lines] == [2], "two pieces, with nothing drawn between March and June"


@pytest.mark.parametrize("shape", ["lines", "bars"])
def test_an_svg_is_well_formed_runs_nothing_and_fetches_nothing(shape: str) -> None:
    drawn = draw.svg(table([figure(1, 5, reporter_name="<script>alert(1)</script>"), figure(2, 7), figure(3, -7)], shape))
    names = {element.tag.rpartition("}")[2] for element in ElementTree.fromstring(drawn).iter()}
    assert not names & {"script", "image", "foreignObject", "use"}
    without = drawn.replace('xmlns="http://www.w3.org/2000/svg"', "").replace('xmlns:xlink="http://www.w3.org/1999/xlink"', "")
    assert "http" not in without and "<script>" not in without and "url(" not in without.replace("url(#", "")
    assert "prefers-color-scheme:dark" in without


def test_each_currency_has_an_axis_of_its_own() -> None:
    drawn = draw.svg(table([figure(1, 5), figure(1, 6, currency="MYR"), figure(1, 7, currency="USD")], "bars"))
    assert all(f"{currency} bn" in drawn for currency in ("CNY", "MYR", "USD"))


@pytest.mark.parametrize(("records", "shape", "said"), [
    ([figure(1, 5)] * 2_001, "bars", "at most 2,000 figures and this answer has 2,001"),
    ([figure(1, None)], "lines", "has a value to draw"), ([figure(1, 5)], "none", "-o FILE.html")])
def test_what_cannot_be_drawn_is_refused_with_the_file_that_holds_it(records: list[dict[str, Any]], shape: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        draw.svg(table(records, shape))
    assert not draw.fits(table(records, shape))


def test_a_frame_of_something_else_is_refused_by_its_columns() -> None:
    from warehouse import chart

    with pytest.raises(UsageError, match="from get, rank or revisions; this one has no column reporter, partner"):
        chart(pl.DataFrame({"value": [1], "flow": ["export"]}))
