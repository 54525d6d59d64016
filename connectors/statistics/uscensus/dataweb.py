"""Saved queries of the USITC's DataWeb: quantities of a code by country, months side by side, the question beside the answer. Pure.

Only general imports by first unit of quantity were seen. The answer alone does not say of which goods it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.uscensus.publisher import PUBLISHER, area_of
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Batch, Document, Rejected

DATASET = "uscensus.dataweb"
MEASURE = "GEN_FIR_UNIT_QUANTITY"
INDICATOR = "general_imports_first_unit_of_quantity"
MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")
HEAD = ("Country", "Year", "Quantity Description")
_NUMBER = re.compile(r"[0-9]{1,3}(,[0-9]{3}){0,5}", re.ASCII)
_LOCATOR = re.compile(r"row ([0-9]{1,6}) \((.*)\), ([A-Z][a-z]{2,8})", re.ASCII | re.DOTALL)
_FIXED: Mapping[tuple[str, ...], object] = {
    ("reportOptions", "tradeType"): "GenImp", ("searchOptions", "componentSettings", "dataToReport"): [MEASURE],
    ("searchOptions", "componentSettings", "scale"): "1", ("searchOptions", "componentSettings", "yearsTimeline"): "Monthly",
    ("searchOptions", "commodities", "aggregation"): "Aggregate Commodities",
    ("searchOptions", "countries", "aggregation"): "Break Out Countries", ("unitConversion",): "0"}
"""What a question must say: other measures, scales, and goods or countries taken together were seen by nobody."""


def recognised(head: bytes) -> str | None:
    """By what stands beside each other. Raises NotReadable for an answer without its question."""
    start = head[:65_536]
    if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{" or not (b'"dataToReport"' in start or b'"column_groups"' in start):
        return None
    if b'"reportOptions"' not in start:
        raise NotReadable("an answer of DataWeb without its question, which says of which goods it is: save "
                          "{\"query\": …, \"response\": …}")
    return DATASET


def read(document: Document) -> Batch:
    """One batch, complete for nothing. Raises NotReadable for another measure or layout, Incomplete where rows are missing, SchemaDrift."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    query, table = _opened(document)
    codes = _at(query, ("searchOptions", "commodities", "commodities"))
    years = _at(query, ("searchOptions", "componentSettings", "years"))
    if not isinstance(codes, list) or len(codes) != 1 or not re.fullmatch(r"[0-9]{2,10}", str(codes[0]), re.ASCII):
        raise NotReadable(f"a query of DataWeb that is not of one code: {str(codes)[:100]}", **where)
    rows = _rows(table, where)
    if not rows or len(rows) != table.get("totalRowSize"):
        raise Incomplete(f"the answer has {len(rows)} rows and says that it has {table.get('totalRowSize')}", **where)
    figures, not_asked = Rows("stats.indicator"), Counter[str]()
    last = max((at for row in rows for at, entry in enumerate(row[3:]) if entry[0] not in ("0", "")), default=-1)
    for number, row in enumerate(rows, 1):
        name, year, unit = (entry[0] for entry in row[:3])
        place = f"row {number} ({name}, {year}, {unit})"
        raw = ", ".join(entry[0] for entry in row)[:500]
        if not isinstance(years, list) or year not in map(str, years) or not re.fullmatch(r"(19|20)[0-9]{2}", year, re.ASCII):
            raise SchemaDrift(f"{place} is of no year that was asked for", **where)
        partner = area_of("", name, date(int(year), 1, 1))
        if partner is None or partner == "WLD" or not unit:
            figures.unread.rejected.append(Rejected(place, "area", f"no area is known by {name[:40]!r}", raw))
            continue
        for at, (text, suppressed) in enumerate(row[3:]):
            if at > last:
                not_asked["not yet"] += 1
                continue
            first = date(int(year), at + 1, 1)
            if suppressed or not _NUMBER.fullmatch(text):
                figures.unread.add(Rejected(f"{place}, {MONTHS[at]}", "suppressed" if suppressed else "value",
                                            f"{text[:40]!r} is no quantity", raw), partner=partner, unit=unit, period_start=first)
                continue
            figures.add(raw, partner=partner, unit=unit, period_start=first, period_end=last_of_month(first),
                        value=Decimal(text.replace(",", "")), locator=f"{place}, {MONTHS[at]}")
    if not len(figures):
        raise SchemaDrift("not one quantity could be read", **where)
    return Batch(
        dataset=DATASET, name=f"{codes[0]} {', '.join(map(str, years))}", frames=(figures.frame("period_start", "partner", "unit"),),
        constants={"dataset": DATASET, "area": PUBLISHER.area, "product": str(codes[0]), "indicator": INDICATOR},
        not_read=tuple(figures.unread.not_read), not_asked=dict(not_asked), rejected=tuple(figures.unread.rejected),
        checks=tuple(figures.unread.checks()))


def read_cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where these bytes have none."""
    found = _LOCATOR.fullmatch(locator)
    if not found or found[3] not in MONTHS:
        raise NotReadable(f"a locator reads 'row 3 (China, 2025, grams), January', not {locator[:200]!r}")
    rows = _rows(_opened(document)[1], {"dataset": document.dataset, "url": document.fetch.url})
    at = int(found[1]) - 1
    if 0 <= at < len(rows) and ", ".join(entry[0] for entry in rows[at][:3]) == found[2]:
        return rows[at][3 + MONTHS.index(found[3])][0]
    raise NotReadable(f"these bytes have no cell at {locator[:200]!r}")


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _opened(document: Document) -> tuple[dict[str, Any], dict[str, Any]]:
    """The question and the one table of the answer. Raises NotReadable, SchemaDrift, Incomplete."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    try:
        told = msgspec.json.decode(document.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        if "truncated" in str(error):
            raise Incomplete("the answer breaks off", **where) from error
        raise SchemaDrift(f"not JSON: {error}", **where) from error
    query, report = _at(told, ("query",)), _at(told, ("response", "dto"))
    if not isinstance(query, dict) or not isinstance(report, dict):
        raise NotReadable("no question of DataWeb with its answer", **where)
    if report.get("errors") or report.get("needMoreTime"):
        raise Incomplete(f"DataWeb answers without the report: {str(report.get('errors') or 'it needs more time')[:200]}", **where)
    for path, value in _FIXED.items():
        if (said := _at(query, path)) != value:
            raise NotReadable(f"a query of DataWeb of a form that nobody has seen: {'.'.join(path)} is {str(said)[:60]!r}, not {value!r}",
                              **where)
    tables = report.get("tables")
    if not isinstance(tables, list) or len(tables) != 1 or not isinstance(tables[0], dict):
        raise NotReadable("an answer of DataWeb that has not one table", **where)
    if "In Actual Units of Quantity" not in str(tables[0].get("name")):
        raise SchemaDrift(f"the table is {str(tables[0].get('name'))[:100]!r}", **where)
    return query, tables[0]


def _rows(table: dict[str, Any], where: Mapping[str, str]) -> list[list[tuple[str, bool]]]:
    """Rows of text, each with whether it is suppressed. Raises SchemaDrift where columns or rows are others."""
    try:
        columns = [column["label"] for group in table["column_groups"] for column in group["columns"]]
        rows = [[(str(entry["value"]), bool(entry.get("suppressed"))) for entry in row["rowEntries"]]
                for group in table["row_groups"] for row in group["rowsNew"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise SchemaDrift(f"the table has another layout: {type(error).__name__} {error}", **where) from error
    if columns != [*HEAD, *MONTHS] or any(len(row) != len(columns) for row in rows):
        raise SchemaDrift(f"the table's columns are {', '.join(map(str, columns))[:200]}", **where)
    return rows
