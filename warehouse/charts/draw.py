"""The chart of a table (``warehouse.ask.tables``): bars of one period, lines over several, places in order, shares, products, versions.

Altair says what is drawn and vl-convert draws it; both are loaded when a chart is asked for. A period that is not held is a gap in a line,
never a line across it. Currencies are never on one axis.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from warehouse.ask.tables import Table
from warehouse.charts.palette import FLOW, GROUND, INK, LIGHT, QUIET, RULE, dark_rules
from warehouse.reference.dates import short
from warehouse.reference.flows import SPOKEN as FLOWS
from warehouse.reference.periods import Period, month_end
from warehouse.schema.errors import UsageError
from warehouse.shown import shown

if TYPE_CHECKING:
    import altair as alt

VALUED = {"CIF+FOB": "as exports FOB and imports CIF"}
"""Valuations in words."""
UNITS = {1: "", 10**3: "thousand", 10**6: "mn", 10**9: "bn", 10**12: "tn"}
"""Units in which publishers print, in words; others in figures."""
MOST = 2_000
"""Figures in a chart; more cannot be told apart."""
WIDTH = 640
NARROW = 330
"""Of a chart for a telephone: its texts are as large as on a wide page."""
PAPER = 840
"""Of a chart for paper: its texts are smaller than on a screen, and it leaves room for the next."""
AXIS = 60
"""What the labels of an upright axis take of the width."""
LETTER = 7
"""What a letter of a label takes at most, on average."""
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
"""The first is what vl-convert measures texts by; the second and third are as wide."""
DASHES = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 2], [1, 3], [10, 4])
MARKS = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
"""One more than colours: the seventh series has the first one's colour and neither its dash nor its mark."""


def svg(table: Table, *, width: int = WIDTH, bare: bool = False) -> str:
    """The chart as an SVG document that follows its reader's choice of light or dark. ``bare`` leaves title and sources to the page that
    it stands in. Raises UsageError where no chart fits.
    """
    import vl_convert

    drawn = str(vl_convert.vegalite_to_svg(_spec(table, width, bare)))
    opened = drawn.index(">", drawn.index("<svg")) + 1
    head = drawn[:opened].replace("<svg ", f'<svg role="img" aria-label="{_attribute(table.title)}" ', 1)
    return f"{head}<style>{dark_rules()}</style>{drawn[opened:]}"


def png(table: Table, scale: float = 2.0) -> bytes:
    """The chart as a PNG on white. Raises UsageError where no chart fits."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(_spec(table), scale=scale))


def check(table: Table) -> None:
    """Raises UsageError where a table has no chart, and says which file holds it."""
    if table.shape == "none":
        raise UsageError("this answer is a list without a level to draw: -o FILE.html, .xlsx, .csv, .parquet or .json holds it")
    if len(table.records) > MOST:
        raise UsageError(f"a chart shows at most {MOST:,} figures and this answer has {len(table.records):,}: -o FILE.xlsx or .csv takes "
                         "all; or ask for fewer")
    if not any(row.get("value") is not None for row in table.records):
        raise UsageError("no figure of this answer has a value to draw: -o FILE.csv says why, row by row")


def fits(table: Table) -> bool:
    """Whether a table has a chart."""
    try:
        check(table)
    except UsageError:
        return False
    return not ("compared_value" in table.columns and all(row["compared_value"] is None for row in table.records))


def _attribute(text: str) -> str:
    from warehouse.shown import escape

    return escape(text)


def _spec(table: Table, width: int = WIDTH, bare: bool = False) -> dict[str, Any]:
    from altair.utils.schemapi import debug_mode

    with debug_mode(False):  # else each part is held against Vega-Lite's schema many times over: half the time of a chart
        return _whole(table, width, bare)


def _whole(table: Table, width: int, bare: bool) -> dict[str, Any]:
    import altair as alt

    check(table)
    compared = "compared_value" in table.columns
    records = [{**row, "value": row["compared_value"], "currency": row["compared_currency"]} for row in table.records] if compared else (
        table.records)
    records = [row for row in records if row["value"] is not None]
    make = _MAKE[table.shape]
    sides = list(dict.fromkeys(row.get("reporter_name") or "" for row in records))
    # Per cent are of no currency: one axis for all.
    apart = [""] if table.shape in ("growth", "shares") else list(dict.fromkeys(row["currency"] for row in records))
    room = _Room(width if bare else width + AXIS * 2, {}, bare and len(apart) == 1, _widest(records) if len(apart) > 1 else 0)
    parts = [make(mine, currency, sides, replace(room, hues=_Hues.of(mine, sides))) for currency in apart
             for mine in [[row for row in records if currency in ("", row["currency"])]]]
    if not parts:
        raise UsageError("nothing here could be brought into one currency to be drawn: -o FILE.csv holds the figures as printed")
    chart = parts[0] if len(parts) == 1 else alt.vconcat(*parts).resolve_scale(
        color="shared" if table.shape == "bars" and len(sides) > 1 else "independent", shape="independent", strokeDash="independent")
    if bare:
        chart = chart.properties(background=GROUND, padding={"left": 6, "right": 6, "top": 4, "bottom": 4})
    else:
        lines = [measured(table), *source_lines(table)]
        chart = chart.properties(title=alt.TitleParams(shown(table.title)[:120], subtitle=lines, anchor="start"), background=GROUND,
                                 padding={"left": 30, "right": 24, "top": 14, "bottom": 14})
    text = {"labelColor": QUIET, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal"}
    made = dict(chart.configure(font=FONT).configure_view(stroke=None).configure_axis(
        gridColor=RULE, domainColor=QUIET, tickColor=QUIET, labelLimit=_limit(width), **text).configure_legend(
        labelColor=INK, titleColor=INK, labelFontSize=12, labelLimit=320, orient="top", title=None, columns=3 if width > NARROW else 1,
        columnPadding=34, offset=26).configure_title(
        color=INK, subtitleColor=QUIET, fontSize=16, subtitleFontSize=11, subtitlePadding=4, offset=12).to_dict())
    return {**made, "datasets": room.held}


@dataclass(frozen=True)
class _Hues:
    """What a colour means: whose account it is where several are drawn of one flow, which flow it is where one account is drawn. So
    exports have one colour in all charts of a page. Otherwise series take colours in their order.
    """

    by: str
    sides: Sequence[str]

    @classmethod
    def of(cls, rows: Sequence[dict[str, Any]], sides: Sequence[str]) -> _Hues:
        alone = len({row.get("reporter_name") for row in rows}) == 1
        goods, flows = {row.get("product") for row in rows}, {row["flow"] for row in rows}
        several = len(goods) > 1
        return cls("" if several and len(flows) > 1 else "flow" if alone else "side" if len(flows) == 1 and not several else "", sides)

    def hue(self, row: dict[str, Any], place: int) -> str:
        if self.by == "side":
            return LIGHT[self.sides.index(row.get("reporter_name") or "") % len(LIGHT)]
        return FLOW.get(row["flow"], LIGHT[place % len(LIGHT)]) if self.by == "flow" else LIGHT[place % len(LIGHT)]


@dataclass(frozen=True)
class _Room:
    """The width that a chart has, labels and all, and the values of its parts by name: Altair copies what a chart holds at every step."""

    width: int
    held: dict[str, list[dict[str, Any]]]
    told: bool = False
    """Whether the page says the unit above the chart (``measured``), so that no axis need."""
    beside: int = 0
    """What the widest name of all parts takes, so that each has its axis at the same place."""
    hues: _Hues = field(default_factory=lambda: _Hues("", ()))

    def unit(self, unit: str) -> str | None:
        """The title of an axis."""
        return None if self.told else unit

    def chart(self, data: list[dict[str, Any]]) -> alt.Chart:
        import altair as alt

        name = f"part{len(self.held)}"
        self.held[name] = data
        return alt.Chart(alt.NamedData(name=name))


def measured(table: Table) -> str:
    """In what a chart is drawn and how the goods are valued: ``CNY bn · exports FOB, imports CIF``."""
    compared = "compared_value" in table.columns
    rows = [{**row, "value": row["compared_value"], "currency": row["compared_currency"]} if compared else row for row in table.records]
    rows = [row for row in rows if row["value"] is not None]
    if table.shape == "growth":
        units = ["per cent on a year before"]
    elif table.shape == "shares" and any(row.get("share_pct") is not None for row in rows):
        units = [_share_of(rows[0])]
    else:
        units = [_scale([row for row in rows if row["currency"] == currency], currency)[1]
                 for currency in dict.fromkeys(row["currency"] for row in rows)]
    valued: dict[str, list[str]] = {row["flow"]: [] for row in rows}
    for row in rows:
        if row.get("valuation") and row["valuation"] not in valued[row["flow"]]:
            valued[row["flow"]].append(row["valuation"])
    known = [f"{FLOWS.get(flow, flow)} {' or '.join(VALUED.get(each, each) for each in found)}" for flow, found in valued.items()
             if found and flow != "balance"]
    return " · ".join([", ".join(units), *([", ".join(known)] if known else [])])


def source_lines(table: Table, width: int = 115) -> list[str]:
    """Where the figures come from, for the lines below a title: datasets with the newest release, unit, origin, and the command."""
    lines = []
    for dataset in dict.fromkeys(row["dataset"] for row in table.records):
        mine = [row for row in table.records if row["dataset"] == dataset]
        days = [row["released_on"] for row in mine if row.get("released_on")]
        kinds = {row.get("origin_kind") for row in mine}
        printed = sorted({f"{row['currency']} {UNITS.get(row['printed_in'], format(row['printed_in'], ','))}".strip()
                          for row in mine if row.get("printed_in")})
        lines.append("".join((
            dataset, f", released {short(max(days))}" if days else "", f"; printed in {', '.join(printed)}" if printed else "",
            "; sample, reconstructed" if "reconstructed" in kinds else "")))
    more = len(lines) - 4
    lines = lines[:4] + ([f"and {more} more datasets"] if more > 0 else []) + [table.asked]
    return [line if len(line) <= width else line[:width - 1] + "…" for line in map(shown, lines)]


def _scale(rows: Iterable[dict[str, Any]], currency: str) -> tuple[float, str]:
    most = max((abs(float(row["value"])) for row in rows), default=0.0)
    size, word = next(((size, word) for size, word in ((1e9, "bn"), (1e6, "mn"), (1e3, "thousand")) if most >= size), (1.0, ""))
    return size, f"{currency} {word}".strip()


def _whose(row: dict[str, Any]) -> str:
    what = FLOWS.get(row["flow"], row["flow"]) + (f" of {row['product']}" if row.get("product") not in (None, "TOTAL") else "")
    stated = " (as stated)" if str(row.get("dataset", "")).startswith("statement.") else ""
    return f"{row['reporter_name']}'s {what}" + (f", vintage {row['vintage']}" if row.get("vintage") else "") + stated


def _told_apart(names: list[str], hues: Sequence[str] = ()) -> dict[str, Any]:
    """The colour of each series, by its place where no ``hues`` are given; the legend only where there are several."""
    import altair as alt

    colours = list(hues) or [LIGHT[n % len(LIGHT)] for n in range(len(names))]
    return {"color": alt.Color("series:N", scale=alt.Scale(domain=names, range=colours), sort=names,
                               **_legend(names))}


def _legend(names: list[str], *, plain: bool = False) -> dict[str, Any]:
    """``plain``: the marks of the legend have no border, which would be dashed as their line is."""
    import altair as alt

    if len(names) < 2:
        return {"legend": None}
    return {"legend": alt.Legend(symbolStrokeWidth=0)} if plain else {}


def _upright() -> alt.Axis:
    """The axis of levels beside lines: its unit stands above it, where it is read and takes no width."""
    import altair as alt

    return alt.Axis(format=",~f", titleAngle=0, titleAlign="left", titleAnchor="end", titleBaseline="bottom", titleX=-34, titleY=-9,
                    gridColor=_zero(alt))


def _zero(alt: Any) -> Any:
    """The line at zero is darker than the others: what lies below it is seen to be less than nothing."""
    return alt.condition("datum.value === 0", alt.value(QUIET), alt.value(RULE))


def _along(data: list[dict[str, Any]], unit: str | None, width: int) -> alt.X:
    """The axis of levels below bars, with room for the figure at the end of each in a plot of so many pixels."""
    import altair as alt

    low, high = min(0.0, *(row["v"] for row in data)), max(0.0, *(row["v"] for row in data))
    ends = max(len(row.get("said") or f"{row['v']:,.2f}") for row in data) * LETTER + 10
    room = (high - low or 1.0) * ends / max(width - ends * ((low < 0) + (high > 0)), ends)
    return alt.X("v:Q", title=unit, axis=alt.Axis(format=",~f", tickCount=6 if width > NARROW else 4, labelOverlap=True, labelSeparation=8,
                                                 gridColor=_zero(alt)), scale=alt.Scale(
        domain=[low - room if low < 0 else 0, high + room if high > 0 else 0], nice=False))


def _names(data: list[dict[str, Any]], beside: int) -> alt.Y:
    """The names beside bars, in their order. Their place is as wide as in the widest letters that a reader's machine may have, and the same
    in each part of a chart.
    """
    import altair as alt

    return alt.Y("label:N", sort=[row["label"] for row in data], title=None, axis=alt.Axis(
        minExtent=beside + 10, maxExtent=beside + 10))


def _widest(rows: Iterable[dict[str, Any]]) -> int:
    return max(len(_whose(row)) for row in rows) * LETTER


def _bars(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:

    size, unit = _scale(rows, currency)
    seen: Counter[str] = Counter()
    several = len({row["period"] for row in rows}) > 1
    data = []
    for row in rows:
        label = _whose(row) + (f", {row['period']}" if several else "")
        seen[label] += 1
        data.append({"label": label if seen[label] == 1 else f"{label}, {row['dataset']}" if seen[label] == 2 else
                     f"{label}, {row['dataset']} {seen[label]}", "series": row["reporter_name"] if len(sides) > 1 else row["flow"],
                     "v": float(row["value"]) / size})
    hues = {side: LIGHT[n % len(LIGHT)] for n, side in enumerate(sides)} if len(sides) > 1 else {
        row["flow"]: room.hues.hue(row, 0) for row in rows}
    return _barred(data, unit, room, hues, legend=len(sides) > 1)


def _barred(data: list[dict[str, Any]], unit: str, room: _Room, hues: dict[str, str], *,
            legend: bool = True) -> alt.LayerChart | alt.FacetChart:
    """Bars with their figures at the end. ``hues`` has the colour of each series; a row's ``said`` stands where its figure would."""
    import altair as alt

    beside = min(max(room.beside, *(len(row["label"]) * LETTER for row in data)), _limit(room.width))
    width = max(room.width // 3, room.width - beside - 18)
    base = room.chart(data).encode(y=_names(data, beside), x=_along(data, room.unit(unit), width))
    colour = _told_apart(list(hues), list(hues.values()))["color"]
    bars = base.mark_bar(height=14).encode(color=colour if legend else colour.legend(None))
    return alt.layer(bars, _labels(base, told="said" in data[0])).properties(width=width, height=alt.Step(24))


def _limit(width: int) -> int:
    return 260 if width > NARROW else 160


def _height(width: int) -> int:
    return 260 if NARROW < width < PAPER else 180 if width >= PAPER else 210


def _labels(base: alt.Chart, *, told: bool = False) -> alt.LayerChart | alt.FacetChart:
    """The figure at the end of its bar, or what is told there, outside it on either side of zero."""
    import altair as alt

    above = base.transform_filter("datum.v >= 0").mark_text(align="left", dx=5, color=INK)
    below = base.transform_filter("datum.v < 0").mark_text(align="right", dx=-5, color=INK)
    shown_as = alt.Text("said:N") if told else alt.Text("v:Q", format=",.2f")
    return alt.layer(above.encode(text=shown_as), below.encode(text=shown_as))


def _places(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:

    size, unit = _scale(rows, currency)
    unplaced = all(row["rank_highest"] >= 1000 for row in rows)  # in order, and no place is known of any
    data: list[dict[str, Any]] = []
    for row in rows:
        low, high = row["rank_lowest"], row["rank_highest"]
        place = "" if unplaced else f"{low}. " if low == high else f"{low}–{high}. " if high < 1000 else f"{low} or lower: "
        share = f", {row['share_pct']:.1f} %" if row["share_pct"] is not None else ""
        data.append({"label": f"{place}{row['partner_name']}", "v": float(row["value"]) / size,
                     "series": "as printed" if row["how"] == "printed" else "implied by next year's level and growth",
                     "said": f"{float(row['value']) / size:,.2f}{share}"})
    hues = {"as printed": room.hues.hue(rows[0], 0), "implied by next year's level and growth": LIGHT[1]}
    return _barred(data, unit, room, {name: hue for name, hue in hues.items() if any(row["series"] == name for row in data)},
                   legend=len({row["series"] for row in data}) > 1)


def _lines(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room, *, unit: str = "") -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    size, unit = (1.0, unit) if unit else _scale(rows, currency)
    data: list[dict[str, Any]] = []
    hues: dict[str, str] = {}
    for name, months, points, row in _series(rows):
        hues[name] = room.hues.hue(row, len(hues))
        data += [{"series": name, "x": start.isoformat(), "v": None if value is None else float(value) / size}
                 for start, value in _with_gaps(points, months)]
    names = list(dict.fromkeys(row["series"] for row in data))
    span = {row["x"] for row in data}
    yearly = all(row["period_start"].month == 1 and row["period_end"].month == 12 for row in rows)
    every = sorted(span) if yearly and len(span) <= 14 else None
    few = not yearly and len(span) <= (13 if room.width > NARROW else 5)
    axis = alt.Axis(format="%Y" if yearly else "%b %Y", labelOverlap=True, labelSeparation=14, grid=False, values=[
        alt.DateTime(year=int(day[:4]), month=int(day[5:7]), date=1, utc=True) for day in every or sorted(span)
    ] if every or few else alt.Undefined)
    marks, dashes = ([kinds[n % len(kinds)] for n in range(len(names))] for kinds in (MARKS, DASHES))
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=marks), sort=names, **_legend(names))
    dash = alt.StrokeDash("series:N", scale=alt.Scale(domain=names, range=dashes), sort=names, **_legend(names, plain=True))
    base = room.chart(data).encode(
        x=alt.X("x:T", title=None, axis=axis, scale=alt.Scale(type="utc", padding=10)),
        y=alt.Y("v:Q", title=room.unit(unit), axis=_upright()),
        **_told_apart(names, [hues[name] for name in names]))
    return alt.layer(base.mark_line(strokeWidth=2).encode(strokeDash=dash), base.transform_filter("isValid(datum.v)").mark_point(
        filled=True, size=46, opacity=1).encode(shape=shape)).properties(width=room.width - AXIS, height=_height(room.width))


def _series(rows: list[dict[str, Any]]) -> Iterable[tuple[str, int, dict[date, Any], dict[str, Any]]]:
    """Name, length of a period in months, value by first day, and one of its rows; what tables print before what was stated. Of two tables
    with one name the second says its dataset.
    """
    found: dict[tuple[str, int, str], dict[date, Any]] = {}
    one: dict[tuple[str, int, str], dict[str, Any]] = {}
    for row in sorted(rows, key=lambda row: str(row.get("dataset", "")).startswith("statement.")):
        months = (row["period_end"].year - row["period_start"].year) * 12 + row["period_end"].month - row["period_start"].month + 1
        key = _whose(row), months, row.get("chain") or row["dataset"]
        found.setdefault(key, {})[row["period_start"]] = row["value"]
        one[key] = row
    often = Counter((name, months) for name, months, _ in found)
    lengths = {months for _, months, _ in found}
    for (name, months, dataset), points in found.items():
        long = f", {months} months" if len(lengths) > 1 and months > 1 else ", months" if len(lengths) > 1 else ""
        yield name + long + (f", {dataset}" if often[name, months] > 1 else ""), months, points, one[name, months, dataset]


def _with_gaps(points: dict[date, Any], months: int) -> Iterable[tuple[date, Any]]:
    """The points in order, with an empty one where a period between two is not held."""
    at, last = min(points), max(points)
    while at <= last:
        yield at, points.get(at)
        beyond = month_end(at.replace(day=1))
        for _ in range(months - 1):
            beyond = month_end(beyond + timedelta(days=1))
        at = beyond + timedelta(days=1)


def _vintages(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:
    import altair as alt

    size, unit = _scale(rows, currency)
    several = len({(row["period_start"], row["period_end"]) for row in rows}) > 1
    data = [{"series": _whose({**row, "dataset": ""}) + (f", {Period(row['period_start'], row['period_end'])}" if several else ""),
             "x": row["released_on"].isoformat(), "v": float(row["value"]) / size, "said": f"{float(row['value']) / size:,.2f}"}
            for row in rows if row["released_on"]]
    if not data:
        raise UsageError("no release of these versions has a day to draw them by: -o FILE.csv holds them")
    names = list(dict.fromkeys(row["series"] for row in data))
    of = "the axis does not begin at zero"
    base = room.chart(data).encode(
        x=alt.X("x:T", title="released", axis=alt.Axis(format="%-d %b %Y", labelOverlap=True, labelSeparation=20, grid=False,
                                                     tickCount=5 if room.width > NARROW else 3),
                scale=alt.Scale(type="utc", nice=True)),
        y=alt.Y("v:Q", title=of if room.told else f"{unit} ({of})", scale=alt.Scale(zero=False, padding=24),
                axis=_upright()), **_told_apart(names, [room.hues.hue(rows[0], 0)] if len(names) == 1 else ()))
    return alt.layer(base.mark_line(interpolate="step-after", strokeWidth=2), base.mark_point(filled=True, size=60, opacity=1),
                     base.mark_text(dx=7, dy=-9, align="left").encode(text="said:N", color=alt.value(INK))).properties(
                         width=room.width - AXIS, height=_height(room.width))


def _accounts(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:
    """Two accounts of the same goods over periods, what lies between them shaded where both are held."""
    import altair as alt

    lines = _lines(rows, currency, sides, room)
    series = [(months, points) for _, months, points, _ in _series(rows)]
    if len(series) != 2 or series[0][0] != series[1][0]:
        return lines
    (months, one), (_, other) = series
    size, _ = _scale(rows, currency)
    both = {day: (float(one[day]) / size, float(other[day]) / size) for day in one if day in other}
    if len(both) < 2:
        return lines
    gap = room.chart([{"x": day.isoformat(), "low": min(pair) if pair else None, "high": max(pair) if pair else None}
                      for day, pair in _with_gaps(both, months)]).encode(x="x:T", y=alt.Y("low:Q", title=""), y2="high:Q")
    return alt.layer(gap.mark_area(color=QUIET, opacity=0.14), lines).properties(width=room.width - AXIS, height=_height(room.width))


def _growth(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:
    """Growth in per cent over periods, about a line at zero."""
    return _lines([{**row, "value": row["growth_pct"]} for row in rows if row.get("growth_pct") is not None], "", sides, room,
                  unit="per cent on a year before")


def _share_of(row: dict[str, Any]) -> str:
    return f"per cent of {row['reporter_name']}'s {FLOWS.get(row['flow'], row['flow'])}"


def _shares(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:
    """A partner's share over the years with its place at each point; the level where no share is known."""
    import altair as alt

    shares = any(row.get("share_pct") is not None for row in rows)
    size, unit = _scale(rows, rows[0]["currency"])
    if shares:
        size, unit = 1.0, _share_of(rows[0])
    data = []
    for row in rows:
        low, high, level = row["rank_lowest"], row["rank_highest"], row["share_pct"] if shares else row["value"]
        if level is not None:
            data.append({"series": row["partner_name"], "x": row["period_start"].isoformat(), "v": float(level) / size,
                         "said": f"no. {low}" if low == high else f"no. {low}–{high}" if high < 1000 else f"no. {low} or lower"})
    names = list(dict.fromkeys(row["series"] for row in data))
    days = sorted({row["x"] for row in data})
    colour, dash = _told_apart(names), alt.StrokeDash("series:N", sort=names, scale=alt.Scale(
        domain=names, range=[DASHES[n % len(DASHES)] for n in range(len(names))]), **_legend(names, plain=True))
    shape = alt.Shape("series:N", scale=alt.Scale(domain=names, range=[MARKS[n % len(MARKS)] for n in range(len(names))]), sort=names,
                      **_legend(names))
    base = room.chart(data).encode(
        x=alt.X("x:T", title=None, axis=alt.Axis(format="%Y", grid=False, labelOverlap=True, values=[
            alt.DateTime(year=int(day[:4]), month=1, date=1, utc=True) for day in days] if len(days) <= 14 else alt.Undefined),
            scale=alt.Scale(type="utc", padding=24)),
        y=alt.Y("v:Q", title=room.unit(unit), axis=_upright(), scale=alt.Scale(zero=True)), **colour)
    layers = [base.mark_line(strokeWidth=2).encode(strokeDash=dash), base.mark_point(filled=True, size=46, opacity=1).encode(shape=shape)]
    if len(names) == 1:
        layers.append(base.mark_text(dy=-12).encode(text="said:N", color=alt.value(INK)))
    return alt.layer(*layers).properties(width=room.width - AXIS, height=_height(room.width))


def _products(rows: list[dict[str, Any]], currency: str, sides: list[str], room: _Room) -> alt.LayerChart | alt.FacetChart:
    """Products in order, by code and name."""

    size, unit = _scale(rows, currency)
    most = _limit(room.width) // 7
    data = [{"label": f"{row['product']}  {row.get('product_name') or ''}".strip(), "series": row["reporter_name"],
             "v": float(row["value"]) / size} for row in rows]
    data = [{**row, "label": row["label"] if len(row["label"]) <= most + 4 else f"{row['label'][:most + 3]}…"} for row in data]
    hues = {row["reporter_name"]: room.hues.hue(row, n) for n, row in enumerate(rows)}
    return _barred(data, unit, room, hues, legend=len(hues) > 1)


_MAKE = {"bars": _bars, "lines": _lines, "accounts": _accounts, "growth": _growth, "places": _places, "shares": _shares,
         "products": _products, "vintages": _vintages}
