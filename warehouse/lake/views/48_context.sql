-- mart.real_value: trade of whole years at the prices of another, a row for each figure and deflator: real_value = value * base_index /
-- deflator_index. The reported figure stays as it is (value, currency, dataset, version_id). deflator gdp_deflator is of the reporter for
-- figures in its own currency, and for those in dollars of the largest economy whose currency the dollar is; export_unit_value_index and
-- import_unit_value_index are of the reporter, for all goods in dollars, whose prices they measure. base_year is the newest year of the
-- index; for another: value * index of that year / deflator_index. deflator_base_period is the base that the publisher prints. Sources:
-- stats.trade by mart.best, stats.indicator (deflator_dataset, deflator_version_id, base_version_id); method says it in words.
-- A GDP deflator measures the prices of all that is made, not of what is traded.
CREATE OR REPLACE VIEW mart.real_value AS
WITH yearly AS (
  SELECT dataset, area, indicator, base_period, unit, CAST(value AS DOUBLE) AS value, period_start, period_end, version_id
  FROM stats.indicator
  WHERE adjustment = 'N' AND partner = '-' AND product = '-' AND value > 0
    AND indicator IN ('gdp_deflator', 'export_unit_value_index', 'import_unit_value_index', 'gdp_current_lcu')
    AND month(period_start) = 1 AND period_end = CAST(period_start + INTERVAL 1 YEAR AS DATE) - 1
),
deflators AS (
  SELECT *,
    last_value(value) OVER series AS base_index,
    year(last_value(period_start) OVER series) AS base_year,
    last_value(version_id) OVER series AS base_version_id
  FROM yearly WHERE indicator <> 'gdp_current_lcu'
  WINDOW series AS (PARTITION BY dataset, area, indicator, base_period ORDER BY period_start
                    ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
),
own_currency AS (
  SELECT DISTINCT area, unit AS currency FROM yearly WHERE indicator = 'gdp_current_lcu'
),
of_the_dollar AS (
  SELECT arg_max(area, value) AS area FROM yearly WHERE indicator = 'gdp_current_lcu' AND unit = 'USD'
),
meant AS (
  SELECT d.*, c.currency, d.area AS reporter, NULL AS flow FROM deflators AS d JOIN own_currency AS c USING (area) WHERE indicator = 'gdp_deflator'
  UNION ALL
  SELECT d.*, 'USD', NULL, NULL FROM deflators AS d JOIN of_the_dollar USING (area) WHERE indicator = 'gdp_deflator'
  UNION ALL
  SELECT d.*, 'USD', d.area, CASE indicator WHEN 'export_unit_value_index' THEN 'export' ELSE 'import' END
  FROM deflators AS d WHERE indicator <> 'gdp_deflator'
)
SELECT
  b.dataset, b.publisher, b.account, b.chain, b.reporter, b.partner, b.flow, b.classification, b.product, b.product_level, b.valuation,
  b.currency, b.period_start, b.period_end, b.status, b.value,
  -- The index: of whom, of which table, in the figure's year and in the base year.
  m.indicator AS deflator, m.area AS deflator_area, m.dataset AS deflator_dataset, m.value AS deflator_index,
  m.base_period AS deflator_base_period, m.base_year, m.base_index,
  CAST(b.value AS DOUBLE) * m.base_index / m.value AS real_value,
  format('value * {} of {}, {} / the same, {} ({})', m.indicator, m.area, m.base_year, year(b.period_start), m.dataset) AS method,
  b.version_id, m.version_id AS deflator_version_id, m.base_version_id
FROM mart.best AS b
JOIN meant AS m
  ON m.period_start = b.period_start AND m.period_end = b.period_end AND m.currency = b.currency
  -- The dollar's own economy is met as itself.
  AND (m.reporter = b.reporter OR (m.reporter IS NULL AND m.area <> b.reporter))
  AND (m.flow IS NULL OR (m.flow = b.flow AND b.product = 'TOTAL'))
WHERE b.breakdown = '-' AND b.account <> 'statement' AND b.value IS NOT NULL;

-- mart.share_of_gdp: trade of whole years in per cent of the reporter's GDP at current prices, of the same year and in the same currency:
-- share_pct = 100 * value / gdp. Nothing is converted: where GDP is not held in the currency of a figure there is no row. The reported figure
-- stays as it is (value, currency, dataset, version_id). mixed is datasets where figure and GDP are of different tables. Sources:
-- stats.trade by mart.best, stats.indicator (gdp_current_lcu, gdp_current_usd; gdp_dataset, gdp_version_id); method says it in words.
-- Trade is gross and GDP is value added: a share above 100 is no error.
CREATE OR REPLACE VIEW mart.share_of_gdp AS
WITH gdp AS (
  SELECT dataset, area, unit AS currency, period_start, period_end, value, status, version_id
  FROM stats.indicator
  WHERE indicator IN ('gdp_current_lcu', 'gdp_current_usd') AND adjustment = 'N' AND partner = '-' AND product = '-' AND value > 0
  -- Of the dollar's own economy both are the same series.
  QUALIFY row_number() OVER (PARTITION BY dataset, area, unit, period_start, period_end ORDER BY indicator) = 1
)
SELECT
  b.dataset, b.publisher, b.account, b.chain, b.reporter, b.partner, b.flow, b.classification, b.product, b.product_level, b.valuation,
  b.currency, b.period_start, b.period_end, b.status, b.value,
  -- In the same currency, of the same year.
  g.value AS gdp, g.dataset AS gdp_dataset, g.status AS gdp_status,
  100 * CAST(b.value AS DOUBLE) / CAST(g.value AS DOUBLE) AS share_pct,
  CASE WHEN g.dataset <> b.dataset THEN 'datasets' ELSE '' END AS mixed,
  format('100 * value / GDP of {} in {}, {} ({})', b.reporter, b.currency, year(b.period_start), g.dataset) AS method,
  b.version_id, g.version_id AS gdp_version_id
FROM mart.best AS b
JOIN gdp AS g
  ON g.area = b.reporter AND g.currency = b.currency AND g.period_start = b.period_start AND g.period_end = b.period_end
WHERE b.breakdown = '-' AND b.account <> 'statement' AND b.value IS NOT NULL;

-- mart.seasonally_adjusted: series that publishers adjusted themselves, as they publish them, with page and day of release. Nothing is
-- adjusted here, and no unadjusted figure replaced: those are in stats.trade. Source: stats.indicator, adjustment S (dataset, version_id).
CREATE OR REPLACE VIEW mart.seasonally_adjusted AS
SELECT
  i.* EXCLUDE (adjustment),
  d.publisher, d.title AS dataset_title, d.attribution,
  coalesce(a.name, i.area) AS area_name,
  f.url, f.origin_kind, f.source_note,
  CAST(timezone(coalesce(d.tz, 'UTC'), i.released_at) AS DATE) AS released_on,
  format('as published: {}', i.dataset) AS method
FROM stats.indicator AS i
LEFT JOIN ref.dataset AS d ON d.dataset = i.dataset
LEFT JOIN ref.area AS a ON a.area = i.area
LEFT JOIN ops.fetch AS f ON f.fetch_id = i.fetch_id
WHERE i.adjustment = 'S';
