"""Lists of product codes as Comtrade's API gives them, and the UN's workbooks that put codes of one classification into another. Pure.

A list (``H6.json``, ``S4.json``, ``HS.json``) is ``{"classCode": …, "results": [{"id", "text", "parent", …}]}``, at times with a byte order
mark, and with ``aggrLevel`` or ``aggrlevel``. A workbook has a sheet of conversions (each code and the one it is put under) and one of
correlations (each pair that shares goods); docs/publishers/comtrade.md has what was seen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from connectors.formats import json_records
from connectors.formats.grids import Grid, cell_at, place
from connectors.formats.rows import Rows
from connectors.formats.workbooks import opened, read_workbook
from connectors.statistics.comtrade.rows import EDITIONS
from warehouse.schema.errors import Incomplete, NotReadable, PublisherError, SchemaDrift
from warehouse.schema.sink import Sink
from warehouse.schema.travel import Document, Rejected

PRODUCTS = "comtrade.products"
CONVERSIONS = "comtrade.conversions"
CLASSES = {**EDITIONS, "HS": "HS", "B4": "BEC4", "B5": "BEC5"}
"""``classCode`` of a list → classification; ``HS`` is the list of all editions together, with the newest wording of each code."""
AT = ("results",)
KEY = ("id",)
_CODE = re.compile(r"[0-9][0-9A-Z]{0,7}", re.ASCII)
_CLASS = re.compile(rb'"classCode"\s*:\s*"([^"]{0,20})"')
_FROM = re.compile(r"(?P<system>HS|SITC|BEC)[ .]*(?:Rev\.? ?|Revision )?(?P<edition>[0-9]{1,4})", re.ASCII | re.IGNORECASE)
_YEARS = frozenset(name.removeprefix("HS") for name in EDITIONS.values() if name.startswith("HS"))
HEADER = 5
"""Rows among which a sheet names its columns."""
XLSX = b"PK\x03\x04"


def is_list(head: bytes) -> bool:
    """Whether a file is a list of product codes that has a name here."""
    found = _CLASS.search(head[:4096])
    return found is not None and b'"results"' in head[:4096] and found[1].decode("utf-8", "replace") in CLASSES


def is_workbook(head: bytes) -> bool:
    """Whether a file is a workbook of conversions."""
    if not head.startswith(XLSX):
        return False
    try:
        with opened(head) as book:
            tops = [Grid(number, tuple(islice(book.rows(sheet), HEADER))) for number, sheet in enumerate(book.sheets, 1)]
        return next(_sheets(tops), None) is not None
    except PublisherError:
        return False


def read_list(document: Document, out: Sink) -> None:
    """One batch of ``ref.product``, complete for its classification. Raises SchemaDrift, Incomplete, NotReadable."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    records = json_records.Records(document.content, AT, dataset=document.dataset, url=document.fetch.url)
    said = str(records.beside.get("classCode", ""))
    if said not in CLASSES:
        raise NotReadable(f"a list of {said[:40]!r}, which is no list of goods that is known", **where)
    records.needs("id", "text", "parent")
    classification = CLASSES[said]
    rows = Rows("ref.product", doubled="the list has this code twice, with other words")
    totals = 0
    for record in records:
        cells = record.cells
        code, text = cells.get("id", "").strip(), " ".join(cells.get("text", "").split())
        locator = json_records.cell_locator(record, KEY, "text")
        level = cells.get("aggrLevel", cells.get("aggrlevel", "")).strip()
        if code == "TOTAL":
            totals += 1
            continue
        name = text.removeprefix(code).lstrip(" -–") if text.startswith(code) else text
        parent = cells.get("parent", "").strip()
        why = ("no code" if not _CODE.fullmatch(code) else "no name" if not name else "no level" if not _digit(level) else
               "" if parent == "TOTAL" or _CODE.fullmatch(parent) else "no parent")
        if why:
            rows.unread.add(Rejected(locator, "record", f"{why} in {', '.join(cells.values())[:100]}", ", ".join(cells.values())[:500]))
            continue
        rows.add(text, classification=classification, product=code, name=name, parent=parent, level=int(level), locator=locator)
    if not len(rows):
        raise Incomplete(f"the list of {said} has no code", **where)
    with out.batch(PRODUCTS, classification, {"dataset": PRODUCTS}) as batch:
        batch.rows(rows.frame())
        batch.reject(*rows.unread.rejected)
        batch.scope, batch.not_read = {"classification": (classification,)}, [*rows.unread.not_read]
        batch.checks += rows.unread.checks()
        if totals:
            batch.not_asked["all goods together"] = totals


def read_conversions(document: Document, out: Sink) -> None:
    """One batch of ``ref.product_map`` for each pair of classifications, complete for it. A code's conversion has the weight 1; of a
    correlation it is only said that goods are shared. Raises SchemaDrift, Incomplete, NotReadable."""
    where = {"dataset": document.dataset, "url": document.fetch.url}
    pairs: dict[tuple[str, str], Rows] = {}
    sheets = sorted(_sheets(read_workbook(document.content)), key=lambda sheet: sheet.basis == "correlation")  # conversions first
    if not sheets:
        raise SchemaDrift("no sheet of conversions or correlations: its columns would be called From HS 2022 and To SITC Rev. 4", **where)
    for sheet in sheets:
        rows = pairs.setdefault((sheet.source, sheet.target), Rows("ref.product_map", doubled="the sheet says two things of these codes"))
        known = {(row["from_product"], row["to_product"]) for row in rows.kept()}
        for number, cells in enumerate(sheet.grid.rows[sheet.header:], sheet.header + 1):
            if not any(cells):
                continue
            source, target = (cells[at].strip().replace(".", "") if at < len(cells) else "" for at in (0, 1))
            locator = place(sheet.grid.number, number, source[:40], 2, sheet.called[1])
            if not (_CODE.fullmatch(source) and _CODE.fullmatch(target)):
                rows.unread.add(Rejected(locator, "code", "no pair of codes", " | ".join(cells)[:500]))
            elif (source, target) not in known:
                rows.add(f"{source} {target}", from_classification=sheet.source, from_product=source, to_classification=sheet.target,
                         to_product=target, weight=1.0 if sheet.basis == "conversion" else None, basis=sheet.basis, locator=locator)
    for (source, target), rows in pairs.items():
        if not len(rows):
            raise Incomplete(f"no code of {source} is put under one of {target}", **where)
        _one_target(rows, where)
        with out.batch(CONVERSIONS, f"{source} to {target}", {"dataset": CONVERSIONS, "grp": ""}) as batch:
            batch.rows(rows.frame())
            batch.reject(*rows.unread.rejected)
            batch.scope = {"from_classification": (source,), "to_classification": (target,)}
            batch.not_read = [*rows.unread.not_read]
            batch.checks += rows.unread.checks()


def _one_target(rows: Rows, where: Mapping[str, str]) -> None:
    """A conversion puts a code under one other: two would count its figures twice."""
    seen: dict[object, object] = {}
    for row in rows.kept():
        if row["basis"] == "conversion" and seen.setdefault(row["from_product"], row["to_product"]) != row["to_product"]:
            raise SchemaDrift(f"{row['from_product']} is put under {seen[row['from_product']]} and {row['to_product']}", **where)


def cell(document: Document, locator: str) -> str:
    """The printed text of a locator's cell. Raises NotReadable where there is none."""
    if document.content.head.startswith(XLSX):
        return cell_at(read_workbook(document.content), locator)
    return json_records.cell_at(document.content, locator, AT, KEY)


@dataclass(frozen=True)
class _Sheet:
    grid: Grid
    header: int
    """Rows before the first pair."""
    basis: str
    source: str
    target: str
    called: tuple[str, str]


def _sheets(grids: Iterable[Grid]) -> Iterator[_Sheet]:
    """The sheets of a workbook that pair codes."""
    for grid in grids:
        for number, cells in enumerate(grid.rows[:HEADER], 1):
            called = tuple(cell.strip() for cell in cells[:3])
            if len(called) < 2:
                continue
            conversion = called[0].lower().startswith("from ") and called[1].lower().startswith("to ")
            correlation = len(called) == 3 and called[2].lower() == "relationship"
            source, target = (_classification(re.sub(r"(?i)^(from|to) ", "", name)) for name in called[:2])
            if (conversion or correlation) and source and target and source != target:
                yield _Sheet(grid, number, "conversion" if conversion else "correlation", source, target, (called[0], called[1]))
                break


def _classification(printed: str) -> str:
    """``HS 2022`` → HS2022, ``SITC Rev. 4`` → SITC4, ``BEC4`` → BEC4; empty for anything else."""
    found = _FROM.fullmatch(printed.strip())
    if found is None:
        return ""
    system, edition = found["system"].upper(), found["edition"]
    if system == "HS":
        year = edition if len(edition) == 4 else f"{'19' if edition > '50' else '20'}{edition:0>2}"
        return f"HS{year}" if year in _YEARS else ""
    return f"{system}{edition}" if len(edition) == 1 else ""


def _digit(text: str) -> bool:
    return len(text) == 1 and text.isascii() and text.isdigit()
