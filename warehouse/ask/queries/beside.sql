-- What may stand beside the figures of one account: the same flow with the world (for a share), and the figures of the year
-- before (for a growth), each to be taken inside a figure's own dataset and currency.
-- $reporter, $partner, $classification, $start, $end
SELECT dataset, partner, flow, product, currency, period_start, period_end, any_value(value) AS value
FROM stats.trade
WHERE reporter = $reporter AND partner IN ($partner, 'WLD') AND classification = $classification AND breakdown = '-'
  -- A date, not a moment: only with a date are files of other years passed over.
  AND period_start >= CAST(CAST($start AS DATE) - INTERVAL 1 YEAR AS DATE) AND period_end <= $end
GROUP BY ALL
