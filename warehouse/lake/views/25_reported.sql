-- mart.reported: as mart.best, of what reporters gave themselves: no estimate, nothing imputed from the partner, no forecast (status
-- E, I, F), no statement. Where the best edition of a figure is filled in by its publisher, the next that is reported stands here.
CREATE OR REPLACE VIEW mart.reported AS
SELECT *
FROM mart.figures
WHERE status NOT IN ('E', 'I', 'F') AND account IN ('reported', 'mixed')
QUALIFY row_number() OVER (
  PARTITION BY chain, reporter, partner, flow, classification, product, breakdown, currency, period_start, period_end
  ORDER BY chain_rank DESC, released_at DESC, valuation, dataset
) = 1;
