-- Our sums of a group's members, each inside one table (dataset, valuation, currency), for a period or each month or year of it.
-- A member counts where it is one at the end of the period, or by the table's own note (flag members=) where it has one.
-- $reporter, $partner: an area, or a group where $reporter_group or $partner_group is true; $start, $end, $each as in get.sql;
-- $classification, $edition_of, $digits, $product: reference.products, empty for any
WITH marked AS (
  SELECT dataset, period_start, period_end, string_split(regexp_extract(any_value(flags), 'members=([^;]*)', 1), ',') AS said
  FROM mart.figures
  WHERE $partner_group AND partner = $partner AND contains(flags, 'members=') AND period_start >= $start AND period_end <= $end
  GROUP BY ALL
),
mine AS (
  SELECT f.*, m.said, CASE WHEN $each = '' THEN CAST($end AS DATE) ELSE f.period_end END AS until
  FROM mart.figures AS f
  LEFT JOIN marked AS m ON m.dataset = f.dataset AND m.period_start = f.period_start AND m.period_end = f.period_end
  WHERE f.account <> 'statement' AND f.breakdown = '-' AND f.value IS NOT NULL AND f.reporter <> f.partner
    AND (f.reporter = $reporter OR $reporter_group) AND (f.partner = $partner OR $partner_group)
    AND ($classification = '' OR f.classification = $classification) AND ($edition_of = '' OR starts_with(f.classification, $edition_of))
    AND ($digits = 0 OR length(f.product) = $digits) AND ($product = '' OR f.product = $product)
    AND f.period_start >= $start AND f.period_end <= $end
),
members AS (
  SELECT * FROM mine AS f
  WHERE (NOT $reporter_group OR EXISTS (
      SELECT 1 FROM ref.area_group AS g
      WHERE g.grp = $reporter AND g.member = f.reporter AND g.valid_from <= f.until AND (g.valid_to IS NULL OR g.valid_to >= f.until)))
    AND (NOT $partner_group OR CASE WHEN f.said IS NOT NULL THEN list_contains(f.said, f.partner) ELSE EXISTS (
      SELECT 1 FROM ref.area_group AS g
      WHERE g.grp = $partner AND g.member = f.partner AND g.valid_from <= f.until AND (g.valid_to IS NULL OR g.valid_to >= f.until)) END)
),
pairs AS (
  SELECT *, 1 AS parts FROM members
  WHERE CASE WHEN $each <> '' THEN period_kind = $each ELSE period_start = $start AND period_end = $end END
  UNION ALL BY NAME
  SELECT
    dataset, reporter, partner, flow, classification, product, valuation, currency, CAST($start AS DATE) AS period_start,
    CAST($end AS DATE) AS period_end, CAST(sum(value) AS DECIMAL(20, 3)) AS value, max(unit_multiplier) AS unit_multiplier,
    max(decimals) AS decimals, any_value(status ORDER BY list_position(['F', 'I', 'E', 'P'], status) NULLS LAST) AS status,
    any_value(publisher) AS publisher, any_value(account) AS account, any_value(chain) AS chain, any_value(chain_rank) AS chain_rank,
    max(released_at) AS released_at, arg_max(released_basis, released_at) AS released_basis, arg_max(url, period_end) AS url,
    arg_max(origin_kind, period_end) AS origin_kind, arg_max(source_note, period_end) AS source_note,
    arg_max(version_id, period_end) AS version_id, arg_max(fetch_id, period_end) AS fetch_id, arg_max(load_id, period_end) AS load_id,
    any_value(said) AS said, string_agg(DISTINCT flags, ';') AS flags, count(*) AS parts
  FROM members
  WHERE $each = '' AND period_kind = 'M'
  GROUP BY dataset, reporter, partner, flow, classification, product, valuation, currency
  HAVING count(*) = datediff('month', CAST($start AS DATE), CAST($end AS DATE)) + 1 AND count(*) > 1
),
each_once AS (
  SELECT * FROM pairs
  QUALIFY row_number() OVER (
    PARTITION BY dataset, reporter, partner, flow, classification, product, valuation, currency, period_start, period_end ORDER BY parts) = 1
)
SELECT
  e.dataset, e.flow, e.classification, e.product, e.valuation, e.currency, e.period_start, e.period_end,
  CAST(sum(e.value) AS DECIMAL(20, 3)) AS value, max(e.unit_multiplier) AS unit_multiplier, max(e.decimals) AS decimals,
  -- A sum is what the weakest of its members is, and what is doubtful in one of them is in it.
  array_to_string(list_sort(list_distinct(flatten(list(regexp_extract_all(e.flags, '(?:^|;)(doubtful=[^;]*)', 1))))), ';') AS flags,
  coalesce(any_value(e.status ORDER BY list_position(['F', 'I', 'E', 'P'], e.status) NULLS LAST), 'A') AS status,
  any_value(e.publisher) AS publisher, any_value(e.account) AS account, any_value(e.chain) AS chain, any_value(e.chain_rank) AS chain_rank,
  max(e.released_at) AS released_at, arg_max(e.released_basis, e.released_at) AS released_basis,
  CAST(timezone(coalesce(any_value(d.tz), 'UTC'), max(e.released_at)) AS DATE) AS released_on,
  arg_max(e.url, e.value) AS url, arg_max(e.origin_kind, e.value) AS origin_kind, arg_max(e.source_note, e.value) AS source_note,
  arg_max(e.version_id, e.value) AS version_id, arg_max(e.fetch_id, e.value) AS fetch_id, arg_max(e.load_id, e.value) AS load_id,
  list(DISTINCT e.reporter) AS reporters, list(DISTINCT e.partner) AS partners, any_value(e.said) AS said, max(e.parts) AS parts,
  any_value(d.partner_scope) = 'all' AND any_value(d.missing_means) = 'zero' AS whole
FROM each_once AS e
LEFT JOIN ref.dataset AS d ON d.dataset = e.dataset
GROUP BY e.dataset, e.flow, e.classification, e.product, e.valuation, e.currency, e.period_start, e.period_end
ORDER BY e.period_start, chain_rank DESC, e.currency, e.classification, e.product,
  list_position(['total', 'export', 'domestic-export', 're-export', 'import', 'retained-import', 'balance'], e.flow)
