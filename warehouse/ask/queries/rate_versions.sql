-- Every version of an exchange rate, present or ended.
SELECT dataset, base, quote, kind, period_start, period_end, rate, released_at, released_basis, version_no, version_id, fetch_id, locator,
  load_id, 'present' AS ended_by, '' AS flags
FROM stats.fx_rate
UNION ALL
SELECT dataset, base, quote, kind, period_start, period_end, old_rate, old_released_at, old_released_basis, old_version_no,
  old_version_id, old_fetch_id, old_locator, old_load_id, change_kind, ''
FROM stats.fx_rate_revision
WHERE old_version_id IS NOT NULL
