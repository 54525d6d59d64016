"""``trade_sitc_1d.csv``: Malaysia's trade with the world by SITC section and month. Pure: bytes in, one batch out.

Of the real file three rows were seen, of August 2026: they are ringgit, where the metadata of 2026-08-23, from which section codes are,
say RM million. The size of the ``overall`` rows decides, and the check ``unit`` says how.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from connectors.formats.delimited import Delimited, Line, cell_locator, printed_number, raw_of, read_delimited, rounded
from connectors.formats.rows import Once, Unread, typed
from connectors.months import month_of
from connectors.statistics.dosm.rules import (
    LARGEST,
    LEAST_IN_RM,
    Identity,
    added_columns,
    asked_on,
    constants,
    identity_checks,
    newest,
    nothing_read,
    of_other_width,
    set_aside,
    to_come,
)
from warehouse.schema.errors import SchemaDrift
from warehouse.schema.travel import Batch, Check, Document, Rejected, Value

DATASET = "dosm.sitc"
KEY = ("date", "section")
FLOWS: Mapping[str, tuple[str, str]] = {"exports": ("export", "FOB"), "imports": ("import", "CIF")}
COLUMNS = (*KEY, *FLOWS)
SECTIONS = tuple("0123456789")
OVERALL = "overall"

MILLION = 1_000_000
_MOST_IN_MILLION = Decimal(10) ** 7
"""A month of Malaysia's exports was RM 25 x 10^9 in 2000 and RM 150 x 10^9 in 2026: over 10^9 (``LEAST_IN_RM``) in ringgit, under 10^7 in
millions of them, with room for a century of growth between."""

_Key = tuple[date, date, str, str]
"""First day, last day, section, column."""


def read_sitc(document: Document) -> list[Batch]:
    """One batch, complete for the whole dataset but for the figures of rows that had to be set aside.

    Raises SchemaDrift (another header, a unit that cannot be told, sections that do not add up) and Incomplete.
    """
    url = document.fetch.url
    table = read_delimited(document.body, needs=COLUMNS, dataset=DATASET, url=url)
    unread = Unread()
    for row, line in zip(of_other_width(table), table.ragged, strict=True):
        unread.add(row, **_month_of_torn(table, line))
    printed, blank = _printed(table, asked_on(document), unread)
    not_yet = _without_months_to_come(printed, asked_on(document))
    if not printed:
        raise nothing_read(unread.rejected, dataset=DATASET, url=url)
    multiplier, unit_check = _unit(printed, url)
    decimals = _decimals(printed, multiplier)
    values = {key: rounded(number * multiplier, 0) for key, (number, _) in printed.items()}
    checks = [unit_check, *added_columns(table, COLUMNS), *_sums(values, multiplier, decimals, url)]
    provisional = newest(2, (start for start, _, _, _ in values))
    order = sorted(values)
    frame = typed("stats.trade", {
        "flow": [FLOWS[column][0] for _, _, _, column in order],
        "valuation": [FLOWS[column][1] for _, _, _, column in order],
        "classification": ["-" if section == OVERALL else "SITC4-1" for _, _, section, _ in order],
        "product": ["TOTAL" if section == OVERALL else section for _, _, section, _ in order],
        "product_level": [0 if section == OVERALL else 1 for _, _, section, _ in order],
        "period_start": [start for start, _, _, _ in order],
        "period_end": [end for _, end, _, _ in order],
        "value": [values[key] for key in order],
        "status": ["P" if start in provisional else "A" for start, _, _, _ in order],
        "locator": [cell_locator(printed[key][1].number, (key[0].isoformat(), key[2]), key[3]) for key in order],
    })
    return [Batch(
        dataset=DATASET,
        name=f"{order[0][0]:%Y-%m} to {order[-1][0]:%Y-%m}",
        frames=(frame,),
        constants=constants(DATASET, unit_multiplier=multiplier, decimals=decimals),
        scope={},
        not_read=tuple(unread.not_read),
        not_asked={name: count for name, count in (("blank", blank), ("not yet", not_yet)) if count},
        rejected=tuple(unread.rejected),
        columns_seen=table.header,
        checks=(*checks, *unread.checks()),
    )]


def _without_months_to_come(printed: dict[_Key, tuple[Decimal, Line]], asked: date) -> int:
    """Take out the run of months at the end whose overall (or, without one, every section) is zero in one of the flows: they are
    not out yet. Returns how many figures that were."""
    flows: dict[tuple[date, str], list[tuple[bool, Decimal]]] = {}
    for (start, _, section, column), (number, _) in printed.items():
        flows.setdefault((start, column), []).append((section == OVERALL, number))

    def counted(month: date) -> bool:
        for column in FLOWS:
            figures = flows.get((month, column), [])
            overall = [number for whole, number in figures if whole] or [number for _, number in figures]
            if overall and not any(overall):
                return False
        return True

    none = to_come((start for start, _, _, _ in printed), asked, counted)
    gone = [key for key in printed if key[0] in none]
    for key in gone:
        del printed[key]
    return len(gone)


def _month_of_torn(table: Delimited, line: Line) -> dict[str, Value]:
    """The month of a line with cells too few or too many, where date and section stand in their places; else nothing is known of it."""
    cells = dict(zip(table.header, (cell.strip() for cell in line.cells), strict=False))
    period = month_of(cells.get("date", ""))
    return {"period_start": period[0]} if period and cells.get("section") in (*SECTIONS, OVERALL) else {}


def _printed(table: Delimited, asked: date, unread: Unread) -> tuple[dict[_Key, tuple[Decimal, Line]], int]:
    """Figures as printed with their lines, and how many cells were blank. Equal doubles are one, others set aside."""
    at_date, at_section = table.column("date"), table.column("section")
    printed: Once[_Key, tuple[Decimal, Line]] = Once(lambda held, row: held if held[0] == row[0] else None)
    blank = 0
    for line in table.lines:
        # The section is text: a file that some tool turned into numbers ("0.0") is unknown here, on purpose.
        section, day = line.cells[at_section].strip(), line.cells[at_date].strip()
        period = month_of(day)
        where = f"line {line.number} ({day[:40]}, {section[:40]})"
        if period is None:
            unread.add(Rejected(where, "date", f"'{day[:40]}' is not the first of a month", raw_of(line)))
            continue
        if period[0] > asked:
            unread.rejected.append(set_aside(line, where, period[0], asked))
            continue
        if section != OVERALL and section not in SECTIONS:
            said = f"'{section[:40]}' is neither 0 to 9 nor overall"
            unread.add(Rejected(where, "section", said, raw_of(line)), period_start=period[0])
            continue
        for column in FLOWS:
            text = line.cells[table.column(column)].strip()
            if not text:
                blank += 1
                continue
            number = printed_number(text)
            locator = cell_locator(line.number, (day, section), column)
            key = (*period, section, column)
            figure: dict[str, Value] = {"period_start": period[0], "flow": FLOWS[column][0],
                                        "product": "TOTAL" if section == OVERALL else section}
            if number is None or abs(number) >= LARGEST:
                unread.add(Rejected(locator, "number", f"'{text[:40]}' is not an amount", raw_of(line)), **figure)
            elif number < 0:
                unread.add(Rejected(locator, "negative", "neither flow can be negative", raw_of(line)), **figure)
            else:
                for (_, row), (_, other) in printed.take(key, (number, line)):
                    unread.add(Rejected(cell_locator(row.number, (day, section), column), "double",
                                        f"line {other.number} gives another figure", raw_of(row)), **figure)
    return printed.kept, blank


def _unit(printed: Mapping[_Key, tuple[Decimal, Line]], url: str) -> tuple[int, Check]:
    overall = [number for (_, _, section, _), (number, _) in printed.items() if section == OVERALL]
    if not overall:
        raise SchemaDrift("no overall row can be read, so the unit cannot be told", dataset=DATASET, url=url)
    least, most = min(overall), max(overall)
    if least > LEAST_IN_RM:
        multiplier, unit = 1, "RM"
    elif most < _MOST_IN_MILLION and least > 0:
        multiplier, unit = MILLION, "RM million"
    else:
        raise SchemaDrift(f"the months of overall lie between {least} and {most}, which is neither ringgit (over 10^9) "
                          "nor millions of them (under 10^7)", dataset=DATASET, url=url)
    if most * multiplier >= LARGEST:
        raise SchemaDrift(f"an overall month of {most} {unit} is larger than any trade", dataset=DATASET, url=url)
    return multiplier, Check(check="unit", level="info", observed=f"overall between {least} and {most}", expected=unit,
                             said=f"The unit is {unit}, by the size of the overall rows: the publisher's metadata and "
                                  "other readers of this file disagree.")


def _decimals(printed: Mapping[_Key, tuple[Decimal, Line]], multiplier: int) -> int:
    """Digits after the point that the file really prints: none in ringgit; in millions as many as any figure needs, six
    at most (the ringgit), so that the noise of floats does not count."""
    if multiplier == 1:
        return 0
    needed = (-int(rounded(number, 6).normalize().as_tuple().exponent) for number, _ in printed.values())
    return max(0, *needed)


def _sums(values: Mapping[_Key, Decimal], multiplier: int, decimals: int, url: str) -> list[Check]:
    """The ten sections add up to overall, in every month that holds them all; a month without some of them warns."""
    checks: list[Check] = []
    half_unit = Decimal(multiplier).scaleb(-decimals) / 2
    for column in FLOWS:
        by_section = {key[:3]: value for key, value in values.items() if key[3] == column}
        identity = Identity(f"sections 0 to 9 of {column} = overall", {**dict.fromkeys(SECTIONS, 1), OVERALL: -1})
        checks += identity_checks((identity,), by_section, tolerance=half_unit * 11, dataset=DATASET, url=url)
        held = Counter(start for start, _, _ in by_section)
        short = sorted(month for month, count in held.items() if count <= len(SECTIONS))
        if short:
            checks.append(Check(check="sections", level="warn", observed=f"{len(short)} months, first {short[0]:%Y-%m}",
                                expected="ten sections and overall", said=f"Months of {column} lack a section.",
                                subject=column))
    return checks
