"""Lines of the by-country table as a batch of ``stats.trade``: partners, periods, values, and what is set aside.

Pure. A number that cannot be understood never becomes a row and never disappears: it is rejected with its cell, rule
and printed text. Where too much is wrong at once the whole table is refused by name.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from connectors.formats.rows import Once, typed
from connectors.statistics.gacc.publisher import LABELS
from connectors.statistics.gacc.tables import (
    FLOWS,
    Column,
    Header,
    Line,
    Number,
    is_blank,
    is_torn,
    number_of,
    partner_label,
    subsets,
)
from connectors.statistics.gacc.titles import BULLETIN, Flow, Months, Span, Unit
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Check, Rejected

if TYPE_CHECKING:
    import polars as pl

VALUATION = {"total": "CIF+FOB", "export": "FOB", "import": "CIF"}
ROUNDING = Decimal("1.5")
"""Units of the last digit by which exports + imports may miss the printed total: three roundings of half a unit. On the
page of March 2026, 13 of 30 rows miss it by one unit."""
WRONG = Decimal(3)
"""Units of the last digit from which a sum is no rounding any more, and its row is set aside."""
MOST_WRONG = 0.20
"""A larger share of wrong sums means that the columns are not what the header says."""
VALUE_LIMIT = Decimal(10) ** 17
"""Values that the contract's column cannot hold: a thousand times the trade of the world."""
GROWTH_LIMIT = Decimal(10) ** 7
"""Growth that the contract's column cannot hold. Not made up: imports from Chad in January 2024 are printed with
+23,244,451.6 %."""


REPORTER = "CHN"
MEMBERS = "members="
"""The mark of a group whose members the page's own note names otherwise than ``area_groups.csv`` by date."""
DERIVED = "derived="
"""The mark of a figure that the page does not show (MODEL: never counted as published)."""


@dataclass(frozen=True)
class Figure:
    """One row of ``stats.trade`` to be, still beside its printed number."""

    line: Line
    column: Column
    partner: str
    flow: Flow
    start: date
    end: date
    number: Number
    growth: Decimal | None = None
    flags: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, Flow, date, date]:
        return self.partner, self.flow, self.start, self.end

    @property
    def derived(self) -> bool:
        return any(flag.startswith(DERIVED) for flag in self.flags)

    @property
    def locator(self) -> str:
        return self.line.place(self.column)


@dataclass(frozen=True)
class Table:
    """A by-country table whose title, unit and header agree."""

    dataset: str
    months: Months
    unit: Unit
    header: Header
    lines: tuple[Line, ...]
    european_union: str | None
    """The area that the page's own note means by European Union, where it says so."""
    composition: Mapping[str, tuple[str, ...]]
    """Groups and their members by the page's own notes."""
    whole: bool = True
    """False for a reconstructed document, which holds the rows of which a source tells."""


@dataclass(frozen=True)
class Reading:
    """What a table gave."""

    frame: pl.DataFrame
    rejected: tuple[Rejected, ...]
    not_read: tuple[dict[str, str], ...]
    """The partners of what is set aside: of them nothing is complete. An empty one, where nobody knows whose a row is."""
    checks: tuple[Check, ...]


def read(table: Table) -> Reading:
    """The rows of a table. Raises SchemaDrift where its numbers contradict its header, Incomplete where it has none but nil."""
    unnamed = [line for line in table.lines if not line.label]
    if len(unnamed) > MOST_WRONG * len(table.lines):
        raise SchemaDrift(f"{len(unnamed)} of {len(table.lines)} rows have numbers and no label, first row "
                          f"{unnamed[0].at + 1}: rows of values and of growth in turn are another table's layout")
    rejected: list[Rejected] = []
    figures: list[Figure] = []
    partners: dict[str, str | None] = {}
    for line in table.lines:
        partner = partners[line.place()] = _partner(table, line)
        if partner is None or not line.fits(table.header):
            rejected.append(_set_aside(line, known=partner is not None))
            continue
        figures += _figures(table, line, partner, rejected)
    usual = Counter(figure.number.decimals for figure in figures if not figure.number.nil).most_common(1)
    decimals = usual[0][0] if usual else 0
    figures, sums = _sums(figures, decimals, rejected)
    figures = _composed(table, _once(figures, rejected))
    _counted(table, figures)
    checks = [sums, *_spans(figures, decimals), *_groups(table, figures, decimals)]
    return Reading(_frame(table, figures, decimals), tuple(rejected), _not_read(table, partners, rejected), tuple(checks))


def _counted(table: Table, figures: Sequence[Figure]) -> None:
    """Raise Incomplete where a whole table has columns in which nothing is counted: a form that waits for its figures, not nil."""
    for span in table.header.spans if table.whole else ():
        printed = [figure for figure in figures if figure.column.span == span]
        if printed and not any(figure.number.value for figure in printed):
            raise Incomplete(f"every figure of {printed[0].start} to {printed[0].end} is nil: the table is not out yet")


def _not_read(table: Table, partners: Mapping[str, str | None], rejected: Iterable[Rejected]) -> tuple[dict[str, str], ...]:
    """The partners that a row or cell set aside may be of: its own, or all that an unknown label is spelt like."""
    found: list[dict[str, str]] = []
    for one in rejected:
        line = next(line for line in table.lines if one.locator.startswith(line.place()))
        partner = partners[line.place()]
        if partner is not None:
            found.append({"partner": partner})
        elif not line.label:
            found.append({})
        else:
            found += [{"partner": area} for area in LABELS.spelt_like(partner_label(line.label))]
    return tuple(dict(one) for one in dict.fromkeys(tuple(one.items()) for one in found))


def _partner(table: Table, line: Line) -> str | None:
    label = partner_label(line.label)
    found = LABELS.area_of(label, table.months.end) or areas.named(label, table.months.end)
    if found in ("EU27_2020", "EU28") and table.european_union:
        return table.european_union
    return found


def _set_aside(line: Line, *, known: bool) -> Rejected:
    """A row that gives nothing, whole."""
    raw = "\t".join(line.cells)
    if not line.label:
        return Rejected(line.place(), "no_label", "numbers without a partner", raw)
    if known:
        return Rejected(line.place(), "columns", f"{len(line.cells)} cells are not the header's columns", raw)
    said = f"no area is known as {line.label!r}: add it to areas.csv"
    return Rejected(line.place(), "unknown_partner", said, raw)


def _figures(table: Table, line: Line, partner: str, rejected: list[Rejected]) -> list[Figure]:
    found = []
    for column in table.header.values:
        cell = line.cell(column)
        if column.span is None or is_blank(cell):
            continue
        number = number_of(cell)
        if number is None and is_torn(cell) and (derived := _derived(table, line, partner, column)):
            found.append(_grown(table.header, derived, rejected) if _carries_growth(table.header, column) else derived)
            continue
        if number is None or not 0 <= number.value * table.unit.multiplier < VALUE_LIMIT:
            rule = "out_of_range" if number else "not_a_number"
            rejected.append(Rejected(line.place(column), rule, f"{cell.strip()!r} is no value of trade", cell))
            continue
        made = Figure(line, column, partner, column.flow, table.months.start(column.span), table.months.end, number,
                      flags=("printed=-",) if number.nil else ())
        found.append(_grown(table.header, made, rejected) if _carries_growth(table.header, column) else made)
    return found


def _derived(table: Table, line: Line, partner: str, column: Column) -> Figure | None:
    """A figure that the table could not show, from the two beside it: exports + imports = total. None where one of them is
    missing too, or they contradict each other.
    """
    beside = {other.flow: number_of(line.cell(other)) for other in table.header.values
              if other.span == column.span and other.flow != column.flow}
    parts = {flow: number for flow, number in beside.items() if number is not None}
    if column.span is None or len(parts) != len(FLOWS) - 1:
        return None
    if column.flow == "total":
        value, how = parts["export"].value + parts["import"].value, "export+import"
    else:
        other: Flow = "import" if column.flow == "export" else "export"
        value, how = parts["total"].value - parts[other].value, f"total-{other}"
    decimals = max(number.decimals for number in parts.values())
    if value < 0 or value * table.unit.multiplier >= VALUE_LIMIT:
        return None
    return Figure(line, column, partner, column.flow, table.months.start(column.span), table.months.end, Number(value, decimals),
                  flags=(f"{DERIVED}{how}",))


def _carries_growth(header: Header, column: Column) -> bool:
    """GACC prints growth of the year to date only; January alone is its own year to date."""
    return column.span == "ytd" or (header.month == 1 and "ytd" not in header.spans)


def _grown(header: Header, figure: Figure, rejected: list[Rejected]) -> Figure:
    for column in header.growth:
        cell = figure.line.cell(column)
        if column.flow != figure.flow or is_blank(cell):
            continue
        number = number_of(cell)
        if number is None:
            rejected.append(Rejected(figure.line.place(column), "not_a_number", f"{cell.strip()!r} is no growth", cell))
        elif abs(number.value) >= GROWTH_LIMIT:
            return replace(figure, flags=(*figure.flags, f"yoy={number.value}"))
        elif not number.nil:
            return replace(figure, growth=number.value)
    return figure


def _last_digit(figures: Sequence[Figure], decimals: int) -> Decimal:
    """What one unit of the last printed digit is. Zeros that all figures end with are not printed digits but a slip of
    units: such a page adds up as coarsely as the page it was made of, and is for the gate on scale to hold."""
    digit = Decimal(1).scaleb(-decimals)
    values = [figure.number.value for figure in figures if figure.number.value]
    while values and all(value % (digit * 10) == 0 for value in values):
        digit *= 10
    return digit


def _sums(figures: Sequence[Figure], decimals: int, rejected: list[Rejected]) -> tuple[list[Figure], Check]:
    """Hold exports + imports against the printed total; the figures of a sum that is wrong are set aside together,
    since nobody can say which of them it is."""
    digit = _last_digit(figures, decimals)
    sums: dict[tuple[int, Span | None], dict[Flow, Figure]] = defaultdict(dict)
    unshown = {(figure.line.at, figure.column.span) for figure in figures if figure.derived}
    for figure in figures:
        if (figure.line.at, figure.column.span) not in unshown:
            sums[figure.line.at, figure.column.span][figure.flow] = figure
    told = {place: (flows["export"].number.value + flows["import"].number.value - flows["total"].number.value) / digit
            for place, flows in sums.items() if len(flows) == len(FLOWS)}
    if 2 * len(told) < len(sums):
        raise SchemaDrift(f"only {len(told)} of {len(sums)} rows print total, exports and imports together: "
                          "nothing holds the columns against their header")
    wrong = {place for place, off in told.items() if abs(off) > WRONG}
    if len(wrong) > MOST_WRONG * len(told):
        at = sums[min(wrong, key=lambda place: place[0])]
        raise SchemaDrift(f"exports and imports are not the total in {len(wrong)} of {len(told)} sums, first "
                          f"{at['total'].line.place()}: the columns are not the ones their header names")
    for place in sorted(wrong, key=lambda place: (place[0], str(place[1]))):
        flows = sums[place]
        printed = " + ".join(flows[flow].line.cell(flows[flow].column).strip() for flow in ("export", "import"))
        total = flows["total"]
        rejected += [Rejected(figure.locator, "identity", f"{printed} is not {total.number.value}",
                              figure.line.cell(figure.column)) for figure in flows.values()]
    off = sum(1 for difference in told.values() if difference)
    large = sum(1 for difference in told.values() if abs(difference) > ROUNDING)
    check = Check("exports_and_imports", "warn" if large else "info",
                  observed=f"{off} of {len(told)} sums off the printed total, {large} by more than rounding allows",
                  expected=f"at most {ROUNDING} units of the last digit",
                  said="exports and imports as printed against the total as printed")
    return [figure for figure in figures if (figure.line.at, figure.column.span) not in wrong], check


def _composed(table: Table, figures: Sequence[Figure]) -> list[Figure]:
    """The figures, those of a group marked with its members where the page's own note counts others than belonged to it by date."""
    marks: dict[str, str] = {}
    for name, members in table.composition.items():
        group = LABELS.area_of(name, table.months.end)
        known = [LABELS.area_of(member, table.months.end) or areas.named(member, table.months.end)
                 for member in members]
        if group is None or areas.kind_of(group) != "group" or None in known:
            continue  # a note that is not understood says nothing
        said = {str(area) for area in known} - {REPORTER}
        if (by_date := set(areas.members(group, table.months.end)) - {REPORTER}) and said != by_date:
            marks[group] = f"{MEMBERS}{','.join(sorted(said))}"
    return [replace(figure, flags=(*figure.flags, marks[figure.partner])) if figure.partner in marks else figure for figure in figures]


def _once(figures: Sequence[Figure], rejected: list[Rejected]) -> list[Figure]:
    """One figure for each key: January and January-to-January are one when equal, set aside when not."""
    once: Once[tuple[str, Flow, date, date], Figure] = Once(_merged)
    for figure in figures:
        once.take(figure.key, figure)
    for same in once.doubled:
        said = " and ".join(f"{figure.line.cell(figure.column).strip()} at {figure.locator}" for figure in same)
        rejected += [Rejected(figure.locator, "duplicate_key", f"the page prints one figure twice: {said}",
                              figure.line.cell(figure.column)) for figure in same]
    return list(once.kept.values())


def _merged(held: Figure, figure: Figure) -> Figure | None:
    """Growth stands beside the year to date alone, so one of two may have it."""
    if held.number.value != figure.number.value or (None not in (held.growth, figure.growth) and held.growth != figure.growth):
        return None
    growth = figure.growth if held.growth is None else held.growth
    return replace(held, growth=growth, flags=tuple(dict.fromkeys((*held.flags, *figure.flags))))


def _spans(figures: Iterable[Figure], decimals: int) -> list[Check]:
    """A month is not more than the year to date that holds it. Raises SchemaDrift where most are: swapped columns."""
    by_span: dict[tuple[str, Flow], dict[Span | None, Decimal]] = defaultdict(dict)
    for figure in figures:
        by_span[figure.partner, figure.flow][figure.column.span] = figure.number.value
    both = [spans for spans in by_span.values() if len(spans) == 2]
    more = sum(1 for spans in both if spans["month"] > spans["ytd"] + Decimal(1).scaleb(-decimals))
    if more > MOST_WRONG * len(both):
        raise SchemaDrift(f"the month is more than the year to date in {more} of {len(both)} figures: "
                          "the columns are not the ones their header names")
    return [Check("month_within_year", "warn" if more else "info", observed=f"{more} of {len(both)} months above",
                  expected="a month at most the year to date", said="months against the year to date beside them")
            ] if both else []


def _groups(table: Table, figures: Iterable[Figure], decimals: int) -> list[Check]:
    """Parts against their whole, once for the table: the bulletin's partners add up to its total, the members that the
    preliminary page lists below a group stay under it."""
    held: dict[tuple[int, Flow, Span | None], Decimal] = {}
    partners: dict[int, str] = {}
    for figure in figures:
        held[figure.line.at, figure.flow, figure.column.span] = figure.number.value
        partners[figure.line.at] = figure.partner
    cells = sorted({(flow, span) for _, flow, span in held}, key=str)
    digit = Decimal(1).scaleb(-decimals)
    if table.dataset == BULLETIN:
        parts = [at for at, partner in partners.items() if areas.kind_of(partner) in ("country", "unspecified")]
        return _whole("partners_add_up", "all partners against the printed total", held, cells, digit,
                      {at: parts for at, partner in partners.items() if partner == "WLD"}, equal=table.whole)
    listed = {table.lines[index].at: [line.at for line in members] for index, members in subsets(table.lines).items()}
    return _whole("members_within_group", "members listed below a group against the group", held, cells, digit,
                  listed, equal=False)


def _whole(check: str, said: str, held: Mapping[tuple[int, Flow, Span | None], Decimal],
           cells: Sequence[tuple[Flow, Span | None]], digit: Decimal, parts: Mapping[int, Sequence[int]], *,
           equal: bool) -> list[Check]:
    wrong: list[str] = []
    seen = 0
    for whole, members in parts.items():
        for flow, span in cells:
            if (whole, flow, span) not in held:
                continue
            seen += 1
            summed = sum((held.get((at, flow, span), Decimal(0)) for at in members), Decimal(0))
            over = summed - held[whole, flow, span]
            allowed = digit * (len(members) + 1) / 2
            if over > allowed or (equal and -over > allowed):
                wrong.append(f"row {whole + 1} {flow} {span}: parts {summed}, whole {held[whole, flow, span]}")
    return [Check(check, "warn" if wrong else "info", observed="; ".join(wrong[:6]) or f"{seen} of {seen} hold",
                  expected="parts equal to the whole within rounding" if equal else "parts at most the whole",
                  said=said)] if seen else []


def _frame(table: Table, figures: Sequence[Figure], decimals: int) -> pl.DataFrame:
    multiplier = Decimal(table.unit.multiplier)
    # Thousandths of a currency unit are what the column holds; no table of GACC prints more.
    most = 3 + len(str(table.unit.multiplier)) - 1
    return typed("stats.trade", {
        "partner": [figure.partner for figure in figures],
        "partner_kind": ["self" if figure.partner == "CHN" else areas.kind_of(figure.partner) for figure in figures],
        "flow": [figure.flow for figure in figures],
        "valuation": [VALUATION[figure.flow] for figure in figures],
        "period_start": [figure.start for figure in figures],
        "period_end": [figure.end for figure in figures],
        "value": [(figure.number.value * multiplier).quantize(Decimal("0.001")) for figure in figures],
        "decimals": [min(most, max(decimals, figure.number.decimals)) for figure in figures],
        "flags": [";".join(figure.flags) for figure in figures],
        "published_yoy_pct": [None if figure.growth is None else figure.growth.quantize(Decimal("0.01"))
                              for figure in figures],
        "locator": [figure.locator for figure in figures],
    })
