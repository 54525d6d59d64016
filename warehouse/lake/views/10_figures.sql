-- mart.figures: every present figure on trade with what a person needs beside it: names, publisher, edition, page, origin,
-- and the day of its release at the publisher's place (released_at is the moment, in UTC). Not to be summed: totals stand beside their
-- partners and products, groups beside their members, flows inside flows, one table beside another. mart.summable is what may be.
CREATE OR REPLACE VIEW mart.figures AS
SELECT
  t.*,
  d.publisher,
  d.account,
  d.chain,
  d.chain_rank,
  d.title AS dataset_title,
  coalesce(r.name, t.reporter) AS reporter_name,
  coalesce(p.name, t.partner) AS partner_name,
  f.url,
  f.origin_kind,
  f.source_note,
  f.sha256,
  CAST(timezone(coalesce(d.tz, 'UTC'), t.released_at) AS DATE) AS released_on
FROM stats.trade AS t
LEFT JOIN ref.dataset AS d ON d.dataset = t.dataset
LEFT JOIN ref.area AS r ON r.area = t.reporter
LEFT JOIN ref.area AS p ON p.area = t.partner
LEFT JOIN ops.fetch AS f ON f.fetch_id = t.fetch_id;
