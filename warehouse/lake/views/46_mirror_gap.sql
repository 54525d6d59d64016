-- mart.mirror_gap: both accounts of the same goods, the exporter's exports and the importer's imports, in dollars, by product and period.
-- margin_pct is what freight and insurance are of the import's value (CIF) where a table of margins has this pair, product and year;
-- margin_source names it. residual_usd is what is left of the importer's figure without freight over the exporter's; without a margin it
-- is the whole gap. reason: one_side_only, no_rate, estimated, agrees (within 1 %), freight (within 1 % without it), freight_possible
-- (no margin held, and the import is up to 15 % more), importer_more, exporter_more. A reason says what the figures show, never why.
-- via_usd is what third ports (via) re-exported of the exporter's goods to the importer, of mart.via: beside the gap, and taken from nothing.
CREATE OR REPLACE VIEW mart.mirror_gap AS
WITH margins AS (
  SELECT area, partner, product, period_start, period_end, arg_max(dataset, released_at) AS dataset, arg_max(value, released_at) AS pct,
    arg_max(unit, released_at) AS unit
  FROM stats.indicator WHERE indicator = 'cif_fob_margin' GROUP BY ALL
),
sides AS (
  SELECT
    reporter AS exporter, partner AS importer, classification, product, product_level, period_start, period_end, period_kind,
    value AS exporter_value, currency AS exporter_currency, valuation AS exporter_valuation, value_usd AS exporter_usd,
    converted AS exporter_rates, dataset AS exporter_dataset, account AS exporter_account, status AS exporter_status,
    released_on AS exporter_released_on, version_id AS exporter_version_id, net_weight_kg AS exporter_kg
  FROM mart.accounts WHERE flow = 'export'
  UNION ALL BY NAME
  SELECT
    partner AS exporter, reporter AS importer, classification, product, product_level, period_start, period_end, period_kind,
    value AS importer_value, currency AS importer_currency, valuation AS importer_valuation, value_usd AS importer_usd,
    converted AS importer_rates, dataset AS importer_dataset, account AS importer_account, status AS importer_status,
    released_on AS importer_released_on, version_id AS importer_version_id, net_weight_kg AS importer_kg
  FROM mart.accounts WHERE flow = 'import'
),
paired AS (
  -- mart.accounts has one row of a flow at most, so each group is the two sides. Grouped and not joined: what is asked for reaches both.
  SELECT
    exporter, importer, classification, product, any_value(product_level) AS product_level, period_start, period_end,
    any_value(period_kind) AS period_kind, any_value(COLUMNS('^(?:ex|im)porter_.*'))
  FROM sides
  GROUP BY exporter, importer, classification, product, period_start, period_end
),
through AS (
  SELECT origin, destination, classification, product, period_start, period_end, string_agg(DISTINCT via, ', ' ORDER BY via) AS via,
    CASE WHEN count(value_usd) = count(*) THEN sum(value_usd) END AS via_usd
  FROM mart.via GROUP BY origin, destination, classification, product, period_start, period_end
),
measured AS (
  SELECT
    b.*, v.via, v.via_usd, importer_usd - exporter_usd AS gap_usd, m.pct AS margin_pct, m.unit AS margin_unit, m.dataset AS margin_source,
    CASE m.unit WHEN 'percent of CIF' THEN importer_usd * (1 - CAST(m.pct AS DOUBLE) / 100)
                WHEN 'percent of FOB' THEN importer_usd / (1 + CAST(m.pct AS DOUBLE) / 100) ELSE importer_usd END - exporter_usd AS residual_usd
  FROM paired AS b
  LEFT JOIN margins AS m
    ON m.area = b.importer AND m.partner = b.exporter AND b.importer_valuation = 'CIF' AND b.exporter_valuation = 'FOB'
    AND m.product = CASE WHEN b.product_level = 0 THEN 'TOTAL' ELSE left(b.product, 4) END
    AND b.period_start >= m.period_start AND b.period_end <= m.period_end
  LEFT JOIN through AS v
    ON v.origin = b.exporter AND v.destination = b.importer AND v.classification = b.classification AND v.product = b.product
    AND v.period_start = b.period_start AND v.period_end = b.period_end
)
SELECT
  *,
  round(100 * gap_usd / nullif(exporter_usd, 0), 2) AS gap_pct,
  round(100 * residual_usd / nullif(exporter_usd, 0), 2) AS residual_pct,
  exporter_usd / nullif(exporter_kg, 0) AS exporter_usd_per_kg,
  importer_usd / nullif(importer_kg, 0) AS importer_usd_per_kg,
  -- The same goods at ten times the price by weight: one of the two weights is of something else.
  coalesce(greatest(exporter_usd_per_kg / importer_usd_per_kg, importer_usd_per_kg / exporter_usd_per_kg) > 10, false) AS weight_implausible,
  CASE
    WHEN exporter_value IS NULL OR importer_value IS NULL THEN 'one_side_only'
    WHEN gap_usd IS NULL THEN 'no_rate'
    WHEN exporter_status IN ('E', 'I', 'F') OR importer_status IN ('E', 'I', 'F') THEN 'estimated'
    WHEN abs(gap_pct) <= 1 THEN 'agrees'
    WHEN margin_pct IS NOT NULL AND abs(residual_pct) <= 1 THEN 'freight'
    WHEN margin_pct IS NULL AND exporter_valuation = 'FOB' AND importer_valuation = 'CIF' AND gap_pct BETWEEN 1 AND 15 THEN 'freight_possible'
    WHEN residual_usd > 0 THEN 'importer_more'
    ELSE 'exporter_more' END AS reason
FROM measured;
