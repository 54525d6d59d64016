"""Rows of ``stats.trade`` from printed records: what is stored, what is not asked for, and what is set aside. Pure.

Of each key the total is stored and nothing else: records of a customs procedure, a mode of transport or a second partner are parts of it.
``isReported`` and ``isAggregate`` tell nothing of that (the same records had other marks in 2023 and in 2026) and are not kept.
"""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from connectors.formats.delimited import printed_number, rounded
from connectors.formats.rows import Once, Unread, typed
from connectors.statistics.comtrade.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.travel import Check, Rejected, Value

if TYPE_CHECKING:
    import polars as pl

FLOWS = {"X": "export", "M": "import", "RX": "re-export", "RM": "re-import", "DX": "domestic-export"}
"""Flows nest: X = DX + RX + XIP + XOP, M = FM + RM + MIP + MOP. Those that have no name in the contract are not stored."""
EDITIONS = {"H0": "HS1992", "H1": "HS1996", "H2": "HS2002", "H3": "HS2007", "H4": "HS2012", "H5": "HS2017", "H6": "HS2022",
            "S1": "SITC1", "S2": "SITC2", "S3": "SITC3", "S4": "SITC4"}
DECIMALS = 3
_LARGEST = Decimal(10) ** 17
_TOTALS = {"partner2code": "0", "customscode": "C00", "motcode": "0"}
COLUMNS = ("reporter", "partner", "flow", "classification", "product", "valuation", "period_start", "period_end", "value", "flags",
           "quantity", "quantity_unit", "net_weight_kg", "partner_kind", "product_level", "locator")
_KEY = 8
"""The first columns: what tells one figure from another."""
PART = "part of a total"
Cell = Value | Decimal
Row = tuple[Cell, ...]


class Records:
    """Records of one frequency, sorted into rows, not asked for, and set aside; a frame at a time."""

    def __init__(self, frequency: str, names: Mapping[str, str]) -> None:
        self._frequency = frequency
        self._names = names
        self.unread = Unread()
        self.not_asked: Counter[str] = Counter()
        self._once: Once[Row, tuple[Row, str]] = Once(lambda kept, row: kept if kept[0][:-1] == row[0][:-1] else None)
        self.sums = Sums()
        self.set_aside = 0
        """Records that were handed on as set aside …"""
        self.first_said = ""
        """… and why the first of them was."""

    def __len__(self) -> int:
        return len(self._once.kept)

    def take(self, locator: str, cells: Mapping[str, str]) -> None:
        """Sort one record."""
        get = self._get(cells)
        if other := self._elsewhere(get):
            self.not_asked[other] += 1
            return
        raw = ", ".join(get[name] for name in ("reportercode", "flowcode", "partnercode", "classificationcode", "cmdcode", "period",
                                               "primaryvalue"))[:200]
        try:
            row = (*_row(get), locator)
        except ValueError as error:
            self._set_aside(locator, str(error), raw)
            return
        for (doubled, printed), _ in self._once.take(row[:_KEY], (row, raw)):
            self.unread.add(Rejected(str(doubled[-1]), "double", "two figures of one key, and nothing tells them apart", printed),
                            **_whose(doubled))

    def frame(self) -> pl.DataFrame:
        """The rows so far, which are given up: a frame is at most as long as what was taken since the last."""
        rows = [row for row, _ in self._once.kept.values()]
        self._once.kept.clear()
        for row in rows:
            self.sums.add(row)
        return typed("stats.trade", {name: [row[at] for row in rows] for at, name in enumerate(COLUMNS)})

    def _get(self, cells: Mapping[str, str]) -> dict[str, str]:
        found: defaultdict[str, str] = defaultdict(str)
        for name, own in self._names.items():
            found[name] = cells.get(own, "").strip()
        return found

    def _elsewhere(self, get: Mapping[str, str]) -> str:
        """Why a record is not asked for; empty for one that is."""
        if get["typecode"] not in ("", "C"):
            return "services"
        if get["freqcode"] != self._frequency:
            return "other frequency"
        if get["flowcode"] not in FLOWS and re.fullmatch(r"[A-Z]{2,3}", get["flowcode"]):
            return f"flow {get['flowcode']}"
        cuts = {get[name] for name, total in _TOTALS.items() if get[name] != total}
        if (cuts and all(re.fullmatch(r"[C0-9-]+", cut) for cut in cuts)) or get["moscode"] not in ("", "0"):
            return PART
        if get["classificationcode"] == "GG" or get["cmdcode"].startswith("-"):
            return "summed by the API"
        edition = get["classificationcode"]
        if get["cmdcode"] != "TOTAL" and get["isoriginalclassification"].lower() in ("false", "0"):
            return "converted to another classification"
        if get["cmdcode"] != "TOTAL" and edition not in EDITIONS and re.fullmatch(r"[A-Z0-9]{2,6}", edition):
            return f"classification {edition}"
        return "no value" if not get["primaryvalue"] else ""

    def _set_aside(self, locator: str, reason: str, raw: str) -> None:
        self.first_said = self.first_said or reason
        self.unread.rejected.append(Rejected(locator, "record", reason, raw))
        if not reason.startswith("no area"):  # what no row was ever stored under cannot be missed
            self.unread.not_read.append({})


def _whose(row: Row) -> dict[str, Value]:
    return {name: value for name, value in zip(COLUMNS[:_KEY], row, strict=False) if not isinstance(value, Decimal)}


def _row(get: Mapping[str, str]) -> Row:
    """All columns but the locator. Raises ValueError for what cannot be understood."""
    start, end = period(get["freqcode"], get["period"])
    reporter, partner = area(get["reportercode"], start), area(get["partnercode"], start)
    flow = FLOWS.get(get["flowcode"])
    if flow is None:
        raise ValueError(f"{get['flowcode'][:40]!r} is no flow")
    classification, product, level = _product(get["classificationcode"], get["cmdcode"])
    for name, total in _TOTALS.items():
        if get[name] != total:
            raise ValueError(f"{get[name][:40]!r} is no {name}")
    value = printed_number(get["primaryvalue"])
    if value is None or not 0 <= value < _LARGEST:
        raise ValueError(f"{get['primaryvalue'][:40]!r} is no value in dollars")
    quantity, weight = _amount(get["qty"], value), _amount(get["netwgt"], value)
    unit = units().get(get["qtyunitcode"])
    flags = [mark for mark, estimated, amount in (("isQtyEstimated", get["isqtyestimated"], unit and quantity),
                                                  ("isNetWgtEstimated", get["isnetwgtestimated"], weight))
             if amount is not None and estimated.lower() in ("true", "1")]
    return (reporter, partner, flow, classification, product, _valuation(flow, value, get), start, end, rounded(value, DECIMALS),
            ";".join(f"{mark}=true" for mark in flags), quantity if unit else None, unit if quantity is not None else None, weight,
            "self" if partner == reporter else areas.kind_of(partner), level)


@cache
def period(frequency: str, text: str) -> tuple[date, date]:
    """First and last day of a year (``2023``) or month (``202301``). Raises ValueError."""
    if frequency == "A" and re.fullmatch(r"(19|20)[0-9]{2}", text, re.ASCII):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if frequency == "M" and re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])", text, re.ASCII):
        year, month = int(text[:4]), int(text[4:])
        return date(year, month, 1), date(year, month, monthrange(year, month)[1])
    raise ValueError(f"{text[:40]!r} is no period of the frequency {frequency[:10]!r}")


@cache
def area(code: str, on: date) -> str:
    """The area of a code. Raises ValueError."""
    found = LABELS.area_of(code, on) if re.fullmatch(r"[0-9]{1,3}", code, re.ASCII) else None
    if found is None:
        raise ValueError(f"no area has the code {code[:40]!r} in {on.year}: add it to areas.csv")
    return found


def _product(classification: str, code: str) -> tuple[str, str, int]:
    """Classification, product and level: codes stay text, with their zeros."""
    if code == "TOTAL":
        return "-", "TOTAL", 0
    edition = EDITIONS.get(classification)
    if edition is None:
        raise ValueError(f"{classification[:40]!r} is no classification")
    lengths = (2, 4, 6) if edition.startswith("HS") else (1, 2, 3, 4, 5)
    if len(code) not in lengths or not re.fullmatch(r"[0-9A-Z]+", code, re.ASCII):
        raise ValueError(f"{code[:40]!r} is no code of {edition}")
    return edition, code, len(code)


def _amount(text: str, value: Decimal) -> float | None:
    """A quantity or weight. Zero beside a value stands for one that is missing or does not apply (seen on every total)."""
    number = printed_number(text)
    if number is None or number < 0 or (number == 0 and value > 0):
        return None
    return float(number)


def _valuation(flow: str, value: Decimal, get: Mapping[str, str]) -> str:
    """Imports are CIF and exports FOB, unless the figure is the other of the two that stand beside it: some reporters' imports are FOB."""
    cif, fob = printed_number(get["cifvalue"]), printed_number(get["fobvalue"])
    usual, other = (("CIF", cif), ("FOB", fob)) if flow in ("import", "re-import") else (("FOB", fob), ("CIF", cif))
    return other[0] if usual[1] != value and other[1] == value else usual[0]


@cache
def units() -> dict[str, str]:
    """Code of a unit of quantity → what Comtrade calls it; -1 is none."""
    with Path(__file__).with_name("units.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["unit"] for row in csv.DictReader(file)}


class Sums:
    """Whether parts come to their wholes: chapters to all goods, partners to the world."""

    def __init__(self) -> None:
        self._chapters: defaultdict[Row, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
        self._partners: defaultdict[Row, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])

    def add(self, row: Row) -> None:
        reporter, partner, flow, classification, product, _, _, end, value = row[:9]
        assert isinstance(value, Decimal)
        whole = product == "TOTAL"
        if whole or (row[14] == 2 and str(classification).startswith("HS")):
            self._chapters[reporter, partner, flow, end][not whole] += value
        if whole and row[13] != "group":
            self._partners[reporter, flow, end][partner != "WLD"] += value

    def checks(self, *, chapters: bool, partners: bool) -> Iterator[Check]:
        """Of an answer that has all chapters, or all partners."""
        for what, is_whole, found in (("chapters", chapters, self._chapters), ("partners", partners, self._partners)):
            if not is_whole:
                continue
            off = [key for key, (whole, sum_) in found.items() if whole and sum_ and abs(whole - sum_) > max(Decimal(1), whole / 1000)]
            both = sum(1 for whole, sum_ in found.values() if whole and sum_)
            if off:
                yield Check(what, "warn", f"{len(off)} of {both}", "0", f"the {what} do not come to the whole within 0.1 %, first of "
                            f"{', '.join(map(str, off[0]))}")
            elif both:
                yield Check(what, "info", f"{both} of {both}", f"{both}", f"the {what} come to the whole within 0.1 %")
