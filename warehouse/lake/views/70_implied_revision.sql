-- mart.implied_revision: what later prints say about a figure that is held, where they disagree beyond all rounding.
-- next_year_growth: the level a year later over one plus its printed growth; ytd_difference: two year-to-date figures against the
-- month between them. The interval allows half a unit of the last printed digit everywhere.
CREATE OR REPLACE VIEW mart.implied_revision AS
WITH t AS (
  SELECT *, unit_multiplier / pow(10, decimals) / 2 AS half, CAST(value AS DOUBLE) AS v FROM stats.trade WHERE breakdown = '-'
),
growth AS (
  SELECT
    a.dataset, a.reporter, a.partner, a.flow, a.classification, a.product, a.currency, a.period_start, a.period_end, a.value,
    'next_year_growth' AS basis, b.published_yoy_pct AS printed,
    round(100 * (b.v / a.v - 1), 2) AS computed,
    (b.v - b.half) / (1 + (CAST(b.published_yoy_pct AS DOUBLE) + 0.05) / 100) AS implied_low,
    (b.v + b.half) / (1 + (CAST(b.published_yoy_pct AS DOUBLE) - 0.05) / 100) AS implied_high,
    a.half, a.v, a.version_id, b.version_id AS says_version_id
  FROM t AS a
  JOIN t AS b ON a.dataset = b.dataset AND a.reporter = b.reporter AND a.partner = b.partner AND a.flow = b.flow
    AND a.classification = b.classification AND a.product = b.product AND a.currency = b.currency AND a.valuation = b.valuation
    AND b.period_start = a.period_start + INTERVAL 1 YEAR AND b.period_end = last_day(a.period_end + INTERVAL 1 YEAR)
  WHERE b.published_yoy_pct > -100 AND a.v > 0
),
ytd AS (
  SELECT
    m.dataset, m.reporter, m.partner, m.flow, m.classification, m.product, m.currency, m.period_start, m.period_end, m.value,
    'ytd_difference' AS basis, CAST(NULL AS DECIMAL(9, 2)) AS printed, CAST(NULL AS DOUBLE) AS computed,
    y.v - x.v - y.half - x.half AS implied_low, y.v - x.v + y.half + x.half AS implied_high, m.half, m.v, m.version_id,
    y.version_id AS says_version_id
  FROM t AS m
  JOIN t AS y ON m.dataset = y.dataset AND m.reporter = y.reporter AND m.partner = y.partner AND m.flow = y.flow
    AND m.classification = y.classification AND m.product = y.product AND m.currency = y.currency AND m.valuation = y.valuation
    AND y.period_start = date_trunc('year', m.period_end) AND y.period_end = m.period_end AND m.period_kind = 'M'
    AND y.period_kind <> 'M'
  JOIN t AS x ON m.dataset = x.dataset AND m.reporter = x.reporter AND m.partner = x.partner AND m.flow = x.flow
    AND m.classification = x.classification AND m.product = x.product AND m.currency = x.currency AND m.valuation = x.valuation
    AND x.period_start = y.period_start AND x.period_end = CAST(m.period_start - INTERVAL 1 DAY AS DATE)
)
SELECT
  dataset, reporter, partner, flow, classification, product, currency, period_start, period_end, value, basis, printed, computed,
  implied_low, implied_high,
  round(100 * ((implied_low + implied_high) / 2 / nullif(v, 0) - 1), 3) AS implied_change_pct, version_id, says_version_id
FROM (SELECT * FROM growth UNION ALL SELECT * FROM ytd)
WHERE v + half < implied_low OR v - half > implied_high;
