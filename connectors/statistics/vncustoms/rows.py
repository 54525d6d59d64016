"""Printed rows of a table as rows of ``stats.trade``: partners, goods, periods, and sums that must hold. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from connectors.formats.rows import Rows
from connectors.months import last_of_month
from connectors.statistics.vncustoms.printed import Row, Table, plain
from connectors.statistics.vncustoms.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, SchemaDrift
from warehouse.schema.travel import Batch, Check, Rejected

REPORTER = "VNM"
CLASSIFICATIONS = {(flow, language): f"VN-{flow.upper()}S-{language.upper()}" for flow in ("export", "import") for language in ("en", "vi")}
"""The publisher's own list of main commodities, by flow and by the language of its labels, which are its codes."""
VALUATION = {"export": "FOB", "import": "CIF"}
TONNES = ("ton", "tons", "tan")
MONEY = "usd"
_PARTS = re.compile(r"[-–+] ?")
_GROUPED = {"en": re.compile(r"[0-9]{1,3}(,[0-9]{3})*(\.[0-9]+)?", re.ASCII),
            "vi": re.compile(r"[0-9]{1,3}(\.[0-9]{3})*(,[0-9]+)?", re.ASCII)}
MOST_WRONG = 0.2
"""A larger share of countries whose goods do not add up to them means that rows are not read as they are meant."""
LABELS_MOVED = 0.02
"""Share of goods with a volume in USD, or a weight without one, above which labels do not stand beside their figures. In June 2026 it is a
third; where labels are right, each good is measured as its unit says."""
DOUBTFUL = "doubtful=labels contradicted by units"


@dataclass(frozen=True)
class Block:
    """A country and the goods below it."""

    head: Row
    goods: tuple[Row, ...]
    partner: str | None


def batch(table: Table, dataset: str) -> Batch:
    """One batch, complete for its flow, list and two periods. Raises SchemaDrift where figures contradict the table, Incomplete where it
    breaks off or has no figure.
    """
    end = last_of_month(date(table.year, table.month, 1))
    starts = {"month": date(table.year, table.month, 1), "year": date(table.year, 1, 1)}
    classification = CLASSIFICATIONS[table.flow, table.language]
    rows = Rows("stats.trade", doubled="the table has two figures for this country, good and period")
    blocks = list(_blocks(table, end))
    wrong = _not_adding_up(table, blocks)
    moved, checks = _labels(blocks)
    for block in blocks:
        whose = {"partner": block.partner} if block.partner else {}
        if block.partner is None:
            for area in LABELS.spelt_like(block.head.label):
                rows.unread.add(_aside(block.head, "unknown_partner", f"no area is known as {block.head.label!r}: add it to areas.csv"),
                                partner=area)
            if not LABELS.spelt_like(block.head.label):
                rows.unread.rejected.append(
                    _aside(block.head, "unknown_partner", f"no area is known as {block.head.label!r}: add it to areas.csv"))
            continue
        if block in wrong:
            rows.unread.add(_aside(block.head, "identity", "the goods below do not add up to the country"), **whose)
            continue
        parts = _parts(block, table.language) or []
        for row in (block.head, *block.goods):
            if not row.label:
                rows.unread.add(_aside(row, "no_label", "figures without the name of a good"), **whose)
                continue
            for span, start in starts.items():
                value, nil = _number(row, f"{span} value", table.language)
                volume, _ = _number(row, f"{span} volume", table.language)
                if value is None:
                    if f"{span} value" in row.cells or volume is not None:
                        rows.unread.add(_aside(row, "not_a_number", f"no value of trade for the {span}"), **whose, period_start=start)
                    continue
                flags = [*(["printed=-"] if nil else []), *([DOUBTFUL] if moved and not row.country else [])]
                if volume is not None and plain(row.unit) == MONEY:
                    flags.append("unit=USD")
                rows.add(row.raw, partner=block.partner, classification="-" if row.country else classification,
                         product="TOTAL" if row.country else row.label,
                         product_level=0 if row.country else 2 if row in parts else 1,
                         period_start=start, period_end=end, value=value, flags=";".join(flags),
                         quantity=None if volume is None else float(volume),
                         quantity_unit=None if volume is None or plain(row.unit) == MONEY else row.unit or None,
                         partner_kind="self" if block.partner == REPORTER else areas.kind_of(block.partner),
                         locator=row.place(f"{span} value"))
    if not len(rows):
        first = rows.unread.rejected[0].reason if rows.unread.rejected else "all are blank"
        raise Incomplete(f"no figure of the table could be read: {first}")
    if not any(row["value"] for row in rows.kept()):
        raise Incomplete("every figure is nil: the table is not out yet")
    return Batch(
        dataset=dataset, name=f"{table.flow} {end:%Y-%m} {table.language}", frames=(rows.frame(),),
        constants={"dataset": dataset, "reporter": REPORTER, "flow": table.flow, "breakdown": "-", "valuation": VALUATION[table.flow],
                   "currency": "USD", "unit_multiplier": 1, "decimals": 0, "status": "P"},
        scope={"flow": (table.flow,), "classification": ("-", classification), "period_start": tuple(sorted(set(starts.values()))),
               "period_end": (end,)},
        not_read=tuple(rows.unread.not_read), rejected=tuple(rows.unread.rejected), spans=len(set(starts.values())),
        columns_seen=("label", "unit", "month volume", "month value", "year volume", "year value"), checks=(*checks, *rows.unread.checks()))


def _aside(row: Row, rule: str, reason: str) -> Rejected:
    return Rejected(row.place("label"), rule, reason, row.raw[:200])


def _blocks(table: Table, end: date) -> Iterator[Block]:
    head: Row | None = None
    goods: list[Row] = []
    for row in table.rows:
        if not row.country:
            goods.append(row)
            continue
        if head is not None:
            yield _block(head, goods, end)
        elif goods:
            raise Incomplete("the table begins with goods and no country: its first page is missing")
        head, goods = row, []
    if head is None:
        raise SchemaDrift("no row names a country")
    yield _block(head, goods, end)


def _block(head: Row, goods: Sequence[Row], end: date) -> Block:
    if not head.label:
        raise SchemaDrift(f"page {head.page}, line {head.line}: figures without country and unit")
    return Block(head, tuple(goods), LABELS.area_of(head.label, end) or areas.named(head.label, end))


def _number(row: Row, column: str, language: str) -> tuple[Decimal | None, bool]:
    """The figure of a cell, and whether it is printed as nil; None for no cell, and for what is no figure in this language."""
    text = row.cells.get(column, "")
    if text == "-":
        return Decimal(0), True
    if not _GROUPED[language].fullmatch(text) or len(text) > 22:
        return None, False
    whole, _, fraction = text.partition("." if language == "en" else ",")
    return Decimal(re.sub("[.,]", "", whole) + (f".{fraction}" if fraction else "")), False


def _not_adding_up(table: Table, blocks: Sequence[Block]) -> list[Block]:
    """Countries whose goods are not what is printed for them, beyond the rounding of each. Raises Incomplete where the last country breaks
    off, SchemaDrift where many do not add up.
    """
    wrong = [block for block in blocks if block.goods and _parts(block, table.language) is None]
    if blocks[-1] in wrong or not (blocks[-1].goods or blocks[-1].partner == "WLD"):
        raise Incomplete(f"the goods of the last country ({blocks[-1].head.label}) do not add up to it: the table breaks off")
    if len(wrong) > MOST_WRONG * len(blocks):
        raise SchemaDrift(f"the goods of {len(wrong)} of {len(blocks)} countries do not add up to them, first {wrong[0].head.label} on "
                          f"page {wrong[0].head.page}")
    return wrong


def _parts(block: Block, language: str) -> list[Row] | None:
    """Goods that are part of another good of the country, so that all others add up to it: none, those that begin with a dash, or the one
    that the goods are too many by, in both columns. None where nothing adds up.
    """
    dashed = [row for row in block.goods if _PARTS.match(row.label)]
    for parts in ([], dashed, *([row] for row in block.goods)):
        if all(_adds_up(block, parts, f"{span} value", language) for span in ("month", "year")):
            return parts
    return None


def _adds_up(block: Block, parts: Sequence[Row], column: str, language: str) -> bool:
    whole = _number(block.head, column, language)[0] or Decimal(0)
    found = sum((_number(row, column, language)[0] or Decimal(0) for row in block.goods if row not in parts), Decimal(0))
    return abs(whole - found) <= Decimal(len(block.goods) + 1) / 2


def _labels(blocks: Sequence[Block]) -> tuple[bool, list[Check]]:
    """Whether labels have moved against their figures: goods measured in money with a volume, or by weight without one."""
    goods = [row for block in blocks for row in block.goods]
    against = [row for row in goods if _contradicts(plain(row.unit), row.cells)]
    moved = len(against) > LABELS_MOVED * len(goods)
    if not against:
        return False, []
    said = "Goods in USD have a volume, or goods by weight have none: labels do not stand beside their own figures. Countries are right."
    observed, expected = f"{len(against)} of {len(goods)} rows", f"at most {LABELS_MOVED:.0%}"
    return moved, [Check("labels", "warn" if moved else "info", observed, expected, said)]


def _contradicts(unit: str, cells: Mapping[str, str]) -> bool:
    volumes = any(name.endswith("volume") for name in cells)
    return volumes if unit == MONEY else not volumes if unit in TONNES else False
