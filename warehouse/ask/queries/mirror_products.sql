-- Goods that one of a pair exports to the other, by product, as both report them. $exporter, $importer, $start, $end;
-- $classification, $edition_of, $digits, $product: reference.products, empty for any
SELECT
  exporter, importer, classification, product, exporter_usd, exporter_valuation, exporter_dataset, exporter_version_id, importer_usd,
  importer_valuation, importer_dataset, importer_version_id, gap_pct, margin_pct, margin_unit, margin_source, residual_pct,
  weight_implausible, reason
FROM mart.mirror_gap
WHERE exporter = $exporter AND importer = $importer AND period_start = $start AND period_end = $end
  AND ($classification = '' OR classification = $classification) AND ($edition_of = '' OR starts_with(classification, $edition_of))
  AND ($digits = 0 OR length(product) = $digits) AND ($product = '' OR product = $product)
ORDER BY greatest(exporter_usd, importer_usd) DESC NULLS LAST, classification DESC, product
