-- Every dataset that is known, with what is held of it: n rows, from first to last day, in which units.
WITH held AS (
  SELECT dataset, count(*) AS n, min(period_start) AS first, max(period_end) AS last, string_agg(DISTINCT currency, ', ') AS units
  FROM stats.trade GROUP BY dataset
  UNION ALL
  SELECT dataset, count(*), min(period_start), max(period_end), string_agg(DISTINCT base || '/' || quote, ', ')
  FROM stats.fx_rate GROUP BY dataset
  UNION ALL
  SELECT dataset, count(*), min(period_start), max(period_end), string_agg(DISTINCT unit, ', ')
  FROM stats.indicator GROUP BY dataset
  UNION ALL
  SELECT 'news.' || source, count(*), NULL, CAST(max(published_at) AS DATE), 'articles' FROM news.article GROUP BY 1
)
SELECT d.*, h.n, h.first, h.last, h.units
FROM ref.dataset AS d
LEFT JOIN held AS h ON h.dataset = d.dataset
ORDER BY d.dataset
