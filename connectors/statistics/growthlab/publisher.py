"""Who the Growth Lab is."""

from __future__ import annotations

from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="growthlab", title="Growth Lab at Harvard University", called="the Growth Lab", languages=("en",), tz="America/New_York",
    licence="Apache-2.0, by the repository that the files are taken from",
    attribution="Source: Growth Lab at Harvard University, conversion weights between trade classifications",
    names={"en": ("Growth Lab at Harvard University", "Harvard Growth Lab")},
)
"""It speaks for no area, and reports no trade."""
