-- An account's own implied rate: one figure that it gives in both currencies for a period. Never from a stated bound or a round
-- "about"; the caller leaves out the very row that it tests. $reporter, $from, $to (currencies), $start, $end
SELECT d.chain, a.partner, a.flow, CAST(b.value AS DOUBLE) / CAST(a.value AS DOUBLE) AS rate
FROM stats.trade AS a
JOIN stats.trade AS b
  ON b.reporter = a.reporter AND b.partner = a.partner AND b.flow = a.flow AND b.product = a.product AND b.breakdown = a.breakdown
  AND b.period_start = a.period_start AND b.period_end = a.period_end
JOIN ref.dataset AS d ON d.dataset = a.dataset
JOIN ref.dataset AS e ON e.dataset = b.dataset AND e.chain = d.chain
WHERE a.reporter = $reporter AND a.currency = $from AND b.currency = $to AND a.period_start = $start AND a.period_end = $end
  AND a.value > 0 AND b.value > 0 AND a.breakdown = '-' AND a.product = 'TOTAL'
  AND NOT contains(a.flags, 'bound=') AND NOT contains(b.flags, 'bound=')
ORDER BY (d.chain_rank + e.chain_rank) DESC, a.flow <> 'total', a.value DESC, a.partner
LIMIT 8
