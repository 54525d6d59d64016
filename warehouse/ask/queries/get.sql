-- The figures of one account for a period: printed ones, and the sum of months where nobody printed the period itself.
-- $reporter, $partner, $start, $end, $each (M, A: each month or year inside; empty: the whole),
-- $classification, $edition_of, $digits, $product: reference.products, empty for any; $breakdown: one further cut, - for none
WITH mine AS (
  SELECT * FROM mart.best
  WHERE reporter = $reporter AND partner = $partner AND breakdown = $breakdown
    AND ($classification = '' OR classification = $classification) AND ($edition_of = '' OR starts_with(classification, $edition_of))
    AND ($digits = 0 OR length(product) = $digits) AND ($product = '' OR product = $product)
    AND period_start >= $start AND period_end <= $end
),
printed AS (
  -- A figure that the publisher's table could not show is never told as printed.
  SELECT *, CASE WHEN contains(flags, 'derived=') THEN 'derived: ' || regexp_extract(flags, 'derived=([^;]*)', 1) ELSE 'printed' END AS how
  FROM mine
  WHERE CASE WHEN $each <> '' THEN period_kind = $each AND period_start >= $start AND period_end <= $end
             ELSE period_start = $start AND period_end = $end END
),
summed AS (
  SELECT
    dataset, reporter, partner, flow, classification, product, breakdown, valuation, currency,
    $start AS period_start, $end AS period_end, sum(value) AS value, max(unit_multiplier) AS unit_multiplier,
    max(decimals) AS decimals,
    -- A sum is what the weakest of its months is, and what is doubtful in one of them is in it.
    CASE WHEN bool_or(status = 'F') THEN 'F' WHEN bool_or(status = 'I') THEN 'I' WHEN bool_or(status = 'E') THEN 'E'
      WHEN bool_or(status = 'P') THEN 'P' ELSE 'A' END AS status,
    array_to_string(list_sort(list_distinct(flatten(list(regexp_extract_all(flags, '(?:^|;)(doubtful=[^;]*)', 1))))), ';') AS flags,
    CAST(NULL AS DECIMAL(9, 2)) AS published_yoy_pct, any_value(publisher) AS publisher, any_value(account) AS account,
    any_value(chain) AS chain, any_value(chain_rank) AS chain_rank, any_value(reporter_name) AS reporter_name,
    any_value(partner_name) AS partner_name, max(released_at) AS released_at, arg_max(released_basis, released_at) AS released_basis,
    max(first_seen_at) AS first_seen_at, arg_max(url, period_end) AS url, arg_max(origin_kind, period_end) AS origin_kind,
    arg_max(source_note, period_end) AS source_note, arg_max(version_id, period_end) AS version_id,
    arg_max(fetch_id, period_end) AS fetch_id, 'the months of the period' AS locator, arg_max(load_id, period_end) AS load_id,
    'sum of ' || count(*) || ' months' AS how
  FROM mine
  WHERE $each = '' AND period_kind = 'M' AND account <> 'statement' AND period_start >= $start AND period_end <= $end
  GROUP BY dataset, reporter, partner, flow, classification, product, breakdown, valuation, currency
  HAVING count(*) = datediff('month', $start, $end) + 1 AND count(*) > 1
)
SELECT
  found.dataset, reporter, partner, flow, classification, product, valuation, currency, period_start, period_end, value,
  unit_multiplier, decimals, status, flags, published_yoy_pct, found.publisher, found.account, found.chain, found.chain_rank,
  reporter_name, partner_name, released_at, released_basis, CAST(timezone(coalesce(d.tz, 'UTC'), released_at) AS DATE) AS released_on,
  first_seen_at, url, origin_kind, source_note, version_id, fetch_id, locator, load_id, how
FROM (
  SELECT * FROM printed
  UNION ALL BY NAME
  SELECT * FROM summed AS s
  WHERE NOT EXISTS (
    SELECT 1 FROM printed AS p
    WHERE p.flow = s.flow AND p.classification = s.classification AND p.product = s.product AND p.currency = s.currency
      AND p.account <> 'statement')) AS found
LEFT JOIN ref.dataset AS d ON d.dataset = found.dataset
ORDER BY period_start, found.chain_rank DESC, currency, classification, product,
  list_position(['total', 'export', 'domestic-export', 're-export', 'import', 'retained-import', 'balance'], flow)
