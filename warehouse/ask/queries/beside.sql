-- What may stand beside the figures of one account: the same flow with the world (for a share), and the figures of the year
-- before (for a growth), each to be taken inside a figure's own dataset and currency.
-- $reporter, $partner, $start, $end; $classification, $edition_of, $digits, $product: reference.products, empty for any
SELECT dataset, partner, flow, classification, product, currency, period_start, period_end, any_value(value) AS value
FROM stats.trade
WHERE reporter = $reporter AND partner IN ($partner, 'WLD') AND breakdown = '-'
  AND ($classification = '' OR classification = $classification) AND ($edition_of = '' OR starts_with(classification, $edition_of))
  AND ($digits = 0 OR length(product) = $digits) AND ($product = '' OR product = $product)
  -- A date, not a moment: only with a date are files of other years passed over.
  AND period_start >= CAST(CAST($start AS DATE) - INTERVAL 1 YEAR AS DATE) AND period_end <= $end
GROUP BY ALL
