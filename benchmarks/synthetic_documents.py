"""Synthetic documents in the shapes of a large JSON answer (UN Comtrade ``data/v1/get``) and a large CSV (CEPII BACI).

Every figure is made up by hashing its row number, so the same arguments give the same bytes. Country codes are from the
range that ISO 3166-1 leaves to users (XAA to XZZ): no row can be taken for a real one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import polars as pl

AREAS = tuple(f"X{a}{b}" for a in "ABCDEFGHIJ" for b in "ABCDEFGHIJKLMNOPQRSTUVW" if (a, b) != ("X", "X"))
"""230 synthetic areas: as many as a publisher knows. A synthetic numeric code is 100 plus the place in this tuple."""
PRODUCTS = 5_000
"""About as many as there are six-digit products."""


@dataclass(frozen=True)
class Revised:
    """Which rows of a file have other values than in the file without it: one in ``every``."""

    every: int
    factor: float
    scattered: bool
    """Each so many rows one, or the first of the file together."""
    alone: bool
    """The other rows are left out."""


def _product(number: pl.Expr) -> pl.Expr:
    """A six-digit code; the first thousand begin with a zero, as chapters 01 to 09 do."""
    return (number * 181 + 10_121).cast(pl.String).str.zfill(6)


def _amount(salt: int, below: int) -> pl.Expr:
    """Pseudo-random whole numbers; the same row gives the same number."""
    return pl.col("n").hash(salt) % below


def comtrade_json(rows: int, *, seconds: str = "0.09") -> bytes:
    """``{"data":[{… 47 columns …}]}``: one reporter's annual exports and imports by partner and product.

    Another ``seconds`` gives other bytes with the same figures, as the publisher's own answers do.
    """
    n = pl.col("n")
    area, product, export = n % len(AREAS), n // len(AREAS) % PRODUCTS, n // (len(AREAS) * PRODUCTS) % 2 == 0
    names = pl.Series(AREAS)
    frame = pl.select(n=pl.int_range(0, rows, dtype=pl.UInt64))
    value = (_amount(0, 10**9) + 1).cast(pl.Float64) + _amount(1, 1000) / 1000
    weight = pl.when(n % 7 != 0).then(_amount(2, 10**7).cast(pl.Float64))
    frame = frame.select(
        typeCode=pl.lit("C"), freqCode=pl.lit("A"), refPeriodId=20240101, refYear=2024, refMonth=52,
        period=pl.lit("2024"),
        reporterCode=99, reporterISO=pl.lit("XZZ"), reporterDesc=pl.lit("Synthetic reporter"),
        flowCode=pl.when(export).then(pl.lit("X")).otherwise(pl.lit("M")),
        flowDesc=pl.when(export).then(pl.lit("Export")).otherwise(pl.lit("Import")),
        partnerCode=area + 100, partnerISO=pl.lit(names).gather(area), partnerDesc=pl.format("Synthetic area {}", area),
        partner2Code=0, partner2ISO=pl.lit("W00"), partner2Desc=pl.lit("World"), classificationCode=pl.lit("H6"),
        classificationSearchCode=pl.lit("HS"), isOriginalClassification=True, cmdCode=_product(product),
        cmdDesc=pl.format("Synthetic product {}; not elsewhere specified, of a length that descriptions have", product),
        aggrLevel=6, isLeaf=True, customsCode=pl.lit("C00"), customsDesc=pl.lit("TOTAL CPC"), mosCode=pl.lit("0"),
        motCode=0, motDesc=pl.lit("TOTAL MOT"), qtyUnitCode=8, qtyUnitAbbr=pl.lit("kg"), qty=weight,
        isQtyEstimated=False,
        altQtyUnitCode=-1, altQtyUnitAbbr=pl.lit("N/A"), altQty=pl.lit(None, pl.Float64), isAltQtyEstimated=False,
        netWgt=weight, isNetWgtEstimated=n % 5 == 0, grossWgt=pl.lit(None, pl.Float64), isGrossWgtEstimated=False,
        cifvalue=pl.when(~export).then(value), fobvalue=pl.when(export).then(value), primaryValue=value,
        legacyEstimationFlag=0, isReported=True, isAggregate=False)
    lines = BytesIO()
    frame.write_ndjson(lines)
    body = lines.getvalue().rstrip(b"\n").replace(b"}\n{", b"},{")
    return b'{"elapsedTime":"%b secs","count":%d,"data":[%b],"error":""}' % (seconds.encode(), rows, body)


def baci_csv(rows: int, *, year: int = 2024, revised: Revised | None = None, codes: Sequence[int] = ()) -> bytes:
    """``t,i,j,k,v,q``, sorted by i, j, k: k has lost its leading zero, q is blank-padded and NA in places.

    From one year to the next a pair trades one product in twenty no more, and another instead. ``codes``: other codes of the areas, for a
    reader that takes only those which it knows.
    """
    numbers = pl.select(n=pl.int_range(0, rows, dtype=pl.UInt64))
    out = BytesIO()
    frame = _baci(numbers, rows, year, revised)
    if codes:
        known = pl.Series(codes)
        frame = frame.with_columns(i=pl.lit(known).gather(pl.col("i") - 100), j=pl.lit(known).gather(pl.col("j") - 100))
    frame.write_csv(out, quote_style="never")
    return out.getvalue()


def baci_with_references(first: int, last: int, *, rows: int) -> pl.DataFrame:
    """Lines ``first`` to before ``last`` of a file of so many ``rows``, with a seventh column of digits that hardly pack."""
    numbers = pl.select(n=pl.int_range(first, last, dtype=pl.UInt64))
    digits = [pl.col("n").hash(salt).cast(pl.String).str.zfill(20) for salt in range(10, 16)]
    return _baci(numbers, rows, 2024, None).with_columns(numbers.select(ref=pl.concat_str(digits)).to_series())


def _baci(numbers: pl.DataFrame, rows: int, year: int, revised: Revised | None) -> pl.DataFrame:
    n = pl.col("n")
    per_pair = max(1, -(-rows // (len(AREAS) * (len(AREAS) - 1))))
    apart = PRODUCTS // per_pair
    pair = n // per_pair
    exporter, other = pair // (len(AREAS) - 1), pair % (len(AREAS) - 1)
    changing = pl.when(n % 20 == 0).then((year - 2024) % apart).otherwise(0).cast(pl.UInt64)
    product = (pair * 7 + n % per_pair * apart + changing) % PRODUCTS
    value = (_amount(0, 10**8) + 1) / 1000 * (1 + (year - 2024) / 100)
    if revised:
        chosen = n % revised.every == 0 if revised.scattered else n < -(-rows // revised.every)
        value *= pl.when(chosen).then(revised.factor).otherwise(1.0)
        numbers = numbers.filter(chosen) if revised.alone else numbers
    weight = (_amount(2, 10**7) / 1000).round(3).cast(pl.String)
    return numbers.select(
        t=year, i=exporter + 100, j=other + (other >= exporter).cast(pl.UInt64) + 100,
        k=_product(product).str.strip_chars_start("0"), v=value.round(3),
        q=pl.when(n % 11 == 0).then(pl.lit("NA")).otherwise(weight).str.pad_start(13, " "))
