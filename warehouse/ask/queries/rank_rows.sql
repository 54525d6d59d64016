-- Partners of one reporter in one table (a dataset, flow, currency and period), for ranking: countries only, never the
-- reporter itself, never a group beside its members. Where a table prints no total, exports and imports of a partner are
-- added up, if it has both. $reporter, $flow, $start, $end; $classification, $edition_of, $digits, $product: reference.products, one product
WITH printed AS (
  SELECT
    t.dataset, t.classification, t.currency, t.partner, t.partner_kind, t.flow, t.value, t.flags, t.unit_multiplier, t.decimals, t.status,
    t.published_yoy_pct, t.released_at, t.version_id, t.locator, t.fetch_id, d.account, d.chain, d.chain_rank, d.publisher,
    d.partner_scope, d.missing_means
  FROM stats.trade AS t
  JOIN ref.dataset AS d ON d.dataset = t.dataset
  WHERE t.reporter = $reporter AND (t.flow = $flow OR ($flow = 'total' AND t.flow IN ('export', 'import')))
    AND ($classification = '' OR t.classification = $classification) AND ($edition_of = '' OR starts_with(t.classification, $edition_of))
    AND ($digits = 0 OR length(t.product) = $digits) AND ($product = '' OR t.product = $product) AND t.breakdown = '-'
    AND t.period_start = $start AND t.period_end = $end AND t.partner <> t.reporter)
SELECT * EXCLUDE (flow) FROM printed WHERE flow = $flow
UNION ALL BY NAME
SELECT
  dataset, classification, currency, partner, any_value(partner_kind) AS partner_kind, CAST(sum(value) AS DECIMAL(20, 3)) AS value,
  'derived=export+import' AS flags, max(unit_multiplier) AS unit_multiplier, min(decimals) AS decimals, max(status) AS status,
  max(released_at) AS released_at, min_by(version_id, flow) AS version_id, string_agg(locator, ' and ' ORDER BY flow) AS locator,
  min_by(fetch_id, flow) AS fetch_id, any_value(account) AS account, any_value(chain) AS chain, any_value(chain_rank) AS chain_rank,
  any_value(publisher) AS publisher, any_value(partner_scope) AS partner_scope, any_value(missing_means) AS missing_means
FROM printed
WHERE flow <> $flow AND account <> 'statement' AND value IS NOT NULL
  AND (dataset, classification, currency) NOT IN (
    SELECT (dataset, classification, currency) FROM printed WHERE flow = $flow AND partner_kind = 'country')
GROUP BY dataset, classification, currency, partner
HAVING count(*) = 2 AND count(DISTINCT flow) = 2
ORDER BY chain_rank DESC, classification DESC, currency, value DESC, partner
