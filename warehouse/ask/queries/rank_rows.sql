-- Partners of one reporter in one table (a dataset, flow, currency and period), for ranking: countries only, never the
-- reporter itself, never a group beside its members. $reporter, $flow, $start, $end
SELECT
  t.dataset, t.currency, t.partner, t.partner_kind, t.value, t.flags, t.unit_multiplier, t.decimals, t.status, t.published_yoy_pct,
  t.released_at, t.version_id, t.locator, t.fetch_id, d.account, d.chain, d.chain_rank, d.publisher
FROM stats.trade AS t
JOIN ref.dataset AS d ON d.dataset = t.dataset
WHERE t.reporter = $reporter AND t.flow = $flow AND t.classification = '-' AND t.product = 'TOTAL' AND t.breakdown = '-'
  AND t.period_start = $start AND t.period_end = $end AND t.partner <> t.reporter
ORDER BY d.chain_rank DESC, t.currency, t.value DESC, t.partner
