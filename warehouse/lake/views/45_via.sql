-- mart.via: what a third port (via), by its own account, re-exported of the goods of one area (origin) to another (destination), in its own
-- currency and in dollars (value_usd, by the rule of mart.accounts). These goods may stand in the origin's account as exports to the port,
-- and in the destination's as imports from the origin. Valued at the port, with what was added there, so nothing is taken from a gap by it.
CREATE OR REPLACE VIEW mart.via AS
WITH averages AS (FROM mart.usd_averages)
SELECT
  b.breakdown[8:] AS origin, b.reporter AS via, b.partner AS destination, b.classification, b.product, b.product_level, b.period_start,
  b.period_end, b.period_kind, b.dataset, b.valuation, b.currency, b.value, b.status,
  CASE WHEN b.currency = 'USD' THEN CAST(b.value AS DOUBLE)
       WHEN date_diff('month', b.period_start, b.period_end) + 1 = e.months_to - coalesce(s.months_to, 0)
         THEN CAST(b.value AS DOUBLE) * (e.rates_to - coalesce(s.rates_to, 0)) / (e.n_to - coalesce(s.n_to, 0)) END AS value_usd,
  CASE WHEN b.currency = 'USD' THEN '' ELSE coalesce(e.dataset, '') END AS converted, b.released_on, b.version_id
FROM mart.best AS b
LEFT JOIN averages AS e ON e.base = b.currency AND e.month_no = date_diff('month', DATE '1900-01-01', b.period_end)
  AND b.currency <> 'USD'
LEFT JOIN averages AS s ON s.dataset = e.dataset AND s.kind = e.kind AND s.base = e.base
  AND s.month_no = date_diff('month', DATE '1900-01-01', b.period_start) - 1
WHERE b.flow = 're-export' AND b.breakdown LIKE 'origin=%' AND b.partner_kind = 'country' AND b.value IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY b.breakdown, b.reporter, b.partner, b.classification, b.product, b.period_start, b.period_end
  ORDER BY value_usd IS NULL, b.chain_rank DESC, e.rate_rank DESC NULLS LAST, e.kind DESC, b.dataset, b.currency, e.dataset
) = 1;
