-- mart.versions: every version a figure ever had here, ended or present, in one shape. `ended_at` is null for the present one;
-- `realtime_start` and `realtime_end` are ALFRED's names for its life by the publisher's clock.
CREATE OR REPLACE VIEW mart.versions AS
SELECT
  dataset, reporter, partner, flow, classification, product, breakdown, valuation, currency, period_start, period_end,
  period_kind, value, unit_multiplier, decimals, status, flags, published_yoy_pct, published_mom_pct,
  released_at AS realtime_start, CAST(NULL AS TIMESTAMPTZ) AS realtime_end, released_basis, first_seen_at,
  version_no, version_id, fetch_id, locator, load_id, CAST(NULL AS TIMESTAMPTZ) AS ended_at, 'present' AS ended_by
FROM stats.trade
UNION ALL
SELECT
  dataset, reporter, partner, flow, classification, product, breakdown, valuation, currency, period_start, period_end,
  old_period_kind, old_value, old_unit_multiplier, old_decimals, old_status, old_flags, old_published_yoy_pct,
  old_published_mom_pct, old_released_at, released_at, old_released_basis, old_first_seen_at,
  old_version_no, old_version_id, old_fetch_id, old_locator, old_load_id, recorded_at, change_kind
FROM stats.trade_revision
WHERE old_version_id IS NOT NULL;
