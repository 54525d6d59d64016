-- The periods of which a reporter's figures with a partner are stored, and whether only in a statement; of an empty partner those of
-- which a table of several countries is, statements apart.
-- A stated bound ("more than") is no figure. $reporter, $partner, $flow (empty for any);
-- $classification, $edition_of, $digits, $product: reference.products, empty for any
SELECT t.period_start, t.period_end, bool_and(coalesce(d.account, '') = 'statement') AS stated
FROM stats.trade AS t
LEFT JOIN ref.dataset AS d ON d.dataset = t.dataset
WHERE t.reporter = $reporter AND (t.partner = $partner OR ($partner = '' AND t.partner_kind = 'country')) AND t.breakdown = '-'
  AND ($flow = '' OR t.flow = $flow) AND t.value IS NOT NULL AND NOT regexp_matches(t.flags, 'bound=(less_than|more_than)')
  AND ($classification = '' OR t.classification = $classification) AND ($edition_of = '' OR starts_with(t.classification, $edition_of))
  AND ($digits = 0 OR length(t.product) = $digits) AND ($product = '' OR t.product = $product)
  AND ($partner <> '' OR coalesce(d.account, '') <> 'statement')
GROUP BY t.period_start, t.period_end
HAVING $partner <> '' OR count(DISTINCT t.partner) > 1
