-- Every version of the figures that a claim can be held against: all goods or named products, both accounts, each with its
-- edition and page. What a day knew of them is read off released_on and replaced_on, days at the publisher's place
-- (warehouse.claims.weigh.book).
-- $reporters, $partners, $products (lists), $start, $end
SELECT
  v.dataset, d.publisher, d.account, d.chain, d.chain_rank, d.attribution, d.title, d.revision_band_pct, v.reporter, v.partner,
  v.partner_kind, v.flow, v.classification, v.product, v.valuation, v.currency, v.period_start, v.period_end, v.period_kind, v.value, v.unit_multiplier,
  v.decimals, v.status, v.flags, v.published_yoy_pct, v.published_mom_pct, v.realtime_start, v.realtime_end, v.released_basis,
  CAST(timezone(d.tz, v.realtime_start) AS DATE) AS released_on, CAST(timezone(d.tz, v.realtime_end) AS DATE) AS replaced_on,
  v.version_no, v.version_id, v.fetch_id, v.locator, v.load_id, f.url, f.origin_kind, f.source_note
FROM (
  SELECT t.* FROM (
    SELECT dataset, reporter, partner, partner_kind, flow, classification, product, breakdown, valuation, currency, period_start, period_end, period_kind,
      value, unit_multiplier, decimals, status, flags, published_yoy_pct, published_mom_pct, released_at AS realtime_start,
      CAST(NULL AS TIMESTAMPTZ) AS realtime_end, released_basis, version_no, version_id, fetch_id, locator, load_id
    FROM stats.trade
    UNION ALL
    SELECT dataset, reporter, partner, old_partner_kind, flow, classification, product, breakdown, valuation, currency, period_start, period_end,
      old_period_kind, old_value, old_unit_multiplier, old_decimals, old_status, old_flags, old_published_yoy_pct,
      old_published_mom_pct, old_released_at, released_at, old_released_basis, old_version_no, old_version_id, old_fetch_id,
      old_locator, old_load_id
    FROM stats.trade_revision
    WHERE old_version_id IS NOT NULL AND change_kind NOT IN ('reread', 'undone')) AS t
  WHERE t.reporter IN (SELECT unnest($reporters)) AND t.partner IN (SELECT unnest($partners))
    AND t.product IN (SELECT unnest($products)) AND t.breakdown = '-'
    AND t.period_start >= $start AND t.period_end <= $end) AS v
JOIN ref.dataset AS d ON d.dataset = v.dataset
LEFT JOIN ops.fetch AS f ON f.fetch_id = v.fetch_id
WHERE v.value IS NOT NULL
ORDER BY v.reporter, v.partner, v.flow, v.period_start, v.period_end, v.realtime_start, d.chain_rank, v.version_no
