-- mart.converted: figures by product put into another classification: value × weight of ref.product_map, summed over the codes of the
-- reported edition. Nobody reported these, so they are in no other view. conversion is the table of weights, from_classification the edition
-- that was reported, classification the one it was put into; the way back is another table and no inverse. What a table has no weight for
-- stays one row, NOT_CONVERTED with level -1, so that every total is the same before and after. One dataset, one conversion at a time.
CREATE OR REPLACE VIEW mart.converted AS
WITH conversions AS (
  -- Of tables with codes of several lengths (SITC) every figure is taken that has one of them.
  SELECT DISTINCT dataset AS conversion, basis, from_classification, to_classification, CAST(length(from_product) AS SMALLINT) AS digits
  FROM ref.product_map WHERE weight IS NOT NULL
)
SELECT
  c.conversion, c.basis, t.classification AS from_classification, c.to_classification AS classification,
  coalesce(m.to_product, 'NOT_CONVERTED') AS product, CASE WHEN m.to_product IS NULL THEN -1 ELSE length(m.to_product) END AS product_level,
  t.dataset, t.reporter, t.partner, t.partner_kind, t.flow, t.valuation, t.currency, t.period_start, t.period_end, t.period_kind,
  sum(CAST(t.value AS DOUBLE) * coalesce(m.weight, 1)) AS value, count(DISTINCT t.product) AS reported_codes,
  max(t.released_at) AS released_at
FROM stats.trade AS t
JOIN conversions AS c ON c.from_classification = t.classification AND c.digits = length(t.product)
LEFT JOIN ref.product_map AS m
  ON m.dataset = c.conversion AND m.basis = c.basis AND m.from_classification = t.classification AND m.from_product = t.product
  AND m.to_classification = c.to_classification AND m.weight > 0
WHERE t.breakdown = '-' AND t.value IS NOT NULL
GROUP BY ALL;
