-- Versions whose id begins so (and no figure's), with their fetch: what `trace` walks from. $start;
-- the versions are those of rate_versions.sql or indicator_versions.sql.
WITH versions AS (
{versions})
SELECT v.*, f.url, f.sha256, f.asked_at, f.origin_kind, f.source_note, d.publisher, d.title, d.attribution,
  CAST(timezone(coalesce(d.tz, 'UTC'), v.released_at) AS DATE) AS released_on,
  CAST(timezone(coalesce(d.tz, 'UTC'), f.asked_at) AS DATE) AS asked_on
FROM versions AS v
LEFT JOIN ops.fetch AS f USING (fetch_id)
LEFT JOIN ref.dataset AS d ON d.dataset = v.dataset
WHERE starts_with(v.version_id, $start) AND NOT EXISTS (SELECT 1 FROM mart.versions WHERE starts_with(version_id, $start))
LIMIT 2
