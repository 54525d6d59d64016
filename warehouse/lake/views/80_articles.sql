-- mart.articles: news articles without their texts, each with the original of which it is a copy and how many copies are held.
-- The original of a cluster is the agency's own page where it is held, else the earliest. Later copies change nothing.
CREATE OR REPLACE VIEW mart.articles AS
WITH originals AS (
  SELECT cluster, count(*) AS copies,
    arg_min(article, (NOT (agency <> '' AND starts_with(source, lower(agency))), coalesce(published_at, first_seen), article)) AS original
  FROM news.article GROUP BY cluster)
SELECT a.article, a.source, a.url, a.title, a.agency, a.language, a.published_at, a.published_precision, a.tz_assumed,
  a.first_seen, a.cluster, o.original, a.article = o.original AS is_original, o.copies, a.may_redistribute, a.fetch_id, a.load_id
FROM news.article a JOIN originals o USING (cluster);
