-- Ranks, streaks and shares that somebody stated: they support "as stated by" and decide nothing.
-- $reporters, $partners (lists)
SELECT i.dataset, d.publisher, d.title, i.area AS reporter, i.partner, i.indicator, i.period_start, i.period_end, i.unit, i.value, i.flags,
  i.released_at, i.released_basis, CAST(timezone(d.tz, i.released_at) AS DATE) AS released_on, i.version_id, i.fetch_id, i.locator, f.url, f.origin_kind, f.source_note
FROM stats.indicator AS i
JOIN ref.dataset AS d ON d.dataset = i.dataset
LEFT JOIN ops.fetch AS f ON f.fetch_id = i.fetch_id
WHERE i.area IN (SELECT unnest($reporters)) AND i.partner IN (SELECT unnest($partners)) AND d.account = 'statement'
ORDER BY i.released_at, i.dataset
