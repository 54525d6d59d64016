-- mart.accounts: of every table that has a reporter's figure the one that answers, in dollars: its own office's before those that pass
-- figures on, mixtures and reconciled ones, a printed figure in dollars before one converted. value_usd is the printed figure where
-- converted is empty; else it is at the average of the months of the period, of the table of rates named there; null where none has them all.
CREATE OR REPLACE VIEW mart.accounts AS
WITH monthly AS (
  -- A running sum, so that the average over any months is one difference: an average for each period asked about would be asked first.
  SELECT *, sum(rate) OVER (PARTITION BY dataset, base ORDER BY month_no) AS sum_to, count(*) OVER (PARTITION BY dataset, base ORDER BY month_no) AS count_to
  FROM (
    SELECT x.dataset, base, date_diff('month', DATE '1900-01-01', period_start) AS month_no, any_value(d.chain_rank) AS rate_rank,
      any_value(CAST(rate AS DOUBLE)) AS rate
    FROM mart.fx_cross AS x LEFT JOIN ref.dataset AS d ON d.dataset = x.dataset
    WHERE quote = 'USD' AND kind = 'month_avg' GROUP BY ALL)
)
SELECT
  b.reporter, b.partner, b.flow, b.classification, b.product, b.product_level, b.period_start, b.period_end, b.period_kind,
  b.dataset, b.publisher, b.account, b.chain, b.valuation, b.currency, b.value, b.status,
  CASE WHEN b.currency = 'USD' THEN CAST(b.value AS DOUBLE)
       WHEN date_diff('month', b.period_start, b.period_end) + 1 = e.count_to - coalesce(s.count_to, 0)
         THEN CAST(b.value AS DOUBLE) * (e.sum_to - coalesce(s.sum_to, 0)) / (e.count_to - coalesce(s.count_to, 0)) END AS value_usd,
  CASE WHEN b.currency = 'USD' THEN '' ELSE coalesce(e.dataset, '') END AS converted,
  b.net_weight_kg, b.quantity, b.quantity_unit, b.released_on, b.released_basis, b.version_id,
  p.area = b.reporter AND p.account_of_area AS own
FROM mart.best AS b
LEFT JOIN ref.publisher AS p ON p.publisher = b.publisher
LEFT JOIN monthly AS e ON e.base = b.currency AND e.month_no = date_diff('month', DATE '1900-01-01', b.period_end) AND b.currency <> 'USD'
-- The month before the first: where a table begins with the period there is none, and nothing is taken away.
LEFT JOIN monthly AS s ON s.dataset = e.dataset AND s.base = e.base AND s.month_no = date_diff('month', DATE '1900-01-01', b.period_start) - 1
WHERE b.breakdown = '-' AND b.flow IN ('export', 'import') AND b.partner_kind = 'country' AND b.partner <> b.reporter AND b.value IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY b.reporter, b.partner, b.flow, b.classification, b.product, b.period_start, b.period_end
  ORDER BY coalesce(own, false) DESC, list_position(['reported', 'statement', 'mixed', 'reconciled'], b.account), value_usd IS NULL,
    b.currency <> 'USD', b.chain_rank DESC, e.rate_rank DESC NULLS LAST, b.dataset, b.currency, e.dataset
) = 1;
