-- A third party's rates over a period: the mean of its monthly averages or daily rates, and the last one, so that an answer can be
-- widened to all rates tried. $from, $to (currencies), $start, $end
SELECT kind, avg(rate) AS mean, arg_max(rate, period_end) AS last, count(DISTINCT date_trunc('month', period_end)) AS months, count(*) AS n,
  any_value(dataset) AS dataset
FROM mart.fx_cross
WHERE base = $from AND quote = $to AND kind IN ('month_avg', 'day') AND period_start >= $start AND period_end <= $end
GROUP BY kind
ORDER BY kind DESC
