"""A file of BACI (one year: t, i exporter, j importer, k product, v thousand dollars FOB, q tonnes) as frames of ``stats.trade``. Pure.

``k`` has lost its leading zeros, ``q`` is padded with blanks and NA where nobody knows it. A pair without a row traded nothing, or nobody
knows: BACI does not tell which.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from connectors.formats.delimited import Framed, header_of, printed_number, records_at
from warehouse.reference import areas
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Rejected, Value

if TYPE_CHECKING:
    import polars as pl

COLUMNS = ("t", "i", "j", "k", "v", "q")
VALUE = "v"
LOCATOR = re.compile(r"Y([0-9]{4}), line ([0-9]{1,9}), column v", re.ASCII)
DOLLARS, DECIMALS = 1000, 3
KILOGRAMS = 1000
_CODES = 1_000
"""Codes of areas have three digits at most."""
_LARGEST = 1e12
MOST_LOST = 1_000
"""Keys of lines set aside that are told one by one."""


def is_year(head: bytes) -> bool:
    """By the header."""
    return header_of(head) == COLUMNS


@dataclass
class Year:
    """What was met in a file so far, beside its rows."""

    year: int
    rows: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    """Of the frame that came last."""
    not_read: list[Mapping[str, Value]] = field(default_factory=list)
    first_said: str = ""
    codes: set[str] = field(default_factory=set)
    """Of all areas that are known."""


def frames(stream: BinaryIO, found: Year, codes: Mapping[str, str], **where: str) -> Iterator[pl.DataFrame]:
    """Rows a piece of the file at a time. Raises SchemaDrift for another year's line, Incomplete for a file without one."""
    import polars as pl

    meant = [codes.get(str(code)) for code in range(_CODES)]
    kinds = [areas.kind_of(area) if area else None for area in meant]
    col = pl.col
    met = 0
    for first, frame in Framed(stream, needs=COLUMNS, dataset=where.get("dataset", ""), url=where.get("url", "")):
        met += frame.height
        if not (frame["t"] == str(found.year)).all():
            others = sorted(set(frame["t"].unique()) - {str(found.year)})
            raise SchemaDrift(f"the file of {found.year} has lines of {', '.join(others)[:100]}", **where)
        i, j = (col(name).cast(pl.UInt32, strict=False) for name in "ij")
        weight = col("q").str.strip_chars()
        read = frame.with_columns(
            i=pl.when(i < _CODES).then(i).otherwise(0), j=pl.when(j < _CODES).then(j).otherwise(0), weight=weight,
            line=pl.int_range(first, first + frame.height, dtype=pl.Int64)).with_columns(
            reporter=pl.lit(pl.Series(meant, dtype=pl.String)).gather("i"), partner=pl.lit(pl.Series(meant, dtype=pl.String)).gather("j"),
            kind=pl.lit(pl.Series(kinds, dtype=pl.String)).gather("j"), value=col(VALUE).cast(pl.Float64, strict=False),
            tonnes=col("weight").cast(pl.Float64, strict=False), unknown=col("weight").is_in(["NA", ""]))
        found.codes.update(str(code) for name in "ij" for code in read[name].unique() if meant[code])
        good = read.select(
            col("reporter").is_not_null() & col("partner").is_not_null() & col("k").str.contains(r"^[0-9]{1,6}$")
            & col("value").is_between(0, _LARGEST).fill_null(False) & (col("unknown") | col("tonnes").is_between(0, _LARGEST))
        ).to_series().fill_null(False)
        found.rejected = []
        if not good.all():
            bad = frame.with_columns(read.select("line", "reporter", "partner")).filter(~good)
            found.rejected = [_rejected(found, row) for row in bad.iter_rows(named=True)]
            read = read.filter(good)
        found.rows += read.height
        yield read.select(
            "reporter", "partner", product=col("k").str.zfill(6),
            # Thousands with three decimals are whole dollars.
            value=(col("value") * DOLLARS).round(0).cast(pl.Decimal(20, 3)),
            net_weight_kg=pl.when(~col("unknown")).then(col("tonnes") * KILOGRAMS),
            partner_kind=pl.when(col("partner") == col("reporter")).then(pl.lit("self")).otherwise("kind"),
            locator=pl.format(f"Y{found.year}, line {{}}, column {VALUE}", col("line")))
    if not met:
        raise Incomplete("the file has a header and no line", **where)


def _rejected(found: Year, row: Mapping[str, object]) -> Rejected:
    reason = _reason(row)
    found.first_said = found.first_said or reason
    # Of an area that nobody knows nothing was ever stored.
    if row["reporter"] is not None and row["partner"] is not None:
        if len(found.not_read) < MOST_LOST:
            found.not_read.append({"reporter": str(row["reporter"]), "partner": str(row["partner"])})
        else:
            found.not_read[:] = [{}]
    return Rejected(f"Y{found.year}, line {row['line']}, column {VALUE}", "record", reason,
                    ",".join(str(row[name]) for name in COLUMNS)[:200])


def _reason(row: Mapping[str, object]) -> str:
    printed = {name: str(row[name]).strip()[:40] for name in COLUMNS}
    for area, name in (("reporter", "i"), ("partner", "j")):
        if row[area] is None:
            return f"no area has the code '{printed[name]}': add it to areas.csv"
    if not re.fullmatch(r"[0-9]{1,6}", str(row["k"]), re.ASCII):
        return f"'{printed['k']}' is no product of six digits"
    number = printed_number(printed[VALUE])
    if number is None or not 0 <= number <= _LARGEST:
        return f"'{printed[VALUE]}' is no value in thousand dollars"
    return f"'{printed['q']}' is no weight in tonnes"


def period(year: int) -> dict[str, Value]:
    return {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}


def cell(stream: BinaryIO, line: int) -> str:
    """The printed value on a line. Raises NotReadable where there is none."""
    records = records_at(stream, {1, line})
    header = tuple(name.strip() for name in records[1])
    if header != COLUMNS or len(records[line]) != len(COLUMNS) or line == 1:
        raise NotReadable(f"line {line} is no line of a file of BACI")
    return records[line][COLUMNS.index(VALUE)]
