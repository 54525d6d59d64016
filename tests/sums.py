"""Details and totals of a lake held against each other, for every dataset that prints a total: used by tests of any lake."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

_OF_PARTNERS = """
WITH details AS (
  SELECT dataset, reporter, flow, classification, product, currency, valuation, period_start, period_end, sum(value) AS value,
    sum(CAST(unit_multiplier AS DOUBLE) / power(10, decimals)) / 2 AS rounding
  FROM mart.summable WHERE value IS NOT NULL GROUP BY ALL)
SELECT w.dataset, w.value AS total, d.value AS details,
  d.rounding + CAST(w.unit_multiplier AS DOUBLE) / power(10, w.decimals) / 2 AS rounding
FROM stats.trade AS w
JOIN details AS d USING (dataset, reporter, flow, classification, product, currency, valuation, period_start, period_end)
WHERE w.partner = 'WLD' AND w.breakdown = '-' AND w.value > 0"""
_OF_PRODUCTS = """
WITH details AS (
  SELECT dataset, reporter, partner, flow, currency, valuation, period_start, period_end, classification,
    CASE WHEN product_level < 0 THEN NULL ELSE product_level END AS level, sum(value) AS value,
    sum(CAST(unit_multiplier AS DOUBLE) / power(10, decimals)) / 2 AS rounding
  FROM stats.trade WHERE breakdown = '-' AND product_level <> 0 AND value IS NOT NULL GROUP BY ALL)
SELECT t.dataset, t.value AS total, d.value + coalesce(r.value, 0) AS details,
  d.rounding + coalesce(r.rounding, 0) + CAST(t.unit_multiplier AS DOUBLE) / power(10, t.decimals) / 2 AS rounding
FROM stats.trade AS t
JOIN details AS d USING (dataset, reporter, partner, flow, currency, valuation, period_start, period_end)
LEFT JOIN details AS r ON r.level IS NULL AND r.classification = d.classification AND r.dataset = d.dataset AND r.reporter = d.reporter
  AND r.partner = d.partner AND r.flow = d.flow AND r.currency = d.currency AND r.valuation = d.valuation
  AND r.period_start = d.period_start AND r.period_end = d.period_end
WHERE t.product = 'TOTAL' AND t.breakdown = '-' AND t.value > 0 AND d.level IS NOT NULL"""


@dataclass(frozen=True)
class Held:
    """Totals of one dataset that were held against their details, remainders among these."""

    totals: int
    equal: int
    """Within the rounding of what is printed."""
    exceeded: int
    """Of which the details come to more: figures that count twice."""


def against_totals(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Held]:
    """(dataset, partners or products) → how its totals stand to their details; details may be an excerpt, and never more."""
    made = {}
    for of, query in (("partners", _OF_PARTNERS), ("products", _OF_PRODUCTS)):
        for dataset, totals, equal, exceeded in con.execute(
                "SELECT dataset, count(*), count(*) FILTER (abs(CAST(details AS DOUBLE) - CAST(total AS DOUBLE)) <= rounding), "
                f"count(*) FILTER (CAST(details AS DOUBLE) > CAST(total AS DOUBLE) + rounding) FROM ({query}) GROUP BY 1").fetchall():
            made[dataset, of] = Held(totals, equal, exceeded)
    return made
