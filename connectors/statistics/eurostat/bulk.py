"""A bulk file of Comext (``full_v2_YYYYMM.7z``, YYYY52 for a year): millions of lines to one figure for each key. Pure.

Kept are all goods (``000TOTAL``) by every partner, so that ranks are decided by a whole table, and the products of ``PARTNERS``. The file
has a line for each statistical procedure (1 normal, 2 inward and 3 outward processing, 9 not from declarations); a figure is their sum, and
its locator names each line.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

from connectors.formats import seven_zip
from connectors.formats.delimited import Framed, header_of, records_at
from connectors.formats.rows import Unread
from connectors.months import last_of_month
from connectors.statistics.eurostat import products
from connectors.statistics.eurostat.publisher import LABELS
from warehouse.reference import areas
from warehouse.schema.content import Content
from warehouse.schema.errors import Incomplete, NotReadable, SchemaDrift
from warehouse.schema.travel import Check, Rejected, Value

if TYPE_CHECKING:
    import polars as pl

PARTNERS = ("CN", "HK", "MO", "TW", "MY", "SG", "VN", "TH", "ID", "PH", "BN", "KH", "LA", "MM", "TL")
"""Whose products are kept: China and what is counted apart from it, Taiwan, and the members of ASEAN."""
VALUE = "VALUE_EUR"
_KEY = ("REPORTER", "PARTNER", "FLOW", "PRODUCT_NC")
_CUTS = ("TRADE_TYPE", "PRODUCT_SITC", "PRODUCT_CPA21", "PRODUCT_CPA22", "PRODUCT_BEC", "PRODUCT_BEC5", "PRODUCT_SECTION",
         "STAT_PROCEDURE", "SUPPL_UNIT")
"""What tells the lines of one key apart."""
COLUMNS = ("REPORTER", "PARTNER", "TRADE_TYPE", "PRODUCT_NC", "PRODUCT_SITC", "PRODUCT_CPA21", "PRODUCT_CPA22", "PRODUCT_BEC",
           "PRODUCT_BEC5", "PRODUCT_SECTION", "FLOW", "STAT_PROCEDURE", "SUPPL_UNIT", "PERIOD", VALUE, "QUANTITY_KG",
           "QUANTITY_SUPPL_UNIT")
"""All that is read; VALUE_NAC stands beside, in each reporter's currency."""
OLDER = frozenset({"DECLARANT", "DECLARANT_ISO", "STAT_REGIME"})
"""Columns of the layout before full_v2."""
FLOWS = {"1": "import", "2": "export"}
VALUATION = {"1": "CIF", "2": "FOB"}
TYPES = ("E", "I")
"""Trade with countries outside of the Union, and inside. What L and M stand for is not known: they are counted and not stored."""
NO_UNIT = "NO_SU"
_NUMBER = r"^[0-9]{1,14}(\.[0-9]{1,3})?$"
_LOCATOR = re.compile(r"lines? ([0-9]{1,9}(?:, [0-9]{1,9}){0,999}) \((.*)\), column (.+)", re.ASCII | re.DOTALL)
_PROCEDURE = r"^[0-9A-Z]{1,2}$"
MOST_PARTS = 1_000
"""Keys of lines set aside that are told one by one."""


def is_bulk(head: bytes) -> bool:
    """By the header of a file that is not packed. Raises NotReadable for the layout before full_v2."""
    names = set(header_of(head))
    if names & OLDER and {"PARTNER", "FLOW"} & names:
        raise NotReadable("a bulk file of the layout before full_v2 (columns DECLARANT …), which is not read: full_v2_YYYYMM.7z has the "
                          "same month")
    return names >= {*_KEY, "STAT_PROCEDURE", "PERIOD", VALUE}


def member_of(names: Sequence[str], where: Mapping[str, str]) -> str:
    """The one table of an archive. Raises SchemaDrift where there is none, or more than one."""
    tables = [name for name in names if name.lower().endswith((".dat", ".csv"))]
    if len(tables) != 1:
        raise SchemaDrift(f"the archive has {len(tables)} tables where one is meant: {', '.join(names)[:200]}", **where)
    return tables[0]


@contextmanager
def opened(content: Content, *, dataset: str = "", url: str = "") -> Iterator[BinaryIO]:
    """The table of a document, packed or not."""
    if not content.head.startswith(seven_zip.MAGIC):
        with content.open() as stream:
            yield stream
        return
    where = {"dataset": dataset, "url": url}
    with seven_zip.opened(content, dataset=dataset, url=url) as archive, archive.open(member_of(archive.names, where)) as stream:
        yield stream


@dataclass
class Reading:
    """What a file holds of what is kept."""

    start: date
    end: date
    frame: pl.DataFrame
    """Columns of ``stats.trade``, one row a key."""
    header: tuple[str, ...]
    unread: Unread = field(default_factory=Unread)
    not_asked: Counter[str] = field(default_factory=Counter)
    checks: list[Check] = field(default_factory=list)


def read(content: Content, partners: Sequence[str] = PARTNERS, *, dataset: str = "", url: str = "") -> Reading:
    """Raises NotReadable, SchemaDrift, Incomplete, TooLarge."""
    import polars as pl

    where = {"dataset": dataset, "url": url}
    not_asked: Counter[str] = Counter()
    kept: list[pl.DataFrame] = []
    periods: set[str] = set()
    col = pl.col
    with opened(content, dataset=dataset, url=url) as stream:
        if content.head.startswith(seven_zip.MAGIC):
            is_bulk(stream.read(4096))
            stream.seek(0)
        else:
            is_bulk(content.head)
        lines = Framed(stream, needs=COLUMNS, ends=not content.head.startswith(seven_zip.MAGIC), **where)
        for first, frame in lines:
            periods |= set(frame["PERIOD"].str.strip_chars().unique())
            if len(periods) > 1:
                raise SchemaDrift(f"one file has the periods {', '.join(sorted(periods))[:100]}", **where)
            elsewhere = frame.select(
                pl.when(~col("TRADE_TYPE").is_in(list(TYPES))).then(pl.format("trade type {}", col("TRADE_TYPE").str.slice(0, 10)))
                .when((col("PRODUCT_NC") != products.ALL_GOODS[0]) & ~col("PARTNER").is_in(list(partners)))
                .then(pl.lit("products of another partner")).otherwise(pl.lit(""))).to_series()
            not_asked.update(dict(elsewhere.filter(elsewhere != "").value_counts().iter_rows()))
            kept.append(frame.with_columns(line=pl.int_range(first, first + frame.height, dtype=pl.Int64)).filter(elsewhere == "").select(
                *_KEY, col("STAT_PROCEDURE"), col("SUPPL_UNIT"), col(VALUE), col("QUANTITY_KG"), col("QUANTITY_SUPPL_UNIT"), col("line"),
                cut=pl.concat_str([col(name) for name in _CUTS], separator="|").hash()))
    if not periods:
        raise Incomplete("the file has a header and no line", **where)
    start, end = period(periods.pop(), where)
    found = pl.concat(kept)
    if found.is_empty():
        told = ", ".join(f"{count:,} {what}" for what, count in sorted(not_asked.items()))
        raise NotReadable(f"no figure of all goods, and none of the partners whose products are kept ({told})", **where)
    reading = Reading(start, end, found, lines.header, not_asked=not_asked)
    _summed(reading, where)
    reading.checks += [*_checks(reading.frame), *_members(reading)]
    return reading


def period(text: str, where: Mapping[str, str]) -> tuple[date, date]:
    """First and last day of ``202402``, or of ``202452``, which is the year. Raises SchemaDrift."""
    try:
        year, month = int(text[:4]), int(text[4:])
        if len(text) != 6 or not text.isascii() or not text.isdigit() or not 1988 <= year < 2100:
            raise ValueError(text)
        if month == 52:
            return date(year, 1, 1), date(year, 12, 31)
        return date(year, month, 1), last_of_month(date(year, month, 1))
    except ValueError:
        raise SchemaDrift(f"{text[:40]!r} is no month (YYYYMM) and no year (YYYY52)", **where) from None


def _summed(reading: Reading, where: Mapping[str, str]) -> None:
    """From lines to one row a key. A key of which a line cannot be read has no row: a sum without a part is another figure."""
    import polars as pl

    col = pl.col
    lines = _reasons(reading.frame, reading.start)
    bad = lines.filter(col("reason").is_not_null())
    if bad.height:
        _set_aside(reading, bad)
        lines = lines.join(bad.select(_KEY).unique(), on=_KEY, how="anti")
    if lines.is_empty():
        first = reading.unread.rejected[0]
        raise SchemaDrift(f"not one line could be read: {first.locator}: {first.reason}", **where)
    value, weight, amount = (col(name).cast(pl.Decimal(20, 3)) for name in (VALUE, "QUANTITY_KG", "QUANTITY_SUPPL_UNIT"))
    unit = col("SUPPL_UNIT")
    keys = lines.group_by(_KEY, maintain_order=True).agg(
        value=value.sum(), net_weight_kg=weight.sum().cast(pl.Float64), quantity=amount.sum().cast(pl.Float64),
        quantity_unit=pl.when((unit.n_unique() == 1) & (unit.first() != NO_UNIT) & (unit.first() != "")).then(unit.first()),
        decimals=col(VALUE).str.extract(r"\.([0-9]+)$").str.len_chars().fill_null(0).max().cast(pl.Int16),
        many=pl.len(), at=col("line").cast(pl.String).str.join(", "))
    on = reading.start
    year = on.year
    meant = {code: LABELS.area_of(code, on) for name in ("REPORTER", "PARTNER") for code in keys[name].unique()}
    kinds = {area: areas.kind_of(area) for area in meant.values() if area}
    area = {code: found for code, found in meant.items() if found}
    reading.frame = keys.with_columns(
        reporter=col("REPORTER").replace_strict(area, return_dtype=pl.String),
        partner=col("PARTNER").replace_strict(area, return_dtype=pl.String),
        flow=col("FLOW").replace_strict(FLOWS, return_dtype=pl.String),
        valuation=col("FLOW").replace_strict(VALUATION, return_dtype=pl.String), **products.columns(_padded(col("PRODUCT_NC")), year),
    ).select(
        "reporter", "partner", "flow", "classification", "product", "valuation", "value", "decimals",
        # A zero beside a value stands for less than half a unit, or for an amount that need not be declared: neither is nothing.
        quantity=pl.when(col("quantity_unit").is_not_null() & ((col("quantity") > 0) | (col("value") == 0))).then("quantity"),
        quantity_unit=pl.when((col("quantity") > 0) | (col("value") == 0)).then("quantity_unit"),
        net_weight_kg=pl.when((col("net_weight_kg") > 0) | (col("value") == 0)).then("net_weight_kg"),
        partner_kind=pl.when(col("partner") == col("reporter")).then(pl.lit("self")).otherwise(
            col("partner").replace_strict(kinds, return_dtype=pl.String)),
        product_level="product_level",
        locator=pl.format("line{} {} ({}), column " + VALUE, pl.when(col("many") > 1).then(pl.lit("s")).otherwise(pl.lit("")), col("at"),
                          pl.concat_str([col(name) for name in _KEY], separator=", ")))


def _reasons(lines: pl.DataFrame, on: date) -> pl.DataFrame:
    """The lines with why one cannot be understood beside it."""
    import polars as pl

    known = [code for name in ("REPORTER", "PARTNER") for code in lines[name].unique() if LABELS.area_of(code, on)]
    col = pl.col

    def unless(good: pl.Expr, name: str, said: str) -> pl.Expr:
        return pl.when(~good).then(pl.format(said, col(name).str.slice(0, 40)))

    lines = lines.with_columns(reason=pl.coalesce(
        unless(col("REPORTER").is_in(known), "REPORTER", "no area has the code '{}' then: add it to areas.csv"),
        unless(col("PARTNER").is_in(known), "PARTNER", "no area has the code '{}' then: add it to areas.csv"),
        unless(col("FLOW").is_in(list(FLOWS)), "FLOW", "'{}' is no flow"),
        unless(col("PRODUCT_NC").is_in(list(products.ALL_GOODS)) | _padded(col("PRODUCT_NC")).str.contains(r"^[0-9A-Z]{8}$"),
               "PRODUCT_NC", "'{}' is no code of eight digits"),
        unless(col("STAT_PROCEDURE").str.contains(_PROCEDURE), "STAT_PROCEDURE", "'{}' is no statistical procedure"),
        *(unless(col(name).str.contains(_NUMBER), name, f"'{{}}' is no {name}") for name in (VALUE, "QUANTITY_KG", "QUANTITY_SUPPL_UNIT"))))
    identity = lines.select(*_KEY, "cut")
    doubled = identity.is_duplicated()
    if not doubled.any():
        return lines
    # Of lines that nothing tells apart, equal ones are one; others contradict each other.
    figures = (VALUE, "QUANTITY_KG", "QUANTITY_SUPPL_UNIT")
    lines = lines.unique((*_KEY, "cut", *figures), keep="first", maintain_order=True)
    doubled = lines.select(*_KEY, "cut").is_duplicated()
    return lines.with_columns(reason=pl.coalesce(
        col("reason"), pl.when(doubled).then(pl.lit("two figures of one key and procedure, and nothing tells them apart"))))


def _padded(code: pl.Expr) -> pl.Expr:
    """With the leading zero that a code of chapters 01 to 09 may have lost."""
    import polars as pl

    return pl.when(code.str.contains(r"^[0-9]{7}$")).then(pl.concat_str([pl.lit("0"), code])).otherwise(code)


def _set_aside(reading: Reading, bad: pl.DataFrame) -> None:
    for row in bad.iter_rows(named=True):
        key = [str(row[name]) for name in _KEY]
        reading.unread.rejected.append(Rejected(
            f"line {row['line']} ({', '.join(key)}), column {VALUE}"[:300], "line", row["reason"],
            ", ".join(str(row[name]) for name in (*_KEY, "STAT_PROCEDURE", VALUE, "QUANTITY_KG", "SUPPL_UNIT"))[:300]))
    # Of an area that nobody knows nothing was ever stored.
    for row in bad.filter(~bad["reason"].str.starts_with("no area")).select(_KEY).unique(maintain_order=True).iter_rows(named=True):
        whose: dict[str, Value] = {}
        for name, column in (("reporter", "REPORTER"), ("partner", "PARTNER")):
            if area := LABELS.area_of(row[column], reading.start):
                whose[name] = area
        if row["FLOW"] in FLOWS:
            whose["flow"] = FLOWS[row["FLOW"]]
        whose["product"] = "TOTAL" if row["PRODUCT_NC"] in products.ALL_GOODS else f"{row['PRODUCT_NC']:0>8}"[:100]
        if len(reading.unread.not_read) >= MOST_PARTS:
            reading.unread.not_read[:] = [{}]
            return
        reading.unread.not_read.append(whose)


def _checks(rows: pl.DataFrame) -> Iterator[Check]:
    """Whether products with their confidential remainders stay within all goods, of each reporter, partner and flow that has both."""
    import polars as pl

    total = pl.col("product_level") == 0
    by = ("reporter", "partner", "flow")
    sums = rows.group_by(by, maintain_order=True).agg(
        whole=pl.col("value").filter(total).sum().cast(pl.Float64), parts=pl.col("value").filter(~total).sum().cast(pl.Float64),
        both=total.any() & (~total).any()).filter(pl.col("both") & (pl.col("whole") > 0))
    if sums.is_empty():
        return
    parts, whole = float(sums["parts"].sum()), float(sums["whole"].sum())
    over = sums.filter(pl.col("parts") > pl.col("whole") * 1.001)
    told = f"{100 * parts / whole:.1f} % of all goods"
    if over.height:
        first = ", ".join(str(over[name][0]) for name in by)
        yield Check("products", "warn", f"{over.height} of {sums.height} above", told,
                    f"products and confidential remainders come to more than all goods, first of {first}")
    else:
        yield Check("products", "info", told, "at most 100 %", "products and confidential remainders stay within all goods")


@cache
def members() -> tuple[tuple[str, date, date], ...]:
    """Members of the Union with their first and last day: accessions by treaty, and the United Kingdom's end of transition."""
    found = [(area, date.fromisoformat(since), date.max) for since, several in (
        ("1958-01-01", "BEL DEU FRA ITA LUX NLD"), ("1973-01-01", "DNK IRL"), ("1981-01-01", "GRC"), ("1986-01-01", "ESP PRT"),
        ("1995-01-01", "AUT FIN SWE"), ("2004-05-01", "CYP CZE EST HUN LTU LVA MLT POL SVK SVN"), ("2007-01-01", "BGR ROU"),
        ("2013-07-01", "HRV")) for area in several.split()]
    # It left on 31 January 2020 and reported to the end of that year.
    return (*found, ("GBR", date(1973, 1, 1), date(2020, 12, 31)))


def _members(reading: Reading) -> Iterator[Check]:
    """Whether those who were members report, and nobody else."""
    then = {area for area, first, last in members() if first <= reading.start <= last}
    told = set(reading.frame["reporter"].unique())
    for what, those, said in (("members missing", then - told, "members of the Union of then have no figure in this file"),
                              ("not members", told - then, "reporters in this file were no members of the Union then")):
        if those:
            yield Check("members", "warn", ", ".join(sorted(those)), f"{len(then)} members", said, subject=what)


def cell(content: Content, locator: str) -> str:
    """The printed cells of a locator, with `` + `` between them. Raises NotReadable where these bytes have no such cell."""
    found = _LOCATOR.fullmatch(locator)
    if not found:
        raise NotReadable(f"a locator of a bulk file reads 'line N (row), column NAME', not {locator[:200]!r}")
    numbers = [int(number) for number in found[1].split(", ")]
    with opened(content) as stream:
        records = records_at(stream, {1, *numbers})
    header = tuple(name.strip() for name in records[1])
    if not {*_KEY, found[3]} <= set(header):
        raise NotReadable(f"these bytes are no bulk file with a column {found[3][:40]}")
    printed = []
    for number in numbers:
        cells = records[number]
        held = ", ".join(cells[header.index(name)] for name in _KEY) if len(cells) == len(header) else ""
        if held != found[2]:
            raise NotReadable(f"line {number} is ({held[:200]}) in these bytes, not ({found[2][:200]})")
        printed.append(cells[header.index(found[3])])
    return " + ".join(printed)
