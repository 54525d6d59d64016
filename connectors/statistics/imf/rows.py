"""Rows of ``stats.trade`` and ``stats.fx_rate`` from observations: what is stored, what is not asked for, what is set aside. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from connectors.formats.delimited import printed_number, rounded
from connectors.formats.rows import Unread, typed
from connectors.formats.sdmx import Observation
from connectors.statistics.imf import questions
from connectors.statistics.imf.downloads import MARK
from connectors.statistics.imf.legacy import MULTIPLIER
from connectors.statistics.imf.publisher import LABELS, currencies, groups
from warehouse.reference import areas
from warehouse.schema.travel import Check, Rejected, Value

if TYPE_CHECKING:
    import polars as pl

FLOWS = {"XG_FOB_USD": ("export", "FOB"), "MG_CIF_USD": ("import", "CIF"), "MG_FOB_USD": ("import", "FOB"),
         "TBG_USD": ("balance", "FOB-CIF")}
STATUS = {"": "A", "O": "A", "OU": "A", "R": "A", "M": "A", "TPD": "A", "SC": "E", "SE": "E", "SEHI": "E", "FA": "E", "SEME": "E",
          "SCC": "I", "SP": "F"}
"""Code of DERIVATION_TYPE → status. Reported, raw and third parties' data, and M (*mixed*: reported figures and others in one sum, most
years), are normal; what the Fund's staff calculated or adjusted is an estimate, what it took from the counterpart is imputed."""
KINDS = {"PA_RT": "month_avg", "EOP_RT": "period_end"}
DECIMALS = 3
RATE_DECIMALS = 12
CHUNK = 50_000
_CODE = re.compile(r"[A-Za-z0-9_]{1,20}", re.ASCII)
_LARGEST = Decimal(10) ** 17
_LARGEST_RATE = Decimal(10) ** 16
_COLUMNS = ("reporter", "partner", "flow", "valuation", "period_start", "period_end", "value", "unit_multiplier", "decimals", "status",
            "flags", "partner_kind", "locator")


@dataclass(frozen=True)
class _Series:
    """What a key means."""

    reporter: str = ""
    partner: str = ""
    flow: str = ""
    valuation: str = ""
    partner_kind: str = ""
    not_asked: str = ""
    """Why it is not stored, where it is not."""
    unread: str = ""
    """Why it cannot be understood."""


class _NotRead(Exception):
    """An observation that should have been understood, and whose figure it is as far as that can be read."""

    def __init__(self, rule: str, reason: str, whose: dict[str, Value]) -> None:
        super().__init__(reason)
        self.rule, self.reason, self.whose = rule, reason, whose


class Sorted:
    """Observations of one dataset, sorted into rows of its table a chunk at a time."""

    def __init__(self, dataset: str, until: date) -> None:
        """``until``: the day of the answer; no figure is of a period that ends after it."""
        self._dataset = dataset
        self._until = until
        self.unread = Unread()
        self.not_asked: Counter[str] = Counter()
        self._series: dict[tuple[str, ...], _Series] = {}
        self._periods: dict[tuple[str, str], tuple[date, date] | None] = {}
        self.largest = Decimal(0)
        """Of trade, in dollars."""
        self._statuses: Counter[str] = Counter()
        self._wholes: dict[tuple[str, str, date], list[float]] = defaultdict(lambda: [0.0, 0.0])

    @property
    def table(self) -> str:
        return "stats.fx_rate" if self._dataset == questions.RATES else "stats.trade"

    def frames(self, observations: Iterator[Observation]) -> Iterator[pl.DataFrame]:
        """Frames of rows, none of them empty."""
        rows: list[tuple[object, ...]] = []
        read = self._rate if self._dataset == questions.RATES else self._figure
        names = ("quote", "kind", "period_start", "period_end", "rate", "locator") if read == self._rate else _COLUMNS
        for one in observations:
            try:
                row = read(one)
            except _NotRead as said:
                self.unread.add(Rejected(one.locator, said.rule, said.reason, one.value[:200]), **said.whose)
                continue
            if row is not None:
                rows.append(row)
                if len(rows) == CHUNK:
                    yield self._framed(names, rows)
                    rows = []
        if rows:
            yield self._framed(names, rows)

    def _framed(self, names: tuple[str, ...], rows: list[tuple[object, ...]]) -> pl.DataFrame:
        return typed(self.table, dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))

    def _figure(self, one: Observation) -> tuple[object, ...] | None:
        series = self._series.get(one.key) or self._series.setdefault(one.key, _meaning(one.key))
        period = self._period(one)
        if series.not_asked or not one.value:
            self.not_asked[series.not_asked or "no value"] += 1
            return None
        derivation = one.attributes.get("DERIVATION_TYPE", "")
        number = printed_number(one.value)
        power = one.attributes.get(MULTIPLIER, "0")
        if series.unread:
            # What nothing was ever stored under cannot be missed.
            self.unread.rejected.append(Rejected(one.locator, "area", series.unread, one.value[:200]))
            return None
        whose: dict[str, Value] = {"reporter": series.reporter, "partner": series.partner, "flow": series.flow}
        if period is None:
            raise _NotRead("period", f"'{one.period[:40]}' is no period of the frequency {one.key[3]}", whose)
        if period[1] > self._until:
            self.not_asked["a period that had not ended"] += 1
            return None
        whose["period_end"] = period[1]
        if derivation not in STATUS:
            raise _NotRead("derivation", f"'{derivation[:40]}' is no DERIVATION_TYPE that is known", whose)
        if power not in _MULTIPLIERS:
            raise _NotRead("unit", f"'{power[:40]}' is no power of ten", whose)
        if number is None or abs(number) * _MULTIPLIERS[power] >= _LARGEST or (number < 0 and series.flow != "balance"):
            raise _NotRead("value", f"'{one.value[:40]}' is no value in dollars", whose)
        # SCALE stands beside each series ("6") and multiplies nothing: USA to the world in 2023 is 2,019,551,635,133 dollars as printed
        # with SCALE 6, and 2,019,551.635133 million in the answer of the old service.
        value = rounded(number * _MULTIPLIERS[power], DECIMALS)
        self.largest = max(self.largest, value)
        mark = one.attributes.get(MARK, "")
        status = "E" if mark == "e" else STATUS[derivation]
        self._statuses[status] += 1
        if series.flow != "balance":
            self._wholes[series.reporter, series.flow, period[1]][series.partner_kind != "world"] += (
                0.0 if series.partner_kind in ("group", "self") else float(value))
        marks = {"derivation": derivation, "status": one.attributes.get("STATUS", ""), "mark": mark}
        flags = ";".join(f"{name}={code}" for name, code in marks.items() if _CODE.fullmatch(code))
        return (series.reporter, series.partner, series.flow, series.valuation, *period, value, _MULTIPLIERS[power],
                _decimals(one.value, power), status, flags, series.partner_kind, one.locator)

    def _rate(self, one: Observation) -> tuple[object, ...] | None:
        currency, kind = currencies().get(one.key[0]), KINDS.get(one.key[2])
        if currency is None or kind is None or not one.value:
            self.not_asked["no value" if currency and kind else "a currency that is not asked for" if kind else "another kind of rate"] += 1
            return None
        if one.attributes.get("DERIVATION_TYPE") == "SP":
            self.not_asked["a projection"] += 1
            return None
        whose: dict[str, Value] = {"quote": currency.code, "kind": kind}
        period = self._period(one)
        if period is None:
            raise _NotRead("period", f"'{one.period[:40]}' is no period of the frequency {one.key[3]}", whose)
        if period[1] > self._until or period[0] < currency.since:
            self.not_asked["a period that had not ended" if period[1] > self._until else "before the present unit of its currency"] += 1
            return None
        number = printed_number(one.value)
        rate = rounded(number, RATE_DECIMALS) if number is not None and 0 < number < _LARGEST_RATE else Decimal(0)
        if not rate:
            raise _NotRead("rate", f"'{one.value[:40]}' is not a rate above zero", whose | {"period_end": period[1]})
        return currency.code, kind, *period, rate, one.locator

    def _period(self, one: Observation) -> tuple[date, date] | None:
        written = one.key[3], one.period
        if written not in self._periods:
            try:
                self._periods[written] = questions.period(*written)
            except ValueError:
                self._periods[written] = None
        return self._periods[written]

    def checks(self) -> Iterator[Check]:
        """Whether partners come to the world, and how much of it the Fund filled in itself."""
        both = {key: sums for key, sums in self._wholes.items() if all(sums)}
        off = [key for key, (whole, parts) in both.items() if abs(whole - parts) > max(1.0, whole / 1000)]
        if off:
            reporter, flow, end = min(off, key=str)
            yield Check("partners", "warn", f"{len(off)} of {len(both)}", "0", "the partners that are stored do not come to the world "
                        f"within 0.1 %, first {reporter}, {flow}, {end}")
        elif both:
            yield Check("partners", "info", f"{len(both)}", f"{len(both)}", "the partners come to the world within 0.1 %")
        filled = sum(count for status, count in self._statuses.items() if status != "A")
        if filled:
            yield Check("reported", "info", f"{filled:,} of {sum(self._statuses.values()):,}", "0",
                        "figures are the IMF's own estimates (status E, I or F), not a reporter's")


_MULTIPLIERS = {str(power): 10 ** power for power in range(13)}


def _decimals(printed: str, power: str) -> int:
    """Decimals of the last printed digit; of a float's noise no more than is stored."""
    return min(len(printed.partition(".")[2]) if printed.replace(".", "").lstrip("-").isdigit() else DECIMALS, DECIMALS + int(power))


def _meaning(key: tuple[str, ...]) -> _Series:
    reporter, indicator, partner, _ = key
    flow, valuation = FLOWS[indicator]
    for code in (reporter, partner):
        if code in groups():
            return _Series(not_asked="a group or part that is no area here")
    found = [LABELS.area_of(code, date.max) for code in (reporter, partner)]
    if missing := [code for code, area in zip((reporter, partner), found, strict=True) if area is None]:
        return _Series(unread=f"no area has the code '{missing[0][:40]}': add it to areas.csv, or to groups.csv")
    one, other = str(found[0]), str(found[1])
    return _Series(one, other, flow, valuation, "self" if one == other else areas.kind_of(other))
