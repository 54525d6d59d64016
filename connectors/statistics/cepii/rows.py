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

from connectors.formats.delimited import Framed, header_of, records_at
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
# R writes 100000 as 1e+05.
_NUMBER = r"^[0-9]{1,15}(\.[0-9]{0,15})?([eE][+-]?[0-9]{1,2})?$"
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
    """Of all areas."""


def frames(stream: BinaryIO, found: Year, codes: Mapping[str, str], **where: str) -> Iterator[pl.DataFrame]:
    """Rows a piece of the file at a time. Raises SchemaDrift for another year's line, Incomplete for a file without one."""
    import polars as pl

    kinds = {area: areas.kind_of(area) for area in codes.values()}
    col = pl.col
    met = 0
    for first, frame in Framed(stream, needs=COLUMNS, **where):
        met += frame.height
        found.codes.update(frame["i"].unique(), frame["j"].unique())
        years = set(frame["t"].unique()) - {str(found.year)}
        if years:
            raise SchemaDrift(f"the file of {found.year} has lines of {', '.join(sorted(years))[:100]}", **where)
        weight = col("q").str.strip_chars()
        known = weight.is_in(["NA", ""]).not_()
        read = frame.with_columns(line=pl.int_range(first, first + frame.height, dtype=pl.Int64), weight=weight).with_columns(
            reporter=col("i").replace_strict(codes, default=None, return_dtype=pl.String),
            partner=col("j").replace_strict(codes, default=None, return_dtype=pl.String),
            thousands=pl.when(col(VALUE).str.contains(_NUMBER)).then(col(VALUE)).cast(pl.Float64),
            tonnes=pl.when(col("weight").str.contains(_NUMBER)).then(col("weight")).cast(pl.Float64),
        ).with_columns(reason=pl.coalesce(
            pl.when(col("reporter").is_null()).then(pl.format("no area has the code '{}': add it to areas.csv", col("i").str.slice(0, 40))),
            pl.when(col("partner").is_null()).then(pl.format("no area has the code '{}': add it to areas.csv", col("j").str.slice(0, 40))),
            pl.when(~col("k").str.contains(r"^[0-9]{1,6}$")).then(pl.format("'{}' is no product of six digits", col("k").str.slice(0, 40))),
            pl.when(col("thousands").is_null() | (col("thousands") >= _LARGEST)).then(
                pl.format("'{}' is no value in thousand dollars", col(VALUE).str.slice(0, 40))),
            pl.when(known & (col("tonnes").is_null() | (col("tonnes") >= _LARGEST))).then(
                pl.format("'{}' is no weight in tonnes", col("weight").str.slice(0, 40)))))
        bad = read.filter(col("reason").is_not_null())
        found.rejected = [_rejected(found, row) for row in bad.iter_rows(named=True)]
        good = read.filter(col("reason").is_null()).select(
            "reporter", "partner", product=col("k").str.zfill(6),
            # Thousands with three decimals are whole dollars.
            value=(col("thousands") * DOLLARS).round(0).cast(pl.Decimal(20, 3)), net_weight_kg=col("tonnes") * KILOGRAMS,
            partner_kind=pl.when(col("partner") == col("reporter")).then(pl.lit("self")).otherwise(
                col("partner").replace_strict(kinds, return_dtype=pl.String)),
            locator=pl.format(f"Y{found.year}, line {{}}, column {VALUE}", col("line")))
        found.rows += good.height
        yield good
    if not met:
        raise Incomplete("the file has a header and no line", **where)


def _rejected(found: Year, row: Mapping[str, object]) -> Rejected:
    reason = str(row["reason"])
    found.first_said = found.first_said or reason
    # Of an area that nobody knows nothing was ever stored.
    if row["reporter"] is not None and row["partner"] is not None:
        if len(found.not_read) < MOST_LOST:
            found.not_read.append({"reporter": str(row["reporter"]), "partner": str(row["partner"])})
        else:
            found.not_read[:] = [{}]
    return Rejected(f"Y{found.year}, line {row['line']}, column {VALUE}", "record", reason,
                    ",".join(str(row[name]) for name in COLUMNS)[:200])


def period(year: int) -> dict[str, Value]:
    return {"period_start": date(year, 1, 1), "period_end": date(year, 12, 31)}


def cell(stream: BinaryIO, line: int) -> str:
    """The printed value on a line. Raises NotReadable where there is none."""
    records = records_at(stream, {1, line})
    header = tuple(name.strip() for name in records[1])
    if header != COLUMNS or len(records[line]) != len(COLUMNS) or line == 1:
        raise NotReadable(f"line {line} is no line of a file of BACI")
    return records[line][COLUMNS.index(VALUE)]
