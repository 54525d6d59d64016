-- mart.vintages: the whole life of a figure over all editions of its measurement, in order of release. Events: first, edition
-- (another form of it), revised, revised (silent: only our own sight dates it), growth revised (the level stands, the printed
-- growth moved), annotated (only a status or mark did), brought back (a restore of ours: nothing differs),
-- withdrawn, reclassified (gone to another product edition). Versions that only our own parser or a person made (reread, undone) are left out.
CREATE OR REPLACE VIEW mart.vintages AS
WITH lives AS (
  SELECT
    d.chain, d.chain_rank, d.publisher, d.account, v.*,
    lag(v.value) OVER life AS value_before,
    -- Two printings that agree within half a unit of the coarser one's last digit say the same.
    v.value IS NOT DISTINCT FROM lag(v.value) OVER life OR coalesce(abs(v.value - lag(v.value) OVER life) <= greatest(
      v.unit_multiplier / pow(10, v.decimals), lag(v.unit_multiplier / pow(10, v.decimals)) OVER life) / 2, false) AS value_stands,
    lag(v.dataset) OVER life AS dataset_before,
    lag(v.published_yoy_pct) OVER life AS growth_before,
    lag(v.status) OVER life AS status_before,
    lag(v.flags) OVER life AS flags_before,
    lag(v.realtime_start) OVER life AS released_before,
    first_value(v.value) OVER life AS value_first,
    first_value(v.realtime_start) OVER life AS released_first,
    row_number() OVER life AS vintage
  FROM mart.versions AS v
  JOIN ref.dataset AS d ON d.dataset = v.dataset
  WHERE v.ended_by NOT IN ('reread', 'undone') AND NOT regexp_matches(v.flags, 'bound=(less_than|more_than)')
  WINDOW life AS (
    PARTITION BY d.chain, v.reporter, v.partner, v.flow, v.classification, v.product, v.breakdown, v.currency, v.period_start,
      v.period_end
    ORDER BY v.realtime_start, d.chain_rank, v.version_no)
)
SELECT
  chain, dataset, publisher, account, reporter, partner, flow, classification, product, breakdown, valuation, currency,
  period_start, period_end, period_kind, vintage, value, unit_multiplier, decimals, status, flags,
  CASE
    WHEN vintage = 1 THEN 'first'
    WHEN dataset <> dataset_before THEN 'edition'
    WHEN value_stands AND published_yoy_pct IS DISTINCT FROM growth_before THEN 'growth revised'
    WHEN value_stands AND realtime_start = released_before AND status = status_before
      AND flags = flags_before THEN 'brought back'
    WHEN value_stands THEN 'annotated'
    WHEN released_basis IN ('between', 'first_seen') THEN 'revised (silent)'
    ELSE 'revised'
  END AS event,
  value_before, value_first,
  100 * (CAST(value AS DOUBLE) / nullif(CAST(value_before AS DOUBLE), 0) - 1) AS change_pct,
  100 * (CAST(value AS DOUBLE) / nullif(CAST(value_first AS DOUBLE), 0) - 1) AS change_from_first_pct,
  realtime_start, realtime_end, released_basis, released_first, first_seen_at, ended_at, ended_by, version_no, version_id, fetch_id,
  locator, load_id
FROM lives
UNION ALL BY NAME
SELECT
  d.chain, r.dataset, d.publisher, d.account, r.reporter, r.partner, r.flow, r.classification, r.product, r.breakdown, r.valuation,
  r.currency, r.period_start, r.period_end, r.old_period_kind AS period_kind, r.old_value AS value_before, r.change_kind AS event,
  r.released_at AS realtime_start, r.released_basis, r.load_id
FROM stats.trade_revision AS r
JOIN ref.dataset AS d ON d.dataset = r.dataset
WHERE r.change_kind IN ('withdrawn', 'reclassified');

-- mart.revisions: of these the publisher's own changes of a figure.
CREATE OR REPLACE VIEW mart.revisions AS
SELECT *, datediff('day', CAST(released_first AS DATE), CAST(realtime_start AS DATE)) AS lag_days
FROM mart.vintages
WHERE event IN ('revised', 'revised (silent)');

-- mart.revision_stats: how far first releases were from what followed, in per cent of the first release: by dataset, flow, kind
-- of period and lag. bias_pct is the mean (signed), mean_abs_pct its size; band_pct holds nine of ten. These are the bands that a
-- sentence in the news is judged with.
CREATE OR REPLACE VIEW mart.revision_stats AS
-- Only series that can have a second version are looked at: of measurements with several editions all, of the others those that were
-- ever revised. Every check asks this, and a window over all that is stored took nine times as long with nine times as much.
WITH several AS (
  SELECT d.chain
  FROM ref.dataset AS d
  WHERE EXISTS (SELECT 1 FROM ops.load AS l WHERE l.dataset = d.dataset)
  GROUP BY d.chain
  HAVING count(*) > 1
),
revised AS (
  SELECT DISTINCT dataset, reporter, partner, flow, classification, product, breakdown, currency, period_start, period_end
  FROM stats.trade_revision
  WHERE old_version_id IS NOT NULL AND flow <> 'balance'
),
picked AS (
  SELECT v.* FROM mart.versions AS v
  JOIN ref.dataset AS d ON d.dataset = v.dataset
  WHERE d.chain IN (FROM several) AND v.flow <> 'balance'
  UNION ALL
  SELECT v.* FROM mart.versions AS v
  JOIN revised USING (dataset, reporter, partner, flow, classification, product, breakdown, currency, period_start, period_end)
  JOIN ref.dataset AS d ON d.dataset = v.dataset
  WHERE d.chain NOT IN (FROM several)
),
lives AS (
  SELECT
    d.chain, v.dataset, v.flow, v.period_kind, v.realtime_start,
    first_value(v.realtime_start) OVER life AS released_first,
    row_number() OVER life AS vintage,
    100 * (CAST(v.value AS DOUBLE) / nullif(CAST(first_value(v.value) OVER life AS DOUBLE), 0) - 1) AS change_from_first_pct
  FROM picked AS v
  JOIN ref.dataset AS d ON d.dataset = v.dataset
  WHERE v.ended_by NOT IN ('reread', 'undone') AND NOT regexp_matches(v.flags, 'bound=(less_than|more_than)')
  WINDOW life AS (
    PARTITION BY d.chain, v.reporter, v.partner, v.flow, v.classification, v.product, v.breakdown, v.currency, v.period_start,
      v.period_end
    ORDER BY v.realtime_start, d.chain_rank, v.version_no)
)
SELECT
  chain, dataset, flow, period_kind, lag, count(*) AS figures,
  round(avg(change_from_first_pct), 3) AS bias_pct,
  round(avg(abs(change_from_first_pct)), 3) AS mean_abs_pct,
  round(quantile_cont(abs(change_from_first_pct), 0.9), 3) AS band_pct,
  round(max(abs(change_from_first_pct)), 3) AS largest_pct
FROM (
  SELECT *,
    CASE WHEN realtime_start < released_first + INTERVAL 45 DAY THEN 'to 45 days'
         WHEN realtime_start < released_first + INTERVAL 1 YEAR THEN 'to a year'
         ELSE 'over a year' END AS lag
  FROM lives
  WHERE vintage > 1 AND change_from_first_pct IS NOT NULL)
GROUP BY chain, dataset, flow, period_kind, lag;
