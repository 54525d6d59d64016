-- mart.usd_averages: for each table of rates, currency and month the dollars that one unit bought, as running sums, so that the average over
-- any months is the difference of two rows: (rates_to - rates_to before) / (n_to - n_to before). months_to counts the months so far: where
-- it does not grow by as many as a period has, the table lacks one. rate_rank is the table's rank among those that convert.
CREATE OR REPLACE VIEW mart.usd_averages AS
SELECT *, sum(rates) OVER running AS rates_to, sum(n) OVER running AS n_to, count(*) OVER running AS months_to
FROM (
  SELECT x.dataset, kind, base, date_diff('month', DATE '1900-01-01', period_end) AS month_no, any_value(d.chain_rank) AS rate_rank,
    sum(CAST(rate AS DOUBLE)) AS rates, count(*) AS n
  FROM mart.fx_cross AS x LEFT JOIN ref.dataset AS d ON d.dataset = x.dataset
  WHERE quote = 'USD' AND kind IN ('month_avg', 'day') GROUP BY ALL)
WINDOW running AS (PARTITION BY dataset, kind, base ORDER BY month_no);
