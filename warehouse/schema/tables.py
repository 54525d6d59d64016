"""The tables' contracts: the one home of every column, its type, its meaning and its rules.

From here come the lake's tables (``sql_columns``), the checks before a commit (each ``Table.contract`` is a dataframely
schema) and ``docs/data-dictionary.md``. A revision twin's columns follow from its fact table. MODEL.md gives the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import dataframely as dy
import polars as pl

FLOWS = ("export", "import", "total", "balance", "re-export", "re-import", "domestic-export", "retained-import")
VALUATIONS = ("FOB", "CIF", "CIF+FOB", "FOB-CIF", "-")
STATUSES = ("A", "P", "E", "I", "F", "B", "Q")
PARTNER_KINDS = ("country", "part", "group", "world", "unspecified", "self")
BASES = ("stamp", "page", "release_list", "calendar", "between", "first_seen")
REVISION_KINDS = ("revised", "annotated", "reclassified", "withdrawn", "restored", "reread", "backfilled", "undone")
FX_KINDS = ("day", "month_avg", "period_end", "customs_implied")


def _text(description: str, *, key: bool = False, nullable: bool = False, oneof: tuple[str, ...] | None = None,
          regex: str | None = None) -> Any:
    if oneof:
        regex = "^(" + "|".join(part.replace("+", r"\+") for part in oneof) + ")$"
    return dy.String(primary_key=key, nullable=nullable and not key, regex=regex, description=description)


def _when(description: str, *, nullable: bool = False, key: bool = False) -> Any:
    return dy.Datetime(time_zone="UTC", nullable=nullable and not key, primary_key=key, description=description)


class _Provenance(dy.Schema):
    """Columns that every fact ends with: when it was released and seen, and which bytes and cell it came from."""

    released_at = _when("When this version was public; how we know stands in released_basis. ALFRED's realtime_start.")
    released_basis = _text("stamp (printed to the minute), page (printed date), release_list, calendar, between (silent "
                           "overwrite: after the last confirmation of the old, at or before first_seen_at), first_seen.",
                           oneof=BASES)
    first_seen_at = _when("When this lake's archive first held the bytes that show this version.")
    version_no = dy.Int64(nullable=False, description="1 for the first version that arrived here, counted in order of arrival.")
    version_id = _text("Hash of table, key and version number: what a footnote cites, with the load id.")
    fetch_id = _text("The record of the answer it was read from: ops.fetch.")
    locator = _text("Which cell of those bytes: table, row and column as the publisher prints them.")
    load_id = _text("The load that brought this version: ops.load.")


class Trade(_Provenance):
    """One row per figure on trade in goods: unadjusted values, as the publisher printed them."""

    dataset = _text("One table of one publisher in one edition: ref.dataset.", key=True)
    reporter = _text("Whose account: an area of ref.area.", key=True)
    partner = _text("The other side: an area or group of ref.area. partner = reporter is allowed (re-imports) and out of "
                    "every ranking.", key=True)
    flow = _text("As published, seen from the reporter. Flows nest: no view sums over them.", key=True, oneof=FLOWS)
    classification = _text("`-` for all goods; else HS2022, CN2024, SITC4-1, … or the publisher's own list.", key=True)
    product = _text("TOTAL for all goods; else a code, always text: chapter \"01\".", key=True)
    breakdown = _text("`-`, or exactly one further cut as the publisher makes it (regime=ordinary).", key=True)
    valuation = _text("FOB, CIF, CIF+FOB for a total, FOB-CIF for a balance, `-` unknown.", key=True, oneof=VALUATIONS)
    currency = _text("ISO 4217, as published. The CNY and the USD edition of a table are two rows.", key=True,
                     regex="^[A-Z]{3}$")
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive.")
    period_kind = _text("M, Q, A, YTD or SPAN: a function of the two dates alone.", oneof=("M", "Q", "A", "YTD", "SPAN"))
    value = dy.Decimal(20, 3, nullable=True, description="Whole currency units, rounded to the publisher's decimals before "
                                                         "comparing. Null only where it is confidential (status Q).")
    unit_multiplier = dy.Int64(nullable=False, min=1, description="What one printed unit is in currency units (CNY 100 "
                                                                  "million: 100000000).")
    decimals = dy.Int16(nullable=False, description="Decimals printed, so that half a unit of the last digit is known.")
    status = _text("A normal, P provisional, E estimated, I imputed from the partner, F forecast, B break, Q confidential.",
                   oneof=STATUSES)
    flags = _text("The publisher's own marks, `name=value;…`, untouched.")
    quantity = dy.Float64(nullable=True, description="In quantity_unit; null where not applicable, never 0 for missing.")
    quantity_unit = _text("Unit of quantity as published.", nullable=True)
    net_weight_kg = dy.Float64(nullable=True, description="Net weight in kilograms; null where not published.")
    published_yoy_pct = dy.Decimal(9, 2, nullable=True, description="Year-on-year growth that the publisher prints for this "
                                                                   "very row, in per cent.")
    published_mom_pct = dy.Decimal(9, 2, nullable=True, description="Month-on-month growth that the publisher prints for this "
                                                                   "very row, in per cent.")
    partner_kind = _text("country, part, group, world, unspecified or self.", oneof=PARTNER_KINDS)
    product_level = dy.Int16(nullable=False, description="0 total, 1 section, 2/4/6/8/10, −1 residual or confidential remainder.")

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("period_start") <= pl.col("period_end")

    @dy.rule()
    def value_or_confidential(cls) -> pl.Expr:
        return pl.col("value").is_not_null() | (pl.col("status") == "Q")

    @dy.rule()
    def only_balances_are_negative(cls) -> pl.Expr:
        return (pl.col("value") >= 0) | pl.col("value").is_null() | (pl.col("flow") == "balance")


class FxRate(_Provenance):
    """One row per exchange rate: units of ``quote`` for one ``base``."""

    dataset = _text("The publisher's rate table: ref.dataset.", key=True)
    base = _text("ISO 4217 currency that is priced.", key=True, regex="^[A-Z]{3}$")
    quote = _text("ISO 4217 currency of the price.", key=True, regex="^[A-Z]{3}$")
    kind = _text("day, month_avg, period_end or customs_implied.", key=True, oneof=FX_KINDS)
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive; a day's rate has both days equal.")
    rate = dy.Decimal(28, 12, nullable=False, min_exclusive=0, description="Units of quote for one unit of base, rounded to "
                                                                           "twelve decimals.")

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("period_start") <= pl.col("period_end")


class Indicator(_Provenance):
    """One row per index, share, stated rank or other number that is not an unadjusted value of trade."""

    dataset = _text("ref.dataset.", key=True)
    area = _text("Whose indicator: an area of ref.area.", key=True)
    partner = _text("The other side where there is one, else `-`.", key=True)
    product = _text("Product where there is one, else `-`.", key=True)
    indicator = _text("What is measured, in snake_case (rank_of_partner_in_group, streak_largest_partner_years).", key=True)
    adjustment = _text("N not adjusted, S seasonally adjusted.", key=True, oneof=("N", "S"))
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive.")
    unit = _text("Unit of value.", key=True)
    value = dy.Decimal(28, 8, nullable=False, description="In unit.")
    status = _text("As in stats.trade.", oneof=STATUSES)
    base_period = _text("Base of an index, empty where there is none.")
    flags = _text("The publisher's own marks, `name=value;…`.")

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("period_start") <= pl.col("period_end")


class RefDataset(dy.Schema):
    """What is known of each dataset: publisher, account, chain, licence, calendar, floors."""

    dataset = _text("Publisher, then table, then edition.", key=True)
    publisher = _text("Who issues it.")
    title = _text("As the publisher calls it.")
    table_name = _text("The table its rows go to.")
    account = _text("reported, statement, reconciled, mixed or none.")
    chain = _text("Editions of one measurement share a chain.")
    chain_rank = dy.Int16(nullable=False, description="The highest rank public on a day is the vintage of that day.")
    revision_mode = _text("frozen, overwrite or version.")
    partner_scope = _text("all, selected, world or none.")
    import_partner = _text("origin, consignment or unknown.")
    export_partner = _text("destination, consignment or unknown.")
    trade_system = _text("general, special or unknown.")
    missing_means = _text("What an absent row means: zero, not_observed or unknown.")
    revision_band_pct = dy.Float64(nullable=True, description="Usual size of revisions in per cent.")
    licence = _text("Terms, with the publisher's page.")
    may_redistribute = dy.Bool(nullable=False, description="Whether exports may carry its rows.")
    attribution = _text("What must be printed beside it.")
    citation = _text("How to cite it.")
    page_url = _text("The publisher's page.")
    tz = _text("Zone of its dates and times.")
    release_time = _text("Local hour of release, HH:MM, or empty.")
    cadence = _text("When it appears, in words.")
    expected_lag_days = dy.Int64(nullable=True, description="Days from a period's end to its release where no calendar says it.")
    grace_days = dy.Int64(nullable=False, description="Days after which a due release is overdue.")
    floor_rows = dy.Int64(nullable=False, description="Fewer rows than this is a failed load.")
    floor_partners = dy.Int64(nullable=False, description="Fewer partners than this is a failed load.")
    floor_periods = dy.Int64(nullable=False, description="Fewer periods than this is a failed load.")


class Release(dy.Schema):
    """When a period of a dataset is, or was, to be released."""

    dataset = _text("ref.dataset.", key=True)
    period_end = dy.Date(primary_key=True, description="Last day of the period released.")
    scheduled_at = _when("When it is due; as exact as precision says.")
    precision = _text("minute, day or month.", oneof=("minute", "day", "month"))
    source = _text("official (the publisher's calendar) or formula.", oneof=("official", "formula"))
    embargo_until = _when("Nothing is asked before this.", nullable=True)
    first_seen_at = _Provenance.columns()["first_seen_at"]
    fetch_id = _text("The answer it was read from.")
    locator = _text("Which line of it.")
    load_id = _text("The load that brought it.")


class Area(dy.Schema):
    """Countries, territories, groups and the rest that publishers print as partners, with dates."""

    area = _text("ISO 3166-1 alpha-3 for countries; our own short code for groups and the rest (WLD, ASEAN).", key=True)
    name = _text("English short name.")
    kind = _text("country, part, group, world, unspecified or self.", oneof=PARTNER_KINDS)
    iso3 = _text("ISO 3166-1 alpha-3, null where there is none.", nullable=True)
    iso2 = _text("ISO 3166-1 alpha-2, null where there is none.", nullable=True)
    valid_from = dy.Date(nullable=True, description="First day of existence under this code, null for always.")
    valid_to = dy.Date(nullable=True, description="Last day, null for still.")


class AreaCode(dy.Schema):
    """What each publisher calls an area."""

    source = _text("Publisher, or `name` for other English names in use.", key=True)
    code = _text("The publisher's label or code, as printed.", key=True)
    valid_from = dy.Date(primary_key=True, description="From which day the code means this area (0001-01-01: always).")
    area = _text("ref.area.")


class AreaGroup(dy.Schema):
    """Who belonged to a group, from when to when."""

    grp = _text("The group: an area of kind group.", key=True)
    member = _text("The member: an area.", key=True)
    valid_from = dy.Date(primary_key=True, description="First day of membership.")
    valid_to = dy.Date(nullable=True, description="Last day, null for still.")
    source = _text("Where this is said.")


class Product(dy.Schema):
    """Names of product codes."""

    classification = _text("SITC4-1, HS2022, …", key=True)
    product = _text("Code, always text.", key=True)
    name = _text("English name.")
    parent = _text("The code it belongs to, null at the top.", nullable=True)
    level = dy.Int16(nullable=False, description="As product_level in stats.trade.")


class Article(dy.Schema):
    """News articles: address, date and cluster. Their text stays here and is never exported."""

    article = _text("Hash of the canonical address.", key=True)
    source = _text("The feed or listing it came from.")
    url = _text("Canonical address.")
    title = _text("Headline as last seen.")
    agency = _text("News agency named in the text, empty where none is.")
    language = _text("ISO 639-1, or empty.")
    published_at = _when("Publication time in UTC, null where the source gives none.", nullable=True)
    published_precision = _text("minute, day, month, year or none.", oneof=("minute", "day", "month", "year", "none"))
    tz_assumed = _text("The zone assumed where the source gave none, else empty.")
    first_seen = _when("When this lake's archive first held it.")
    cluster = _text("Articles that are copies of one another share a cluster; its own id until clustered.")
    may_redistribute = dy.Bool(nullable=False, description="False: rights stay with the publisher.")
    fetch_id = _text("The answer the newest version was read from.")
    load_id = _text("The load that last changed it.")


class ArticleVersion(dy.Schema):
    """Every text an article ever had here."""

    article = _text("news.article.", key=True)
    version_no = dy.Int64(primary_key=True, description="1 for the first text seen.")
    body_sha256 = _text("Hash of the text.")
    text = _text("The article's text, or the feed's teaser.")
    extractor = _text("What read it, with its version.")
    fetched_at = _when("When the bytes were fetched.")
    fetch_id = _text("The answer it was read from.")
    load_id = _text("The load that brought it.")


class ArticleRead(Article):
    """What a parser gives of one article: a row of news.article with the text that goes to news.article_version."""

    body_sha256 = ArticleVersion.columns()["body_sha256"]
    text = ArticleVersion.columns()["text"]
    extractor = ArticleVersion.columns()["extractor"]


class OpsFetch(dy.Schema):
    """Answers that rows cite. The archive's log has every request."""

    fetch_id = _text("Hash of address, time and content.", key=True)
    dataset = _text("ref.dataset.")
    url = _text("Address asked.")
    asked_at = _when("When.")
    status = dy.Int16(nullable=False, description="HTTP status; 0 for a file that was imported.")
    sha256 = _text("Hash of the bytes in the archive.")
    bytes = dy.Int64(nullable=False, description="Length of the bytes.")
    origin_kind = _text("fetched, imported or reconstructed.", oneof=("fetched", "imported", "reconstructed"))
    content_type = _text("As the publisher said.")
    last_modified = _text("As the publisher said.")
    source_note = _text("Where an imported file or a reconstructed page comes from.")


class OpsLoad(dy.Schema):
    """Loads that changed the lake: one a snapshot."""

    load_id = _text("Hash of dataset, batch, documents and parser.", key=True)
    snapshot = dy.Int64(nullable=False, description="Our snapshot number: the ordinal of the load.")
    dataset = _text("ref.dataset.")
    batch = _text("Which scope, for people.")
    started_at = _when("When parsing began.")
    recorded_at = _when("When it was committed.")
    parser_version = dy.Int64(nullable=False, description="The connector's parser_version.")
    document_sha256 = _text("Hash of the document.")
    fetch_id = _text("The answer it was read from.")
    rows_read = dy.Int64(nullable=False, description="Rows the document gave.")
    rows_new = dy.Int64(nullable=False, description="Rows not held before.")
    rows_revised = dy.Int64(nullable=False, description="Versions that ended: figures, flags or growth changed.")
    rows_withdrawn = dy.Int64(nullable=False, description="Rows gone from the declared scope.")
    rows_quarantined = dy.Int64(nullable=False, description="Rows set aside.")
    not_asked = _text("Rows outside the declared scope, by reason: `name=count;…`.")
    versions = _text("Versions of the packages that read and stored it: `name=version;…`.")
    columns_seen = _text("The document's own header, tab-separated: what the next load's drift report compares with.")


class Quarantine(dy.Schema):
    """Rows that should have been understood and were not."""

    load_id = _text("The load that met it.", key=True)
    locator = _text("Where in the document.", key=True)
    rule = _text("The rule it broke.", key=True)
    dataset = _text("ref.dataset.")
    reason = _text("In words.")
    raw = _text("As the publisher printed it.")
    fetch_id = _text("The answer it was read from.")
    replayed_by = _text("The load that read it after a fix, null until then.", nullable=True)


class CheckResult(dy.Schema):
    """What the gates said of a load."""

    load_id = _text("ops.load.", key=True)
    check_name = _text("Which gate.", key=True)
    level = _text("info, warn or fail.", oneof=("info", "warn", "fail"))
    observed = _text("What was found.")
    expected = _text("What was expected.")
    said = _text("One sentence.")


class SnapshotTag(dy.Schema):
    """Names that people gave to snapshots, so that others can open what was cited."""

    tag = _text("A word of its own.", key=True)
    snapshot = dy.Int64(nullable=False, description="ops.load.snapshot.")
    tagged_by = _text("Who.")
    tagged_at = _when("When.")
    note = _text("Why, in words.")


class Migration(dy.Schema):
    """Which migrations, views and reference data this lake has."""

    name = _text("Number and title of a migration, or `views`, or `reference`.", key=True)
    sha256 = _text("Hash of its text.")
    applied_at = _when("When.")


@dataclass(frozen=True)
class Table:
    """A table with its contract: what the commit, the migrations and the dictionary are driven by."""

    name: str
    contract: type[dy.Schema]
    compared: tuple[str, ...] = ()
    """Columns whose change begins a new version."""
    revisions: bool = False
    """Whether a twin ``…_revision`` keeps every version that ended."""
    staged: type[dy.Schema] | None = None
    """What a parser gives, where that is more than the table holds."""

    @property
    def key(self) -> tuple[str, ...]:
        return tuple(self.contract.primary_key())

    @property
    def columns(self) -> dict[str, dy.Column]:
        """Own columns first, then provenance."""
        columns: dict[str, dy.Column] = dict(self.contract.columns())
        shared = set(_Provenance.columns()) if issubclass(self.contract, _Provenance) else set()
        return {**{n: c for n, c in columns.items() if n not in shared}, **{n: columns[n] for n in columns if n in shared}}

    @property
    def doc(self) -> str:
        return (self.contract.__doc__ or "").strip()


TRADE = Table("stats.trade", Trade, ("value", "quantity", "quantity_unit", "net_weight_kg", "status", "flags",
                                     "published_yoy_pct", "published_mom_pct"), revisions=True)
FX_RATE = Table("stats.fx_rate", FxRate, ("rate",), revisions=True)
INDICATOR = Table("stats.indicator", Indicator, ("value", "status", "flags", "base_period"), revisions=True)
FACTS = {table.name: table for table in (TRADE, FX_RATE, INDICATOR)}
"""Tables with versions: every fact in the lake is in one of them."""

FIGURES = frozenset({"value", "quantity", "net_weight_kg", "rate"})
"""Compared columns whose change is a revision; a change of the others alone is an annotation."""


def _revision_contract(fact: Table) -> type[dy.Schema]:
    """Key, kind, every old column whole, the new compared columns, and the two times of the change."""
    columns: dict[str, Any] = {name: fact.columns[name] for name in fact.key}
    columns["change_kind"] = _text("revised, annotated, reclassified, withdrawn, restored, reread, backfilled or undone.",
                            key=True, oneof=REVISION_KINDS)

    def like(column: dy.Column, description: str) -> dy.Column:
        made = type(column)(**({"precision": column.precision, "scale": column.scale} if isinstance(column, dy.Decimal) else
                               {"time_zone": column.time_zone} if isinstance(column, dy.Datetime) else {}),
                            nullable=True, description=description)
        return made

    for name, column in fact.columns.items():
        if name not in fact.key:
            columns[f"old_{name}"] = like(column, f"{name} of the version that ended, null where none stood (restored).")
    for name in fact.compared:
        columns[f"new_{name}"] = like(fact.columns[name], f"{name} of the version that replaced it, null where withdrawn.")
    columns["new_version_id"] = _text("version_id of the version that replaced it, null where withdrawn.", nullable=True)
    columns["load_id"] = _text("The load that ended the old version.", key=True)
    columns["recorded_at"] = _when("When that load was committed.")
    columns["released_at"] = _when("When the new version was public, as far as known.")
    columns["released_basis"] = _text("As in the fact table.", oneof=BASES)
    columns["last_confirmed_at"] = _when("The last answer that still showed the old version.", nullable=True)
    made = type(fact.contract.__name__ + "Revision", (dy.Schema,), {
        **columns, "__doc__": f"One row for each change of version in {fact.name}; the old version is kept whole."})
    return made


REVISIONS = {name: Table(f"{name}_revision", _revision_contract(table)) for name, table in FACTS.items()}

TABLES: dict[str, Table] = {table.name: table for table in (
    TRADE, REVISIONS["stats.trade"], FX_RATE, REVISIONS["stats.fx_rate"], INDICATOR, REVISIONS["stats.indicator"],
    Table("ref.dataset", RefDataset),
    Table("ref.release", Release, ("scheduled_at", "precision", "source", "embargo_until")),
    Table("ref.area", Area), Table("ref.area_code", AreaCode), Table("ref.area_group", AreaGroup),
    Table("ref.product", Product),
    Table("news.article", Article, ("url", "title", "agency", "language", "published_at", "published_precision"),
          staged=ArticleRead),
    Table("news.article_version", ArticleVersion),
    Table("ops.fetch", OpsFetch), Table("ops.load", OpsLoad), Table("ops.quarantine", Quarantine),
    Table("ops.check_result", CheckResult), Table("ops.migration", Migration),
    Table("ops.snapshot_tag", SnapshotTag),
)}

DEFAULTS: dict[str, dict[str, Any]] = {
    "stats.trade": {"classification": "-", "product": "TOTAL", "breakdown": "-", "valuation": "-", "status": "A", "flags": "",
                    "quantity": None, "quantity_unit": None, "net_weight_kg": None, "published_yoy_pct": None,
                    "published_mom_pct": None, "product_level": 0, "partner_kind": "country"},
    "stats.fx_rate": {},
    "stats.indicator": {"partner": "-", "product": "-", "adjustment": "N", "status": "A", "base_period": "", "flags": ""},
    "ref.release": {"embargo_until": None},
    "news.article": {"agency": "", "language": "", "tz_assumed": ""},
}
"""What a column takes where a parser leaves it out."""


def sql_type(column: dy.Column) -> str:
    """DuckDB's name for a contract column's type."""
    if isinstance(column, dy.Decimal):
        return f"DECIMAL({column.precision},{column.scale})"
    for kind, name in ((dy.String, "VARCHAR"), (dy.Datetime, "TIMESTAMPTZ"), (dy.Date, "DATE"), (dy.Int64, "BIGINT"),
                       (dy.Int16, "SMALLINT"), (dy.Float64, "DOUBLE"), (dy.Bool, "BOOLEAN")):
        if isinstance(column, kind):
            return name
    raise TypeError(f"no SQL type for {column!r}")


def sql_columns(table: Table) -> dict[str, str]:
    """Column names and SQL types of a table, in order."""
    return {name: sql_type(column) for name, column in table.columns.items()}


def create_statements() -> list[str]:
    """``CREATE TABLE`` for every contract: what all migrations together must amount to."""
    return [f"CREATE TABLE {table.name} (\n  " + ",\n  ".join(f"{name} {kind}" for name, kind in sql_columns(table).items())
            + "\n);" for table in TABLES.values()]
