"""From a parser's rows to one transaction: staging, gates, difference, commit."""
