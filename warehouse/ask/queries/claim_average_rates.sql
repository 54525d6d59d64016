-- A third party's rates over a period: the mean of its monthly averages or daily rates, and the last one, so that an answer can be
-- widened to all rates tried; each table for itself, the one that converts first. $from, $to (currencies), $start, $end
SELECT r.kind, avg(r.rate) AS mean, arg_max(r.rate, r.period_end) AS last, count(DISTINCT date_trunc('month', r.period_end)) AS months,
  count(*) AS n, r.dataset, any_value(d.publisher) AS publisher
FROM mart.fx_cross AS r
LEFT JOIN ref.dataset AS d ON d.dataset = r.dataset
WHERE r.base = $from AND r.quote = $to AND r.kind IN ('month_avg', 'day') AND r.period_start >= $start AND r.period_end <= $end
GROUP BY r.kind, r.dataset
ORDER BY any_value(d.chain_rank) DESC NULLS LAST, r.kind DESC, r.dataset
