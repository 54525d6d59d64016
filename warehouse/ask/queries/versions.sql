-- Every version of one figure in every edition of its chain, in order of release.
-- $reporter, $partner, $flow, $start, $end; $classification, $edition_of, $digits, $product: reference.products, empty for any
SELECT
  v.dataset, d.publisher, d.account, d.chain, d.chain_rank, v.flow, v.classification, v.product, v.valuation, v.currency,
  v.period_start, v.period_end, v.value, v.unit_multiplier, v.decimals, v.status, v.flags, v.published_yoy_pct, v.realtime_start, v.realtime_end, v.released_basis,
  CAST(timezone(coalesce(d.tz, 'UTC'), v.realtime_start) AS DATE) AS released_on,
  v.first_seen_at, v.ended_at, v.ended_by, v.version_no, v.version_id, v.fetch_id, v.locator, v.load_id, f.url,
  f.origin_kind, f.source_note
FROM mart.versions AS v
LEFT JOIN ref.dataset AS d ON d.dataset = v.dataset
LEFT JOIN ops.fetch AS f ON f.fetch_id = v.fetch_id
WHERE v.reporter = $reporter AND v.partner = $partner AND ($flow = '' OR v.flow = $flow)
  AND ($classification = '' OR v.classification = $classification) AND ($edition_of = '' OR starts_with(v.classification, $edition_of))
  AND ($digits = 0 OR length(v.product) = $digits) AND ($product = '' OR v.product = $product)
  AND v.breakdown = '-' AND v.period_start = $start AND v.period_end = $end
  AND ($reread OR v.ended_by <> 'reread')
ORDER BY v.classification, v.product, v.flow, d.chain, v.currency, v.realtime_start, d.chain_rank, v.version_no
