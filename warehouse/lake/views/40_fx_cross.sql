-- mart.fx_cross: units of quote for one base, from two rates of the same table, kind and period against a common currency.
-- Cross rates are computed, and say so; printed rates are in stats.fx_rate.
CREATE OR REPLACE VIEW mart.fx_cross AS
SELECT
  a.dataset,
  a.quote AS base,
  b.quote AS quote,
  a.base AS through,
  a.kind,
  a.period_start,
  a.period_end,
  CAST(b.rate / CAST(a.rate AS DOUBLE) AS DECIMAL(28, 12)) AS rate,
  a.fetch_id AS base_fetch_id,
  b.fetch_id AS quote_fetch_id
FROM stats.fx_rate AS a
JOIN stats.fx_rate AS b
  ON a.dataset = b.dataset AND a.base = b.base AND a.kind = b.kind
  AND a.period_start = b.period_start AND a.period_end = b.period_end AND a.quote <> b.quote
UNION ALL
SELECT dataset, base, quote, base, kind, period_start, period_end, rate, fetch_id, fetch_id
FROM stats.fx_rate
UNION ALL
SELECT dataset, quote, base, base, kind, period_start, period_end, CAST(1 / CAST(rate AS DOUBLE) AS DECIMAL(28, 12)),
  fetch_id, fetch_id
FROM stats.fx_rate;
