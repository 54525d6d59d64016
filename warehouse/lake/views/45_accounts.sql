-- mart.standings: how a chain stands among those that have a reporter's figures. own_of is the area whose own office is among its
-- publishers, dated statements of the same measurement included; else place orders them: 1 reported and passed on, 2 mixed, 3 reconciled.
CREATE OR REPLACE VIEW mart.standings AS
SELECT
  d.chain,
  max(p.area) FILTER (p.account_of_area) AS own_of,
  min(CASE d.account WHEN 'mixed' THEN 2 WHEN 'reconciled' THEN 3 ELSE 1 END) AS place
FROM ref.dataset AS d
LEFT JOIN ref.publisher AS p ON p.publisher = d.publisher
GROUP BY d.chain;

-- mart.accounts: of every table that has a reporter's figure the one that answers, in dollars: its own office's before those that pass
-- figures on, mixtures and reconciled ones, a printed figure in dollars before one converted. value_usd is the printed figure where
-- converted is empty; else it is at the average of the period (of monthly averages, or of days) in the table of rates named there, and
-- null where none has every month.
CREATE OR REPLACE VIEW mart.accounts AS
WITH averages AS (FROM mart.usd_averages)  -- named, so that it is worked out once for both joins
SELECT
  b.reporter, b.partner, b.flow, b.classification, b.product, b.product_level, b.period_start, b.period_end, b.period_kind,
  b.dataset, b.publisher, b.account, b.chain, b.valuation, b.currency, b.value, b.status,
  CASE WHEN b.currency = 'USD' THEN CAST(b.value AS DOUBLE)
       WHEN date_diff('month', b.period_start, b.period_end) + 1 = e.months_to - coalesce(s.months_to, 0)
         THEN CAST(b.value AS DOUBLE) * (e.rates_to - coalesce(s.rates_to, 0)) / (e.n_to - coalesce(s.n_to, 0)) END AS value_usd,
  CASE WHEN b.currency = 'USD' THEN '' ELSE coalesce(e.dataset, '') END AS converted,
  b.net_weight_kg, b.quantity, b.quantity_unit, b.released_on, b.released_basis, b.version_id,
  coalesce(o.own_of = b.reporter, false) AS own
FROM mart.best AS b
LEFT JOIN mart.standings AS o ON o.chain = b.chain
LEFT JOIN averages AS e ON e.base = b.currency AND e.month_no = date_diff('month', DATE '1900-01-01', b.period_end)
  AND b.currency <> 'USD'
-- The last month before the period that has a rate: what a table has before it is taken away, nothing where it begins with the period.
LEFT JOIN averages AS s ON s.dataset = e.dataset AND s.kind = e.kind AND s.base = e.base
  AND s.month_no = date_diff('month', DATE '1900-01-01', b.period_start) - 1
WHERE b.breakdown = '-' AND b.flow IN ('export', 'import') AND b.partner_kind = 'country' AND b.partner <> b.reporter AND b.value IS NOT NULL
QUALIFY row_number() OVER (
  PARTITION BY b.reporter, b.partner, b.flow, b.classification, b.product, b.period_start, b.period_end
  ORDER BY own DESC, o.place, b.account = 'statement', value_usd IS NULL,
    b.currency <> 'USD', b.chain_rank DESC, e.rate_rank DESC NULLS LAST, e.kind DESC, b.dataset, b.currency, e.dataset
) = 1;
