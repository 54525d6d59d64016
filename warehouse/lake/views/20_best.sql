-- mart.best: of the editions of one measurement (a chain) the highest-ranked one that is held, for each figure and currency.
-- Both currencies of a table stay: neither is converted from the other. A stated bound ("more than") is never a figure, and of
-- two statements the exact one comes before the rounded.
CREATE OR REPLACE VIEW mart.best AS
SELECT *
FROM mart.figures
WHERE NOT regexp_matches(flags, 'bound=(less_than|more_than)')
QUALIFY row_number() OVER (
  PARTITION BY chain, reporter, partner, flow, classification, product, breakdown, currency, period_start, period_end
  ORDER BY chain_rank DESC, contains(flags, 'bound='), released_at DESC, valuation, dataset
) = 1;
