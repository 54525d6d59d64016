-- The newest text of each article that was not read for claims yet, with its day in its publisher's own zone.
SELECT v.article, v.version_no, v.text, a.title, a.url,
  CASE a.published_precision
    WHEN 'minute' THEN strftime(a.published_at AT TIME ZONE coalesce(nullif(d.tz, ''), 'UTC'), '%Y-%m-%d')
    WHEN 'day' THEN strftime(a.published_at AT TIME ZONE coalesce(nullif(d.tz, ''), 'UTC'), '%Y-%m-%d')
    WHEN 'month' THEN strftime(a.published_at AT TIME ZONE coalesce(nullif(d.tz, ''), 'UTC'), '%Y-%m')
    WHEN 'year' THEN strftime(a.published_at AT TIME ZONE coalesce(nullif(d.tz, ''), 'UTC'), '%Y')
  END AS published
FROM news.article_version AS v
JOIN news.article AS a ON a.article = v.article
LEFT JOIN ref.dataset AS d ON d.dataset = 'news.' || a.source
WHERE v.version_no = (SELECT max(n.version_no) FROM news.article_version AS n WHERE n.article = v.article)
  AND ($again OR NOT EXISTS (SELECT 1 FROM news.reading AS r WHERE r.article = v.article AND r.version_no = v.version_no))
ORDER BY v.article
