"""Who C&SD is, and what it calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="censtatd", title="Census and Statistics Department, Hong Kong", called="Hong Kong's statistics", languages=("en",),
    tz="Asia/Hong_Kong", area="HKG", currency="HKD", account_of_area=True,
    licence="free reuse with the source named, by the terms of data.gov.hk (as others quote them; not verified by us)",
    attribution="Source: Census and Statistics Department, Hong Kong (Trade-IDDS)",
    names={"en": ("Census and Statistics Department", "C&SD", "Hong Kong's statistics", "Hong Kong customs")},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Its codes of two letters: those of ISO 3166-1 in all that was seen."""
