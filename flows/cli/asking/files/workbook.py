"""A workbook: a sheet of rows whose numbers are numbers, and one of their sources."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from warehouse.schema.errors import UsageError

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

SHEET_ROWS = 1_048_575
"""Below the header; Excel has no more."""
CELL = 32_767
"""Characters of a cell; Excel takes no more."""
RELEASE = re.compile(r"(?:old_|new_)?(?:released_(?:at|first)|realtime_(?:start|end)|embargo_until|scheduled_at)")
"""Columns with a moment of a publisher's."""
DECIMALS = 6
"""Shown at most; the cell has all."""
YEAR = re.compile(r"(?:.*_)?(?:year|jahr)s?|(?:.*_)?(?:id|no|code|number)", re.IGNORECASE)
"""Columns whose numbers are names: without separators of thousands."""

RATIO = re.compile(r"ratio(?:_.*)?|.*_ratio")
"""Columns of ratios: with all their decimals, also where the one that is there ends in noughts."""
CONVERTED = re.compile(r"compared_value")
"""Amounts at a rate, whose parts of a unit say nothing; the cell has them."""
STORED = 3
"""Decimals of an amount that is stored; one with more is implied by others."""


def check_rows(count: int) -> None:
    """Raises UsageError for more rows than a sheet has."""
    if count > SHEET_ROWS:
        raise UsageError(f"a sheet holds {SHEET_ROWS:,} rows and there are more: -o FILE.csv or .parquet takes them all")


def write(part: Path, names: Sequence[str], rows: Sequence[Sequence[Any]], zones: dict[str, str],
          sources: Iterable[Sequence[str]]) -> None:
    """``zones`` gives of each dataset its publisher's zone: a sheet has none, and midnight in Beijing would be the day before."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(part), {"remove_timezone": True, "default_date_format": "yyyy-mm-dd"}) as book:
        bold, moment, clock, wrapped = (book.add_format(kind) for kind in (
            {"bold": True}, {"num_format": "yyyy-mm-dd hh:mm:ss"}, {"num_format": "hh:mm:ss"}, {"text_wrap": True, "valign": "top"}))
        sheet = book.add_worksheet("data")
        for column, name in enumerate(names):
            sheet.write_string(0, column, name, bold)
        made: dict[str, Any] = {}
        numbers, kinds = [], []
        for column, name in enumerate(names):
            kind = number_format(name, (row[column] for row in rows))
            kinds.append(kind)
            numbers.append(made.setdefault(kind, book.add_format({"num_format": kind})))
        at = names.index("dataset") if "dataset" in names else None
        for number, row in enumerate(rows, 1):
            zone = zones.get(row[at]) if at is not None else None
            for column, cell in enumerate(row):
                _cell(sheet, number, column, _at_home(names[column], cell, zone), {datetime: moment, time: clock}, numbers[column])
        sheet.freeze_panes(1, 0)
        sheet.autofit()
        for column, name in enumerate(names):  # what is fitted are bare digits: a narrower column would show ######
            if longest := max((_shown_in(row[column], kinds[column]) for row in rows), default=0):
                sheet.set_column(column, column, max(longest, len(name)) + 2)
        about = book.add_worksheet("sources")
        for number, line in enumerate(sources):
            for column, text in enumerate(line):
                about.write_string(number, column, text[:CELL], wrapped)
        about.set_column(0, 1, 26)
        about.set_column(2, 12, 34)


def number_format(name: str, cells: Iterable[Any]) -> str:
    """The format of a column's numbers: thousands apart, never an exponent, as many decimals as the column needs."""
    if YEAR.fullmatch(name):
        return "0"
    if RATIO.fullmatch(name):
        return "0.0000"
    most = 0
    for cell in cells:
        if isinstance(cell, (float, Decimal)) and math.isfinite(cell):
            most = max(most, len(f"{round(Decimal(str(cell)), DECIMALS).normalize():f}".partition(".")[2]))
    if CONVERTED.fullmatch(name) or (name == "value" and most > STORED):
        most = 0
    return "#,##0" + ("." + "0" * most if most else "")


def _shown_in(cell: Any, kind: str) -> int:
    """Characters that a number or a time takes in its format; 0 of a text, which may run on."""
    if isinstance(cell, datetime):
        return 19
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool) and math.isfinite(cell):
        return len(f"{cell:{',' if ',' in kind else ''}.{len(kind.partition('.')[2])}f}")
    return 0


def _at_home(name: str, cell: Any, zone: str | None) -> Any:
    """A release in its publisher's zone."""
    return cell.astimezone(ZoneInfo(zone)) if zone and isinstance(cell, datetime) and cell.tzinfo and RELEASE.fullmatch(name) else cell


def _cell(sheet: Worksheet, row: int, column: int, cell: Any, formats: dict[type, Any], number: Any) -> None:
    """Numbers as numbers, times as times, all else as text and never as a formula or a link. Empty where null."""
    if cell is None:
        return
    if isinstance(cell, bool):
        sheet.write_boolean(row, column, cell)
    elif isinstance(cell, (int, float, Decimal)) and math.isfinite(cell):
        sheet.write_number(row, column, float(cell), number)
    elif isinstance(cell, (date, time)) and (not isinstance(cell, date) or cell.year >= 1900):
        naive = cell.replace(tzinfo=None) if isinstance(cell, (datetime, time)) else cell
        sheet.write_datetime(row, column, naive, formats.get(type(cell)))
    else:
        text = str(cell)
        sheet.write_string(row, column, text if len(text) <= CELL else text[:CELL - 1] + "…")
