"""The lake as it was: other days, named snapshots, what changed between two of them."""
