-- mart.fx_cross: units of quote for one base: as printed, turned round, and computed from two rates of the same table, kind and period
-- that share a currency (a table may print many currencies for one of its own, or its own for one of each, or both).
-- Computed rates are said to be so by through, which is neither of the two; printed ones are in stats.fx_rate. Tables are never mixed.
CREATE OR REPLACE VIEW mart.fx_cross AS
WITH legs AS (
  -- A rate is over / under, so that two of them make one quotient.
  SELECT dataset, kind, period_start, period_end, base AS have, quote AS want, CAST(rate AS DOUBLE) AS over, 1.0::DOUBLE AS under, fetch_id
  FROM stats.fx_rate
  UNION ALL
  SELECT dataset, kind, period_start, period_end, quote, base, 1.0::DOUBLE, CAST(rate AS DOUBLE), fetch_id
  FROM stats.fx_rate)
SELECT
  a.dataset,
  a.have AS base,
  b.want AS quote,
  a.want AS through,
  a.kind,
  a.period_start,
  a.period_end,
  CAST(a.over * b.over / (a.under * b.under) AS DECIMAL(28, 12)) AS rate,
  a.fetch_id AS base_fetch_id,
  b.fetch_id AS quote_fetch_id
FROM legs AS a
JOIN legs AS b
  ON a.dataset = b.dataset AND a.want = b.have AND a.kind = b.kind
  AND a.period_start = b.period_start AND a.period_end = b.period_end AND a.have <> b.want
UNION ALL
SELECT dataset, base, quote, base, kind, period_start, period_end, rate, fetch_id, fetch_id
FROM stats.fx_rate
UNION ALL
SELECT dataset, quote, base, base, kind, period_start, period_end, CAST(1 / CAST(rate AS DOUBLE) AS DECIMAL(28, 12)),
  fetch_id, fetch_id
FROM stats.fx_rate;
