-- What stands beside a figure: the same flow with the world (for a share) and a year before (for a growth), each inside the
-- figure's own dataset. $dataset, $reporter, $partner, $flow, $classification, $product, $currency, $start, $end
SELECT
  (SELECT any_value(value) FROM stats.trade
   WHERE dataset = $dataset AND reporter = $reporter AND partner = 'WLD' AND flow = $flow AND classification = $classification
     AND product = $product AND breakdown = '-' AND currency = $currency AND period_start = $start AND period_end = $end
  ) AS world,
  (SELECT any_value(value) FROM stats.trade
   WHERE dataset = $dataset AND reporter = $reporter AND partner = $partner AND flow = $flow
     AND classification = $classification AND product = $product AND breakdown = '-' AND currency = $currency
     AND period_start = CAST($start AS DATE) - INTERVAL 1 YEAR
     AND period_end = last_day(CAST($end AS DATE) - INTERVAL 1 YEAR)
  ) AS year_before
