"""From a claim to its verdict: the figures held, and how a claim stands to each."""
