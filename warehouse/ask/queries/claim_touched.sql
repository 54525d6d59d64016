-- Articles with a claim whose figures a load since a snapshot brought, changed or withdrew: of the same pair, either account;
-- of a rank, streak or share any partner of the same reporter. $since
WITH moved AS (
  SELECT DISTINCT m.reporter, m.partner FROM (
    SELECT reporter, partner, load_id FROM stats.trade
    UNION ALL SELECT reporter, partner, load_id FROM stats.trade_revision
    UNION ALL SELECT area, partner, load_id FROM stats.indicator
    UNION ALL SELECT area, partner, load_id FROM stats.indicator_revision) AS m
  JOIN ops.load AS l ON l.load_id = m.load_id
  WHERE l.snapshot > $since
)
SELECT DISTINCT c.article
FROM news.claim AS c
JOIN moved AS m ON (c.reporter = m.reporter AND (c.partner = m.partner OR c.kind IN ('rank', 'streak', 'share')))
  OR (c.reporter = m.partner AND c.partner = m.reporter)
