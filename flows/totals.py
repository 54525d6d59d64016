"""Details, remainder and total of a table held against each other: which totals are proved by the sample, and which only bound it.

Pure, over what a connector read of a document. What comes to more than its total counts twice and is a breach. What comes to less may be
rightly so, and then the reason is one that can be seen: what the dataset declares, what the document says of itself, what was set aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import polars as pl

from warehouse.schema.travel import Batch, Dataset, Document

PARTNERS, CONTINENTS, PRODUCTS, FLOWS, MONTHS = "partners", "continents", "products", "flows", "months"
_USUAL = {"product_level": 0, "decimals": 0, "unit_multiplier": 1, "breakdown": "-", "classification": "-", "product": "TOTAL"}
_TRADE = ("export", "import", "re-export", "domestic-export")
_CONTINENTS = ({"AFRICA", "AMERICAS", "ASIA", "EUROPE", "OCEANIA"}, {"AFRICA", "ASIA", "EUROPE", "LATAM", "NAMERICA", "OCEANIA"})
_NOWHERE = "XXX"
"""Areas not specified, which stand beside the continents."""
_IDENTITIES = (("total", "export", "import", 1), ("balance", "export", "import", -1), ("export", "domestic-export", "re-export", 1))
"""A flow, and the two whose sum or difference it is."""


@dataclass(frozen=True)
class Summed:
    """The totals of one dataset that have details beside them."""

    dataset: str
    of: str
    """What the details are: partners, continents, products, flows or months."""
    totals: int
    equal: int
    """Details and remainder come to the total, within half a unit of the last digit of each that is printed."""
    beyond: tuple[str, ...] = ()
    """Of which the details come to more, in words."""
    least: float = 1.0
    """The smallest share of a total that its details come to."""
    why: str = ""
    """Why details may come to less; empty where they must be equal."""

    @property
    def exact(self) -> bool:
        return self.equal == self.totals

    def __str__(self) -> str:
        held = "exact" if self.exact else "bounded"
        told = f"{self.equal:,} of {self.totals:,} totals are the sum of their {self.of}"
        return f"{self.dataset}: {held}: {told}" + ("" if self.exact else f", the others at least {self.least:.1%} of it: {self.why}")


def of_batch(document: Document, batch: Batch, dataset: Dataset, frame: pl.DataFrame) -> Iterator[Summed]:
    """What the figures of a batch prove of its totals. ``frame``: its rows, constants among them; those of ``stats.trade`` alone."""
    if dataset.table != "stats.trade" or not frame.height or "partner_kind" not in frame.columns:
        return
    frame = frame.with_columns(pl.lit(value).alias(name) for name, value in _USUAL.items() if name not in frame.columns)
    unstated = frame.filter(pl.col("value").is_null()).height
    half = pl.col("unit_multiplier").cast(pl.Float64) * pl.lit(10.0).pow(-pl.col("decimals").cast(pl.Float64)) / 2
    frame = frame.filter(pl.col("value").is_not_null() & (pl.col("breakdown") == "-")).with_columns(
        pl.col("value").cast(pl.Float64), half.alias("half"))
    names = ("reporter", "flow", "valuation", "currency", "period_start", "period_end")
    keys: list[str] = [name for name in names if name in frame.columns]
    excused = "; ".join(said for said, so in (
        ("each figure is stated by itself", dataset.account == "statement"),
        ("the document is an excerpt", document.fetch.part or document.fetch.origin_kind == "reconstructed"),
        (f"{len(batch.rejected):,} rows were set aside", bool(batch.rejected)),
        (f"{unstated:,} figures are confidential or not given", bool(unstated))) if so)
    for of, found, must, why in (
            (PARTNERS, _partners(frame, keys), dataset.partner_scope == "all", "it lists selected partners"),
            (CONTINENTS, _continents(frame, keys), True, ""),
            (PRODUCTS, _products(frame, keys), None, "it gives no remainder"), (FLOWS, _flows(frame, keys), True, ""),
            (MONTHS, _months(frame, keys), True, "")):
        yield from _judged(batch.dataset, of, found, must, why, excused)


def together(found: Sequence[Summed]) -> list[Summed]:
    """One line for each dataset and kind of details."""
    made: dict[tuple[str, str], Summed] = {}
    for each in found:
        held = made.get((each.dataset, each.of))
        made[each.dataset, each.of] = each if held is None else replace(
            held, totals=held.totals + each.totals, equal=held.equal + each.equal, beyond=(*held.beyond, *each.beyond),
            least=min(held.least, each.least), why="; ".join(dict.fromkeys(why for why in (held.why, each.why) if why)))
    return [made[key] for key in sorted(made)]


def _judged(dataset: str, of: str, found: pl.DataFrame, must: bool | None, why: str, excused: str) -> Iterator[Summed]:
    """``must``: whether the table says that nothing is left out; None where its remainder says so, or its absence."""
    if not found.height:
        return
    room = pl.col("half") + pl.col("room")
    found = found.with_columns((pl.col("sum") + pl.col("rest") - pl.col("value")).alias("off"), room.alias("room"))
    equal = found.filter(pl.col("off").abs() <= pl.col("room"))
    less = found.filter(pl.col("off") < -pl.col("room"))
    beyond = found.filter(pl.col("off") > pl.col("room"))
    if must is None:
        must = less.height == 0 or bool((less["rest"] != 0).all())
    shares = less.select(((pl.col("sum") + pl.col("rest")) / pl.col("value")).alias("share"))["share"].to_list()
    yield Summed(dataset, of, found.height, equal.height, tuple(
        f"its {of} add up to {row['sum'] + row['rest']:,.0f}, more than the {row['value']:,.0f} of {row['locator']!r}: "
        "groups, parts or flows stand among them as if they were apart" for row in beyond.head(2).iter_rows(named=True)),
        min(shares, default=1.0), excused or ("" if must else why))


def _added(frame: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    return frame.group_by(by).agg(pl.col("value").sum().alias("sum"), pl.col("half").sum().alias("room"))


def _partners(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The world against its countries and the areas that are not specified."""
    frame = frame.filter(pl.col("flow").is_in(_TRADE))
    by = [*keys, "classification", "product", "product_level"]
    listed = frame.filter(pl.col("partner_kind").is_in(["country", "unspecified", "self"]))
    return frame.filter(pl.col("partner") == "WLD").join(_added(listed, by), on=by).with_columns(pl.lit(0.0).alias("rest"))


def _continents(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """The world against the continents, where the table has all of them, and the areas not specified."""
    frame = frame.filter(pl.col("flow").is_in(_TRADE))
    by = [*keys, "classification", "product", "product_level"]
    rest = frame.filter(pl.col("partner") == _NOWHERE).select(*by, pl.col("value").alias("rest"), pl.col("half").alias("more"))
    found = []
    for names in _CONTINENTS:
        parts = frame.filter(pl.col("partner").is_in(names)).group_by(by).agg(
            pl.col("value").sum().alias("sum"), pl.col("half").sum().alias("room"), pl.col("partner").n_unique().alias("there"))
        found.append(parts.filter(pl.col("there") == len(names)))
    whole = frame.filter(pl.col("partner") == "WLD").join(pl.concat(found), on=by).join(rest, on=by, how="left")
    return whole.with_columns(pl.col("rest").fill_null(0.0), pl.col("room") + pl.col("more").fill_null(0.0))


def _products(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """All goods against the products of each level, with the remainder that belongs to none."""
    frame = frame.filter(pl.col("flow").is_in(_TRADE))
    by = [*keys, "partner"]
    each = _added(frame.filter(pl.col("product_level") > 0), [*by, "classification", "product_level"])
    rest = _added(frame.filter(pl.col("product_level") < 0), [*by, "classification"]).rename({"sum": "rest", "room": "more"})
    each = each.join(rest, on=[*by, "classification"], how="left").with_columns(
        pl.col("rest").fill_null(0.0), pl.col("room") + pl.col("more").fill_null(0.0))
    whole = frame.filter(pl.col("product_level") == 0).drop("classification", "product_level")
    return whole.join(each, on=by)


def _flows(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Total trade and balance against exports and imports, exports against their domestic and re-exported part."""
    by = [*(name for name in keys if name not in ("flow", "valuation")), "partner", "classification", "product"]
    # Of several valuations of one flow nobody says which the total takes.
    one = frame.filter(pl.len().over([*by, "flow"]) == 1)
    found = []
    for whole, first, second, sign in _IDENTITIES:
        parts = [one.filter(pl.col("flow") == name).select(
            *by, pl.col("value").alias(f"value_{name}"), pl.col("half").alias(f"half_{name}")) for name in (first, second)]
        made = one.filter(pl.col("flow") == whole).join(parts[0], on=by).join(parts[1], on=by)
        found.append(made.select(
            "value", "half", "locator", (pl.col(f"value_{first}") + sign * pl.col(f"value_{second}")).alias("sum"),
            (pl.col(f"half_{first}") + pl.col(f"half_{second}")).alias("room"), pl.lit(0.0).alias("rest")))
    return pl.concat(found)


def _months(frame: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """A year, quarter or year to date against its months, where each of these is there."""
    by = [*(name for name in keys if not name.startswith("period_")), "partner", "classification", "product"]
    first, last = pl.col("period_start"), pl.col("period_end")
    number = (last.dt.year() - first.dt.year()) * 12 + last.dt.month() - first.dt.month() + 1
    spans = frame.with_columns(number.cast(pl.Int64).alias("months")).filter((first.dt.day() == 1) & (last == last.dt.month_end()))
    months = spans.filter(pl.col("months") == 1).select(
        *by, first.alias("month"), pl.col("value").alias("part"), pl.col("half").alias("room"))
    made = spans.filter(pl.col("months") > 1).join(months, on=by).filter((pl.col("month") >= first) & (pl.col("month") <= last))
    made = made.group_by([*by, "period_start", "period_end", "months"]).agg(
        pl.col("value", "half", "locator").first(), pl.col("part").sum().alias("sum"), pl.col("room").sum(), pl.len().alias("there"))
    return made.filter(pl.col("there") == pl.col("months")).with_columns(pl.lit(0.0).alias("rest"))
