"""Who CEPII is, and what BACI calls areas."""

from __future__ import annotations

from pathlib import Path

from warehouse.reference.areas import Labels
from warehouse.schema.travel import Publisher

PUBLISHER = Publisher(
    publisher="cepii", title="Centre d'études prospectives et d'informations internationales", called="CEPII's BACI", languages=("en",),
    tz="Europe/Paris",
    licence="Etalab Open Licence 2.0: free reuse with the source named (https://www.etalab.gouv.fr/licence-ouverte-open-licence)",
    attribution="Source: BACI, CEPII (Gaulier and Zignago, 2010)", names={"en": ("CEPII", "BACI")},
)
"""It speaks for no area: it makes one figure of what both sides of a flow reported."""
LABELS = Labels(PUBLISHER.publisher, Path(__file__).with_name("areas.csv"))
"""Codes of the list that V202201 ships. Those of a version are read from the list in its archive; what these mean comes first where the
list itself has a stand-in (58 is Belgium-Luxembourg and not Belgium, 711 the Customs Union and not South Africa)."""
