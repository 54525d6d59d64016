-- Every version of an indicator, present or ended.
SELECT dataset, area, partner, product, indicator, adjustment, period_start, period_end, unit, value, status, base_period, flags, released_at,
  released_basis, version_no, version_id, fetch_id, locator, load_id, 'present' AS ended_by
FROM stats.indicator
UNION ALL
SELECT dataset, area, partner, product, indicator, adjustment, period_start, period_end, unit, old_value, old_status, old_base_period,
  old_flags, old_released_at, old_released_basis, old_version_no, old_version_id, old_fetch_id, old_locator, old_load_id, change_kind
FROM stats.indicator_revision
WHERE old_version_id IS NOT NULL
