"""Who SingStat is, and what it calls markets."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="singstat", title="Singapore Department of Statistics", called="Singapore's statistics", languages=("en",),
    tz="Asia/Singapore", area="SGP", currency="SGD", account_of_area=True,
    licence="Singapore Open Data Licence (as others quote it; not verified by us)",
    attribution="Source: Singapore Department of Statistics (SingStat) and Enterprise Singapore",
    names={"en": ("SingStat", "Singapore Department of Statistics", "Enterprise Singapore", "EnterpriseSG", "Singapore's statistics")},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
