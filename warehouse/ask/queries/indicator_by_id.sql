-- Versions of indicators whose id begins so (and no figure's), with their fetch: what `trace` walks from. $start
WITH versions AS (
  SELECT dataset, area, partner, product, indicator, adjustment, period_start, period_end, unit, value, status, base_period, flags, released_at,
    released_basis, version_no, version_id, fetch_id, locator, load_id, 'present' AS ended_by
  FROM stats.indicator
  UNION ALL
  SELECT dataset, area, partner, product, indicator, adjustment, period_start, period_end, unit, old_value, old_status, old_base_period,
    old_flags, old_released_at, old_released_basis, old_version_no, old_version_id, old_fetch_id, old_locator, old_load_id, change_kind
  FROM stats.indicator_revision
  WHERE old_version_id IS NOT NULL)
SELECT v.*, f.url, f.sha256, f.asked_at, f.origin_kind, f.source_note, d.publisher, d.title, d.attribution,
  CAST(timezone(coalesce(d.tz, 'UTC'), v.released_at) AS DATE) AS released_on,
  CAST(timezone(coalesce(d.tz, 'UTC'), f.asked_at) AS DATE) AS asked_on
FROM versions AS v
LEFT JOIN ops.fetch AS f USING (fetch_id)
LEFT JOIN ref.dataset AS d ON d.dataset = v.dataset
WHERE starts_with(v.version_id, $start) AND NOT EXISTS (SELECT 1 FROM mart.versions WHERE starts_with(version_id, $start))
LIMIT 2
