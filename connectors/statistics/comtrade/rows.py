"""Rows of ``stats.trade`` from printed records: what is stored, what is not asked for, and what is set aside. Pure.

Of each key the total is stored and nothing else: records of a customs procedure, a mode of transport or a second partner are parts of it.
``isReported`` and ``isAggregate`` tell nothing of that (the same records had other marks in 2023 and in 2026) and are not kept.
"""

from __future__ import annotations

import csv
import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from connectors.formats.delimited import grouped_by_points, printed_number, rounded
from connectors.formats.rows import Once, Unread
from connectors.statistics.comtrade.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.travel import Check, Rejected, Value

if TYPE_CHECKING:
    import polars as pl

FIELDS = ("typecode", "freqcode", "period", "reportercode", "flowcode", "partnercode", "partner2code", "classificationcode",
          "isoriginalclassification", "cmdcode", "customscode", "moscode", "motcode", "qtyunitcode", "qty", "isqtyestimated", "netwgt",
          "isnetwgtestimated", "cifvalue", "fobvalue", "primaryvalue")
"""What is read of a record, by plain names; a form may lack some (``answers.FIGURES`` are those that it must have)."""
FLOWS = {"X": "export", "M": "import", "RX": "re-export", "RM": "re-import", "DX": "domestic-export"}
"""Flows nest: X = DX + RX + XIP + XOP, M = FM + RM + MIP + MOP. Those that have no name in the contract are not stored."""
EDITIONS = {"H0": "HS1992", "H1": "HS1996", "H2": "HS2002", "H3": "HS2007", "H4": "HS2012", "H5": "HS2017", "H6": "HS2022",
            "S1": "SITC1", "S2": "SITC2", "S3": "SITC3", "S4": "SITC4"}
DECIMALS = 3
PART = "part of a total"
_TOTALS = {"partner2code": "0", "customscode": "C00", "motcode": "0"}
_KEY = ("reporter", "partner", "flow", "classification", "product", "valuation", "period_start", "period_end")
_COLUMNS = (*_KEY, "value", "flags", "quantity", "quantity_unit", "net_weight_kg", "partner_kind", "product_level", "locator")
_PRINTED = ("reportercode", "flowcode", "partnercode", "classificationcode", "cmdcode", "period", "primaryvalue")
_PLAIN = r"^[0-9]{1,17}(\.[0-9]{0,3})?$"
_LARGEST = Decimal(10) ** 17
T = TypeVar("T")


class Sorted:
    """Records of one frequency, sorted a frame at a time into rows, not asked for, and set aside."""

    def __init__(self, frequency: str) -> None:
        self._frequency = frequency
        self.unread = Unread()
        self.not_asked: Counter[str] = Counter()
        self.first_said = ""
        """Why the first record that was set aside was."""
        self._wholes: list[pl.DataFrame] = []

    def take(self, records: pl.DataFrame) -> pl.DataFrame:
        """Rows of records, which have ``FIELDS`` and ``locator`` as text, empty where a form has none."""
        import polars as pl

        elsewhere = records.with_columns(elsewhere=_elsewhere(self._frequency))
        self.not_asked.update(dict(elsewhere.filter(pl.col("elsewhere") != "")["elsewhere"].value_counts().iter_rows()))
        read = _read(elsewhere.filter(pl.col("elsewhere") == ""), self._frequency)
        for row in read.filter(pl.col("reason").is_not_null()).iter_rows(named=True):
            self._set_aside(row)
        rows = self._once(read.filter(pl.col("reason").is_null()))
        wholes = (pl.col("product") == "TOTAL") | (pl.col("product_level") == 2)
        self._wholes.append(rows.filter(wholes).select(*_KEY, "value", "partner_kind"))
        return rows.select(_COLUMNS)

    def _set_aside(self, row: dict[str, object]) -> None:
        reason = str(row["reason"])
        self.first_said = self.first_said or reason
        self.unread.rejected.append(Rejected(str(row["locator"]), "record", reason, _raw(row)))
        if not reason.startswith("no area") and {} not in self.unread.not_read:  # what nothing was ever stored under cannot be missed
            self.unread.not_read.append({})

    def _once(self, read: pl.DataFrame) -> pl.DataFrame:
        """One row a key: of equal doubles the first, of those that differ none."""
        import polars as pl

        doubled = read.select(_KEY).is_duplicated()
        if not doubled.any():
            return read
        once: Once[tuple[object, ...], dict[str, object]] = Once(
            lambda kept, row: kept if all(kept[name] == row[name] for name in _COLUMNS[:-1]) else None)
        for row in read.filter(doubled).iter_rows(named=True):
            for other, _ in once.take(tuple(row[name] for name in _KEY), row):
                self.first_said = self.first_said or "two figures of one key, and nothing tells them apart"
                whose: dict[str, Value] = {name: other[name] for name in _KEY}  # type: ignore[misc]  # they are texts and dates
                self.unread.add(Rejected(str(other["locator"]), "double", "two figures of one key, and nothing tells them apart",
                                         _raw(other)), **whose)
        kept = [row["locator"] for row in once.kept.values()]
        return read.filter(~doubled | pl.col("locator").is_in(kept))

    def checks(self, *, chapters: bool, partners: bool) -> Iterator[Check]:
        """Whether parts come to their wholes, of an answer that has all chapters, or all partners."""
        import polars as pl

        rows = pl.concat(self._wholes)
        whole = pl.col("product") == "TOTAL"
        if chapters:
            yield from _come_to(rows.filter(whole | pl.col("classification").str.starts_with("HS")), "chapters", whole,
                                ("reporter", "partner", "flow", "period_end"))
        if partners:
            yield from _come_to(rows.filter(whole & (pl.col("partner_kind") != "group")), "partners", pl.col("partner") == "WLD",
                                ("reporter", "flow", "period_end"))


def _come_to(rows: pl.DataFrame, what: str, whole: pl.Expr, by: tuple[str, ...]) -> Iterator[Check]:
    import polars as pl

    figure = pl.col("value").cast(pl.Float64)
    sums = rows.group_by(by, maintain_order=True).agg(whole=figure.filter(whole).sum(), parts=figure.filter(~whole).sum())
    sums = sums.filter((pl.col("whole") > 0) & (pl.col("parts") > 0))
    off = sums.filter((pl.col("whole") - pl.col("parts")).abs() > pl.max_horizontal(pl.lit(1.0), pl.col("whole") / 1000))
    if off.height:
        first = ", ".join(str(off[name][0]) for name in by)
        yield Check(what, "warn", f"{off.height} of {sums.height}", "0",
                    f"the {what} do not come to the whole within 0.1 %, first of {first}")
    elif sums.height:
        yield Check(what, "info", f"{sums.height}", f"{sums.height}", f"the {what} come to the whole within 0.1 %")


def _elsewhere(frequency: str) -> pl.Expr:
    """Why a record is not asked for; empty for one that is."""
    import polars as pl

    def col(name: str) -> pl.Expr:
        return pl.col(name)

    cuts = [col(name) != total for name, total in _TOTALS.items()]
    known_cuts = [col(name).str.contains(r"^[C0-9-]+$") for name in _TOTALS]
    product = col("cmdcode") != "TOTAL"
    return (
        pl.when(~col("typecode").is_in(["", "C"])).then(pl.lit("services"))
        .when(col("freqcode").is_in(["A", "M", "Q"]) & (col("freqcode") != frequency)).then(pl.lit("other frequency"))
        .when(~col("flowcode").is_in(list(FLOWS)) & col("flowcode").str.contains(r"^[A-Z]{2,3}$"))
        .then(pl.format("flow {}", col("flowcode")))
        .when((pl.any_horizontal(cuts) & pl.all_horizontal(known_cuts)) | ~col("moscode").is_in(["", "0"])).then(pl.lit(PART))
        .when((col("classificationcode") == "GG") | col("cmdcode").str.starts_with("-")).then(pl.lit("summed by the API"))
        .when(product & col("isoriginalclassification").str.to_lowercase().is_in(["false", "0"]))
        .then(pl.lit("converted to another classification"))
        .when(product & ~col("classificationcode").is_in(list(EDITIONS)) & col("classificationcode").str.contains(r"^[A-Z0-9]{2,6}$"))
        .then(pl.format("classification {}", col("classificationcode")))
        .when(col("primaryvalue") == "").then(pl.lit("no value"))
        .otherwise(pl.lit("")))


def parted_by_points(records: pl.DataFrame) -> str:
    """A figure of the records whose thousands are parted by points, as a person's spreadsheet saves them; empty where there is none."""
    return next((found for name in ("primaryvalue", "cifvalue", "fobvalue", "netwgt", "qty")
                 if (found := grouped_by_points(records[name].filter(records[name].str.count_matches(r"\.") > 1)))), "")


def _read(records: pl.DataFrame, frequency: str) -> pl.DataFrame:
    """Printed columns with those of the table beside them, and with the reason where a record cannot be understood."""
    import polars as pl

    col, none = pl.col, pl.lit(None, pl.String)
    spans = _looked_up(lambda text: period(frequency, text), records["period"])
    start = {text: span[0] for text, span in spans.items() if span}
    end = {text: span[1] for text, span in spans.items() if span}
    at = records.select(pl.concat_str([col("reportercode"), col("period")], separator="|").alias("reporter"),
                        pl.concat_str([col("partnercode"), col("period")], separator="|").alias("partner"))
    meant = _looked_up(lambda key: _area(key, start), [*at["reporter"].unique(), *at["partner"].unique()])
    kinds = {area: areas.kind_of(area) for area in meant.values() if area}
    total, hs = col("cmdcode") == "TOTAL", col("classificationcode").str.starts_with("H")
    coded = (pl.when(hs).then(col("cmdcode").str.contains(r"^([0-9A-Z]{2}|[0-9A-Z]{4}|[0-9A-Z]{6})$"))
             .otherwise(col("cmdcode").str.contains(r"^[0-9A-Z]{1,5}$")))
    value = pl.Series("value", _values(records["primaryvalue"]), pl.Decimal(20, DECIMALS))
    figure, cif, fob = (col(name).cast(pl.Float64, strict=False) for name in ("primaryvalue", "cifvalue", "fobvalue"))
    incoming = col("flowcode").is_in(["M", "RM"])
    usual, other = pl.when(incoming).then(cif).otherwise(fob), pl.when(incoming).then(fob).otherwise(cif)
    beside = [amount.is_not_null() & (amount != 0) for amount in (cif, fob)]
    agrees = ~pl.any_horizontal(beside) | pl.any_horizontal(
        [stands & ((amount - figure).abs() <= pl.max_horizontal(pl.lit(0.01), figure * 1e-9)) for stands, amount in
         zip(beside, (cif, fob), strict=True)])
    unusual = (other == figure).fill_null(False) & ~(usual == figure).fill_null(False)
    quantity, weight = (
        pl.when(amount.is_finite() & (amount >= 0) & ((amount > 0) | (figure == 0))).then(amount)
        # Zero beside a value stands for one that is missing or does not apply: seen on every total.
        for amount in (col(name).cast(pl.Float64, strict=False) for name in ("qty", "netwgt")))
    unit = col("qtyunitcode").replace_strict(units(), default=None, return_dtype=pl.String)
    estimated = [(mark, col(name).str.to_lowercase().is_in(["true", "1"]) & col(amount).is_not_null()) for mark, name, amount in (
        ("isQtyEstimated=true", "isqtyestimated", "quantity"), ("isNetWgtEstimated=true", "isnetwgtestimated", "net_weight_kg"))]

    def unless(good: pl.Expr, what: pl.Expr, said: str) -> pl.Expr:
        return pl.when(~good).then(pl.format(said, what.str.slice(0, 40))).otherwise(none)

    return records.with_columns(
        at["reporter"].replace_strict(meant, return_dtype=pl.String), at["partner"].replace_strict(meant, return_dtype=pl.String), value,
        flow=col("flowcode").replace_strict(FLOWS, default=None, return_dtype=pl.String),
        classification=pl.when(total).then(pl.lit("-")).otherwise(
            col("classificationcode").replace_strict(EDITIONS, default=None, return_dtype=pl.String)),
        product=col("cmdcode"), product_level=pl.when(total).then(0).otherwise(col("cmdcode").str.len_chars()).cast(pl.Int16),
        # Imports are CIF and exports FOB, unless the figure is the other of the two beside it: some reporters' imports are FOB.
        valuation=pl.when(incoming ^ unusual).then(pl.lit("CIF")).otherwise(pl.lit("FOB")),
        period_start=col("period").replace_strict(start, default=None, return_dtype=pl.Date),
        period_end=col("period").replace_strict(end, default=None, return_dtype=pl.Date),
        quantity=pl.when(unit.is_not_null()).then(quantity), quantity_unit=pl.when(quantity.is_not_null()).then(unit),
        net_weight_kg=weight,
    ).with_columns(
        flags=pl.concat_str([pl.when(marked).then(pl.lit(mark)) for mark, marked in estimated], separator=";", ignore_nulls=True),
        partner_kind=pl.when(col("partner") == col("reporter")).then(pl.lit("self")).otherwise(
            col("partner").replace_strict(kinds, default=None, return_dtype=pl.String)),
        reason=pl.coalesce(
            unless(col("period_start").is_not_null(), col("period"), f"'{{}}' is no period of the frequency {frequency}"),
            unless(col("reportercode") != "", col("reportercode"), "no area has the code '{}': it names no reporter"),
            unless(col("reporter").is_not_null(), col("reportercode"), "no area has the code '{}' then: add it to areas.csv"),
            unless(col("reporter") != "WLD", col("reportercode"), "'{}' is everywhere, which reports nothing"),
            unless(col("partnercode") != "", col("partnercode"), "no area has the code '{}': it names no partner"),
            unless(col("partner").is_not_null(), col("partnercode"), "no area has the code '{}' then: add it to areas.csv"),
            unless(col("freqcode") == frequency, col("freqcode"), "'{}' is no frequency"),
            unless(col("flow").is_not_null(), col("flowcode"), "'{}' is no flow"),
            unless(col("classification").is_not_null(), col("classificationcode"), "'{}' is no classification"),
            unless(total | coded, col("cmdcode"), "'{}' is no code of its classification"),
            *(unless(col(name) == whole, col(name), f"'{{}}' is no {name}") for name, whole in _TOTALS.items()),
            unless(col("value").is_not_null(), col("primaryvalue"), "'{}' is no value in dollars"),
            # Of 2,076 real records of 1990 to 2023 with one of the two, all.
            unless(agrees, col("primaryvalue"), "'{}' is neither the CIF nor the FOB value beside it")))


def _values(printed: pl.Series) -> pl.Series:
    """Dollars to three decimals, exactly as printed; null for what is none. Sums are printed with a float's noise (100497881.85000001)."""
    import polars as pl

    plain = printed.str.contains(_PLAIN)
    found = printed.set(~plain, None).cast(pl.Decimal(20, DECIMALS))
    if plain.all():
        return found
    others = [None if is_plain else _value(text) for text, is_plain in zip(printed, plain, strict=True)]
    return found.zip_with(plain, pl.Series(others, dtype=pl.Decimal(20, DECIMALS)))


def _value(text: str) -> Decimal | None:
    number = printed_number(text)
    return rounded(number, DECIMALS) if number is not None and 0 <= number < _LARGEST else None


def _looked_up(find: Callable[[str], T], keys: Iterable[str]) -> dict[str, T | None]:
    """What each key means; None where it means nothing."""
    found: dict[str, T | None] = {}
    for key in dict.fromkeys(keys):
        try:
            found[key] = find(key)
        except ValueError:
            found[key] = None
    return found


def _raw(row: dict[str, object]) -> str:
    return ", ".join(str(row[name]) for name in _PRINTED)[:200]


def _area(key: str, starts: dict[str, date]) -> str:
    code, _, text = key.partition("|")
    return area(code, starts.get(text) or date.max)


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
    """The area that a code meant on a day, also where it was padded (``036``) or kept as a fraction (``36.0``). Raises ValueError."""
    number = re.fullmatch(r"([0-9]{1,3})(?:\.0)?", code, re.ASCII)
    found = LABELS.area_of(str(int(number[1])), on) if number else None
    if found is None:
        raise ValueError(f"no area has the code {code[:40]!r} in {on.year}")
    return found


@cache
def units() -> dict[str, str]:
    """Code of a unit of quantity → what Comtrade calls it; -1 is none."""
    with Path(__file__).with_name("units.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["unit"] for row in csv.DictReader(file)}
