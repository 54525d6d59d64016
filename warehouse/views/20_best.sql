-- mart.best: of the editions of one measurement (a chain) the highest-ranked one that is held, for each figure and currency.
-- Both currencies of a table stay: neither is converted from the other.
CREATE OR REPLACE VIEW mart.best AS
SELECT *
FROM mart.figures
QUALIFY row_number() OVER (
  PARTITION BY chain, reporter, partner, flow, classification, product, breakdown, currency, period_start, period_end
  ORDER BY chain_rank DESC, released_at DESC, valuation
) = 1;
