-- mart.products: what a code of a classification is called, one row a code: by the publishers' own lists (ref.product) before our own
-- short names, of several lists by their rank. parent is the code it belongs to, level as product_level in stats.trade.
CREATE OR REPLACE VIEW mart.products AS
SELECT p.classification, p.product, p.name, p.parent, p.level, p.dataset
FROM ref.product AS p
LEFT JOIN ref.dataset AS d ON d.dataset = p.dataset
QUALIFY row_number() OVER (
  PARTITION BY p.classification, p.product ORDER BY p.dataset = 'entrepot', d.chain_rank DESC NULLS LAST, p.dataset
) = 1;
