"""The tables' contracts, as dataframely schemas: the one home of every column, its type, its meaning and its rules.

``tables`` makes the lake's tables of them, ``staging`` holds batches against them, ``docs/data-dictionary.md`` is printed from them.
"""

from __future__ import annotations

from typing import Any

import dataframely as dy
import polars as pl

from warehouse.schema.travel import FLOWS, VALUATIONS

STATUSES = ("A", "P", "E", "I", "F", "B", "Q")
PARTNER_KINDS = ("country", "part", "group", "world", "unspecified", "self")
BASES = ("stamp", "page", "release_list", "calendar", "between", "first_seen")
REVISION_KINDS = ("revised", "annotated", "reclassified", "withdrawn", "restored", "reread", "backfilled", "undone")
CLAIM_KINDS = ("level", "change", "ratio", "rank", "streak", "share", "balance")
VERDICTS = ("supported", "source_dependent", "vintage_dependent", "basis_dependent", "differs_from_today", "depends_on_reading",
            "scale_error", "misattributed", "contradicted", "not_checkable")
FX_KINDS = ("day", "month_avg", "period_end", "customs_implied")


def string(description: str, *, key: bool = False, nullable: bool = False, oneof: tuple[str, ...] | None = None,
          regex: str | None = None) -> Any:
    if oneof:
        regex = "^(" + "|".join(part.replace("+", r"\+") for part in oneof) + ")$"
    return dy.String(primary_key=key, nullable=nullable and not key, regex=regex, description=description)


def instant(description: str, *, nullable: bool = False, key: bool = False) -> Any:
    return dy.Datetime(time_zone="UTC", nullable=nullable and not key, primary_key=key, description=description)


class Provenance(dy.Schema):
    """Columns that every fact ends with: when it was released and seen, and which bytes and cell it came from."""

    released_at = instant("When this version was public; how we know stands in released_basis. ALFRED's realtime_start.")
    released_basis = string("stamp (printed to the minute), page (printed date), release_list, calendar, between (silent "
                           "overwrite: after the last confirmation of the old, at or before first_seen_at), first_seen.",
                           oneof=BASES)
    first_seen_at = instant("When this lake's archive first held the bytes that show this version.")
    version_no = dy.Int64(nullable=False, description="1 for the first version that arrived here, counted in order of arrival.")
    version_id = string("Hash of table, key and version number: what a footnote cites, with the load id.")
    fetch_id = string("The record of the answer it was read from: ops.fetch.")
    locator = string("Which cell of those bytes: table, row and column as the publisher prints them.")
    load_id = string("The load that brought this version: ops.load.")


class Trade(Provenance):
    """One row per figure on trade in goods: unadjusted values, as the publisher printed them."""

    dataset = string("One table of one publisher in one edition: ref.dataset.", key=True)
    reporter = string("Whose account: an area of ref.area.", key=True)
    partner = string("The other side: an area or group of ref.area. partner = reporter is allowed (re-imports) and out of "
                    "every ranking.", key=True)
    flow = string("As published, seen from the reporter. Flows nest: no view sums over them.", key=True, oneof=FLOWS)
    classification = string("`-` for all goods; else HS2022, CN2024, SITC4-1, … or the publisher's own list.", key=True)
    product = string("TOTAL for all goods; else a code, always text: chapter \"01\".", key=True)
    breakdown = string("`-`, or exactly one further cut as the publisher makes it (regime=ordinary).", key=True)
    valuation = string("FOB, CIF, CIF+FOB for a total, FOB-CIF for a balance, FAS alongside ship, CUSTOMS the customs value of imports "
                       "without freight and insurance, `-` unknown.", key=True, oneof=VALUATIONS)
    currency = string("ISO 4217, as published. The CNY and the USD edition of a table are two rows.", key=True,
                     regex="^[A-Z]{3}$")
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive.")
    period_kind = string("M, Q, A, YTD or SPAN: a function of the two dates alone.", oneof=("M", "Q", "A", "YTD", "SPAN"))
    value = dy.Decimal(20, 3, nullable=True, description="Whole currency units, rounded to the publisher's decimals before "
                                                         "comparing. Null only where it is confidential (status Q).")
    unit_multiplier = dy.Int64(nullable=False, min=1, description="What one printed unit is in currency units (CNY 100 "
                                                                  "million: 100000000).")
    decimals = dy.Int16(nullable=False, description="Decimals printed, so that half a unit of the last digit is known.")
    status = string("A normal, P provisional, E estimated, I imputed from the partner, F forecast, B break, Q confidential.",
                   oneof=STATUSES)
    flags = string("The publisher's own marks, `name=value;…`, untouched. `derived=export+import`: the page cannot show the figure, the "
                   "two beside it give it; `derived=sum of 65 SITC4 figures`: added up. `members=…`: who belongs to this group by the "
                   "page's own note. `doubtful=…`: the table contradicts this figure's label, unit or growth, and how. "
                   "`factor=2`, `mark=e`, `processed=1`: by the mapping of a table that a person brought.")
    quantity = dy.Float64(nullable=True, description="In quantity_unit; null where not applicable, never 0 for missing.")
    quantity_unit = string("Unit of quantity as published.", nullable=True)
    net_weight_kg = dy.Float64(nullable=True, description="Net weight in kilograms; null where not published.")
    published_yoy_pct = dy.Decimal(9, 2, nullable=True, description="Year-on-year growth that the publisher prints for this "
                                                                   "very row, in per cent.")
    published_mom_pct = dy.Decimal(9, 2, nullable=True, description="Month-on-month growth that the publisher prints for this "
                                                                   "very row, in per cent.")
    partner_kind = string("country, part, group, world, unspecified or self.", oneof=PARTNER_KINDS)
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


class FxRate(Provenance):
    """One row per exchange rate: units of ``quote`` for one ``base``."""

    dataset = string("The publisher's rate table: ref.dataset.", key=True)
    base = string("ISO 4217 currency that is priced.", key=True, regex="^[A-Z]{3}$")
    quote = string("ISO 4217 currency of the price.", key=True, regex="^[A-Z]{3}$")
    kind = string("day, month_avg, period_end or customs_implied.", key=True, oneof=FX_KINDS)
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive; a day's rate has both days equal.")
    rate = dy.Decimal(28, 12, nullable=False, min_exclusive=0, description="Units of quote for one unit of base, rounded to "
                                                                           "twelve decimals.")

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("period_start") <= pl.col("period_end")


class Indicator(Provenance):
    """One row per index, share, stated rank or other number that is not an unadjusted value of trade."""

    dataset = string("ref.dataset.", key=True)
    area = string("Whose indicator: an area of ref.area.", key=True)
    partner = string("The other side where there is one, else `-`.", key=True)
    product = string("Product where there is one, else `-`.", key=True)
    indicator = string("What is measured, in snake_case (rank_of_partner_in_group, streak_largest_partner_years).", key=True)
    adjustment = string("N not adjusted, S seasonally adjusted.", key=True, oneof=("N", "S"))
    period_start = dy.Date(primary_key=True, description="First day, inclusive.")
    period_end = dy.Date(primary_key=True, description="Last day, inclusive.")
    unit = string("Unit of value.", key=True)
    value = dy.Decimal(28, 8, nullable=False, description="In unit.")
    status = string("As in stats.trade.", oneof=STATUSES)
    base_period = string("Base of an index, empty where there is none.")
    flags = string("The publisher's own marks, `name=value;…`.")

    @dy.rule()
    def period_in_order(cls) -> pl.Expr:
        return pl.col("period_start") <= pl.col("period_end")


class RefPublisher(dy.Schema):
    """Who publishes figures, and what answers call it: as the connectors say, and kept when a connector is gone."""

    publisher = string("Its short code: ref.dataset, and the beginning of its chains.", key=True)
    title = string("Its official name in English.")
    called = string("What a sentence calls it: \"agrees with …\".")
    languages = string("ISO 639-1 of what is read of it, separated by blanks.")
    tz = string("Zone of its dates and times, where a dataset says no other.")
    licence = string("Terms, where a dataset says no others.")
    attribution = string("What must be printed beside its figures, where a dataset says nothing else.")
    area = string("The country or body whose figures it speaks for: ref.area; empty for none there.")
    currency = string("ISO 4217 of its home, or empty.")
    account_of_area = dy.Bool(nullable=False, description="Whether a sentence calls the account of its area so.")
    quoted_in = string("The foreign currency in which texts quote it without saying whose figures they are, or empty.")


class RefPublisherName(dy.Schema):
    """Names and offices of publishers as texts quote them."""

    publisher = string("ref.publisher.", key=True)
    language = string("ISO 639-1 of the name.", key=True)
    name = string("As written; capitals and apostrophes do not count.", key=True)


class RefRevisionBand(dy.Schema):
    """How large revisions usually are, until enough of them are held (mart.revision_stats)."""

    publisher = string("ref.publisher: whose account, by the beginning of a chain.", key=True)
    flow = string("Empty for every flow without a band of its own.", key=True)
    length = string("month, longer (every period that is not one month), or empty for both.", key=True, regex="^(month|longer|)$")
    pct = dy.Float64(nullable=False, description="Per cent of the figure.")


class RefDataset(dy.Schema):
    """What is known of each dataset: publisher, account, chain, licence, calendar, floors."""

    dataset = string("Publisher, then table, then edition.", key=True)
    publisher = string("Who issues it.")
    title = string("As the publisher calls it.")
    table_name = string("The table its rows go to.")
    account = string("reported, statement, reconciled, mixed or none.")
    chain = string("Editions of one measurement share a chain.")
    chain_rank = dy.Int16(nullable=False, description="The highest rank public on a day is the vintage of that day.")
    revision_mode = string("frozen, overwrite or version.")
    partner_scope = string("all, selected, world or none.")
    import_partner = string("origin, consignment or unknown.")
    export_partner = string("destination, consignment or unknown.")
    trade_system = string("general, special or unknown.")
    missing_means = string("What an absent row means: zero, not_observed or unknown.")
    revision_band_pct = dy.Float64(nullable=True, description="Usual size of revisions in per cent.")
    licence = string("Terms, with the publisher's page.")
    may_redistribute = dy.Bool(nullable=False, description="Whether exports may carry its rows.")
    attribution = string("What must be printed beside it.")
    citation = string("How to cite it.")
    page_url = string("The publisher's page.")
    tz = string("Zone of its dates and times.")
    release_time = string("Local hour of release, HH:MM, or empty.")
    cadence = string("When it appears, in words.")
    expected_lag_days = dy.Int64(nullable=True, description="Days from a period's end to its release where no calendar says it.")
    grace_days = dy.Int64(nullable=False, description="Days after which a due release is overdue.")
    floor_rows = dy.Int64(nullable=False, description="Fewer rows than this is a failed load; where documents differ in how many periods "
                                                       "a row has side by side, for each of them.")
    floor_partners = dy.Int64(nullable=False, description="Fewer partners than this is a failed load.")
    floor_periods = dy.Int64(nullable=False, description="Fewer periods than this is a failed load.")


class Release(dy.Schema):
    """When a period of a dataset is, or was, to be released."""

    dataset = string("ref.dataset.", key=True)
    period_end = dy.Date(primary_key=True, description="Last day of the period released.")
    scheduled_at = instant("When it is due; as exact as precision says.")
    precision = string("minute, day or month.", oneof=("minute", "day", "month"))
    source = string("official (the publisher's calendar) or formula.", oneof=("official", "formula"))
    embargo_until = instant("Nothing is asked before this.", nullable=True)
    first_seen_at = Provenance.columns()["first_seen_at"]
    fetch_id = string("The answer it was read from.")
    locator = string("Which line of it.")
    load_id = string("The load that brought it.")


class Area(dy.Schema):
    """Countries, territories, groups and the rest that publishers print as partners, with dates."""

    area = string("ISO 3166-1 alpha-3 for countries; our own short code for groups and the rest (WLD, ASEAN).", key=True)
    name = string("English short name.")
    kind = string("country, part, group, world, unspecified or self.", oneof=PARTNER_KINDS)
    iso3 = string("ISO 3166-1 alpha-3, null where there is none.", nullable=True)
    iso2 = string("ISO 3166-1 alpha-2, null where there is none.", nullable=True)
    valid_from = dy.Date(nullable=True, description="First day of existence under this code, null for always.")
    valid_to = dy.Date(nullable=True, description="Last day, null for still.")


class AreaCode(dy.Schema):
    """What each publisher calls an area."""

    source = string("Publisher, or `name` for other English names in use.", key=True)
    code = string("The publisher's label or code, as printed.", key=True)
    valid_from = dy.Date(primary_key=True, description="From which day the code means this area (0001-01-01: always).")
    area = string("ref.area.")


class AreaGroup(dy.Schema):
    """Who belonged to a group, from when to when."""

    grp = string("The group: an area of kind group.", key=True)
    member = string("The member: an area.", key=True)
    valid_from = dy.Date(primary_key=True, description="First day of membership.")
    valid_to = dy.Date(nullable=True, description="Last day, null for still.")
    source = string("Where this is said.")


class Product(dy.Schema):
    """Names of product codes and the tree they form, as publishers' own lists have them. `mart.products` has one row a code."""

    dataset = string("The list that says so: a dataset, or `entrepot` for short names in our own words.", key=True)
    classification = string("SITC4-1, HS2022, …; `HS` for codes of any edition of the Harmonized System.", key=True)
    product = string("Code, always text.", key=True)
    name = string("English name.")
    parent = string("The code it belongs to, null at the top.", nullable=True)
    level = dy.Int16(nullable=False, description="As product_level in stats.trade.")
    fetch_id = string("The document it was read from, null of our own.", nullable=True)
    locator = string("Which record of it.", nullable=True)
    load_id = string("The load that brought it.", nullable=True)


class ProductMap(dy.Schema):
    """What products of one classification are in another, as published: directed, since the way back is a table of its own and no
    inverse. A weight is a share of the value of `from_product`."""

    dataset = string("The table of conversions: a dataset.", key=True)
    from_classification = string("HS2017, SITC3, …", key=True)
    from_product = string("Code, always text.", key=True)
    to_classification = string("HS2012, SITC4, …", key=True)
    to_product = string("Code, always text.", key=True)
    weight = dy.Float64(nullable=True, min=0.0, max=1.0, description=(
        "Share of from_product's value that goes to to_product; the weights of a code add up to 1. Null where a table says that two codes "
        "share goods and not how much."))
    basis = string("weights (shares estimated from values), conversion (the one code that the publisher puts it under) or correlation "
                   "(they share goods).", oneof=("weights", "conversion", "correlation"))
    grp = string("Codes that are converted together, as the table numbers them: a group's total is the same before and after. Empty where "
                 "it numbers none.")
    fetch_id = string("The document it was read from.")
    locator = string("Which line or row of it.")
    load_id = string("The load that brought it.")


class Article(dy.Schema):
    """News articles: address, date and cluster. Their text stays here and is never exported."""

    article = string("Hash of the canonical address.", key=True)
    source = string("The feed or listing it came from.")
    url = string("Canonical address.")
    title = string("Headline as last seen.")
    agency = string("News agency named in the text, empty where none is.")
    language = string("ISO 639-1, or empty.")
    published_at = instant("Publication time in UTC, null where the source gives none.", nullable=True)
    published_precision = string("minute, day, month, year or none.", oneof=("minute", "day", "month", "year", "none"))
    tz_assumed = string("The zone assumed where the source gave none, else empty.")
    first_seen = instant("When this lake's archive first held it.")
    cluster = string("Articles that are copies of one another share one: the id of the first of them held here.")
    may_redistribute = dy.Bool(nullable=False, description="False: rights stay with the publisher.")
    fetch_id = string("The answer the newest version was read from.")
    load_id = string("The load that last changed it.")
    sketch = string("Fingerprint of the newest text, by which copies are found; empty for a text too short for one, null where none "
                   "was made.", nullable=True)


class ArticleVersion(dy.Schema):
    """Every text an article ever had here."""

    article = string("news.article.", key=True)
    version_no = dy.Int64(primary_key=True, description="1 for the first text seen.")
    body_sha256 = string("Hash of the text.")
    text = string("The article's text, or the feed's teaser.")
    extractor = string("What read it, with its version.")
    fetched_at = instant("When the bytes were fetched.")
    fetch_id = string("The answer it was read from.")
    load_id = string("The load that brought it.")


class ArticleRead(Article):
    """What a parser gives of one article: a row of news.article with the text that goes to news.article_version."""

    body_sha256 = ArticleVersion.columns()["body_sha256"]
    text = ArticleVersion.columns()["text"]
    extractor = ArticleVersion.columns()["extractor"]


class OpsFetch(dy.Schema):
    """Answers that rows cite. The archive's log has every request."""

    fetch_id = string("Hash of address, time and content.", key=True)
    dataset = string("ref.dataset.")
    url = string("Address asked; sample:… for a page that was composed for the sample: source_note has what it was taken from.")
    asked_at = instant("When.")
    status = dy.Int16(nullable=False, description="HTTP status; 0 for a file that was imported.")
    sha256 = string("Hash of the bytes in the archive.")
    bytes = dy.Int64(nullable=False, description="Length of the bytes.")
    origin_kind = string("fetched, imported or reconstructed.", oneof=("fetched", "imported", "reconstructed"))
    content_type = string("As the publisher said.")
    last_modified = string("As the publisher said.")
    source_note = string("Where an imported file or a reconstructed page comes from.")


class OpsLoad(dy.Schema):
    """Loads that changed the lake: one a snapshot."""

    load_id = string("Hash of dataset, batch, documents and parser.", key=True)
    snapshot = dy.Int64(nullable=False, description="Our snapshot number: the ordinal of the load. Articles that came together share one.")
    dataset = string("ref.dataset.")
    batch = string("Which scope, for people.")
    started_at = instant("When parsing began.")
    recorded_at = instant("When it was committed.")
    parser_version = dy.Int64(nullable=False, description="The connector's parser_version.")
    document_sha256 = string("Hash of the document.")
    fetch_id = string("The answer it was read from.")
    rows_read = dy.Int64(nullable=False, description="Rows the document gave.")
    rows_new = dy.Int64(nullable=False, description="Rows not held before.")
    rows_revised = dy.Int64(nullable=False, description="Versions that ended: figures, flags or growth changed.")
    rows_withdrawn = dy.Int64(nullable=False, description="Rows gone from the declared scope.")
    rows_quarantined = dy.Int64(nullable=False, description="Rows set aside.")
    not_asked = string("Rows outside the declared scope, by reason: `name=count;…`.")
    versions = string("Versions of the packages that read and stored it: `name=version;…`.")
    columns_seen = string("The document's own header, tab-separated: what the next load's drift report compares with.")


class Quarantine(dy.Schema):
    """Rows that should have been understood and were not."""

    load_id = string("The load that met it.", key=True)
    locator = string("Where in the document.", key=True)
    rule = string("The rule it broke.", key=True)
    dataset = string("ref.dataset.")
    reason = string("In words.")
    raw = string("As the publisher printed it.")
    fetch_id = string("The answer it was read from.")
    replayed_by = string("The load that read it after a fix, null until then.", nullable=True)


class CheckResult(dy.Schema):
    """What the gates said of a load."""

    load_id = string("ops.load.", key=True)
    check_name = string("Which gate.", key=True)
    level = string("info, warn or fail.", oneof=("info", "warn", "fail"))
    observed = string("What was found.")
    expected = string("What was expected.")
    said = string("One sentence.")
    subject = string("What of the batch was checked (which sum, which flow); empty where the check has one outcome.", key=True)


class SnapshotTag(dy.Schema):
    """Names that people gave to snapshots, so that others can open what was cited."""

    tag = string("A word of its own.", key=True)
    snapshot = dy.Int64(nullable=False, description="ops.load.snapshot.")
    tagged_by = string("Who.")
    tagged_at = instant("When.")
    note = string("Why, in words.")


class Migration(dy.Schema):
    """Which migrations, views and reference data this lake has."""

    name = string("Number and title of a migration, or `views`, or `reference`.", key=True)
    sha256 = string("Hash of its text.")
    applied_at = instant("When.")


class NewsReading(dy.Schema):
    """Texts whose claims were read: one for each version of an article, with none where it states no figure of trade."""

    article = string("news.article.", key=True)
    version_no = dy.Int64(primary_key=True, description="news.article_version.")
    language = string("ISO 639-1; only en is read.")
    published = dy.Date(nullable=True, description="The last day the text may be from.")
    published_basis = string("metadata, dateline, inferred or none.")
    claims = dy.Int64(nullable=False, description="Claims found.")
    events = dy.Int64(nullable=False, description="Events found.")
    rules = string("Version of Entrepot that read it.")


class NewsClaim(dy.Schema):
    """Figures of trade that articles state, with every slot: warehouse.claims.model.Claim, one row each."""

    claim = string("Hash of article, version, place in the text, kind and slots.", key=True)
    article = string("news.article.")
    version_no = dy.Int64(nullable=False, description="news.article_version.")
    number = dy.Int64(nullable=False, description="Its place in the text, from 1.")
    sentence = string("The sentence: a short quotation, never exported.")
    kind = string("What it states.", oneof=CLAIM_KINDS)
    reporter = string("Whose trade.", nullable=True)
    reporter_certain = dy.Bool(nullable=False, description="False where only the pair is named.")
    partner = string("The other side.", nullable=True)
    group_code = string("The bloc that is a side, or within which a rank or share holds.", nullable=True)
    flow = string("total, export, import, balance.", nullable=True)
    commodity = string("As worded.", nullable=True)
    period = string("YYYY, YYYY-MM or from/to.", nullable=True)
    value = dy.Decimal(28, 8, nullable=False, description="What the text says, in full and with sign.")
    unit = string("ISO 4217 code, percent, times, rank, years, …")
    written = string("The figure as written.")
    direction = string("up or down.", nullable=True)
    hedge = string("The word, such as nearly.", nullable=True)
    basis = string("Of a change or ratio.", nullable=True)
    of_what = string("Denominator of a share; what a streak counts.", nullable=True)
    speaker = string("Who is quoted.", nullable=True)


class NewsClaimSlot(dy.Schema):
    """Where each slot of a claim came from."""

    claim = string("news.claim.", key=True)
    slot = string("reporter, partner, period, …", key=True)
    value = string("Its value as text.")
    origin = string("sentence, context, headline, source_default or inferred.",
                   oneof=("sentence", "context", "headline", "source_default", "inferred"))


class NewsVerdict(dy.Schema):
    """What a claim came to: a row for each time that its verdict, or the number behind it, changed."""

    claim = string("news.claim.", key=True)
    snapshot = dy.Int64(primary_key=True, description="The newest load that it was held against.")
    verdict = string("docs/checking.md.", oneof=VERDICTS)
    detail = string("How it agrees, whose figures agree, why it was not checked, which moment decides.")
    at_publication = string("By what was known on the day of the text; null without a date.", nullable=True)
    latest = string("By what is held.")
    computed = dy.Float64(nullable=True, description="The official number in the claim's unit.")
    low = dy.Float64(nullable=True, description="Lower end of what the text says.")
    high = dy.Float64(nullable=True, description="Upper end of it.")
    said = string("One plain sentence.")
    printable = string("One that is safe to print; empty where nothing held here is.")
    query = string("The SQL behind it.")
    previous = string("The verdict before this one, null for the first.", nullable=True)


class NewsEvidence(dy.Schema):
    """The rows behind a verdict."""

    claim = string("news.claim.", key=True)
    snapshot = dy.Int64(primary_key=True, description="news.verdict.")
    number = dy.Int64(primary_key=True, description="Order of the rows.")
    role = string("figure, mirror, numerator, denominator, base, competitor, neighbour, stated, bound or later.")
    version_id = string("Of stats.trade, stats.trade_revision or stats.indicator; empty for an implied figure.")
    dataset = string("ref.dataset.")
    reporter = string("Whose account.")
    partner = string("The other side.")
    flow = string("Flow or indicator.")
    period = string("YYYY, YYYY-MM or from/to.")
    value = dy.Float64(nullable=False, description="The figure.")
    unit = string("Its currency or unit.")
    as_of = dy.Date(nullable=True, description="When that version was public.")
    page = string("Its page.")
    locator = string("Its cell.")
    agrees = dy.Bool(nullable=True, description="Whether the claim agrees with it; null where it is only shown.")


class NewsEvent(dy.Schema):
    """Agreements, memoranda and visits that articles tell of: kept, and not decided by statistics."""

    event = string("Hash of article, version and place.", key=True)
    kind = string("agreement, memorandum, visit or project.", oneof=("agreement", "memorandum", "visit", "project"))
    parties = string("Areas, separated by blanks.")
    date = string("As far as told: YYYY, YYYY-MM or YYYY-MM-DD.", nullable=True)
    count = dy.Int64(nullable=True, description="How many.")
    sentence = string("The sentence: a short quotation, never exported.")
    article = string("news.article.")
    version_no = dy.Int64(nullable=False, description="news.article_version.")
