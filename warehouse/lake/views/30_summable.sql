-- mart.summable: the one set that may be summed. Within one dataset, reporter, flow, classification, currency, valuation,
-- product_level and period_kind its rows do not overlap: no breakdowns, no groups beside their members, no statements.
-- The caller still groups by all of those columns; over partners this reaches the world total with `unspecified`.
CREATE OR REPLACE VIEW mart.summable AS
SELECT t.*
FROM stats.trade AS t
JOIN ref.dataset AS d ON d.dataset = t.dataset
WHERE t.breakdown = '-'
  AND t.partner_kind IN ('country', 'unspecified')
  AND t.partner <> t.reporter
  AND t.flow IN ('export', 'import')
  AND d.account <> 'statement';
