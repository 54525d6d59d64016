"""Products of Comext: which edition a code of a year belongs to, and which level it has. Pure.

The Combined Nomenclature (CN) is another each 1 January. Its first six digits are the HS edition then in force, so that a heading of
2024 is one of HS2022, and an eight-digit code one of CN2024.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

ALL_GOODS = ("000TOTAL", "TOTAL")
"""In the bulk files, and in the SDMX tables."""
CODE = r"^([0-9A-Z]{2}|[0-9A-Z]{4}|[0-9A-Z]{6}|[0-9A-Z]{8})$"
"""Letters stand in codes for confidential remainders (``39XXXXXX``, ``850610XX``), and in codes of old years (``99RRR100``)."""
REMAINDER = r"^[0-9]{0,6}X{2,8}$"
"""What is left of a chapter, heading or subheading once what is confidential in it is not told by product: its value is published, the
product is not."""
RESIDUAL = -1
"""The level of a remainder: it is summed with no other."""
_EDITIONS = (1988, 1996, 2002, 2007, 2012, 2017, 2022, 2028)


def hs_edition(year: int) -> str:
    """The HS in force in the Union in a year. Those of 1988 and 1992 are one here, as the UN counts them."""
    since = max(edition for edition in _EDITIONS if edition <= max(year, 1988))
    return f"HS{1992 if since == 1988 else since}"


def columns(code: pl.Expr, year: int) -> dict[str, pl.Expr]:
    """Classification, product and level of a printed code of that year."""
    import polars as pl

    total, remainder = code.is_in(list(ALL_GOODS)), code.str.contains(REMAINDER)
    length = code.str.len_chars()
    return {
        "classification": pl.when(total).then(pl.lit("-")).when(length <= 6).then(pl.lit(hs_edition(year))).otherwise(pl.lit(f"CN{year}")),
        "product": pl.when(total).then(pl.lit("TOTAL")).otherwise(code),
        "product_level": pl.when(total).then(0).when(remainder).then(RESIDUAL).otherwise(length).cast(pl.Int16)}
