-- mart.claim_report: every claim of the newest text of each article with its newest verdict, for reading: where it stands, what it
-- says, what it came to, and the sentence that is safe to print. The article's sentence is a quotation and stays here.
CREATE OR REPLACE VIEW mart.claim_report AS
SELECT
  a.url, a.title, a.source, a.published_at, r.published, r.published_basis, c.claim, c.number, c.kind, c.sentence, c.reporter, c.partner,
  c.group_code, c.flow, c.commodity, c.period, c.value, c.unit, c.hedge, v.verdict, v.detail, v.at_publication, v.latest, v.previous,
  v.computed, v.low, v.high, v.said, v.printable, v.snapshot, c.article, c.version_no
FROM news.claim AS c
JOIN news.article AS a ON a.article = c.article
JOIN news.reading AS r ON r.article = c.article AND r.version_no = c.version_no
LEFT JOIN news.verdict AS v ON v.claim = c.claim
WHERE c.version_no = (SELECT max(n.version_no) FROM news.reading AS n WHERE n.article = c.article)
QUALIFY row_number() OVER (PARTITION BY c.claim ORDER BY v.snapshot DESC) = 1;
