"""Who Eurostat is, and what its statistics of trade call areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="eurostat", title="Eurostat, Statistical Office of the European Union", called="Eurostat", languages=("en",),
    tz="Europe/Luxembourg", area="EU27_2020", account_of_area=True,
    licence="CC BY 4.0, with the source named (Commission Decision 2011/833/EU; https://ec.europa.eu/eurostat/about-us/policies/copyright)",
    attribution="Source: Eurostat (Comext)", names={"en": ("Eurostat",)},
)
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of the Union's country nomenclature for trade: those of ISO 3166-1 in two letters, XK and the like, Q* for no country."""
