"""What a site reads of a lake beside its briefs: pairs, countries, datasets, loads, revisions. Plain rows out; words are ``lists``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import duckdb

from warehouse.ask.answers import rows
from warehouse.reference.areas import name_of

_YEARS = """
WITH whole AS (
  SELECT reporter, partner, year(period_end) AS year FROM mart.best
  WHERE product = 'TOTAL' AND breakdown = '-' AND period_kind = 'A' AND value IS NOT NULL AND {partner}
  UNION ALL
  SELECT reporter, partner, year(period_end) FROM mart.best
  WHERE product = 'TOTAL' AND breakdown = '-' AND period_kind = 'M' AND account <> 'statement' AND {partner}
  GROUP BY reporter, partner, dataset, flow, currency, year(period_end) HAVING count(*) = 12)
"""


@dataclass(frozen=True)
class Pair:
    """Two areas of whose trade a whole year is held, by their codes in order."""

    one: str
    other: str
    first: int
    last: int
    years: int

    @property
    def path(self) -> str:
        return f"pair/{self.one.lower()}-{self.other.lower()}.html"

    @property
    def title(self) -> str:
        return f"{name_of(self.one)} and {name_of(self.other)}"


@dataclass(frozen=True)
class Country:
    """An area whose own account is held, with the world or by partner."""

    area: str
    first: int
    last: int
    years: int

    @property
    def path(self) -> str:
        return f"country/{self.area.lower()}.html"

    @property
    def title(self) -> str:
        return name_of(self.area)


def pairs(con: duckdb.DuckDBPyConnection) -> list[Pair]:
    """Every pair, those with the largest flow in dollars first."""
    return [Pair(**row) for row in rows(con, _YEARS.format(partner="partner_kind = 'country' AND partner <> reporter") + """,
        pairs AS (SELECT least(reporter, partner) AS one, greatest(reporter, partner) AS other, min(year) AS first, max(year) AS last,
          count(DISTINCT year) AS years FROM whole GROUP BY ALL),
        sizes AS (SELECT least(reporter, partner) AS one, greatest(reporter, partner) AS other, max(value_usd) AS usd FROM mart.accounts
          WHERE product = 'TOTAL' AND period_kind = 'A' GROUP BY ALL)
        SELECT one, other, first, last, years FROM pairs LEFT JOIN sizes USING (one, other)
        ORDER BY coalesce(usd, 0) DESC, years DESC, one, other""") if safe(row["one"]) and safe(row["other"])]


def countries(con: duckdb.DuckDBPyConnection) -> list[Country]:
    """Every area with an account of its own that a brief can be made of."""
    return [Country(**row) for row in rows(con, _YEARS.format(partner="(partner = 'WLD' OR partner_kind = 'country')") + """
        SELECT reporter AS area, min(year) AS first, max(year) AS last, count(DISTINCT year) AS years
        FROM whole JOIN ref.area AS a ON a.area = whole.reporter WHERE a.kind = 'country' GROUP BY ALL ORDER BY years DESC, area""")
        if safe(row["area"])]


def safe(code: str) -> bool:
    """Whether a code can be the name of a file."""
    return code.isascii() and code.isalnum()


def datasets(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """What is held of each dataset: rows, first and last day, newest release at its publisher's place, and its terms."""
    return rows(con, """
        WITH held AS (
          SELECT dataset, count(*) AS figures, min(period_start) AS first, max(period_end) AS last, max(released_at) AS released
          FROM stats.trade GROUP BY dataset
          UNION ALL SELECT dataset, count(*), min(period_start), max(period_end), max(released_at) FROM stats.fx_rate GROUP BY dataset
          UNION ALL SELECT dataset, count(*), min(period_start), max(period_end), max(released_at) FROM stats.indicator GROUP BY dataset),
        loads AS (SELECT dataset, max(recorded_at) AS loaded, max(snapshot) AS snapshot FROM ops.load GROUP BY dataset),
        origins AS (SELECT dataset, bool_or(origin_kind = 'reconstructed') AS reconstructed FROM ops.fetch GROUP BY dataset)
        SELECT d.dataset, d.publisher, d.title, d.licence, d.may_redistribute, d.attribution, d.citation, d.page_url, d.cadence,
          d.tz, h.figures, h.first, h.last, CAST(timezone(coalesce(d.tz, 'UTC'), h.released) AS DATE) AS released_on, l.loaded, l.snapshot,
          coalesce(o.reconstructed, false) AS reconstructed
        FROM ref.dataset AS d JOIN loads AS l USING (dataset) LEFT JOIN held AS h USING (dataset) LEFT JOIN origins AS o USING (dataset)
        ORDER BY d.dataset""")


def kept_back(con: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Datasets whose rows may not be passed on."""
    return frozenset(name for (name,) in con.execute("SELECT dataset FROM ref.dataset WHERE NOT may_redistribute").fetchall())


def loads(con: duckdb.DuckDBPyConnection, most: int) -> list[dict[str, Any]]:
    """The newest loads that changed the lake, but for articles."""
    return rows(con, "SELECT l.load_id, l.snapshot, l.dataset, d.title, l.batch, l.recorded_at, l.rows_new, l.rows_revised, "
                     "l.rows_withdrawn FROM ops.load AS l LEFT JOIN ref.dataset AS d USING (dataset) "
                     "WHERE NOT coalesce(starts_with(d.table_name, 'news.'), false) ORDER BY l.snapshot DESC, l.load_id LIMIT ?", [most])


def nights(con: duckdb.DuckDBPyConnection, zone: str, most: int) -> list[dict[str, Any]]:
    """Of the last days on which something came, in a zone: each dataset with its loads and rows."""
    return rows(con, """
        WITH days AS (SELECT *, CAST(timezone($zone, recorded_at) AS DATE) AS day FROM ops.load)
        SELECT day, dataset, count(*) AS loads, sum(rows_new) AS rows_new, sum(rows_revised) AS rows_revised,
          sum(rows_withdrawn) AS rows_withdrawn, min(snapshot) AS first, max(snapshot) AS last
        FROM days WHERE day IN (SELECT DISTINCT day FROM days ORDER BY day DESC LIMIT $most) GROUP BY ALL ORDER BY day DESC, dataset""",
        {"zone": zone, "most": most})


def newest(con: duckdb.DuckDBPyConnection) -> tuple[int, datetime | None]:
    """The newest snapshot and when it was recorded."""
    ((snapshot, at),) = con.execute("SELECT coalesce(max(snapshot), 0), max(recorded_at) FROM ops.load").fetchall()
    return int(snapshot), at


def revisions(con: duckdb.DuckDBPyConnection, until: datetime, days: int, most: int, least_pct: float = 0) -> list[dict[str, Any]]:
    """Figures that their publishers changed or withdrew in the days before a moment, the largest changes first."""
    return rows(con, """
        SELECT r.dataset, r.reporter, r.partner, r.flow, r.product, r.classification, r.currency, r.period_start, r.period_end,
          r.change_kind, r.old_value, r.new_value, r.old_version_id, r.new_version_id, r.recorded_at, r.load_id,
          round(100 * (CAST(r.new_value AS DOUBLE) / nullif(CAST(r.old_value AS DOUBLE), 0) - 1), 2) AS change_pct
        FROM stats.trade_revision AS r
        WHERE r.change_kind IN ('revised', 'withdrawn') AND r.recorded_at > $since AND r.recorded_at <= $until AND r.breakdown = '-'
          AND (r.change_kind = 'withdrawn' OR r.new_value IS DISTINCT FROM r.old_value)
          AND ($least = 0 OR abs(change_pct) >= $least)
        ORDER BY abs(change_pct) DESC NULLS LAST, r.recorded_at DESC, r.old_version_id LIMIT $most""",
        {"since": until - timedelta(days=days), "until": until, "most": most, "least": least_pct})


def counts(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How much is held."""
    (row,) = rows(con, """
        SELECT
          (SELECT count(*) FROM stats.trade) + (SELECT count(*) FROM stats.fx_rate) + (SELECT count(*) FROM stats.indicator) AS figures,
          (SELECT count(*) FROM stats.trade_revision) AS revisions, (SELECT count(DISTINCT dataset) FROM ops.load) AS datasets,
          (SELECT count(DISTINCT publisher) FROM ref.dataset WHERE dataset IN (SELECT dataset FROM ops.load)) AS publishers,
          (SELECT count(*) FROM news.article) AS articles""")
    return row
