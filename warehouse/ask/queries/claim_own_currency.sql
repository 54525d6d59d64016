-- Whether an account ever gave a figure of a period in a currency: else it has no rate of its own for it. $reporter, $currency, $start, $end
SELECT EXISTS (FROM stats.trade WHERE reporter = $reporter AND currency = $currency AND period_start = $start AND period_end = $end)
  OR EXISTS (FROM stats.trade_revision WHERE reporter = $reporter AND currency = $currency AND period_start = $start AND period_end = $end)
